"""The container that proves the engine, in the background, and which start it proves."""

from __future__ import annotations

from collections.abc import Callable

from engine_supervisor import core, ports
from engine_supervisor.journal import Journal
from engine_supervisor.program.background import Background
from engine_supervisor.program.log import Log
from engine_supervisor.program.metrics import Metrics


class Smokes:
    """The smokes of one node."""

    def __init__(self, background: Background, log: Log, metrics: Metrics) -> None:
        self._background = background
        self._log = log
        self._metrics = metrics

    def start(self, journal: Journal, smoke: Callable[[], ports.SmokeResult]) -> None:
        """Run one of the journal's start, unless one is under way."""
        self._background.start("smoke", _start_of(journal), smoke)

    def collect(self, journal: Journal, now: float) -> Journal:
        """The journal with what came of it; that of a start which is over tells nothing about another."""
        done = self._background.collect("smoke")
        if done is None:
            return journal
        if isinstance(done.error, ports.Away):
            # Whether the engine is dead is told by the look; a pull that stalls tells nothing about it.
            result = ports.SmokeResult(outcome="no-image", reason=str(done.error))
        elif isinstance(done.error, ports.Failed):
            result = ports.SmokeResult(outcome="failed", reason=str(done.error))
        elif isinstance(done.value, ports.SmokeResult):
            result = done.value
        else:
            raise done.error or TypeError(f"a smoke came to {done.value!r}")
        self._metrics.add("smokes_total", outcome=result.outcome)
        self._log.forget("smoke")
        self._log.line("smoke", outcome=result.outcome, reason=result.reason, seconds=round(result.seconds, 1))
        return core.smoked(journal, result, now) if done.key == _start_of(journal) else journal


def _start_of(journal: Journal) -> tuple[object, ...]:
    start = journal.start
    return () if start is None else (start.boot, start.target, start.began_at, start.attempted_at)
