"""`system-pool-redundant`: the cluster's own parts survive the loss of a node.

The system nodes of a cluster are counted over all its pools, so this is asked of the whole stack. Pools that are
resources of their own belong to the cluster that they name; where the stack makes one cluster of the platform, to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from rules.node_pool import LEAST_SYSTEM_NODES
from rules.paths import at
from rules.policies.azure import Cluster, Pool, clusters, pools
from rules.policies.node import Node, NotKnown, Unchecked, Verdict, guarded
from rules.policies.resource import Resource
from rules.policies.rule import PRODUCTION_ONLY, Context, Option, Reference, Rule
from rules.problem import Problem

ID: Final = "system-pool-redundant"

_AGENT_POOL: Final = "azure-native:containerservice:AgentPool"

Subject = Cluster | Pool
Found = tuple[Resource, Subject]


def _read(resource: Resource) -> Sequence[Subject]:
    return [*clusters(resource), *pools(resource)]


def _check(found: Sequence[Found], context: Context) -> Iterator[tuple[Resource | None, Verdict]]:
    makers = [cluster for _, cluster in found if isinstance(cluster, Cluster)]
    every = [pool for _, pool in found if isinstance(pool, Pool)]
    for cluster in makers:
        only = sum(one.platform == cluster.platform for one in makers) == 1
        yield from _of_cluster(cluster, every, only, context.options["nodes"])


def _of_cluster(
    cluster: Cluster, every: Sequence[Pool], only: bool, least: int
) -> Iterator[tuple[Resource | None, Verdict]]:
    nodes, found = 0, False
    unknown: tuple[Resource, Verdict] | None = None
    own: list[Node] = []
    for pool in every:
        if pool.inline and not _inside(pool, cluster):
            continue
        try:
            if pool.platform != cluster.platform or (not pool.inline and not only and not _names(pool, cluster)):
                continue
            if pool.is_system():
                found = True
                own += [pool.body] if pool.inline else []
                nodes += _least_nodes(pool)
        except NotKnown as stopped:
            unknown = unknown or (pool.resource, Unchecked(path=stopped.path))
    if nodes >= least:
        return
    if unknown is not None:
        yield unknown
        return
    for verdict in guarded(_too_few(cluster, own, nodes if found else None, least)):
        yield cluster.resource, verdict


def _too_few(cluster: Cluster, own: Sequence[Node], nodes: int | None, least: int) -> Iterator[Verdict]:
    """nodes: `None` where there is no system pool."""
    if nodes is not None:
        # The place to mend is the cluster's own pool, if it has one.
        yield Problem(
            rule=ID,
            path=own[0].path if own else at(cluster.body.path, "agentPoolProfiles"),
            given=f"{nodes} system node{'' if nodes == 1 else 's'} at least",
            allowed=f"{least} or more: with one, its loss or upgrade takes the cluster's own parts down",
            fix=f"set minCount, or count without autoscaling, to {least}, or 3 with availability zones",
        )
    elif cluster.body.get("agentPoolProfiles").items():
        yield Problem(
            rule=ID,
            path=at(cluster.body.path, "agentPoolProfiles"),
            given="no system pool",
            allowed="a Linux pool in mode System",
            fix=f"add one with minCount {least} or more",
        )


def _inside(pool: Pool, cluster: Cluster) -> bool:
    """Whether a pool stands in this cluster: in a template there may be several."""
    inside = pool.cluster is not None and pool.cluster.path == cluster.body.path
    return inside and pool.resource is cluster.resource


def _names(pool: Pool, cluster: Cluster) -> bool:
    """Whether a pool says that it is of a cluster. What says nothing may be."""
    ours, theirs = cluster.outer.get("resourceName"), pool.resource.root.get("resourceName")
    # In the other forms that is the pool's own name, or there is none.
    if pool.resource.kind != _AGENT_POOL or not ours.is_given or not theirs.is_given:
        return True
    return theirs.text() == ours.text()


def _least_nodes(pool: Pool) -> int:
    """Nodes that are always there. Azure makes one where nothing is said."""
    key = "minCount" if pool.body.get("enableAutoScaling").flag() else "count"
    return int(pool.body.get(key).number(1) or 0) * pool.copies()


RULE: Final = Rule[Subject](
    id=ID,
    group="node pools",
    title="a production cluster has two or more system nodes",
    why="With one, its loss or its upgrade takes down DNS, the metrics and the admission of pods, and with them every "
    "job that runs.",
    fix="Let the system pool have two nodes at least, three with availability zones.",
    severity="high",
    levels=PRODUCTION_ONLY,
    read=_read,
    check_stack=_check,
    options={
        "nodes": Option(
            default=LEAST_SYSTEM_NODES,
            schema={"type": "integer", "minimum": 1, "description": "least system nodes of a cluster, over its pools"},
        )
    },
    references=(
        Reference(framework="AKS documentation", id="use-system-pools"),
        Reference(framework="PSRule for Azure", id="AZR-000024"),
    ),
)
