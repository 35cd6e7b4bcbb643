"""One line about a piece of work that takes long: in place on a terminal, else one every 20 seconds.

Writes to standard error: standard output belongs to results.
"""

from __future__ import annotations

import shutil
import sys
import time

HEARTBEAT_SECONDS = 20.0
TERMINAL_SECONDS = 0.5


def duration(seconds: float) -> str:
    """For a reader: `45 s`, `2 min`, `9 min 30 s`; steps of 10 s from a minute on."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(round(whole / 10) * 10, 60)
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


def say(line: str) -> None:
    """A line that stays."""
    print(line, file=sys.stderr, flush=True)


class Progress:
    """The state of one piece of work, begun now. `title` starts each line."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._begun = time.monotonic()
        self._terminal = sys.stderr.isatty()
        self._next = 0.0

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._begun

    @property
    def elapsed(self) -> str:
        return duration(self.seconds)

    @property
    def due(self) -> bool:
        """Whether it is time to show how things stand."""
        return self.seconds >= self._next

    def tell(self, text: str) -> None:
        """Shows how things stand, now."""
        self._next = self.seconds + (TERMINAL_SECONDS if self._terminal else HEARTBEAT_SECONDS)
        line = f"{self._title}: {text}"
        if self._terminal:
            # A line that wraps could not be overwritten.
            print(f"\r\x1b[K{line[: shutil.get_terminal_size().columns - 1]}", end="", file=sys.stderr, flush=True)
        else:
            say(line)

    def end(self, text: str) -> None:
        """The line that stays."""
        say(("\r\x1b[K" if self._terminal else "") + f"{self._title}: {text}")
