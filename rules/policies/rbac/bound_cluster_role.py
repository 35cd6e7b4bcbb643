"""`rbac-bound-cluster-role`: a ClusterRole gets no further by a RoleBinding than a Role of that namespace may.

A ClusterRole that makes pods is an operator's in one place and the nodes' owner in another: that depends on where it is
bound. So bindings in namespaces with privileged pods are judged by the rules of the role that they name, as
`rbac-no-escalation` judges Roles there.

Sees the ClusterRoles of the same program, and those that they are summed up of (`aggregationRule`) where these are of
it, too. Kubernetes' own are for `rbac-no-cluster-admin`; those of others cannot be seen by a policy pack, nor by the
API server, which has no second object to ask.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from rules.policies.fleet import Fleet
from rules.policies.node import NotKnown, Unchecked, Verdict, guarded
from rules.policies.objects import Object, of_kind
from rules.policies.rbac.aggregation import rules_of, selectors
from rules.policies.rbac.escalation import touches_pods, where_privileged
from rules.policies.rbac.operators import OPTIONS, is_account_of, operators
from rules.policies.resource import Resource
from rules.policies.rule import MANDATORY, Context, Reference, Rule
from rules.problem import Problem
from rules.words import given

ID: Final = "rbac-bound-cluster-role"
_ROLE: Final = "ClusterRole"

Told = Iterator[tuple[Resource | None, Verdict]]


def _check_stack(subjects: Sequence[tuple[Resource, Object]], context: Context) -> Told:
    every = [item for _, item in subjects if item.kind == _ROLE]
    roles = [role for role in every if _matters(role, every)]
    if not roles:
        return
    known = operators(context)
    for resource, item in subjects:
        if item.kind != _ROLE:
            yield from ((resource, verdict) for verdict in guarded(_binding(item, roles, every, known, context.fleet)))


def _matters(role: Object, every: Sequence[Object]) -> bool:
    try:
        return touches_pods(rules_of(role, every))
    except NotKnown:
        return True


def _binding(
    item: Object,
    roles: Sequence[Object],
    every: Sequence[Object],
    known: Mapping[str, frozenset[str]],
    fleet: Fleet,
) -> Iterator[Verdict]:
    reference = item.body.get("roleRef")
    if reference.get("kind").text() != _ROLE:
        return
    purpose = fleet.confinement(item.namespace())
    if purpose is None or purpose == "agents":
        return
    node = reference.get("name")
    name = node.text() or ""
    if name in known and all(is_account_of(one, known[name]) for one in item.body.get("subjects").items()):
        return
    for role in roles:
        called = role.meta.get("name")
        if called.is_known and called.text() != name:
            continue
        try:
            called.known()
            wrong = next(where_privileged(role, rules_of(role, every), purpose), None)
        except NotKnown:  # in the role; this resource is the binding
            yield Unchecked(path=node.path)
            continue
        if wrong is not None:
            with_others = " with what it is summed up of" if selectors(role) else ""
            yield Problem(
                rule=ID,
                path=node.path,
                given=f"{given(name)}, which{with_others} grants {wrong.given} at {wrong.path}",
                allowed=wrong.allowed,
                fix="bind a Role with what is needed, or name an operator's in the option operators of this rule",
            )


RULE: Final = Rule[Object](
    id=ID,
    group="rbac",
    title="a ClusterRole that is bound where pods are privileged grants no more than a Role may there",
    why="Where pods are privileged, whoever makes a pod has its node; a ClusterRole that is harmless elsewhere makes "
    "one there by a binding of four lines.",
    fix="Write a Role with the rights that are needed in that namespace, and bind that. A ClusterRole of an operator "
    "that works there is named in the option operators, and bound to its accounts alone.",
    severity="critical",
    levels=MANDATORY,
    read=of_kind("ClusterRole", "RoleBinding"),
    check_stack=_check_stack,
    options=OPTIONS,
    references=(
        Reference(framework="CIS Kubernetes 1.12", id="5.1.4"),
        Reference(framework="Checkov", id="CKV2_K8S_2"),
    ),
)
