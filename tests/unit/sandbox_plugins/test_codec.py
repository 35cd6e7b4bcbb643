"""Property values keep their meaning across the protocol."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.plugins.codec import (
    SECRET_SIGNATURE,
    SIGNATURE,
    UNKNOWN,
    CodecError,
    Secret,
    decode,
    encode,
    has_unknown,
)

keys = st.text(max_size=8).filter(lambda key: key != SIGNATURE)
leaves = (
    st.none()
    | st.booleans()
    | st.integers(min_value=-(2**53), max_value=2**53)
    | st.floats(allow_nan=False, allow_infinity=False).filter(lambda number: not number.is_integer())
    | st.text(max_size=8)
    | st.just(UNKNOWN)
)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3) | inner.map(Secret),
    max_leaves=10,
)


@given(st.dictionaries(keys, values, max_size=4))
def test_every_value_comes_back_as_it_went(value: dict[str, Any]) -> None:
    assert decode(encode(value)) == value


def test_an_integral_number_is_an_integer_because_kubernetes_refuses_1_0() -> None:
    port = decode(encode({"port": 80.0}))["port"]
    assert isinstance(port, int)


def test_a_boolean_is_no_number() -> None:
    assert decode(encode({"a": True}))["a"] is True


def test_the_same_values_are_the_same_bytes_whatever_their_order() -> None:
    one = encode({"a": {"x": 1, "y": 2}, "b": []})
    other = encode({"b": [], "a": {"y": 2, "x": 1}})
    assert one.SerializeToString(deterministic=True) == other.SerializeToString(deterministic=True)


@pytest.mark.parametrize("value", [UNKNOWN, Secret(UNKNOWN), [1, UNKNOWN], {"a": [Secret({"b": UNKNOWN})]}])
def test_an_unknown_is_found_wherever_it_is(value: object) -> None:
    assert has_unknown(value)
    assert not has_unknown({"a": [Secret({"b": 1})]})


def test_an_asset_is_refused() -> None:
    asset = {"data": {SIGNATURE: "c44067f5952c0a294b673a41bacd8c17", "text": "x"}}
    with pytest.raises(CodecError, match="give its text instead"):
        decode(encode(asset))


def test_a_secret_does_not_show_itself() -> None:
    assert "hunter2" not in repr({"password": Secret("hunter2")})
    assert SECRET_SIGNATURE in str(encode({"password": Secret("x")}))
