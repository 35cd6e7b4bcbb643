"""Times in reasons: as clocks show them, so that a reason stays the same from round to round and is told once."""

from __future__ import annotations

from datetime import UTC, datetime


def clock(at: float) -> str:
    """A time of the epoch, for people."""
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S UTC")
