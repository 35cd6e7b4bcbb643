"""Where a Docker daemon keeps its data."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from infra.settings.model import DnsLabel, Folder, Quantity, Settings


class EmptyDirStorage(Settings):
    """On the node's disk, gone with the pod."""

    kind: Literal["emptyDir"]
    size_limit: Quantity | None = None
    """The pod is evicted when it uses more."""


class HostPathStorage(Settings):
    """A folder of the node, kept between pods. Each daemon gets a folder of its own below it; only for those that come
    back to theirs: agents with `fixed` scaling, runner sets of one runner."""

    kind: Literal["hostPath"]
    path: Folder


class ExistingClaimStorage(Settings):
    """A claim that exists; only with exactly one daemon: `fixed` scaling with one agent, or one runner without
    `instances`."""

    kind: Literal["existingClaim"]
    claim_name: DnsLabel


class EphemeralClaimStorage(Settings):
    """A claim made for each pod and deleted with it."""

    kind: Literal["ephemeralClaim"]
    size: Quantity
    storage_class: DnsLabel | None = None
    """Default: the platform's."""


DaemonStorage = Annotated[
    EmptyDirStorage | HostPathStorage | ExistingClaimStorage | EphemeralClaimStorage, Field(discriminator="kind")
]
