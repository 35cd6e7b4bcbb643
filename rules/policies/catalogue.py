"""All rules, in the order in which they are documented."""

from __future__ import annotations

from typing import Any, Final

from rules.policies import cluster, cost, images, namespaces, network, node_pools, pack, rbac, secrets, workloads
from rules.policies.rule import Rule

RULES: Final[tuple[Rule[Any], ...]] = (
    *node_pools.RULES,
    *workloads.RULES,
    *namespaces.RULES,
    *images.RULES,
    *secrets.RULES,
    *rbac.RULES,
    *network.RULES,
    *cluster.RULES,
    *cost.RULES,
    *pack.RULES,
)
