"""Cases of `build-workload-placement`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rules.policies.fleet import Fleet, FleetPool, FleetTaint
from rules.policies.workloads.build_workload_placement import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.cases.workloads.privileged_confined import hook
from tests.unit.policies.scenes import (
    FLEET,
    UNKNOWN,
    docker_agent,
    engine,
    kubernetes,
    linux_agent,
    windows_agent,
    with_spec,
    workload,
)

SPEC = "spec.template.spec"
LINUX = {"agentpool": "lin", "kubernetes.io/os": "linux"}
AGENT = Case(title="a Linux agent", resources=[workload(linux_agent(), "azdo-agents")])
WINDOWS = Case(title="a Windows agent", resources=[workload(windows_agent(), "azdo-agents-docker")])
ENGINE = Case(title="the engine", resources=[workload(engine(), "docker-engine", "apps/v1:DaemonSet")])
WITHOUT_POOLS = Case(
    title="where pools are not known", resources=[workload(linux_agent(), "azdo-agents")], fleet=Fleet()
)
TOLERATION = {"key": "buildfleet.dev/purpose", "operator": "Exists"}


def without(spec: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in spec.items() if key not in keys}


def by_affinity(*pools: str) -> dict[str, Any]:
    """A Linux agent's spec that names pools by a required affinity."""
    expression = {"key": "agentpool", "operator": "In", "values": list(pools)}
    terms = {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}
    affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}
    return with_spec(linux_agent(), nodeSelector={"kubernetes.io/os": "linux"}, affinity=affinity)


def put_off(pool: FleetPool) -> FleetPool:
    return replace(pool, taints=(*pool.taints, FleetTaint(key="late", value="yes", effect="PreferNoSchedule")))


CASES = Cases(
    rule=RULE,
    passes=(
        AGENT,
        WINDOWS,
        ENGINE,
        WITHOUT_POOLS,
        Case(
            title="a daemon", resources=[workload(docker_agent(), "azdo-agents-docker", "keda.sh/v1alpha1:ScaledJob")]
        ),
        Case(title="a pool by affinity", resources=[workload(by_affinity("lin"), "azdo-agents")]),
        Case(
            title="a toleration of every value",
            resources=[workload(with_spec(linux_agent(), tolerations=[TOLERATION]), "azdo-agents")],
        ),
        Case(
            title="the operating system by the selector",
            resources=[workload(without(linux_agent(), "os"), "azdo-agents")],
        ),
        Case(
            title="a taint that only puts the scheduler off",
            resources=[workload(linux_agent(), "azdo-agents")],
            fleet=replace(FLEET, pools=tuple(put_off(pool) for pool in FLEET.pools)),
        ),
        Case(title="a job's pod", resources=[hook("github-runners-docker", privileged=True)]),
        Case(
            title="a part of an agent",
            resources=[workload({"containers": [{"name": "agent"}]}, "azdo-agents", "apps/v1:DeploymentPatch")],
        ),
        Case(title="a pod of others", resources=[workload(without(linux_agent(), "nodeSelector", "os"), "shop")]),
        Case(
            title="a listener, which is elsewhere",
            resources=[
                kubernetes(
                    "actions.github.com/v1alpha1:AutoscalingRunnerSet",
                    {
                        "metadata": {"name": "app", "namespace": "github-runners"},
                        "spec": {
                            "listenerTemplate": {"spec": {"containers": [{"name": "listener"}]}},
                            "template": {"spec": linux_agent()},
                        },
                    },
                )
            ],
        ),
    ),
    fails=(
        Case(
            title="on a system node",
            resources=[
                workload(
                    with_spec(linux_agent(), nodeSelector={"agentpool": "system", "kubernetes.io/os": "linux"}),
                    "azdo-agents",
                )
            ],
            at=[f"{SPEC}.nodeSelector"],
        ),
        Case(
            title="on a system node, by a part",
            resources=[
                workload(
                    {"containers": [{"name": "agent"}], "nodeSelector": {"agentpool": "system"}},
                    "azdo-agents",
                    "apps/v1:DeploymentPatch",
                )
            ],
            at=[f"{SPEC}.nodeSelector"],
        ),
        Case(
            title="anywhere",
            resources=[workload(without(linux_agent(), "nodeSelector", "os"), "github-runners", "batch/v1:CronJob")],
            at=[
                "spec.jobTemplate.spec.template.spec.os.name",
                "spec.jobTemplate.spec.template.spec.nodeSelector",
            ],
        ),
        Case(
            title="on one of two pools",
            resources=[workload(by_affinity("lin", "pr"), "azdo-agents")],
            at=[f"{SPEC}.nodeSelector"],
        ),
        Case(
            title="on a pool that is not there",
            resources=[workload(with_spec(linux_agent(), nodeSelector={**LINUX, "agentpool": "lim"}), "azdo-agents")],
            at=[f"{SPEC}.nodeSelector"],
        ),
        Case(
            title="past the scheduler",
            resources=[
                workload(
                    with_spec(linux_agent(), nodeName="aks-lin-0"),
                    "azdo-agents",
                    "actions.github.com/v1alpha1:AutoscalingRunnerSet",
                )
            ],
            at=[f"{SPEC}.nodeName"],
        ),
        Case(
            title="Windows by the selector alone",
            resources=[workload(without(windows_agent(), "os"), "azdo-agents-docker")],
            at=[f"{SPEC}.os.name"],
        ),
        Case(
            title="Windows on a Linux pool",
            resources=[
                workload(
                    with_spec(windows_agent(), nodeSelector={"agentpool": "lin", "kubernetes.io/os": "linux"}),
                    "azdo-agents-docker",
                )
            ],
            at=[f"{SPEC}.os.name", f"{SPEC}.nodeSelector"],
        ),
        Case(
            title="without the pool's toleration",
            resources=[workload(without(linux_agent(), "tolerations"), "azdo-agents", "batch/v1:Job")],
            at=[f"{SPEC}.tolerations"],
        ),
        Case(
            title="without a pool, where pools are not known",
            resources=[workload(with_spec(linux_agent(), nodeSelector={"kubernetes.io/os": "linux"}), "azdo-agents")],
            at=[f"{SPEC}.nodeSelector"],
            fleet=Fleet(),
        ),
        Case(
            title="without the operating system's label, where pools are not known",
            resources=[workload(with_spec(linux_agent(), nodeSelector={"agentpool": "any"}), "azdo-agents")],
            at=[f"{SPEC}.nodeSelector"],
            fleet=Fleet(),
        ),
    ),
    unknown=(
        Case(
            title="the pool",
            resources=[workload(with_spec(linux_agent(), nodeSelector=UNKNOWN), "azdo-agents")],
            at=[f"{SPEC}.nodeSelector"],
        ),
        Case(title="the namespace", resources=[workload(linux_agent(), UNKNOWN)], at=["metadata.namespace"]),
        Case(
            title="what it tolerates",
            resources=[workload(with_spec(linux_agent(), tolerations=UNKNOWN), "azdo-agents")],
            at=[f"{SPEC}.tolerations"],
        ),
    ),
    mutations=(
        Mutation(of=AGENT, path=f"{SPEC}.nodeSelector.agentpool", value="system"),
        Mutation(of=AGENT, path=f"{SPEC}.nodeSelector.agentpool", value=None),
        Mutation(of=AGENT, path=f"{SPEC}.nodeSelector", value=None),
        Mutation(of=AGENT, path=f"{SPEC}.nodeName", value="aks-system-0"),
        Mutation(of=AGENT, path=f"{SPEC}.os.name", value="windows"),
        Mutation(of=AGENT, path=f"{SPEC}.tolerations[0].effect", value="NoExecute"),
        Mutation(of=WINDOWS, path=f"{SPEC}.os", value=None),
        Mutation(of=WINDOWS, path=f"{SPEC}.tolerations", value=None),
        Mutation(of=ENGINE, path=f"{SPEC}.nodeSelector", value=None),
        Mutation(of=WITHOUT_POOLS, path=f"{SPEC}.nodeSelector.agentpool", value=None),
    ),
)
