"""Names and paths."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.plugins.kubernetes_provider import keys

parts = st.integers(min_value=0, max_value=99) | st.text(
    alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="*"), min_size=1, max_size=8
).filter(lambda text: not text.isdigit())


@given(st.lists(parts, min_size=1, max_size=5).filter(lambda path: isinstance(path[0], str)))
def test_a_path_is_read_as_it_was_written(path: list[str | int]) -> None:
    assert keys.parse_path(keys.format_path(tuple(path))) == tuple(path)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("spec", "containers", 0, "image"), "spec.containers[0].image"),
        (("metadata", "labels", "app.kubernetes.io/name"), 'metadata.labels["app.kubernetes.io/name"]'),
    ],
)
def test_a_path_is_written_as_the_engine_writes_it(path: keys.Path, text: str) -> None:
    assert keys.format_path(path) == text


def test_a_pattern_covers_its_place_and_what_is_inside() -> None:
    pattern = keys.parse_path("spec.containers[*].image")
    assert keys.covers(pattern, ("spec", "containers", 3, "image"))
    assert keys.covers(keys.parse_path("spec"), ("spec", "containers", 3))
    assert not keys.covers(pattern, ("spec", "containers", 3))
    assert not keys.covers(pattern, ("spec", "containers", 3, "env"))


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


def test_the_type_of_a_child_is_the_last_of_its_urn() -> None:
    urn = "urn:pulumi:dev::project::buildfleet:index:Thing$kubernetes:core/v1:Secret::name"
    assert keys.type_of(urn) == "kubernetes:core/v1:Secret"


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
