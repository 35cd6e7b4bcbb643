"""A node out of service: from the cordon to the uncordon.

Each round derives the next step from what is seen; the journal only tells what the operation is for and since when. So
an interruption between any two actions needs no care of its own: the step is found undone, and is done.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from engine_supervisor.actions import (
    Action,
    Cordon,
    InstallFeature,
    Prune,
    Reboot,
    RenewSlot,
    Report,
    Smoke,
    StartEngine,
    StopEngine,
)
from engine_supervisor.core import limits, pods
from engine_supervisor.core.conclusions import cancel, finish, give_up, leave, mark, postpone, returnable, roll_back
from engine_supervisor.core.decision import BUSY, EVICTING, STEADY, WAITING, Decision
from engine_supervisor.core.drain import drain, expired
from engine_supervisor.core.memory import attempted, began
from engine_supervisor.core.readiness import FEATURELESS, readiness
from engine_supervisor.core.situation import Situation
from engine_supervisor.core.slots import held, stopped
from engine_supervisor.core.starts import launch
from engine_supervisor.core.targets import FOREIGN
from engine_supervisor.journal import Operation, Start
from engine_supervisor.world import Cluster, Feature, Running

Step = Callable[[Situation, Cluster, Operation], Decision | None]


def proceed(s: Situation) -> Decision | None:
    """The next step of the operation that is under way."""
    if s.journal.operation is None:
        return None
    cluster = s.ask()
    if cluster is None:
        return s.decision(_report(s, s.journal.operation, "Waits for the API server, which does not answer."), STEADY)
    for step in STEPS:
        operation = _aimed(s, s.journal.operation)
        if decision := step(s, cluster, operation):
            return _upheld(s, cluster, decision)
    raise AssertionError("the last step always decides")


def _cancelled(s: Situation, cluster: Cluster, operation: Operation) -> Decision | None:
    """Nothing was touched, and the reason for it is gone; or the service has changed hands."""
    kind = operation.kind
    replaces = s.to_be_replaced and kind in ("takeover", "feature")
    if (s.registered == FOREIGN) != (_goal(operation) == FOREIGN) and not replaces:
        return cancel(s, "The service is no longer whose it was when this began.")
    if kind == "prune" and not s.low and operation.drained_at is None:
        return cancel(s, "The disk has room again.")
    if not _untouched(s, operation):
        return None
    if kind == "repair":
        return cancel(s, "The engine answers again.") if s.runs else None
    if not held(cluster):
        return cancel(s, f"The slot of the {kind} went to another node.")
    if kind == "prune":
        return None
    if operation.target != s.aim(kind):
        return cancel(s, "The settings changed.")
    if kind == "takeover" and not s.to_be_replaced:
        return cancel(s, "There is no foreign service to replace any more.")
    if stopped(cluster, operation.target):
        return cancel(s, f"The rollout of {operation.target} was stopped.")
    return None


def _overdue(s: Situation, cluster: Cluster, operation: Operation) -> Decision | None:
    """Whatever fails again and again, the node does not stay out of service for it."""
    if operation.drained_at is not None:
        if s.now - operation.drained_at < limits.OPERATION:
            return None
        minutes = limits.OPERATION / limits.MINUTE
        return give_up(s, cluster, operation, f"The {operation.kind} took longer than {minutes:.0f} min.")
    if _untouched(s, operation) and operation.kind != "repair" and not cluster.unschedulable and expired(s, operation):
        return postpone(s, operation)
    return None


def _pruned(s: Situation, cluster: Cluster, operation: Operation) -> Decision | None:
    pruned, drained = s.journal.pruned_at, operation.drained_at
    if operation.kind != "prune" or pruned is None or drained is None or pruned < drained:
        return None
    return finish(s, operation)


def _answered(s: Situation, cluster: Cluster, operation: Operation) -> Decision | None:
    """The engine that it is about was started and has answered: older pods go, a container is run."""
    start = s.start
    if start is None or not _begun(s, operation) or start.answered_at is None:
        return None
    if not s.runs:
        silent = s.journal.silent_since
        hopeless = silent is not None and s.now - silent >= limits.ANSWER and s.ours
        return s.decision(_report(s, operation), BUSY, (StopEngine(),) if hopeless else ())
    if not start.evicted:
        since = s.now if start.evicting_since is None else start.evicting_since
        older = pods.cut_off(cluster, start)
        if s.now - since >= limits.EVICTION:
            return leave(s, f"{pods.names(older)} lost the network and do not end.")
        return s.decision(_report(s, operation), EVICTING, pods.remove(older, insist=s.now - since >= limits.PROTECTED))
    return _proven(s, cluster, operation)


def _proven(s: Situation, cluster: Cluster, operation: Operation) -> Decision:
    start = s.start
    if start is None or s.smoke_image is None or start.smoke == "passed":
        return finish(s, operation)
    if start.smoke == "failed" and not (returnable(operation) and _once_more(s, start)):
        reason = f"The engine {start.target} cannot run a container of build {s.host.build}: {start.smoke_reason}"
        if returnable(operation):
            return roll_back(s, cluster, operation, reason)
        return leave(s, reason)
    if start.answered_at is not None and s.now - start.answered_at >= limits.NO_IMAGE:
        return leave(s, f"There is no image to prove the engine with: {start.smoke_reason}")
    if s.smoke_tried_lately:
        return s.decision(_report(s, operation), EVICTING)
    return s.decision(_report(s, operation), BUSY, (Smoke(),))


def _once_more(s: Situation, start: Start) -> bool:
    """Whether a smoke that failed is to be run again before an upgrade goes back, and the rollout stops for all."""
    late = start.answered_at is not None and s.now - start.answered_at >= limits.NO_IMAGE
    return start.smokes_failed < limits.SMOKES and not late


def _starting(s: Situation, cluster: Cluster, operation: Operation) -> Decision | None:
    start = s.start
    if start is None or not _begun(s, operation):
        return None
    waited = s.now - began(start, s.now)
    if waited < limits.ANSWER:
        return s.decision(_report(s, operation, "The engine is starting."), BUSY)
    if s.ours:
        return s.decision(_report(s, operation, "The engine has started and does not answer."), BUSY, (StopEngine(),))
    return give_up(s, cluster, operation, "The engine, which is not ours to stop, has started and does not answer.")


def _cut_off(s: Situation, cluster: Cluster, operation: Operation) -> Decision | None:
    """Somebody started the engine meanwhile: agents without a network are not waited for."""
    start = s.start
    if start is None or start.evicted or start.answered_at is None or not s.runs:
        return None
    since = s.now if start.evicting_since is None else start.evicting_since
    if s.now - since >= limits.EVICTION:
        return None
    older = pods.cut_off(cluster, start)
    actions = pods.remove(older, insist=s.now - since >= limits.PROTECTED)
    return s.decision(_report(s, operation, f"{pods.names(older)} lost the network."), EVICTING, actions)


def _cordoned(s: Situation, cluster: Cluster, operation: Operation) -> Decision | None:
    """A cordon that cannot be had does not keep a dead engine from its repair."""
    if cluster.unschedulable or expired(s, operation):
        return None
    return s.decision(_report(s, operation), BUSY, (Cordon(_why(operation)),))


def _drained(s: Situation, cluster: Cluster, operation: Operation) -> Decision | None:
    return drain(s, cluster, operation)


def _changed(s: Situation, cluster: Cluster, operation: Operation) -> Decision:
    """The node is drained: do what it was drained for."""
    if operation.kind == "prune":
        if not s.runs:
            return s.decision(_report(s, operation), BUSY)
        return s.decision(_report(s, operation), BUSY, (Prune(0.0),), replace(s.journal, pruned_at=s.now))
    report = replace(_report(s, operation), ready=False)
    if operation.kind == "feature" and not s.featured:
        return _featured(s, cluster, operation, report)
    if s.service.state is Running.STOPPING:
        return s.decision(report, BUSY)
    if s.service.state is not Running.STOPPED:
        if s.ours or s.to_be_replaced:
            return s.decision(report, BUSY, (StopEngine(),))
        return give_up(s, cluster, operation, "The engine, which is not ours to stop, does not answer.")
    return _launched(s, cluster, operation)


def _featured(s: Situation, cluster: Cluster, operation: Operation, report: Report) -> Decision:
    """Install the feature and restart the node for it, once: it must not restart again and again in vain."""
    if s.host.feature is Feature.ABSENT:
        journal = s.with_operation(replace(operation, rebooted=None))
        return s.decision(report, BUSY, (InstallFeature(),), journal)
    if operation.rebooted not in (None, s.host.boot):
        s.journal = replace(s.journal, featureless=s.host.boot)
        given_up = give_up(s, cluster, operation, FEATURELESS)
        return replace(given_up, report=replace(given_up.report, reason=FEATURELESS))
    journal = s.with_operation(replace(operation, rebooted=s.host.boot))
    return s.decision(report, WAITING, (Reboot(),), journal)


def _launched(s: Situation, cluster: Cluster, operation: Operation) -> Decision:
    goal = _goal(operation)
    actions = launch(s, goal)
    if not actions:
        return give_up(s, cluster, operation, f"The programs of {goal} are not on the node any more.")
    if not any(isinstance(action, StartEngine) for action in actions):
        return s.decision(_report(s, operation), BUSY, actions)
    if operation.starts >= limits.STARTS:
        reason = f"The engine {goal} did not start, {limits.STARTS} times.{s.last_words}"
        return give_up(s, cluster, operation, reason)
    journal = replace(
        attempted(s.journal, s.host.boot, goal, s.now), operation=replace(operation, starts=operation.starts + 1)
    )
    reason = (
        f"The engine did not start and is tried again.{s.last_words}" if s.last_words else "The engine is starting."
    )
    return s.decision(_report(s, operation, reason), BUSY, actions, journal)


STEPS: Final[tuple[Step, ...]] = (
    _cancelled,
    _overdue,
    _pruned,
    _answered,
    _starting,
    _cordoned,
    _cut_off,
    _drained,
    _changed,
)


def _aimed(s: Situation, operation: Operation) -> Operation:
    """The operation as the engine's state and the settings have it by now.

    A prune whose engine dies is a repair. New settings find a node whose engine is stopped already.
    """
    now = operation
    if now.kind == "prune" and s.service.state is Running.STOPPED:
        now = replace(now, kind="repair", target=s.registered or s.aim("repair"), reason="The engine does not run.")
    key = s.aim(now.kind)
    replaceable = now.kind in ("upgrade", "takeover", "feature") and not now.rolling_back
    if replaceable and now.target != key and s.service.state is Running.STOPPED and s.featured:
        now = replace(now, target=key, starts=0)
    if now != operation:
        s.journal = s.with_operation(now)
    return now


def _goal(operation: Operation) -> str:
    return operation.former if operation.rolling_back and operation.former is not None else operation.target


def _begun(s: Situation, operation: Operation) -> bool:
    """Whether the engine that it is about was started within it, by whomever."""
    start = s.start
    if start is None or start.ended_at is not None or operation.kind == "prune" or s.registered != _goal(operation):
        return False
    return operation.starts > 0 or start.attempted_at > operation.since


def _untouched(s: Situation, operation: Operation) -> bool:
    """Whether the node still is as it was when the operation began."""
    if operation.starts > 0 or operation.rolling_back or _begun(s, operation):
        return False
    if not s.featured:
        return s.host.feature is Feature.ABSENT
    return operation.drained_at is None or s.service.state is Running.RUNNING


def _upheld(s: Situation, cluster: Cluster, decision: Decision) -> Decision:
    """As long as it goes on, its slot is renewed, and a rollout that failed here is marked as stopped."""
    journal, first = decision.journal, list[Action]()
    operation = journal.operation
    if operation is None:
        return decision
    slots = held(cluster)
    if slots and (journal.renewed_at is None or s.now - journal.renewed_at >= limits.RENEW):
        first.append(RenewSlot(slots[0].name))
        journal = replace(journal, renewed_at=s.now)
    marks = mark(cluster, operation)
    if operation.rolling_back and not stopped(cluster, operation.target) and not set(marks) & set(decision.actions):
        first += marks
    return replace(decision, journal=journal, actions=(*first, *decision.actions))


def _report(s: Situation, operation: Operation, reason: str = "") -> Report:
    """An engine that agents work with stays ready until it is touched."""
    report = readiness(s)
    ready = report.ready and operation.kind != "repair" and _untouched(s, operation)
    state = "rolling-back" if operation.rolling_back else _STATES[operation.kind]
    return replace(
        report, ready=ready, state=state, reason=reason or _why(operation), pending=operation.target if ready else None
    )


_STATES: Final = {
    "repair": "repairing",
    "upgrade": "upgrading",
    "takeover": "upgrading",
    "feature": "installing",
    "prune": "pruning",
}


def _why(operation: Operation) -> str:
    return operation.reason or f"The node is out of service for the {operation.kind} to {operation.target}."
