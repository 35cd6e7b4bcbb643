"""Pydantic's errors, in the words of a stack file's author.

Owns the translation: paths as in the file, values as given, what the key takes, and the fix. One mistake is one
problem: a misspelt required key is not also a missing one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic_core import ErrorDetails

from infra.settings.fixes import chosen, example, example_within, reformed, retyped
from infra.settings.model import Settings
from infra.settings.shape import TAG, Key, Shape, keys
from rules.paths import at
from rules.problem import Problem
from rules.words import NOTHING, given, listed, meant, nearest


@dataclass(frozen=True, kw_only=True)
class Broken:
    """What is wrong with the structure of a stack file."""

    problems: Sequence[Problem]
    unknown: frozenset[str]
    """Paths whose values cannot be relied on."""


def explain(model: type[Settings], raw: Mapping[str, object], errors: Sequence[ErrorDetails]) -> Broken:
    """Pydantic's `errors` about `raw`, read by `model`."""
    every = [_place(model, raw, error) for error in errors]
    # Pydantic counts only the entries that it could read: a list whose one entry is wrong is "too short" as well.
    places = [place for place in every if not (place.error == "too_short" and place.value)]
    # A misspelt key makes the key that was meant unknown, not missing.
    meant_keys = {
        at(place.parent, near)
        for place in places
        if place.error == "extra_forbidden"
        and (near := nearest(place.name, place.siblings)) is not None
        and place.value_of(near) is None
    }
    problems = [_problem(place) for place in places if not (place.error == "missing" and place.path in meant_keys)]
    return Broken(problems=problems, unknown=frozenset({place.path for place in places} | meant_keys))


@dataclass(frozen=True, kw_only=True)
class _Place:
    """Where an error is, and what is known of the place."""

    error: str
    parent: str
    name: str
    path: str
    shape: Shape | None
    siblings: Mapping[str, Key]
    around: object
    value: object

    def value_of(self, sibling: str) -> object:
        return self.around.get(sibling) if isinstance(self.around, Mapping) else None


def _place(model: type[Settings], raw: object, error: ErrorDetails) -> _Place:
    """Follow the error's location, leaving out the segments that name a variant: they are not in the file."""
    parent, path, name = "", "", ""
    shape: Shape | None = None
    current: type[Settings] | None = model
    around, value = None, raw
    siblings: Mapping[str, Key] = {}
    for segment in error["loc"]:
        if shape is not None and shape.kind == "variants" and current is None:
            current = shape.variants.get(str(segment))
            continue
        if shape is not None and shape.kind in ("list", "map"):
            shape = shape.item
            siblings = {}
        elif current is not None:
            siblings = keys(current)
            shape = siblings[str(segment)].shape if segment in siblings else None
        else:  # inside a value of any kind
            shape, siblings = None, {}
        parent, name, path = path, str(segment), at(path, segment)
        around, value = value, _get(value, segment)
        current = shape.model if shape is not None else None
    kind = error["type"]
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        assert shape is not None
        tag = Shape(kind="choice", words=listed([f'"{c}"' for c in shape.choices]), choices=shape.choices)
        return _Place(
            error="literal_error" if _get(value, TAG) is not None else "missing",
            parent=path,
            name=TAG,
            path=at(path, TAG),
            shape=tag,
            siblings={},
            around=value,
            value=_get(value, TAG),
        )
    return _Place(
        error=kind, parent=parent, name=name, path=path, shape=shape, siblings=siblings, around=around, value=value
    )


def _get(value: object, segment: str | int) -> object:
    if isinstance(value, Mapping):
        return value.get(segment)
    if isinstance(value, list) and isinstance(segment, int) and segment < len(value):
        return value[segment]
    return None


def _problem(place: _Place) -> Problem:
    shape = place.shape
    allowed = shape.words if shape else "a value that JSON has"
    match place.error:
        case "missing":
            text = example(shape)
            return Problem(
                rule="key-missing",
                path=place.path,
                given=NOTHING,
                allowed=allowed,
                fix=f"add {place.name}: {text}" if text else f"add {place.name}",
            )
        case "extra_forbidden":
            return Problem(
                rule="key-unknown",
                path=place.path,
                given=f"the key {given(place.name)}",
                allowed=listed(place.siblings) or "nothing",
                fix=meant(place.name, place.siblings, "remove it"),
            )
        case "literal_error":
            return Problem(
                rule="choice",
                path=place.path,
                given=given(place.value),
                allowed=allowed,
                fix=chosen(shape, place.value),
            )
        case "greater_than_equal" | "less_than_equal":
            bound = (shape.least if place.error == "greater_than_equal" else shape.most) if shape else None
            side = "or more" if place.error == "greater_than_equal" else "or less"
            return Problem(
                rule="range", path=place.path, given=given(place.value), allowed=allowed, fix=f"write {bound} {side}"
            )
        case "too_short" if shape is not None and shape.kind == "list":
            return Problem(
                rule="empty-list",
                path=place.path,
                given="an empty list",
                allowed=allowed,
                fix=f"add an entry, {example_within(shape.item)}"
                + ("" if place.parent in ("", "platform") else ", or remove the section"),
            )
        case "too_long" if shape is not None and shape.kind == "list":
            return Problem(
                rule="long-list",
                path=place.path,
                given=given(place.value),
                allowed=allowed,
                fix=f"keep {shape.most} of them",
            )
        case "string_pattern_mismatch" | "string_too_short" | "string_too_long":
            return Problem(
                rule="form",
                path=place.path,
                given=_given(place),
                allowed=allowed,
                fix=reformed(shape, place.error, place.value),
            )
        case _:
            return Problem(
                rule="type",
                path=place.path or "config",
                given=_given(place),
                allowed=allowed,
                fix=retyped(shape, place.value),
            )


def _given(place: _Place) -> str:
    # Whoever pastes a token where the name of a secret belongs must not find it in a log.
    if place.shape is not None and place.shape.secret and isinstance(place.value, str):
        return f"a text of {len(place.value)} characters (not shown, as it may be a secret)"
    return given(place.value)
