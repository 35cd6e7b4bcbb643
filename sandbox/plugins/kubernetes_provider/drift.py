"""What has changed in the cluster, in terms of the inputs.

Owns the inputs that a refresh finds. A field that the program does not state is not ours and is left out, items that
others appended to a list included. A field has drifted if the API server now says something else than when it was
last written or read; comparing with what it said, not with what was asked for, means that defaults, canonical
spellings and values that it drops are never drift.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from sandbox.plugins.codec import Object
from sandbox.plugins.kubernetes_provider.diff import IMPORTED

SERVER_FIELDS: Final = (
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
)
IDENTITY_FIELDS: Final = ("resourceVersion", "selfLink", "uid")
SERVER_ANNOTATIONS: Final = (
    "deployment.kubernetes.io/revision",
    "deprecated.daemonset.template.generation",
    "kubectl.kubernetes.io/last-applied-configuration",
)
_ITEM_KEYS: Final = ("name", "mountPath", "key", "uid", "ip", "containerPort", "port", "topologyKey")
"""By what an item of a list is known, the first that all items have; else by its index."""
_ABSENT: Final = object()


def refreshed_inputs(inputs: Object, before: Object, live: Object) -> Object:
    """`inputs` with what has changed from `before` to `live`: the object as last known, and as it is."""
    result: Object = _refresh(inputs, before, live)
    return result


def imported_inputs(live: Object) -> Object:
    """Inputs that describe an object which no program has stated yet."""
    metadata = {
        key: value for key, value in live.get("metadata", {}).items() if key not in SERVER_FIELDS + IDENTITY_FIELDS
    }
    annotations = {
        key: value for key, value in metadata.pop("annotations", {}).items() if key not in SERVER_ANNOTATIONS
    }
    if annotations:
        metadata["annotations"] = annotations
    rest = {key: value for key, value in live.items() if key != "status"}
    return {**rest, "metadata": metadata, IMPORTED: True}


def _refresh(inputs: Any, before: Any, live: Any) -> Any:
    if isinstance(inputs, dict) and isinstance(live, dict):
        known = before if isinstance(before, dict) else {}
        found = {key: _refresh(value, known.get(key, _ABSENT), live.get(key, _ABSENT)) for key, value in inputs.items()}
        return {key: value for key, value in found.items() if value is not _ABSENT}
    if isinstance(inputs, list) and isinstance(live, list) and all(isinstance(item, dict) for item in inputs):
        return _refresh_items(inputs, before if isinstance(before, list) else [], live)
    return inputs if live == before else live


def _refresh_items(inputs: list[Any], before: list[Any], live: list[Any]) -> list[Any]:
    if not inputs and not before:
        return live
    label = _labels(inputs, before, live)
    known = {label(index, item): item for index, item in enumerate(before)}
    now = {label(index, item): item for index, item in enumerate(live)}
    names = [label(index, item) for index, item in enumerate(inputs)]
    found = (
        _refresh(item, known.get(name, _ABSENT), now.get(name, _ABSENT))
        for name, item in zip(names, inputs, strict=True)
    )
    return [item for item in found if item is not _ABSENT]


def _labels(*lists: list[Any]) -> Callable[[int, Any], object]:
    for key in _ITEM_KEYS:
        if all(_tells_apart(key, items) for items in lists):
            return partial(_by_key, key)
    return lambda index, item: index


def _tells_apart(key: str, items: list[Any]) -> bool:
    values = [item.get(key) for item in items if isinstance(item, dict)]
    return len(values) == len(items) and None not in values and len({str(value) for value in values}) == len(items)


def _by_key(key: str, index: int, item: Any) -> object:
    return item[key]
