"""Secrets stay secret on their way through the provider."""

from __future__ import annotations

import base64
from typing import Any

from sandbox.plugins.codec import Secret
from sandbox.plugins.kubernetes_provider.secrets import LAST_APPLIED, mark_object, redact, strip, texts

SECRET: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "s"},
    "data": {"a": "aHVudGVyMg=="},
}


def test_marks_are_put_back_where_they_were() -> None:
    marked = {"kind": "ConfigMap", "data": {"open": "1", "hidden": Secret("2")}, "list": [{"x": Secret("3"), "y": 1}]}
    assert mark_object(strip(marked), marked) == marked


def test_what_the_api_server_adds_is_not_secret_but_what_it_changes_is() -> None:
    live = {"kind": "ConfigMap", "data": {"hidden": "other"}, "metadata": {"uid": "1"}}
    found = mark_object(live, {"kind": "ConfigMap", "data": {"hidden": Secret("2")}})
    assert found == {"kind": "ConfigMap", "data": {"hidden": Secret("other")}, "metadata": {"uid": "1"}}


def test_the_data_of_a_secret_is_secret_without_a_mark() -> None:
    assert mark_object(SECRET, {})["data"] == Secret({"a": "aHVudGVyMg=="})


def test_the_copy_of_a_secret_that_kubectl_leaves_is_secret_and_the_original_is_not_touched() -> None:
    applied = {**SECRET, "metadata": {"name": "s", "annotations": {LAST_APPLIED: "{...}", "other": "1"}}}
    annotations = mark_object(applied, {})["metadata"]["annotations"]
    assert annotations == {LAST_APPLIED: Secret("{...}"), "other": "1"}
    assert applied["metadata"]["annotations"][LAST_APPLIED] == "{...}"


def test_an_item_that_moved_in_a_list_of_secrets_is_still_secret() -> None:
    assert mark_object({"args": ["a", "b"]}, {"args": [Secret("b")]}) == {"args": [Secret("a"), Secret("b")]}


def test_a_message_quotes_no_secret_in_either_encoding() -> None:
    text = "correct horse"
    encoded = base64.b64encode(text.encode()).decode()
    inputs = {**SECRET, "data": {"a": encoded}, "metadata": {"name": "s", "labels": {"x": Secret("a marked one")}}}
    told = redact(f"bad {text} and {encoded} and a marked one in s", texts(inputs))
    assert told == "bad [secret] and [secret] and [secret] in s"


def test_a_secret_within_a_longer_secret_leaves_no_rest_of_it() -> None:
    inputs = {"a": Secret("password"), "b": Secret("password-long-rest")}
    assert redact("password-long-rest", texts(inputs)) == "[secret]"
