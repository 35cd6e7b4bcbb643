"""Places inside properties, and types in URNs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.plugins import places

parts = st.integers(min_value=0, max_value=99) | st.text(
    alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="*"), min_size=1, max_size=8
).filter(lambda text: not text.isdigit())


@given(st.lists(parts, min_size=1, max_size=5).filter(lambda path: isinstance(path[0], str)))
def test_a_path_is_read_as_it_was_written(path: list[str | int]) -> None:
    assert places.parse_path(places.format_path(tuple(path))) == tuple(path)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("spec", "containers", 0, "image"), "spec.containers[0].image"),
        (("metadata", "labels", "app.kubernetes.io/name"), 'metadata.labels["app.kubernetes.io/name"]'),
    ],
)
def test_a_path_is_written_as_the_engine_writes_it(path: places.Path, text: str) -> None:
    assert places.format_path(path) == text


def test_a_pattern_covers_its_place_and_what_is_inside() -> None:
    pattern = places.parse_path("spec.containers[*].image")
    assert places.covers(pattern, ("spec", "containers", 3, "image"))
    assert places.covers(places.parse_path("spec"), ("spec", "containers", 3))
    assert not places.covers(pattern, ("spec", "containers", 3))
    assert not places.covers(pattern, ("spec", "containers", 3, "env"))


def test_the_type_of_a_child_is_the_last_of_its_urn() -> None:
    urn = "urn:pulumi:dev::project::buildfleet:index:Thing$kubernetes:core/v1:Secret::name"
    assert places.type_of(urn) == "kubernetes:core/v1:Secret"
