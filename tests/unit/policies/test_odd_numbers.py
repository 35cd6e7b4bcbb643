"""Numbers that no API takes: infinity, what is not a number, and more than a float holds."""

from __future__ import annotations

import math

import pytest

from rules.policies.cost import ceiling
from rules.policies.judge import judge_stack
from rules.policies.node import Node
from tests.unit.policies.scenes import FLEET, agent_pool


@pytest.mark.parametrize("odd", [math.inf, -math.inf, math.nan, True, "3"], ids=repr)
def test_what_is_no_finite_number_reads_as_absent(odd: object) -> None:
    assert Node(odd).number() is None
    assert Node(odd).number(7) == 7


@pytest.mark.parametrize("number", [0, -1, 1.5, 10**400], ids=["0", "-1", "1.5", "10**400"])
def test_a_finite_number_is_read(number: float) -> None:
    assert Node(number).number() == number


@pytest.mark.parametrize("odd", [math.inf, -math.inf, math.nan], ids=repr)
@pytest.mark.parametrize("field", ["count", "minCount", "maxCount"])
def test_no_rule_of_costs_fails_on_them(field: str, odd: float) -> None:
    for auto in (True, False):
        pool = agent_pool(enableAutoScaling=auto, **{field: odd})
        assert list(judge_stack(ceiling.RULE, [pool], ceiling.RULE.context(FLEET))) == []


def test_more_nodes_than_a_float_holds_are_too_many_and_too_dear() -> None:
    options = {"eurosPerHour": {"Standard_D8ds_v5": 0.5}, "maxMonthlyEuros": 1}
    pools = [agent_pool(agentPoolName=name, maxCount=10**400) for name in ("a", "b")]
    found = [verdict for _, verdict in judge_stack(ceiling.RULE, pools, ceiling.RULE.context(FLEET, options))]
    assert len(found) == 3
