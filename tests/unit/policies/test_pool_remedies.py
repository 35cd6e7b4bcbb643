"""Remedies of pools and tags add what is missing, keep what somebody said, and mend what the rule found."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rules.policies import cost, node_pools
from rules.policies.judge import judge, judge_stack
from rules.policies.resource import Resource
from rules.policies.rule import Rule
from tests.unit.policies.cases.node_pools.forms import in_template, local_pool, windows_pool, with_system, without
from tests.unit.policies.scenes import FLEET, UNKNOWN, agent_pool, cluster

RULES = {rule.id: rule for rule in (*node_pools.RULES, *cost.RULES)}
SPOT = {"scaleSetPriority": "Spot", "spotMaxPrice": -1}
TAGS = {"values": {"owner": "team", "costCenter": "4711"}}


def remedied(rule: Rule[Any], resource: Resource, **options: Any) -> dict[str, object] | None:
    assert rule.remedy is not None
    return rule.remedy(resource, rule.context(FLEET, options))


@pytest.mark.parametrize(
    ("rule", "resource", "options", "added"),
    [
        ("windows-pool-user-mode", windows_pool(mode="System"), {}, {"mode": "User"}),
        (
            "pool-upgrade-settings",
            without(windows_pool(), "upgradeSettings"),
            {"longestJobMinutes": 120},
            {
                "upgradeSettings": {
                    "drainTimeoutInMinutes": 150,
                    "maxSurge": "33%",
                    "undrainableNodeBehavior": "Cordon",
                }
            },
        ),
        (
            "pool-upgrade-settings",
            agent_pool(upgradeSettings={"maxSurge": "0", "maxUnavailable": "1", "undrainableNodeBehavior": "Cordon"}),
            {},
            {
                "upgradeSettings": {
                    "drainTimeoutInMinutes": 60,
                    "maxSurge": "0",
                    "maxUnavailable": "1",
                    "undrainableNodeBehavior": "Cordon",
                }
            },
        ),
        (
            "no-spot-for-stateful",
            agent_pool(**SPOT),
            {},
            {
                "nodeTaints": [
                    "buildfleet.dev/purpose=build:NoSchedule",
                    "kubernetes.azure.com/scalesetpriority=spot:NoSchedule",
                ]
            },
        ),
        (
            "cost-budget-and-tags",
            agent_pool(tags={"Environment": "prod"}),
            TAGS,
            {"tags": {"Environment": "prod", "owner": "team"}},
        ),
    ],
)
def test_a_remedy_adds_what_is_missing_and_mends_what_was_found(
    rule: str, resource: Resource, options: dict[str, Any], added: dict[str, object]
) -> None:
    one = RULES[rule]
    assert remedied(one, resource, **options) == {**resource.inputs, **added}
    mended = replace(resource, inputs={**resource.inputs, **added})
    assert remedied(one, mended, **options) is None
    context = one.context(FLEET, {**options, "budget": False} if "budget" in one.options else options)
    assert [*judge(one, mended, context), *judge_stack(one, [mended], context)] == []


@pytest.mark.parametrize(
    ("rule", "resource"),
    [
        ("windows-pool-user-mode", with_system(osType="Windows")),
        ("windows-pool-user-mode", in_template(windows_pool(mode="System"))),
        ("windows-pool-user-mode", windows_pool(mode=UNKNOWN)),
        ("windows-pool-user-mode", windows_pool()),
        ("pool-upgrade-settings", with_system(upgradeSettings={})),
        ("pool-upgrade-settings", local_pool()),
        ("pool-upgrade-settings", agent_pool(upgradeSettings={"drainTimeoutInMinutes": UNKNOWN})),
        ("pool-upgrade-settings", agent_pool()),
        ("no-spot-for-stateful", agent_pool(**SPOT, nodeTaints=UNKNOWN)),
        ("no-spot-for-stateful", with_system(**SPOT)),
        ("no-spot-for-stateful", agent_pool()),
        ("cost-budget-and-tags", cluster(tags=UNKNOWN)),
        ("cost-budget-and-tags", cluster()),
        ("cost-budget-and-tags", local_pool()),
    ],
)
def test_a_remedy_leaves_alone_what_is_right_or_not_known_or_not_a_pool_of_its_own(
    rule: str, resource: Resource
) -> None:
    assert remedied(RULES[rule], resource, **(TAGS if rule.startswith("cost") else {})) is None


def test_what_somebody_said_wrongly_is_told_and_not_changed() -> None:
    rule = RULES["pool-upgrade-settings"]
    said = {"drainTimeoutInMinutes": 5, "maxSurge": "0", "undrainableNodeBehavior": "Schedule"}
    resource = agent_pool(upgradeSettings=said)
    assert remedied(rule, resource) is None
    assert len(list(judge(rule, resource, rule.context(FLEET)))) == 3


def test_only_what_can_be_added_in_place_has_a_remedy() -> None:
    assert {rule.id for rule in RULES.values() if rule.remedy} == {
        "cost-budget-and-tags",
        "no-spot-for-stateful",
        "pool-upgrade-settings",
        "windows-pool-user-mode",
    }
