"""Cases of `image-sources-named`."""

from __future__ import annotations

from dataclasses import replace

from rules.policies.fleet import Fleet
from rules.policies.images.image_sources_named import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.scenes import FLEET, UNKNOWN, engine, linux_agent, with_spec, workload

NOTHING = Fleet()
NO_OWN = replace(FLEET, own_repositories=())
AGENT = workload(linux_agent(), "azdo-agents", name="agent")
ANOTHER = workload(linux_agent(), "github-runners", name="another")
ENGINE = workload(engine(), "docker-engine", "apps/v1:DaemonSet", name="engine")
ELSEWHERE = Case(title="a program of others", resources=[workload(linux_agent(), "shop")], fleet=NOTHING)
NOT_THE_ENGINE = Case(
    title="no process of a node, which alone is held to repositories of the fleet's own",
    resources=[AGENT, workload(linux_agent(), "docker-engine")],
    fleet=NO_OWN,
)
HOST_PROCESS = {"windowsOptions": {"hostProcess": True}}

CASES = Cases(
    rule=RULE,
    passes=(
        Case(title="both are named", resources=[AGENT, ENGINE]),
        Case(title="no pods at all", resources=[], fleet=NOTHING),
        ELSEWHERE,
        NOT_THE_ENGINE,
    ),
    fails=(
        Case(
            title="nothing is named, told once",
            resources=[AGENT, ANOTHER, ENGINE],
            at=["fleet-settings"],
            fleet=NOTHING,
        ),
        Case(title="no registry", resources=[AGENT], at=["fleet-settings"], fleet=replace(FLEET, registries=())),
        Case(title="no repository of the fleet's own", resources=[ENGINE], at=["fleet-settings"], fleet=NO_OWN),
        Case(
            title="beside a pod that is not known",
            resources=[workload(linux_agent(), UNKNOWN), AGENT],
            at=["fleet-settings"],
            fleet=NOTHING,
        ),
    ),
    unknown=(
        Case(
            title="a namespace",
            resources=[workload(linux_agent(), UNKNOWN)],
            at=["metadata.namespace"],
            fleet=NOTHING,
        ),
        Case(
            title="whether it is a process of the node",
            resources=[workload(with_spec(linux_agent(), containers=UNKNOWN), "docker-engine")],
            at=["spec.template.spec.containers"],
            fleet=NO_OWN,
        ),
    ),
    mutations=(
        Mutation(of=ELSEWHERE, path="metadata.namespace", value="azdo-agents"),
        Mutation(of=NOT_THE_ENGINE, path="spec.template.spec.securityContext", value=HOST_PROCESS, resource=1),
    ),
)
