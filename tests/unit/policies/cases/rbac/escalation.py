"""Cases of `rbac-no-escalation`. The rules of ours are those of the components."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from components import contract
from components.docker_engine.rights import cluster_rules, namespace_rules
from components.github.rbac import hook_rules, manager_rules
from rules.policies.rbac.escalation import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.scenes import UNKNOWN, Resource, kubernetes

RBAC = "rbac.authorization.k8s.io/v1"


def rule(groups: object, resources: object, verbs: object, **more: Any) -> dict[str, Any]:
    return {"apiGroups": groups, "resources": resources, "verbs": verbs, **more}


def role(
    rules: object, namespace: object = None, *, runner_set: bool = False, token: str = "", **labels: str
) -> Resource:
    """A ClusterRole, or in a namespace a Role; with `runner_set` labelled as those of ours."""
    metadata: dict[str, Any] = {"name": "thing"}
    if namespace is not None:
        metadata["namespace"] = namespace
    if runner_set:
        metadata["labels"] = {contract.LABEL_RUNNER_SET: "app-1"}
    token = token or ("ClusterRole" if namespace is None else "Role")
    return kubernetes(f"{RBAC}:{token}", {"metadata": metadata, "rules": rules})


PODS = rule([""], ["pods"], ["create", "get"])
SECRETS = rule([""], ["secrets"], ["get"])
HOOKS = Case(
    title="a runner with hooks, where its jobs are privileged",
    resources=[role(hook_rules("0.7.0"), "github-runners-docker", runner_set=True)],
)
MANAGER = Case(title="ARC's controller", resources=[role(manager_rules(), "github-runners-docker", runner_set=True)])
ENGINE = Case(title="the engine, on nodes", resources=[role(cluster_rules())])
SLOTS = Case(
    title="the engine, in its namespace",
    resources=[role(namespace_rules(leases=["slot-0"], daemon_set="docker-engine-win22"), "docker-engine")],
)
BUILD = Case(
    title="a build that notes its digest",
    resources=[role([rule(["batch"], ["jobs"], ["patch"], resourceNames=["image"])], "docker-builds")],
)
TEAM = Case(title="a team's role in its namespace", resources=[role([PODS, SECRETS], "web")])


def never(title: str, groups: Sequence[str], resources: Sequence[str], verbs: Sequence[str], at: str) -> Case:
    resource = role([PODS, rule(list(groups), list(resources), list(verbs))])
    return Case(title=title, resources=[resource], at=[f"rules[1].{at}"])


ADMISSION = "admissionregistration.k8s.io"

CASES = Cases(
    rule=RULE,
    passes=(
        HOOKS,
        MANAGER,
        ENGINE,
        SLOTS,
        BUILD,
        TEAM,
        Case(title="a runner with hooks of the other version", resources=[role(hook_rules("0.8.1"), "github-runners")]),
        Case(
            title="pods, and one Secret by name",
            resources=[role([PODS, rule([""], ["secrets"], ["get"], resourceNames=["pull"])], "azdo-agents-docker")],
        ),
        Case(
            title="nothing of either, in a cluster that is still to be made",
            resources=[role([rule(["batch"], ["jobs"], ["patch"])], UNKNOWN)],
        ),
        Case(title="pods alone", resources=[role([PODS], "azdo-agents-docker")]),
        Case(
            title="claims, and looking at volumes",
            resources=[
                role(
                    [
                        rule([""], ["persistentvolumeclaims"], ["create"]),
                        rule([""], ["persistentvolumes"], ["get", "list"]),
                    ]
                )
            ],
        ),
        Case(
            title="watching webhooks",
            resources=[role([rule([ADMISSION], ["validatingwebhookconfigurations"], ["get", "list", "watch"])])],
        ),
        Case(
            title="a role that is summed up of others",
            resources=[kubernetes(f"{RBAC}:ClusterRole", {"metadata": {"name": "sum"}, "aggregationRule": {}})],
        ),
    ),
    fails=(
        never("every verb", ["keda.sh"], ["scaledjobs"], ["*"], "verbs[0]"),
        never("every resource", [""], ["*"], ["get"], "resources[0]"),
        never("every group", ["*"], ["pods"], ["get"], "apiGroups[0]"),
        never("escalate", ["rbac.authorization.k8s.io"], ["roles"], ["get", "escalate"], "verbs[1]"),
        never("bind", ["rbac.authorization.k8s.io"], ["clusterroles"], ["bind"], "verbs[0]"),
        never("impersonate", [""], ["users"], ["impersonate"], "verbs[0]"),
        never("the kubelet's API", [""], ["nodes", "nodes/proxy"], ["get"], "resources[1]"),
        never("every proxy", [""], ["*/proxy"], ["get"], "resources[0]"),
        never("others' tokens", [""], ["serviceaccounts/token"], ["create"], "resources[0]"),
        never("webhooks", [ADMISSION], ["mutatingwebhookconfigurations"], ["patch"], "resources[0]"),
        never("these policies", [ADMISSION], ["validatingadmissionpolicybindings"], ["delete"], "resources[0]"),
        never("volumes of nodes", [""], ["persistentvolumes"], ["create", "get"], "resources[0]"),
        never("who is trusted", ["buildfleet.dev"], ["confinements"], ["update"], "resources[0]"),
        never(
            "certificates",
            ["certificates.k8s.io"],
            ["certificatesigningrequests/approval"],
            ["update"],
            "resources[0]",
        ),
        Case(
            title="pods and Secrets where pods are privileged",
            resources=[role([PODS, SECRETS], "azdo-agents-docker")],
            at=["rules[1].resources[0]"],
        ),
        Case(
            title="Deployments, and Secrets beside others",
            resources=[
                role(
                    [
                        rule([""], ["configmaps", "secrets"], ["list"]),
                        rule(["apps"], ["deployments"], ["patch"]),
                    ],
                    "docker-builds",
                )
            ],
            at=["rules[0].resources[1]"],
        ),
        Case(
            title="more than a runner set's, with its label",
            resources=[
                role(
                    [PODS, SECRETS, rule(["apps"], ["daemonsets"], ["create"])],
                    "github-runners-docker",
                    runner_set=True,
                )
            ],
            at=["rules[1].resources[0]"],
        ),
        Case(
            title="pods in the engine's namespace",
            resources=[role([rule([""], ["pods/exec"], ["get"])], "docker-engine")],
            at=["rules[0].resources[0]"],
        ),
        Case(
            title="a runner set in the engine's namespace",
            resources=[role([PODS, SECRETS], "docker-engine", runner_set=True)],
            at=["rules[0].resources[0]", "rules[1].resources[0]"],
        ),
        Case(
            title="a patch",
            resources=[role([rule(["apps"], ["deployments"], ["*"])], "web", token="RolePatch")],
            at=["rules[0].verbs[0]"],
        ),
        Case(
            title="one of a list",
            resources=[
                kubernetes(
                    f"{RBAC}:RoleList",
                    {"items": [role([PODS], "web").inputs, role([rule([""], ["*"], ["get"])], "web").inputs]},
                )
            ],
            at=["items[1].rules[0].resources[0]"],
        ),
    ),
    unknown=(
        Case(title="the rules", resources=[role(UNKNOWN, "azdo-agents-docker")], at=["rules"]),
        Case(title="a verb", resources=[role([rule([""], ["pods"], [UNKNOWN])])], at=["rules[0].verbs[0]"]),
        Case(title="the namespace", resources=[role([PODS, SECRETS], UNKNOWN)], at=["metadata.namespace"]),
    ),
    mutations=(
        Mutation(of=HOOKS, path="metadata.labels", value={"app": "runner"}),
        Mutation(of=HOOKS, path="metadata.namespace", value="docker-engine"),
        Mutation(of=HOOKS, path="rules[0].verbs", value=["create", "patch"]),
        Mutation(of=MANAGER, path="rules[2].verbs", value=["*"]),
        Mutation(of=ENGINE, path="rules[0].resources", value=["nodes", "nodes/proxy"]),
        Mutation(of=SLOTS, path="rules[1].resources", value=["*"]),
        Mutation(of=BUILD, path="rules[0].apiGroups", value=["*"]),
        Mutation(of=TEAM, path="metadata.namespace", value="docker-builds"),
    ),
)
