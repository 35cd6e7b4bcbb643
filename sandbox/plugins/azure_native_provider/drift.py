"""What has changed in Azure, in terms of the inputs.

Owns the inputs that a refresh and an import find. As the official provider does, it keeps the inputs and copies into
them what Azure now says otherwise than when it was last asked; so defaults, spellings and values that Azure never
repeats are no drift. What a parent lists of resources that are managed on their own, as a network its subnets and a
cluster its pools, is not the parent's input unless the parent states it.
"""

from __future__ import annotations

import re
from typing import Any, Final

from sandbox.azure.types import ArmType, arm_type
from sandbox.azure.values import Object, same
from sandbox.plugins.azure_native_provider import shapes

_CHILDREN: Final = frozenset({"accessPolicies", "agentPoolProfiles", "routes", "securityRules", "subnets"})
_EXTENDED: Final = ("resourceUri", "scope")
_LONG: Final = (*_EXTENDED, "parentResourcePath")
_ABSENT: Final = object()


def refreshed(token: str, inputs: Object, before: Object, live: Object) -> Object:
    """`inputs` with what has changed from the outputs `before` to the outputs `live`."""
    was, now = shapes.project(token, before), shapes.project(token, live)
    found: Object = _refresh(inputs, was, now)
    for name in sorted(now.keys() - inputs.keys() - _CHILDREN):
        if not same(was.get(name), now[name]):
            found[name] = now[name]
    return found


def imported(token: str, resource_id: str, live: Object) -> Object:
    """Inputs that describe a resource which no program states yet, Azure's own choices among them.

    Raises `ValueError` for an id of another type.
    """
    row = arm_type(token)
    found = {**shapes.project(token, live), **_path_inputs(row, resource_id)}
    return {**found, shapes.API_VERSION: shapes.api_version(token)}


def _refresh(inputs: Any, was: Any, now: Any) -> Any:
    if isinstance(inputs, dict) and isinstance(now, dict):
        known = was if isinstance(was, dict) else {}
        found = {key: _refresh(value, known.get(key, _ABSENT), now.get(key, _ABSENT)) for key, value in inputs.items()}
        return {key: value for key, value in found.items() if value is not _ABSENT}
    if isinstance(inputs, list) and isinstance(now, list) and _named(inputs) and _named(now):
        before = {item["name"]: item for item in was} if isinstance(was, list) and _named(was) else {}
        latest = {item["name"]: item for item in now}
        items = [
            _refresh(item, before.get(item["name"], _ABSENT), latest.get(item["name"], _ABSENT)) for item in inputs
        ]
        return [item for item in items if item is not _ABSENT]
    if was is now or (was is not _ABSENT and now is not _ABSENT and same(was, now)):
        return inputs
    return now


def _named(items: list[Any]) -> bool:
    return bool(items) and all(isinstance(item, dict) and isinstance(item.get("name"), str) for item in items)


def _path_inputs(row: ArmType, resource_id: str) -> Object:
    # Only what is extended, and the parent of a generic resource, is more than one word of the path.
    pattern = re.escape(row.path).replace(r"\{subscriptionId\}", "[^/]+")
    for name in row.path_inputs:
        pattern = pattern.replace(rf"\{{{name}\}}", f"(?P<{name}>{'.+' if name in _LONG else '[^/]+'})")
    match = re.fullmatch(pattern, resource_id, re.IGNORECASE)
    if match is None:
        raise ValueError(f"{resource_id} is not the id of a {row.name}; such an id is {row.path}")
    # What is extended is an id of its own, and programs write those with a slash in front.
    return {name: f"/{match[name]}" if name in _EXTENDED else match[name] for name in row.path_inputs}
