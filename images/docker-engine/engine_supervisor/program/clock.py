"""Time, as a thing that can be simulated."""

from __future__ import annotations

import threading
import time
from typing import Protocol


class Clock(Protocol):
    """The clock of the node."""

    def now(self) -> float:
        """Seconds since the epoch; may jump when the node's time is set."""

    def monotonic(self) -> float:
        """Seconds since some moment; never jumps."""

    def wait(self, woken: threading.Event, seconds: float) -> None:
        """Return after so many seconds, or earlier when `woken` is set."""


class SystemClock:
    """The real one."""

    def now(self) -> float:
        """See `Clock`."""
        return time.time()

    def monotonic(self) -> float:
        """See `Clock`."""
        return time.monotonic()

    def wait(self, woken: threading.Event, seconds: float) -> None:
        """See `Clock`."""
        woken.wait(max(0.0, seconds))
