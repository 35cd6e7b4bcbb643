"""One effect of a change on what runs, and how much it harms: the worst is told first."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Harm(IntEnum):
    """What becomes of jobs and pods, the worst first."""

    JOBS_END = 0
    """Jobs are cut off."""
    DRAIN = 1
    """Nodes are drained, or may go where they are not used."""
    RESTART = 2
    """Pods end or are made anew, or keep what is no longer so."""
    LATER = 3
    """What runs goes on; something runs again, or is new from now on."""


@dataclass(frozen=True, kw_only=True)
class Effect:
    """One sentence on one thing. `text` is ours; `users` are names of a program."""

    noun: str
    name: str
    resource: str
    """Name of the resource where the thing has several, else empty."""
    text: str
    harm: Harm
    users: tuple[str, ...] = ()
    """Workloads that feel it: those on the nodes that go or are drained, or with a secret."""


Told = tuple[Harm, str]
"""How much, and the sentence."""
