"""What the program needs of the world around it: programs to run, servers to ask, a clock and a pipe.

The adapters are in `windows.py`; tests bring their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class Failed(Exception):
    """A step did not succeed; another try may. The message is the reason and what to do."""


class Permanent(Failed):
    """No further try can help: the request itself is at fault."""


@dataclass(frozen=True)
class Finished:
    """A program that has ended."""

    code: int
    output: str
    """The last lines of what it wrote, to either stream."""


@dataclass(frozen=True)
class Answer:
    """What a server said."""

    status: int
    body: str


class Away(Exception):
    """A server that cannot be reached; the message says why."""


class World(Protocol):
    """Everything outside of the program."""

    def now(self) -> float:
        """Seconds by a clock that only goes forward."""

    def sleep(self, seconds: float) -> None:
        """Wait."""

    def pipe_there(self) -> bool:
        """Whether the engine's pipe is in this container."""

    def run(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        shown: bool = False,
        seconds: float | None = None,
    ) -> Finished:
        """Run a program to its end, with further variables; `shown` passes what it writes on to the log.

        After `seconds` it is ended, and `code` is not 0.
        """

    def request(
        self,
        method: str,
        url: str,
        *,
        body: str,
        headers: Mapping[str, str],
        authority: Path | None = None,
    ) -> Answer:
        """Ask a server over HTTPS, trusting `authority` or what the system trusts. Raises `Away`."""

    def say(self, line: str) -> None:
        """One line for the log."""

    def conclude(self, message: str) -> None:
        """The container's termination message."""
