r"""How many clients the engine's pipe has: a build keeps a connection for as long as it takes.

The directory `\\.\pipe\` tells the number of instances of each pipe as its size, without a connection to it. dockerd's
listener (go-winio, pipe.go: `firstHandle` and the one that waits in `Accept`) keeps two that have no client.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

NAME: Final = "docker_engine"
_LISTENING: Final = 2


def clients(instances: Mapping[str, int], *, own: int) -> int | None:
    """Connections of others; `own` are ours. `None`: there is no such pipe, or its size tells nothing."""
    count = instances.get(NAME, 0)
    return max(count - _LISTENING - own, 0) if count else None
