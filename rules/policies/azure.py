"""Node pools and clusters of Azure, in whatever form a program writes them.

Owns the forms: `AgentPool` of AKS and of Azure Local, pools inside of a `ManagedCluster` or a provisioned cluster,
generic resources (`azure-native:resources:Resource`) and templates (`azure-native:resources:Deployment`). Their fields
have the same names everywhere; what stands in a template as an expression, `[parameters('size')]`, is unknown.

Refuses to judge.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from rules.policies.node import UNKNOWN, Node
from rules.policies.resource import Resource

Platform = Literal["aks", "azure-local"]

_TYPED_POOLS: Final[dict[str, Platform]] = {
    "azure-native:containerservice:AgentPool": "aks",
    "azure-native:hybridcontainerservice:AgentPool": "azure-local",
}
_TYPED_CLUSTERS: Final[dict[str, Platform]] = {
    "azure-native:containerservice:ManagedCluster": "aks",
    "azure-native:hybridcontainerservice:ProvisionedClusterInstance": "azure-local",
    "azure-native:hybridcontainerservice:ProvisionedCluster": "azure-local",
}
# Types of ARM, in lower case: Azure does not tell capitals apart.
_ARM_POOLS: Final[dict[str, Platform]] = {
    "microsoft.containerservice/managedclusters/agentpools": "aks",
    "microsoft.hybridcontainerservice/provisionedclusterinstances/agentpools": "azure-local",
    "microsoft.hybridcontainerservice/provisionedclusters/agentpools": "azure-local",
}
_ARM_CLUSTERS: Final[dict[str, Platform]] = {
    "microsoft.containerservice/managedclusters": "aks",
    "microsoft.hybridcontainerservice/provisionedclusterinstances": "azure-local",
    "microsoft.hybridcontainerservice/provisionedclusters": "azure-local",
}


@dataclass(frozen=True)
class Cluster:
    """A cluster. `body` has the fields of `ManagedCluster` or of a provisioned cluster, without `properties` above."""

    resource: Resource
    body: Node
    platform: Platform
    typed: bool = True
    """Whether its options (`protect`, `ignoreChanges`) are those of the resource: not inside of a template."""
    top: Node | None = None
    """Where ARM has what stands beside `properties`: `tags`, `location`, `sku`, `identity`. Default: `body`."""

    @property
    def outer(self) -> Node:
        """The node with `tags`, `location`, `sku` and `identity`."""
        return self.top or self.body


@dataclass(frozen=True)
class Pool:
    """A node pool. `body` has the fields of `AgentPool`: `osType`, `osSKU`, `vmSize`, `nodeTaints`, ..."""

    resource: Resource
    body: Node
    platform: Platform
    inline: bool = False
    """Whether it stands inside of its cluster's resource."""
    typed: bool = True
    """Whether its options are those of the resource."""
    named: Node | None = None

    @property
    def name(self) -> Node:
        """Its name in Azure."""
        if self.named is not None:
            return self.named
        own = self.body.get("agentPoolName")
        return own if own.is_given else self.body.get("name")

    def is_windows(self) -> bool:
        """Whether its nodes run Windows; Azure's default is Linux. Raises `NotKnown`."""
        return (self.body.get("osType").text("Linux") or "").casefold() == "windows"

    def is_system(self) -> bool:
        """Whether it is a system pool; Azure's default is `User`. Azure Local has no modes: its inline pool is one."""
        mode = self.body.get("mode")
        if self.platform == "azure-local":
            return self.inline or self.labels().get("buildfleet.dev/purpose") == "system"
        return (mode.text("User") or "").casefold() == "system"

    def labels(self) -> dict[str, str]:
        """`nodeLabels`. Raises `NotKnown`."""
        return self.body.get("nodeLabels").texts()

    def taints(self) -> list[Node]:
        """`nodeTaints`, each a text `key=value:Effect`. Raises `NotKnown`."""
        return self.body.get("nodeTaints").items()


def clusters(resource: Resource) -> list[Cluster]:
    """The clusters that a resource makes."""
    kind, root = resource.kind, resource.root
    if kind in _TYPED_CLUSTERS:
        platform = _TYPED_CLUSTERS[kind]
        body = root.get("properties") if platform == "azure-local" and root.get("properties").is_given else root
        return [Cluster(resource, body, platform, top=root)]
    return [
        Cluster(resource, body.get("properties"), _ARM_CLUSTERS[arm], typed=typed, top=body)
        for arm, body, typed in _arm(resource)
        if arm in _ARM_CLUSTERS
    ]


def pools(resource: Resource) -> list[Pool]:
    """The node pools that a resource makes, with those inside of a cluster."""
    kind, root = resource.kind, resource.root
    found: list[Pool] = []
    if kind in _TYPED_POOLS:
        # Azure Local's has its fields at the top or below `properties`, by the version of its API.
        body = root.get("properties") if root.get("properties").is_given else root
        found.append(Pool(resource, body, _TYPED_POOLS[kind], named=_first(root, "agentPoolName", "resourceName")))
    for arm, body, typed in _arm(resource):
        if arm in _ARM_POOLS:
            named = _first(body, "resourceName") if typed else _last_segment(body.get("name"))
            found.append(Pool(resource, body.get("properties"), _ARM_POOLS[arm], typed=typed, named=named))
    for cluster in clusters(resource):
        profiles = cluster.body.get("agentPoolProfiles")
        if not profiles.is_known:
            found.append(Pool(resource, profiles, cluster.platform, inline=True, typed=cluster.typed))
            continue
        found += [Pool(resource, one, cluster.platform, inline=True, typed=cluster.typed) for one in profiles.items()]
    return found


def _arm(resource: Resource) -> Iterator[tuple[str, Node, bool]]:
    """Resources of ARM in a generic resource or a template: type in lower case, body, whether it is one of Pulumi's."""
    root = resource.root
    if resource.kind == "azure-native:resources:Resource":
        namespace, path, kind = (
            root.get(key).value for key in ("resourceProviderNamespace", "parentResourcePath", "resourceType")
        )
        if isinstance(namespace, str) and isinstance(kind, str):
            yield _generic_type(namespace, path if isinstance(path, str) else "", kind), root, True
    elif resource.kind in ("azure-native:resources:Deployment", "azure-native:resources:DeploymentAtSubscriptionScope"):
        yield from _template(root.get("properties", "template"))


def _template(template: Node) -> Iterator[tuple[str, Node, bool]]:
    resources = template.get("resources")
    entries = [node for _, node in resources.entries()] if isinstance(resources.value, dict) else []
    for node in entries or (resources.items() if resources.is_known else []):
        kind = node.get("type").value
        if not isinstance(kind, str):
            continue
        evaluated = Node(_without_expressions(node.value), node.path)
        yield kind.lower(), evaluated, False
        if kind.lower() == "microsoft.resources/deployments":
            yield from _template(evaluated.get("properties", "template"))
        for child in evaluated.get("resources").items():
            below = child.get("type").value
            if isinstance(below, str):
                yield (
                    (below if "/" in below and "." in below.split("/")[0] else f"{kind}/{below}").lower(),
                    child,
                    False,
                )


def _generic_type(namespace: str, parent: str, kind: str) -> str:
    """`Microsoft.HybridContainerService/provisionedClusterInstances/agentPools` of a generic resource.

    Its parent path tells the types between in every second segment, and of an extension resource the last provider's
    are the ones that count.
    """
    _, marker, after = parent.rpartition("/providers/")
    if marker:
        namespace, parent = after.partition("/")[0], after.partition("/")[2]
    types = [segment for index, segment in enumerate(part for part in parent.split("/") if part) if index % 2 == 0]
    return "/".join([namespace, *types, kind]).lower()


def _without_expressions(value: object) -> object:
    """A template's values, with `UNKNOWN` for what Azure computes. `[[` begins a text that begins with a bracket."""
    if isinstance(value, str) and value.startswith("[") and value.endswith("]") and not value.startswith("[["):
        return UNKNOWN
    if isinstance(value, dict):
        return {key: _without_expressions(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_expressions(item) for item in value]
    return value


def _last_segment(name: Node) -> Node:
    """`cluster/pool` in a template is called `pool`."""
    return Node(name.value.rpartition("/")[2], name.path) if isinstance(name.value, str) else name


def _first(node: Node, *keys: str) -> Node | None:
    return next((found for key in keys if (found := node.get(key)).is_given), None)
