"""What is made from the rules is current, and what is ready to be used can be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from policy import NAME, VERSION
from policy.catalogue import documents, main
from policy.protocol import LEVELS
from rules.policies.catalogue import RULES
from rules.policies.settings import from_config

ROOT = Path(__file__).resolve().parents[3]
CONFIGURATIONS = sorted(
    path for folder in ("profiles", "examples") for path in (ROOT / "policy" / folder).glob("*.json")
)


def test_the_catalogue_and_the_profiles_are_what_the_rules_say() -> None:
    assert main(["--check"]) == 0


def test_the_catalogue_tells_of_every_rule() -> None:
    text = documents()["docs/policies.md"]
    for rule in RULES:
        assert f"### {rule.id}\n" in text
        assert rule.fix in text


@pytest.mark.parametrize("path", CONFIGURATIONS, ids=lambda path: path.name)
def test_every_ready_configuration_is_sound(path: Path) -> None:
    from_config(json.loads(path.read_text()), RULES)


@pytest.mark.parametrize("name", ["dev", "production"])
def test_a_profile_gives_every_rule_its_level_there(name: str) -> None:
    read = from_config(json.loads((ROOT / "policy" / "profiles" / f"{name}.json").read_text()), RULES)
    assert read.levels == {rule.id: getattr(rule.levels, name) for rule in RULES}
    assert read.fleet.profile == name
    assert read.fleet.strict == (name == "production")


def test_the_version_is_the_same_wherever_it_is_told() -> None:
    assert NAME == "buildfleet"
    assert yaml.safe_load((ROOT / "policy" / "PulumiPolicy.yaml").read_text())["version"] == VERSION


def test_there_is_a_number_for_every_level() -> None:
    assert len({*LEVELS.values()}) == 4
