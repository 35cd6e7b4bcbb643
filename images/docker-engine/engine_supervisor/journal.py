"""What the supervisor remembers on the node, across its own end, in one file that is replaced as a whole.

Written before each action whose interruption matters. Losing it is safe: an engine that is registered and was not
started by what the journal knows counts as one that has run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Kind = Literal["repair", "upgrade", "takeover", "feature", "prune"]
"""Why a node is taken out of service: the engine died; another version or configuration is wanted; a foreign service is
replaced; the Containers feature is installed; the disk is full and the node is never idle."""

Smoke = Literal["due", "passed", "failed"]

FORMAT = 1


@dataclass(frozen=True, kw_only=True)
class Start:
    """One start of the engine, ours or not."""

    boot: str
    target: str
    attempted_at: float
    began_at: float | None = None
    """`Service.started_at` of the process that answered: another value means another start."""
    answered_at: float | None = None
    """When the pipe first answered: pods that the kubelet took no later are cut off."""
    ended_at: float | None = None
    """When it was first seen to be over. One that never answered may have cut pods off all the same."""
    evicted: bool = False
    """No older ordinary pod is left."""
    evicting_since: float | None = None
    smoke: Smoke = "due"
    smoke_reason: str = ""
    smoked_at: float | None = None
    smokes_failed: int = 0
    last_words: str | None = None
    """What the engine said before it ended without an answer; `None`: not asked yet."""


@dataclass(frozen=True, kw_only=True)
class Operation:
    """What the node is out of service for, from the wish to the uncordon."""

    kind: Kind
    target: str
    """Key of what is wanted."""
    former: str | None = None
    """Key to go back to."""
    since: float
    drained_at: float | None = None
    """From here on the engine may be stopped."""
    starts: int = 0
    rolling_back: bool = False
    reason: str = ""
    rebooted: str | None = None
    """Boot in which the reboot for a Windows feature was asked for."""


@dataclass(frozen=True, kw_only=True)
class Journal:
    """All that is remembered."""

    start: Start | None = None
    operation: Operation | None = None
    refused: Mapping[str, str] = field(default_factory=dict)
    """Targets that this node does not try again, with the reason."""
    not_before: float = 0.0
    """No operation begins earlier: the last one was postponed or failed."""
    failures: int = 0
    """Operations that failed in a row, for the pause between them."""
    postponed: int = 0
    """Operations that were postponed in a row, for the same."""
    pruned_at: float | None = None
    prepulled: tuple[str, ...] = ()
    """Images that are there for the engine's current data root."""
    start_not_before: float = 0.0
    """No start is tried earlier: the last ones failed. Apart from `not_before`, since a dead engine waits for no
    postponed upgrade."""
    silent_since: float | None = None
    """Since when an engine that has answered does not, though its process is there."""
    low_since: float | None = None
    """Since when the disk has been below `prune.below_bytes`."""
    renewed_at: float | None = None
    """When our Lease was last renewed."""
    answered_boot: str | None = None
    """Boot in which an engine last answered: a start in another has nobody's work to cut off."""
    featureless: str | None = None
    """Boot in which a Windows feature was still missing, though it was made for it: not tried again in the same."""
    leaving: str | None = None
    """Uid of a pod whose `preStop` has said farewell: its `run` ends."""


def dump(journal: Journal) -> str:
    """The journal as text, the same for the same journal."""
    return json.dumps({"format": FORMAT, **asdict(journal)}, sort_keys=True, indent=1) + "\n"


def load(text: str) -> Journal | None:
    """The journal that a text tells; `None` for one that is damaged or of another format: as good as lost."""
    try:
        found: dict[str, Any] = json.loads(text)
        if found.pop("format", None) != FORMAT:
            return None
        start, operation = found.pop("start", None), found.pop("operation", None)
        found["prepulled"] = tuple(found.get("prepulled", ()))
        return Journal(
            start=Start(**start) if start else None, operation=Operation(**operation) if operation else None, **found
        )
    except (ValueError, TypeError, AttributeError):
        return None
