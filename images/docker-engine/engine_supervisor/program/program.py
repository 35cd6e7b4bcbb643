"""The loop: look, decide, remember, act; and the farewell.

A round is done under `Host.acting`, so that nothing of ours acts beside it. What it comes to is told first: a node
whose journal cannot be written must not seem ready. The journal is written before the first action: whoever is killed
in between finds what it was about to do. The first action that fails ends the round, and the next round looks again and
decides anew.

Refuses to end a running engine: when the program ends, the engine goes on, unless the DaemonSet itself goes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from engine_supervisor import core, ports
from engine_supervisor.actions import Report
from engine_supervisor.journal import Journal
from engine_supervisor.program import signals
from engine_supervisor.program.background import Background, Threads
from engine_supervisor.program.clock import Clock
from engine_supervisor.program.execution import FORGETTABLE, Hands
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

BLIND_SECONDS: Final = 60.0
"""Without a round that has told anything the node is not ready, whatever was told last."""

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
            clock,
        )
        self._leaving = Leaving(settings, host, cluster, self._eyes, self._hands, clock, log)
        self._upkeep = Upkeep(host, docker, jobs, clock, log, metrics)
        self._stopping = False
        self._left = False
        self._failures = 0
        self._first = True
        self._told_at = clock.monotonic()
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
                "Set dockerEngine.metrics.port to another, or find who has this one: netstat -ano"
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

        For the container's `preStop`, in a process of its own: `run` of the same pod ends after it. Safe to repeat.
        """
        return self._leave(note=True)

    def _leave(self, *, note: bool) -> bool:
        try:
            with self._host.acting():
                fate = self._cluster.fate()
                if note and fate != "goes":
                    self._note_leaving()
                return self._leaving.leave(fate)
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
        self._leave(note=False)
        return 0

    def _note_leaving(self) -> None:
        """Write down for the pod's `run` that it is to end: nothing else may tell it before it is killed."""
        try:
            if (found := self._journal.read()) is not None:
                self._journal.write(replace(found, leaving=self._identity.pod_uid))
        except (ports.Failed, ports.Away) as error:
            self._log.line("farewell-failed", step="note", reason=str(error))

    def _is_left(self, found: Journal | None) -> bool:
        """Whether the `preStop` of our pod has said farewell; one before our first round was an earlier container's."""
        first, self._first = self._first, False
        return not first and found is not None and found.leaving == self._identity.pod_uid

    def round(self) -> float:
        """One round; the seconds to wait before the next. There is none when it sets `given_up`."""
        try:
            with self._host.acting():
                self._doing = "look"
                seconds = self._round()
            self._failures = 0
            self._told_at = self._clock.monotonic()
            self._log.forget("failed")
        except (ports.Failed, ports.Away) as error:
            self._reporter.failure(self._doing, error)
            self._failures = min(self._failures + 1, DOUBLINGS)
            if self._clock.monotonic() - self._told_at >= BLIND_SECONDS:
                self._blind(str(error))
            elif not self._report.ready and self._refused is None:
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
        if self._is_left(found):
            self.stop()
            return 0.0
        before = found or Journal()
        world = replace(world, remembers=self._journal.writable)
        if self._eyes.due or core.needs_cluster(world, before, self._settings):
            world = self._eyes.cluster(world)
        journal = self._fold(world, before)
        decision = core.decide(world, journal, self._settings)
        self._reporter.world(world, decision.journal)
        # A refused action stays refused until a round gets through: the decision alone does not know of it.
        self._report = self._full(world, decision.report) if self._refused is None else _refusal(self._refused)
        self._reporter.report(self._report)
        self._reporter.decision(world, decision.journal, decision.actions, self._report)
        self._told_at = self._clock.monotonic()
        unwritten = self._write(decision.journal) if decision.journal != found or not self._journal.writable else None
        if unwritten is not None and not all(isinstance(action, FORGETTABLE) for action in decision.actions):
            # What it tells of is not done: a start that was never made must not count as one that failed.
            self._journal.keep(journal)
        self._reporter.journal(before, decision.journal, decision.report.reason)
        try:
            self._act(world, decision, unwritten)
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
        if core.unexplained(journal):
            journal = core.explained(journal, self._last_words())
        # A farewell of a pod that is not ours, or of an earlier container of ours, is over.
        journal = replace(journal, leaving=None)
        return self._pulls.collect(self._smokes.collect(journal, world.now))

    def _last_words(self) -> str:
        try:
            words = self._host.engine_log()
        except (ports.Failed, ports.Away) as error:
            words = f"unknown, since {error}"
        self._log.line("engine-ended", reason=words)
        return words

    def _full(self, world: World, report: Report) -> Report:
        """The report, with what keeps the API server from telling, where the decision may have waited for it."""
        if report.ready or world.cluster is not None or not world.asked or not self._eyes.refused:
            return report
        return replace(report, reason=f"{report.reason} The API server refuses: {self._eyes.refused}")

    def _write(self, journal: Journal) -> ports.Failed | None:
        try:
            self._journal.write(journal)
        except ports.Failed as error:
            return ports.Failed(f"the journal cannot be written: {error}")
        return None

    def _equip(self) -> ports.Failed | ports.Away | None:
        try:
            self._hands.equip()
        except (ports.Failed, ports.Away) as error:
            return error
        return None

    def _act(self, world: World, decision: core.Decision, unwritten: ports.Failed | None) -> None:
        """Carry the decision out; of one that cannot be remembered, what the next round would find and put right."""
        what = "journal"
        trouble: ports.Failed | ports.Away | None = unwritten
        if trouble is None and not decision.report.refused:
            what, trouble = "equip", self._equip()
        for action in decision.actions:
            if self._stopping:
                return
            if trouble is not None and not isinstance(action, FORGETTABLE):
                break
            self._doing = type(action).__name__
            self._hands.do(action, decision.journal, world.host.build)
        if trouble is not None:
            self._doing = what
            raise trouble

    def _blind(self, reason: str) -> None:
        """Not ready, whatever was told last: an engine that nobody looks at may be dead."""
        self._report = Report(ready=False, state="failed", reason=f"No round succeeds: {reason}")
        try:
            self._reporter.blind(self._report)
        except (ports.Failed, ports.Away) as error:
            self._log.line("mark-failed", reason=str(error))

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
