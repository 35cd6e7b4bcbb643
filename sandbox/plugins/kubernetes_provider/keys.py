"""Names: of objects and of resource types.

Owns what is spelled differently on the two sides: the ids in the state, and the dashed fields of a
CustomResourceDefinition's schema, which Python's and Go's names cannot have.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Final

from sandbox.plugins.codec import Object

AUTONAMED: Final = "pulumi.com/autonamed"
SKIP_AWAIT: Final = "pulumi.com/skipAwait"
TIMEOUT_SECONDS: Final = "pulumi.com/timeoutSeconds"
REPLACE_UNREADY: Final = "pulumi.com/replaceUnready"

BUILT_IN_GROUPS: Final = frozenset(
    {
        "",
        "admissionregistration.k8s.io",
        "apiextensions.k8s.io",
        "apiregistration.k8s.io",
        "apps",
        "authentication.k8s.io",
        "authorization.k8s.io",
        "autoscaling",
        "batch",
        "certificates.k8s.io",
        "coordination.k8s.io",
        "discovery.k8s.io",
        "events.k8s.io",
        "flowcontrol.apiserver.k8s.io",
        "networking.k8s.io",
        "node.k8s.io",
        "policy",
        "rbac.authorization.k8s.io",
        "resource.k8s.io",
        "scheduling.k8s.io",
        "storage.k8s.io",
        "storagemigration.k8s.io",
    }
)
"""Groups of the API server itself, v1.36 (`kubectl api-versions`). Others under `k8s.io` are custom resources."""

_DASHED: Final = {
    f"x_kubernetes_{name}": f"x-kubernetes-{name.replace('_', '-')}"
    for name in (
        "embedded_resource",
        "int_or_string",
        "list_map_keys",
        "list_type",
        "map_type",
        "preserve_unknown_fields",
        "validations",
    )
}
_UNDERSCORED: Final = {dashed: plain for plain, dashed in _DASHED.items()}


@dataclass(frozen=True)
class Name:
    """Which object: what the API server and its users call it."""

    api_version: str
    kind: str
    namespace: str
    name: str

    @property
    def group(self) -> str:
        """The API group, empty for the core one."""
        return self.api_version.rpartition("/")[0]

    @property
    def id(self) -> str:
        """The resource's id in the state."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


def name_of(value: Object) -> Name:
    """The name that a plain object carries."""
    metadata = value.get("metadata") or {}
    return Name(
        api_version=str(value.get("apiVersion", "")),
        kind=str(value.get("kind", "")),
        namespace=str(metadata.get("namespace") or ""),
        name=str(metadata.get("name") or ""),
    )


def parse_id(resource_id: str) -> tuple[str, str]:
    """Namespace (empty if none) and name of an id."""
    namespace, _, name = resource_id.rpartition("/")
    return namespace, name


def kind_of_type(resource_type: str) -> tuple[str, str]:
    """API version and kind that a resource type stands for: `("apps/v1", "Deployment")`; the core group is `v1`."""
    _, version, kind = resource_type.split(":")
    return version.removeprefix("core/"), kind


def is_built_in(api_version: str) -> bool:
    """Whether the API server has typed code for it, which normalises what it stores."""
    return api_version.rpartition("/")[0] in BUILT_IN_GROUPS


def autoname(prefix: str, seed: bytes) -> str:
    """`prefix-` and eight hexadecimal digits that depend on the engine's `seed` only."""
    return f"{prefix}-{hashlib.sha256(seed).hexdigest()[:8]}"


def to_api(value: Object) -> Object:
    """An object as the API server spells it."""
    return _spelled(value, _DASHED)


def from_api(value: Object) -> Object:
    """An object as the SDK spells it."""
    return _spelled(value, _UNDERSCORED)


def _spelled(value: Object, names: dict[str, str]) -> Object:
    if value.get("kind") != "CustomResourceDefinition":
        return value
    renamed: Object = _renamed(value, names)
    return renamed


def _renamed(value: Any, names: dict[str, str]) -> Any:
    match value:
        case dict():
            return {names.get(key, key): _renamed(item, names) for key, item in value.items()}
        case list():
            return [_renamed(item, names) for item in value]
    return value
