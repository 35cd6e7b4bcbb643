"""Cases of `system-pool-critical-only`."""

from __future__ import annotations

from rules.policies.node_pools.system_pool_critical_only import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.cases.node_pools.forms import (
    SYSTEM,
    TEMPLATE,
    in_template,
    local_cluster,
    plain_pool,
    with_system,
)
from tests.unit.policies.scenes import UNKNOWN, agent_pool, cluster

OURS = Case(title="a system pool", resources=[cluster()])
TAINT = "CriticalAddonsOnly=true:NoSchedule"
OWN = Case(
    title="a resource of its own, with another taint",
    resources=[agent_pool(mode="System", nodeTaints=["a=b:NoSchedule", TAINT])],
)

CASES = Cases(
    rule=RULE,
    passes=(
        OURS,
        OWN,
        Case(title="a build pool", resources=[agent_pool()]),
        Case(title="a user pool", resources=[plain_pool()]),
        Case(title="Azure Local, which has no system pools", resources=[local_cluster()]),
        Case(title="evicting", resources=[with_system(nodeTaints=["CriticalAddonsOnly=true:NoExecute"])]),
    ),
    fails=(
        Case(title="no taint", resources=[with_system(nodeTaints=[])], at=[f"{SYSTEM}.nodeTaints"]),
        Case(
            title="one that nobody minds",
            resources=[with_system(nodeTaints=["CriticalAddonsOnly=true:PreferNoSchedule"])],
            at=[f"{SYSTEM}.nodeTaints"],
        ),
        Case(
            title="a system pool in a template",
            resources=[in_template(plain_pool(mode="System"))],
            at=[f"{TEMPLATE}.nodeTaints"],
        ),
    ),
    unknown=(
        Case(title="the taints", resources=[with_system(nodeTaints=UNKNOWN)], at=[f"{SYSTEM}.nodeTaints"]),
        Case(title="the mode", resources=[agent_pool(mode=UNKNOWN)], at=["mode"]),
    ),
    mutations=(
        Mutation(of=OURS, path=f"{SYSTEM}.nodeTaints[0]", value="CriticalAddonsOnly=false:NoSchedule"),
        Mutation(of=OWN, path="nodeTaints", value=["a=b:NoSchedule"]),
    ),
)
