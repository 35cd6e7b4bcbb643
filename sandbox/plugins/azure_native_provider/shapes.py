"""Whether inputs have the form that the pinned SDK gives them, and which outputs a preview cannot know.

Owns the reading of `sandbox/azure/schema.json`. Refuses unknown properties, missing ones, wrong types and values that
an enumeration does not have, each with its path and what is allowed. Azure takes some of these silently: a misspelt
property is dropped there, and found much later.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

from rules.words import given, listed, nearest
from sandbox.azure.errors import Refusal
from sandbox.azure.types import arm_type
from sandbox.azure.values import UNKNOWN, Object

FILE: Final = Path(__file__).resolve().parents[2] / "azure" / "schema.json"
API_VERSION: Final = "azureApiVersion"
"""An input that the official provider adds itself; no program can give it."""

MORE: Final = {
    "containerservice:OSSKU": ("Windows2025",),
    "resources:ExtendedLocationType": ("CustomLocation",),
}
"""Values that Azure takes and the SDK does not name. `Windows2025` is in the GA enumeration from 2026-02-01 on; the
older 2025-09-01, which the SDK speaks, takes it (terraform-provider-azurerm#32084). A generic resource's extended
location is read by the resource's own provider: Microsoft.HybridContainerService 2024-01-01 wants `CustomLocation`."""

OPEN: Final = frozenset({"monitor:KnownDataFlowStreams", "monitor:KnownExtensionDataSourceStreams"})
"""Enumerations of which Azure takes other values too: each solution of Azure Monitor brings streams of its own, for
example `Microsoft-PrometheusMetrics` (learn.microsoft.com, structure of a data collection rule, read 2026-08)."""

_SCALARS: Final[dict[str, tuple[type, ...]]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int, float),
    "number": (int, float),
}
_SAID: Final = {bool: "a boolean", int: "a number", float: "a number", str: "a string", list: "a list", dict: "a map"}
_WANTED: Final = {
    "string": "a string",
    "boolean": "a boolean, true or false",
    "integer": "a whole number",
    "number": "a number",
}


def api_version(token: str) -> str:
    """The API version that the SDK speaks for a resource type. Raises `UnsupportedType` for one that is not there."""
    return str(_resource(token)["apiVersion"])


def has_location(token: str) -> bool:
    """Whether a resource type has a location of its own."""
    return "location" in _resource(token)["properties"]


def check(token: str, inputs: Object) -> list[Refusal]:
    """What is wrong with the form of `inputs`; unknown values are not."""
    return sorted(_object(_resource(token), stated(inputs), ""), key=lambda refusal: refusal.path)


def stated(inputs: Object) -> Object:
    """What the program or Azure has said, without what this provider notes among the inputs."""
    return {key: value for key, value in inputs.items() if key != API_VERSION and not key.startswith("__")}


def preview(token: str, inputs: Object) -> Object:
    """`inputs` as outputs of a resource that is not there yet: all that only Azure can say is unknown."""
    return {**_previewed(_resource(token), stated(inputs)), API_VERSION: api_version(token)}


def project(token: str, outputs: Object) -> Object:
    """Those parts of `outputs` that are inputs too, in the form that inputs have."""
    return _projected(_resource(token), outputs)


def _object(shape: Object, value: Object, path: str) -> Iterator[Refusal]:
    properties = shape["properties"]
    for name in shape["required"]:
        if name not in value:
            yield Refusal(_at(path, name), "is missing, and Azure's API requires it. Fix: give it.", "MissingProperty")
    for name in sorted(value):
        if name in properties:
            yield from _value(properties[name], value[name], _at(path, name))
        elif name in shape["computed"]:
            yield Refusal(_at(path, name), "is computed by Azure. Fix: leave it out.", "UnknownProperty")
        else:
            fix = _nearest(name, properties, "leave it out")
            yield Refusal(_at(path, name), f"is unknown to Azure's API. Fix: {fix}.", "UnknownProperty")


def _value(kind: Any, value: Any, path: str) -> Iterator[Refusal]:
    if value is UNKNOWN or kind == "any":
        return
    if isinstance(kind, list):
        yield from _items(kind[0], value, path)
    elif isinstance(kind, dict):
        yield from _entries(kind["*"], value, path)
    elif kind in _SCALARS:
        yield from _scalar(kind, value, path)
    elif kind in _schema()["enums"]:
        yield from _choice(kind, value, path)
    else:
        yield from _nested(kind, value, path)


def _items(kind: Any, value: Any, path: str) -> Iterator[Refusal]:
    if not isinstance(value, list):
        yield _wrong(path, value, "a list")
        return
    for index, item in enumerate(value):
        yield from _value(kind, item, f"{path}[{index}]")


def _entries(kind: Any, value: Any, path: str) -> Iterator[Refusal]:
    if not isinstance(value, dict):
        yield _wrong(path, value, "a map")
        return
    for key in sorted(value):
        yield from _value(kind, value[key], f'{path}["{key}"]')


def _scalar(kind: str, value: Any, path: str) -> Iterator[Refusal]:
    wrong = not isinstance(value, _SCALARS[kind]) or (isinstance(value, bool) and kind != "boolean")
    if wrong or (kind == "integer" and int(value) != value):
        yield _wrong(path, value, _WANTED[kind])


def _choice(kind: str, value: Any, path: str) -> Iterator[Refusal]:
    allowed = [*_schema()["enums"][kind], *MORE.get(kind, ())]
    if not isinstance(value, str):
        yield _wrong(path, value, "a string")
    elif value not in allowed and kind not in OPEN:
        fix = _nearest(value, allowed, "use one of them")
        yield Refusal(path, f"is {given(value)}; allowed: {listed(allowed)}. Fix: {fix}.", "InvalidValue")


def _nested(kind: str, value: Any, path: str) -> Iterator[Refusal]:
    if not isinstance(value, dict):
        yield _wrong(path, value, "a map")
        return
    # One of several types, told apart by a property of theirs: what fits one of them is right.
    found = [list(_object(_schema()["types"][name], value, path)) for name in kind.split("|")]
    yield from min(found, key=len)


def _wrong(path: str, value: Any, wanted: str) -> Refusal:
    # The kind and not the value: it may be a secret in the wrong place.
    return Refusal(
        path, f"is {_SAID.get(type(value), 'something else')}; allowed: {wanted}. Fix: give one.", "InvalidType"
    )


def _nearest(word: str, known: Iterable[str], otherwise: str) -> str:
    near = nearest(word, known)
    return f"write {near}" if near else otherwise


def _previewed(shape: Object, given: Object) -> Object:
    outputs: Object = dict.fromkeys((*shape["properties"], *shape["computed"]), UNKNOWN)
    for name, value in given.items():
        if name not in shape["computed"]:
            outputs[name] = _echoed(shape["properties"].get(name, "any"), value)
    return outputs


def _echoed(kind: Any, value: Any) -> Any:
    if isinstance(kind, list) and isinstance(value, list):
        return [_echoed(kind[0], item) for item in value]
    if isinstance(kind, dict) and isinstance(value, dict):
        return {key: _echoed(kind["*"], item) for key, item in value.items()}
    if isinstance(kind, str) and kind in _schema()["types"] and isinstance(value, dict):
        return _previewed(_schema()["types"][kind], value)
    return value


def _projected(shape: Object, outputs: Object) -> Object:
    properties = shape["properties"]
    return {name: _as_input(properties[name], outputs[name]) for name in properties if outputs.get(name) is not None}


def _as_input(kind: Any, value: Any) -> Any:
    if isinstance(kind, list) and isinstance(value, dict):
        # Identities: a list of ids goes in, a map by id comes out.
        return sorted(value)
    if isinstance(kind, list) and isinstance(value, list):
        return [_as_input(kind[0], item) for item in value]
    if isinstance(kind, dict) and isinstance(value, dict):
        return {key: _as_input(kind["*"], item) for key, item in value.items()}
    if isinstance(kind, str) and kind in _schema()["types"] and isinstance(value, dict):
        return _projected(_schema()["types"][kind], value)
    return value


def _at(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _resource(token: str) -> Object:
    arm_type(token)
    found: Object = _schema()["resources"][token]
    return found


@cache
def _schema() -> Object:
    read: Object = json.loads(FILE.read_text())
    return read
