"""Cases of `rbac-no-escalation`. The rules of ours are those of the components."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from components import contract
from components.docker_engine.rights import cluster_rules, namespace_rules
from components.github.rbac import hook_rules, manager_rules
from rules.policies.rbac.escalation import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.cases.rbac.cluster_admin import account, binding, group
from tests.unit.policies.scenes import UNKNOWN, Resource, kubernetes

RBAC = "rbac.authorization.k8s.io/v1"


def rule(groups: object, resources: object, verbs: object, **more: Any) -> dict[str, Any]:
    return {"apiGroups": groups, "resources": resources, "verbs": verbs, **more}


def role(
    rules: object,
    namespace: object = None,
    *,
    runner_set: bool = False,
    token: str = "",
    name: object = "thing",
    labels: object = None,
    summed: object = None,
) -> Resource:
    """A ClusterRole, or in a namespace a Role; with `runner_set` labelled as those of ours, with `summed` one of which
    these are the selectors."""
    metadata: dict[str, Any] = {"name": name, **({} if labels is None else {"labels": labels})}
    if namespace is not None:
        metadata["namespace"] = namespace
    if runner_set:
        metadata["labels"] = {contract.LABEL_RUNNER_SET: "app-1"}
    token = token or ("ClusterRole" if namespace is None else "Role")
    more = {} if summed is None else {"aggregationRule": {"clusterRoleSelectors": summed}}
    return kubernetes(f"{RBAC}:{token}", {"metadata": metadata, "rules": rules, **more})


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


def adds_to(which: str, *rules: object, value: object = "true", **more: Any) -> Resource:
    """A ClusterRole whose rules become those of `admin`, `edit` or `view`."""
    return role(list(rules), labels={f"{AGGREGATE}{which}": value}, **more)


AGGREGATE = "rbac.authorization.k8s.io/aggregate-to-"
SELECTORS = "aggregationRule.clusterRoleSelectors"
STAR = "rules[1].apiGroups[0]"
TO_VIEW = f'metadata.labels["{AGGREGATE}view"]'
EXEC = rule([""], ["pods/exec"], ["create"])
LOOKS = rule(["example.com"], ["builds"], ["get", "list", "watch"])
VIEW = Case(title="who may view may look at a kind of an operator's", resources=[adds_to("view", LOOKS)])
OWN = {"matchLabels": {"example.com/aggregate-to-builder": "true"}}
SUMMED = Case(
    title="a role that is summed up of those that are made for it",
    resources=[
        role([], summed=[OWN, {**OWN, "matchExpressions": [{"key": "team", "operator": "DoesNotExist"}]}]),
    ],
)
LISTENER = Case(
    title="ARC's listener",
    resources=[
        role(
            [
                rule(["actions.github.com"], ["ephemeralrunnersets"], ["patch"], resourceNames=["app-1-x"]),
                rule(["actions.github.com"], ["ephemeralrunners", "ephemeralrunners/status"], ["patch"]),
            ],
            "github-runners-docker",
        )
    ],
)
"""Made by the controller: `rulesForListenerRole` in controllers/actions.github.com of ARC 0.14.2."""

WEBHOOKS = rule(
    [ADMISSION],
    ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"],
    ["get", "list", "watch", "patch", "update"],
)
CAINJECTOR = "cert-manager-cainjector"
OPERATORS = {
    "operators": [
        {"role": CAINJECTOR, "namespace": "cert-manager"},
        {"role": "keda-operator", "namespace": "keda"},
        {"role": "keda-operator", "namespace": "keda-2"},
        {"role": "agent", "namespace": "azdo-agents"},
    ]
}
SCALES = [
    rule(["*"], ["*/scale"], ["get", "list", "patch", "update", "watch"]),
    rule(["*"], ["*"], ["get"]),
]


def expressed(operator: str, key: str, *values: str) -> dict[str, Any]:
    more = {"values": list(values)} if values else {}
    return {"matchExpressions": [{"key": key, "operator": operator, **more}]}


def operator(title: str, resource: Resource, *at: str) -> Case:
    return Case(title=title, resources=[resource], options=OPERATORS, at=at)


INJECTS = operator("cert-manager, which is named", role([WEBHOOKS], name=CAINJECTOR))
BOUND = operator("its account", binding(CAINJECTOR, account("cert-manager")))

CASES = Cases(
    rule=RULE,
    passes=(
        HOOKS,
        MANAGER,
        ENGINE,
        SLOTS,
        BUILD,
        TEAM,
        VIEW,
        SUMMED,
        LISTENER,
        INJECTS,
        BOUND,
        operator("KEDA, which is named", role(SCALES, name="keda-operator")),
        operator(
            "its accounts in either namespace", binding("keda-operator", account("keda"), account("keda-2", "other"))
        ),
        operator(
            "KEDA, with a label that adds to nothing", adds_to("edit", *SCALES, value="false", name="keda-operator")
        ),
        operator("in a namespace", binding("keda-operator", account("keda"), namespace="azdo-agents-docker")),
        operator("a role that is none of an operator's, to people", binding("builds", group("developers"))),
        operator(
            "a Role of that name, to people",
            binding(CAINJECTOR, group("developers"), namespace="web", kind="Role"),
        ),
        operator("one whose name is not known, without what matters", role([LOOKS], name=UNKNOWN)),
        Case(title="its binding, where it is not named", resources=[binding(CAINJECTOR, group("developers"))]),
        Case(
            title="who may edit may make the pods of KEDA's kinds, too",
            resources=[adds_to("edit", rule(["keda.sh"], ["scaledjobs", "scaledobjects"], ["create", "patch"]))],
        ),
        Case(title="who is admin reads Secrets already", resources=[adds_to("admin", SECRETS, EXEC)]),
        Case(title="a label that adds to nothing", resources=[adds_to("view", SECRETS, value="false")]),
        Case(title="a label that is not known, of a role that only looks", resources=[role([LOOKS], labels=UNKNOWN)]),
        Case(title="pods and Secrets, of a ClusterRole that adds to none", resources=[role([PODS, SECRETS])]),
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
        *(
            Case(
                title=f"{verb} of {resource} beside the engine",
                resources=[role([rule([group_], [resource], ["get", verb])], "docker-engine")],
                at=["rules[0].resources[0]"],
            )
            for group_, resource in (
                ("", "pods"),
                ("", "replicationcontrollers"),
                ("actions.github.com", "autoscalingrunnersets"),
                ("actions.github.com", "ephemeralrunners"),
                ("actions.github.com", "ephemeralrunnersets"),
            )
            for verb in ("create", "patch", "update")
        ),
        Case(
            title="another image for a pod, and Secrets, where pods are privileged",
            resources=[role([rule([""], ["pods"], ["patch"]), SECRETS], "azdo-agents-docker")],
            at=["rules[1].resources[0]"],
        ),
        Case(
            title="more of pods than a runner set's, with its label",
            resources=[role([rule([""], ["pods"], ["update"]), SECRETS], "github-runners-docker", runner_set=True)],
            at=["rules[1].resources[0]"],
        ),
        *(
            Case(title=f"summed up of {title}", resources=[role([], summed=[OWN, selector])], at=[f"{SELECTORS}[1]"])
            for title, selector in (
                ("all ClusterRoles", {}),
                ("all, in other words", {"matchLabels": {}, "matchExpressions": []}),
                ("all but some", expressed("NotIn", "team", "web")),
                ("all without a label", expressed("DoesNotExist", "team")),
                ("all with a label", expressed("Exists", "team")),
                ("Kubernetes' own", {"matchLabels": {"kubernetes.io/bootstrapping": "rbac-defaults"}}),
                ("those of charts", {"matchLabels": {"app.kubernetes.io/managed-by": "Helm"}}),
                ("what edit is summed up of", {"matchLabels": {f"{AGGREGATE}edit": "true"}}),
            )
        ),
        Case(
            title="a patch that sums up all",
            resources=[role([], summed=[{}], token="ClusterRolePatch")],
            at=[f"{SELECTORS}[0]"],
        ),
        Case(
            title="one of a list that sums up all",
            resources=[kubernetes(f"{RBAC}:ClusterRoleList", {"items": [role([PODS], summed=[{}]).inputs]})],
            at=[f"items[0].{SELECTORS}[0]"],
        ),
        Case(
            title="all summed up, and rules that are wrong",
            resources=[role([rule(["*"], ["pods"], ["get"])], summed=[{}])],
            at=[f"{SELECTORS}[0]", "rules[0].apiGroups[0]"],
        ),
        Case(
            title="who may view reads Secrets and opens a shell",
            resources=[adds_to("view", rule([""], ["configmaps", "secrets"], ["get", "list"]), EXEC)],
            at=["rules[0].resources[1]", "rules[1].resources[0]"],
        ),
        Case(
            title="who may view makes pods by a kind of KEDA's",
            resources=[adds_to("view", LOOKS, rule(["keda.sh"], ["scaledjobs"], ["patch"]))],
            at=["rules[1].resources[0]"],
        ),
        Case(
            title="who may view gets what others add",
            resources=[adds_to("view", LOOKS, summed=[OWN])],
            at=[TO_VIEW],
        ),
        Case(
            title="a patch of what who may view gets",
            resources=[adds_to("view", SECRETS, token="ClusterRolePatch")],
            at=["rules[0].resources[0]"],
        ),
        Case(
            title="cert-manager, which is not named",
            resources=[role([WEBHOOKS], name=CAINJECTOR)],
            at=["rules[0].resources[0]", "rules[0].resources[1]"],
        ),
        operator("a role that begins like that of an operator", role([EXEC, SCALES[0]], name="keda-operator-2"), STAR),
        operator("a Role of its name", role([EXEC, SCALES[0]], "keda", name="keda-operator"), STAR),
        operator("that of an operator in a namespace of the fleet", role([EXEC, SCALES[0]], name="agent"), STAR),
        operator(
            "that of an operator, which who may edit gets",
            adds_to("edit", EXEC, SCALES[0], name="keda-operator"),
            STAR,
        ),
        operator("an operator's role to people", binding(CAINJECTOR, group("developers")), "subjects[0].name"),
        operator(
            "an operator's role to an account of the fleet, too",
            binding(CAINJECTOR, account("cert-manager"), account("azdo-agents")),
            "subjects[1].namespace",
        ),
        operator(
            "an operator's role to another operator, in a namespace",
            binding(CAINJECTOR, account("keda"), namespace="web"),
            "subjects[0].namespace",
        ),
        operator(
            "an operator's role to all accounts of its namespace",
            binding(CAINJECTOR, group("system:serviceaccounts:cert-manager"), token="ClusterRoleBindingPatch"),
            "subjects[0].name",
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
        Case(title="what it is summed up of", resources=[role([], summed=UNKNOWN)], at=[SELECTORS]),
        Case(
            title="by which labels",
            resources=[role([], summed=[{"matchLabels": UNKNOWN}])],
            at=[f"{SELECTORS}[0].matchLabels"],
        ),
        Case(title="whether who may view gets it", resources=[role([SECRETS], labels=UNKNOWN)], at=[TO_VIEW]),
        Case(title="whether it is true", resources=[adds_to("view", SECRETS, value=UNKNOWN)], at=[TO_VIEW]),
        operator("whether it is an operator's", role([WEBHOOKS], name=UNKNOWN), "metadata.name"),
        operator("whether an operator's is bound", binding(UNKNOWN, group("developers")), "roleRef.name"),
        operator(
            "whether it is the operator's account", binding(CAINJECTOR, account(UNKNOWN)), "subjects[0].namespace"
        ),
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
        Mutation(of=LISTENER, path="metadata.namespace", value="docker-engine"),
        Mutation(of=VIEW, path="rules[0]", value=SECRETS),
        Mutation(of=VIEW, path="aggregationRule.clusterRoleSelectors", value=[OWN]),
        Mutation(of=SUMMED, path=f"{SELECTORS}[0].matchLabels", value=None),
        Mutation(of=INJECTS, path="metadata.name", value="cainjector"),
        Mutation(of=BOUND, path="subjects[0].namespace", value="azdo-agents"),
        Mutation(of=BOUND, path="subjects[0].kind", value="Group"),
    ),
)
