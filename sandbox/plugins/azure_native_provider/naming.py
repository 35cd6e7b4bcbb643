"""Names, locations and API versions that a program leaves out.

Owns what the official provider puts in their place (`AutoNamer` and `getDefaultLocation` in pulumi-azure-native, read
2026-11), so that a rehearsal has the names that the real environment would have, but for their random part. This
project's own components state every name.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from sandbox.azure.types import ArmType, arm_type
from sandbox.azure.values import UNKNOWN, Object
from sandbox.plugins.azure_native_provider import shapes

RANDOM_NAME: Final = "__createBeforeDelete"
"""An input that the official provider adds beside a name with a random part: the successor can be made first."""

_UUID_NAMES: Final = ("roleAssignmentName", "roleDefinitionId")
_ABOVE: Final = ("resourceGroupName", "resourceUri", "scope")


@dataclass(frozen=True, kw_only=True)
class Autonaming:
    """What the engine says about names that are left out."""

    mode: Literal["default", "propose", "enforce", "disable"] = "default"
    proposed: str = ""


def complete(
    token: str,
    inputs: Object,
    *,
    old: Object,
    urn_name: str,
    seed: bytes,
    autonaming: Autonaming,
    location: str | None,
    group_location: Callable[[str], str | None],
) -> Object:
    """`inputs` with a name, a location and an API version. `old` are those of the existing resource, or empty.

    `location` is the provider's; `group_location` gives that of a resource group by its name.
    """
    row = arm_type(token)
    found = dict(inputs)
    if not found.get(row.name_input):
        found.update(_name(row, old, urn_name, seed, autonaming))
    if shapes.has_location(token) and not found.get("location"):
        place = old.get("location") or location or _of_group(found, group_location)
        if place is not None:
            found["location"] = place
    return {**found, shapes.API_VERSION: shapes.api_version(token)}


def _name(row: ArmType, old: Object, urn_name: str, seed: bytes, autonaming: Autonaming) -> Object:
    key = row.name_input
    if key in old:
        return {name: old[name] for name in (key, RANDOM_NAME) if name in old}
    is_uuid = key in _UUID_NAMES
    if autonaming.mode == "disable":
        return {}
    if autonaming.mode == "enforce" or (autonaming.mode == "propose" and not is_uuid):
        return {key: autonaming.proposed, RANDOM_NAME: True}
    digest = hashlib.sha256(seed).hexdigest()
    if is_uuid:
        return {key: str(uuid.UUID(digest[:32])), RANDOM_NAME: True}
    above = [name for name in row.path_inputs if name not in _ABOVE and name != key]
    if above and "microsoft." in row.path.lower():
        return {key: urn_name}  # a child's name has to be unique in its parent only
    return {key: f"{urn_name}{digest[:8]}", RANDOM_NAME: True}


def _of_group(inputs: Object, group_location: Callable[[str], str | None]) -> object:
    group = inputs.get("resourceGroupName")
    if group is UNKNOWN:
        return UNKNOWN
    return group_location(group) if isinstance(group, str) else None
