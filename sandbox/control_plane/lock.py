"""One starter or stopper at a time for a sandbox folder."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox.control_plane.errors import ControlPlaneError
from sandbox.control_plane.files import PRIVATE_DIRECTORY

POLL_SECONDS = 0.1


@contextmanager
def exclusive(directory: Path, timeout_seconds: float) -> Iterator[Path]:
    """Hold `directory/lock`, made if absent. Yields the lock's path, which the holder may delete.

    The kernel drops the lock when its holder dies, so that a killed starter blocks nobody. Raises
    `ControlPlaneError` that names the holder when it is not free within `timeout_seconds`.
    """
    path = directory / "lock"
    deadline = time.monotonic() + timeout_seconds
    descriptor = _acquire(path, deadline)
    try:
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield path
    finally:
        os.close(descriptor)


def _acquire(path: Path, deadline: float) -> int:
    while True:
        path.parent.mkdir(mode=PRIVATE_DIRECTORY, parents=True, exist_ok=True)
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except FileNotFoundError:
            continue  # the folder was erased between the two calls
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 32, 0).decode(errors="replace").strip() or "unknown"
            os.close(descriptor)
            if time.monotonic() > deadline:
                raise ControlPlaneError(
                    f"Another process (pid {holder}) is starting or stopping the sandbox in {path.parent}. "
                    "Wait for it, or end it, and try again."
                ) from None
            time.sleep(POLL_SECONDS)
            continue
        # A holder that erased the folder took the file away: a lock on a file without a name excludes nobody.
        if _names(path, descriptor):
            return descriptor
        os.close(descriptor)


def _names(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
