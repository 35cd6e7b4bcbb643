"""The engine's property values as the plain values that rules read, and a remedy's changes as the engine's values.

Owns the marks of the protocol: a secret is unwrapped and its place kept, what is not known becomes `UNKNOWN`, integral
numbers become `int`, and assets become empty maps, as no rule looks into a file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from google.protobuf import struct_pb2  # type: ignore[import-untyped]  # ships no types

from rules.paths import at
from rules.policies.node import UNKNOWN
from rules.tables import engine_marks as marks


@dataclass(frozen=True, kw_only=True)
class Decoded:
    """The values of one message."""

    inputs: dict[str, object]
    secrets: dict[str, object] = field(default_factory=dict)
    """What is secret, by its path."""

    def secret_texts(self) -> Iterator[str]:
        """Every text and number in what is secret."""
        for value in self.secrets.values():
            yield from _texts(value)


def decode(struct: struct_pb2.Struct) -> Decoded:
    """The values of a message; its maps in the order of their keys, because a message keeps none."""
    secrets: dict[str, object] = {}
    return Decoded(inputs=_map(struct, [], secrets), secrets=secrets)


def _map(struct: struct_pb2.Struct, trail: list[str | int], secrets: dict[str, object]) -> dict[str, object]:
    fields = struct.fields
    plain: dict[str, object] = {}
    for key in sorted(fields):
        trail.append(key)
        plain[key] = _plain(fields[key], trail, secrets)
        trail.pop()
    return plain


def _plain(value: struct_pb2.Value, trail: list[str | int], secrets: dict[str, object]) -> object:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        text = value.string_value
        return UNKNOWN if text in marks.UNKNOWNS else text
    if kind == "struct_value":
        struct = value.struct_value
        if marks.SIGNATURE in struct.fields:
            return _marked(struct, trail, secrets)
        return _map(struct, trail, secrets)
    if kind == "list_value":
        plain = []
        for index, item in enumerate(value.list_value.values):
            trail.append(index)
            plain.append(_plain(item, trail, secrets))
            trail.pop()
        return plain
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    return value.bool_value if kind == "bool_value" else None


def _marked(struct: struct_pb2.Struct, trail: list[str | int], secrets: dict[str, object]) -> object:
    fields = struct.fields
    match fields[marks.SIGNATURE].string_value:
        case marks.SECRET:
            secrets[at("", *trail)] = found = _plain(fields["value"], trail, secrets)
            return found
        case marks.OUTPUT:
            found = _plain(fields["value"], trail, secrets) if "value" in fields else UNKNOWN
            if "secret" in fields and fields["secret"].bool_value:
                secrets[at("", *trail)] = found
            return found
        case marks.RESOURCE:
            return _plain(fields["id"], trail, secrets) if "id" in fields else UNKNOWN
        case marks.ASSET | marks.ARCHIVE:
            return {}
    return _map(struct, trail, secrets)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield str(value)


def patched(struct: struct_pb2.Struct, old: dict[str, Any], new: dict[str, Any]) -> struct_pb2.Struct:
    """The message with what differs between two decoded values changed in it.

    What stays is taken over as it is, with its marks; a value that changes inside of a secret stays in it.
    """
    changed = struct_pb2.Struct()
    changed.CopyFrom(struct)
    _patch(changed, old, new)
    return changed


def _patch(struct: struct_pb2.Struct, old: dict[str, Any], new: dict[str, Any]) -> None:
    for key in [key for key in old if key not in new]:
        del struct.fields[key]
    for key, value in new.items():
        if key in old:
            _change(struct.fields[key], old[key], value)
        else:
            _encode(struct.fields[key], value)


def _change(value: struct_pb2.Value, old: object, new: object) -> None:
    if old is new or (type(old) is type(new) and old == new):
        return
    if value.WhichOneof("kind") == "struct_value" and marks.SIGNATURE in value.struct_value.fields:
        inner = value.struct_value.fields
        if inner[marks.SIGNATURE].string_value in (marks.SECRET, marks.OUTPUT):
            _change(inner["value"], old, new)
            return
    if isinstance(old, dict) and isinstance(new, dict) and value.WhichOneof("kind") == "struct_value":
        _patch(value.struct_value, old, new)
    elif isinstance(old, list) and isinstance(new, list) and value.WhichOneof("kind") == "list_value":
        items = value.list_value.values
        del items[len(new) :]
        for index, item in enumerate(new):
            if index < len(old):
                _change(items[index], old[index], item)
            else:
                _encode(items.add(), item)
    else:
        _encode(value, new)


def _encode(value: struct_pb2.Value, plain: object) -> None:
    if plain is UNKNOWN:
        value.string_value = marks.UNKNOWN_TEXT
    elif plain is None:
        value.null_value = struct_pb2.NULL_VALUE
    elif isinstance(plain, bool):
        value.bool_value = plain
    elif isinstance(plain, (int, float)):
        value.number_value = plain
    elif isinstance(plain, str):
        value.string_value = plain
    elif isinstance(plain, dict):
        value.struct_value.SetInParent()
        value.struct_value.Clear()
        for key, item in plain.items():
            _encode(value.struct_value.fields[key], item)
    elif isinstance(plain, list):
        value.list_value.SetInParent()
        value.list_value.Clear()
        for item in plain:
            _encode(value.list_value.values.add(), item)
    else:
        raise TypeError(f"a {type(plain).__name__} is no value of an input")
