"""Settings of a node pool that do something on some platforms only. A setting that does nothing is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from rules.given import Absent
from rules.paths import at
from rules.platform import PlatformFacts
from rules.pool_facts import PoolFacts
from rules.problem import Problem
from rules.words import given

_OF_AKS: Final = ("osDiskSizeGB", "osDiskType", "zones", "outboundNat", "encryptionAtHost", "upgrade", "replacement")
_OF_ITS_MAKER: Final = ("labels", "maxPods", *_OF_AKS)
_OWN_ROUTES: Final = ("nat-gateway", "user-defined-routing")

_WHERE: Final[Mapping[str, str]] = {
    "aks": "AKS",
    "azure-local": "AKS on Azure Local",
    "existing-cluster": "existing-cluster",
}


def unused(platform: PlatformFacts, pool: PoolFacts) -> Iterator[Problem]:
    """What only the maker of a pool can set is not set on one that is found, nor what its maker does not know."""
    made = platform.makes_pools
    if made is None:
        return
    keys: tuple[str, ...] = ()
    if not made:
        keys, reason = _OF_ITS_MAKER, f"nothing on {_where(platform)}, where pools are found and not made"
    elif platform.kind == "azure-local":
        keys, reason = (*_OF_AKS, "nodeSelector"), "nothing: AKS on Azure Local has no such setting"
    else:
        keys, reason = ("nodeSelector",), ""
    for key in keys:
        value = pool.written.get(key)
        if value is None or value is False or value in ({}, []):
            continue
        hint = ""
        if key == "labels":
            hint = "; labels that the nodes have and that tell the pool belong in nodeSelector"
        elif key == "nodeSelector":
            reason = f"nothing on {_where(platform)}, which makes the pool: its nodes are found by a label of ours"
            hint = "; labels for other purposes belong in labels"
        yield Problem(
            rule="pool-field-unused",
            path=at(pool.path, key),
            given=given(value),
            allowed=reason,
            fix=f"remove {key}{hint}",
        )


def _where(platform: PlatformFacts) -> str:
    adopted = platform.kind == "azure-local" and not platform.makes_pools
    return "an adopted cluster" if adopted else _WHERE[platform.kind or ""]


def outbound_nat(platform: PlatformFacts, pool: PoolFacts, outbound: str | None) -> Iterator[Problem]:
    """Windows nodes may leave out their own translation of addresses where the network's way out has one."""
    if platform.kind != "aks" or pool.outbound_nat is None or isinstance(pool.outbound_nat, Absent):
        return
    path = at(pool.path, "outboundNat")
    if pool.os == "linux":
        yield Problem(
            rule="outbound-nat-os",
            path=path,
            given=given(pool.outbound_nat),
            allowed="nothing on a Linux pool: only Windows nodes can do without",
            fix="remove outboundNat",
        )
    elif pool.outbound_nat is False and outbound is not None and outbound not in _OWN_ROUTES:
        yield Problem(
            rule="outbound-nat",
            path=path,
            given=f"false with network.outbound: {outbound}",
            allowed="true, or false with network.outbound: nat-gateway or user-defined-routing",
            fix="remove outboundNat, or let the network have a NAT gateway",
        )


def zones(platform: PlatformFacts, pool: PoolFacts) -> Iterator[Problem]:
    """Each zone is named once."""
    if platform.kind == "aks" and isinstance(pool.zones, tuple):
        yield from zones_differ(at(pool.path, "zones"), pool.zones)


def zones_differ(path: str, zones: tuple[str, ...]) -> Iterator[Problem]:
    """No zone is named twice."""
    if len(set(zones)) < len(zones):
        yield Problem(
            rule="zone-duplicate",
            path=path,
            given=", ".join(zones),
            allowed="each availability zone once",
            fix=f"write {sorted(set(zones))}".replace("'", '"'),
        )


def check(platform: PlatformFacts, pool: PoolFacts, outbound: str | None) -> Iterator[Problem]:
    """All rules of settings that a platform may lack."""
    yield from unused(platform, pool)
    yield from outbound_nat(platform, pool, outbound)
    yield from zones(platform, pool)
