"""vCPUs that the pools may need at their maximum, against those that the subscription has.

Azure tells of an exhausted quota when a node does not come, in the middle of an upgrade or at the busiest hour.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from rules.paths import at
from rules.platform import PlatformFacts
from rules.pool_facts import PoolFacts
from rules.pool_upgrade import nodes_at_most
from rules.problem import Problem
from rules.tables.vm_sizes import QUOTA_KNOWN
from rules.vm_size import parse
from rules.words import given, listed

REGION: Final = "cores"
"""The name, in `az vm list-usage`, of the quota of all families together."""
_FAMILY: Final = re.compile(r"(standard|basic)[A-Za-z0-9_]+Family", re.IGNORECASE)


def check(platform: PlatformFacts, pools: Sequence[PoolFacts] | None, quota: Mapping[str, int]) -> Iterator[Problem]:
    """Each quota that is named is a quota, and holds the pools of its family with the nodes that an upgrade adds."""
    if platform.kind != "aks":
        return
    for name, vcpus in sorted(quota.items()):
        path = at(platform.path, "vcpuQuota", name)
        if name != REGION and not _FAMILY.fullmatch(name):
            yield Problem(
                rule="quota-name",
                path=path,
                given=given(name),
                allowed=f"the name of a family such as standardDDSv5Family, or {REGION} for all families",
                fix="write it as `az vm list-usage --location LOCATION` has it under name.value",
            )
            continue
        families = _families(pools)
        if name != REGION and families and name.lower() not in {family.lower() for family in families}:
            yield Problem(
                rule="quota-unused",
                path=path,
                given=f"the family {given(name)}",
                allowed=f"the families of the pools' sizes, {listed(families, 'and')}, or {REGION} for all families",
                fix="name one of these, or remove it",
            )
            continue
        needs = [need for pool in pools or () if (need := _need(pool, name)) is not None]
        total = sum(need for need, _ in needs)
        if total > vcpus:
            yield Problem(
                rule="quota",
                path=path,
                given=f"{vcpus} vCPUs",
                allowed=f"{total} or more: {listed([words for _, words in needs], 'and')}",
                fix="have the quota raised, then write the new number, or lower maxCount or upgrade.maxSurge",
            )


def _families(pools: Sequence[PoolFacts] | None) -> list[str]:
    """Quotas that the pools need; empty where one of them is not known for certain."""
    sizes = [parse(pool.vm_size) if isinstance(pool.vm_size, str) else None for pool in pools or ()]
    known = [size for size in sizes if size is not None and size.family in QUOTA_KNOWN]
    return sorted({size.quota for size in known}) if len(known) == len(sizes) else []


def _need(pool: PoolFacts, name: str) -> tuple[int, str] | None:
    size = parse(pool.vm_size) if isinstance(pool.vm_size, str) else None
    nodes = nodes_at_most(pool)
    if size is None or nodes is None or (name != REGION and size.quota.lower() != name.lower()):
        return None
    return nodes * size.vcpus, f"{nodes * size.vcpus} of {pool.name or pool.path} ({nodes} nodes of {size.vcpus})"
