"""Names and assignments that exist once.

Sources: key-vault/general/soft-delete-overview (a deleted vault keeps its name); container-registry-get-started (global
names); role-based-access-control/troubleshooting (`RoleAssignmentExists`); read 2026-08-21.
"""

from __future__ import annotations

from sandbox.azure import ids
from sandbox.azure.admission.request import Put
from sandbox.azure.records import World
from sandbox.azure.values import Object, flag_at, text_at

_REGISTRY = "azure-native:containerregistry:Registry"
_ROLE = "azure-native:authorization:RoleAssignment"
_VAULT = "azure-native:keyvault:Vault"


def put(world: World, put: Put) -> None:
    """Refuse what there is once already."""
    if put.token == _ROLE:
        _role_assignment(world, put)
    if put.token == _VAULT and put.found is not None:
        _protection(put, put.found["properties"])
    if put.found is None and put.token in (_VAULT, _REGISTRY):
        _global_name(world, put)
        if put.token == _VAULT:
            _deleted_vault(world, put)


def _global_name(world: World, put: Put) -> None:
    name = ids.name(put.id).lower()
    for record in world.all():
        if record["arm"].lower() == put.type.name.lower() and ids.name(record["id"]).lower() == name:
            if put.token == _VAULT:
                raise put.error(
                    409, "VaultAlreadyExists", f"The vault name '{name}' is already in use; choose another."
                )
            raise put.error(
                409,
                "AlreadyInUse",
                f"The registry DNS name {name}.azurecr.io is already in use. Names are global: choose another.",
            )


def _deleted_vault(world: World, put: Put) -> None:
    name = ids.name(put.id).lower()
    deleted = world.state["deleted"].get(name)
    if deleted is None:
        return
    same_place = ids.key(deleted["id"]) == ids.key(put.id)
    if text_at(put.inputs, "properties.createMode") == "recover" and same_place:
        return
    purge = "It cannot be purged" if deleted["purge_protection"] else "Purge it (`az keyvault purge`)"
    raise put.error(
        409,
        "ConflictError",
        "A vault with the same name already exists in deleted state. You need to either recover or purge existing key "
        f"vault. {purge}; recover it with properties.createMode recover, or choose another name.",
    )


def _protection(put: Put, before: Object) -> None:
    path = "properties.enablePurgeProtection"
    if flag_at(before, path) and flag_at(put.inputs, path) is not True and path in put.inputs:
        raise put.error(400, "BadRequest", f"{path} cannot be switched off again. Write true.")
    days = "properties.softDeleteRetentionInDays"
    old, new = before.get("properties", {}), put.inputs.get("properties", {})
    key = days.rsplit(".", 1)[1]
    if None not in (old.get(key), new.get(key)) and old[key] != new[key]:
        raise put.error(400, "BadRequest", f"{days} is {new[key]:g}; it was set at creation to {old[key]:g} and stays.")


def _role_assignment(world: World, put: Put) -> None:
    mine = _facts(put.inputs)
    for record in world.of(_ROLE):
        if ids.key(record["id"]) != ids.key(put.id) and _facts(record["properties"]) == mine:
            raise put.error(
                409,
                "RoleAssignmentExists",
                f"The role assignment already exists. Its name is {ids.name(record['id'])}: give this one the same "
                "name, made from scope, principal and role, or leave one out.",
            )


def _facts(assignment: Object) -> tuple[str, str, str]:
    role = (text_at(assignment, "roleDefinitionId") or "").rsplit("/", 1)[-1]
    scope = ids.key(text_at(assignment, "scope") or "")
    return scope, (text_at(assignment, "principalId") or "").lower(), role.lower()
