"""How an operation ends. The cordon is lifted and the slot given back by what tidies each decision without one."""

from __future__ import annotations

from dataclasses import replace

from engine_supervisor.actions import StopRollout
from engine_supervisor.core.decision import BUSY, Decision
from engine_supervisor.core.readiness import readiness
from engine_supervisor.core.situation import Situation
from engine_supervisor.core.slots import held
from engine_supervisor.journal import Journal, Operation
from engine_supervisor.world import Cluster


def finish(s: Situation, operation: Operation) -> Decision:
    """It did what it was for. A repair has yet to show that it lasts."""
    failures = s.journal.failures if operation.kind == "repair" or operation.rolling_back else 0
    postponed = s.journal.postponed if operation.kind == "repair" else 0
    return s.decision(readiness(s), BUSY, journal=replace(_ended(s), failures=failures, postponed=postponed))


def cancel(s: Situation, reason: str) -> Decision:
    """What it was for has gone, before anything was touched."""
    return s.decision(replace(readiness(s), reason=reason), BUSY, journal=_ended(s))


def leave(s: Situation, reason: str) -> Decision:
    """The engine runs, but is not ready; a cordoned node does not help it."""
    return s.decision(replace(readiness(s), reason=reason), BUSY, journal=_ended(s))


def postpone(s: Situation, operation: Operation) -> Decision:
    """Agents did not end in time, and go on."""
    pause = s.pause(operation.kind)
    reason = f"The {operation.kind} is put off for {pause / 60:.0f} min: agents have not ended in time."
    report = replace(readiness(s), reason=reason, pending=operation.target)
    journal = replace(_ended(s), not_before=s.now + pause, postponed=s.journal.postponed + 1)
    return s.decision(report, BUSY, journal=journal)


def give_up(s: Situation, cluster: Cluster, operation: Operation, reason: str) -> Decision:
    """Go back to the former engine, where there is one; else give the node back without an engine, for a while."""
    if returnable(operation):
        return roll_back(s, cluster, operation, reason)
    pause = s.pause(operation.kind)
    again = s.now + pause
    started = s.journal.start_not_before if s.runs else again
    journal = replace(_ended(s), failures=s.journal.failures + 1, not_before=again, start_not_before=started)
    report = replace(readiness(s), ready=False, state="failed", reason=f"{reason} Next try in {pause / 60:.0f} min.")
    return s.decision(report, BUSY, journal=journal)


def returnable(operation: Operation) -> bool:
    """Whether there is another engine to go back to."""
    return operation.former not in (None, operation.target) and not operation.rolling_back


def roll_back(s: Situation, cluster: Cluster, operation: Operation, reason: str) -> Decision:
    """Stop the rollout before anything else, so that no other node follows."""
    journal = replace(
        s.journal,
        refused={**s.journal.refused, operation.target: reason},
        operation=replace(operation, rolling_back=True, starts=0, drained_at=None if s.runs else s.now, reason=reason),
    )
    report = replace(readiness(s), ready=False, state="rolling-back", reason=reason)
    return s.decision(report, BUSY, mark(cluster, operation), journal)


def mark(cluster: Cluster, operation: Operation) -> tuple[StopRollout, ...]:
    """The note on a Lease that other nodes read: on ours, or on any if we have lost it."""
    slots = held(cluster) or cluster.slots
    return (StopRollout(slots[0].name, operation.target),) if slots else ()


def _ended(s: Situation) -> Journal:
    return replace(s.journal, operation=None, renewed_at=None)
