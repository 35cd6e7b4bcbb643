"""Every rule on what it passes, refuses and cannot judge. A rule without such cases fails here."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from typing import Any

import pytest

from rules.policies.catalogue import RULES
from rules.policies.judge import judge, judge_stack
from rules.policies.node import Unchecked, Verdict
from rules.policies.pack import OF_THE_RUN
from rules.policies.rule import Rule
from rules.problem import Problem
from tests.unit.policies import cases
from tests.unit.policies.case import Case, Cases, Mutation


def _found() -> Iterator[Cases]:
    for module in pkgutil.walk_packages(cases.__path__, f"{cases.__name__}."):
        found = getattr(importlib.import_module(module.name), "CASES", None)
        if found is not None:
            yield found


ALL = {found.rule.id: found for found in _found()}


def verdicts(rule: Rule[Any], case: Case) -> list[Verdict]:
    context = rule.context(case.fleet, case.options)
    if rule.check is not None:
        (resource,) = case.resources
        return list(judge(rule, resource, context))
    return [verdict for _, verdict in judge_stack(rule, case.resources, context)]


def _each(kind: str) -> list[Any]:
    return [
        pytest.param(found.rule, case, id=f"{found.rule.id}: {case.title}")
        for found in ALL.values()
        for case in getattr(found, kind)
    ]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_has_cases_of_every_kind_and_says_all_about_itself(rule: Rule[Any]) -> None:
    if rule.id not in OF_THE_RUN:  # those have theirs in tests/unit/policy
        assert rule.id in ALL, f"tests/unit/policies/cases has no cases of {rule.id}"
        found = ALL[rule.id]
        assert found.rule is rule
        assert found.passes
        assert found.fails
        assert found.unknown
        assert found.mutations
    assert re.fullmatch(r"[a-z][a-z0-9-]+[a-z0-9]", rule.id)
    for text in (rule.title, rule.why, rule.fix):
        assert text.strip() == text
        assert text
    assert not rule.title.endswith(".")
    assert rule.references or rule.group == "the pack itself", "where is it asked for?"
    for option in rule.options.values():
        assert option.schema.get("description")


def test_every_rule_has_an_id_of_its_own() -> None:
    assert RULES
    assert len({rule.id for rule in RULES}) == len(RULES)
    assert ALL.keys() == {rule.id for rule in RULES} - OF_THE_RUN


@pytest.mark.parametrize(("rule", "case"), _each("passes"))
def test_what_is_right_passes(rule: Rule[Any], case: Case) -> None:
    assert verdicts(rule, case) == []


@pytest.mark.parametrize(("rule", "case"), _each("fails"))
def test_what_is_wrong_is_told_with_its_place_and_the_fix(rule: Rule[Any], case: Case) -> None:
    found = verdicts(rule, case)
    problems = [verdict for verdict in found if isinstance(verdict, Problem)]
    assert len(problems) == len(found)
    assert sorted(problem.path for problem in problems) == sorted(case.at)
    for problem in problems:
        assert problem.rule == rule.id
        assert problem.given
        assert problem.allowed
        assert problem.fix
        assert not problem.fix.endswith(".")


@pytest.mark.parametrize(("rule", "case"), _each("unknown"))
def test_what_is_not_known_yet_is_never_silence(rule: Rule[Any], case: Case) -> None:
    found = verdicts(rule, case)
    assert found
    assert all(isinstance(verdict, Unchecked) for verdict in found)
    assert sorted({verdict.path for verdict in found}) == sorted(case.at)


@pytest.mark.parametrize(
    ("rule", "mutation"),
    [
        pytest.param(found.rule, mutation, id=f"{found.rule.id}: {mutation.path} = {mutation.value!r}")
        for found in ALL.values()
        for mutation in found.mutations
    ],
)
def test_one_field_turned_round_is_seen(rule: Rule[Any], mutation: Mutation) -> None:
    assert mutation.of in ALL[rule.id].passes, "a mutation begins with a case that passes"
    assert any(isinstance(verdict, Problem) for verdict in verdicts(rule, mutation.mutated()))
