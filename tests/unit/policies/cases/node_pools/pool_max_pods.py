"""Cases of `pool-max-pods`."""

from __future__ import annotations

from rules.policies.node_pools.pool_max_pods import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.cases.node_pools.forms import (
    SYSTEM,
    TEMPLATE,
    in_template,
    local_cluster,
    local_pool,
    windows_pool,
    with_system,
    without,
)
from tests.unit.policies.scenes import UNKNOWN, agent_pool

POOL = Case(title="a pool", resources=[windows_pool()])
INLINE = Case(title="the pool in a cluster", resources=[with_system(maxPods=250)])
LOCAL = Case(title="Azure Local", resources=[local_pool()])

CASES = Cases(
    rule=RULE,
    passes=(
        POOL,
        INLINE,
        LOCAL,
        Case(title="the first pool on Azure Local", resources=[local_cluster()]),
        Case(title="the fewest", resources=[with_system(maxPods=30)]),
        Case(title="a number that both systems take", resources=[agent_pool(osType=UNKNOWN)]),
    ),
    fails=(
        Case(title="nothing", resources=[without(agent_pool(), "maxPods")], at=["maxPods"]),
        Case(title="too few", resources=[with_system(maxPods=29)], at=[f"{SYSTEM}.maxPods"]),
        Case(title="too many for Windows", resources=[windows_pool(maxPods=111)], at=["maxPods"]),
        Case(title="too many", resources=[in_template(agent_pool(maxPods=251))], at=[f"{TEMPLATE}.maxPods"]),
        Case(title="too few on Azure Local", resources=[local_pool(maxPods=10)], at=["properties.maxPods"]),
        Case(title="fewer than are asked for", resources=[agent_pool()], options={"least": 200}, at=["maxPods"]),
    ),
    unknown=(
        Case(title="how many", resources=[agent_pool(maxPods=UNKNOWN)], at=["maxPods"]),
        Case(
            title="whether it is too many for the system",
            resources=[agent_pool(maxPods=200, osType=UNKNOWN)],
            at=["osType"],
        ),
    ),
    mutations=(
        Mutation(of=POOL, path="maxPods", value=250),
        Mutation(of=INLINE, path=f"{SYSTEM}.osType", value="Windows"),
        Mutation(of=LOCAL, path="properties.maxPods", value=None),
    ),
)
