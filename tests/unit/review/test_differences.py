"""What is told of a field that changes, and what never is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from review.differences import NOTHING, changes
from review.fields import field
from review.page import Given
from review.words import HIDDEN, clean, counted, line, pair, value
from tests.unit.review.logs import log, step

SECRET = "kubernetes:core/v1:Secret"
TOKEN = "ghp_" + "0123456789abcdefghijABCDEFGHIJ012345"


def told(folder: Path, old: dict[str, Any], new: dict[str, Any], kind: str = "a:b:C", **more: Any) -> list[str]:
    (found,) = log(folder, step("update", kind, "x", old, new, **more)).steps
    shown = [field(change) for change in changes(found)]
    return ["".join(part.text if isinstance(part, Given) else part for part in parts) for parts in shown]


def test_fields_are_told_by_path_with_the_old_and_the_new_value(tmp_path: Path) -> None:
    old, new = {"a": {"b": 1, "c": "x"}, "gone": True}, {"a": {"b": 2, "c": "x"}, "new": "y"}
    assert told(tmp_path, old, new) == ["a.b: 1 → 2", "gone: no longer true", "new: now y"]


def test_lists_of_named_things_are_compared_by_name(tmp_path: Path) -> None:
    old = {"containers": [{"name": "a", "image": "1"}, {"name": "b", "image": "1"}]}
    new = {"containers": [{"name": "new"}, {"name": "a", "image": "1"}, {"name": "b", "image": "2"}]}
    assert told(tmp_path, old, new) == ["containers[b].image: 1 → 2", 'containers[new]: now {"name": "new"}']


def test_lists_of_plain_values_are_told_by_what_leaves_and_joins(tmp_path: Path) -> None:
    assert told(tmp_path, {"a": ["x", "y"]}, {"a": ["y", "z"]}) == ["a: without x, with z"]
    assert told(tmp_path, {"a": ["x", "y"]}, {"a": ["y", "x"]}) == ['a: ["x", "y"] → ["y", "x"]']


def test_documents_inside_of_texts_are_opened(tmp_path: Path) -> None:
    old, new = ({"data": {"s.json": json.dumps({"v": v, "n": {"k": 1}})}} for v in (1, 2))
    assert told(tmp_path, old, new) == ['data["s.json"] > v: 1 → 2']


def test_of_long_texts_the_part_is_shown_in_which_they_differ() -> None:
    one, two = pair("x" * 200 + "old end", "x" * 200 + "new end")
    assert one == f"...{'x' * 16}old end"
    assert two == f"...{'x' * 16}new end"


def test_what_is_replaced_for_a_field_is_said_first(tmp_path: Path) -> None:
    details = {"z": {"diffKind": "update-replace"}, "a": {"diffKind": "update"}}
    assert told(tmp_path, {"a": 1, "z": 1}, {"a": 2, "z": 2}, detailedDiff=details) == [
        "z: 1 → 2 (replaces)",
        "a: 1 → 2",
    ]


def test_a_secret_that_changes_is_told_as_changed_and_not_shown(tmp_path: Path) -> None:
    masked = {"password": "[secret]"}
    assert told(tmp_path, masked, masked, detailedDiff={"password": {"diffKind": "update"}}) == [
        "password: its secret value changes"
    ]
    assert told(tmp_path, {}, masked) == ["password: its secret value changes"]


@pytest.mark.parametrize("key", ["data", "stringData"])
def test_values_of_a_secret_of_kubernetes_are_secret_though_nobody_said_so(tmp_path: Path, key: str) -> None:
    shown = told(tmp_path, {key: {"a": "hunter1"}}, {key: {"a": "hunter2"}}, SECRET)
    assert shown == [f"{key}.a: its secret value changes"]


def test_a_field_that_only_the_provider_sees_is_told(tmp_path: Path) -> None:
    (shown,) = told(tmp_path, {"a": 1}, {"a": 1}, detailedDiff={"status": {"diffKind": "update"}})
    assert shown == "status: changes, as the provider says"


def test_a_change_of_protection_is_told(tmp_path: Path) -> None:
    (found,) = log(tmp_path, step("same", "a:b:C", "x", {}, {}, was={"protect": True})).steps
    (change,) = changes(found)
    assert (change.path, change.old, change.new) == ("protect", True, False)


def test_what_a_provider_keeps_for_itself_is_not_told(tmp_path: Path) -> None:
    assert told(tmp_path, {"__defaults": []}, {"__defaults": ["a"]}) == []
    assert NOTHING is not None


@pytest.mark.parametrize(
    "text",
    [
        TOKEN,
        f"url https://x?a=1&sig={'A' * 30}%3D",
        "DefaultEndpointsProtocol=https;AccountKey=abcdef0123==;EndpointSuffix=x",
        "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2lnbmF0dXJl",
        "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\n-----END PRIVATE KEY-----",
        "https://user:hunter2@registry.example.com",
        "0a1b2c3d4e5f6g7h8i9j" * 3,
    ],
)
def test_a_token_that_somebody_wrote_into_a_plain_field_is_not_shown(text: str) -> None:
    shown = clean(f"before {text} after")
    assert shown.startswith("before ")
    assert shown.endswith(" after")
    assert HIDDEN in shown or "***@" in shown
    for secret in (TOKEN, "hunter2", "MIIEvQ", "abcdef0123==", "eyJhbGci", "A" * 30, "0a1b2c3d4e5f6g7h8i9j" * 3):
        assert secret not in shown
        assert secret[:20] not in value(text, 500).replace(HIDDEN, "")


def test_what_cannot_be_seen_is_taken_out() -> None:
    assert line("a\u202eb\u200bc\x00d\x1b[31me\nf") == "abcde f"


def test_an_unknown_value_is_told_as_one() -> None:
    assert value("prefix-04da6b54-80e4-46f7-96ec-b56ff0331ba9") == "prefix-(known after the update)"


def test_things_are_counted_in_english() -> None:
    assert [counted(2, noun) for noun in ("policy", "NetworkPolicy", "key vault", "Ingress", "image")] == [
        "2 policies",
        "2 NetworkPolicies",
        "2 key vaults",
        "2 Ingresses",
        "2 images",
    ]
    assert [counted(1, "agent pool"), counted(1, "agents' credentials")] == ["1 agent pool", "agents' credentials"]
