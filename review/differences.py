"""What differs between a resource's inputs before and after, field by field.

Owns the paths and the shortening. Lists of named things are compared by name, so that one more container is one line;
documents inside of a text are opened. A value that the program called secret is told as changed and never shown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from review.log import Step
from review.words import SECRET, is_unknown
from rules.paths import at, split

_SECRETS: Final = re.compile(r"^kubernetes:core/v1:Secret(Patch|List)?$")
"""Kinds whose values are secret although a program need not say so, and where these stand."""
_SECRET_FIELDS: Final = ("data", "stringData", "items")


class Nothing:
    """Type of the value that is none, which `null` is not."""


NOTHING: Final = Nothing()


@dataclass(frozen=True, kw_only=True)
class Change:
    """One field. `old` or `new` is `NOTHING` where the field is not there."""

    path: str
    old: object
    new: object
    replaces: bool = False
    """Whether the provider says that the resource is replaced for it."""

    @property
    def secret(self) -> bool:
        """Whether its value is one that may not be shown."""
        return SECRET in (self.old, self.new)


def changes(step: Step) -> list[Change]:
    """The fields that change, those first for which the resource is replaced, then by path."""
    if step.old is None or step.new is None:
        return []
    replacing = [path for path, kind in step.details.items() if kind.endswith("-replace")]
    found = {}
    for path, old, new in _differences(step.old.inputs, step.new.inputs, ""):
        masked = _in_secret(step, path)
        old, new = (one if one is NOTHING or not masked else SECRET for one in (old, new))
        found[path] = Change(path=path, old=old, new=new, replaces=any(_meet(path, one) for one in replacing))
    for path in step.details:
        # What only the provider sees: a secret, whose values both are masked, or what it keeps beside the inputs.
        if not any(_meet(path, known) for known in found):
            masked = _is_secret(step.old.inputs, path) or _is_secret(step.new.inputs, path) or _in_secret(step, path)
            hidden = SECRET if masked else NOTHING
            found[path] = Change(path=path, old=hidden, new=hidden, replaces=path in replacing)
    if step.old.protect != step.new.protect:
        found["protect"] = Change(path="protect", old=step.old.protect, new=step.new.protect)
    return sorted(found.values(), key=lambda change: (not change.replaces, change.path))


def _in_secret(step: Step, path: str) -> bool:
    return bool(_SECRETS.search(step.state.type)) and path.startswith(_SECRET_FIELDS)


def unknown_paths(inputs: object, path: str = "") -> Iterator[str]:
    """Where values stand that are not known yet."""
    if isinstance(inputs, Mapping):
        for key in sorted(inputs):
            yield from unknown_paths(inputs[key], at(path, key))
    elif isinstance(inputs, list):
        for index, item in enumerate(inputs):
            yield from unknown_paths(item, at(path, index))
    elif is_unknown(inputs):
        yield path


def _differences(old: Any, new: Any, path: str) -> Iterator[tuple[str, object, object]]:
    if old == new and type(old) is type(new):
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted({*old, *new}):
            # What a provider keeps for itself.
            if not key.startswith("__"):
                yield from _differences(old.get(key, NOTHING), new.get(key, NOTHING), at(path, key))
    elif isinstance(old, list) and isinstance(new, list):
        yield from _of_lists(old, new, path)
    elif (before := _document(old)) is not None and (after := _document(new)) is not None:
        for below, one, other in _differences(before, after, ""):
            yield f"{path} > {below}" if below else path, one, other
    else:
        yield path, old, new


def _of_lists(old: list[Any], new: list[Any], path: str) -> Iterator[tuple[str, object, object]]:
    before, after = _by_name(old), _by_name(new)
    if before is not None and after is not None:
        for name in sorted({*before, *after}):
            yield from _differences(before.get(name, NOTHING), after.get(name, NOTHING), f"{path}[{name}]")
    elif len(old) == len(new) and any(isinstance(item, Mapping | list) for item in [*old, *new]):
        for index, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from _differences(one, other, at(path, index))
    else:
        yield path, old, new


def _by_name(items: list[Any]) -> dict[str, Any] | None:
    named = {str(item["name"]): item for item in items if isinstance(item, Mapping) and "name" in item}
    return named if len(named) == len(items) else None


def _document(value: object) -> object | None:
    if not isinstance(value, str) or not value.startswith(("{", "[")):
        return None
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict | list) else None


def _meet(path: str, other: str) -> bool:
    """Whether one of two paths is the other, or above it; however each writes its lists."""
    one, two = path.partition(" > ")[0], other.partition(" > ")[0]
    one, two = sorted((_plain(one), _plain(two)), key=len)
    return one == two or two.startswith((f"{one}.", f"{one}["))


def _plain(path: str) -> str:
    """A path up to its first list: names and numbers in brackets do not compare."""
    for index, each in enumerate(path):
        if each == "[" and path[index + 1 : index + 2] != '"':
            return path[:index]
    return path


def _is_secret(inputs: object, path: str) -> bool:
    found = inputs
    for key in split(path):
        if found == SECRET:
            return True
        if isinstance(found, Mapping) and isinstance(key, str):
            found = found.get(key)
        elif isinstance(found, list) and isinstance(key, int):
            found = found[key] if key < len(found) else None
        else:
            return False
    return found == SECRET
