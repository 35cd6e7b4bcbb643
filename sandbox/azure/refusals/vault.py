"""Key vaults.

Sources: Azure/azure-resource-manager-schemas keyVault 2024-11-01 (name pattern); key-vault/general/soft-delete-overview
(7 to 90 days; neither soft delete nor purge protection is ever switched off); read 2026-08-21.
"""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.azure.errors import Refusal
from sandbox.azure.refusals.common import between, guid, name, one_of, refused, required
from sandbox.azure.values import Object, flag_at, text_at, value_at


def vault(inputs: Object) -> Iterator[Refusal]:
    """Name, tenant, SKU, soft delete, and who may read it."""
    yield from name(
        inputs,
        "vaultName",
        r"(?!.*--)[A-Za-z][A-Za-z0-9-]{1,22}[A-Za-z0-9]",
        "3 to 24 letters, digits and single hyphens, starting with a letter and not ending in a hyphen",
        "VaultNameNotValid",
    )
    yield from required(inputs, ["properties.tenantId", "properties.sku.name"])
    yield from guid(inputs, "properties.tenantId")
    yield from one_of(inputs, "properties.sku.name", ("standard", "premium"))
    yield from one_of(inputs, "properties.sku.family", ("A",))
    yield from between(inputs, "properties.softDeleteRetentionInDays", 7, 90, "days of soft delete")
    if flag_at(inputs, "properties.enableSoftDelete") is False:
        allowed = "true: no vault can do without soft delete"
        yield refused("properties.enableSoftDelete", False, allowed, "leave it out")
    if flag_at(inputs, "properties.enablePurgeProtection") is False:
        allowed = "true or nothing: Azure takes no false"
        yield refused("properties.enablePurgeProtection", False, allowed, "leave it out", "BadRequest")
    rbac, recover = value_at(inputs, "properties.enableRbacAuthorization"), text_at(inputs, "properties.createMode")
    if rbac in (None, False) and recover != "recover" and value_at(inputs, "properties.accessPolicies") is None:
        allowed = "a list, empty at least, where enableRbacAuthorization is not true"
        yield refused("properties.accessPolicies", None, allowed, "set enableRbacAuthorization", "BadRequest")
