"""Node pools and clusters of Azure, in whatever form a program writes them.

Owns the forms: `AgentPool` of AKS and of Azure Local, pools inside of a `ManagedCluster` or a provisioned cluster,
generic resources (`azure-native:resources:Resource`) and templates (`azure-native:resources:Deployment`). Their fields
have the same names everywhere; what Azure computes in a template is unknown. A template or a type that is not known yet
may be a pool and may be a cluster, and is found as one of which all is unknown.

Refuses to judge, and never raises `NotKnown` when it searches: only what is found may, when it is read.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from rules.policies.arm import ANY_PARENT, OPAQUE, arm_resources
from rules.policies.fleet import PURPOSE_LABEL
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
_LOCAL_NAMESPACES: Final = ("microsoft.hybridcontainerservice", "microsoft.kubernetes")
"""Of a generic resource on Azure Local; the second where it extends a connected cluster."""


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
    loops: tuple[Node, ...] = ()
    """The counts of the loops of a template that it stands in."""

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
    cluster: Node | None = None
    """Body of the cluster that it stands in, where it is inline."""
    loops: tuple[Node, ...] = ()
    """The counts of the loops of a template that it stands in."""

    @property
    def name(self) -> Node:
        """Its name in Azure."""
        if self.named is not None:
            return self.named
        own = self.body.get("agentPoolName")
        return own if own.is_given else self.body.get("name")

    def copies(self) -> int:
        """How many pools like it Azure makes. Raises `NotKnown`."""
        return math.prod(max(0, int(count.number(1) or 0)) for count in self.loops)

    def is_windows(self) -> bool:
        """Whether its nodes run Windows; Azure's default is Linux. Raises `NotKnown`."""
        return (self.body.get("osType").text("Linux") or "").casefold() == "windows"

    def is_system(self) -> bool:
        """Whether it is a system pool; Azure's default is `User`. Azure Local has no modes: there the label of the
        purpose tells, else a Linux pool that its cluster is born with is one. Raises `NotKnown`."""
        if self.platform == "azure-local":
            purpose = self.label(PURPOSE_LABEL)
            return purpose == "system" if purpose is not None else self.inline and not self.is_windows()
        return (self.body.get("mode").text("User") or "").casefold() == "system"

    def label(self, key: str) -> str | None:
        """One of `nodeLabels`. Raises `NotKnown` where that one is unknown; the others may be."""
        return self.body.get("nodeLabels", key).text()

    def labels(self) -> dict[str, str]:
        """`nodeLabels`. Raises `NotKnown` where one of them is unknown."""
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
        Cluster(resource, _properties(arm, body), there, typed=typed, top=body, loops=loops)
        for arm, body, typed, loops in arm_resources(resource)
        if (there := _platform(arm, _ARM_CLUSTERS)) is not None
    ]


def pools(resource: Resource) -> list[Pool]:
    """The node pools that a resource makes, with those inside of a cluster."""
    kind, root = resource.kind, resource.root
    found: list[Pool] = []
    if kind in _TYPED_POOLS:
        # Azure Local's has its fields at the top or below `properties`, by the version of its API.
        body = root.get("properties") if root.get("properties").is_given else root
        # Not `resourceName`: that is the cluster's.
        found.append(Pool(resource, body, _TYPED_POOLS[kind], named=root.get("agentPoolName")))
    for arm, body, typed, loops in arm_resources(resource):
        if (there := _platform(arm, _ARM_POOLS)) is not None:
            named = _last_segment(body.get("resourceName" if typed else "name"))
            found.append(Pool(resource, _properties(arm, body), there, typed=typed, named=named, loops=loops))
    for cluster in clusters(resource):
        # One that may be anything was found above already.
        profiles = [] if cluster.outer.value is UNKNOWN else _profiles(cluster.body)
        found += [
            Pool(
                resource,
                one,
                cluster.platform,
                inline=True,
                typed=cluster.typed,
                cluster=cluster.body,
                loops=(*cluster.loops, *loops),
            )
            for one, loops in profiles
        ]
    return found


def _platform(arm: str, table: Mapping[str, Platform]) -> Platform | None:
    """Whose pool or cluster a type of ARM is, if it is one; of what may be anything, AKS's."""
    if arm == OPAQUE:
        return "aks"
    namespace, any_parent, kind = arm.partition(f"/{ANY_PARENT}/")
    if not any_parent:
        return table.get(arm)
    # The parent's path is not known yet, as its name is not: the end of the type tells enough.
    possible = _LOCAL_NAMESPACES if namespace in _LOCAL_NAMESPACES else (namespace,)
    ends = (known for known in table if known.partition("/")[0] in possible and known.endswith(f"/{kind}"))
    return next((table[known] for known in ends), None)


def _properties(arm: str, body: Node) -> Node:
    return body if arm == OPAQUE else body.get("properties")


def _profiles(cluster: Node) -> list[tuple[Node, tuple[Node, ...]]]:
    """The pools inside of a cluster, each with the loops it stands in. Of a list that is unknown one pool, which is; of
    a `copy` loop its pattern."""
    profiles = cluster.get("agentPoolProfiles")
    if not profiles.is_known:
        return [(profiles, ())]
    loops = cluster.get("copy")
    patterns = [
        (loop.get("input"), (loop.get("count"),))
        for loop in (loops.items() if loops.is_known else [])
        if loop.get("name").value == "agentPoolProfiles"
    ]
    return [*((one, ()) for one in profiles.items()), *patterns]


def _last_segment(name: Node) -> Node:
    """`cluster/pool` in a template is called `pool`."""
    return Node(name.value.rpartition("/")[2], name.path) if isinstance(name.value, str) else name
