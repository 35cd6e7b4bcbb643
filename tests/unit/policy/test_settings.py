"""The configuration as JSON: read, written, and refused as a whole."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from rules.policies import json_schema
from rules.policies.catalogue import RULES
from rules.policies.fleet import Fleet
from rules.policies.settings import ID, PROPERTIES, InvalidSettings, from_config, to_config
from rules.policies.waivers import Waiver
from tests.unit.policies.scenes import FLEET
from tests.unit.policy.made_up import COMPANY, GREEN, LATER, TASTE

OURS = (GREEN, TASTE, LATER, COMPANY)
WAIVER = {"rule": "green", "urn": "a:b:C::web", "reason": "art", "owner": "team", "expires": "2027-01-01"}


def refused(document: dict[str, Any]) -> list[tuple[str, str, str]]:
    with pytest.raises(InvalidSettings) as caught:
        from_config(document, OURS)
    return [(one.path, one.given, one.fix) for one in caught.value.problems]


def test_a_fleet_comes_back_from_its_json_as_it_was() -> None:
    waiver = Waiver(**{**WAIVER, "rule": RULES[0].id})
    document = json.loads(json.dumps(to_config(FLEET, RULES, waivers=[waiver])))
    read = from_config(document, RULES)
    assert read.waivers == (waiver,)
    assert to_config(read.fleet, RULES, waivers=[waiver]) == document
    for name in ("registries", "own_repositories", "host_paths", "pool_keys", "exempt_namespaces", "docker_namespaces"):
        assert sorted(getattr(read.fleet, name)) == sorted(getattr(FLEET, name))
    assert sorted(read.fleet.pools, key=lambda pool: pool.name) == sorted(FLEET.pools, key=lambda pool: pool.name)


@pytest.mark.parametrize("field", Fleet.__dataclass_fields__)
def test_no_fact_of_a_fleet_is_lost_on_the_way(field: str) -> None:
    other: Any = {
        "profile": "dev",
        "strict": False,
        "stack": "aks",
        "pools": FLEET.pools[:1],
    }.get(field, ("other",))
    fleet = replace(Fleet(), **{field: other})
    assert getattr(from_config(to_config(fleet, RULES), RULES).fleet, field) == other


def test_a_list_that_is_empty_on_purpose_stays_empty() -> None:
    assert from_config(to_config(Fleet(engine_accounts=()), OURS), OURS).fleet.engine_accounts == ()


def test_namespaces_of_the_cluster_are_added_to_those_that_are_known() -> None:
    read = from_config({ID: {"exemptNamespaces": ["velero"]}}, OURS).fleet
    assert {"kube-system", "velero"} <= {*read.system_namespaces}


def test_the_level_of_a_rule_is_its_own_else_that_of_all_else_that_of_production() -> None:
    assert from_config({}, OURS).levels == {
        "green": "mandatory",
        "taste": "advisory",
        "later": "mandatory",
        "company": "mandatory",
    }
    levels = from_config(
        {"all": "disabled", "green": "remediate", "taste": {"enforcementLevel": "mandatory"}}, OURS
    ).levels
    assert levels == {"green": "remediate", "taste": "mandatory", "later": "disabled", "company": "disabled"}


def test_the_file_of_a_profile_has_the_levels_of_the_profile() -> None:
    assert "later" not in to_config(Fleet(), OURS)
    document = to_config(
        Fleet(profile="dev"), OURS, levels={"green": "disabled"}, options={"later": {"colours": ["red"]}}
    )
    read = from_config(document, OURS)
    assert read.levels["later"] == "advisory"
    assert read.levels["green"] == "disabled"
    assert read.options == {"later": {"colours": ["red"]}}


def test_all_mistakes_are_told_at_once_with_place_value_and_fix() -> None:
    wrong = {
        ID: {"profil": "dev", "strict": "yes", "namespaces": {"engine": "docker-engine"}, "pools": [{"name": "a"}]},
        "gren": "mandatory",
        "green": {"enforcementLevel": "always", "colours": "red", "size": 3},
        "taste": 5,
        "all": {"colours": []},
    }
    assert [path for path, _, _ in refused(wrong)] == [
        f"{ID}.profil",
        f"{ID}.strict",
        f"{ID}.namespaces.engine",
        f"{ID}.pools[0].os",
        f"{ID}.pools[0].selector",
        "gren",
        "green.enforcementLevel",
        "green.colours",
        "green.size",
        "taste",
        "all.colours",
    ]
    told = {path: (value, fix) for path, value, fix in refused(wrong)}
    assert told["gren"] == ('"mandatory"', 'did you mean "green"?')
    assert told[f"{ID}.profil"] == ('"dev"', 'did you mean "profile"?')


def test_the_error_says_how_many_there_are_and_that_nothing_was_judged() -> None:
    with pytest.raises(InvalidSettings, match="2 mistakes; no resource was judged") as caught:
        from_config({"gren": "mandatory", "taste": "advisry"}, OURS)
    text = str(caught.value)
    assert "gren" in text
    assert '  given    "advisry"\n  allowed  disabled, advisory, mandatory or remediate' in text


def test_a_waiver_of_a_rule_that_is_none_is_refused_before_anything_is_judged() -> None:
    assert refused({ID: {"waivers": [{**WAIVER, "rule": "gren"}]}}) == [
        (f"{ID}.waivers[0].rule", '"gren"', 'did you mean "green"?')
    ]
    assert refused({ID: {"waivers": [{key: WAIVER[key] for key in ("rule", "urn", "reason", "expires")}]}})[0][0] == (
        f"{ID}.waivers[0].owner"
    )


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_schema_of_every_option_is_one_that_is_checked_and_its_default_fits(rule: Any) -> None:
    for name, option in rule.options.items():
        assert {*json_schema.keywords(option.schema)} <= json_schema.CHECKED | json_schema.ANNOTATIONS
        if option.default is not None:
            assert not list(json_schema.problems(option.default, option.schema, name, rule.id))


def test_the_schema_of_the_shared_settings_is_one_that_is_checked() -> None:
    for schema in PROPERTIES.values():
        assert {*json_schema.keywords(schema)} <= json_schema.CHECKED | json_schema.ANNOTATIONS


@pytest.mark.parametrize(
    ("schema", "right", "wrong"),
    [
        ({"type": "integer"}, 3, True),
        ({"type": "integer"}, 3, 3.5),
        ({"type": ["string", "null"]}, None, 3),
        ({"type": "number", "minimum": 1, "maximum": 2}, 1.5, 0),
        ({"type": "number", "maximum": 2}, 2, 3),
        ({"type": "string", "enum": ["a", "b"]}, "a", "c"),
        ({"type": "string", "pattern": "^a+$"}, "aa", "ab"),
        ({"type": "string", "minLength": 1}, "a", ""),
        ({"type": "array", "minItems": 1}, [1], []),
        ({"type": "array", "uniqueItems": True}, [1, 2], [1, 1]),
        ({"type": "array", "items": {"type": "string"}}, ["a"], [1]),
        ({"type": "object", "required": ["a"]}, {"a": 1}, {}),
        ({"type": "object", "properties": {"a": {}}, "additionalProperties": False}, {"a": 1}, {"b": 1}),
        ({"type": "object", "additionalProperties": {"type": "string"}}, {"a": "b"}, {"a": 1}),
    ],
)
def test_a_value_is_held_against_every_keyword(schema: dict[str, Any], right: object, wrong: object) -> None:
    assert not list(json_schema.problems(right, schema, "here", "rule"))
    problems = list(json_schema.problems(wrong, schema, "here", "rule"))
    assert len(problems) == 1
    assert problems[0].path.startswith("here")
