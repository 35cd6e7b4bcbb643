"""The engine's property values as those of the simulated Azure, and back.

Owns what the two call differently. Marks of secrets are taken off: this provider tells the engine, as the official one
does, that it keeps none, and the engine then marks outputs again by their paths. Nulls are dropped, since to Azure a
property that is null was not sent.
"""

from __future__ import annotations

from typing import Any

from google.protobuf import struct_pb2  # type: ignore[import-untyped]  # ships no types

from sandbox.azure.values import UNKNOWN, Object
from sandbox.plugins import codec
from sandbox.plugins.azure_native_provider.errors import ProviderError


def from_engine(struct: struct_pb2.Struct) -> Object:
    """The values of a message. Raises `ProviderError` for assets, archives and references to resources."""
    try:
        decoded = codec.decode(struct)
    except codec.CodecError:
        raise ProviderError(
            "an asset, an archive or a resource is given where Azure wants a value; give its text or its id instead"
        ) from None
    values: Object = _plain(decoded)
    return values


def to_engine(values: Object) -> struct_pb2.Struct:
    """The message of `values`."""
    return codec.encode(_marked(values))


def _plain(value: Any) -> Any:
    match value:
        case codec.Unknown():
            return UNKNOWN
        case codec.Secret(inner):
            return _plain(inner)
        case dict():
            return {key: _plain(item) for key, item in value.items() if item is not None}
        case list():
            return [_plain(item) for item in value]
    return value


def _marked(value: Any) -> Any:
    if value is UNKNOWN:
        return codec.UNKNOWN
    match value:
        case dict():
            return {key: _marked(item) for key, item in value.items() if item is not None}
        case list():
            return [_marked(item) for item in value]
    return value
