"""What a node wants to be taken out of service for, and whether it is its turn.

It is with a free slot, after the pause that the last operation left, and if no node has failed with the same.
"""

from __future__ import annotations

from dataclasses import replace

from engine_supervisor.actions import Cordon, TakeSlot
from engine_supervisor.core import limits
from engine_supervisor.core.decision import BUSY, Decision
from engine_supervisor.core.readiness import readiness
from engine_supervisor.core.situation import Situation
from engine_supervisor.core.slots import free, held, holders, stopped
from engine_supervisor.core.targets import FOREIGN
from engine_supervisor.core.upkeep import prepare
from engine_supervisor.core.words import clock
from engine_supervisor.journal import Kind, Operation


def feature(s: Situation) -> Decision | None:
    """Install the Windows feature Containers, with the reboot that it takes."""
    if s.featured or s.runs or s.settings.feature != "install" or s.journal.featureless == s.host.boot:
        return None
    return _wish(s, "feature", s.aim("feature"), "The Windows feature Containers is installed.")


def takeover(s: Situation) -> Decision | None:
    """Put ours in the place of a foreign service."""
    if not s.to_be_replaced or not s.featured:
        return None
    return prepare(s) or _wish(s, "takeover", s.wanted.target.key, "A foreign Docker service is replaced.")


def upgrade(s: Situation) -> Decision | None:
    """Go to another version or configuration."""
    key, registered = s.wanted.target.key, s.registered
    if not s.ours or not s.runs or registered == key or key in s.journal.refused or not s.prepared:
        return None
    former = None if s.service.target is None else registered
    return _wish(s, "upgrade", key, f"Docker Engine goes from {registered} to {key}.", former=former)


def clearance(s: Situation) -> Decision | None:
    """Clean the disk of a node that is never idle. Once it did not help, not again for hours."""
    since, pruned = s.journal.low_since, s.journal.pruned_at
    if since is None or not s.runs or s.to_be_replaced:
        return None
    if s.now - since < (limits.LOW_FLOOR if s.below_floor else limits.LOW_FOR):
        return None
    if pruned is not None and since <= pruned and s.now - pruned < limits.PRUNE_AGAIN:
        return None
    return _wish(s, "prune", s.registered or FOREIGN, "The disk is nearly full, and the node is never idle.")


def _wish(s: Situation, kind: Kind, target: str, reason: str, former: str | None = None) -> Decision | None:
    """The next step to an operation; `None`: others have their turn, and the report says what it waits for.

    The slot comes first. One that was taken before an interruption is found, and used.
    """
    if s.now < s.journal.not_before:
        s.pending.append((target, f"The {kind} waits until {clock(s.journal.not_before)}."))
        return None
    if kind != "prune" and not s.world.remembers:
        s.pending.append((target, f"The {kind} waits until the journal can be written."))
        return None
    cluster = s.ask()
    if cluster is None:
        s.pending.append((target, f"The {kind} waits for the API server."))
        return None
    if kind != "prune" and stopped(cluster, target):
        s.pending.append((target, f"The rollout of {target} was stopped: it failed on a node."))
        return None
    report = replace(readiness(s), pending=target)
    if held(cluster):
        operation = Operation(kind=kind, target=target, former=former, since=s.now, reason=reason)
        journal = replace(s.journal, operation=operation, renewed_at=s.now)
        cordon = () if cluster.unschedulable else (Cordon(reason),)
        return s.decision(replace(report, state="draining", reason=reason), BUSY, cordon, journal)
    slot = free(cluster)
    if slot is not None:
        return s.decision(report, BUSY, (TakeSlot(slot.name),))
    s.pending.append((target, f"The {kind} waits for {', '.join(holders(cluster)) or 'a slot'}."))
    return None
