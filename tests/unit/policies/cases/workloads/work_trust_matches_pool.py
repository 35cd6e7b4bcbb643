"""Cases of `work-trust-matches-pool`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rules.policies.fleet import FleetPool
from rules.policies.workloads.work_trust_matches_pool import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.runner_scenes import ON_PR, hook_runner, hook_template, runner_set
from tests.unit.policies.scenes import FLEET, UNKNOWN, Resource, docker_agent, linux_agent, with_spec, workload

SELECTOR = "spec.template.spec.nodeSelector"
LABEL = 'metadata.labels["buildfleet.dev/trust"]'
NO_POOLS = replace(FLEET, pools=())
OVERLAP = replace(
    FLEET, pools=(*FLEET.pools, FleetPool(name="any", os="linux", trust="untrusted", selector={"agentpool": "lin"}))
)


def says(trust: object, spec: dict[str, Any], namespace: str = "azdo-agents") -> Resource:
    found = workload(spec, namespace)
    metadata: Any = found.inputs["spec"]
    metadata["template"]["metadata"]["labels"] = {"buildfleet.dev/trust": trust}
    return found


TRUSTED = Case(
    title="trusted work on a trusted pool", resources=[says("trusted", docker_agent(), "azdo-agents-docker")]
)

CASES = Cases(
    rule=RULE,
    passes=(
        TRUSTED,
        Case(
            title="work that says nothing",
            resources=[workload(with_spec(linux_agent(), nodeSelector=ON_PR), "azdo-agents")],
        ),
        Case(
            title="untrusted work on an untrusted pool",
            resources=[says("untrusted", with_spec(linux_agent(), nodeSelector=ON_PR))],
        ),
        Case(title="a runner", resources=[runner_set(hook_runner(nodeSelector=ON_PR), "github-runners")]),
        Case(title="a job's template", resources=[hook_template()]),
        Case(
            title="a selector that says the same",
            resources=[says("untrusted", with_spec(linux_agent(), nodeSelector={"buildfleet.dev/trust": "untrusted"}))],
            fleet=NO_POOLS,
        ),
        Case(title="anything elsewhere", resources=[says("untrusted", linux_agent(), "web")]),
    ),
    fails=(
        Case(
            title="untrusted work on a trusted pool",
            resources=[says("untrusted", linux_agent())],
            at=[f"spec.template.{LABEL}"],
        ),
        Case(
            title="trusted work on an untrusted pool",
            resources=[says("trusted", with_spec(linux_agent(), nodeSelector=ON_PR))],
            at=[f"spec.template.{LABEL}"],
        ),
        Case(
            title="a selector that asks for another level",
            resources=[says("untrusted", with_spec(linux_agent(), nodeSelector={"buildfleet.dev/trust": "trusted"}))],
            fleet=NO_POOLS,
            at=[f"spec.template.{LABEL}"],
        ),
        Case(
            title="pools of both levels",
            resources=[workload(linux_agent(), "azdo-agents", "keda.sh/v1alpha1:ScaledJob")],
            fleet=OVERLAP,
            at=["spec.jobTargetRef.template.spec.nodeSelector"],
        ),
        Case(
            title="pools of both levels, for jobs",
            resources=[hook_template()],
            fleet=OVERLAP,
            at=['data["template.json"].spec.nodeSelector'],
        ),
    ),
    unknown=(
        Case(title="its label", resources=[says(UNKNOWN, linux_agent())], at=[f"spec.template.{LABEL}"]),
        Case(
            title="its pool",
            resources=[workload(with_spec(linux_agent(), nodeSelector=UNKNOWN), "azdo-agents")],
            at=[SELECTOR],
        ),
    ),
    mutations=(
        Mutation(of=TRUSTED, path=f"spec.template.{LABEL}", value="untrusted"),
        Mutation(of=TRUSTED, path=f"{SELECTOR}.agentpool", value="pr"),
    ),
)
