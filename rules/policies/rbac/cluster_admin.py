"""`rbac-no-cluster-admin`: nobody is made administrator of the cluster, or of a namespace with privileged pods.

A binding for service accounts of the cluster's own namespaces only is the cluster's own. In the cluster itself the rule
asks about the fleet: bindings in its namespaces, and those of the cluster to its accounts, to everybody, or to
`system:masters`. Other teams' administrators are theirs to choose.

Kubernetes' roles `system:...` are for its own parts, and some are `edit` by another name (`system:aggregate-to-edit`),
or every node (`system:node`). They are refused where pods are privileged, and to the fleet's accounts and to everybody.

Whether a user may be bound at all is no question where his name is not known yet: it is that of an identity that is
being made, and of users the rule refuses `system:anonymous` alone, which none is. Whether he is everybody, to whom no
role of the system is bound, still is one. The update knows the name, and so does the cluster's twin.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rules.policies.fleet import Fleet
from rules.policies.node import Node, Verdict, each_known, guarded
from rules.policies.objects import Object, of_kind
from rules.policies.rule import MANDATORY, Context, Reference, Rule, Twin
from rules.policies.twin import literal
from rules.problem import Problem
from rules.tables.system_users import SYSTEM_USERS
from rules.words import given

ID: Final = "rbac-no-cluster-admin"
ROLES: Final = ("admin", "cluster-admin", "edit")
"""Kubernetes' own roles that may make any pod, and read any Secret, wherever they are bound."""
PRIVILEGED: Final = ("agents-docker", "engine")
"""Purposes of namespaces in which making a pod means to have its node."""
NOBODY: Final = ("system:anonymous", "system:unauthenticated")
MASTERS: Final = "system:masters"
_HARMLESS: Final = "system:public-info-viewer"
"""Kubernetes binds it to everybody: versions and health."""
_SYSTEM_ROLE: Final = "system:"
FOR_EVERYBODY: Final = (
    "system:basic-user",
    "system:discovery",
    _HARMLESS,
    "system:service-account-issuer-discovery",
)
"""Roles of the system that Kubernetes itself binds to whoever has signed in, or to every service account:
https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings, read 2026-11."""
_EVERYBODY: Final = (MASTERS, "system:authenticated", "system:serviceaccounts", *NOBODY)


def _check(item: Object, context: Context) -> Iterator[Verdict]:
    yield from guarded(_role(item, context.fleet))
    yield from guarded(_subjects(item))


def _role(item: Object, fleet: Fleet) -> Iterator[Verdict]:
    reference = item.body.get("roleRef")
    if reference.get("kind").text() != "ClusterRole":
        return
    name = reference.get("name").text() or ""
    of_system = name.startswith(_SYSTEM_ROLE) and name not in FOR_EVERYBODY
    if name not in ROLES and not of_system:
        return
    if item.kind == "RoleBinding":
        if name != "cluster-admin" and fleet.confinement(item.namespace()) not in PRIVILEGED:
            return
    elif _all_the_systems(item, fleet) or (of_system and not _to_the_fleet(item, fleet)):
        return
    yield Problem(
        rule=ID,
        path=reference.get("name").path,
        given=given(name),
        allowed="a role with the rights that are needed"
        if item.kind == "ClusterRoleBinding" or name == "cluster-admin"
        else "in a namespace with privileged pods, a role without the right to make pods and to read Secrets",
        fix="write a Role with what is needed, and bind that",
    )


def _all_the_systems(item: Object, fleet: Fleet) -> bool:
    subjects = item.body.get("subjects").items()
    return bool(subjects) and all(
        one.get("kind").text() == "ServiceAccount" and one.get("namespace").text() in fleet.system_namespaces
        for one in subjects
    )


def _to_the_fleet(item: Object, fleet: Fleet) -> bool:
    """Whether a subject is an account of the fleet, all accounts of one of its namespaces, or everybody."""

    def ours(subject: Node) -> bool:
        if subject.get("kind").text() == "ServiceAccount":
            return subject.get("namespace").text() in fleet.own_namespaces
        name = subject.get("name").text() or ""
        # The names of groups and users of service accounts hold the namespace: system:serviceaccounts:NAMESPACE.
        parts = name.split(":")
        of_accounts = name.startswith("system:serviceaccount") and len(parts) > 2
        return name in _EVERYBODY or (of_accounts and parts[2] in fleet.own_namespaces)

    return any(ours(one) for one in item.body.get("subjects").items())


def _subjects(item: Object) -> Iterator[Verdict]:
    role = item.body.get("roleRef", "name").value

    def subject(node: Node) -> Iterator[Verdict]:
        if node.get("kind").text() == "ServiceAccount":
            return
        name = node.get("name")
        if not name.is_known and node.get("kind").text() == "User":
            return
        text = name.text()
        if text == MASTERS or (text in NOBODY and role != _HARMLESS):
            yield Problem(
                rule=ID,
                path=name.path,
                given=given(text),
                allowed=f"neither {MASTERS}, whose rights no role can take away, nor callers without a name",
                fix="name the user, group or service account that needs it",
            )

    yield from each_known(item.body.get("subjects").items(), subject)


def _twin() -> Twin:
    reference = "dyn(object).roleRef"
    subjects = "dyn(object).?subjects.orValue([])"
    name = f"{reference}.name"
    powerful = (
        f"({name} in {literal(list(ROLES))} || "
        f"({name}.startsWith('{_SYSTEM_ROLE}') && !({name} in {literal(list(FOR_EVERYBODY))})))"
    )
    # As `_to_the_fleet`.
    ours = (
        f"{subjects}.exists(s, s.kind == 'ServiceAccount' ? s.?namespace.orValue('') in variables.ownNamespaces : "
        f"s.name in {literal(list(_EVERYBODY))} || (s.name.startsWith('system:serviceaccount') && "
        "s.name.split(':').size() > 2 && s.name.split(':')[2] in variables.ownNamespaces))"
    )
    in_namespace = (
        f"{reference}.name == 'cluster-admin' || ({powerful} && variables.confinement in {literal(list(PRIVILEGED))})"
    )
    role = (
        f"{reference}.kind != 'ClusterRole' || !(request.kind.kind == 'RoleBinding' ? ({in_namespace}) : "
        f"({powerful} && {ours}))"
    )
    nobody = (
        f"!{subjects}.exists(s, s.kind != 'ServiceAccount' && (s.name == '{MASTERS}' || "
        f"(s.name in {literal(list(NOBODY))} && {reference}.name != '{_HARMLESS}')))"
    )
    return Twin(
        family="rbac",
        expression="!(request.kind.kind in ['RoleBinding', 'ClusterRoleBinding']) || "
        f"request.userInfo.username in {literal(list(SYSTEM_USERS))} || "
        "request.userInfo.username.startsWith('system:serviceaccount:kube-system:') || "
        f"(({role}) && {nobody})",
        message="no account of the fleet is an administrator, and none of everybody, of nobody, or of system:masters",
    )


RULE: Final = Rule[Object](
    id=ID,
    group="rbac",
    title="nobody is bound to cluster-admin, to admin or edit everywhere, or to them or the system's own roles where "
    "pods are privileged",
    why="Whoever may make any pod has every node, and whoever is cluster-admin can take all other rules away.",
    fix="Write a Role with the rights that are needed, and bind it in the namespace where they are needed.",
    severity="critical",
    levels=MANDATORY,
    read=of_kind("ClusterRoleBinding", "RoleBinding"),
    check=_check,
    references=(
        Reference(framework="CIS Kubernetes 1.12", id="5.1.1"),
        Reference(framework="Azure Policy", id="a3dc4946-dba6-43e6-950d-f96532848c9f"),
        Reference(framework="Trivy", id="KSV-0111"),
        Reference(framework="Trivy", id="KSV-0123"),
    ),
    twins=(_twin(),),
)
