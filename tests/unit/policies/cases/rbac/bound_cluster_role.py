"""Cases of `rbac-bound-cluster-role`."""

from __future__ import annotations

from components.github.rbac import hook_rules
from rules.policies.rbac.bound_cluster_role import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.cases.rbac.cluster_admin import account, binding
from tests.unit.policies.cases.rbac.escalation import PODS, RBAC, SECRETS, role, rule
from tests.unit.policies.scenes import UNKNOWN, Resource, kubernetes

ROLE = "roleRef.name"


def bound(namespace: object, name: object = "thing", kind: str = "") -> Resource:
    return binding(name, account("azdo-agents"), namespace=namespace, kind=kind)


OPERATOR = role([PODS, SECRETS])
VIEWER = role([rule([""], ["pods"], ["get", "list"])])
ELSEWHERE = Case(title="where no pod is privileged", resources=[OPERATOR, bound("azdo-agents")])
HARMLESS = Case(title="one that only looks", resources=[VIEWER, bound("docker-engine")])

CASES = Cases(
    rule=RULE,
    passes=(
        ELSEWHERE,
        HARMLESS,
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
    ),
    unknown=(
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
        Mutation(of=ELSEWHERE, resource=1, path="metadata.namespace", value="docker-engine"),
        Mutation(of=HARMLESS, resource=0, path="rules[0].verbs", value=["create"]),
    ),
)
