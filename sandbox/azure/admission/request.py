"""A request to create or change one resource."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.azure import ids
from sandbox.azure.errors import AzureError
from sandbox.azure.types import ArmType
from sandbox.azure.values import Object


@dataclass(frozen=True, kw_only=True)
class Put:
    """`found` is the record that is there, on an update; `properties` are the inputs with Azure's defaults."""

    type: ArmType
    id: str
    inputs: Object
    properties: Object
    found: Object | None

    @property
    def token(self) -> str:
        """The type's token."""
        return self.type.token

    @property
    def label(self) -> str:
        """The resource in words, for messages."""
        return label(self.type.token, self.id)

    def error(self, status: int, code: str, message: str) -> AzureError:
        """A refusal of this request that names the resource."""
        return AzureError(status, code, f"{self.label}: {message}")


def label(token: str, resource_id: str) -> str:
    """A resource in words: its type and name, and where it is."""
    group = ids.place(resource_id).resource_group
    kind = token.rsplit(":", 1)[-1] if not token.endswith(":resources:Resource") else ids.arm_name(resource_id)
    where = f" in resource group {group}" if group and ids.name(resource_id) != group else ""
    return f"{kind} {ids.name(resource_id)}{where}"
