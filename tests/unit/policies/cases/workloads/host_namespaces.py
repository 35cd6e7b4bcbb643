"""Cases of `host-namespaces-confined`."""

from __future__ import annotations

from rules.policies.workloads.host_namespaces import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.scenes import UNKNOWN, engine, linux_agent, with_spec, workload

AGENT = Case(title="an agent", resources=[workload(linux_agent(), "azdo-agents")])
ENGINE = Case(title="the engine", resources=[workload(engine(), "docker-engine", "apps/v1:DaemonSet")])
SPEC = "spec.template.spec"

CASES = Cases(
    rule=RULE,
    passes=(AGENT, ENGINE),
    fails=(
        Case(
            title="the node's network, in a job",
            resources=[workload(with_spec(linux_agent(), hostNetwork=True), "azdo-agents", "batch/v1:CronJob")],
            at=["spec.jobTemplate.spec.template.spec.hostNetwork"],
        ),
        Case(
            title="the node's processes, even for the engine",
            resources=[workload(with_spec(engine(), hostPID=True), "docker-engine", "apps/v1:DaemonSet")],
            at=[f"{SPEC}.hostPID"],
        ),
    ),
    unknown=(
        Case(
            title="whether it is in the node's network",
            resources=[workload(with_spec(linux_agent(), hostNetwork=UNKNOWN), "azdo-agents")],
            at=[f"{SPEC}.hostNetwork"],
        ),
    ),
    mutations=(
        Mutation(of=AGENT, path=f"{SPEC}.hostNetwork", value=True),
        Mutation(of=AGENT, path=f"{SPEC}.hostIPC", value=True),
        Mutation(of=AGENT, path=f"{SPEC}.containers[0].ports", value=[{"containerPort": 80, "hostPort": 80}]),
        Mutation(of=ENGINE, path=f"{SPEC}.securityContext", value=None),
    ),
)
