"""Which Kubernetes versions AKS has, and what will soon be gone.

A rule says the same every day, so none reads the clock: what is gone for good is refused, by a table. What will be gone
is told by `retirements`, which is given the day and whose result is no refusal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from rules.given import Absent
from rules.paths import at
from rules.platform import PlatformFacts
from rules.pool_facts import PoolFacts
from rules.problem import Problem
from rules.tables.kubernetes import EXAMPLE, KUBERNETES, NEWEST, READ, Offer
from rules.tables.windows import WINDOWS_SKUS
from rules.words import given

AHEAD: Final = timedelta(days=120)
"""How long before its end a retirement is told: an upgrade of Windows pools takes a quarter to plan."""

LONG_TERM_TIER: Final = "Premium"
"""Of clusters with long-term support."""


@dataclass(frozen=True, kw_only=True)
class Retirement:
    """Something in use that ends, or has ended."""

    path: str
    what: str
    on: date
    then: str
    """What it means, and what to do."""


def minor_there(kind: str | None, minor: int | None) -> bool:
    """Whether the version is one that the platform may have, as far as that is known."""
    if kind != "aks" or minor is None:
        return True
    # AKS adds a minor every four months: the one after the newest known is taken unseen.
    return minor == NEWEST + 1 or (minor in KUBERNETES and KUBERNETES[minor].offered != "gone")


def version_there(platform: PlatformFacts, tier: str | Absent | None) -> Iterator[Problem]:
    """AKS makes clusters of the version, in that tier. The tier decides only where it is known."""
    minor = platform.minor
    if platform.kind != "aks" or minor is None:
        return
    path, shown = at(platform.path, "kubernetesVersion"), given(platform.kubernetes_version)
    ordinary = f"{_span('ordinary')} (AKS, as of {READ})"
    long_term = _span("long-term")
    if minor > NEWEST + 1:
        yield Problem(
            rule="kubernetes-unknown",
            path=path,
            given=shown,
            allowed=f"up to 1.{NEWEST}, the newest that was known on {READ}, and the one after it",
            fix=f'write "1.{NEWEST}" or older; if `az aks get-versions` lists 1.{minor}, add it to '
            "rules/tables/kubernetes.py",
        )
    elif not minor_there(platform.kind, minor):
        premium = f", and with tier: Premium, which is long-term support, {long_term}" if long_term else ""
        yield Problem(
            rule="kubernetes-gone",
            path=path,
            given=shown,
            allowed=f"{ordinary}{premium}: AKS makes no clusters of older versions",
            fix=f'write a version that `az aks get-versions` lists, for example "1.{EXAMPLE}"',
        )
    elif minor in KUBERNETES and KUBERNETES[minor].offered == "long-term" and tier not in (None, LONG_TERM_TIER):
        yield Problem(
            rule="kubernetes-long-term",
            path=path,
            given=shown,
            allowed=f"{ordinary}: 1.{minor} has long-term support alone, which is for tier: {LONG_TERM_TIER}",
            fix=f'write a newer version, for example "1.{EXAMPLE}", or tier: {LONG_TERM_TIER}',
        )


def _span(offer: Offer) -> str:
    """The minors that are offered so, in words."""
    minors = [minor for minor, row in KUBERNETES.items() if row.offered == offer]
    return "" if not minors else f"1.{min(minors)}" + (f" to 1.{max(minors)}" if len(minors) > 1 else "")


def retirements(platform: PlatformFacts, pools: Sequence[PoolFacts], today: date) -> tuple[Retirement, ...]:
    """What of a cluster on AKS ends within `AHEAD` of `today`, or has ended; the soonest first."""
    return tuple(sorted(_retirements(platform, pools, today + AHEAD), key=lambda item: (item.on, item.path, item.what)))


def _retirements(platform: PlatformFacts, pools: Sequence[PoolFacts], until: date) -> Iterator[Retirement]:
    if platform.kind != "aks":
        return
    row = KUBERNETES.get(platform.minor or 0)
    path = at(platform.path, "kubernetesVersion")
    if row is not None and row.supported_until <= until:
        yield Retirement(
            path=path,
            what=f"support of Kubernetes 1.{row.minor}",
            on=row.supported_until,
            then=f"upgrade to 1.{row.minor + 1}, or write tier: {LONG_TERM_TIER} for long-term support, which "
            f"lasts until {row.lts_until}",
        )
    if row is not None and row.lts_until <= until:
        yield Retirement(
            path=path,
            what=f"long-term support of Kubernetes 1.{row.minor}",
            on=row.lts_until,
            then=f"upgrade to 1.{row.minor + 1}: nothing is mended any more",
        )
    for pool in pools:
        sku = WINDOWS_SKUS.get(pool.os_sku) if isinstance(pool.os_sku, str) else None
        if sku is None:
            continue
        ends = (
            ("support", sku.unsupported_from, "make a pool of a newer Windows Server, drain this one and remove it"),
            ("node images", sku.images_removed, "the pool can neither grow nor be upgraded: replace it before"),
        )
        for what, on, then in ends:
            if on is not None and on <= until:
                yield Retirement(path=at(pool.path, "osSku"), what=f"{what} of {sku.name}", on=on, then=then)
