"""Cases of `system-pool-redundant`."""

from __future__ import annotations

from rules.policies.node_pools.system_pool_redundant import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.cases.node_pools.forms import SYSTEM, local_cluster, local_pool, windows_pool, with_system
from tests.unit.policies.scenes import UNKNOWN, Resource, agent_pool, cluster


def second(**more: object) -> Resource:
    """A system pool that is a resource of its own."""
    return agent_pool(agentPoolName="system2", mode="System", **more)


def looped(count: object) -> Resource:
    """A loop of system pools of one node, in a template."""
    pool = {"mode": "System", "minCount": 1, "enableAutoScaling": True}
    arm = "Microsoft.ContainerService/managedClusters/agentPools"
    template = {"resources": [{"type": arm, "name": "s", "copy": {"name": "s", "count": count}, "properties": pool}]}
    return Resource(
        type="azure-native:resources:Deployment", name="pools", inputs={"properties": {"template": template}}
    )


OURS = Case(title="three in the cluster", resources=[cluster(), agent_pool(), windows_pool()])
LOCAL = Case(title="two on Azure Local", resources=[local_cluster(), local_pool()])
LOOP = Case(title="a loop of two more", resources=[with_system(minCount=1), looped(2)], options={"nodes": 3})
TWO_POOLS = Case(title="one in each of two pools", resources=[with_system(minCount=1), second(minCount=1)])

CASES = Cases(
    rule=RULE,
    passes=(
        OURS,
        LOCAL,
        TWO_POOLS,
        Case(
            title="the only cluster may have a name that is not known yet",
            resources=[with_system(minCount=1), second(minCount=1, resourceName=UNKNOWN)],
        ),
        Case(title="one cluster on each platform", resources=[cluster(), local_cluster()]),
        Case(title="no cluster", resources=[agent_pool(minCount=0)]),
        Case(title="three are enough, whatever another pool has", resources=[cluster(), second(minCount=UNKNOWN)]),
        LOOP,
        Case(title="one, as allowed", resources=[with_system(minCount=1)], options={"nodes": 1}),
    ),
    fails=(
        Case(title="one node", resources=[with_system(minCount=1)], at=[SYSTEM]),
        Case(
            title="what Azure makes of nothing",
            resources=[cluster(agentPoolProfiles=[{"name": "system", "mode": "System"}])],
            at=[SYSTEM],
        ),
        Case(
            title="a count of one",
            resources=[with_system(enableAutoScaling=False, count=1)],
            at=[SYSTEM],
        ),
        Case(
            title="one on Azure Local, where its pools do not count",
            resources=[local_cluster(count=1), local_pool()],
            at=["properties.agentPoolProfiles[0]"],
        ),
        Case(
            title="no system pool at all",
            resources=[with_system(mode="User")],
            at=["agentPoolProfiles"],
        ),
        Case(
            title="the second node is of another cluster",
            resources=[
                with_system(minCount=1),
                cluster(resourceName="other"),
                second(resourceName="other", minCount=1),
            ],
            at=[SYSTEM],
        ),
    ),
    unknown=(
        Case(title="how many", resources=[with_system(minCount=UNKNOWN)], at=[f"{SYSTEM}.minCount"]),
        Case(
            title="whether another pool is one, too",
            resources=[with_system(minCount=1), agent_pool(mode=UNKNOWN)],
            at=["mode"],
        ),
        Case(
            title="whose the second node is",
            resources=[
                with_system(minCount=1),
                cluster(resourceName="other"),
                second(resourceName=UNKNOWN, minCount=1),
            ],
            at=["resourceName"],
        ),
        Case(
            title="how many a loop makes",
            resources=[with_system(minCount=1), looped("[length(variables('a'))]")],
            at=["properties.template.resources[0].copy.count"],
        ),
        Case(title="all pools", resources=[cluster(agentPoolProfiles=UNKNOWN)], at=["agentPoolProfiles.mode"]),
    ),
    mutations=(
        Mutation(of=LOOP, path="properties.template.resources[0].copy.count", value=1, resource=1),
        Mutation(of=OURS, path=f"{SYSTEM}.minCount", value=1),
        Mutation(of=LOCAL, path="properties.agentPoolProfiles[0].count", value=1),
        Mutation(of=TWO_POOLS, path="mode", value="User", resource=1),
    ),
)
