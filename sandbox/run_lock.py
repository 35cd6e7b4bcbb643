"""The lock of one stack's sandbox: one command at a time.

Owns a file beside the sandbox's folder, not in it, because a run that starts anew deletes the folder and goes on. Who
holds the lock may delete the file only as the last thing it does: until then a second command would lock another file
of the same name.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the lock; the kernel drops it when its holder dies. Raises `BlockingIOError` while somebody else has it."""
    with _locked(path):
        yield


def _locked(path: Path) -> TextIO:
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("w")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            raise
        # Its last holder may have deleted the file meanwhile: a lock on a file without a name excludes nobody.
        if _names(path, file):
            return file
        file.close()


def _names(path: Path, file: TextIO) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False
