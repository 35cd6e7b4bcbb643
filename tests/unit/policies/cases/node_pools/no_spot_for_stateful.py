"""Cases of `no-spot-for-stateful`."""

from __future__ import annotations

from typing import Any

from rules.policies.node_pools.no_spot_for_stateful import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.cases.node_pools.forms import (
    SYSTEM,
    TEMPLATE,
    foreign_windows_pool,
    in_template,
    local_pool,
    plain_pool,
    with_system,
    without,
)
from tests.unit.policies.scenes import UNKNOWN, agent_pool

TAINT = "kubernetes.azure.com/scalesetpriority=spot:NoSchedule"
BUILD = "buildfleet.dev/purpose=build:NoSchedule"


def spot(**more: Any) -> dict[str, Any]:
    return {
        "nodeTaints": [BUILD, TAINT],
        "scaleSetEvictionPolicy": "Delete",
        "scaleSetPriority": "Spot",
        "spotMaxPrice": -1,
        **more,
    }


BUILDS = Case(title="builds on Spot", resources=[agent_pool(**spot())])
WEB = Case(title="a user pool on Spot", resources=[plain_pool(**spot(nodeTaints=[TAINT], spotMaxPrice=0.2))])
SYSTEM_POOL = Case(title="a system pool", resources=[with_system()])
RELEASE = Case(
    title="another label", resources=[agent_pool(**spot())], options={"labels": {"buildfleet.dev/pool": "release"}}
)

CASES = Cases(
    rule=RULE,
    passes=(
        BUILDS,
        WEB,
        SYSTEM_POOL,
        RELEASE,
        Case(title="Windows on machines of one's own", resources=[local_pool()]),
        Case(title="Regular, said", resources=[foreign_windows_pool(scaleSetPriority="Regular")]),
        Case(
            title="the eviction policy is Azure's default",
            resources=[without(agent_pool(**spot()), "scaleSetEvictionPolicy")],
        ),
    ),
    fails=(
        Case(
            title="a system pool",
            resources=[with_system(**spot())],
            at=[f"{SYSTEM}.scaleSetPriority"],
        ),
        Case(
            title="a Docker host",
            resources=[foreign_windows_pool(**spot())],
            at=["scaleSetPriority"],
        ),
        Case(
            title="a pool that is named",
            resources=[agent_pool(**spot())],
            options={"labels": {"buildfleet.dev/pool": "lin"}},
            at=["scaleSetPriority"],
        ),
        Case(title="the taint is not listed", resources=[agent_pool(**spot(nodeTaints=[BUILD]))], at=["nodeTaints"]),
        Case(
            title="nodes that are only stopped",
            resources=[agent_pool(**spot(scaleSetEvictionPolicy="Deallocate"))],
            at=["scaleSetEvictionPolicy"],
        ),
        Case(
            title="no price, in a template",
            resources=[in_template(without(agent_pool(**spot()), "spotMaxPrice"))],
            at=[f"{TEMPLATE}.spotMaxPrice"],
        ),
        Case(title="a price of nothing", resources=[agent_pool(**spot(spotMaxPrice=0))], at=["spotMaxPrice"]),
    ),
    unknown=(
        Case(title="whether it is Spot", resources=[agent_pool(scaleSetPriority=UNKNOWN)], at=["scaleSetPriority"]),
        Case(title="the taints", resources=[agent_pool(**spot(nodeTaints=[BUILD, UNKNOWN]))], at=["nodeTaints[1]"]),
        Case(title="the system", resources=[agent_pool(**spot(osType=UNKNOWN))], at=["osType"]),
    ),
    mutations=(
        Mutation(of=BUILDS, path="osType", value="Windows"),
        Mutation(of=BUILDS, path="nodeTaints", value=[BUILD]),
        Mutation(of=WEB, path="mode", value="System"),
        Mutation(of=SYSTEM_POOL, path=f"{SYSTEM}.scaleSetPriority", value="Spot"),
        Mutation(of=RELEASE, path='nodeLabels["buildfleet.dev/pool"]', value="release"),
    ),
)
