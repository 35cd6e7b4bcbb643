"""How a pool's nodes are replaced by newer ones, and how a pool is replaced by another.

Source: MicrosoftDocs/azure-aks-docs (upgrade-options, upgrade-cluster), read 2026-08-21: nodes are added or taken
away, not both, and a node is drained for 5 to 1440 minutes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from rules import names
from rules.given import Absent
from rules.paths import at
from rules.platform import PlatformFacts
from rules.pool_facts import PoolFacts, UpgradeFacts
from rules.problem import Problem
from rules.words import given

Replacement = Literal["create-before-delete", "delete-before-create"]

DRAIN_MARGIN: Final = 30
"""Minutes that a drain takes beside the job it waits for."""
LONGEST_DRAIN: Final = 1440


@dataclass(frozen=True, kw_only=True)
class Job:
    """The longest job of a pool."""

    minutes: int
    path: str
    """Of its `jobTimeoutMinutes`."""


Jobs = Mapping[str, Job]
"""By the pool's name."""


def name_limit(os: str) -> names.Limit:
    """What AKS takes for the name of a pool."""
    return names.AKS_WINDOWS_POOL if os == "windows" else names.AKS_POOL


def replacement(name: str, os: str, setting: Replacement | None) -> Replacement:
    """What happens on `aks` when a property changes that Azure cannot change: as set, else as the name allows."""
    if setting is not None:
        return setting
    return "create-before-delete" if len(name) <= names.longest_replaceable(name_limit(os)) else "delete-before-create"


def drain_minutes(setting: int | None, longest_job: int | None) -> int:
    """How long a node's drain waits: as set, else for the longest job and a margin, as far as Azure allows."""
    return setting if setting is not None else min((longest_job or 0) + DRAIN_MARGIN, LONGEST_DRAIN)


def surge(max_surge: str | None, max_count: int) -> int:
    """Nodes that an upgrade adds to a pool of `max_count` nodes. AKS rounds shares up."""
    if max_surge is None:
        return 0
    if max_surge.endswith("%"):
        return math.ceil(max_count * int(max_surge[:-1]) / 100)
    return int(max_surge)


def nodes_at_most(pool: PoolFacts) -> int | None:
    """Nodes of a pool at its maximum and in an upgrade; `None` where that is not known, or follows from a mistake."""
    max_surge = pool.upgrade.max_surge if pool.upgrade else None
    if pool.max_count is None or (max_surge is not None and _too_much(max_surge)):
        return None
    return pool.max_count + surge(max_surge, pool.max_count)


def replacement_name(platform: PlatformFacts, pool: PoolFacts) -> Iterator[Problem]:
    """Two pools stand beside each other only where the name leaves room to tell them apart."""
    if platform.kind != "aks" or pool.replacement != "create-before-delete" or pool.name is None or pool.os is None:
        return
    longest = names.longest_replaceable(name_limit(pool.os))
    if len(pool.name) > longest:
        yield Problem(
            rule="pool-replacement-name",
            path=at(pool.path, "replacement"),
            given=f"{given('create-before-delete')} with the name {given(pool.name)}",
            allowed=f"a name of at most {longest} characters for a {pool.os.capitalize()} pool that is created before "
            "the old one is deleted: the rest of Azure's name tells the two apart",
            fix=f'rename the pool, for example "{names.suggestion(name_limit(pool.os), pool.name)[:longest]}", or '
            "write replacement: delete-before-create",
        )


def added_or_taken(pool: PoolFacts) -> Iterator[Problem]:
    """An upgrade adds nodes or takes nodes away: one of the two, and no more than there are."""
    upgrade = pool.upgrade
    if upgrade is None or upgrade.max_surge is None or upgrade.max_unavailable is None:
        return
    yield from _shares(upgrade)
    surges = not _zero(upgrade.max_surge)
    takes = isinstance(upgrade.max_unavailable, str) and not _zero(upgrade.max_unavailable)
    system = pool.purpose == "system"
    if takes and system:
        # MicrosoftDocs/azure-aks-docs, upgrade-aks-node-pools-rolling, as known on 2026-11-22 and not read again then.
        yield Problem(
            rule="upgrade-system",
            path=at(upgrade.path, "maxUnavailable"),
            given=given(upgrade.max_unavailable),
            allowed="nothing on a system pool (AKS), whose nodes the cluster's own parts run on",
            fix="remove maxUnavailable" + ("" if surges else ', and maxSurge for "33%"'),
        )
    elif surges and takes:
        yield Problem(
            rule="upgrade-both",
            path=at(upgrade.path, "maxUnavailable"),
            given=f"{given(upgrade.max_unavailable)} with maxSurge: {given(upgrade.max_surge)}",
            allowed='maxUnavailable only with maxSurge: "0"',
            fix='remove maxUnavailable, or write maxSurge: "0"',
        )
    elif not surges and not takes:
        yield Problem(
            rule="upgrade-neither",
            path=at(upgrade.path, "maxSurge"),
            given=given(upgrade.max_surge),
            allowed="1 or more on a system pool: with 0 no node can be upgraded"
            if system
            else "1 or more, or maxUnavailable of 1 or more: with neither no node can be upgraded",
            fix='remove maxSurge for "33%"' + ("" if system else ', or add maxUnavailable: "1"'),
        )


def _shares(upgrade: UpgradeFacts) -> Iterator[Problem]:
    for key, value in (("maxSurge", upgrade.max_surge), ("maxUnavailable", upgrade.max_unavailable)):
        if isinstance(value, str) and _too_much(value):
            yield Problem(
                rule="upgrade-share",
                path=at(upgrade.path, key),
                given=given(value),
                allowed="at most 100%",
                fix='write "100%" or less',
            )


def _too_much(text: str) -> bool:
    return text.endswith("%") and int(text[:-1]) > 100


def _zero(text: str) -> bool:
    return int(text.removesuffix("%")) == 0


def drained_jobs(pool: PoolFacts, jobs: Jobs) -> Iterator[Problem]:
    """A drain waits for the longest job: AKS deletes the machine when the time is over."""
    upgrade = pool.upgrade
    job = jobs.get(pool.name or "")
    if upgrade is None or job is None or isinstance(upgrade.drain_minutes, Absent) or upgrade.drain_minutes is None:
        return
    if upgrade.drain_minutes < job.minutes:
        yield Problem(
            rule="upgrade-drain",
            path=at(upgrade.path, "drainMinutes"),
            given=str(upgrade.drain_minutes),
            allowed=f"{job.minutes} or more, which {job.path} is: a drain that ends sooner is given up, or ends it",
            fix=f"leave drainMinutes out, or write {drain_minutes(None, job.minutes)}",
        )


def check(platform: PlatformFacts, pool: PoolFacts, jobs: Jobs) -> Iterator[Problem]:
    """All rules of upgrades and replacements, which AKS has."""
    if platform.kind != "aks":
        return
    yield from replacement_name(platform, pool)
    yield from added_or_taken(pool)
    yield from drained_jobs(pool, jobs)
