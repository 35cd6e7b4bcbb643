"""The user's cache directory and the locks in it.

Owns where built binaries, logs and locks lie. The cache outlives checkouts and serves all of them, so `make clean`
leaves it alone.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from toolchain.errors import MissingPrerequisite
from toolchain.progress import Progress

POLL_SECONDS = 0.2


def directory() -> Path:
    """$BUILDFLEET_CACHE, else $XDG_CACHE_HOME/buildfleet, else ~/.cache/buildfleet; absolute, perhaps not there yet."""
    if own := os.environ.get("BUILDFLEET_CACHE"):
        return Path(own).expanduser().absolute()
    # The XDG specification has a relative path ignored.
    xdg = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    return (xdg if xdg.is_absolute() else Path("~/.cache").expanduser()) / "buildfleet"


def folder(*parts: str) -> Path:
    """A folder of the cache, made if need be."""
    path = directory().joinpath(*parts)
    try:
        path.mkdir(parents=True, exist_ok=True)
        if not os.access(path, os.W_OK):
            raise PermissionError(13, "not writable", str(path))
    except OSError as error:
        raise MissingPrerequisite(
            f"The cache directory {directory()} cannot be written ({error.strerror}): "
            f"`export BUILDFLEET_CACHE=DIRECTORY`, one that is yours."
        ) from error
    return path


def log(name: str) -> Path:
    """Where the output of a piece of work goes: its last run only."""
    return folder("logs") / f"{name}.log"


@contextmanager
def lock(name: str, what: str) -> Iterator[None]:
    """Holds the lock `name` over all processes of the user while the body runs; waits for it, and says for what.

    `what` is told to those who wait, for example "builds kubectl v1.36.3". The kernel frees the lock with its holder,
    however that ends: there is never a stale one to remove. Whoever waited must look again for what it wanted to make.
    """
    path = folder("locks") / (name if name.isidentifier() else hashlib.sha256(name.encode()).hexdigest()[:16])
    with path.open("a+") as file:
        _acquire(file.fileno(), path)
        file.truncate(0)
        file.write(f"process {os.getpid()}, which {what}")
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def _acquire(descriptor: int, path: Path) -> None:
    progress: Progress | None = None
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = path.read_text() or "another process"
            progress = progress or Progress("Waiting")
            if progress.due:
                progress.tell(f"for {holder} (lock {path})")
            time.sleep(POLL_SECONDS)
        else:
            if progress:
                progress.end(f"over after {progress.elapsed}")
            return
