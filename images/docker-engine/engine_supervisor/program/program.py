"""The loop: look, decide, remember, act; and the farewell.

A round is done under `Host.acting`, so that nothing of ours acts beside it. The journal is written before the first
action: whoever is killed in between finds what it was about to do. The first action that fails ends the round, and the
next round looks again and decides anew.

Refuses to end a running engine: when the program ends, the engine goes on, unless the DaemonSet itself goes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from engine_supervisor import core, ports
from engine_supervisor.actions import Report
from engine_supervisor.journal import Journal
from engine_supervisor.program import signals
from engine_supervisor.program.background import Background, Threads
from engine_supervisor.program.clock import Clock
from engine_supervisor.program.execution import Hands
from engine_supervisor.program.farewell import Leaving
from engine_supervisor.program.identity import Identity
from engine_supervisor.program.journal_file import JournalFile
from engine_supervisor.program.log import Log
from engine_supervisor.program.looking import Eyes
from engine_supervisor.program.metrics import Metrics
from engine_supervisor.program.pulls import Pulls
from engine_supervisor.program.reporting import Reporter
from engine_supervisor.program.server import Health, Server
from engine_supervisor.program.smokes import Smokes
from engine_supervisor.program.upkeep import Upkeep
from engine_supervisor.settings import Settings
from engine_supervisor.world import Host, Owner, Running, World

PAUSE_SECONDS: Final = 5.0
LONGEST_PAUSE_SECONDS: Final = 60.0
DOUBLINGS: Final = 5
"""After rounds that failed in a row, doubled each time."""

GOING_SECONDS: Final = 30.0
"""Between looks at whether the DaemonSet really goes, once all is uninstalled."""


class Program:
    """The supervisor of one node."""

    def __init__(
        self,
        settings: Settings,
        identity: Identity,
        host: ports.Host,
        docker: ports.Docker,
        cluster: ports.Cluster,
        clock: Clock,
        log: Log,
        metrics: Metrics,
        *,
        background: Callable[[threading.Event], Background] = Threads,
    ) -> None:
        """Look at nothing yet. `background` is `Inline` in a simulation, where a job takes no time."""
        self._settings = settings
        self._identity = identity
        self._host = host
        self._cluster = cluster
        self._clock = clock
        self._log = log
        self._metrics = metrics
        self.health = Health(clock)
        wanted = core.wanted(settings)
        self._woken = threading.Event()
        self._journal, self._eyes = JournalFile(host), Eyes(host, docker, cluster, clock, log)
        jobs = background(self._woken)
        self._pulls, self._smokes = Pulls(jobs, clock, log, metrics), Smokes(jobs, log, metrics)
        self._reporter = Reporter(settings, wanted.target.key, cluster, clock, log, metrics, self.health)
        self._hands = Hands(
            settings,
            wanted,
            host,
            docker,
            cluster,
            self._pulls,
            self._smokes,
            self._reporter.event,
            log,
            metrics,
        )
        self._leaving = Leaving(settings, host, cluster, self._eyes, self._hands, clock, log)
        self._upkeep = Upkeep(host, docker, jobs, clock, log, metrics)
        self._stopping = False
        self._left = False
        self._failures = 0
        self._doing = "look"
        self._refused: str | None = None
        self._report = Report(ready=False, state="starting", reason="The supervisor has not looked yet.")
        self.given_up: str | None = None
        """Why the program ends by itself: only a person can change it, and there is no engine to watch over."""

    def run(self) -> int:
        """Serve and turn until asked to end, then say farewell; the exit code. 1: given up, the reason is printed."""
        address, port = self._identity.node_ip, self._settings.port
        try:
            server = Server(address, port, self.health, self._metrics)
        except OSError as error:
            self._log.plain(
                f"cannot listen on {address}:{port}, the port of metrics and probes: {error}. "
                "Set another port of the engine, or find who has this one: netstat -ano"
            )
            return 1
        try:
            with signals.stopping(self.stop):
                self._log.line("started", version=self._settings.version, pool=self._settings.pool)
                return self._turn()
        finally:
            server.close()

    def stop(self) -> None:
        """Ask the program to end; from any thread."""
        self._stopping = True
        self._woken.set()

    def leave(self) -> bool:
        """Say farewell: uninstall where the DaemonSet goes, else give the node back. Whether all was done.

        For the container's `preStop`, in a process of its own, and for the end of `run`. Safe to repeat.
        """
        try:
            with self._host.acting():
                return self._leaving.leave(self._cluster.fate())
        except (ports.Failed, ports.Away) as error:
            self._log.line("farewell-failed", step="look", reason=str(error))
            return False

    def _turn(self) -> int:
        while not self._stopping:
            self._woken.clear()
            seconds = self.round()
            if self.given_up is not None:
                self._log.plain(self.given_up)
                return 1
            if not self._stopping:
                self._clock.wait(self._woken, seconds)
        self.leave()
        return 0

    def round(self) -> float:
        """One round; the seconds to wait before the next. There is none when it sets `given_up`."""
        try:
            with self._host.acting():
                self._doing = "look"
                seconds = self._round()
            self._failures = 0
            self._log.forget("failed")
        except (ports.Failed, ports.Away) as error:
            self._reporter.failure(self._doing, error)
            self._failures = min(self._failures + 1, DOUBLINGS)
            if not self._report.ready and self._refused is None:
                self.health.tell(ready=False, reason=str(error))
            return min(PAUSE_SECONDS * 2.0 ** (self._failures - 1), LONGEST_PAUSE_SECONDS)
        finally:
            self.health.turned()
        return seconds

    def _round(self) -> float:
        world = self._eyes.node()
        found = self._journal.read()
        if found is None and self._is_going():
            return GOING_SECONDS
        before = found or Journal()
        if self._eyes.due or core.needs_cluster(world, before, self._settings):
            world = self._eyes.cluster(world)
        journal = self._fold(world, before)
        decision = core.decide(world, journal, self._settings)
        if decision.journal != found:
            self._journal.write(decision.journal)
        self._reporter.journal(before, decision.journal, decision.report.reason)
        self._reporter.world(world, decision.journal)
        # A refused action stays refused until a round gets through: the decision alone does not know of it.
        self._report = decision.report if self._refused is None else _refusal(self._refused)
        self._reporter.report(self._report)
        self._reporter.decision(world, decision.journal, decision.actions, self._report)
        try:
            self._act(world, decision)
            self._refused = None
        except ports.Refused as error:
            self._refused = str(error)
            raise
        finally:
            refused = self._refused or (decision.report.reason if decision.report.refused else None)
            if refused is not None:
                self._refuse(world, decision.journal, refused)
            self._mark(world)
        self._upkeep.do(world.host)
        return decision.wait_seconds

    def _is_going(self) -> bool:
        """Whether there is no journal because all is uninstalled already, by our `preStop` for one.

        A loop that went on would install it again in the last seconds of its pod.
        """
        fate = self._cluster.fate()
        if fate == "unknown":
            # A node that never had a journal is a new one.
            return self._journal.known or self._left
        if fate == "goes" and not self._left:
            self._left = self._leaving.leave(fate)
            self.health.tell(ready=False, reason="The engine is removed from this node.")
        elif fate == "stays":
            self._left = False
        return fate == "goes"

    def _fold(self, world: World, before: Journal) -> Journal:
        """The journal with what this look tells, and with what the background has done."""
        journal = core.remember(world, before)
        if journal.start is not None and (
            before.start is None or journal.start.attempted_at != before.start.attempted_at
        ):
            # Ours are decided on, and then seen.
            self._metrics.add("starts_total", kind="unwatched")
        return self._pulls.collect(self._smokes.collect(journal, world.now))

    def _act(self, world: World, decision: core.Decision) -> None:
        if not decision.report.refused:
            self._doing = "equip"
            self._hands.equip()
        for action in decision.actions:
            if self._stopping:
                return
            self._doing = type(action).__name__
            self._hands.do(action, decision.journal, world.host.build)

    def _mark(self, world: World) -> None:
        try:
            self._reporter.mark(world, self._report)
        except (ports.Failed, ports.Away) as error:
            self._log.line("mark-failed", reason=str(error))

    def _refuse(self, world: World, journal: Journal, reason: str) -> None:
        """Say that only a person can change it; end, unless an engine of ours runs or a node is out of service."""
        self._report = _refusal(reason)
        self._reporter.report(self._report)
        if journal.operation is None and not _ours_runs(world.host):
            self._leaving.leave("stays")
            self.given_up = reason


def _refusal(reason: str) -> Report:
    return Report(ready=False, state="refused", reason=reason, refused=True)


def _ours_runs(host: Host) -> bool:
    return host.service.owner is Owner.US and host.service.state is not Running.STOPPED
