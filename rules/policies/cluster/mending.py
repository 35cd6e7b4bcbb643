"""Inputs with another value in them, for remedies."""

from __future__ import annotations

from typing import Any

from rules.paths import split
from rules.policies.resource import Resource


def with_value(inputs: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """`inputs` with a value at a path of maps; what is on the way is copied or made, everything else shared."""
    *above, last = split(path)
    changed = place = dict(inputs)
    for key in above:
        there = place.get(str(key))
        place[str(key)] = dict(there) if isinstance(there, dict) else {}
        place = place[str(key)]
    place[str(last)] = value
    return changed


def with_flags(resource: Resource, paths: list[str], value: object = True) -> dict[str, object] | None:
    """The inputs of a resource with `value` at all the paths; `None`: there are none."""
    if not paths:
        return None
    changed = dict(resource.inputs)
    for path in paths:
        changed = with_value(changed, path, value)
    return changed
