"""Nodes follow the clusters: what the end of an operation means for the simulated nodes.

A pool that shrinks or gets another Kubernetes version has its nodes drained first, by evictions that heed disruption
budgets, for as long as the pool's drain timeout says, scaled; then the nodes go. An upgraded node comes back under its
name. A deleted pool of Azure Local is drained too. One of AKS is not: AKS neither cordons nor drains there
(azure-aks-docs delete-node-pool, read 2026-08-21), its nodes go at once and their pods with them. That a disruption
budget may hold such a delete up is not simulated.

Surge nodes, soak times and the order of nodes are not simulated. So a budget that a node after another would satisfy
may hold the drain of all at once up, and is no reason to fail here as it is for AKS.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sandbox.azure import ids
from sandbox.azure.admission.clusters import nodes as count_of
from sandbox.azure.records import World, cluster_id, is_cluster, is_pool, pools
from sandbox.azure.refusals.pool import parse_taint
from sandbox.azure.types import GENERIC, POOL
from sandbox.azure.values import Object, list_at, number_at, object_at, text_at

if TYPE_CHECKING:
    from sandbox.nodes import SimulatedPool

DRAIN_MINUTES: Final = 30
"""AKS's default."""
_LINUX_SKUS: Final = {"AzureLinux3": "AzureLinux", "Ubuntu2204": "Ubuntu", "Ubuntu2404": "Ubuntu"}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What shall be: the pools of all clusters that share a kubeconfig, and how long each may take to drain."""

    kubeconfig: Path
    pools: list[SimulatedPool] = field(default_factory=list)
    drain_minutes: dict[str, int] = field(default_factory=dict)
    """By pool; also of those that go."""
    erased: frozenset[str] = frozenset()
    """Pools that nobody drains: of AKS, those that are deleted; and all of a cluster that is."""


def affects_nodes(record: Object) -> bool:
    """Whether the end of an operation on this changes nodes."""
    return is_cluster(record) or is_pool(record)


def kubeconfig_of(world: World, record: Object) -> Path | None:
    """The kubeconfig of the cluster that a cluster or pool belongs to; `None` if it has none or it is gone."""
    cluster = world.find(cluster_id(record) or "")
    path = None if cluster is None else cluster.get("kubeconfig")
    return Path(path) if path and Path(path).is_file() else None


def plan(world: World, kubeconfig: Path, *, ending: Object | None) -> Plan:
    """What shall be when the operation `ending` has ended."""
    target = "" if ending is None else ids.key(ending["id"])
    deleted = ending is not None and ending["kind"] == "delete"
    made: list[SimulatedPool] = []
    minutes: dict[str, int] = {}
    erased: set[str] = set()
    for cluster in world.all():
        if not is_cluster(cluster) or cluster.get("kubeconfig") != str(kubeconfig):
            continue
        # A brought group may go with all that is in it, so the target may be above the cluster.
        whole = deleted and (ids.key(cluster["id"]) == target or ids.is_below(cluster["id"], target))
        for pool in pools(world, cluster["id"]):
            name = ids.name(pool["id"])
            facts = pool["properties"] if pool["token"] != GENERIC else object_at(pool["properties"], "properties")
            minutes[name] = number_at(facts, "upgradeSettings.drainTimeoutInMinutes") or DRAIN_MINUTES
            born = pool["born"] or ids.key(pool["id"]) == target or ids.key(cluster["id"]) == target
            goes = deleted and ids.key(pool["id"]) == target
            if whole or (goes and pool["token"] == POOL):
                erased.add(name)
            elif born and not goes:
                made.append(_simulated(cluster, pool, facts, ending))
    return Plan(kubeconfig=kubeconfig, pools=made, drain_minutes=minutes, erased=frozenset(erased))


def bring_in_line(wanted: Plan, *, drain_seconds_per_minute: float) -> list[str]:
    """Make the nodes those of the plan. Returns the pods that were still there when their nodes went."""
    from sandbox.control_plane import Api
    from sandbox.nodes import drain, simulate
    from sandbox.nodes.node import SIMULATED
    from sandbox.nodes.node import name as node_name
    from sandbox.nodes.reconcile import remove

    keep = {node_name(pool, index): pool for pool in wanted.pools for index in range(pool.count)}
    left: list[str] = []

    def goes(of: str) -> Callable[[Object], bool]:
        def decide(node: dict[str, Any]) -> bool:
            metadata = node["metadata"]
            if metadata.get("annotations", {}).get(SIMULATED) != "true" or metadata["labels"].get("agentpool") != of:
                return False
            stays = keep.get(metadata["name"])
            version = node["status"]["nodeInfo"]["kubeletVersion"]
            return stays is None or (stays.version is not None and version != f"v{stays.version}")

        return decide

    for name in sorted(set(wanted.drain_minutes) - wanted.erased):
        seconds = wanted.drain_minutes[name] * drain_seconds_per_minute
        drained, pods = drain(wanted.kubeconfig, goes(name), timeout_seconds=seconds)
        left += pods
        with Api(wanted.kubeconfig) as api:
            for node in drained:
                remove(api, node)
    simulate(wanted.kubeconfig, wanted.pools)
    return left


def _simulated(cluster: Object, pool: Object, facts: Object, ending: Object | None) -> SimulatedPool:
    from sandbox.nodes import SimulatedPool

    windows = text_at(facts, "osType") == "Windows"
    sku = text_at(facts, "osSKU")
    if pool["token"] == GENERIC:
        sku = sku or ("Windows2022" if windows else "CBLMariner")
    name = ids.name(pool["id"])
    location = text_at(cluster["properties"], "location")
    zones = [f"{location}-{zone}" for zone in list_at(facts, "availabilityZones") or []]
    return SimulatedPool(
        name=name,
        os="windows" if windows else "linux",
        os_sku=_LINUX_SKUS.get(sku or "", sku),
        count=count_of(facts),
        vm_size=text_at(facts, "vmSize"),
        labels={**_labels(cluster, facts, name, location), **object_at(facts, "nodeLabels")},
        taints=[parsed for taint in list_at(facts, "nodeTaints") or [] if (parsed := parse_taint(taint))],
        max_pods=number_at(facts, "maxPods") or 110,
        os_disk_gib=number_at(facts, "osDiskSizeGB") or 128,
        version=_version(cluster, pool, ending),
        zones=zones,
    )


def _labels(cluster: Object, facts: Object, name: str, location: str | None) -> dict[str, str]:
    """As AKS sets them: azure-aks-docs use-labels and node labels reserved by the system, read 2026-08-21."""
    mode = text_at(facts, "mode")
    spot = text_at(facts, "scaleSetPriority") == "Spot"
    group = text_at(cluster["properties"], "nodeResourceGroup")
    return {
        "kubernetes.azure.com/agentpool": name,
        "kubernetes.azure.com/role": "agent",
        **({"kubernetes.azure.com/cluster": group} if group else {}),
        **({"kubernetes.azure.com/mode": mode.lower()} if mode else {}),
        **({"kubernetes.azure.com/scalesetpriority": "spot"} if spot else {}),
        **({"topology.kubernetes.io/region": location} if location else {}),
    }


def _version(cluster: Object, pool: Object, ending: Object | None) -> str | None:
    """The kubelets' version: what the ending operation brings, else what is."""
    brought = (ending or {}).get("versions", {})
    found = brought.get(ids.key(pool["id"])) or pool["facts"].get("version") or cluster["facts"].get("version")
    return str(found) if found else None
