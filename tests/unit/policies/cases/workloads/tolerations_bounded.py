"""Cases of `tolerations-bounded`."""

from __future__ import annotations

from typing import Any, Literal

from rules.policies.fleet import Fleet, FleetPool, FleetTaint
from rules.policies.workloads.tolerations_bounded import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.scenes import UNKNOWN, engine, kubernetes, linux_agent, with_spec, workload

SPEC = "spec.template.spec"
AGENT = Case(title="an agent", resources=[workload(linux_agent(), "azdo-agents")])
OWN = {"key": "buildfleet.dev/purpose", "operator": "Equal", "value": "build", "effect": "NoSchedule"}
AUTOMATIC = [
    {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300},
    {"key": "node.kubernetes.io/disk-pressure", "operator": "Exists", "effect": "NoSchedule"},
]
ADDONS = {"key": "CriticalAddonsOnly", "operator": "Exists"}


def _own_taint(name: str, trust: Literal["trusted", "untrusted"] = "trusted") -> FleetPool:
    taint = FleetTaint(key="buildfleet.dev/pool", value=name, effect="NoSchedule")
    return FleetPool(name=name, os="linux", trust=trust, selector={"agentpool": name}, taints=(taint,))


KEYED = Fleet(pools=(_own_taint("lin"), _own_taint("pr", "untrusted")))
"""Pools whose taints have one key and a value each."""
POOL = {"key": "buildfleet.dev/pool", "value": "lin", "effect": "NoSchedule"}


def tolerating(*tolerations: object) -> dict[str, Any]:
    return with_spec(linux_agent(), tolerations=list(tolerations))


OF_ITS_POOL = Case(title="its pool's taint", resources=[workload(tolerating(POOL), "azdo-agents")], fleet=KEYED)

CASES = Cases(
    rule=RULE,
    passes=(
        AGENT,
        OF_ITS_POOL,
        Case(title="the engine", resources=[workload(engine(), "docker-engine", "apps/v1:DaemonSet")]),
        Case(
            title="what Kubernetes adds",
            resources=[workload(tolerating(OWN, *AUTOMATIC), "azdo-agents", "core/v1:Pod")],
        ),
        Case(
            title="its own taint with any value or effect",
            resources=[workload(tolerating({"key": "buildfleet.dev/purpose", "operator": "Exists"}), "azdo-agents")],
        ),
        Case(title="a system pod of others", resources=[workload(tolerating(ADDONS), "monitoring")]),
        Case(
            title="a listener, which is elsewhere",
            resources=[
                kubernetes(
                    "actions.github.com/v1alpha1:AutoscalingRunnerSet",
                    {
                        "metadata": {"name": "app", "namespace": "github-runners"},
                        "spec": {
                            "listenerTemplate": {
                                "spec": {"containers": [{"name": "listener"}], "tolerations": [ADDONS]}
                            }
                        },
                    },
                )
            ],
        ),
        Case(
            title="the value of its own pool, and any effect, as no other pool has it",
            resources=[workload(tolerating({"key": "buildfleet.dev/pool", "value": "lin"}), "azdo-agents")],
            fleet=KEYED,
        ),
        Case(
            title="taints of any build pool, where none is named",
            resources=[
                workload(
                    {"tolerations": [{"key": "buildfleet.dev/pool", "operator": "Exists"}]},
                    "azdo-agents",
                    "apps/v1:DeploymentPatch",
                )
            ],
            fleet=KEYED,
        ),
        Case(
            title="a taint, where pools are not known",
            resources=[workload(tolerating({"key": "team", "value": "a"}), "azdo-agents")],
            fleet=Fleet(),
        ),
    ),
    fails=(
        Case(
            title="everything",
            resources=[workload(tolerating({"operator": "Exists"}), "shop", "apps/v1:DaemonSet")],
            at=[f"{SPEC}.tolerations[0]"],
        ),
        Case(
            title="everything that ends a pod, in an agent's ScaledJob",
            resources=[
                workload(
                    tolerating(OWN, {"key": "", "operator": "Exists", "effect": "NoExecute"}),
                    "azdo-agents",
                    "keda.sh/v1alpha1:ScaledJob",
                )
            ],
            at=["spec.jobTargetRef.template.spec.tolerations[1]"],
        ),
        Case(
            title="everything, in a part",
            resources=[workload(tolerating({"operator": "Exists"}), None, "apps/v1:DaemonSetPatch")],
            at=[f"{SPEC}.tolerations[0]"],
        ),
        Case(
            title="system nodes",
            resources=[workload(tolerating(OWN, ADDONS), "azdo-agents")],
            at=[f"{SPEC}.tolerations[1]"],
        ),
        Case(
            title="system nodes, where pools are not known",
            resources=[workload(tolerating(ADDONS, {"key": "node-role.kubernetes.io/control-plane"}), "azdo-agents")],
            at=[f"{SPEC}.tolerations[0]", f"{SPEC}.tolerations[1]"],
            fleet=Fleet(),
        ),
        Case(
            title="another pool's taint",
            resources=[workload(tolerating(OWN, {"key": "sku", "value": "Windows"}), "azdo-agents")],
            at=[f"{SPEC}.tolerations[1]"],
        ),
        Case(
            title="its pool's key with any value, which other pools have, too",
            resources=[
                workload(tolerating({"key": "buildfleet.dev/pool", "operator": "Exists"}), "azdo-agents"),
            ],
            fleet=KEYED,
            at=[f"{SPEC}.tolerations[0]"],
        ),
        Case(
            title="another effect of its pool's taint",
            resources=[workload(tolerating({**OWN, "effect": "NoExecute"}), "azdo-agents")],
            at=[f"{SPEC}.tolerations[0]"],
        ),
    ),
    unknown=(
        Case(
            title="a key",
            resources=[workload(tolerating(OWN, {"key": UNKNOWN, "operator": "Exists"}), "azdo-agents")],
            at=[f"{SPEC}.tolerations[1].key"],
        ),
        Case(
            title="the list",
            resources=[workload(with_spec(linux_agent(), tolerations=UNKNOWN), "azdo-agents")],
            at=[f"{SPEC}.tolerations"],
        ),
    ),
    mutations=(
        Mutation(of=OF_ITS_POOL, path=f"{SPEC}.tolerations[0]", value={**POOL, "operator": "Exists", "value": ""}),
        Mutation(of=AGENT, path=f"{SPEC}.tolerations[1]", value={"operator": "Exists"}),
        Mutation(of=AGENT, path=f"{SPEC}.tolerations[0].value", value="system"),
        Mutation(of=AGENT, path=f"{SPEC}.tolerations[0].key", value="sku"),
        Mutation(of=AGENT, path=f"{SPEC}.nodeSelector", value={"agentpool": "system"}),
    ),
)
