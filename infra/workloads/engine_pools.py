"""Which pools have the engine, and what its section says of one of them alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar

from infra.settings.docker_engine import DockerEngine, EnginePool


class _Pool(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def os(self) -> str: ...
    @property
    def purpose(self) -> str: ...


Pool = TypeVar("Pool", bound=_Pool)


def engine_pools(pools: Iterable[Pool]) -> list[Pool]:
    """Those of the pools that have the engine, by name."""
    return sorted(
        (pool for pool in pools if pool.os == "windows" and pool.purpose == "build"), key=lambda pool: pool.name
    )


def own_settings(engine: DockerEngine, pool: str) -> EnginePool:
    """What the section says of one pool alone."""
    return next((one for one in engine.node_pools if one.name == pool), EnginePool(name=pool))


def version(engine: DockerEngine, pool: str) -> str:
    """The version of the engine on a pool's nodes."""
    return own_settings(engine, pool).version or engine.version
