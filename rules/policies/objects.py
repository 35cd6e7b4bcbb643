"""The Kubernetes objects in a resource.

Owns kind, namespace and whether an object is whole: `List` resources hold several, `Patch` resources a part of one. An
element of a list that is not known yet, where the list does not say of which kind, is found as one of each kind that
rules judge, of which all is unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rules.policies.node import Node
from rules.policies.resource import Resource
from rules.tables.cluster_scoped import CLUSTER_SCOPED

_PREFIX: Final = "kubernetes:"
_NO_OBJECTS: Final = frozenset(
    {
        "kubernetes:helm.sh/v2:Chart",
        "kubernetes:helm.sh/v3:Chart",
        "kubernetes:helm.sh/v3:Release",
        "kubernetes:helm.sh/v4:Chart",
        "kubernetes:kustomize:Directory",
        "kubernetes:kustomize/v2:Directory",
        "kubernetes:yaml:ConfigFile",
        "kubernetes:yaml:ConfigGroup",
        "kubernetes:yaml/v2:ConfigFile",
        "kubernetes:yaml/v2:ConfigGroup",
    }
)
"""Resources of the provider that make objects elsewhere: as children of their own, or, with a `helm.sh/v3:Release`, out
of sight (pulumi-kubernetes 4.34, read 2026-11). By their whole tokens: a prefix hides
`kubernetes:yaml/v2:Pod`, too, and whatever else is called like them."""


_RBAC: Final = "rbac.authorization.k8s.io"
_GROUPS: Final = {
    "ClusterRole": _RBAC,
    "ClusterRoleBinding": _RBAC,
    "ConfigMap": "",
    "Namespace": "",
    "NetworkPolicy": "networking.k8s.io",
    "Node": "",
    "PersistentVolume": "",
    "Role": _RBAC,
    "RoleBinding": _RBAC,
    "Secret": "",
    "Service": "",
    "ServiceAccount": "",
}
"""API groups of kinds that others have, too."""
_ANY: Final = (*_GROUPS, "Pod", "PodDisruptionBudget")
"""What an object of which nothing is known may be, as far as rules find objects by their kinds."""


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
        """Its namespace, if it names one. Raises `NotKnown`. Of a kind that stands in none the API server drops the
        name of one, and so does this."""
        return None if self.is_cluster_scoped else self.meta.get("namespace").text()

    @property
    def is_cluster_scoped(self) -> bool:
        """Whether it is of one of Kubernetes' own kinds that stand in no namespace."""
        return CLUSTER_SCOPED.get(self.kind) == _api_group(self.group)

    def name(self) -> str:
        """Its name in Kubernetes for messages, else the resource's."""
        value = self.meta.get("name").value
        return value if isinstance(value, str) else self.resource.name


def objects(resource: Resource) -> list[Object]:
    """The Kubernetes objects that the resource is; of other providers' resources none."""
    if not resource.type.startswith(_PREFIX) or (resource.type in _NO_OBJECTS and not _is_object(resource)):
        return []
    module, _, name = resource.type.removeprefix(_PREFIX).rpartition(":")
    group = module.removeprefix("core/") if module.startswith("core/") else module
    items = resource.root.get("items")
    if name.endswith("List") and (isinstance(items.value, list) or not items.is_known):
        kind = name.removesuffix("List")
        if not items.is_known:
            return _of_list(resource, items, kind, group)
        return [one for item in items.items() for one in _of_list(resource, item, kind, group)]
    partial = name.endswith("Patch")
    kind = name.removesuffix("Patch") if partial else name
    return [Object(resource, resource.root, _kind(resource.root, kind), _group(resource.root, group), partial)]


def _of_list(resource: Resource, item: Node, kind: str, group: str) -> list[Object]:
    """An element of a list. `kind` is empty where the list has any."""
    said = item.get("kind")
    if kind or said.is_known:
        return [Object(resource, item, _kind(item, kind), _group(item, group))]
    unknown = item if not item.is_known else said
    return [Object(resource, unknown, any_kind, f"{_GROUPS.get(any_kind, '')}/v1".lstrip("/")) for any_kind in _ANY]


def _is_object(resource: Resource) -> bool:
    """Whether the inputs are those of an object, whatever the type says."""
    return resource.root.get("apiVersion").is_given and resource.root.get("kind").is_given


def of_kind(*kinds: str) -> Reader:
    """A reader for `Rule.read`: the objects of these kinds."""
    return Reader(kinds)


@dataclass(frozen=True)
class Reader:
    """Finds objects of some kinds in a resource."""

    kinds: tuple[str, ...]

    def __call__(self, resource: Resource) -> list[Object]:
        """The objects of these kinds."""
        return [item for item in objects(resource) if item.kind in self.kinds and _is_kubernetes_own(item)]


def _is_kubernetes_own(item: Object) -> bool:
    """Not a kind of somebody else's with the same name: Calico has a NetworkPolicy, too, with rules of its own."""
    wanted = _GROUPS.get(item.kind)
    return wanted is None or wanted == _api_group(item.group)


def _api_group(version: str) -> str:
    """`apps` of `apps/v1`; of `v1` the empty one."""
    group, slash, _ = version.partition("/")
    return group if slash else ""


def _kind(body: Node, default: str) -> str:
    value = body.get("kind").value
    return value if isinstance(value, str) else default


def _group(body: Node, default: str) -> str:
    value = body.get("apiVersion").value
    return value if isinstance(value, str) else default
