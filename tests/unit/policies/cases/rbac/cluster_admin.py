"""Cases of `rbac-no-cluster-admin`."""

from __future__ import annotations

from rules.policies.rbac.cluster_admin import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.scenes import UNKNOWN, Resource, kubernetes

RBAC = "rbac.authorization.k8s.io/v1"
ROLE = "roleRef.name"
SUBJECT = "subjects[0].name"


def account(namespace: object, name: str = "agent") -> dict[str, object]:
    return {"kind": "ServiceAccount", "name": name, "namespace": namespace}


def group(name: object, kind: str = "Group") -> dict[str, object]:
    return {"kind": kind, "name": name, "apiGroup": "rbac.authorization.k8s.io"}


def binding(role: object, *subjects: object, namespace: object = None, kind: str = "", token: str = "") -> Resource:
    """A ClusterRoleBinding, or in a namespace a RoleBinding."""
    metadata = {"name": "thing", **({} if namespace is None else {"namespace": namespace})}
    reference = {
        "apiGroup": "rbac.authorization.k8s.io",
        "kind": kind or "ClusterRole",
        "name": role,
    }
    token = token or ("ClusterRoleBinding" if namespace is None else "RoleBinding")
    return kubernetes(f"{RBAC}:{token}", {"metadata": metadata, "roleRef": reference, "subjects": list(subjects)})


ENGINE = Case(title="the engine's", resources=[binding("docker-engine-dev", account("docker-engine", "docker-engine"))])
MANAGER = Case(
    title="that of ARC's controller",
    resources=[
        binding("app-1-manager", account("arc-systems", "controller"), namespace="github-runners-docker", kind="Role")
    ],
)
READERS = Case(title="readers", resources=[binding("view", group("developers"))])
TEAM = Case(title="a team in its namespace", resources=[binding("edit", group("developers"), namespace="web")])

CASES = Cases(
    rule=RULE,
    passes=(
        ENGINE,
        MANAGER,
        READERS,
        TEAM,
        Case(title="the cluster's own", resources=[binding("cluster-admin", account("kube-system", "addon"))]),
        Case(
            title="a Role of that name",
            resources=[binding("cluster-admin", account("web"), namespace="web", kind="Role")],
        ),
        Case(
            title="a Role of the stack, whose name is not known yet",
            resources=[binding(UNKNOWN, account(UNKNOWN, "agent"), namespace=UNKNOWN, kind="Role")],
        ),
        Case(title="a user whose identity is being made", resources=[binding("reader", group(UNKNOWN, "User"))]),
        Case(
            title="what everybody may see",
            resources=[binding("system:public-info-viewer", group("system:unauthenticated"))],
        ),
        Case(title="what whoever signs in may", resources=[binding("system:discovery", group("system:authenticated"))]),
        Case(
            title="the same where pods are privileged",
            resources=[binding("system:basic-user", group("operators"), namespace="docker-engine")],
        ),
        Case(
            title="a role of the system for somebody else's part of the cluster",
            resources=[binding("system:auth-delegator", account("monitoring", "adapter"))],
        ),
        Case(
            title="a role of the system in a namespace without privileges",
            resources=[binding("system:aggregate-to-edit", group("developers"), namespace="azdo-agents")],
        ),
        Case(
            title="operators of agents without Docker",
            resources=[binding("edit", group("operators"), namespace="azdo-agents")],
        ),
    ),
    fails=(
        Case(title="cluster-admin", resources=[binding("cluster-admin", account("azdo-agents"))], at=[ROLE]),
        Case(title="a group of people", resources=[binding("cluster-admin", group("operators"))], at=[ROLE]),
        Case(title="edit everywhere", resources=[binding("edit", account("docker-builds"))], at=[ROLE]),
        Case(
            title="one of the cluster's own and somebody else",
            resources=[binding("admin", account("kube-system"), account("azdo-agents"))],
            at=[ROLE],
        ),
        Case(title="nobody yet", resources=[binding("cluster-admin")], at=[ROLE]),
        Case(
            title="cluster-admin of a namespace",
            resources=[binding("cluster-admin", account("azdo-agents"), namespace="web")],
            at=[ROLE],
        ),
        Case(
            title="edit where pods are privileged",
            resources=[binding("edit", group("operators"), namespace="azdo-agents-docker")],
            at=[ROLE],
        ),
        Case(
            title="admin of the engine's namespace",
            resources=[binding("admin", account("docker-engine"), namespace="docker-engine")],
            at=[ROLE],
        ),
        *(
            Case(
                title=f"{role} in {namespace}",
                resources=[binding(role, group("operators"), namespace=namespace)],
                at=[ROLE],
            )
            for role, namespace in (
                ("system:aggregate-to-edit", "azdo-agents-docker"),
                ("system:aggregate-to-admin", "docker-engine"),
                ("system:controller:job-controller", "docker-builds"),
            )
        ),
        *(
            Case(title=f"system:node to {one['name']}", resources=[binding("system:node", one)], at=[ROLE])
            for one in (
                account("azdo-agents"),
                group("system:authenticated"),
                group("system:serviceaccounts"),
                group("system:serviceaccounts:docker-builds"),
                group("system:serviceaccount:azdo-agents:agent", "User"),
            )
        ),
        Case(
            title="system:aggregate-to-view to callers without a name",
            resources=[binding("system:aggregate-to-view", group("system:unauthenticated"))],
            at=[ROLE, SUBJECT],
        ),
        Case(title="system:masters", resources=[binding("view", group("system:masters"))], at=[SUBJECT]),
        Case(
            title="callers without a name",
            resources=[binding("view", group("system:anonymous", "User"), namespace="azdo-agents")],
            at=[SUBJECT],
        ),
        Case(
            title="a patch",
            resources=[binding("cluster-admin", account("azdo-agents"), token="ClusterRoleBindingPatch")],
            at=[ROLE],
        ),
        Case(
            title="one of a list",
            resources=[
                kubernetes(
                    f"{RBAC}:ClusterRoleBindingList",
                    {"items": [binding("view", group("a")).inputs, binding("admin", group("a")).inputs]},
                )
            ],
            at=["items[1].roleRef.name"],
        ),
    ),
    unknown=(
        Case(title="the role", resources=[binding(UNKNOWN, account("azdo-agents"))], at=[ROLE]),
        Case(title="a subject", resources=[binding("view", group(UNKNOWN))], at=[SUBJECT]),
        Case(title="the role of a user", resources=[binding(UNKNOWN, group(UNKNOWN, "User"))], at=[ROLE]),
        Case(
            title="whose account it is",
            resources=[binding("system:node", account(UNKNOWN))],
            at=["subjects[0].namespace"],
        ),
        Case(
            title="whether it is the cluster's own",
            resources=[binding("cluster-admin", account(UNKNOWN))],
            at=["subjects[0].namespace"],
        ),
        Case(
            title="the namespace",
            resources=[binding("edit", account("azdo-agents"), namespace=UNKNOWN)],
            at=["metadata.namespace"],
        ),
    ),
    mutations=(
        Mutation(of=ENGINE, path=ROLE, value="cluster-admin"),
        Mutation(of=READERS, path=ROLE, value="edit"),
        Mutation(of=READERS, path=SUBJECT, value="system:masters"),
        Mutation(of=READERS, path=SUBJECT, value="system:unauthenticated"),
        Mutation(of=TEAM, path="metadata.namespace", value="github-runners-docker"),
        Mutation(of=TEAM, path=ROLE, value="cluster-admin"),
        Mutation(of=ENGINE, path=ROLE, value="system:aggregate-to-edit"),
    ),
)
