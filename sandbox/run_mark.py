"""The mark of a run that began and did not end.

Owns one file, which is there while the engine changes things, and names the engine's process. A rehearsal keeps no
checkpoints, so where the mark outlived its run, the state does not know what is in the cluster.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from sandbox.control_plane import processes

GRACE_SECONDS = 10.0
"""How long the engine of a run that was killed may take to end."""


class EngineKilled(Exception):
    """The engine was killed before it saved its state; the message is for the user."""


class RunMark:
    """The mark in one sandbox's folder."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "run-under-way"

    def is_set(self) -> bool:
        """Whether a run began and did not end."""
        return self._path.exists()

    def during(self, run: Callable[[Callable[[int], None]], int]) -> int:
        """Run a command that changes things, and return its exit code.

        `run` hands the engine's pid to the function it is given. The mark stays where the engine was killed: then
        this raises `EngineKilled`, or this process is gone too.
        """
        self._path.touch()
        try:
            code = run(self._note)
        except KeyboardInterrupt:  # one that the engine has dealt with: its state is saved
            self._path.unlink()
            raise
        if code < 0:
            raise EngineKilled(f"The engine was ended by signal {-code} and saved nothing: `make up` starts anew.")
        self._path.unlink()
        return code

    def end_engine(self) -> None:
        """End the engine that the mark names, if it outlived whoever ran it."""
        if self.is_set() and (noted := self._path.read_text()):
            processes.stop([processes.Identity(**json.loads(noted))], grace_seconds=GRACE_SECONDS)

    def _note(self, pid: int) -> None:
        identity = processes.identify(pid)
        if identity is not None:
            self._path.write_text(json.dumps(asdict(identity)))
