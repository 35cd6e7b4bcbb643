"""Requests and limits of a container."""

from __future__ import annotations

from infra.settings.model import Quantity, Settings


class Resources(Settings):
    """What an agent or runner gets."""

    cpu: Quantity = "1"
    """Request; there is no CPU limit, so that builds use what is idle."""
    memory: Quantity = "4Gi"
    """Request and limit. Windows has no out-of-memory killer: what is not limited takes the node down."""
    ephemeral_storage: Quantity | None = None
    """Request and limit on the node's disk. Default: none."""
