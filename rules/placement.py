"""Placement: which work may go on which node pool.

Work goes on a build pool of its own level of trust. A pool has one level, because whoever runs privileged code on a
node has the node.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rules.paths import at
from rules.pool_facts import PoolFacts
from rules.problem import Problem
from rules.words import given, listed, meant


@dataclass(frozen=True, kw_only=True)
class WorkFacts:
    """Something to place. `path` is where it stands, for example `github.runnerSets[0]`."""

    path: str
    node_pool: str | None = None
    trust: str | None = None


def pool_of(work: WorkFacts, pools: Sequence[PoolFacts] | None) -> PoolFacts | None:
    """The pool that the work names, if it is known and there is exactly one."""
    found = [pool for pool in pools or () if work.node_pool is not None and pool.name == work.node_pool]
    return found[0] if len(found) == 1 else None


def pool_exists(work: WorkFacts, pools: Sequence[PoolFacts] | None) -> Iterator[Problem]:
    """The pool that the work names is there."""
    if work.node_pool is None or pools is None:
        return
    there = [pool.name for pool in pools if pool.name is not None]
    # A pool without a readable name may be the one that is meant.
    if work.node_pool in there or len(there) < len(pools):
        return
    build = sorted({pool.name for pool in pools if pool.name is not None and pool.purpose != "system"})
    yield Problem(
        rule="placement-pool",
        path=at(work.path, "nodePool"),
        given=given(work.node_pool),
        allowed=f"the name of a build pool of nodePools: {listed(build) or 'there is none yet'}",
        fix=meant(work.node_pool, build, "name one of them, or add the pool to nodePools"),
    )


def build_pool(work: WorkFacts, pools: Sequence[PoolFacts] | None) -> Iterator[Problem]:
    """Work does not go where the cluster's own parts run."""
    pool = pool_of(work, pools)
    if pool is None or pool.purpose != "system":
        return
    build = sorted({other.name for other in pools or () if other.name is not None and other.purpose == "build"})
    yield Problem(
        rule="placement-system",
        path=at(work.path, "nodePool"),
        given=f"{given(work.node_pool)}, which is a system pool",
        allowed=f"a pool with purpose: build: {listed(build) or 'there is none yet'}",
        fix="name a build pool, or add one: a build that fills a system node takes the cluster down",
    )


def same_trust(work: WorkFacts, pools: Sequence[PoolFacts] | None) -> Iterator[Problem]:
    """Work and pool have the same level of trust."""
    pool = pool_of(work, pools)
    if pool is None or pool.trust is None or work.trust is None or pool.trust == work.trust:
        return
    if pool.purpose == "system":
        return
    fitting = sorted(
        {
            other.name
            for other in pools or ()
            if other.name is not None
            and other.purpose == "build"
            and other.trust == work.trust
            and (pool.os is None or other.os == pool.os)
        }
    )
    yield Problem(
        rule="placement-trust",
        path=at(work.path, "nodePool"),
        given=f"{given(work.node_pool)}, which is {pool.trust}",
        allowed=f"a pool that is {work.trust}, as the work is: {listed(fitting) or 'there is none yet'}",
        fix=f"name such a pool, or write trust: {pool.trust} here if that is who uses it",
    )


def check(work: WorkFacts, pools: Sequence[PoolFacts] | None) -> Iterator[Problem]:
    """All rules of placement."""
    yield from pool_exists(work, pools)
    yield from build_pool(work, pools)
    yield from same_trust(work, pools)
