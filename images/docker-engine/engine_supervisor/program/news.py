"""What has happened between two journals that somebody should learn: the ends of operations, rollbacks, foreign starts.

Pure: told from the journals alone, so that each is told once, when it is written down.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from engine_supervisor.journal import Journal, Operation

Outcome = Literal["done", "rolled-back", "postponed", "failed", "cancelled"]


ENDS: Final[Mapping[Outcome, tuple[Literal["Normal", "Warning"], str]]] = {
    "done": ("Normal", "DockerEngineOperationDone"),
    "cancelled": ("Normal", "DockerEngineOperationCancelled"),
    "postponed": ("Warning", "DockerEnginePostponed"),
    "failed": ("Warning", "DockerEngineOperationFailed"),
    "rolled-back": ("Warning", "DockerEngineRolledBack"),
}
"""Kind and reason of the event."""


@dataclass(frozen=True)
class Event:
    """One event on the node, the pod and the DaemonSet."""

    kind: Literal["Normal", "Warning"]
    reason: str
    message: str


def ended(before: Journal, after: Journal) -> tuple[Operation, Outcome] | None:
    """The operation that has ended between two journals, and how."""
    was, now = before.operation, after.operation
    if was is None or (now is not None and (now.kind, now.since) == (was.kind, was.since)):
        return None
    if after.failures > before.failures:
        return was, "failed"
    if was.rolling_back:
        return was, "rolled-back"
    if after.not_before > before.not_before:
        return was, "postponed"
    return was, "cancelled" if was.drained_at is None else "done"


def events(before: Journal, after: Journal, reason: str) -> list[Event]:
    """The events that tell the difference; `reason` is what the decision gave for it."""
    told: list[Event] = []
    operation, was = after.operation, before.operation
    if operation is not None and operation.rolling_back and not (was is not None and was.rolling_back):
        told.append(
            Event(
                "Warning",
                "DockerEngineRollingBack",
                f"{operation.target} failed on this node, back to {operation.former}; no other node goes to it: "
                f"{operation.reason}",
            )
        )
    if end := ended(before, after):
        finished, outcome = end
        kind, name = ENDS[outcome]
        told.append(Event(kind, name, f"{finished.kind} to {finished.target}: {outcome}. {reason}"))
    for target in sorted(after.refused.keys() - before.refused.keys()):
        message = f"this node does not go to {target} again: {after.refused[target]}"
        told.append(Event("Warning", "DockerEngineTargetRefused", message))
    return told
