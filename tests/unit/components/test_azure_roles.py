"""Role assignments: names that stay, principals that are found, and grants that are limited."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pulumi
import pytest

from components.azure.roles import assignment_name, may_grant, role_assignment, role_definition_id
from components.azure.scope import AzureScope
from rules.tables import azure_roles
from tests.unit.components.mocks import RecordingMonitor, deploy

SUBSCRIPTION = "11111111-1111-1111-1111-111111111111"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/buildfleet-prod"
SCOPE = AzureScope(
    subscription=SUBSCRIPTION,
    tenant="22222222-2222-2222-2222-222222222222",
    location="westeurope",
    resource_group="buildfleet-prod",
    resource_group_id=GROUP,
    tags={"environment": "prod"},
)
"""Also that of the other tests of Azure."""


class Parent(pulumi.ComponentResource):
    def __init__(self) -> None:
        super().__init__("test:index:Parent", "parent")


def granted(**given: Any) -> RecordingMonitor:
    full: dict[str, Any] = {
        "role": azure_roles.ACR_PULL,
        "scope_id": GROUP,
        "principal_key": "prod-kubelet",
        "principal_id": "33333333-3333-3333-3333-333333333333",
        **given,
    }
    return deploy(lambda: role_assignment("pull", parent=Parent(), **full))


def test_an_assignment_tells_azure_everything_it_needs_at_once() -> None:
    pull = granted().named("pull")
    assert pull.inputs == {
        "principalId": "33333333-3333-3333-3333-333333333333",
        "principalType": "ServicePrincipal",
        "roleAssignmentName": "bc7fef2c-6220-56ff-ae89-6398f8ad56fc",
        "roleDefinitionId": f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/"
        "7f951dda-4ed3-4680-a7ca-43fe172d538d",
        "scope": GROUP,
    }
    assert pull.parent_name == "parent"
    assert pull.delete_before_replace


def test_a_role_is_named_by_the_subscription_of_what_it_is_for() -> None:
    other = "99999999-9999-9999-9999-999999999999"
    brought = f"/subscriptions/{other}/resourceGroups/shared/providers/Microsoft.ContainerRegistry/registries/contoso"
    assert granted(scope_id=brought).named("pull").inputs["roleDefinitionId"].split("/")[2] == other


def test_a_name_depends_on_scope_role_and_principal_and_on_nothing_else() -> None:
    name = assignment_name(scope_id=GROUP, role=azure_roles.ACR_PULL, principal_key="a")
    assert name == assignment_name(scope_id=GROUP.upper(), role=azure_roles.ACR_PULL, principal_key="a")
    others = {
        assignment_name(scope_id=f"{GROUP}2", role=azure_roles.ACR_PULL, principal_key="a"),
        assignment_name(scope_id=GROUP, role=azure_roles.ACR_PUSH, principal_key="a"),
        assignment_name(scope_id=GROUP, role=azure_roles.ACR_PULL, principal_key="b"),
        name,
    }
    assert len(others) == 4
    assert str(uuid.UUID(name)) == name


def test_the_scope_may_be_an_output_while_the_name_is_made_of_its_text() -> None:
    plain = granted().named("pull").inputs
    later = granted(scope=pulumi.Output.from_input(GROUP)).named("pull").inputs
    assert later == plain


def test_a_condition_is_sent_with_its_version() -> None:
    inputs = granted(condition="x").named("pull").inputs
    assert (inputs["condition"], inputs["conditionVersion"]) == ("x", "2.0")


def test_what_may_be_granted_is_limited_for_writing_and_deleting_and_to_applications() -> None:
    condition = may_grant([azure_roles.ACR_PUSH, azure_roles.ACR_PULL])
    ids = "7f951dda-4ed3-4680-a7ca-43fe172d538d, 8311e382-0749-4cb8-b61a-304f252e45ec"
    assert condition == (
        "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR "
        "(@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals "
        f"{{{ids}}} AND "
        "@Request[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase "
        "{'ServicePrincipal'})) AND "
        "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/delete'})) OR "
        "(@Resource[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals "
        f"{{{ids}}} AND "
        "@Resource[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase "
        "{'ServicePrincipal'}))"
    )


def test_the_right_to_grant_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="name at least one role"):
        may_grant([])


def test_a_role_outside_the_table_is_refused() -> None:
    with pytest.raises(ValueError, match="role 'Owner' is not known; known are AcrPull, AcrPush"):
        role_definition_id(scope_id=GROUP, role="Owner")


def test_ids_of_roles_are_guids_and_no_two_roles_share_one() -> None:
    ids = list(azure_roles.ROLES.values())
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", id_) for id_ in ids)


def test_nobody_who_may_grant_can_grant_power_over_the_cluster_the_group_or_grants() -> None:
    powerful = {
        azure_roles.AKS_RBAC_CLUSTER_ADMIN,
        azure_roles.CONTRIBUTOR,
        azure_roles.KEY_VAULT_ADMINISTRATOR,
        azure_roles.KEY_VAULT_SECRETS_OFFICER,
        azure_roles.RBAC_ADMINISTRATOR,
        azure_roles.RESOURCE_POLICY_CONTRIBUTOR,
    }
    assert powerful <= set(azure_roles.ROLES)
    assert not powerful & set(azure_roles.DELEGABLE)
