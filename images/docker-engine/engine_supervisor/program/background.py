"""What takes too long for a round: pulls, the smoke and the disk usage, beside the loop that watches the engine.

One thread a lane at most. The loop starts a job and goes on; it collects what came of it in a later round. Threads are
daemons: a pull that hangs cannot keep the process from its end.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

Lane = Literal["pull", "smoke", "usage"]


@dataclass(frozen=True)
class Done:
    """A job that has ended; `error` is what it raised."""

    key: object
    """Given by whoever started it."""
    value: object = None
    error: Exception | None = None


class Background(Protocol):
    """Lanes of jobs."""

    def start(self, lane: Lane, key: object, job: Callable[[], object]) -> bool:
        """Start a job; `False` while the lane is busy, or what it did has not been collected."""

    def collect(self, lane: Lane) -> Done | None:
        """What has come of the lane's job, once."""

    def busy(self, lane: Lane) -> bool:
        """Whether the lane has a job that has not been collected."""


def _outcome(key: object, job: Callable[[], object]) -> Done:
    try:
        return Done(key, value=job())
    except Exception as error:
        # Raised again by whoever collects it, where it can be told apart.
        return Done(key, error=error)


class Threads:
    """Each job in a thread of its own."""

    def __init__(self, woken: threading.Event) -> None:
        """`woken` is set whenever a job ends."""
        self._woken = woken
        self._lock = threading.Lock()
        self._jobs: dict[Lane, Done | None] = {}

    def start(self, lane: Lane, key: object, job: Callable[[], object]) -> bool:
        """See `Background`."""
        with self._lock:
            if lane in self._jobs:
                return False
            self._jobs[lane] = None

        def run() -> None:
            done = _outcome(key, job)
            with self._lock:
                self._jobs[lane] = done
            self._woken.set()

        threading.Thread(target=run, name=lane, daemon=True).start()
        return True

    def collect(self, lane: Lane) -> Done | None:
        """See `Background`."""
        with self._lock:
            done = self._jobs.get(lane)
            if done is not None:
                del self._jobs[lane]
            return done

    def busy(self, lane: Lane) -> bool:
        """See `Background`."""
        with self._lock:
            return lane in self._jobs


class Inline:
    """Each job at once, in the thread that starts it: for simulations, where time stands still meanwhile."""

    def __init__(self, woken: threading.Event) -> None:
        """As `Threads`."""
        self._woken = woken
        self._jobs: dict[Lane, Done] = {}

    def start(self, lane: Lane, key: object, job: Callable[[], object]) -> bool:
        """See `Background`."""
        if lane in self._jobs:
            return False
        self._jobs[lane] = _outcome(key, job)
        self._woken.set()
        return True

    def collect(self, lane: Lane) -> Done | None:
        """See `Background`."""
        return self._jobs.pop(lane, None)

    def busy(self, lane: Lane) -> bool:
        """See `Background`."""
        return lane in self._jobs
