"""Cases of `rbac-bound-cluster-role`."""

from __future__ import annotations

from components.github.rbac import hook_rules
from rules.policies.rbac.bound_cluster_role import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.cases.rbac.cluster_admin import account, binding
from tests.unit.policies.cases.rbac.escalation import PODS, RBAC, SECRETS, role, rule
from tests.unit.policies.scenes import UNKNOWN, Resource, kubernetes

ROLE = "roleRef.name"


def bound(namespace: object, name: object = "thing", kind: str = "", account_of: object = "azdo-agents") -> Resource:
    return binding(name, account(account_of), namespace=namespace, kind=kind)


OPERATOR = role([PODS, SECRETS])
VIEWER = role([rule([""], ["pods"], ["get", "list"])])
ELSEWHERE = Case(title="where no pod is privileged", resources=[OPERATOR, bound("azdo-agents")])
HARMLESS = Case(title="one that only looks", resources=[VIEWER, bound("docker-engine")])

KEDA = {"operators": [{"role": "thing", "namespace": "keda"}]}
WATCHES = Case(
    title="an operator that works there",
    resources=[OPERATOR, bound("docker-builds", account_of="keda")],
    options=KEDA,
)


def summed(name: str, label: str, *rules: object, of: str | None) -> Resource:
    """A ClusterRole with a label, which is summed up of those with another."""
    selectors = (
        None
        if of is None
        else [{"matchLabels": {"other": "true", "team": "web"}}, {"matchLabels": {f"example.com/{of}": "true"}}]
    )
    return role(list(rules), name=name, labels={f"example.com/{label}": "true"}, summed=selectors)


SUM = Case(
    title="one that is summed up of what only looks",
    resources=[
        summed("thing", "a", of="b"),
        summed("other", "b", of="c"),
        role([rule([""], ["pods"], ["get"])], name="part", labels={"example.com/c": "true"}),
        role([PODS, SECRETS], name="aside", labels={"example.com/d": "true", "team": "web"}),
        bound("docker-engine"),
    ],
)

ALL = rule(["*"], ["*"], ["*"])
PART = role([ALL], name="part", labels={"example.com/b": "true"})
AGGREGATED = summed("thing", "a", of="b")
EVERYWHERE = binding("thing", account("github-runners"))
OF_KEDA = Case(
    title="an operator's role that is summed up of another of the operator's",
    resources=[PART, AGGREGATED, binding("thing", account("keda"))],
    options=KEDA,
)
IN_OURS = {"operators": [{"role": "thing", "namespace": "github-runners"}]}

CASES = Cases(
    rule=RULE,
    passes=(
        ELSEWHERE,
        HARMLESS,
        WATCHES,
        SUM,
        OF_KEDA,
        Case(
            title="a role that is summed up of others, and one that has all and is none of them",
            resources=[PART, summed("thing", "a", of="c"), EVERYWHERE],
        ),
        Case(title="one that nobody is bound to", resources=[PART, AGGREGATED]),
        Case(
            title="a binding whose role is not known, where none is summed up of what matters",
            resources=[PART, summed("thing", "a", of="c"), binding(UNKNOWN, account("github-runners"))],
        ),
        Case(title="pods alone", resources=[role([PODS]), bound("docker-builds")]),
        Case(title="another role of that name", resources=[OPERATOR, bound("docker-builds", kind="Role")]),
        Case(title="another ClusterRole", resources=[OPERATOR, bound("docker-builds", "other")]),
        Case(
            title="one whose name is not known, where none matters", resources=[VIEWER, bound("docker-builds", UNKNOWN)]
        ),
        Case(
            title="that of a runner set",
            resources=[role(hook_rules("0.8.1"), runner_set=True), bound("github-runners-docker")],
        ),
    ),
    fails=(
        Case(title="pods and Secrets", resources=[OPERATOR, bound("azdo-agents-docker")], at=[ROLE]),
        *(
            Case(title=f"summed up of one that has all, {title}", resources=resources, at=[ROLE], options=options)
            for title, resources, options in (
                ("everywhere", [PART, AGGREGATED, EVERYWHERE], {}),
                ("in a namespace of somebody else", [PART, AGGREGATED, bound("web")], {}),
                ("where pods are privileged, once", [PART, AGGREGATED, bound("docker-engine")], {}),
                ("by two steps", [PART, summed("thing", "a", of="c"), summed("x", "c", of="b"), EVERYWHERE], {}),
                ("by a patch", [PART, AGGREGATED, binding("thing", token="ClusterRoleBindingPatch")], {}),
                ("that of an operator, to others", [PART, AGGREGATED, EVERYWHERE], KEDA),
                ("that of an operator in a namespace of the fleet", [PART, AGGREGATED, EVERYWHERE], IN_OURS),
                (
                    "by a label that a patch brings",
                    [
                        role([ALL], name="part"),
                        role(None, name="part", labels={"example.com/b": "true"}, token="ClusterRolePatch"),
                        AGGREGATED,
                        EVERYWHERE,
                    ],
                    {},
                ),
                (
                    "beside one of which it is not known whether it is part of it",
                    [role([PODS], name="dark", labels={"example.com/b": UNKNOWN}), PART, AGGREGATED, EVERYWHERE],
                    {},
                ),
            )
        ),
        Case(
            title="added to edit, summed up of one that has all",
            resources=[
                PART,
                role(
                    [],
                    name="thing",
                    labels={"rbac.authorization.k8s.io/aggregate-to-edit": "true"},
                    summed=[{"matchLabels": {"example.com/b": "true"}}],
                ),
            ],
            options=KEDA,
            at=["metadata.labels"],
        ),
        Case(
            title="pods beside the engine, where it is not known whether one that has all is part of it",
            resources=[
                role([ALL], name="part", labels={"example.com/b": UNKNOWN}),
                summed("aside", "x", of="b"),
                role([PODS]),
                bound("docker-engine"),
            ],
            at=[ROLE],
        ),
        Case(title="pods beside the engine", resources=[role([PODS]), bound("docker-engine")], at=[ROLE]),
        Case(
            title="twice",
            resources=[OPERATOR, bound("docker-engine"), bound("web"), bound("docker-builds")],
            at=[ROLE, ROLE],
        ),
        Case(
            title="summed up of one that makes pods and one that reads Secrets, in two steps and in a circle",
            resources=[
                summed("thing", "a", of="b"),
                summed("other", "b", PODS, of="a"),
                summed("part", "a", SECRETS, of=None),
                bound("docker-builds"),
            ],
            at=[ROLE],
        ),
        Case(
            title="an operator's, to somebody else",
            resources=[OPERATOR, bound("docker-builds")],
            options=KEDA,
            at=[ROLE],
        ),
    ),
    unknown=(
        Case(
            title="whether one that is summed up of one that has all is added to edit",
            resources=[PART, role([], labels=UNKNOWN, summed=[{"matchLabels": {"example.com/b": "true"}}])],
            at=["metadata.labels"],
        ),
        *(
            Case(title=f"of a ClusterRoleBinding {title}", resources=resources, at=[ROLE])
            for title, resources in (
                (
                    "whether one that has all is part of it",
                    [role([ALL], name="part", labels={"example.com/b": UNKNOWN}), AGGREGATED, EVERYWHERE],
                ),
                ("what its role is summed up of", [PART, role([], summed=UNKNOWN), EVERYWHERE]),
                (
                    "what a part grants",
                    [role(UNKNOWN, name="part", labels={"example.com/b": "true"}), AGGREGATED, EVERYWHERE],
                ),
                ("which role", [PART, AGGREGATED, binding(UNKNOWN, account("github-runners"))]),
                (
                    "what the role is called",
                    [PART, role([], name=UNKNOWN, summed=[{"matchLabels": {"example.com/b": "true"}}]), EVERYWHERE],
                ),
            )
        ),
        Case(
            title="whether it is the account of an operator's that is summed up",
            resources=[PART, AGGREGATED, binding("thing", account(UNKNOWN))],
            options=KEDA,
            at=["subjects[0].namespace"],
        ),
        Case(
            title="whether a role is part of it",
            resources=[
                summed("thing", "a", of="b"),
                role([PODS], name="part", labels={"example.com/b": UNKNOWN}),
                bound("docker-engine"),
            ],
            at=[ROLE],
        ),
        Case(
            title="whether it is the operator's account",
            resources=[OPERATOR, bound("docker-builds", account_of=UNKNOWN)],
            options=KEDA,
            at=["subjects[0].namespace"],
        ),
        Case(title="which role", resources=[OPERATOR, bound("docker-builds", UNKNOWN)], at=[ROLE]),
        Case(
            title="what the role is called",
            resources=[
                kubernetes(f"{RBAC}:ClusterRole", {"metadata": UNKNOWN, "rules": [PODS]}),
                bound("docker-engine"),
            ],
            at=[ROLE],
        ),
        Case(title="its rules", resources=[role(UNKNOWN), bound("docker-builds")], at=[ROLE]),
        Case(title="the namespace", resources=[OPERATOR, bound(UNKNOWN)], at=["metadata.namespace"]),
    ),
    mutations=(
        Mutation(of=OF_KEDA, resource=2, path="subjects[0].namespace", value="web"),
        Mutation(of=WATCHES, resource=1, path="subjects[0].namespace", value="web"),
        Mutation(of=SUM, resource=2, path="rules[0].verbs", value=["update"]),
        Mutation(of=SUM, resource=0, path="aggregationRule.clusterRoleSelectors[0].matchLabels", value={"team": "web"}),
        Mutation(of=SUM, resource=3, path='metadata.labels["example.com/b"]', value="true"),
        Mutation(of=ELSEWHERE, resource=1, path="metadata.namespace", value="docker-engine"),
        Mutation(of=HARMLESS, resource=0, path="rules[0].verbs", value=["create"]),
    ),
)
