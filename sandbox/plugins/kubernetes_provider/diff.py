"""What a change of the inputs means for the object.

Owns the comparison of old and new inputs, field by field, and whether the object must be replaced. Drift is not found
here: a refresh writes it into the old inputs (`drift`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, Literal

from sandbox.plugins.codec import Object
from sandbox.plugins.kubernetes_provider import force_new
from sandbox.plugins.kubernetes_provider.keys import AUTONAMED, name_of
from sandbox.plugins.places import Path, covers, parse_path
from sandbox.plugins.plan import Change, Plan

IMPORTED: Final = "__imported"
"""In inputs read from the cluster and not from a program: they hold every default, which no program states."""


def plan(old: Object, new: Object, *, ignore: Iterable[str] = (), immutable_data: bool = True) -> Plan:
    """Compare plain inputs. `ignore` holds property paths of `ignoreChanges`."""
    imported = IMPORTED in old
    before, after = _comparable(old), _comparable(new)
    name = name_of(after)
    fixed = after.get("immutable") is True
    places = force_new.patterns(name.group, name.kind, immutable_data=immutable_data or fixed)
    ignored = [parse_path(text) for text in ignore]
    changes = tuple(
        Change(path=path, kind=kind, replaces=force_new.replaces(path, places))
        for path, kind in compare(before, after)
        if not any(covers(pattern, path) for pattern in ignored) and not (imported and kind == "delete")
    )
    was = name_of(before)
    # Two objects of one name cannot be at a time; an autonamed one gets another name.
    same_name = (was.namespace, was.name) == (name.namespace, name.name)
    return Plan(changes=changes, delete_first=same_name and not _autonamed(after))


def _comparable(inputs: Object) -> Object:
    metadata = inputs.get("metadata")
    rest = {key: value for key, value in inputs.items() if key != IMPORTED}
    if not isinstance(metadata, dict) or metadata.get("namespace") not in ("", "default"):
        return rest
    return {**rest, "metadata": {key: value for key, value in metadata.items() if key != "namespace"}}


def compare(old: Any, new: Any, path: Path = ()) -> Iterator[tuple[Path, Literal["add", "delete", "update"]]]:
    """Every place at which two plain values differ, and how, in the order of keys."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            yield from compare(old.get(key), new.get(key), (*path, key))
    elif isinstance(old, list) and isinstance(new, list):
        shared = min(len(old), len(new))
        for index in range(shared):
            yield from compare(old[index], new[index], (*path, index))
        yield from (((*path, index), "delete") for index in range(shared, len(old)))
        yield from (((*path, index), "add") for index in range(shared, len(new)))
    elif old is None and new is not None:
        yield path, "add"
    elif old is not None and new is None:
        yield path, "delete"
    elif type(old) is not type(new) or old != new:
        yield path, "update"


def _autonamed(inputs: Object) -> bool:
    annotations = inputs.get("metadata", {}).get("annotations")
    return isinstance(annotations, dict) and annotations.get(AUTONAMED) == "true"
