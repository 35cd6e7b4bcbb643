"""`azure-role-least-privilege`: nobody gets a whole subscription, and code on nodes gets no power over Azure.

At a subscription, a management group or the tenant nobody has a role with which one can give oneself more, or has all
of every cluster or key vault there; a condition makes an exception for those that do nothing but grant. The kubelets'
identity, which every pod on a node can take on, and the control plane's have the roles that such a one needs, and an
option names more: what a role may do that is not in that list nobody has looked at. Pods with an identity of their own
do any work, records of a DNS zone or blobs; they have no power over clusters, identities, whole vaults and policies,
unless the option names the role. A role that the program defines itself may not do everything, nor change who may do
what or what policies let pass.

A deployment has power over its resource group, as ours has: what deploys must be able to.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Final

from rules.policies.azure import Cluster, clusters
from rules.policies.cluster.grants import WIDE, Grant, Identities, identities
from rules.policies.cluster.owners import Told
from rules.policies.cluster.parts import FEDERATED_CREDENTIAL, ROLE_ASSIGNMENT, ROLE_DEFINITION, Part
from rules.policies.node import Node, Verdict, each_known, guarded
from rules.policies.resource import Resource
from rules.policies.rule import MANDATORY, Context, Option, Reference, Rule
from rules.problem import Problem
from rules.tables.azure_roles import ACR_PULL, GRANTING, NOT_FOR_PODS, WIDELY_PRIVILEGED
from rules.words import given, listed

ID: Final = "azure-role-least-privilege"
_AUTHORIZATION: Final = "microsoft.authorization/"
_GRANTS: Final = tuple(
    f"{_AUTHORIZATION}{one}" for one in ("elevateaccess/action", "roleassignments/write", "roledefinitions/write")
)
"""Operations with which one can give oneself more."""
_RIGHTS: Final = (
    "classicadministrators",
    "denyassignments",
    "elevateaccess",
    "policyassignments",
    "policydefinitions",
    "policyexemptions",
    "policysetdefinitions",
    "roleassignments",
    "roleassignmentschedulerequests",
    "roledefinitions",
    "roleeligibilityschedulerequests",
    "rolemanagementpolicies",
    "rolemanagementpolicyassignments",
)
"""What says who may do what, and what policies let pass; locks and private links say neither. Source: Microsoft Learn,
"Azure permissions for Management and governance", Microsoft.Authorization."""


def _read(resource: Resource) -> list[Part | Cluster]:
    parts = (*ROLE_ASSIGNMENT(resource), *ROLE_DEFINITION(resource), *FEDERATED_CREDENTIAL(resource))
    return [*parts, *clusters(resource)]


def _check(subjects: Sequence[tuple[Resource, Part | Cluster]], context: Context) -> Told:
    nodes = identities([one for _, one in subjects])
    defined = {one.resource.urn for _, one in subjects if isinstance(one, Part) and one.type is ROLE_DEFINITION}
    for resource, one in subjects:
        if not isinstance(one, Part):
            continue
        found: list[Verdict] = []
        if one.type is ROLE_DEFINITION:
            found += guarded(_definition(one))
        elif one.type is ROLE_ASSIGNMENT:
            grant = Grant(one)
            found += guarded(_nowhere_wide(grant, defined))
            found += guarded(_for_nodes(grant, nodes, defined, context))
        yield from ((resource, verdict) for verdict in dict.fromkeys(found))


def _definition(part: Part) -> Iterator[Verdict]:
    def action(node: Node) -> Iterator[Verdict]:
        name = (node.text() or "").casefold()
        if _changes_rights(name) or any(fnmatchcase(one, name.replace("[", "[[]")) for one in _GRANTS):
            yield Problem(
                rule=ID,
                path=node.path,
                given=given(node.value),
                allowed="the operations that the work needs, and none that changes who may do what",
                fix="list them one by one, as `az provider operation list` has them",
            )

    def permission(node: Node) -> Iterator[Verdict]:
        for key in ("actions", "dataActions"):
            yield from each_known([node.get(key)], lambda actions: each_known(actions.items(), action))

    yield from each_known(part.body.get("permissions").items(), permission)


def _changes_rights(operation: str) -> bool:
    """Whether an operation, in lower case, may write or delete what says who may do what."""
    if not operation.startswith(_AUTHORIZATION) or operation.endswith("/read"):
        return False
    what = operation.removeprefix(_AUTHORIZATION).partition("/")[0]
    return any(fnmatchcase(one, what.replace("[", "[[]")) for one in _RIGHTS)


def _nowhere_wide(grant: Grant, defined: Collection[str]) -> Iterator[Verdict]:
    if not grant.role_node.is_known and (_defined_here(grant, defined) or grant.scope().level not in WIDE):
        return
    role = grant.role()
    if role not in WIDELY_PRIVILEGED:
        return
    scope = grant.scope()
    if scope.level not in WIDE or (role in GRANTING and grant.part.body.get("condition").text()):
        return
    yield Problem(
        rule=ID,
        path=grant.scope_node.path,
        given=f"{role} at {given(grant.scope_node.value) if grant.scope_node.is_given else f'the {scope.level}'}",
        allowed="a resource group or less" + (", or a condition on what may be granted" if role in GRANTING else ""),
        fix="assign the role at the resource group of the environment"
        + (", with a condition that lists the roles" if role in GRANTING else ""),
    )


def _defined_here(grant: Grant, defined: Collection[str]) -> bool:
    """Whether the program defines the role: then its definition is judged."""
    made_of = grant.resource.dependencies.get("roleDefinitionId", ())
    return bool(made_of) and set(made_of) <= set(defined)


def _for_nodes(grant: Grant, nodes: Identities, defined: Collection[str], context: Context) -> Iterator[Verdict]:
    role = grant.role() if grant.role_node.is_known else None
    if role == ACR_PULL:
        return
    refused_at_most = NOT_FOR_PODS if nodes else WIDELY_PRIVILEGED
    if grant.role_node.is_known and not nodes.any_of_clusters and role not in refused_at_most:
        return  # whoever it is
    holder = nodes.holder(grant)
    if holder is None:
        return
    whose, needed = holder
    if needed is None and not grant.role_node.is_known and _defined_here(grant, defined):
        return
    role, more = grant.role(), {one.casefold() for one in context.options["roles"]}
    refused = role in NOT_FOR_PODS if needed is None else role not in needed
    if refused and not more & {(role or "").casefold(), grant.role_id()}:
        yield Problem(
            rule=ID,
            path=grant.role_node.path,
            given=f"{role or f'the role {given(grant.role_id())}'}, for {whose}",
            allowed="a role for its one work, without power over clusters, identities, whole vaults or policies"
            if needed is None
            else f"{listed(needed)}: what its work needs, at the one resource",
            fix="assign such a one, let a pipeline's own identity do the work, or name the role in the rule's option "
            "roles",
        )


RULE: Final = Rule[Part | Cluster](
    id=ID,
    group="cluster",
    title="no identity has power over a whole subscription, and none on nodes over anything",
    why="What a build can reach it can use: with a role on a kubelet or a pod a job has what the role is for, and with "
    "one on a subscription every environment beside it.",
    fix="Assign a narrower role, at the resource group or the resource; limit the right to grant by a condition; list "
    "the operations of a role of your own.",
    severity="critical",
    levels=MANDATORY,
    read=_read,
    check_stack=_check,
    options={
        "roles": Option(
            default=[],
            schema={
                "type": "array",
                "items": {"type": "string", "minLength": 1},
                "uniqueItems": True,
                "description": "further roles that identities of nodes and pods may have, by name or, of a role that "
                "is not in rules/tables/azure_roles.py, by the GUID of its definition",
            },
        )
    },
    references=(Reference(framework="Microsoft cloud security benchmark", id="PA-7"),),
)
