"""Which nodes a stack's rehearsal gets: `minCount` of each pool, at least one, as its platform would make them."""

from __future__ import annotations

from components import contract
from infra.platforms import node_pools
from infra.settings.stack import StackSettings
from sandbox.nodes import SimulatedPool


def simulated_pools(settings: StackSettings) -> list[SimulatedPool]:
    """One simulated pool for each node pool of the stack, in its order."""
    return [
        SimulatedPool(
            name=pool.name,
            os=pool.os,
            os_sku=pool.os_sku,
            count=max(pool.min_count, 1),
            vm_size=pool.vm_size,
            labels={
                **pool.labels,
                **node_pools.own_labels(pool),
                contract.LABEL_POOL: pool.name,
                contract.LABEL_PURPOSE: pool.purpose,
                contract.LABEL_TRUST: pool.trust,
            },
            taints=[(taint.key, taint.value, taint.effect) for taint in node_pools.taints(pool)],
        )
        for pool in settings.node_pools
    ]
