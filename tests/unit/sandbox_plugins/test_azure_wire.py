"""The engine's values as the simulated Azure's, and back."""

from __future__ import annotations

import pytest
from google.protobuf import struct_pb2  # type: ignore[import-untyped]  # ships no types

from sandbox.azure.values import UNKNOWN
from sandbox.plugins import codec
from sandbox.plugins.azure_native_provider.errors import ProviderError
from sandbox.plugins.azure_native_provider.wire import from_engine, to_engine


def test_marks_and_nulls_are_taken_off_and_unknowns_stay() -> None:
    struct = codec.encode({"a": codec.Secret({"b": 1, "none": None}), "c": [codec.UNKNOWN, None], "d": None})
    assert from_engine(struct) == {"a": {"b": 1}, "c": [UNKNOWN, None]}
    assert from_engine(struct)["c"][0] is UNKNOWN


def test_values_come_back_as_they_went() -> None:
    values = {"a": {"b": [1, 0.5, True, "x", UNKNOWN]}, "e": {}, "l": []}
    assert from_engine(to_engine(values)) == values


def test_an_asset_is_refused_in_a_sentence() -> None:
    struct = struct_pb2.Struct()
    struct.update({"a": {codec.SIGNATURE: "c44067f5952c0a294b673a41bacd8c17", "text": "x"}})
    with pytest.raises(ProviderError, match="give its text or its id instead"):
        from_engine(struct)
