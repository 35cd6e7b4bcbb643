"""Which Kubernetes versions AKS has, and what will soon be gone.

A rule says the same every day, so none reads the clock: what is gone for good is refused, by a table. What will be gone
is told by `retirements`, which is given the day and whose result is no refusal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from rules.paths import at
from rules.platform import PlatformFacts
from rules.pool_facts import PoolFacts
from rules.problem import Problem
from rules.tables.kubernetes import KUBERNETES, OLDEST
from rules.tables.windows import WINDOWS_SKUS
from rules.words import given

AHEAD: Final = timedelta(days=120)
"""How long before its end a retirement is told: an upgrade of Windows pools takes a quarter to plan."""


@dataclass(frozen=True, kw_only=True)
class Retirement:
    """Something in use that ends, or has ended."""

    path: str
    what: str
    on: date
    then: str
    """What it means, and what to do."""


def version_there(platform: PlatformFacts) -> Iterator[Problem]:
    """AKS still has the version."""
    if platform.kind != "aks" or platform.minor is None or platform.minor >= OLDEST:
        return
    yield Problem(
        rule="kubernetes-gone",
        path=at(platform.path, "kubernetesVersion"),
        given=given(platform.kubernetes_version),
        allowed=f"1.{OLDEST} or newer: AKS makes no clusters of older versions, with long-term support neither",
        fix='write a version that `az aks get-versions` lists, for example "1.36"',
    )


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
            then=f"upgrade to 1.{row.minor + 1}, or enable long-term support (tier Premium), which lasts until "
            f"{row.lts_until}",
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
