"""Time commands in pairs: A B A B, so that a machine that slows down slows down both."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Paired:
    """Seconds of each run of two commands, in the order in which they took turns."""

    ours: tuple[float, ...]
    other: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """The median of the ratios pair by pair."""
        return statistics.median(a / b for a, b in zip(self.ours, self.other, strict=True))

    def ratio_above(self, floor: float) -> float:
        """As `ratio`, of what each costs above a floor that both have."""
        return statistics.median((a - floor) / (b - floor) for a, b in zip(self.ours, self.other, strict=True))


def paired(command: Callable[[T], None], ours: T, other: T, *, runs: int, warm: bool = True) -> Paired:
    """Run a command on both in turn; with `warm` once each beforehand, uncounted."""
    if warm:
        command(other)
        command(ours)
    times = [(seconds(command, ours), seconds(command, other)) for _ in range(runs)]
    return Paired(ours=tuple(a for a, _ in times), other=tuple(b for _, b in times))


def seconds(command: Callable[[T], None], subject: T) -> float:
    """Wall seconds of one run."""
    start = time.perf_counter()
    command(subject)
    return time.perf_counter() - start
