"""The engine's property values as plain Python values, and back.

Owns the marks that the protocol puts into a `google.protobuf.Struct` for what it cannot say otherwise: a secret becomes
`Secret`, an unknown `UNKNOWN`. Integral numbers become `int`: the wire has doubles only, and Kubernetes refuses `1.0`
for an integer. Refuses assets and archives, which no Kubernetes object can hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from google.protobuf import struct_pb2  # type: ignore[import-untyped]  # ships no types

# sdk/go/common/resource/properties.go and sdk/python/lib/pulumi/runtime/rpc.py, 3.256.0.
SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
SECRET_SIGNATURE: Final = "1b47061264138c4ac30d75fd1eb44270"
UNKNOWN_TEXT: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

Object = dict[str, Any]
"""A map of plain values: of `None`, `bool`, `int`, `float`, `str`, lists and maps of them, `Secret` and `UNKNOWN`."""


@dataclass(frozen=True)
class Secret:
    """A value that the engine must encrypt. Its text never shows the value."""

    value: Any

    def __repr__(self) -> str:
        return "Secret(...)"


class Unknown:
    """What is not known before the update has run."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()


class CodecError(Exception):
    """A value that has no place in a Kubernetes object."""


def decode(struct: struct_pb2.Struct) -> Object:
    """The values of a message. Raises `CodecError` for assets, archives and the like."""
    return {key: _decode(value) for key, value in struct.fields.items()}


def encode(values: Object) -> struct_pb2.Struct:
    """The message of `values`, its keys sorted."""
    struct = struct_pb2.Struct()
    for key in sorted(values):
        _encode(values[key], struct.fields[key])
    return struct


def has_unknown(value: object) -> bool:
    """Whether anything in `value` is unknown."""
    match value:
        case Unknown():
            return True
        case Secret(inner):
            return has_unknown(inner)
        case dict():
            return any(has_unknown(item) for item in value.values())
        case list():
            return any(has_unknown(item) for item in value)
    return False


def _decode(value: struct_pb2.Value) -> Any:
    match value.WhichOneof("kind"):
        case "string_value":
            return UNKNOWN if value.string_value == UNKNOWN_TEXT else value.string_value
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "bool_value":
            return value.bool_value
        case "struct_value":
            return _decode_map(value.struct_value)
        case "list_value":
            return [_decode(item) for item in value.list_value.values]
    return None


def _decode_map(struct: struct_pb2.Struct) -> Any:
    if SIGNATURE not in struct.fields:
        return decode(struct)
    if struct.fields[SIGNATURE].string_value == SECRET_SIGNATURE:
        return Secret(_decode(struct.fields["value"]))
    raise CodecError(
        "assets, archives and resource references cannot be part of a Kubernetes object; give its text instead"
    )


def _encode(value: Any, target: struct_pb2.Value) -> None:
    match value:
        case None:
            target.null_value = struct_pb2.NULL_VALUE
        case bool():
            target.bool_value = value
        case int() | float():
            target.number_value = value
        case str():
            target.string_value = value
        case Unknown():
            target.string_value = UNKNOWN_TEXT
        case Secret(inner):
            fields = target.struct_value.fields
            fields[SIGNATURE].string_value = SECRET_SIGNATURE
            _encode(inner, fields["value"])
        case dict():
            target.struct_value.SetInParent()
            for key in sorted(value):
                _encode(value[key], target.struct_value.fields[key])
        case list():
            target.list_value.SetInParent()
            for item in value:
                _encode(item, target.list_value.values.add())
        case _:
            raise CodecError(f"a {type(value).__name__} cannot be part of a Kubernetes object")
