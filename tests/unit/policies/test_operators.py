"""The option `operators`: what a finding says of it."""

from __future__ import annotations

from typing import Any

import pytest

from rules.policies.judge import judge, judge_stack
from rules.policies.rbac import bound_cluster_role, escalation
from rules.problem import Problem
from tests.unit.policies.cases.rbac import bound_cluster_role as bound_cases
from tests.unit.policies.cases.rbac.escalation import role
from tests.unit.policies.scenes import FLEET

SUMMED_UP = [bound_cases.PART, bound_cases.AGGREGATED, bound_cases.EVERYWHERE]
NAMES = "or name the role in the option operators of this rule, if it is an operator's"
LEFT_OUT = '"azdo-agents" and "github-runners" does not count, as builds run in the fleet\'s'


def named(*namespaces: str, called: str = "thing") -> dict[str, Any]:
    return {"operators": [{"role": called, "namespace": one} for one in namespaces]}


def fixes(options: dict[str, Any]) -> list[str]:
    """The fix of a ClusterRole that is refused, and of a binding to one that is summed up of another."""
    one, other = escalation.RULE, bound_cluster_role.RULE
    verdicts = [
        *judge(one, role([bound_cases.ALL]), one.context(FLEET, options)),
        *(verdict for _, verdict in judge_stack(other, SUMMED_UP, other.context(FLEET, options))),
    ]
    found = [verdict.fix for verdict in verdicts if isinstance(verdict, Problem)]
    assert len(found) == len(verdicts) == 4
    return found


@pytest.mark.parametrize("options", [{}, named("keda", "github-runners", called="another")])
def test_a_role_that_is_refused_says_how_an_operators_is_named(options: dict[str, Any]) -> None:
    assert all(fix.endswith(NAMES) for fix in fixes(options))


def test_an_entry_with_a_namespace_of_the_fleet_is_told_to_count_for_nothing() -> None:
    for fix in fixes(named("github-runners", "azdo-agents")):
        assert fix.endswith(LEFT_OUT)
        assert NAMES not in fix


def test_a_binding_tells_which_role_hands_what_on() -> None:
    rule = bound_cluster_role.RULE
    ((_, verdict),) = judge_stack(rule, SUMMED_UP, rule.context(FLEET))
    assert isinstance(verdict, Problem)
    assert verdict.given == (
        '"thing", which gets "*" at rules[0].verbs[0] of the ClusterRole "part", of which it is summed up'
    )
