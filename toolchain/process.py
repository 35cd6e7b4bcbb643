"""A child process that takes long: its output in a log, a sign of life on the terminal, and an end with its parent.

Refuses to leave anything running: the child leads a process group of its own, and whatever ends the wait (Ctrl-C,
SIGTERM, an exception) ends the whole group. `go build` starts dozens of compilers; killing only `go` would leave them.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from toolchain.progress import Progress

POLL_SECONDS = 0.2
GRACE_SECONDS = 3.0
"""Between the polite signal and the final one: pip removes its temporary files in that time."""

TAIL_LINES = 15


def run(
    command: Sequence[str],
    *,
    log: Path,
    progress: Progress,
    describe: Callable[[str], str],
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> int:
    """The exit code of `command`; its output, standard error included, is in `log`.

    `describe` makes the text of a heartbeat from what stands in the log so far.
    """
    with log.open("wb") as output:
        child = subprocess.Popen(
            command,
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                return child.wait(timeout=POLL_SECONDS)
            if progress.due:
                progress.tell(describe(log.read_text(errors="replace")))
    except BaseException:
        _end(child)
        raise


def _end(child: subprocess.Popen[bytes]) -> None:
    """Ends the child's group; a second Ctrl-C only shortens the grace."""
    with contextlib.suppress(ProcessLookupError, subprocess.TimeoutExpired, KeyboardInterrupt):
        os.killpg(child.pid, signal.SIGINT)
        child.wait(timeout=GRACE_SECONDS)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def tail(log: Path) -> str:
    """The last lines of a log, indented, for an error text."""
    lines = log.read_text(errors="replace").rstrip().splitlines()
    return "\n".join(f"  {line}" for line in lines[-TAIL_LINES:]) or "  (no output)"
