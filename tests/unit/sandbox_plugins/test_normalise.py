"""Inputs are spelled as the API server stores them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.plugins.codec import UNKNOWN
from sandbox.plugins.kubernetes_provider.normalise import normalise
from sandbox.plugins.kubernetes_provider.quantities import canonical


# Expected values: `CanonicalizeBytes` and its tests in k8s.io/apimachinery, pkg/api/resource.
@pytest.mark.parametrize(
    ("given_text", "stored"),
    [
        ("1000m", "1"),
        ("1500m", "1500m"),
        ("0.5", "500m"),
        ("1.5", "1500m"),
        ("2", "2"),
        ("0", "0"),
        ("0Gi", "0"),
        ("0.5Gi", "512Mi"),
        ("1024Mi", "1Gi"),
        ("1000Ki", "1000Ki"),
        ("1Ki", "1Ki"),
        ("0.5Ki", "512"),
        ("1.5Gi", "1536Mi"),
        ("128974848", "128974848"),
        ("129e6", "129e6"),
        ("1e3", "1e3"),
        ("1000000", "1M"),
        ("1000k", "1M"),
        ("100G", "100G"),
        ("1.1Ki", "1126400m"),
        ("-1000m", "-1"),
        ("0.0000000001", "1n"),
        ("not a quantity", "not a quantity"),
        ("", ""),
    ],
)
def test_a_quantity_has_the_form_that_is_stored(given_text: str, stored: str) -> None:
    assert canonical(given_text) == stored


@given(st.from_regex(r"\A(0|[1-9][0-9]{0,5})(\.[0-9]{1,3})?(Ki|Mi|Gi|m|k|M|G|)\Z"))
def test_a_stored_form_stays(text: str) -> None:
    assert canonical(canonical(text)) == canonical(text)


def test_quantities_of_a_pod_are_found_wherever_they_are_and_other_text_is_left() -> None:
    pod: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Pod",
        "spec": {
            "containers": [
                {
                    "resources": {"limits": {"cpu": "1000m", "memory": UNKNOWN}, "requests": {"cpu": 1}},
                    "env": [{"name": "requests", "value": "1000m"}],
                }
            ],
            "volumes": [{"emptyDir": {"sizeLimit": "0.5Gi"}}],
        },
    }
    spec = normalise(pod)["spec"]
    assert spec["containers"][0]["resources"] == {"limits": {"cpu": "1", "memory": UNKNOWN}, "requests": {"cpu": "1"}}
    assert spec["containers"][0]["env"] == [{"name": "requests", "value": "1000m"}]
    assert spec["volumes"][0]["emptyDir"] == {"sizeLimit": "512Mi"}


def test_nulls_go_from_built_in_objects_and_stay_in_custom_ones() -> None:
    value = {"apiVersion": "v1", "kind": "Pod", "spec": {"a": None, "b": [{"c": None}]}}
    assert normalise(value) == {"apiVersion": "v1", "kind": "Pod", "spec": {"b": [{}]}}
    custom = {"apiVersion": "example.com/v1", "kind": "Pod", "spec": {"a": None, "limits": {"cpu": "1000m"}}}
    assert normalise(custom) == custom


def test_a_secrets_text_becomes_data_over_what_is_there() -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "data": {"a": "MQ==", "b": "Mg=="}, "stringData": {"b": "3"}}
    assert normalise(secret) == {"apiVersion": "v1", "kind": "Secret", "data": {"a": "MQ==", "b": "Mw=="}}


def test_a_secrets_unknown_text_stays_unknown() -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "stringData": {"a": UNKNOWN}}
    assert normalise(secret)["data"] == {"a": UNKNOWN}


def test_a_config_maps_text_is_no_quantity() -> None:
    value = {"apiVersion": "v1", "kind": "ConfigMap", "data": {"sizeLimit": "1000m"}}
    assert normalise(value) == value
