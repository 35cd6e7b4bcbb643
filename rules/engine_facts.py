"""What is known of the engine's section."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rules.given import ABSENT, Absent


@dataclass(frozen=True, kw_only=True)
class ReleaseFacts:
    """One release that a stack adds."""

    path: str
    version: str | None = None
    url: str | None = None


@dataclass(frozen=True, kw_only=True)
class PruneFacts:
    """Free space, in GiB, under which something is done."""

    path: str = "dockerEngine.prune"
    below_gib: int | None = None
    floor_gib: int | None = None


@dataclass(frozen=True, kw_only=True)
class EnginePoolFacts:
    """What is different on one pool."""

    path: str
    name: str | None = None
    version: str | Absent | None = ABSENT
    image: str | Absent | None = ABSENT
    data_root: str | Absent | None = ABSENT
    prune: PruneFacts | Absent | None = ABSENT


@dataclass(frozen=True, kw_only=True)
class EngineFacts:
    """The section; `None` stands for what is unknown."""

    path: str = "dockerEngine"
    version: str | None = None
    releases: Sequence[ReleaseFacts] | None = None
    configuration: Mapping[str, object] | None = None
    data_root: str | None = None
    mirrors: Sequence[str] | None = None
    insecure_registries: Sequence[str] | None = None
    proxies: Mapping[str, str] = field(default_factory=dict)
    """Path to URL."""
    credential_specs: Mapping[str, object] | None = None
    prune: PruneFacts = field(default_factory=PruneFacts)
    smoke_images: Mapping[str, str] | None = None
    """By Windows Server."""
    port: int | None = None
    engine_port: int | Absent | None = None
    pod_monitor: str | None = None
    alerts: bool | None = None
    agents_per_node: int | Absent | None = None
    pools: Sequence[EnginePoolFacts] | None = None
    image: str | Absent | None = ABSENT
    """Of the supervisor, for all pools: `images.dockerEngine`."""
    smoke_test: bool | None = None
    """Whether a Job tests the engine through its client's image."""

    def of(self, pool: str | None) -> EnginePoolFacts | None:
        """What is different on a pool."""
        return next((one for one in self.pools or () if one.name is not None and one.name == pool), None)
