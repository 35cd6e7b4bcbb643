"""Pulls ahead: which image is next, and how long one that cannot be pulled is left alone.

A registry that does not answer must not make a round fail, nor keep the next image waiting.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from engine_supervisor import core, ports
from engine_supervisor.journal import Journal
from engine_supervisor.program.background import Background
from engine_supervisor.program.clock import Clock
from engine_supervisor.program.log import Log
from engine_supervisor.program.metrics import Metrics

PAUSE_SECONDS: Final = 60.0
LONGEST_PAUSE_SECONDS: Final = 3600.0
DOUBLINGS: Final = 7
"""After a pull that failed, doubled each time."""


class Pulls:
    """The images of one node that are to be pulled ahead."""

    def __init__(self, background: Background, clock: Clock, log: Log, metrics: Metrics) -> None:
        self._background = background
        self._clock = clock
        self._log = log
        self._metrics = metrics
        self._failed: dict[str, tuple[int, float]] = {}

    def start(self, images: Sequence[str], pull: Callable[[str], None]) -> None:
        """Pull the first of them that did not fail lately in the background, unless a pull is under way."""
        now = self._clock.monotonic()
        for image in images:
            if self._failed.get(image, (0, now))[1] <= now:
                self._background.start("pull", image, partial(pull, image))
                return

    def collect(self, journal: Journal) -> Journal:
        """The journal with what was pulled since."""
        done = self._background.collect("pull")
        if done is None:
            return journal
        image = str(done.key)
        if isinstance(done.error, ports.Failed | ports.Away):
            times = min(self._failed.get(image, (0, 0.0))[0] + 1, DOUBLINGS)
            pause = min(PAUSE_SECONDS * 2.0 ** (times - 1), LONGEST_PAUSE_SECONDS)
            self._failed[image] = (times, self._clock.monotonic() + pause)
            self._metrics.add("prepull_failures_total")
            self._log.line("prepull-failed", image=image, reason=str(done.error))
            return journal
        if done.error is not None:
            raise done.error
        self._failed.pop(image, None)
        self._log.line("prepulled", image=image)
        return core.pulled(journal, image)
