"""Cases of `pool-upgrade-settings`."""

from __future__ import annotations

from typing import Any

from rules.policies.node_pools.pool_upgrade_settings import RULE
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
from tests.unit.policies.scenes import UNKNOWN, agent_pool


def upgrade(**more: Any) -> dict[str, Any]:
    return {
        "upgradeSettings": {
            "drainTimeoutInMinutes": 90,
            "maxSurge": "33%",
            "undrainableNodeBehavior": "Cordon",
            **more,
        }
    }


POOL = Case(title="a build pool", resources=[windows_pool()])
INLINE = Case(title="the pool in a cluster", resources=[with_system()])
SURGE = Case(title="nodes are taken away", resources=[agent_pool(**upgrade(maxSurge="0", maxUnavailable="1"))])
SOAK = Case(
    title="a pause after each Windows node",
    resources=[windows_pool(**upgrade(nodeSoakDurationInMinutes=10))],
    options={"windowsSoakMinutes": 10},
)
BLUE = Case(
    title="blue and green",
    resources=[
        without(
            agent_pool(upgradeStrategy="BlueGreen", upgradeSettingsBlueGreen={"drainTimeoutInMinutes": 30}),
            "upgradeSettings",
        )
    ],
)

CASES = Cases(
    rule=RULE,
    passes=(
        POOL,
        INLINE,
        SURGE,
        SOAK,
        BLUE,
        Case(title="Azure Local, which has no such settings", resources=[local_pool()]),
        Case(title="a cluster there", resources=[local_cluster()]),
        Case(title="a user pool says its surge", resources=[plain_pool(upgradeSettings={"maxSurge": "1"})]),
        Case(
            title="Spot takes no surge",
            resources=[plain_pool(scaleSetPriority="Spot", upgradeSettings={})],
        ),
        Case(title="a number as one", resources=[plain_pool(upgradeSettings={"maxUnavailable": 2})]),
    ),
    fails=(
        Case(
            title="nothing, of a build pool",
            resources=[without(windows_pool(), "upgradeSettings")],
            at=[
                "upgradeSettings.drainTimeoutInMinutes",
                "upgradeSettings.maxSurge",
                "upgradeSettings.undrainableNodeBehavior",
            ],
        ),
        Case(
            title="nothing, of a user pool", resources=[plain_pool(upgradeSettings={})], at=["upgradeSettings.maxSurge"]
        ),
        Case(
            title="no node at all, in a cluster",
            resources=[with_system(**upgrade(maxSurge="0%", maxUnavailable="0"))],
            at=[f"{SYSTEM}.upgradeSettings.maxSurge"],
        ),
        Case(
            title="a drain that ends a job",
            resources=[agent_pool(**upgrade(drainTimeoutInMinutes=20))],
            at=["upgradeSettings.drainTimeoutInMinutes"],
        ),
        Case(
            title="a drain that ends a job of four hours, in a template",
            resources=[in_template(agent_pool())],
            options={"longestJobMinutes": 240},
            at=[f"{TEMPLATE}.upgradeSettings.drainTimeoutInMinutes"],
        ),
        Case(
            title="a node that cannot be drained stays in use",
            resources=[agent_pool(**upgrade(undrainableNodeBehavior="Schedule"))],
            at=["upgradeSettings.undrainableNodeBehavior"],
        ),
        Case(
            title="no pause, where one is asked for",
            resources=[windows_pool()],
            options={"windowsSoakMinutes": 5},
            at=["upgradeSettings.nodeSoakDurationInMinutes"],
        ),
        Case(
            title="blue and green without a drain",
            resources=[without(agent_pool(upgradeStrategy="BlueGreen"), "upgradeSettings")],
            at=["upgradeSettingsBlueGreen.drainTimeoutInMinutes"],
        ),
    ),
    unknown=(
        Case(
            title="the drain",
            resources=[agent_pool(**upgrade(drainTimeoutInMinutes=UNKNOWN))],
            at=["upgradeSettings.drainTimeoutInMinutes"],
        ),
        Case(
            title="the surge",
            resources=[plain_pool(upgradeSettings={"maxSurge": UNKNOWN})],
            at=["upgradeSettings.maxSurge"],
        ),
    ),
    mutations=(
        Mutation(of=POOL, path="upgradeSettings.drainTimeoutInMinutes", value=29),
        Mutation(of=POOL, path="upgradeSettings.undrainableNodeBehavior", value="Schedule"),
        Mutation(of=INLINE, path=f"{SYSTEM}.upgradeSettings.maxSurge", value=None),
        Mutation(of=SURGE, path="upgradeSettings.maxUnavailable", value="0"),
        Mutation(of=SOAK, path="upgradeSettings.nodeSoakDurationInMinutes", value=9),
        Mutation(of=BLUE, path="upgradeSettingsBlueGreen.drainTimeoutInMinutes", value=29),
    ),
)
