"""Role assignments: who may do what to which resource of Azure.

Owns the ids of roles (from `rules.tables.azure_roles`) in the form that Azure wants, the names of assignments, and the
condition that limits what somebody may grant.

An assignment's name is a GUID. It is made of the scope, the role and a key for whom it is, all known before anything
exists: two runs give the same name, so a rebuilt state finds its assignments, and a second assignment of the same thing
is refused by name instead of being found later.

The kind of principal is always stated. Without it Azure looks the principal up in Entra, where an identity that was
made a second ago is not yet found everywhere: `PrincipalNotFound`.
https://learn.microsoft.com/azure/role-based-access-control/role-assignments-template#new-service-principal, 2026-11

Refuses roles that are not in the table: a role by free text is a role that nobody reviewed.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Final, Literal

import pulumi
from pulumi_azure_native import authorization

from rules.tables.azure_roles import ROLES

_NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_DNS, "roles.buildfleet.dev")
"""Part of every name: never to change."""


def role_assignment(
    name: str,
    *,
    parent: pulumi.Resource,
    role: str,
    scope_id: str,
    principal_key: str,
    principal_id: pulumi.Input[str],
    scope: pulumi.Input[str] | None = None,
    principal_type: Literal["Group", "ServicePrincipal"] = "ServicePrincipal",
    condition: str | None = None,
) -> authorization.RoleAssignment:
    """Grant a role to a managed identity, or to a group of people.

    name: Pulumi name.
    role: a constant of `rules.tables.azure_roles`.
    scope_id: ARM id of what the role is for, in plain text: it goes into the assignment's name.
    principal_key: a text that means this principal and no other of the tenant for as long as it has the role, for
        example the ARM id of the identity. Not the principal's id, which is not known in time.
    scope: the same id as an output of the resource, where it is made here, so that the assignment waits for it.
    principal_type: `ServicePrincipal` for identities, also managed ones.
    condition: limits what the principal may do with the role, see `may_grant`.
    """
    return authorization.RoleAssignment(
        name,
        scope=scope_id if scope is None else scope,
        role_assignment_name=assignment_name(scope_id=scope_id, role=role, principal_key=principal_key),
        role_definition_id=role_definition_id(scope_id=scope_id, role=role),
        principal_id=principal_id,
        principal_type=principal_type,
        condition=condition,
        condition_version=None if condition is None else "2.0",
        # Another principal needs another assignment, and two cannot have one name.
        opts=pulumi.ResourceOptions(parent=parent, delete_before_replace=True),
    )


def assignment_name(*, scope_id: str, role: str, principal_key: str) -> str:
    """The GUID of an assignment. ARM ids do not tell letter case apart, so neither does this."""
    return str(uuid.uuid5(_NAMESPACE, "\n".join((scope_id.lower(), _role_id(role), principal_key))))


def role_definition_id(*, scope_id: str, role: str) -> str:
    """ARM id of a role for this scope, in the form in which Azure returns it: another form would be a change in each
    preview. The subscription is the scope's, which may be another one than the stack's."""
    subscription = scope_id.split("/")[2]
    return f"/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions/{_role_id(role)}"


def may_grant(roles: Sequence[str]) -> str:
    """The condition that lets somebody grant and take away these roles, to identities and applications only.

    Both halves are needed: without the second he could take roles away from anybody, without the kind of principal he
    could grant them to people. The form is Azure's own for constrained delegation,
    https://learn.microsoft.com/azure/role-based-access-control/delegate-role-assignments-examples, 2026-11.
    """
    ids = ", ".join(sorted(_role_id(role) for role in roles))
    if not ids:
        raise ValueError("the roles that may be granted are none; name at least one role, or do not grant the right")

    def half(action: str, source: str) -> str:
        attribute = f"@{source}[Microsoft.Authorization/roleAssignments"
        return (
            f"((!(ActionMatches{{'Microsoft.Authorization/roleAssignments/{action}'}})) OR "
            f"({attribute}:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {{{ids}}} AND "
            f"{attribute}:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {{'ServicePrincipal'}}))"
        )

    return f"{half('write', 'Request')} AND {half('delete', 'Resource')}"


def _role_id(role: str) -> str:
    if role not in ROLES:
        raise ValueError(f"role {role!r} is not known; known are {', '.join(sorted(ROLES))}")
    return ROLES[role]
