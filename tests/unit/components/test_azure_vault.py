"""KeyVault: roles alone, who reaches it, and what cannot be undone."""

from __future__ import annotations

from typing import Any

import pytest

from components.azure.vault import KeyVault, KeyVaultArgs, vault_id, vault_uri
from rules.tables import azure_roles
from tests.unit.components.mocks import RecordingMonitor, deploy
from tests.unit.components.test_azure_roles import GROUP, SCOPE


def made(**args: Any) -> RecordingMonitor:
    full: dict[str, Any] = {"scope": SCOPE, "vault": "ci-prod", **args}
    return deploy(
        lambda: KeyVault("vault", KeyVaultArgs(**full)),
        outputs={"azure-native:keyvault:Vault": {"properties": {"vaultUri": "https://ci-prod.vault.azure.net/"}}},
    )


def test_with_subnets_it_answers_them_and_the_ranges_and_nobody_else() -> None:
    vault = made(subnet_ids=["subnet-b", "subnet-a"], allowed_ranges=["203.0.113.0/24"], production=True)
    assert vault.named("vault-vault").inputs == {
        "location": "westeurope",
        "properties": {
            "enablePurgeProtection": True,
            "enableRbacAuthorization": True,
            "enableSoftDelete": True,
            "enabledForDeployment": False,
            "enabledForDiskEncryption": False,
            "enabledForTemplateDeployment": False,
            "networkAcls": {
                "bypass": "AzureServices",
                "defaultAction": "Deny",
                "ipRules": [{"value": "203.0.113.0/24"}],
                "virtualNetworkRules": [
                    {"id": "subnet-b", "ignoreMissingVnetServiceEndpoint": False},
                    {"id": "subnet-a", "ignoreMissingVnetServiceEndpoint": False},
                ],
            },
            "publicNetworkAccess": "Enabled",
            "sku": {"family": "A", "name": "standard"},
            "softDeleteRetentionInDays": 90,
            "tenantId": "22222222-2222-2222-2222-222222222222",
        },
        "resourceGroupName": "buildfleet-prod",
        "tags": {"environment": "prod"},
        "vaultName": "ci-prod",
    }
    assert vault.named("vault-vault").protect
    assert vault.named("vault-vault").parent_name == "vault"


def test_without_subnets_roles_alone_protect_it_so_that_its_readers_reach_it() -> None:
    assert made().named("vault-vault").inputs["properties"]["networkAcls"]["defaultAction"] == "Allow"


def test_outside_of_production_purge_protection_is_not_mentioned_as_azure_refuses_a_plain_false() -> None:
    vault = made().named("vault-vault")
    assert "enablePurgeProtection" not in vault.inputs["properties"]
    assert not vault.protect


def test_a_change_of_production_changes_nothing_that_azure_would_refuse() -> None:
    production, other = (made(production=said).named("vault-vault") for said in (True, False))
    days = "softDeleteRetentionInDays"
    assert production.inputs["properties"][days] == other.inputs["properties"][days]
    # Protection can be put on later, but not taken off.
    assert production.ignore_changes == (f"properties.{days}",)
    assert other.ignore_changes == ("properties.enablePurgeProtection", f"properties.{days}")


def test_groups_that_may_put_secrets_in_get_the_role_for_it_and_no_more() -> None:
    monitor = made(secrets_officers=["group-b", "group-a"])
    roles = monitor.of_type("azure-native:authorization:RoleAssignment")
    assert [one.inputs["principalId"] for one in roles] == ["group-a", "group-b"]
    for one in roles:
        assert one.inputs["principalType"] == "Group"
        assert one.inputs["scope"] == "vault-vault-id"
        role = azure_roles.ROLES[azure_roles.KEY_VAULT_SECRETS_OFFICER]
        assert one.inputs["roleDefinitionId"].endswith(f"/{role}")
    assert len({one.inputs["roleAssignmentName"] for one in roles}) == 2
    assert not made().of_type("azure-native:authorization:RoleAssignment")


def test_ranges_without_subnets_would_lock_out_the_nodes_and_are_refused() -> None:
    with pytest.raises(ValueError, match=r"203\.0\.113\.0/24 may reach it but no subnet"):
        made(allowed_ranges=["203.0.113.0/24"])


def test_its_outputs_are_id_and_address() -> None:
    assert made().outputs_of("vault") == {"id": "vault-vault-id", "uri": "https://ci-prod.vault.azure.net/"}
    assert vault_uri("CI-prod") == "https://ci-prod.vault.azure.net/"
    assert vault_id(resource_group_id=GROUP, vault="ci-prod") == f"{GROUP}/providers/Microsoft.KeyVault/vaults/ci-prod"
