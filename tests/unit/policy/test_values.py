"""The engine's values as rules read them, and back after a remedy."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf import struct_pb2

from policy import values
from rules.policies.node import UNKNOWN
from rules.tables import engine_marks as marks


def message(plain: dict[str, Any]) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.update(plain)
    return struct


def secret(value: object) -> dict[str, object]:
    return {marks.SIGNATURE: marks.SECRET, "value": value}


def test_values_are_plain_and_whole_numbers_whole() -> None:
    plain = {"text": "a", "one": 1, "half": 0.5, "yes": True, "none": None, "list": [1, {"a": []}], "map": {}}
    decoded = values.decode(message(plain))
    assert decoded.inputs == plain
    assert type(decoded.inputs["one"]) is int
    assert type(decoded.inputs["yes"]) is bool
    assert decoded.secrets == {}


@pytest.mark.parametrize("text", sorted(marks.UNKNOWNS))
def test_what_is_not_known_yet_is_unknown_whatever_its_type_will_be(text: str) -> None:
    assert values.decode(message({"a": [text]})).inputs == {"a": [UNKNOWN]}


def test_there_is_a_mark_for_every_type() -> None:
    assert len(marks.UNKNOWNS) == 7


def test_a_secret_is_unwrapped_and_its_place_kept() -> None:
    decoded = values.decode(message({"data": secret({"a.b": secret("hunter2")}), "list": [0, secret(7)]}))
    assert decoded.inputs == {"data": {"a.b": "hunter2"}, "list": [0, 7]}
    assert sorted(decoded.secrets) == ["data", 'data["a.b"]', "list[1]"]
    assert sorted({*decoded.secret_texts()}) == ["7", "hunter2"]


def test_a_secret_that_is_not_known_is_both() -> None:
    decoded = values.decode(message({"a": secret(marks.UNKNOWN_TEXT)}))
    assert decoded.inputs == {"a": UNKNOWN}
    assert [*decoded.secrets] == ["a"]


def test_output_values_are_read_too() -> None:
    def output(**more: object) -> dict[str, object]:
        return {marks.SIGNATURE: marks.OUTPUT, **more}

    decoded = values.decode(message({"a": output(value=3), "b": output(), "c": output(value="x", secret=True)}))
    assert decoded.inputs == {"a": 3, "b": UNKNOWN, "c": "x"}
    assert [*decoded.secrets] == ["c"]


def test_assets_archives_and_references_stop_no_rule() -> None:
    plain = {
        "asset": {marks.SIGNATURE: marks.ASSET, "text": "FROM scratch"},
        "archive": {marks.SIGNATURE: marks.ARCHIVE, "path": "x"},
        "known": {marks.SIGNATURE: marks.RESOURCE, "urn": "urn", "id": "i-1"},
        "pending": {marks.SIGNATURE: marks.RESOURCE, "urn": "urn"},
    }
    assert values.decode(message(plain)).inputs == {"asset": {}, "archive": {}, "known": "i-1", "pending": UNKNOWN}


def test_maps_are_in_the_order_of_their_keys() -> None:
    assert [*values.decode(message({"b": 1, "c": 2, "a": 3})).inputs] == ["a", "b", "c"]


def test_a_change_leaves_all_marks_where_they_were() -> None:
    before = message({"a": secret({"x": 1, "y": 2}), "b": marks.UNKNOWN_TEXT, "c": [secret("s"), {"d": 1}], "e": 1})
    old = values.decode(before).inputs
    new = {"a": {"x": 1, "y": 3}, "b": UNKNOWN, "c": ["s", {"d": 1, "f": [True, None]}, "g"], "h": {"i": 0.5}}
    changed = values.patched(before, old, new)
    assert values.decode(changed).inputs == new
    assert changed == message(
        {
            "a": secret({"x": 1, "y": 3}),
            "b": marks.UNKNOWN_TEXT,
            "c": [secret("s"), {"d": 1, "f": [True, None]}, "g"],
            "h": {"i": 0.5},
        }
    )
    assert values.decode(before).inputs == old


def test_true_is_not_one() -> None:
    changed = values.patched(message({"a": 1}), {"a": 1}, {"a": True})
    assert changed.fields["a"].WhichOneof("kind") == "bool_value"


def test_a_remedy_that_removes_an_element_removes_the_last() -> None:
    before = message({"a": [secret("one"), "two"]})
    changed = values.patched(before, {"a": ["one", "two"]}, {"a": ["one"]})
    assert changed == message({"a": [secret("one")]})
