"""The error that the sandbox's control plane raises, always in words that its user can act on."""

from __future__ import annotations

from pathlib import Path

TAIL_LINES = 15


class ControlPlaneError(Exception):
    """The control plane could not be started, stopped or reached. The message says what to do."""


def tail(log: Path, lines: int = TAIL_LINES) -> str:
    """The last `lines` lines of a log, indented; a note when there is nothing in it."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 64 * 1024))
            text = file.read().decode(errors="replace")
    except OSError:
        text = ""
    found = [line for line in text.splitlines() if line.strip()][-lines:]
    return "\n".join(f"    {line}" for line in found) or "    (the log is empty)"
