"""JSON Schema, as far as the settings of rules need it.

Owns the check of a value against a schema, with errors in the house's words: the engine's own validation stops at the
first level and knows no unknown keys. Refuses keywords that it does not know, so that none is taken for checked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from rules.paths import at
from rules.problem import Problem
from rules.words import given, listed, meant

ANNOTATIONS: Final = frozenset({"description", "default", "title", "examples"})
CHECKED: Final = frozenset(
    {
        "type",
        "enum",
        "minimum",
        "maximum",
        "minLength",
        "pattern",
        "items",
        "minItems",
        "uniqueItems",
        "properties",
        "required",
        "additionalProperties",
    }
)

_TYPES: Final[Mapping[str, tuple[str, Callable[[object], bool]]]] = {
    "string": ("a text", lambda value: isinstance(value, str)),
    "boolean": ("true or false", lambda value: isinstance(value, bool)),
    "integer": ("a whole number", lambda value: isinstance(value, int) and not isinstance(value, bool)),
    "number": ("a number", lambda value: isinstance(value, (int, float)) and not isinstance(value, bool)),
    "array": ("a list", lambda value: isinstance(value, list)),
    "object": ("a map", lambda value: isinstance(value, dict)),
    "null": ("null", lambda value: value is None),
}


def keywords(schema: Mapping[str, Any]) -> Iterator[str]:
    """Every keyword in a schema, at any depth."""
    yield from schema
    for one in schema.get("properties", {}).values():
        yield from keywords(one)
    for inner in ("items", "additionalProperties"):
        if isinstance(schema.get(inner), Mapping):
            yield from keywords(schema[inner])


def problems(value: object, schema: Mapping[str, Any], path: str, rule: str) -> Iterator[Problem]:
    """What of a plain JSON value its schema does not allow; `rule` and `path` are for the messages."""
    wanted = _wanted(schema)
    if wanted and not any(_TYPES[name][1](value) for name in wanted):
        allowed = _allowed(schema) or listed(_TYPES[name][0] for name in wanted)
        yield Problem(rule=rule, path=path, given=given(value), allowed=allowed, fix="write a value of that type")
        return
    if "enum" in schema and value not in schema["enum"]:
        fix = meant(value, map(str, schema["enum"]), "choose one") if isinstance(value, str) else "choose one"
        yield Problem(rule=rule, path=path, given=given(value), allowed=_allowed(schema), fix=fix)
    if isinstance(value, str):
        yield from _text(value, schema, path, rule)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield from _number(value, schema, path, rule)
    elif isinstance(value, list):
        yield from _list(value, schema, path, rule)
    elif isinstance(value, dict):
        yield from _map(value, schema, path, rule)


def _text(value: str, schema: Mapping[str, Any], path: str, rule: str) -> Iterator[Problem]:
    if len(value) < schema.get("minLength", 0):
        yield Problem(rule=rule, path=path, given=given(value), allowed="a text that is not empty", fix="fill it in")
    elif "pattern" in schema and not re.search(schema["pattern"], value):
        allowed = f"a text that matches {schema['pattern']}"
        yield Problem(rule=rule, path=path, given=given(value), allowed=allowed, fix="correct it")


def _number(value: float, schema: Mapping[str, Any], path: str, rule: str) -> Iterator[Problem]:
    least, most = schema.get("minimum"), schema.get("maximum")
    if (least is not None and value < least) or (most is not None and value > most):
        bounds = [f"at least {least}" if least is not None else "", f"at most {most}" if most is not None else ""]
        allowed = " and ".join(bound for bound in bounds if bound)
        yield Problem(rule=rule, path=path, given=given(value), allowed=allowed, fix="choose a number within it")


def _list(value: Sequence[object], schema: Mapping[str, Any], path: str, rule: str) -> Iterator[Problem]:
    if len(value) < schema.get("minItems", 0):
        allowed = f"at least {schema['minItems']}"
        yield Problem(rule=rule, path=path, given=given(value), allowed=allowed, fix="add what is missing")
    if schema.get("uniqueItems"):
        for index, item in enumerate(value):
            if item in value[:index]:
                where = at(path, index)
                yield Problem(
                    rule=rule, path=where, given=given(item), allowed="each once", fix="remove one of the two"
                )
    if "items" in schema:
        for index, item in enumerate(value):
            yield from problems(item, schema["items"], at(path, index), rule)


def _map(value: Mapping[str, object], schema: Mapping[str, Any], path: str, rule: str) -> Iterator[Problem]:
    known: Mapping[str, Any] = schema.get("properties", {})
    for key in schema.get("required", ()):
        if key not in value:
            allowed = str(known.get(key, {}).get("description") or "something")
            yield Problem(rule=rule, path=at(path, key), given="nothing", allowed=allowed, fix=f"add {key}")
    others = schema.get("additionalProperties", True)
    for key, item in value.items():
        if key in known:
            yield from problems(item, known[key], at(path, key), rule)
        elif others is False:
            allowed = listed(sorted(known)) or "no key"
            fix = meant(key, known, "remove it")
            yield Problem(rule=rule, path=at(path, key), given=given(item), allowed=allowed, fix=fix)
        elif isinstance(others, Mapping):
            yield from problems(item, others, at(path, key), rule)


def _wanted(schema: Mapping[str, Any]) -> list[str]:
    wanted = schema.get("type", [])
    return [wanted] if isinstance(wanted, str) else list(wanted)


def _allowed(schema: Mapping[str, Any]) -> str:
    return listed(given(one) for one in schema.get("enum", ()))
