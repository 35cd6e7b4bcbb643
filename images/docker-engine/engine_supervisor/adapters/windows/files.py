"""Files that survive a crash: replaced as a whole and flushed, removed although they are read-only.

On Windows a file or folder cannot be replaced while some program has it open. A scanner has what was just written, for
a moment; so it is tried for some seconds, and then told as a failure.

What is removed may have paths beyond the 260 characters of Windows, which says of such a file that it is not there.
"""

from __future__ import annotations

import ntpath
import os
import shutil
import stat
import time
from collections.abc import Callable
from pathlib import Path, PurePath
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


def tail(path: Path, size: int) -> str | None:
    """The last so many bytes of a file as text, without the line they begin in; `None` where there is none."""
    try:
        with path.open("rb") as file:
            begin = max(file.seek(0, os.SEEK_END) - size, 0)
            file.seek(begin)
            found = file.read(size)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Failed(f"{path} cannot be read: {error}") from error
    return (found.partition(b"\n")[2] if begin else found).decode("utf-8", "replace")


def take_place(path: Path, target: Path) -> None:
    """Put a file in the place of another, also of a read-only one."""
    try:
        _patiently(lambda: path.replace(target), lambda: _make_writable(target))
    except OSError as error:
        raise Failed(f"{target} cannot be replaced: {error}") from error


def rename(path: Path, target: Path) -> None:
    """Give a folder its final name, which is free."""
    try:
        _patiently(lambda: path.rename(target))
    except OSError as error:
        raise Failed(f"{path} cannot be renamed to {target.name}: {error}") from error


def remove(path: Path) -> None:
    """Delete a file or a folder with all that is in it; none there is fine."""
    whole = Path(extended(path))
    try:
        if whole.is_dir() and not whole.is_symlink():
            _patiently(lambda: shutil.rmtree(whole), lambda: _make_writable(whole))
        else:
            _patiently(lambda: whole.unlink(missing_ok=True))
    except FileNotFoundError as error:
        # Of something in it, perhaps.
        if os.path.lexists(whole):
            raise Failed(f"{path} cannot be deleted: {error}") from error
    except OSError as error:
        raise Failed(f"{path} cannot be deleted: {error}") from error


def extended(path: PurePath, system: str = os.name) -> str:
    r"""A path by which Windows finds files beyond 260 characters; as it is where it is relative, or not Windows'.

    https://learn.microsoft.com/windows/win32/fileio/maximum-file-path-limitation: behind `\\?\` nothing is normalized.
    """
    text = str(path)
    if system != "nt" or not path.is_absolute() or text.startswith(("\\\\?\\", "\\\\.\\")):
        return text
    text = ntpath.normpath(text)
    return "\\\\?\\UNC" + text[1:] if text.startswith("\\\\") else "\\\\?\\" + text


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
