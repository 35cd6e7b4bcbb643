"""Cases of `pool-zones`."""

from __future__ import annotations

from rules.policies.node_pools.pool_zones import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.cases.node_pools.forms import (
    DEV,
    SYSTEM,
    TEMPLATE,
    in_template,
    local_cluster,
    local_pool,
    plain_pool,
    with_system,
    without,
)
from tests.unit.policies.scenes import UNKNOWN, agent_pool

POOL = Case(title="a pool in three zones", resources=[agent_pool()])
INLINE = Case(title="the pool in a cluster", resources=[with_system()])

CASES = Cases(
    rule=RULE,
    passes=(
        POOL,
        INLINE,
        Case(title="a system pool in two", resources=[with_system(availabilityZones=["1", "2"])]),
        Case(title="one pool a zone", resources=[agent_pool(availabilityZones=["2"])]),
        Case(title="Azure Local, which has no zones", resources=[local_pool()]),
        Case(title="a cluster there", resources=[local_cluster()]),
        Case(title="a pool in dev", resources=[without(agent_pool(), "availabilityZones")], fleet=DEV),
        Case(
            title="a region without zones",
            resources=[with_system(availabilityZones=[])],
            options={"regionsWithoutZones": ["West Europe"]},
        ),
    ),
    fails=(
        Case(title="none", resources=[without(plain_pool(), "availabilityZones")], at=["availabilityZones"]),
        Case(
            title="none, in a region that is not named",
            resources=[with_system(availabilityZones=[])],
            options={"regionsWithoutZones": ["North Europe"]},
            at=[f"{SYSTEM}.availabilityZones"],
        ),
        Case(
            title="a system pool in one zone, even in dev",
            resources=[with_system(availabilityZones=["1"])],
            fleet=DEV,
            at=[f"{SYSTEM}.availabilityZones"],
        ),
        Case(
            title="none, in a template",
            resources=[in_template(agent_pool(availabilityZones=[]))],
            at=[f"{TEMPLATE}.availabilityZones"],
        ),
    ),
    unknown=(
        Case(title="the zones", resources=[agent_pool(availabilityZones=UNKNOWN)], at=["availabilityZones"]),
        Case(title="the mode", resources=[agent_pool(mode=UNKNOWN)], at=["mode"]),
    ),
    mutations=(
        Mutation(of=POOL, path="availabilityZones", value=[]),
        Mutation(of=INLINE, path=f"{SYSTEM}.availabilityZones", value=["3"]),
    ),
)
