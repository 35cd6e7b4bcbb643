"""How long a daemon beside a build may take to start.

Owns the startup probe of sidecars. The containers after a sidecar wait for it, and a sidecar that fails it is killed
and started again, so a probe without patience turns a slow start into one that never ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

_PERIOD_SECONDS: Final = 5
_FRESH_SECONDS: Final = 120
_KEPT_SECONDS: Final = 300


def daemon_start_seconds(*, keeps_data: bool) -> int:
    """The patience: 2 minutes, or 5 for a daemon that finds the data of its predecessor and checks it first."""
    return _KEPT_SECONDS if keeps_data else _FRESH_SECONDS


def daemon_startup_probe(command: Sequence[str], *, keeps_data: bool) -> dict[str, Any]:
    """The container's `startupProbe`. `command` exits with 0 when the daemon answers."""
    return {
        "exec": {"command": list(command)},
        "periodSeconds": _PERIOD_SECONDS,
        # The default of 1 s is too short for a client program on a node whose disk unpacks an image meanwhile.
        "timeoutSeconds": 10,
        "failureThreshold": daemon_start_seconds(keeps_data=keeps_data) // _PERIOD_SECONDS,
    }
