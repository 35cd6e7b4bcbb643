"""Cases of `tolerations-bounded`."""

from __future__ import annotations

from typing import Any

from rules.policies.fleet import Fleet
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


def tolerating(*tolerations: object) -> dict[str, Any]:
    return with_spec(linux_agent(), tolerations=list(tolerations))


CASES = Cases(
    rule=RULE,
    passes=(
        AGENT,
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
        Mutation(of=AGENT, path=f"{SPEC}.tolerations[1]", value={"operator": "Exists"}),
        Mutation(of=AGENT, path=f"{SPEC}.tolerations[0].value", value="system"),
        Mutation(of=AGENT, path=f"{SPEC}.tolerations[0].key", value="sku"),
        Mutation(of=AGENT, path=f"{SPEC}.nodeSelector", value={"agentpool": "system"}),
    ),
)
