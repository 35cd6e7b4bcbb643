"""The processes that the host starts: a program in another interpreter, and Python plugins.

Owns that none of them outlives the engine's interest in it: the engine waits five seconds for a host whose child still
holds its output open.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from queue import SimpleQueue
from threading import Lock, Thread
from typing import IO, Literal

from sandbox.plugins.language_host.program import BAIL_CODE, Outcome, Request

Chunk = tuple[Literal["stdout", "stderr", "exitcode"], bytes]


class Children:
    """The running children of one host."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = Lock()

    def run_program(self, python: Path, script: Path, request: Request) -> Outcome:
        """Run `script` with `request` on its standard input; its output goes where the host's goes."""
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        with self._start([str(python), str(script)], None, environment, stdin=subprocess.PIPE) as process:
            process.communicate(request.to_json().encode())
        self._forget(process)
        if process.returncode == BAIL_CODE:
            return Outcome(bail=True)
        if process.returncode != 0:
            return Outcome(error=f"Program exited with non-zero exit code: {process.returncode}")
        return Outcome()

    def run_plugin(
        self,
        command: Sequence[str],
        directory: Path,
        environment: list[str],
        on_end: Callable[[Callable[[], None]], object],
    ) -> Iterator[Chunk]:
        """Yield the output of `command` as it comes and its exit code last; `on_end` gets what ends it early.

        `environment` is the whole of it, as `NAME=VALUE`.
        """
        variables = dict(entry.split("=", 1) for entry in environment)
        process = self._start(command, directory, variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        on_end(lambda: _end(process))
        chunks: SimpleQueue[Chunk | None] = SimpleQueue()
        for name, stream in (("stdout", process.stdout), ("stderr", process.stderr)):
            Thread(target=_pump, args=(name, stream, chunks), daemon=True).start()
        for _ in range(2):
            while (chunk := chunks.get()) is not None:
                yield chunk
        code = process.wait()
        self._forget(process)
        yield "exitcode", str(code).encode()

    def end(self) -> None:
        """End every child and what it started."""
        with self._lock:
            running = list(self._running)
        for process in running:
            _end(process)

    def _start(
        self,
        command: Sequence[str],
        directory: Path | None,
        environment: dict[str, str],
        *,
        stdin: int = subprocess.DEVNULL,
        stdout: int | None = None,
        stderr: int | None = None,
    ) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            command,
            cwd=directory,
            env=environment,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )
        with self._lock:
            self._running.add(process)
        return process

    def _forget(self, process: subprocess.Popen[bytes]) -> None:
        with self._lock:
            self._running.discard(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _pump(name: Literal["stdout", "stderr"], stream: IO[bytes], chunks: SimpleQueue[Chunk | None]) -> None:
    descriptor = stream.fileno()
    while chunk := os.read(descriptor, 65536):
        chunks.put((name, chunk))
    chunks.put(None)
