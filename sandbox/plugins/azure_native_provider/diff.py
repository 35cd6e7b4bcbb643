"""What a change of the inputs means for the resource.

Owns the comparison of old and new inputs and whether the resource must be replaced: by azure-native's own list
(`ArmType.force_new`), its location, and the inputs that form its id. Drift is not found here: a refresh writes it into
the old inputs (`drift`). What Azure would refuse to change beyond that list is an update here, as it is for the
official provider.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sandbox.azure.types import arm_type
from sandbox.azure.values import UNKNOWN, Object, is_known, same
from sandbox.plugins.azure_native_provider.naming import RANDOM_NAME
from sandbox.plugins.places import Path, covers, parse_path
from sandbox.plugins.plan import Change, Kind, Plan


def plan(token: str, old: Object, new: Object, *, state: Object, ignore: Iterable[str] = ()) -> Plan:
    """Compare inputs. `state` are the last outputs, `ignore` property paths of `ignoreChanges`.

    What an import has found and the program does not state is removed: an update that changes nothing, once, or a
    replacement where a new resource is forced. So it is with the official provider, whose inputs of an import are all
    that Azure answers.
    """
    row = arm_type(token)
    places = [parse_path(text) for text in (*row.path_inputs, "location", *row.force_new)]
    ignored = [parse_path(text) for text in ignore]
    changes = tuple(
        Change(path=path, kind=kind, replaces=_replaces(path, kind, before, after, places, state))
        for path, kind, before, after in _compare(_comparable(old), _comparable(new), ())
        if not any(covers(pattern, path) for pattern in ignored)
    )
    # Two resources of one name cannot be at a time; one with a random name gets another.
    return Plan(changes=changes, delete_first=old.get(RANDOM_NAME) is not True)


def _comparable(inputs: Object) -> Object:
    values = {key: value for key, value in inputs.items() if not key.startswith("__")}
    location = values.get("location")
    if isinstance(location, str):
        # "West Europe" and "westeurope" are one place.
        values["location"] = location.replace(" ", "").lower()
    return values


def _compare(old: Any, new: Any, path: Path) -> Iterator[tuple[Path, Kind, Any, Any]]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            yield from _compare(old.get(key), new.get(key), (*path, key))
    elif isinstance(old, list) and isinstance(new, list):
        shared = min(len(old), len(new))
        for index in range(shared):
            yield from _compare(old[index], new[index], (*path, index))
        yield from (((*path, index), "delete", old[index], None) for index in range(shared, len(old)))
        yield from (((*path, index), "add", None, new[index]) for index in range(shared, len(new)))
    elif old is None and new is not None:
        yield path, "add", old, new
    elif old is not None and new is None:
        yield path, "delete", old, new
    elif old is UNKNOWN or new is UNKNOWN or not _equal(old, new):
        yield path, "update", old, new


def _equal(old: Any, new: Any) -> bool:
    return isinstance(old, bool) == isinstance(new, bool) and same(old, new)


def _replaces(path: Path, kind: Kind, before: Any, after: Any, places: list[Path], state: Object) -> bool:
    if kind == "add" and is_known(after) and same(_at(state, path), after):
        return False  # the program now says what Azure had chosen
    if any(covers(place, path) for place in places):
        return True
    # A map that comes or goes as a whole, with such a property in it.
    inner = after if kind == "add" else before
    return any(
        len(path) < len(place) and covers(path, place) and _at(inner, place[len(path) :]) is not None
        for place in places
    )


def _at(value: Any, path: Path) -> Any:
    for step in path:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value
