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

CASES = Cases(
    rule=RULE,
    passes=(
        ELSEWHERE,
        HARMLESS,
        WATCHES,
        SUM,
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
        Mutation(of=WATCHES, resource=1, path="subjects[0].namespace", value="web"),
        Mutation(of=SUM, resource=2, path="rules[0].verbs", value=["update"]),
        Mutation(of=SUM, resource=0, path="aggregationRule.clusterRoleSelectors[0].matchLabels", value={"team": "web"}),
        Mutation(of=SUM, resource=3, path='metadata.labels["example.com/b"]', value="true"),
        Mutation(of=ELSEWHERE, resource=1, path="metadata.namespace", value="docker-engine"),
        Mutation(of=HARMLESS, resource=0, path="rules[0].verbs", value=["create"]),
    ),
)
