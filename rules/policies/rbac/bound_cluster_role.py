"""`rbac-bound-cluster-role`: a ClusterRole gets no further where it is bound than a Role may there.

A ClusterRole that makes pods is an operator's in one place and the nodes' owner in another: that depends on where it is
bound. So bindings in namespaces with privileged pods are judged by the rules of the role that they name, as
`rbac-no-escalation` judges Roles there.

A ClusterRole can be summed up of one that `rbac-no-escalation` passes over, as it is named for an operator, and so hand
it to others. So wherever it is bound, what it is summed up of has no right that no role may have; unless it is named
for an operator itself, here, and bound to accounts of that alone. Nor does it add such a right to Kubernetes' own.

Sees the ClusterRoles of the same program, and those that they are summed up of (`aggregationRule`) where these are of
it, too. Kubernetes' own are for `rbac-no-cluster-admin`; those of others cannot be seen by a policy pack, nor by the
API server, which has no second object to ask.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from rules.policies.node import NotKnown, Unchecked, Verdict, each_known, guarded
from rules.policies.objects import Object, of_kind
from rules.policies.rbac.aggregation import adds_to_kubernetes, others_of, rules_of, selectors
from rules.policies.rbac.escalation import never, touches_pods, where_privileged
from rules.policies.rbac.operators import OPTIONS, advice, is_account_of, operators
from rules.policies.resource import Resource
from rules.policies.rule import MANDATORY, Context, Reference, Rule
from rules.problem import Problem
from rules.words import given

ID: Final = "rbac-bound-cluster-role"
_ROLE: Final = "ClusterRole"
_BINDINGS: Final = ("ClusterRoleBinding", "RoleBinding")

Told = Iterator[tuple[Resource | None, Verdict]]


def _check_stack(subjects: Sequence[tuple[Resource, Object]], context: Context) -> Told:
    every = [item for _, item in subjects if item.kind == _ROLE]
    roles = [role for role in every if _matters(role, every)]
    parts = [(role, wrong) for role in every if (wrong := next(_handed_on(role, every), None)) is not None]
    if not roles and not parts:
        return
    for resource, item in subjects:
        found: list[Verdict] = []
        if item.kind == _ROLE:
            found += guarded(_added(item, parts))
        elif item.kind in _BINDINGS:
            found += guarded(_summed_up(item, parts, context))
            if item.kind == "RoleBinding" and not any(isinstance(one, Problem) for one in found):
                found += guarded(_binding(item, roles, every, context))
        yield from ((resource, verdict) for verdict in dict.fromkeys(found))


def _matters(role: Object, every: Sequence[Object]) -> bool:
    try:
        return touches_pods(rules_of(role, every))
    except NotKnown:
        return True


def _handed_on(role: Object, every: Sequence[Object]) -> Iterator[Verdict]:
    """What no role may have and this one gets of others: what is wrong for certain first."""
    try:
        if not selectors(role):
            return
    except NotKnown as unknown:
        yield Unchecked(path=unknown.path)
        return
    found: list[Verdict] = []
    try:
        for other in others_of(role, every):
            name = other.meta.get("name")
            whose = f"of the ClusterRole {given(name.value)}" if name.is_known else "of another ClusterRole"
            for one in each_known(other.body.get("rules").items(), never):
                found.append(replace(one, path=f"{one.path} {whose}"))
    except NotKnown as unknown:
        found.append(Unchecked(path=unknown.path))
    yield from sorted(found, key=lambda one: isinstance(one, Unchecked))


def _added(item: Object, parts: Sequence[tuple[Object, Verdict]]) -> Iterator[Verdict]:
    """Kubernetes' own roles are bound to everybody's people, and nobody of the program binds them."""
    wrong = next((wrong for role, wrong in parts if role is item), None)
    if wrong is None or not adds_to_kubernetes(item):
        return
    path = item.meta.get("labels").path
    if isinstance(wrong, Unchecked):
        yield Unchecked(path=path)
        return
    yield Problem(
        rule=ID,
        path=path,
        given=f"a label that adds it to a role of Kubernetes' own, with {wrong.given} at {wrong.path}, of which it is "
        "summed up",
        allowed=wrong.allowed,
        fix="remove the label, or sum it up of other roles",
    )


def _summed_up(item: Object, parts: Sequence[tuple[Object, Verdict]], context: Context) -> Iterator[Verdict]:
    if not parts:
        return
    node = item.body.get("roleRef", "name")
    for role, wrong in parts:
        if not _is_bound(role, item) or _is_operators(item, context):
            continue
        if isinstance(wrong, Unchecked) or not role.meta.get("name").is_known:
            yield Unchecked(path=node.path)
            continue
        yield Problem(
            rule=ID,
            path=node.path,
            given=f"{given(node.value)}, which gets {wrong.given} at {wrong.path}, of which it is summed up",
            allowed=wrong.allowed,
            fix=f"sum it up of other roles, {advice(context, node.text())}",
        )


def _binding(item: Object, roles: Sequence[Object], every: Sequence[Object], context: Context) -> Iterator[Verdict]:
    if not roles or item.body.get("roleRef", "kind").text() != _ROLE:
        return
    purpose = context.fleet.confinement(item.namespace())
    if purpose is None or purpose == "agents":
        return
    node = item.body.get("roleRef", "name")
    node.known()
    if _is_operators(item, context):
        return
    for role in roles:
        if not _is_bound(role, item):
            continue
        try:
            role.meta.get("name").known()
            wrong = next(where_privileged(role, rules_of(role, every), purpose), None)
        except NotKnown:  # in the role; this resource is the binding
            yield Unchecked(path=node.path)
            continue
        if wrong is not None:
            with_others = " with what it is summed up of" if selectors(role) else ""
            yield Problem(
                rule=ID,
                path=node.path,
                given=f"{given(node.value)}, which{with_others} grants {wrong.given} at {wrong.path}",
                allowed=wrong.allowed,
                fix=f"bind a Role with what is needed, {advice(context, node.text())}",
            )


def _is_bound(role: Object, item: Object) -> bool:
    """Whether a binding may be to this role: a name that is not known can be its. Raises `NotKnown`."""
    reference = item.body.get("roleRef")
    if reference.get("kind").text() != _ROLE:
        return False
    name = role.meta.get("name")
    return reference.get("name").text() == name.value or not name.is_known


def _is_operators(item: Object, context: Context) -> bool:
    """Whether it binds the role of an operator to accounts of that alone. Raises `NotKnown`."""
    namespaces = operators(context).get(item.body.get("roleRef", "name").text() or "")
    return namespaces is not None and all(is_account_of(one, namespaces) for one in item.body.get("subjects").items())


RULE: Final = Rule[Object](
    id=ID,
    group="rbac",
    title="a ClusterRole that is bound where pods are privileged grants no more than a Role may there, and nowhere "
    "what no role may have by a role that it is summed up of",
    why="Where pods are privileged, whoever makes a pod has its node; a ClusterRole that is harmless elsewhere makes "
    "one there by a binding of four lines. One that is summed up of an operator's hands all that is the operator's on.",
    fix="Write a Role with the rights that are needed in that namespace, and bind that. A ClusterRole of an operator "
    "that works there is named in the option operators, and bound to its accounts alone.",
    severity="critical",
    levels=MANDATORY,
    read=of_kind("ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"),
    check_stack=_check_stack,
    options=OPTIONS,
    references=(
        Reference(framework="CIS Kubernetes 1.12", id="5.1.4"),
        Reference(framework="Checkov", id="CKV2_K8S_2"),
    ),
)
