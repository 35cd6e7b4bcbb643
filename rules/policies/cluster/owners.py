"""Which cluster of a program a node pool, a schedule or a diagnostic setting belongs to.

Owns the three ways in which a program says it: by name or id, by an output of the cluster, which the engine tells even
while its value is not known, and by standing inside of it. Where only one cluster can be meant, it is. Refuses to
guess between several: what may belong to one of them is reported as not checked, where it matters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from rules.policies.azure import Cluster, Platform, Pool, clusters, pools
from rules.policies.node import ABSENT, UNKNOWN, Missing, NotKnown, Unchecked, Verdict, guarded
from rules.policies.resource import Resource

Told = Iterator[tuple[Resource | None, Verdict]]

_NAMES: Final = ("resourceUri", "connectedClusterResourceUri", "parentResourcePath", "resourceName")
"""Inputs that name a cluster, or what is in it; the first that does counts."""
_NO_CLUSTER: Final = ""
"""Name of what names something else."""
_IN_ID: Final = re.compile(r"(?:^|/)(?:managedclusters|connectedclusters|provisionedclusters)/([^/]+)", re.IGNORECASE)


def clusters_and_pools(resource: Resource) -> list[Cluster | Pool]:
    """A reader for `Rule.read`."""
    return [*clusters(resource), *pools(resource)]


@dataclass
class Windows:
    """The Windows pools of a cluster."""

    cluster: Cluster
    pools: list[str] = field(default_factory=list)
    """Names of those that are its own for certain."""
    maybe: list[tuple[Resource, Unchecked]] = field(default_factory=list)
    """Where it cannot be known whether a pool is for Windows, or is this cluster's."""


def windows(subjects: Sequence[tuple[Resource, Cluster | Pool]]) -> list[Windows]:
    """Every cluster of a program, with its Windows pools."""
    found = [Windows(one) for _, one in subjects if isinstance(one, Cluster)]
    for resource, pool in subjects:
        if not isinstance(pool, Pool):
            continue
        by_cluster = [one for one in found if one.cluster.platform == pool.platform]
        own, possible = owners(
            resource, [one.cluster for one in by_cluster], inside=pool.body.path if pool.inline else None
        )
        try:
            if not pool.is_windows():
                continue
            unknown = Unchecked(path=_name_path(resource))
        except NotKnown as error:
            unknown, possible, own = Unchecked(path=error.path), [*own, *possible], []
        name = pool.name.value
        for one in by_cluster:
            if one.cluster in own:
                one.pools.append(name if isinstance(name, str) else resource.name)
            elif one.cluster in possible:
                one.maybe.append((resource, unknown))
    return found


def for_windows(
    subjects: Sequence[tuple[Resource, Cluster | Pool]],
    platforms: Sequence[Platform],
    check: Callable[[Cluster, str], Iterator[Verdict]],
) -> Told:
    """`check` of every cluster that has Windows pools; its second argument names them, for messages."""
    for one in windows(subjects):
        if one.cluster.platform not in platforms or not (one.pools or one.maybe):
            continue
        verdicts = list(guarded(check(one.cluster, ", ".join(sorted(one.pools)))))
        if one.pools:
            yield from ((one.cluster.resource, verdict) for verdict in verdicts)
        elif verdicts:
            # Not fit for Windows, or not known to be: then it matters what the pool is.
            yield from one.maybe[:1]


def owners(
    child: Resource, candidates: Sequence[Cluster], *, inside: str | None = None
) -> tuple[list[Cluster], list[Cluster]]:
    """The cluster that something belongs to for certain, if any, and those that it may belong to.

    inside: path of something that stands in its cluster's resource.
    """
    if inside is not None:
        return [one for one in candidates if one.resource is child and _below(inside, one.body.path)], []
    meant = {urn for key in _NAMES for urn in child.dependencies.get(key, ())}
    by_output = [one for one in candidates if one.resource.urn and one.resource.urn in meant]
    if by_output:
        return by_output, []
    wanted, group = _named(child), child.root.get("resourceGroupName").value
    if wanted == _NO_CLUSTER:
        return [], []
    own, possible = [], []
    for one in candidates:
        name, other = _named(one.resource), one.resource.root.get("resourceGroupName").value
        if isinstance(group, str) and isinstance(other, str) and group.casefold() != other.casefold():
            continue
        if isinstance(wanted, str) and isinstance(name, str):
            own += [one] if wanted == name else []
        else:
            possible.append(one)
    # What names no cluster that could be told apart from the only one there is means that one.
    return (possible, []) if not own and len(possible) == len(candidates) == 1 else (own, possible if not own else [])


def _named(resource: Resource) -> str | Missing:
    """The cluster that a resource is, or is in, in lower case; `ABSENT` where it does not say, `_NO_CLUSTER` where it
    says that it is none's."""
    for key in _NAMES:
        value = resource.root.get(key).value
        if value is UNKNOWN:
            return UNKNOWN
        if isinstance(value, str) and value:
            in_id = _IN_ID.search(value)
            if in_id is not None or key == "resourceName":
                return (in_id[1] if in_id else value).casefold()
            if key == "resourceUri":
                return _NO_CLUSTER
    return ABSENT


def _name_path(resource: Resource) -> str:
    return next((key for key in _NAMES if resource.root.get(key).value is UNKNOWN), "")


def _below(path: str, above: str) -> bool:
    return not above or path.startswith(f"{above}.")
