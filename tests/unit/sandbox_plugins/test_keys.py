"""Names of objects and types."""

from __future__ import annotations

import pytest

from sandbox.plugins.kubernetes_provider import keys


@pytest.mark.parametrize("resource_id", ["ns/name", "name"])
def test_an_id_is_read_as_it_was_written(resource_id: str) -> None:
    assert keys.Name("v1", "Kind", *keys.parse_id(resource_id)).id == resource_id


@pytest.mark.parametrize(
    ("resource_type", "named"),
    [
        ("kubernetes:core/v1:ConfigMap", ("v1", "ConfigMap")),
        ("kubernetes:apps/v1:Deployment", ("apps/v1", "Deployment")),
        ("kubernetes:keda.sh/v1alpha1:ScaledJob", ("keda.sh/v1alpha1", "ScaledJob")),
    ],
)
def test_a_resource_type_names_a_kind(resource_type: str, named: tuple[str, str]) -> None:
    assert keys.kind_of_type(resource_type) == named


def test_only_a_definitions_own_fields_are_dashed_and_they_come_back() -> None:
    definition = {
        "kind": "CustomResourceDefinition",
        "spec": {"versions": [{"schema": {"x_kubernetes_preserve_unknown_fields": True, "x_other": 1}}]},
    }
    spelled = keys.to_api(definition)
    assert spelled["spec"]["versions"][0]["schema"] == {"x-kubernetes-preserve-unknown-fields": True, "x_other": 1}
    assert keys.from_api(spelled) == definition
    config_map = {"kind": "ConfigMap", "data": {"x_kubernetes_list_type": "a"}}
    assert keys.to_api(config_map) == config_map


def test_a_made_up_name_depends_on_the_engines_seed_only() -> None:
    assert keys.autoname("web", b"1") == keys.autoname("web", b"1")
    assert keys.autoname("web", b"1") != keys.autoname("web", b"2")
    assert keys.autoname("web", b"1").startswith("web-")
    assert len(keys.autoname("web", b"1")) == len("web-") + 8


@pytest.mark.parametrize(
    ("version", "expected"), [("v1", True), ("apps/v1", True), ("gateway.networking.k8s.io/v1", False)]
)
def test_a_group_under_k8s_io_may_be_custom(version: str, expected: bool) -> None:
    assert keys.is_built_in(version) is expected
