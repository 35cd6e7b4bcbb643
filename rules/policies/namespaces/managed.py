"""Namespaces of Kubernetes that a program makes through Azure: `ManagedNamespace` of AKS, in whatever form.

Azure writes their labels to the namespace as they are. Source: Microsoft Learn, "Managed namespaces in AKS", API
2025-09-01, read 2026-11. Refuses to judge.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from rules.policies.cluster.parts import PartType
from rules.policies.node import ABSENT, Node
from rules.policies.objects import Object, of_kind
from rules.policies.resource import Resource

MANAGED: Final = PartType(
    arm="microsoft.containerservice/managedclusters/managednamespaces",
    kinds=("azure-native:containerservice:ManagedNamespace",),
)
_NAMES: Final = ("managedNamespaceName", "resourceName", "name")
"""Inputs that name one: of its own type, of a generic resource, in a template, where its cluster's name comes first."""


@dataclass(frozen=True)
class ManagedNamespace(Object):
    """One of them. `body` has its properties."""

    called: Node = field(default_factory=lambda: Node(ABSENT))

    @property
    def meta(self) -> Node:
        """Its name and its labels, each at its place in the inputs."""
        return _Metadata(self.body, self.called)


class _Metadata(Node):
    """The properties, in which the name does not stand."""

    __slots__ = ("_called",)

    def __init__(self, properties: Node, called: Node) -> None:
        super().__init__(properties.value, properties.path)
        self._called = called

    def get(self, *keys: str | int) -> Node:
        """The name, or what stands among the properties."""
        return self._called if keys == ("name",) else super().get(*keys)


def namespaces(resource: Resource) -> list[Object]:
    """A reader for `Rule.read`: namespaces, whoever makes them."""
    return [*_own(resource), *_managed(resource)]


def namespaces_and_nodes(resource: Resource) -> list[Object]:
    """A reader for `Rule.read`: namespaces, whoever makes them, and nodes."""
    return [*_own_and_nodes(resource), *_managed(resource)]


_own: Final = of_kind("Namespace")
_own_and_nodes: Final = of_kind("Namespace", "Node")


def _managed(resource: Resource) -> list[ManagedNamespace]:
    found = []
    for part in MANAGED(resource):
        properties = part.top.get("properties") if part.top.is_known else part.body
        found.append(ManagedNamespace(resource, properties, "Namespace", "v1", called=_name(part.top, part.own_type)))
    return found


def _name(top: Node, own_type: bool) -> Node:
    names = _NAMES[:1] if own_type else _NAMES[1:]
    node = next((found for key in names if (found := top.get(key)).is_given), top.get(names[0]))
    return Node(node.value.rpartition("/")[2], node.path) if isinstance(node.value, str) else node
