"""Files that survive a crash: replaced as a whole and flushed, removed although they are read-only.

On Windows a file or folder cannot be replaced while some program has it open. A scanner has what was just written, for
a moment; so it is tried for some seconds, and then told as a failure.
"""

from __future__ import annotations

import os
import shutil
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from engine_supervisor.ports import Failed

PARTIAL = ".partial"
"""Ending of what is being written; whatever still has it later is the leftover of a crash."""
_TRIES: Final = 20
_PAUSE_SECONDS: Final = 0.25


def replace(path: Path, text: str) -> None:
    """Make `text` the content of a file, or leave the file as it was."""
    partial = path.with_name(path.name + PARTIAL)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        _patiently(lambda: partial.replace(path))
    except OSError as error:
        raise Failed(f"{path} cannot be written: {error}") from error


def read(path: Path) -> str | None:
    """The content of a file; `None` where there is none."""
    try:
        # Bytes that are no text are for the reader to find damaged.
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Failed(f"{path} cannot be read: {error}") from error


def rename(path: Path, target: Path) -> None:
    """Give a folder its final name, which is free."""
    try:
        _patiently(lambda: path.rename(target))
    except OSError as error:
        raise Failed(f"{path} cannot be renamed to {target.name}: {error}") from error


def remove(path: Path) -> None:
    """Delete a file or a folder with all that is in it; none there is fine."""
    try:
        if path.is_dir() and not path.is_symlink():
            _patiently(lambda: shutil.rmtree(path), lambda: _make_writable(path))
        else:
            _patiently(lambda: path.unlink(missing_ok=True))
    except FileNotFoundError:
        pass
    except OSError as error:
        raise Failed(f"{path} cannot be deleted: {error}") from error


def _patiently(act: Callable[[], object], before_the_next: Callable[[], None] = lambda: None) -> None:
    """Try again while the answer is that somebody has it open."""
    for _ in range(_TRIES - 1):
        try:
            act()
            return
        except PermissionError:
            before_the_next()
            time.sleep(_PAUSE_SECONDS)
    act()


def _make_writable(folder: Path) -> None:
    """Windows deletes nothing that is marked read-only."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | stat.S_IWRITE)
