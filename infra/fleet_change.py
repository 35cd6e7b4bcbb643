"""The fleet that a change is judged by: what its stack file says, as far as that allows no more than its base did.

Owns the comparison of two fleets, fact by fact. A change may say anything stricter, and may add what gives no right: a
node pool, a namespace of agents. What would give one, a registry or a namespace for Docker for instance, counts after
it was merged, or after it was granted in the base, so that no change loosens its own judge.

Refuses to judge whether a loosening is right: that is for whoever reviews it. Each that was not taken over is told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from components import contract
from rules.policies.fleet import Confinement, Fleet, FleetPool
from rules.tables.builds import PAUSE_IMAGE
from rules.words import listed

_LISTS: Final = {
    "exemptNamespaces": "exempt_namespaces",
    "engineAccounts": "engine_accounts",
    "registries": "registries",
    "ownRepositories": "own_repositories",
    "hostPaths": "host_paths",
}
_CONFINEMENTS: Final[Mapping[str, Confinement]] = {"engine": "engine", "docker": "agents-docker"}


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A fleet to judge by, and what of the change it leaves out, a line each."""

    fleet: Fleet
    left_out: Sequence[str]


def judged(base: Fleet, change: Fleet, granted: Mapping[str, Any]) -> Judged:
    """The stricter of two fleets of one stack.

    Args:
        base: that of the base's stack file.
        change: that of the changed stack file.
        granted: facts in the form of `fleet-settings` that the base lets a change add.
    """
    lines: list[str] = []
    profile = change.profile
    if change.profile == "dev" and "dev" not in (base.profile, granted.get("profile")):
        profile = "production"
        lines.append(_line("profile", "the environment", "production", "production: false"))
    namespaces = _namespaces(base, change, granted.get("namespaces", {}), lines)
    lists = {name: _list(key, base, change, granted.get(key, ()), lines) for key, name in _LISTS.items()}
    pools = [_pool(pool, base, granted.get("pools", ()), lines) for pool in change.pools] or list(base.pools)
    more: dict[str, Any] = {**namespaces, **lists}
    strict = base.strict or change.strict
    found = replace(change, profile=profile, strict=strict, pool_keys=base.pool_keys, pools=pools, **more)
    return Judged(fleet=found, left_out=lines)


def _line(fact: str, what: str, judged_as: str, wanted: str) -> str:
    return (
        f"{fact}: {what} is judged as {judged_as}, as in the base, and not as {wanted}, until that is merged or granted"
    )


def _namespaces(base: Fleet, change: Fleet, granted: Mapping[str, Any], lines: list[str]) -> dict[str, list[str]]:
    """A namespace has the right that both give it; without that it is one of agents, which have none."""
    found: dict[str, list[str]] = {"engine": [], "docker": [], "agents": list(change.agent_namespaces)}
    for key, confinement in _CONFINEMENTS.items():
        for namespace in change.own_namespaces:
            if change.confinement(namespace) != confinement:
                continue
            if base.confinement(namespace) == confinement or namespace in granted.get(key, ()):
                found[key].append(namespace)
            else:
                found["agents"].append(namespace)
                lines.append(_line(f"namespaces.{key}", namespace, "agents", str(confinement)))
    return {
        "engine_namespaces": found["engine"],
        "docker_namespaces": found["docker"],
        "agent_namespaces": sorted(found["agents"]),
    }


def _list(key: str, base: Fleet, change: Fleet, granted: Iterable[str], lines: list[str]) -> Sequence[str]:
    """What both allow, by prefix. A list that would end up empty, which allows every registry, stays the base's."""
    wanted: Sequence[str] = getattr(change, _LISTS[key])
    before: Sequence[str] = getattr(base, _LISTS[key])
    if key == "registries" and not before:
        return sorted(wanted)
    if key == "registries" and not wanted:
        lines.append(f"{key}: none are named, which would allow any; those of the base count")
        return sorted(before)
    allowed = {*before, *granted, *_fixed(key, base)}
    left_out = [one for one in wanted if not _within(one, allowed)]
    if not left_out:
        return wanted
    names = listed(sorted(left_out), "and")
    lines.append(f"{key}: {names} is not allowed, as in the base, until that is merged or granted")
    kept = {one for one in wanted if one not in left_out} | {one for one in before if _within(one, left_out)}
    return sorted(kept or (before if key == "registries" else ()))


def _fixed(key: str, base: Fleet) -> list[str]:
    """What this project alone chooses, so that no stack file can: the first cache of a stack needs no grant."""
    if key == "hostPaths":
        return [f"{contract.CACHE_ROOT}/{base.stack}"]
    return [PAUSE_IMAGE.partition("@")[0].rpartition(":")[0]] if key == "registries" else []


def _within(one: str, prefixes: Collection[str]) -> bool:
    return any(one == prefix or one.startswith(f"{prefix}/") for prefix in prefixes)


def _pool(pool: FleetPool, base: Fleet, granted: Iterable[Mapping[str, Any]], lines: list[str]) -> FleetPool:
    """A pool with the lower trust, and for the cluster's own parts where one of the base's that it may be is."""
    grant = next((one for one in granted if one["name"] == pool.name), {})
    same = list(_same_nodes(pool, base.pools))
    if pool.trust == "trusted" and any(one.trust == "untrusted" for one in same) and grant.get("trust") != "trusted":
        lines.append(_line("pools.trust", pool.name, "untrusted", "trusted"))
        pool = replace(pool, trust="untrusted")
    if pool.purpose == "build" and any(one.purpose == "system" for one in same) and grant.get("purpose") != "build":
        lines.append(_line("pools.purpose", pool.name, "system", "build"))
        pool = replace(pool, purpose="system")
    return pool


def _same_nodes(pool: FleetPool, pools: Sequence[FleetPool]) -> Iterator[FleetPool]:
    """Those of a name, and those whose nodes could be the same: no label tells their selectors apart."""
    for other in pools:
        shared = pool.selector.keys() & other.selector.keys()
        if other.name == pool.name or all(pool.selector[key] == other.selector[key] for key in shared):
            yield other
