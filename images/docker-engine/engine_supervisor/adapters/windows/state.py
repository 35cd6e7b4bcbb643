r"""What the supervisor keeps on the node: its journal and its lock, in `%ProgramData%\buildfleet\docker-engine`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from engine_supervisor.adapters.windows import files
from engine_supervisor.ports import Failed

_POLL_SECONDS: Final = 0.2
_LOCK_SECONDS: Final = 3600.0
"""An installation of the Windows feature takes half an hour at most; nothing else that holds the lock takes longer."""


class State:
    """The folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._removed = False

    def read_journal(self) -> str | None:
        """The journal's text; `None` where there is none."""
        return files.read(self._journal)

    def write_journal(self, text: str) -> None:
        """Replace the journal."""
        self._removed = False
        files.replace(self._journal, text)

    def path(self, name: str) -> Path:
        """Of another small file that is kept."""
        return self._folder / name

    def remove(self) -> None:
        """Delete all, but the lock and the folders only when the lock is given back."""
        for path in sorted(self._folder.iterdir()) if self._folder.is_dir() else []:
            if path.name != _LOCK:
                files.remove(path)
        self._removed = True

    @contextmanager
    def locked(self, now: Callable[[], float], pause: Callable[[float], None]) -> Iterator[None]:
        """Hold the lock, which ends with the process that holds it, however that ends."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._folder / _LOCK, os.O_RDWR | os.O_CREAT)
        except OSError as error:
            raise Failed(f"{self._folder} cannot be used: {error}") from error
        try:
            deadline = now() + _LOCK_SECONDS
            while not _try_lock(descriptor):
                if now() >= deadline:
                    raise Failed(f"another supervisor has held {self._folder / _LOCK} for an hour")
                pause(_POLL_SECONDS)
            yield
        finally:
            # Closing frees it.
            os.close(descriptor)
            if self._removed:
                # Another supervisor that waits for it has it open, and uses it on.
                with suppress(OSError):
                    (self._folder / _LOCK).unlink()
                    self._folder.rmdir()
                    self._folder.parent.rmdir()

    @property
    def _journal(self) -> Path:
        return self._folder / "journal.json"


_LOCK: Final = "acting.lock"

if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> bool:
        try:
            os.lseek(descriptor, 0, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
