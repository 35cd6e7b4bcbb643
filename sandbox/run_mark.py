"""The mark of a run that began and did not end.

Owns one file, which is there while the engine changes things, and names the engine's process. Where the mark outlived
its run and no checkpoints were kept, the state does not know what is in the cluster; with checkpoints it does, and the
next run goes on. So there are two names for the file.
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
        self._lossy = directory / "run-under-way"
        self._resumable = directory / "run-with-checkpoints"

    def is_set(self) -> bool:
        """Whether a run without checkpoints began and did not end: its state is lost."""
        return self._lossy.exists()

    def is_resumable(self) -> bool:
        """Whether the run that did not end kept checkpoints, so that the next one can go on."""
        return self._resumable.exists() and not self.is_set()

    def during(self, run: Callable[[Callable[[int], None]], int], *, checkpoints: bool = False) -> int:
        """Run a command that changes things, and return its exit code.

        `run` hands the engine's pid to the function it is given. The mark stays where the engine was killed: then
        this raises `EngineKilled`, or this process is gone too.
        """
        path = self._resumable if checkpoints else self._lossy
        path.touch()
        try:
            code = run(lambda pid: _note(path, pid))
        except KeyboardInterrupt:  # one that the engine has dealt with: its state is saved
            path.unlink()
            raise
        if code < 0:
            told = (
                "kept its checkpoints: `make up` goes on."
                if checkpoints
                else "saved nothing: `make up` starts anew. With `make up CHECKPOINTS=1` a run can be gone on with."
            )
            raise EngineKilled(f"The engine was ended by signal {-code} and {told}")
        path.unlink()
        return code

    def end_engine(self) -> None:
        """End the engine that the mark names, if it outlived whoever ran it, and take off the mark of a resumable run.

        The mark of one that lost its state stays until the sandbox is erased.
        """
        for path in (self._lossy, self._resumable):
            if path.exists() and (noted := path.read_text()):
                processes.stop([processes.Identity(**json.loads(noted))], grace_seconds=GRACE_SECONDS)
        self._resumable.unlink(missing_ok=True)


def _note(path: Path, pid: int) -> None:
    identity = processes.identify(pid)
    if identity is not None:
        path.write_text(json.dumps(asdict(identity)))
