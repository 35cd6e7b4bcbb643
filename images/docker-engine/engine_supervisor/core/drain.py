"""The way from a cordoned node to one whose engine may be stopped.

Agents that end by themselves are waited for, others are told to end at their own pace. At the limit of a change that
can wait it is put off; the agents of a dead engine, or where the settings say so, are told to go.
"""

from __future__ import annotations

from dataclasses import replace

from engine_supervisor.actions import Report
from engine_supervisor.core import limits, pods
from engine_supervisor.core.conclusions import postpone
from engine_supervisor.core.decision import BUSY, EVICTING, WAITING, Decision
from engine_supervisor.core.readiness import readiness
from engine_supervisor.core.situation import Situation
from engine_supervisor.core.words import clock
from engine_supervisor.journal import Journal, Operation
from engine_supervisor.world import Cluster, Running


def drain(s: Situation, cluster: Cluster, operation: Operation) -> Decision | None:
    """`None`: drained. It takes two looks: a pod that was bound just before the cordon may be told late."""
    if operation.drained_at is not None and s.service.state is Running.STOPPED:
        return None
    left = pods.working(cluster)
    over = s.now - _began(s, operation) - _limit(s, operation)
    if not left or (_insists(s, operation) and over >= limits.GONE):
        if operation.drained_at is not None:
            return None
        return s.decision(_report(s, operation, "The node is drained."), BUSY, journal=_drained(s, operation, s.now))
    journal = _drained(s, operation, None)
    if over < 0:
        reason = f"Waits until {clock(s.now - over)} for {pods.names(left)} to end. {operation.reason}".rstrip()
        return s.decision(_report(s, operation, reason), min(WAITING, max(-over, BUSY)), pods.dismiss(left), journal)
    if not _insists(s, operation):
        return postpone(s, operation)
    reason = f"{pods.names(left)} did not end in time and are told to go."
    actions = pods.remove(left, insist=over >= limits.PROTECTED)
    return s.decision(_report(s, operation, reason), EVICTING, actions, journal)


def expired(s: Situation, operation: Operation) -> bool:
    """Whether agents have had the time that they get."""
    return s.now - _began(s, operation) >= _limit(s, operation)


def _insists(s: Situation, operation: Operation) -> bool:
    return _urgent(s, operation) or s.settings.rollout.at_limit == "evict"


def _urgent(s: Situation, operation: Operation) -> bool:
    """Whether the node is of no use as it is. A silent engine has still agents of its own only in a repair."""
    return operation.kind == "repair" or operation.rolling_back or (s.featured and not s.runs)


def _limit(s: Situation, operation: Operation) -> float:
    wait = s.settings.rollout.wait_minutes * limits.MINUTE
    return min(wait, limits.REPAIR) if _urgent(s, operation) else wait


def _began(s: Situation, operation: Operation) -> float:
    """When agents were first kept waiting for what is the matter now."""
    later = [operation.since]
    if s.start is not None and _urgent(s, operation):
        # One that is still to come was told by a clock that was set back since.
        later += [at for at in (s.start.ended_at, s.journal.silent_since) if at is not None and at <= s.now]
        if operation.rolling_back and s.start.smoked_at is not None:
            later.append(s.start.smoked_at)
    return max(later)


def _drained(s: Situation, operation: Operation, at: float | None) -> Journal:
    return s.with_operation(replace(operation, drained_at=at))


def _report(s: Situation, operation: Operation, reason: str) -> Report:
    return replace(readiness(s), state="draining", reason=reason, pending=operation.target)
