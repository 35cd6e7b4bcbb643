"""Levels, waivers, what is not known, and rules that fail. `policy-inputs-known` and `waiver-valid` are proved here."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest

from policy.findings import Finding
from policy.pack import Pack, Subject
from rules.policies.node import UNKNOWN, Unchecked, Verdict
from rules.policies.pack import INPUTS_KNOWN, OF_THE_RUN, WAIVER_VALID
from rules.policies.pack import RULES as OF_THE_PACK
from rules.policies.resource import Resource
from rules.policies.rule import Context, Rule
from rules.policies.settings import ID, from_config
from rules.problem import Problem
from tests.unit.policy.made_up import COMPANY, GREEN, LATER, TASTE, made, resource, urn, whole

TODAY = datetime.date(2026, 11, 22)
RULES: Sequence[Rule[Any]] = (GREEN, COMPANY, *(rule for rule in OF_THE_PACK if rule.id in OF_THE_RUN))
WAIVER = {
    "rule": "green",
    "urn": "kubernetes:apps/v1:Deployment::web",
    "reason": "the brand is red",
    "owner": "design",
    "expires": "2027-01-31",
}


def pack(
    *waivers: dict[str, str],
    rules: Sequence[Rule[Any]] = RULES,
    dry_run: bool = True,
    strict: bool = True,
    today: datetime.date = TODAY,
    **entries: Any,
) -> Pack:
    shared = {"strict": strict, **({"waivers": list(waivers)} if waivers else {})}
    document = {ID: shared, **{key.replace("_", "-"): value for key, value in entries.items()}}
    return Pack(rules, from_config(document, rules), dry_run=dry_run, today=lambda: today)


def judged(pack: Pack, **inputs: Any) -> list[Finding]:
    return pack.judge(Subject(resource=resource(**inputs)))


def levels(found: Sequence[Finding]) -> list[tuple[str, str]]:
    return [(one.rule, one.level) for one in found]


def test_what_is_right_is_silence() -> None:
    assert judged(pack(), colour="green") == []


def test_a_violation_names_resource_place_value_what_is_allowed_and_the_fix() -> None:
    assert judged(pack(), colour="red") == [
        Finding(
            rule="green",
            level="mandatory",
            message='web (kubernetes:apps/v1:Deployment): colour: "red"; allowed: green; fix: paint it green',
            urn=urn(),
        )
    ]


@pytest.mark.parametrize(
    ("entry", "level"), [("advisory", "advisory"), ("mandatory", "mandatory"), ("remediate", "mandatory")]
)
def test_the_level_is_that_of_the_configuration(entry: str, level: str) -> None:
    assert levels(judged(pack(green=entry), colour="red")) == [("green", level)]


def test_a_rule_that_is_disabled_is_not_asked() -> None:
    assert judged(pack(green="disabled"), colour="red") == []
    assert judged(pack(all="disabled"), colour=UNKNOWN) == []


def test_options_reach_the_rule() -> None:
    assert judged(pack(green={"colours": ["red"]}), colour="red") == []


def test_rules_of_the_stack_see_all_resources_and_tell_of_one() -> None:
    one, two = Subject(resource=resource()), Subject(resource=resource("db"))
    assert pack().judge_stack([one, two]) == []
    found = pack().judge_stack([one])
    assert levels(found) == [("company", "mandatory")]
    assert found[0].urn == urn()


# policy-inputs-known: it passes, fails, is about what is unknown, and one field turned round is seen.


def test_what_a_mandatory_rule_cannot_read_in_a_preview_is_told_with_resource_rule_and_path() -> None:
    assert judged(pack(), colour="green") == []
    (found,) = judged(pack(), colour=UNKNOWN)
    assert (found.rule, found.level, found.urn) == (INPUTS_KNOWN, "mandatory", urn())
    assert found.message.startswith("web (kubernetes:apps/v1:Deployment): colour: not known yet;")
    assert "green demands that colours are green" in found.message


def test_it_stops_a_preview_only_while_strict_and_an_update_always() -> None:
    assert levels(judged(pack(strict=False), colour=UNKNOWN)) == [(INPUTS_KNOWN, "advisory")]
    assert levels(judged(pack(strict=False, dry_run=False), colour=UNKNOWN)) == [(INPUTS_KNOWN, "mandatory")]


def test_its_own_level_holds_too() -> None:
    assert levels(judged(pack(policy_inputs_known="advisory"), colour=UNKNOWN)) == [(INPUTS_KNOWN, "advisory")]
    assert judged(pack(policy_inputs_known="disabled"), colour=UNKNOWN) == []


@pytest.mark.parametrize("rule", [TASTE, LATER], ids=lambda rule: rule.id)
def test_what_advice_cannot_read_is_not_told(rule: Rule[Any]) -> None:
    rules = [rule, *RULES]
    assert judged(pack(rules=rules, green="advisory", **{rule.id: "advisory"}), colour=UNKNOWN) == []


def test_places_that_one_rule_cannot_read_in_one_resource_are_one_message() -> None:
    def check(resource: Resource, context: Context) -> Iterator[Verdict]:
        yield from (Unchecked(path=path) for path in ("b", "a", "b"))
        yield Problem(rule="many", path="c", given="1", allowed="2", fix="add one")

    found = judged(pack(rules=[made("many", check), *RULES]))
    assert levels(found) == [("many", "mandatory"), (INPUTS_KNOWN, "mandatory")]
    assert ": a and b: not known yet" in found[1].message


def test_a_rule_of_the_stack_that_cannot_read_is_told_too() -> None:
    assert levels(pack().judge_stack([Subject(resource=resource(friend=UNKNOWN))])) == [(INPUTS_KNOWN, "mandatory")]

    def check(
        found: Sequence[tuple[Resource, Resource]], context: Context
    ) -> Iterator[tuple[Resource | None, Verdict]]:
        yield found[0][0], Unchecked(path="friend")
        yield None, Unchecked(path="")

    rule: Rule[Resource] = Rule(
        id="stack", group="cost", title="t", why="w", fix="f", severity="low", levels=GREEN.levels, read=whole,
        check_stack=check,
    )  # fmt: skip
    found = pack(rules=[rule, *RULES]).judge_stack([Subject(resource=resource(friend="me"))])
    assert levels(found) == [(INPUTS_KNOWN, "mandatory")] * 2
    assert found[1].message.startswith("the stack: the inputs: not known yet")


# waiver-valid: a waiver passes, fails, and each of its fields turned round is seen.


def test_a_waiver_makes_advice_of_a_violation_and_names_owner_day_and_reason() -> None:
    (found,) = judged(pack(WAIVER), colour="red")
    assert (found.rule, found.level) == ("green", "advisory")
    assert found.message.endswith("; waived by design until 2027-01-31: the brand is red")


@pytest.mark.parametrize(
    "change",
    [
        {"rule": "company"},
        {"urn": "kubernetes:apps/v1:Deployment::db"},
        {"urn": "kubernetes:apps/v1:DaemonSet::web*"},
        {"urn": "urn:pulumi:prod::shop::*$kubernetes:apps/v1:Deployment::web"},
        {"urn": "urn:pulumi:test::bar::*$kubernetes:apps/v1:Deployment::web"},
        {"urn": "urn:pulumi:test::shop::*Other$kubernetes:apps/v1:Deployment::web"},
        {"urn": "urn:pulumi:test::shop::kubernetes:apps/v1:Deployment::web"},
    ],
    ids=str,
)
def test_a_waiver_of_something_else_waives_nothing(change: dict[str, str]) -> None:
    assert levels(judged(pack({**WAIVER, **change}), colour="red")) == [("green", "mandatory")]


@pytest.mark.parametrize(
    "pattern",
    [
        "kubernetes:apps/v1:Deployment::web*",
        "kubernetes:apps/v1:Deployment::??web",
        "urn:pulumi:test::shop::*$kubernetes:apps/v1:Deployment::web",
        "urn:pulumi:test::shop::buildfleet:index:Agents$kubernetes:apps/v1:Deployment::*?web*",
    ],
)
def test_a_waiver_may_have_wildcards(pattern: str) -> None:
    found = pack({**WAIVER, "urn": pattern}).judge(Subject(resource=resource("a-web", colour="red")))
    narrow = levels(judged(pack({**WAIVER, "urn": pattern}), colour="red"))
    assert ("green", "advisory") in (*levels(found), *narrow)
    assert WAIVER_VALID not in {one.rule for one in found}


@pytest.mark.parametrize("name", ["db", "a::b", "a"])
def test_a_name_without_wildcards_may_be_as_short_as_it_is(name: str) -> None:
    one = pack({**WAIVER, "urn": f"kubernetes:apps/v1:Deployment::{name}"})
    found = one.judge(Subject(resource=resource(name, colour="red")))
    assert levels(found) == [("green", "advisory")]


def test_a_wildcard_ends_where_its_part_of_the_urn_does() -> None:
    one = pack({**WAIVER, "urn": "urn:pulumi:test::shop::*$kubernetes:apps/v1:Deployment::web"})
    found = one.judge(Subject(resource=resource("x$kubernetes:apps/v1:Deployment::web", colour="red")))
    assert levels(found) == [("green", "mandatory")]


def test_brackets_of_a_name_are_no_wildcards() -> None:
    one = pack({**WAIVER, "urn": "kubernetes:apps/v1:Deployment::web[0]"})
    found = one.judge(Subject(resource=resource("web[0]", colour="red")))
    assert levels(found) == [("green", "advisory")]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"expires": "2026-11-21"}, "expires"),
        ({"expires": "2027-05-22"}, "expires"),
        ({"expires": "20270131"}, "expires"),
        ({"expires": "soon"}, "expires"),
        ({"reason": " "}, "reason"),
        ({"owner": ""}, "owner"),
        ({"urn": "*"}, "urn"),
        ({"urn": "*::*"}, "urn"),
        ({"urn": "kubernetes:apps/v1:Deployment::*"}, "urn"),
        ({"urn": "*e*::*e*"}, "urn"),
        ({"urn": "*:*::?*a*"}, "urn"),
        ({"urn": "kubernetes*::*-*"}, "urn"),
        ({"urn": "kubernetes:*:Deployment::web"}, "urn"),
        ({"urn": "kubernetes:apps/v1:Deployment::*w?b*"}, "urn"),
        ({"urn": "kubernetes:apps/v1:Deployment::"}, "urn"),
        ({"urn": "::web"}, "urn"),
        ({"urn": "urn:pulumi:*::*e"}, "urn"),
        ({"urn": "urn:pulumi:*::shop::kubernetes:apps/v1:Deployment::web"}, "urn"),
        ({"urn": "urn:pulumi:::shop::kubernetes:apps/v1:Deployment::web"}, "urn"),
        ({"urn": "urn:pulumi:test::sh?p::kubernetes:apps/v1:Deployment::web"}, "urn"),
        ({"urn": "urn:pulumi:test::shop::*Deployment::web"}, "urn"),
        ({"urn": "urn:pulumi:test::shop::*$kubernetes:*::web"}, "urn"),
        ({"urn": "urn:pulumi:test::shop::*$kubernetes:apps/v1:Deployment::*e*"}, "urn"),
        ({"rule": WAIVER_VALID}, "rule"),
    ],
    ids=str,
)
def test_a_waiver_that_is_no_good_is_a_violation_and_waives_nothing(change: dict[str, str], path: str) -> None:
    found = judged(pack({**WAIVER, **change}), colour="red")
    assert levels(found) == [(WAIVER_VALID, "mandatory"), ("green", "mandatory")]
    assert found[0].message.startswith(f"fleet-settings.waivers[0].{path}: ")


@pytest.mark.parametrize("day", [TODAY.isoformat(), "2027-05-21"])
def test_a_waiver_holds_on_its_last_day_and_up_to_180_days_ahead(day: str) -> None:
    assert levels(judged(pack({**WAIVER, "expires": day}), colour="red")) == [("green", "advisory")]


def test_a_waiver_that_is_no_good_is_told_once_and_with_the_first_resource() -> None:
    one = pack({**WAIVER, "expires": "2026-01-01"})
    assert levels(judged(one, colour="green")) == [(WAIVER_VALID, "mandatory")]
    assert judged(one, colour="green") == []
    assert one.judge_stack([Subject(resource=resource(friend="me"))]) == []


def test_a_waiver_that_nothing_needed_is_told_as_advice() -> None:
    one = pack(WAIVER, {**WAIVER, "urn": "kubernetes:apps/v1:Deployment::db"})
    judged(one, colour="red")
    (found,) = one.judge_stack([Subject(resource=resource(friend="me"))])
    assert (found.rule, found.level) == (WAIVER_VALID, "advisory")
    assert found.message.startswith("fleet-settings.waivers[1]: ")


def test_a_waiver_covers_what_its_rule_cannot_read() -> None:
    assert levels(judged(pack(WAIVER), colour=UNKNOWN)) == [(INPUTS_KNOWN, "advisory")]
    assert levels(judged(pack({**WAIVER, "rule": INPUTS_KNOWN}), colour=UNKNOWN)) == [(INPUTS_KNOWN, "advisory")]


def test_a_violation_of_the_whole_stack_cannot_be_waived() -> None:
    def check(
        found: Sequence[tuple[Resource, Resource]], context: Context
    ) -> Iterator[tuple[Resource | None, Verdict]]:
        yield None, Problem(rule="stack", path="", given="nothing", allowed="all", fix="make it")

    rule: Rule[Resource] = Rule(
        id="stack", group="cost", title="t", why="w", fix="f", severity="low", levels=GREEN.levels, read=whole,
        check_stack=check,
    )  # fmt: skip
    found = pack({**WAIVER, "rule": "stack"}, rules=[rule, *RULES]).judge_stack(
        [Subject(resource=resource(friend="a"))]
    )
    assert levels(found)[0] == ("stack", "mandatory")
    assert found[0].message.startswith("the stack: nothing; allowed: all")


# Rules that fail.


def test_a_rule_that_fails_is_a_violation_that_shows_no_value_and_stops_no_other() -> None:
    def check(resource: Resource, context: Context) -> Iterator[Verdict]:
        yield Problem(rule="broken", path="a", given="1", allowed="2", fix="add one")
        raise KeyError(resource.inputs["colour"])

    found = judged(pack(rules=[made("broken", check), *RULES]), colour="crimson")
    assert levels(found) == [("broken", "mandatory"), ("green", "mandatory")]
    assert "KeyError" in found[0].message
    assert "test_pack.py, line" in found[0].message
    assert "crimson" not in found[0].message


# Remedies.


def test_only_a_rule_at_the_level_remediate_mends() -> None:
    assert not pack().remediates
    assert list(pack().remedies(resource(colour="red"))) == []
    one = pack(green="remediate")
    assert one.remediates
    ((rule, after),) = one.remedies(resource(colour="red", size=3))
    assert rule is GREEN
    assert after.inputs == {"colour": "green", "painted": True, "size": 3}
    assert list(one.remedies(resource(colour="green"))) == []


def test_a_remedy_that_meets_what_is_not_known_changes_nothing_and_the_rule_says_so() -> None:
    one = pack(green="remediate")
    assert list(one.remedies(resource(colour=UNKNOWN))) == []
    assert levels(judged(one, colour=UNKNOWN)) == [(INPUTS_KNOWN, "mandatory")]


def test_a_remedy_that_fails_changes_nothing_and_the_rule_judges() -> None:
    def remedy(resource: Resource, context: Context) -> Mapping[str, object]:
        raise TypeError("list indices must be integers")

    one = pack(rules=[dataclasses.replace(GREEN, remedy=remedy), *RULES[1:]], green="remediate")
    assert list(one.remedies(resource(colour="red"))) == []
    assert levels(judged(one, colour="red")) == [("green", "mandatory")]


def test_what_is_waived_is_not_mended() -> None:
    assert list(pack(WAIVER, green="remediate").remedies(resource(colour="red"))) == []
