"""One process that ends with its parent, whatever ends that, and that can be waited for together with other things."""

from __future__ import annotations

import os
import select
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from sandbox.control_plane.files import PRIVATE_DIRECTORY

PARENT: Final = "BUILDFLEET_PARENT"
"""Variable with the pid of the process whose end is the child's; see `die_with_parent`."""
_PR_SET_PDEATHSIG: Final = 1


class Wake:
    """A bell that interrupts a wait."""

    def __init__(self) -> None:
        self.descriptor = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)

    def ring(self) -> None:
        """Interrupt the wait that is under way, or else the next."""
        os.eventfd_write(self.descriptor, 1)

    def wait(self, seconds: float, child: Child | None = None) -> None:
        """Return when it rings, when the child ends, or after so many seconds."""
        poller = select.poll()
        poller.register(self.descriptor, select.POLLIN)
        if child is not None:
            poller.register(child.descriptor, select.POLLIN)
        poller.poll(max(0.0, seconds) * 1000)
        try:
            os.eventfd_read(self.descriptor)
        except BlockingIOError:
            return

    def close(self) -> None:
        """Give the descriptor back."""
        os.close(self.descriptor)


class Child:
    """A process with its output in a file; start it, and keep the thread that did for as long as it runs.

    The kernel's signal at the parent's death is sent at the death of the thread that made the child, prctl(2).
    """

    def __init__(self, command: Sequence[str], *, environment: Mapping[str, str], log: Path) -> None:
        log.parent.mkdir(mode=PRIVATE_DIRECTORY, parents=True, exist_ok=True)
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            self._begins = os.fstat(output).st_size
            self._process = subprocess.Popen(
                command,
                env={**environment, PARENT: str(os.getpid())},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        finally:
            os.close(output)
        self._log = log
        self.pid = self._process.pid
        self.descriptor = os.pidfd_open(self.pid)

    def code(self) -> int | None:
        """The exit code; `None` while it runs. As a runtime tells it: 128 and the signal's number."""
        found = self._process.poll()
        return 128 - found if found is not None and found < 0 else found

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, unless it has ended."""
        if self._process.poll() is None:
            signal.pidfd_send_signal(self.descriptor, number)

    def wait(self, seconds: float) -> bool:
        """Wait for its end; whether it came."""
        poller = select.poll()
        poller.register(self.descriptor, select.POLLIN)
        poller.poll(max(0.0, seconds) * 1000)
        return self._process.poll() is not None

    def output(self) -> str:
        """What it wrote."""
        with self._log.open("rb") as file:
            file.seek(self._begins)
            return file.read().decode(errors="replace")

    def close(self) -> None:
        """Kill it if it runs, collect it, and give its descriptor back."""
        self.signal(signal.SIGKILL)
        self._process.wait()
        os.close(self.descriptor)


def die_with_parent() -> None:
    """In the child, first of all: be killed when the parent dies, also if it has died already."""
    import ctypes

    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(os.environ.get(PARENT, os.getppid())):
        os.kill(os.getpid(), signal.SIGKILL)
