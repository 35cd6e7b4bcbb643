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
    longest_replaceable,
    pool_name,
    suggestion,
    unique,
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


def test_a_suggestion_for_a_name_that_is_too_short_can_be_read() -> None:
    assert suggestion(AZURE_LOCAL_POOL, "li") == "lipool"


def test_the_hash_is_the_same_in_every_version() -> None:
    # These names are those of live objects: another hash would replace them all.
    assert fit(AKS_WINDOWS_POOL, "windows1") == "wi4syg"
    assert fit(KUBERNETES, "a" * 64) == "a" * 54 + "-fz332op8"


@given(limit=st.sampled_from(LIMITS), parts=PARTS, scope=st.text(max_size=40))
def test_a_unique_name_is_legal_and_the_same_in_each_run(limit: Limit, parts: list[str], scope: str) -> None:
    name = unique(limit, *parts, scope=scope)
    assert limit.allows(name)
    assert unique(limit, *parts, scope=scope) == name


@given(parts=PARTS, one=st.text(max_size=40), other=st.text(max_size=40))
def test_the_same_name_in_two_subscriptions_is_two_names(parts: list[str], one: str, other: str) -> None:
    if one != other:
        assert unique(REGISTRY, *parts, scope=one) != unique(REGISTRY, *parts, scope=other)


def test_a_unique_name_ends_in_a_hash_though_the_name_fits() -> None:
    # These names are those of live registries and vaults, which hold what nothing else has.
    assert unique(REGISTRY, "buildfleet", "prod", scope="11111111") == "buildfleetprod07l9t46y"
    assert unique(VAULT, "buildfleet", "prod", scope="11111111") == "buildfleet-prod-ly14muu2"


IMMUTABLE = st.dictionaries(st.text(max_size=8), st.none() | st.integers() | st.text(max_size=8) | st.booleans())


@given(
    limit=st.sampled_from([AKS_POOL, AKS_WINDOWS_POOL]),
    name=st.from_regex("[a-z][a-z0-9]{0,3}", fullmatch=True),
    immutable=IMMUTABLE,
)
def test_the_name_of_a_pool_that_can_be_replaced_is_legal_and_begins_with_the_pools(
    limit: Limit, name: str, immutable: dict[str, object]
) -> None:
    found = pool_name(limit, name, immutable)
    assert limit.allows(found)
    assert found.startswith(name)
    assert 2 <= len(found) - len(name) <= 4
    reordered = {key: immutable[key] for key in reversed(immutable)}
    assert pool_name(limit, name, {**reordered, "left out": None}) == found


def test_a_pool_with_another_size_is_another_pool_and_the_same_one_keeps_its_name() -> None:
    # These names are those of live pools: another hash would replace them all.
    small = {"vmSize": "Standard_D4ds_v5", "osDiskSizeGB": 256, "zones": ["1", "2"]}
    large = {**small, "vmSize": "Standard_D8ds_v5"}
    assert pool_name(AKS_POOL, "lin", small) == "lin0y7t"
    assert pool_name(AKS_POOL, "lin", large) == "linze52"
    assert pool_name(AKS_WINDOWS_POOL, "w22", large) == "w22ze5"
    assert pool_name(AKS_WINDOWS_POOL, "wi22", large) == "wi22ze"


def test_a_pool_whose_name_leaves_no_room_is_refused() -> None:
    assert [longest_replaceable(limit) for limit in (AKS_POOL, AKS_WINDOWS_POOL)] == [8, 4]
    with pytest.raises(ValueError, match="'win22' leaves no room: at most 4 characters"):
        pool_name(AKS_WINDOWS_POOL, "win22", {})
