"""Cases of `cost-ceiling`."""

from __future__ import annotations

from dataclasses import replace

from rules.policies.cost.ceiling import RULE
from tests.unit.policies.case import Case, Cases, Mutation, changed
from tests.unit.policies.cases.node_pools.forms import (
    DEV,
    in_template,
    local_cluster,
    local_pool,
    plain_pool,
    windows_pool,
)
from tests.unit.policies.scenes import UNKNOWN, Resource, agent_pool, cluster

PRICES = {"Standard_D8ds_v5": 0.5, "Standard_D4ds_v5": 0.25}
# Five nodes of four, ten of eight and ten of eight: 25 nodes, 180 vCPUs, 11.25 euros an hour.
STACK = (cluster(), agent_pool(), windows_pool())
OURS = Case(title="a stack", resources=STACK, options={"maxNodes": 25, "maxVcpus": 180})
PRICED = Case(title="by prices", resources=STACK, options={"eurosPerHour": PRICES, "maxMonthlyEuros": 8213})
LOCAL = Case(
    title="Azure Local", resources=[local_cluster(), local_pool()], options={"maxNodes": 6, "maxVcpus": 40}, fleet=DEV
)
LOOPED = "properties.template.resources[0].copy.count"


def looped(count: object, **more: object) -> Resource:
    """A loop of pools of up to ten nodes of eight."""
    resource = in_template(plain_pool(**more))
    template = "properties.template.resources[0].copy"
    return replace(resource, inputs=changed(resource.inputs, template, {"name": "pools", "count": count}))


LOOP, IDLE_LOOP = looped(50), looped(5, minCount=1)
LOOPED_ONCE = Case(title="a loop of few", resources=[looped(10)], options={"maxVcpus": 5000})
IDLE = Case(title="a development that keeps little", resources=STACK, fleet=DEV)

CASES = Cases(
    rule=RULE,
    passes=(
        OURS,
        PRICED,
        LOCAL,
        IDLE,
        LOOPED_ONCE,
        Case(title="a loop, counted", resources=[LOOP], options={"maxNodes": 500, "maxVcpus": 5000}),
        Case(title="no pools", resources=[]),
        Case(title="a production that keeps much", resources=[agent_pool(minCount=10)]),
        Case(title="a size without a price", resources=STACK, options={"maxMonthlyEuros": 0}),
    ),
    fails=(
        Case(title="too many nodes", resources=STACK, options={"maxNodes": 24}, at=[""]),
        Case(title="too many vCPUs", resources=STACK, options={"maxVcpus": 179}, at=[""]),
        Case(
            title="too dear",
            resources=STACK,
            options={"eurosPerHour": PRICES, "maxMonthlyEuros": 8212},
            at=[""],
        ),
        Case(
            title="a fixed number, in a template",
            resources=[in_template(plain_pool(enableAutoScaling=False, count=101))],
            options={"maxVcpus": 5000},
            at=[""],
        ),
        Case(title="a loop of pools", resources=[LOOP], options={"maxNodes": 499, "maxVcpus": 5000}, at=[""]),
        Case(title="a loop of pools that idle", resources=[IDLE_LOOP], options={"maxVcpus": 5000}, fleet=DEV, at=[""]),
        Case(title="more than enough by default", resources=[agent_pool(maxCount=101)], at=["", ""]),
        Case(title="a development that keeps much", resources=[agent_pool(minCount=5)], fleet=DEV, at=[""]),
    ),
    unknown=(
        Case(title="how many", resources=[cluster(), agent_pool(maxCount=UNKNOWN)], at=["maxCount"]),
        Case(title="of which size", resources=[agent_pool(vmSize=UNKNOWN)], at=["vmSize"]),
        Case(
            title="the pools of a cluster",
            resources=[cluster(agentPoolProfiles=UNKNOWN)],
            at=["agentPoolProfiles.enableAutoScaling"],
        ),
        Case(title="how often", resources=[looped(UNKNOWN)], at=[LOOPED]),
        Case(title="how often, as Azure computes it", resources=[looped("[length(variables('a'))]")], at=[LOOPED]),
    ),
    mutations=(
        Mutation(of=LOOPED_ONCE, path=LOOPED, value=11),
        Mutation(of=OURS, path="maxCount", value=11, resource=1),
        Mutation(of=OURS, path="vmSize", value="Standard_D16ds_v5", resource=2),
        Mutation(of=OURS, path="agentPoolProfiles[0].maxCount", value=6),
        Mutation(of=PRICED, path="maxCount", value=11, resource=1),
        Mutation(of=LOCAL, path="properties.agentPoolProfiles[0].count", value=3),
        Mutation(of=IDLE, path="minCount", value=4, resource=2),
    ),
)
