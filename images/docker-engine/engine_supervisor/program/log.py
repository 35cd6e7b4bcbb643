"""The log: one JSON document a line, one line for what changes something.

Refuses repetition: a round that finds and does what the last one did is silent.
"""

from __future__ import annotations

import json
import re
import sys
from datetime import UTC, datetime
from typing import Final, TextIO

from engine_supervisor.program.clock import Clock

NUMBERS: Final = re.compile(r"(?<![\w.-])\d+(?![\w-]|\.\d)")
"""Those that stand for themselves, as in "for 20 s": not those of a version or a name."""


class Log:
    """Lines for a log collector and for `kubectl logs`."""

    def __init__(self, node: str, clock: Clock, stream: TextIO | None = None) -> None:
        """Write to `stream`, by default standard output."""
        self._node = node
        self._clock = clock
        self._stream = stream if stream is not None else sys.stdout
        self._last: dict[str, str] = {}

    def line(self, event: str, **facts: object) -> None:
        """Write a line, unless the last one of this event told the same; one that only counts on is the same."""
        told = NUMBERS.sub("0", json.dumps(facts, sort_keys=True, default=str))
        if self._last.get(event) == told:
            return
        self._last[event] = told
        at = datetime.fromtimestamp(self._clock.now(), UTC).isoformat(timespec="milliseconds")
        document = {"time": at.replace("+00:00", "Z"), "event": event, "node": self._node, **facts}
        self._write(json.dumps(document, default=str))

    def forget(self, event: str) -> None:
        """Let the next line of this event be written even when it tells the same: something lay in between."""
        self._last.pop(event, None)

    def plain(self, text: str) -> None:
        """One sentence as it is: the last line of a program that gives up, which Kubernetes shows as the reason."""
        self._write(" ".join(text.split()))

    def _write(self, line: str) -> None:
        self._stream.write(line + "\n")
        self._stream.flush()
