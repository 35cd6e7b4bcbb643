"""Names fit every limit, and two names stay two."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.names import (
    AKS_POOL,
    AKS_WINDOWS_POOL,
    AZURE_LOCAL_POOL,
    KUBERNETES,
    LIMITS,
    REGISTRY,
    RUNNER_SCALE_SET,
    VAULT,
    Limit,
    fit,
    suggestion,
)

PARTS = st.lists(
    st.one_of(
        st.text(), st.text(alphabet="abcxyz019-", max_size=80), st.from_regex("[a-z][a-z0-9]{0,20}", fullmatch=True)
    ),
    min_size=1,
    max_size=4,
)


@given(limit=st.sampled_from(LIMITS), parts=PARTS)
def test_a_name_is_always_legal_and_never_over_the_limit(limit: Limit, parts: list[str]) -> None:
    name = fit(limit, *parts)
    assert limit.allows(name)
    assert len(name) <= limit.longest


@given(limit=st.sampled_from(LIMITS), parts=PARTS)
def test_a_suggestion_is_always_legal(limit: Limit, parts: list[str]) -> None:
    assert limit.allows(suggestion(limit, "".join(parts)))


@given(limit=st.sampled_from(LIMITS), one=PARTS, other=PARTS)
def test_two_inputs_get_two_names(limit: Limit, one: list[str], other: list[str]) -> None:
    if limit.separator.join(one) != limit.separator.join(other):
        assert fit(limit, *one) != fit(limit, *other)


@given(limit=st.sampled_from(LIMITS), parts=PARTS)
def test_the_same_input_gets_the_same_name_and_a_legal_name_stays(limit: Limit, parts: list[str]) -> None:
    name = fit(limit, *parts)
    assert fit(limit, *parts) == name
    assert fit(limit, name) == name


@pytest.mark.parametrize(
    ("limit", "parts", "expected"),
    [
        (AKS_POOL, ("lin",), "lin"),
        (AKS_POOL, ("twelveletter",), "twelveletter"),
        (AKS_WINDOWS_POOL, ("win22",), "win22"),
        (KUBERNETES, ("azdo", "linux-docker"), "azdo-linux-docker"),
        (REGISTRY, ("buildfleet", "prod"), "buildfleetprod"),
        (VAULT, ("buildfleet", "prod"), "buildfleet-prod"),
    ],
)
def test_a_short_name_is_not_changed(limit: Limit, parts: tuple[str, ...], expected: str) -> None:
    assert fit(limit, *parts) == expected


@pytest.mark.parametrize(
    ("limit", "parts", "expected"),
    [
        (AKS_WINDOWS_POOL, ("windows1",), "wi"),
        (AKS_POOL, ("windows-build-a",), "windows"),
        (AZURE_LOCAL_POOL, ("w1",), "w1"),
        (KUBERNETES, ("a" * 70,), "a" * 54 + "-"),
        (RUNNER_SCALE_SET, ("Contoso App",), "contoso-app-"),
    ],
)
def test_a_changed_name_keeps_its_beginning_and_ends_in_a_hash(
    limit: Limit, parts: tuple[str, ...], expected: str
) -> None:
    name = fit(limit, *parts)
    assert name[: -limit.hash_length] == expected


def test_the_hash_is_the_same_in_every_version() -> None:
    # These names are those of live objects: another hash would replace them all.
    assert fit(AKS_WINDOWS_POOL, "windows1") == "wi4syg"
    assert fit(KUBERNETES, "a" * 64) == "a" * 54 + "-fz332op8"
