"""The vault for secrets that pods mount and that nodes need for group managed service accounts.

Owns an Azure Key Vault. Who may read what in it is said by roles alone: access policies, the older way, let every
contributor of the vault give himself all secrets.

The vault's network. With `subnet_ids` it answers these subnets, the given ranges and Azure's own trusted services, and
nobody else. The subnets need the service endpoint `Microsoft.KeyVault`, which `AksNetwork` makes on request; the driver
that mounts secrets runs on the nodes, so it comes from there. Give only subnets of trusted nodes. Without `subnet_ids`
(a subnet that is brought, whose endpoints are not ours to change) the vault can be reached from everywhere and roles
alone protect it: a vault that its readers cannot reach would be of no use. Trusted services get through the network and
still need a role. A private endpoint would need a DNS zone of the network's owner and is not made.
https://learn.microsoft.com/azure/key-vault/general/network-security, 2026-11

Deleted secrets, and a deleted vault, can be brought back for 90 days, in every environment: the time is fixed at the
vault's birth, and environments become production. Purge protection is on in production and stays on when it is not
production any more, as Azure does not take it away. While a deleted vault waits, none of its name can be made; without
purge protection it can be purged.

The groups in `secrets_officers` may put secrets in; nobody else can, contributors of the resource group included. A
pipeline's identity may not grant to people, so a change of the groups is deployed by a person. Who reads is left to do:
grant Key Vault Secrets User on a secret, or the vault, to the identity that mounts it. For group managed service
accounts that is the identity that the plug-in on the nodes takes on, with a credential spec in the cluster that names
vault and secret; neither is made here.
https://learn.microsoft.com/azure/aks/use-group-managed-service-accounts, 2026-11

Refuses ranges without subnets: only people would get in, and no node.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_azure_native import keyvault

from components.azure.roles import role_assignment
from components.azure.scope import AzureScope
from rules.tables import azure_roles

SERVICE_ENDPOINT: Final = "Microsoft.KeyVault"
_DAYS: Final = 90


@dataclass(frozen=True, kw_only=True)
class KeyVaultArgs:
    """What `KeyVault` needs."""

    scope: AzureScope
    vault: str
    """Name, 3 to 24 letters, digits and hyphens, unique in all of Azure."""
    subnet_ids: Sequence[pulumi.Input[str]] = ()
    """Subnets with the service endpoint `Microsoft.KeyVault` that may reach it. None: no limit."""
    allowed_ranges: Sequence[str] = ()
    """Public networks from which people may reach it too; only with `subnet_ids`."""
    secrets_officers: Sequence[str] = ()
    """Ids of Entra groups whose members read and write all secrets."""
    production: bool = False
    """Protect the vault and what is in it from being purged, and the vault from being deleted."""


class KeyVault(pulumi.ComponentResource):
    """A key vault."""

    id: pulumi.Output[str]
    """ARM id."""
    uri: pulumi.Output[str]
    """For example `https://contoso-ci.vault.azure.net/`."""

    def __init__(self, name: str, args: KeyVaultArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        limited = bool(args.subnet_ids)
        if args.allowed_ranges and not limited:
            raise ValueError(
                f"vault {args.vault}: {', '.join(sorted(args.allowed_ranges))} may reach it but no subnet, so that the "
                "nodes would be locked out; give `subnet_ids` too, or no ranges"
            )
        super().__init__(
            "buildfleet:index:KeyVault",
            name,
            {
                "vault": args.vault,
                "subnetIds": list(args.subnet_ids),
                "allowedRanges": sorted(args.allowed_ranges),
                "secretsOfficers": sorted(args.secrets_officers),
                "production": args.production,
            },
            opts,
        )
        vault = keyvault.Vault(
            f"{name}-vault",
            vault_name=args.vault,
            resource_group_name=args.scope.resource_group,
            location=args.scope.location,
            properties=keyvault.VaultPropertiesArgs(
                tenant_id=args.scope.tenant,
                sku=keyvault.SkuArgs(family="A", name=keyvault.SkuName.STANDARD),
                enable_rbac_authorization=True,
                enable_soft_delete=True,
                soft_delete_retention_in_days=_DAYS,
                # Azure refuses a plain false: it is either on for good or not mentioned. See also what is ignored.
                enable_purge_protection=True if args.production else None,
                enabled_for_deployment=False,
                enabled_for_disk_encryption=False,
                enabled_for_template_deployment=False,
                public_network_access="Enabled",
                network_acls=keyvault.NetworkRuleSetArgs(
                    bypass="AzureServices",
                    default_action="Deny" if limited else "Allow",
                    ip_rules=[keyvault.IPRuleArgs(value=cidr) for cidr in sorted(args.allowed_ranges)],
                    virtual_network_rules=[
                        keyvault.VirtualNetworkRuleArgs(id=subnet, ignore_missing_vnet_service_endpoint=False)
                        for subnet in args.subnet_ids
                    ],
                ),
            ),
            tags=args.scope.tags,
            opts=pulumi.ResourceOptions(parent=self, protect=args.production, ignore_changes=_unchangeable(args)),
        )
        for group in sorted(args.secrets_officers):
            role_assignment(
                f"{name}-officer-{group}",
                parent=self,
                role=azure_roles.KEY_VAULT_SECRETS_OFFICER,
                scope_id=vault_id(resource_group_id=args.scope.resource_group_id, vault=args.vault),
                scope=vault.id,
                principal_key=group,
                principal_id=group,
                principal_type="Group",
            )
        self.id = vault.id
        self.uri = vault.properties.vault_uri
        self.register_outputs({"id": self.id, "uri": self.uri})


def _unchangeable(args: KeyVaultArgs) -> list[str]:
    """What Azure refuses to change on a vault that is there: days always, purge protection once it is on."""
    days = "properties.softDeleteRetentionInDays"
    return [days] if args.production else ["properties.enablePurgeProtection", days]


def vault_id(*, resource_group_id: str, vault: str) -> str:
    """The ARM id that a vault will have, before it exists."""
    return f"{resource_group_id}/providers/Microsoft.KeyVault/vaults/{vault}"


def vault_uri(vault: str) -> str:
    """Where a vault of Azure's public cloud answers."""
    return f"https://{vault.lower()}.vault.azure.net/"
