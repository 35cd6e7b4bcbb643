"""What is made from the models is current, and says of a stack file what the models say."""

from __future__ import annotations

import json
import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infra.settings import reference, schema
from infra.settings.generated import ROOT, write_or_check
from infra.settings.shape import keys
from infra.settings.stack import StackSettings
from tests.unit.settings.stack_files import NAMES, document

SCHEMA = schema.stack_schema()
TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "boolean": (bool,),
    "null": (type(None),),
}


def accepts(rule: dict[str, Any], value: Any) -> bool:
    """JSON Schema, as far as ours uses it. An unknown word is an error, lest it be taken for granted."""
    unknown = rule.keys() - {
        *("$schema", "$defs", "title", "description", "default", "$ref", "type", "properties", "required"),
        *(
            "additionalProperties",
            "patternProperties",
            "items",
            "minItems",
            "enum",
            "const",
            "pattern",
            "anyOf",
            "oneOf",
        ),
        *("minLength", "maxLength", "minimum", "maximum", "x-buildfleet-planned"),
    }
    assert not unknown, unknown
    if "$ref" in rule and not accepts(SCHEMA["$defs"][rule["$ref"].rsplit("/", 1)[1]], value):
        return False
    if "type" in rule:
        types = [rule["type"]] if isinstance(rule["type"], str) else rule["type"]
        if not any(isinstance(value, TYPES[name]) for name in types):
            return False
        if isinstance(value, bool) and "boolean" not in types:
            return False
    if "const" in rule and value != rule["const"]:
        return False
    if "enum" in rule and value not in rule["enum"]:
        return False
    if "anyOf" in rule and not any(accepts(branch, value) for branch in rule["anyOf"]):
        return False
    if "oneOf" in rule and sum(accepts(branch, value) for branch in rule["oneOf"]) != 1:
        return False
    if isinstance(value, str):
        return (
            rule.get("minLength", 0) <= len(value) <= rule.get("maxLength", len(value))
            and re.search(rule.get("pattern", ""), value) is not None
        )
    if isinstance(value, int) and not isinstance(value, bool):
        return bool(rule.get("minimum", value) <= value <= rule.get("maximum", value))
    if isinstance(value, list):
        return len(value) >= rule.get("minItems", 0) and all(accepts(rule.get("items", {}), item) for item in value)
    if isinstance(value, dict):
        return set(rule.get("required", ())) <= value.keys() and all(
            _key(rule, key, item) for key, item in value.items()
        )
    return True


def _key(rule: dict[str, Any], key: str, value: Any) -> bool:
    schemas = [rule["properties"][key]] if key in rule.get("properties", {}) else []
    schemas += [found for pattern, found in rule.get("patternProperties", {}).items() if re.search(pattern, key)]
    if not schemas:
        extra = rule.get("additionalProperties", True)
        return accepts(extra, value) if isinstance(extra, dict) else extra
    return all(accepts(found, value) for found in schemas)


def test_the_committed_schema_is_current() -> None:
    assert (ROOT / schema.PATH).read_text() == schema.text(), "run: python -m infra.settings.schema"


def test_the_committed_reference_is_current() -> None:
    assert (ROOT / reference.PATH).read_text() == reference.text(), "run: python -m infra.settings.reference"


@pytest.mark.parametrize("name", NAMES)
def test_the_schema_accepts_a_sample_stack_file(name: str) -> None:
    assert accepts(SCHEMA, document(name))


def _in(path: str, value: Any) -> Any:
    found = document("Pulumi.aks.yaml")
    at = found
    *steps, last = path.split("/")
    for step in steps:
        at = at[int(step) if step.isdigit() else step]
    at[last] = value
    return found


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("colour", "red"),
        ("config/buildfleet:environment/colour", "red"),
        ("config/buildfleet:githb", {"auth": 1}),
        ("config/buildfleet:githubAppKey", "plain"),
        ("config/buildfleet:nodePools", []),
        ("config/buildfleet:nodePools/0/maxCount", "3"),
        ("config/buildfleet:nodePools/0/os", "bsd"),
        ("config/buildfleet:platform/kind", "eks"),
        ("config/buildfleet:azureDevOps/organizationUrl", "dev.azure.com"),
    ],
)
def test_the_schema_refuses_what_validation_refuses(path: str, value: Any) -> None:
    assert not accepts(SCHEMA, _in(path, value))


def test_the_schema_leaves_other_namespaces_alone() -> None:
    assert accepts(SCHEMA, _in("config/azure-native:location", "northeurope"))


def test_every_name_in_the_schema_is_defined_and_none_shows_our_modules() -> None:
    text = schema.text()
    assert set(re.findall(r'"#/\$defs/(\w+)"', text)) <= SCHEMA["$defs"].keys()
    assert "__" not in text
    assert json.loads(text) == SCHEMA


def test_the_reference_has_every_key_of_every_section() -> None:
    text = reference.text()
    for section in keys(StackSettings).values():
        assert f"\n## {section.name}\n" in text
        shape = section.shape.item or section.shape
        for model in [shape.model, *shape.variants.values()]:
            for key in keys(model) if model else ():
                assert f"| `{key}` |" in text


@pytest.mark.parametrize("module", ["schema", "reference"])
def test_checking_a_current_file_ends_well_and_unknown_arguments_do_not(
    module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exit_code(argument: str) -> object:
        monkeypatch.setattr(sys, "argv", [module, argument])
        with pytest.raises(SystemExit) as ended:
            runpy.run_path(str(ROOT / "infra" / "settings" / f"{module}.py"), run_name="__main__")
        return ended.value.code

    assert exit_code("--check") == 0
    assert exit_code("--chekc") == 2


def test_a_file_that_is_not_current_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.settings.generated.ROOT", tmp_path)

    def run(text: str, *arguments: str) -> int:
        return write_or_check("a/b", text, module="m", arguments=arguments)

    assert run("new", "--check") == 1
    assert run("new") == 0
    assert run("new", "--check") == 0
    assert run("newer", "--check") == 1


def test_validation_does_not_load_pulumi() -> None:
    # It runs in editors' hooks and in the sandbox before anything else; Pulumi alone takes most of a second to load.
    code = "import sys, infra.settings.load; sys.exit(any(name.split('.')[0] == 'pulumi' for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
