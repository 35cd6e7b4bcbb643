"""The clock of a supervisor in a rehearsal: the time is the machine's, but what is under way is looked at more often.

On a real node each round starts a few processes of Windows, and two seconds between them are little; here they are most
of what is waited for. What the journal counts (limits, pauses, grace) is never shortened.
"""

from __future__ import annotations

import threading
from typing import Final

from engine_supervisor.program import SystemClock

SHORT_SECONDS: Final = 5.0
"""The longest wait of a supervisor that has something under way."""
FACTOR: Final = 8.0


class HastyClock(SystemClock):
    """Shortens the waits between rounds; with `factor` all of them, else those that are short anyway."""

    def __init__(self, factor: float | None = None) -> None:
        self._factor = factor

    def wait(self, woken: threading.Event, seconds: float) -> None:
        """See `Clock`."""
        factor = self._factor or (FACTOR if seconds <= SHORT_SECONDS else 1.0)
        super().wait(woken, seconds / factor)
