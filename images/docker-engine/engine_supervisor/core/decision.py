"""What a round comes to: what to remember, what to do, what to say, when to look again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from engine_supervisor.actions import Action, Report
from engine_supervisor.journal import Journal

STEADY: Final = 10.0
"""Seconds to the next look when nothing is under way; it asks the host alone."""
BUSY: Final = 2.0
"""While something is under way."""
EVICTING: Final = 5.0
"""While pods that were told to go end: they have 30 s, and agents wait for the node."""
WAITING: Final = 30.0
"""While pods, other nodes or people take their time."""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """One round. The journal is written before the actions, so that it says what may have been done, not what was."""

    journal: Journal
    actions: tuple[Action, ...]
    report: Report
    wait_seconds: float
