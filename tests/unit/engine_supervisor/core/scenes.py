"""Looks and journals to decide on, with what a test is not about left usual."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine_supervisor.core import Decision, decide, remember, wanted
from engine_supervisor.journal import Journal, Operation, Start
from engine_supervisor.settings import Settings
from engine_supervisor.world import (
    Cluster,
    Disk,
    Engine,
    Feature,
    Host,
    Owner,
    Pod,
    Running,
    Service,
    Slot,
    World,
)
from tests.unit.engine_supervisor.simulation import GIB, settings

NOW = 100_000.0
SETTINGS = settings()
TARGET = wanted(SETTINGS).target
FORMER = replace(TARGET, version="29.1.0")
SLOTS = (Slot(name="docker-engine-win22-0"), Slot(name="docker-engine-win22-1"))
MINE = (replace(SLOTS[0], holder="win0"), SLOTS[1])
BOTH = frozenset({TARGET.version, FORMER.version})
CORDONED: dict[str, Any] = {"unschedulable": True, "cordoned_by_us": True, "slots": MINE}

JOB = Pod(namespace="ci", name="job", uid="1", started_at=NOW - 60, ordinary=True, of_job=True, uses_engine=True)
AGENT = Pod(namespace="ci", name="agent", uid="2", started_at=NOW - 60, ordinary=True, uses_engine=True)
DAEMON = Pod(namespace="logs", name="daemon", uid="3", started_at=NOW - 3000, ordinary=True, of_daemon_set=True)

RUNS = Service(owner=Owner.US, state=Running.RUNNING, target=TARGET, pid=1, started_at=NOW - 4000)
STOPPED = replace(RUNS, state=Running.STOPPED, pid=None, started_at=None)
FOREIGN = Service(owner=Owner.OTHER, state=Running.RUNNING, pid=1, started_at=NOW - 4000, guarded=False)
OLD = replace(RUNS, target=FORMER)


def host(**changes: Any) -> Host:
    """A node on which the engine of the settings runs."""
    usual = Host(
        boot="boot",
        booted_at=NOW - 9000,
        build="20348",
        feature=Feature.PRESENT,
        service=RUNS,
        engine=Engine(answers=True, version="29.2.1", clients=0),
        installed=frozenset({TARGET.version}),
        reload_hash=wanted(SETTINGS).reload_hash,
        disk=Disk(free_bytes=100 * GIB, total_bytes=200 * GIB),
        configured=frozenset({TARGET.key}),
    )
    if "service" in changes and changes["service"].state is not Running.RUNNING:
        changes = {"engine": Engine(), **changes}
    return replace(usual, **changes)


def cluster(**changes: Any) -> Cluster:
    return replace(Cluster(node="win0", labels={}, slots=SLOTS), **changes)


def world(at: float = NOW, api: Cluster | None = None, *, away: bool = False, **changes: Any) -> World:
    return World(now=at, host=host(**changes), cluster=None if away else api or cluster(), asked=True)


def journal(**changes: Any) -> Journal:
    """The journal of a node that has been at peace for an hour."""
    start = Start(
        boot="boot",
        target=TARGET.key,
        attempted_at=NOW - 4001,
        began_at=NOW - 4000,
        answered_at=NOW - 3990,
        evicted=True,
        smoke="passed",
    )
    usual = Journal(start=start, answered_boot="boot", pruned_at=NOW - 3600, prepulled=("servercore:ltsc2022",))
    return replace(usual, **changes)


def started(**changes: Any) -> Start:
    """The last start, but for some of it."""
    start = journal().start
    assert start is not None
    return replace(start, **changes)


def operation(**changes: Any) -> Operation:
    usual = Operation(kind="upgrade", target=TARGET.key, former=FORMER.key, since=NOW - 120)
    return replace(usual, **changes)


def upgrading(**changes: Any) -> Journal:
    """The journal of a node that is on its way from the former engine."""
    return journal(start=started(target=FORMER.key), operation=operation(**changes), renewed_at=NOW)


def decided(seen: World, known: Journal, given: Settings = SETTINGS) -> Decision:
    """A round, as the program does it."""
    return decide(seen, remember(seen, known), given)


def done(decision: Decision) -> list[str]:
    """The names of the actions."""
    return [type(action).__name__ for action in decision.actions]
