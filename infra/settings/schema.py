"""The JSON Schema of a stack file, for editors: completion, descriptions, and mistakes shown while typing.

`python -m infra.settings.schema` writes it, `--check` says whether the committed one is current. A stack file names it
in its first line: `# yaml-language-server: $schema=schema/stack.schema.json`.

The schema knows one section at a time. What concerns several, `validate` checks.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from infra.settings.generated import write_or_check
from infra.settings.report import PREFIX
from infra.settings.shape import keys
from infra.settings.stack import StackSettings

PATH = "schema/stack.schema.json"

_SECURE = {
    "type": "object",
    "description": "An encrypted value: `pulumi config set --secret KEY`.",
    "properties": {"secure": {"type": "string"}},
    "required": ["secure"],
    "additionalProperties": False,
}


class _Generator(GenerateJsonSchema):
    """Without the titles that pydantic makes of field names: they say the key again."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def stack_schema() -> dict[str, Any]:
    """The schema of a whole `Pulumi.STACK.yaml`."""
    models = StackSettings.model_json_schema(by_alias=True, schema_generator=_Generator)
    sections = models["properties"]
    ours = "|".join(keys(StackSettings))
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {
            "config": {
                "type": "object",
                "description": models["description"],
                "properties": {f"{PREFIX}{key}": section for key, section in sections.items()},
                "required": [f"{PREFIX}{key}" for key in models["required"]],
                # Beside the sections there are secrets, under keys that their users name. Other namespaces are others'.
                "patternProperties": {f"^{PREFIX}(?!({ours})$)": {"$ref": "#/$defs/Secret"}},
            },
            "encryptionsalt": {"type": "string"},
            "encryptedkey": {"type": "string"},
            "secretsprovider": {"type": "string"},
            "environment": {"description": "Environments of Pulumi ESC.", "type": ["array", "object"]},
        },
        "required": ["config"],
        "additionalProperties": False,
        "$defs": {**models["$defs"], "Secret": _SECURE},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A stack file of Buildfleet",
        **_tidied(schema, _short_names(schema["$defs"])),
    }


def text() -> str:
    """The committed file."""
    return json.dumps(stack_schema(), indent=2, ensure_ascii=False) + "\n"


def _short_names(definitions: dict[str, Any]) -> dict[str, str]:
    """Pydantic writes `infra__settings__github__PatAuth` where two models share a name; `GithubPatAuth` is enough."""
    names = {}
    for name in definitions:
        *modules, model = name.split("__")
        names[name] = "".join(part.capitalize() for part in modules[-1].split("_")) + model if modules else name
    assert len(set(names.values())) == len(names)
    return names


def _tidied(node: Any, names: dict[str, str]) -> Any:
    """The same with short names, definitions sorted, and descriptions without the source's line breaks."""
    if isinstance(node, list):
        return [_tidied(item, names) for item in node]
    if isinstance(node, dict):
        tidy = {}
        for key, value in node.items():
            if key == "$defs":
                value = {names[name]: value[name] for name in sorted(value, key=lambda name: names[name])}
            elif key == "description" and isinstance(value, str):
                value = " ".join(value.split())
            elif key == "discriminator" or (key == "title" and isinstance(value, str)):
                continue  # OpenAPI's, and the name of the model once more
            tidy[key] = _tidied(value, names)
        return tidy
    if isinstance(node, str) and node.startswith("#/$defs/"):
        name = node.removeprefix("#/$defs/")
        return f"#/$defs/{names[name]}"
    return node


if __name__ == "__main__":
    sys.exit(write_or_check(PATH, text(), module="infra.settings.schema", arguments=sys.argv[1:]))
