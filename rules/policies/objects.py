"""The Kubernetes objects in a resource.

Owns kind, namespace and whether an object is whole: `List` resources hold several, `Patch` resources a part of one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rules.policies.node import Node
from rules.policies.resource import Resource

_PREFIX: Final = "kubernetes:"
_NO_OBJECTS: Final = ("kubernetes:helm.sh/", "kubernetes:yaml", "kubernetes:kustomize")
"""Resources of the provider that make objects elsewhere: as children of their own, or, with a `helm.sh/v3:Release`, out
of sight."""


@dataclass(frozen=True)
class Object:
    """One object."""

    resource: Resource
    body: Node
    kind: str
    """For example `Deployment`, never `DeploymentPatch`."""
    group: str
    """API group and version: `apps/v1`, `v1`."""
    partial: bool = False
    """Whether it is a patch: what is missing in it says nothing."""

    @property
    def meta(self) -> Node:
        """Its metadata."""
        return self.body.get("metadata")

    def namespace(self) -> str | None:
        """Its namespace, if it names one. Raises `NotKnown`."""
        return self.meta.get("namespace").text()

    def name(self) -> str:
        """Its name in Kubernetes for messages, else the resource's."""
        value = self.meta.get("name").value
        return value if isinstance(value, str) else self.resource.name


def objects(resource: Resource) -> list[Object]:
    """The Kubernetes objects that the resource is; of other providers' resources none."""
    if not resource.type.startswith(_PREFIX) or resource.type.startswith(_NO_OBJECTS):
        return []
    module, _, name = resource.type.removeprefix(_PREFIX).rpartition(":")
    group = module.removeprefix("core/") if module.startswith("core/") else module
    if name.endswith("List") and isinstance(resource.inputs.get("items"), list):
        kind = name.removesuffix("List")
        return [
            Object(resource, item, _kind(item, kind), _group(item, group))
            for item in resource.root.get("items").items()
        ]
    partial = name.endswith("Patch")
    kind = name.removesuffix("Patch") if partial else name
    return [Object(resource, resource.root, _kind(resource.root, kind), _group(resource.root, group), partial)]


def of_kind(*kinds: str) -> Reader:
    """A reader for `Rule.read`: the objects of these kinds."""
    return Reader(kinds)


@dataclass(frozen=True)
class Reader:
    """Finds objects of some kinds in a resource."""

    kinds: tuple[str, ...]

    def __call__(self, resource: Resource) -> list[Object]:
        """The objects of these kinds."""
        return [item for item in objects(resource) if item.kind in self.kinds]


def _kind(body: Node, default: str) -> str:
    value = body.get("kind").value
    return value if isinstance(value, str) else default


def _group(body: Node, default: str) -> str:
    value = body.get("apiVersion").value
    return value if isinstance(value, str) else default
