"""From what is seen to what is remembered: starts of the engine above all, ours and those of others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

from engine_supervisor.core import limits, pods
from engine_supervisor.core.targets import FOREIGN
from engine_supervisor.journal import Journal, Operation, Start
from engine_supervisor.ports import SmokeResult
from engine_supervisor.world import Host, Running, World

T = TypeVar("T", Start, Operation, Journal)


def remember(world: World, journal: Journal) -> Journal:
    """The journal with what this look tells.

    A process that the journal does not know is a new start with the same consequences, whoever made it. An attempt
    that the journal tells of may not have been made: it is believed when its process is seen, and counts as failed
    when there is none.
    """
    for fold in (_clock, _process, _answer, _end, _silence, _older_pods, _stability):
        journal = fold(world, journal)
    return journal


def smoked(journal: Journal, result: SmokeResult, now: float) -> Journal:
    """The journal with what came of a container of the host's build.

    An image that cannot be had says nothing about the engine: the smoke stays due, and is tried again.
    """
    if journal.start is None:
        return journal
    start = journal.start
    outcome = start.smoke if result.outcome == "no-image" else result.outcome
    failed = start.smokes_failed + (result.outcome == "failed")
    told = replace(start, smoke=outcome, smoke_reason=result.reason, smoked_at=now, smokes_failed=failed)
    return replace(journal, start=told)


def unexplained(journal: Journal) -> bool:
    """Whether the last start ended without an answer, and nobody has asked the engine's log why."""
    start = journal.start
    return start is not None and start.ended_at is not None and start.answered_at is None and start.last_words is None


def explained(journal: Journal, words: str) -> Journal:
    """The journal with the last words of the engine whose start failed; empty: it said nothing."""
    if journal.start is None:
        return journal
    return replace(journal, start=replace(journal.start, last_words=" ".join(words.split())[: limits.LAST_WORDS]))


def began(start: Start, now: float) -> float:
    """When a start began, for what it may take. Its process may have begun by a clock that was set back since."""
    return start.attempted_at if start.began_at is None or start.began_at > now else start.began_at


def pulled(journal: Journal, image: str) -> Journal:
    """The journal with an image that was pulled ahead."""
    return replace(journal, prepulled=tuple(sorted({*journal.prepulled, image})))


def attempted(journal: Journal, boot: str, target: str, now: float, began_at: float | None = None) -> Journal:
    """The journal with a new start. Another target may have another data root: what was pulled ahead is forgotten."""
    same = journal.start is None or journal.start.target == target
    return replace(
        journal,
        start=Start(boot=boot, target=target, attempted_at=now, began_at=began_at),
        prepulled=journal.prepulled if same else (),
        silent_since=None,
    )


def _clock(world: World, journal: Journal) -> Journal:
    """Nothing that is remembered is still to come: a clock that was set back must not make anybody wait for hours.

    `began_at` stays, which tells a process from another; so do the times that say which pods a start has cut off, until
    those are gone.
    """
    start, operation = journal.start, journal.operation
    if start is not None:
        start = _past(start, world.now, "attempted_at", "evicting_since", "smoked_at")
        if start.evicted or start.answered_at is not None:
            start = _past(start, world.now, "ended_at")
    if operation is not None:
        operation = _past(operation, world.now, "since", "drained_at")
    journal = _past(journal, world.now, "pruned_at", "silent_since", "low_since", "renewed_at")
    return replace(journal, start=start, operation=operation)


def _past(record: T, now: float, *times: str) -> T:
    late: dict[str, Any] = {name: now for name in times if (at := getattr(record, name)) is not None and at > now}
    return replace(record, **late) if late else record


def _process(world: World, journal: Journal) -> Journal:
    """A process that is there is that of the start we know, of the attempt we made, or a new one.

    To an empty journal it is one that has answered, as far as the precautions before the next start go.
    """
    service = world.host.service
    if service.state not in (Running.STARTING, Running.RUNNING):
        return journal
    if journal.start is None or not _same(journal.start, world.host):
        target = service.target.key if service.target else FOREIGN
        if journal.start is None:
            journal = replace(journal, answered_boot=world.host.boot)
        return attempted(journal, world.host.boot, target, world.now, service.started_at)
    if journal.start.began_at is None and service.started_at is not None:
        return replace(journal, start=replace(journal.start, began_at=service.started_at))
    return journal


def _same(start: Start, host: Host) -> bool:
    if start.boot != host.boot or start.ended_at is not None:
        return False
    if host.service.started_at is None:
        return True
    if start.began_at is None:
        return host.service.started_at >= start.attempted_at - limits.CLOCK
    return abs(host.service.started_at - start.began_at) < limits.SAME_PROCESS


def _answer(world: World, journal: Journal) -> Journal:
    """The first answer of a start that nobody watched is put as late as it can have been, and never before its process.

    A clock that was set back would else spare pods that have lost their network; once they are gone, it must not cost
    the ones that come.
    """
    start = journal.start
    if start is None or world.host.service.state is not Running.RUNNING or not world.host.engine.answers:
        return journal
    if start.answered_at is None:
        began = world.now if start.began_at is None else start.began_at
        start = replace(start, answered_at=max(began, min(world.now, began + limits.UNWATCHED)))
    elif start.evicted and start.answered_at > world.now:
        start = replace(start, answered_at=world.now)
    return replace(journal, start=start, answered_boot=world.host.boot)


def _end(world: World, journal: Journal) -> Journal:
    """A start without a process is over. Outside of an operation one that never answered counts as a failure here."""
    start = journal.start
    if world.host.service.state is not Running.STOPPED or start is None or start.ended_at is not None:
        return journal
    if start.boot != world.host.boot:
        return journal
    journal = replace(journal, start=replace(start, ended_at=world.now))
    if start.answered_at is not None or journal.operation is not None:
        return journal
    pause = min(limits.START_RETRY * 2**journal.failures, limits.ANSWER) if journal.failures < 9 else limits.ANSWER
    return replace(journal, failures=journal.failures + 1, start_not_before=world.now + pause)


def _silence(world: World, journal: Journal) -> Journal:
    start, service = journal.start, world.host.service
    silent = (
        start is not None
        and start.answered_at is not None
        and service.state is Running.RUNNING
        and not world.host.engine.answers
    )
    since = (world.now if journal.silent_since is None else journal.silent_since) if silent else None
    return replace(journal, silent_since=since)


def _older_pods(world: World, journal: Journal) -> Journal:
    """Looked for each time the API server was asked: the kubelet may tell late when it took a pod."""
    start = journal.start
    if start is None or world.cluster is None or start.boot != world.host.boot or pods.cutoff(start) is None:
        return journal
    older = pods.cut_off(world.cluster, start)
    since = (world.now if start.evicting_since is None else start.evicting_since) if older else None
    return replace(journal, start=replace(start, evicted=not older, evicting_since=since))


def _stability(world: World, journal: Journal) -> Journal:
    start = journal.start
    if journal.failures == 0 or journal.operation is not None or start is None or not world.host.engine.answers:
        return journal
    if start.answered_at is None or world.now - start.answered_at < limits.STABLE:
        return journal
    return replace(journal, failures=0)
