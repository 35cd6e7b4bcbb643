"""What ends a wait: the user, or the resource's own time limit.

Owns one event for each operation under way. The simulated Azure's waits know a single event, and a cancelled update and
a passed `customTimeouts` both have to end them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock, Timer
from typing import Final

DEFAULT_SECONDS: Final = 7200.0
"""The official provider's limit of an operation without a time limit of its own."""


class Interrupts:
    """The events of all operations of one provider."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._open: set[Event] = set()
        self._cancelled = False

    @property
    def cancelled(self) -> bool:
        """Whether the user has cancelled the update."""
        return self._cancelled

    def cancel(self) -> None:
        """End every wait, those that begin later included."""
        with self._lock:
            self._cancelled = True
            for event in self._open:
                event.set()

    @contextmanager
    def within(self, seconds: float) -> Iterator[Event]:
        """An event that is set after `seconds` (0 for the default), or when the user cancels."""
        event = Event()
        timer = Timer(seconds or DEFAULT_SECONDS, event.set)
        timer.daemon = True
        with self._lock:
            self._open.add(event)
            if self._cancelled:
                event.set()
        timer.start()
        try:
            yield event
        finally:
            timer.cancel()
            with self._lock:
                self._open.discard(event)
