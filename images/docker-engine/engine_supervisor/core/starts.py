"""An engine that does not run: which one is started, when, and under which precautions.

The first start since the node has booted is at once: agents that wait for an engine lose nothing by it. Any later one
is a repair, an operation: agents may be at work without Docker, and their network would be gone.
"""

from __future__ import annotations

from dataclasses import replace

from engine_supervisor.actions import Action, Configure, Cordon, Install, Register, StartEngine, StopEngine
from engine_supervisor.core import limits
from engine_supervisor.core.decision import BUSY, STEADY, Decision
from engine_supervisor.core.memory import attempted, began
from engine_supervisor.core.readiness import readiness
from engine_supervisor.core.situation import Situation
from engine_supervisor.core.slots import stopped
from engine_supervisor.core.targets import FOREIGN, target_of
from engine_supervisor.journal import Operation
from engine_supervisor.world import Owner, Running


def down(s: Situation) -> Decision | None:
    """Get an engine to run, or wait until one does."""
    if s.runs or s.to_be_replaced or not s.featured:
        return None
    if s.service.state is Running.STOPPING:
        return s.decision(readiness(s), BUSY)
    if s.service.state is not Running.STOPPED:
        return _hanging(s)
    return _first_start(s) if _first(s) else _repair(s)


def launch(s: Situation, key: str) -> tuple[Action, ...]:
    """The next actions towards the start of a stopped service as that of a target; none if it cannot be had any more.

    What takes long and can fail is a round of its own. The configuration is written anew, so that an engine never
    starts with older reloadable keys than the settings'.
    """
    if key == FOREIGN:
        return (StartEngine(),)
    target = target_of(key)
    if target is None:
        return ()
    if target.version not in s.host.installed:
        return (Install(target.version),) if target.version == s.settings.version else ()
    configure = (Configure(target),) if target == s.wanted.target else ()
    register = (Register(target),) if s.registered != key or not s.service.guarded else ()
    return (*configure, *register, StartEngine())


def _first(s: Situation) -> bool:
    """Whether no engine has answered since the boot. One that is registered and unknown counts as one that has."""
    unknown = s.journal.start is None and s.service.owner is not Owner.NOBODY
    return s.journal.answered_boot != s.host.boot and not unknown


def _goal(s: Situation, patience: int) -> str:
    """Key of the engine to start: the registered one, as an upgrade has a queue of its own.

    Unless that one cannot be started: then what is wanted now may be the cure.

    Args:
        patience: failures after which it is given up.
    """
    key, registered = s.wanted.target.key, s.registered
    if s.adopted:
        return FOREIGN
    if registered is None or s.service.target is None:
        return key
    if s.service.target.version not in s.host.installed:
        return key
    failed = s.start is not None and s.start.answered_at is None and s.journal.failures >= patience
    barred = key in s.journal.refused or stopped(s.world.cluster, key)
    return key if failed and not barred else registered


def _paused(s: Situation, goal: str) -> bool:
    """Whether the next try has to wait; one of another engine than has failed, or after a boot, does not."""
    return s.now < s.journal.start_not_before and s.start is not None and s.start.target == goal


def _first_start(s: Situation) -> Decision | None:
    goal = _goal(s, limits.STARTS)
    if _paused(s, goal):
        return None
    report = replace(readiness(s), state="installing" if s.registered is None else "starting")
    if s.ask() is None:
        reason = "The API server does not answer: pods that a start cuts off could not be evicted."
        return s.decision(replace(report, reason=reason), STEADY)
    actions = launch(s, goal)
    journal = s.journal
    if any(isinstance(action, StartEngine) for action in actions):
        journal = attempted(journal, s.host.boot, goal, s.now)
    return s.decision(report, BUSY, actions, journal)


def _repair(s: Situation) -> Decision | None:
    """Begin to repair. An engine that dies again and again is left dead for a while: each start costs all agents."""
    goal = _goal(s, 1)
    if _paused(s, goal):
        return None
    cluster = s.ask()
    report = replace(readiness(s), state="repairing")
    if cluster is None:
        reason = "The engine does not run, and the API server, without which it is not started, does not answer."
        return s.decision(replace(report, reason=reason), STEADY)
    journal, start = s.journal, s.start
    if start is not None and start.answered_at is not None and s.now - start.answered_at < limits.STABLE:
        if journal.failures >= limits.STARTS and journal.start_not_before <= start.answered_at:
            again = s.now + s.settings.rollout.pause_minutes * limits.MINUTE
            return s.decision(report, BUSY, journal=replace(journal, start_not_before=again))
        journal = replace(journal, failures=journal.failures + 1)
    reason = f"The engine has not answered for {limits.ANSWER:.0f} s." if _there(s) else "The engine does not run."
    operation = Operation(kind="repair", target=goal, since=s.now, reason=reason)
    cordon = () if cluster.unschedulable else (Cordon(reason),)
    return s.decision(replace(report, reason=reason), BUSY, cordon, replace(journal, operation=operation))


def _hanging(s: Situation) -> Decision | None:
    """A process that does not answer: it starts, or has gone silent. That of another is not ours to stop."""
    start = s.start
    since = s.now if start is None else began(start, s.now)
    if s.journal.silent_since is not None:
        since = s.journal.silent_since
    if s.now - since < limits.ANSWER or not s.ours:
        return s.decision(readiness(s), BUSY if s.now - since < limits.ANSWER else STEADY)
    if _first(s):
        return s.decision(readiness(s), BUSY, (StopEngine(),))
    return _repair(s)


def _there(s: Situation) -> bool:
    return s.service.state is not Running.STOPPED
