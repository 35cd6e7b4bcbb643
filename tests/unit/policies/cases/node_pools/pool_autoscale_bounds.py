"""Cases of `pool-autoscale-bounds`."""

from __future__ import annotations

from rules.policies.node_pools.pool_autoscale_bounds import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.cases.node_pools.forms import (
    SYSTEM,
    TEMPLATE,
    in_template,
    local_cluster,
    local_pool,
    plain_pool,
    windows_pool,
    with_system,
    without,
)
from tests.unit.policies.scenes import UNKNOWN, Options, agent_pool, cluster

POOL = Case(title="a pool", resources=[windows_pool()])
INLINE = Case(title="the pool in a cluster", resources=[cluster()])
LOCAL = Case(title="Azure Local", resources=[local_pool()])
FIXED = {"enableAutoScaling": False, "count": 3}

CASES = Cases(
    rule=RULE,
    passes=(
        POOL,
        INLINE,
        LOCAL,
        Case(title="a fixed number on Azure Local", resources=[local_cluster()]),
        Case(title="a hundred nodes", resources=[agent_pool(maxCount=100)]),
        Case(title="always the same", resources=[agent_pool(minCount=10)]),
        Case(title="one system node, which is for another rule", resources=[with_system(minCount=1)]),
        Case(title="no nodes without work", resources=[agent_pool(minCount=0)]),
        Case(title="a template, whose options are not the pool's", resources=[in_template(agent_pool())]),
        Case(title="a fixed pool, as allowed", resources=[plain_pool(**FIXED)], options={"fixed": ["web"]}),
        Case(
            title="every profile's count",
            resources=[cluster(options=Options(ignore_changes=("agentPoolProfiles[*].count",)))],
        ),
        Case(
            title="all of the profiles",
            resources=[cluster(options=Options(ignore_changes=("agentPoolProfiles",)))],
        ),
    ),
    fails=(
        Case(title="a fixed number", resources=[plain_pool(**FIXED)], at=["enableAutoScaling"]),
        Case(
            title="nothing said",
            resources=[without(plain_pool(), "enableAutoScaling", "minCount", "maxCount")],
            at=["enableAutoScaling"],
        ),
        Case(title="the wrong way round", resources=[agent_pool(minCount=11)], at=["minCount"]),
        Case(title="too many", resources=[agent_pool(maxCount=101)], at=["maxCount"]),
        Case(
            title="too many for Azure Local",
            resources=[local_pool(maxCount=65)],
            at=["properties.maxCount"],
        ),
        Case(title="no bounds", resources=[without(agent_pool(), "minCount", "maxCount")], at=["maxCount", "minCount"]),
        Case(title="an empty system pool", resources=[with_system(minCount=0)], at=[f"{SYSTEM}.minCount"]),
        Case(title="an empty pool on Azure Local", resources=[local_pool(minCount=0)], at=["properties.minCount"]),
        Case(
            title="a count that an update sends",
            resources=[agent_pool(options=Options(ignore_changes=("tags", "countX")))],
            at=["options.ignoreChanges"],
        ),
        Case(
            title="the same in a cluster, where another profile's is ignored",
            resources=[cluster(options=Options(ignore_changes=("agentPoolProfiles[1].count",)))],
            at=["options.ignoreChanges"],
        ),
        Case(
            title="the same on Azure Local, at the wrong place",
            resources=[local_pool(options=Options(ignore_changes=("count",)))],
            at=["options.ignoreChanges"],
        ),
        Case(title="machines that are no scale set", resources=[agent_pool(type="VirtualMachines")], at=["type"]),
        Case(
            title="a template",
            resources=[in_template(agent_pool(maxCount=2000))],
            at=[f"{TEMPLATE}.maxCount"],
        ),
        Case(title="more than is allowed", resources=[agent_pool()], options={"maxNodes": 9}, at=["maxCount"]),
    ),
    unknown=(
        Case(title="whether it scales", resources=[agent_pool(enableAutoScaling=UNKNOWN)], at=["enableAutoScaling"]),
        Case(title="how far", resources=[agent_pool(maxCount=UNKNOWN)], at=["maxCount"]),
        Case(title="from where", resources=[local_pool(minCount=UNKNOWN)], at=["properties.minCount"]),
    ),
    mutations=(
        Mutation(of=POOL, path="enableAutoScaling", value=False),
        Mutation(of=POOL, path="maxCount", value=0),
        Mutation(of=POOL, path="minCount", value=None),
        Mutation(of=INLINE, path=f"{SYSTEM}.maxCount", value=1000),
        Mutation(of=LOCAL, path="properties.minCount", value=5),
    ),
)
