"""Inputs and outputs as plain data, and how to look into them when part of them is not known yet.

In a preview a value may be `UNKNOWN`. Nothing is ever refused for being unknown, so each reader here gives `None` both
for what is absent and for what is unknown; only `is_known`, `is_absent` and `value_at` tell the two apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

Object = dict[str, Any]
"""A JSON object: text, numbers (int, or float from the engine), booleans, lists and objects. Secrets are unwrapped."""


class _Unknown:
    """The one value that stands for all that a preview cannot know."""

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __deepcopy__(self, _: object) -> _Unknown:
        return self

    def __copy__(self) -> _Unknown:
        return self


UNKNOWN: Final = _Unknown()
"""Stands for a value that is computed by a resource that does not exist yet. Compare by `is`."""

_STEP: Final = re.compile(r"[^.\[\]]+|\[\*\]")


def is_known(value: object) -> bool:
    """Whether `value` and everything in it is known."""
    if value is UNKNOWN:
        return False
    if isinstance(value, dict):
        return all(is_known(item) for item in value.values())
    if isinstance(value, list):
        return all(is_known(item) for item in value)
    return True


def value_at(value: object, path: str) -> Any:
    """The value at a path like `networkProfile.podCidr`: `None` where there is none, `UNKNOWN` where nobody knows."""
    for step in path.split("."):
        if value is UNKNOWN:
            return UNKNOWN
        if not isinstance(value, dict):
            return None
        value = value.get(step)
    return value


def values_at(value: object, path: str) -> Iterator[tuple[str, Any]]:
    """Every known value at a path in which `[*]` stands for each item of a list, with the path of each.

    `agentPoolProfiles[*].vmSize` gives `("agentPoolProfiles[0].vmSize", "Standard_D4s_v5")` and so on.
    """
    yield from _walk(value, _STEP.findall(path), "")


def _walk(value: object, steps: list[str], path: str) -> Iterator[tuple[str, Any]]:
    if value is None or value is UNKNOWN:
        return
    if not steps:
        yield path, value
    elif steps[0] == "[*]":
        if isinstance(value, list):
            for index, item in enumerate(value):
                yield from _walk(item, steps[1:], f"{path}[{index}]")
    elif isinstance(value, dict):
        yield from _walk(value.get(steps[0]), steps[1:], f"{path}.{steps[0]}" if path else steps[0])


def text_at(value: object, path: str) -> str | None:
    """The text at a path, if it is known."""
    found = value_at(value, path)
    return found if isinstance(found, str) else None


def number_at(value: object, path: str) -> int | None:
    """The whole number at a path, if it is known. The engine's numbers are floats."""
    found = value_at(value, path)
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    return int(found)


def flag_at(value: object, path: str) -> bool | None:
    """The truth at a path, if it is known. Options of add-ons are given as text."""
    found = value_at(value, path)
    if isinstance(found, str) and found.lower() in ("true", "false"):
        return found.lower() == "true"
    return found if isinstance(found, bool) else None


def list_at(value: object, path: str) -> list[Any] | None:
    """The list at a path, if it is known; its items may be unknown."""
    found = value_at(value, path)
    return found if isinstance(found, list) else None


def object_at(value: object, path: str) -> Object:
    """The object at a path; empty if there is none or if it is unknown."""
    found = value_at(value, path)
    return found if isinstance(found, dict) else {}


def is_absent(value: object, path: str) -> bool:
    """Whether there certainly is nothing at a path."""
    return value_at(value, path) is None


def same(left: object, right: object) -> bool:
    """Whether two values mean the same: numbers by value, ids without regard to case."""
    if left is UNKNOWN or right is UNKNOWN:
        return True
    if isinstance(left, str) and isinstance(right, str):
        return left == right or (left.startswith("/subscriptions/") and left.lower() == right.lower())
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(item, right[key]) for key, item in left.items())
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(same(*pair) for pair in zip(left, right, strict=True))
    return left == right
