"""What the supervisor tells of the engine: readiness, metrics, node labels, events and log lines.

Refuses noise: an event on a change only, one reason at most every ten minutes; steady rounds tell nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, is_dataclass
from typing import Final, Literal

from engine_supervisor import actions as act
from engine_supervisor import names, ports
from engine_supervisor.actions import Report
from engine_supervisor.journal import Journal
from engine_supervisor.program import news
from engine_supervisor.program.clock import Clock
from engine_supervisor.program.log import Log
from engine_supervisor.program.metrics import Metrics
from engine_supervisor.program.server import Health
from engine_supervisor.settings import Settings
from engine_supervisor.world import Cluster, Running, World

EVENT_SECONDS: Final = 600.0
"""The same reason at most this often."""

UNSENT_EVENTS: Final = 20
"""The last ones are kept while the API server does not answer."""

ALARMING: Final = frozenset({"refused", "repairing", "failed"})
"""States whose event is a warning."""


class Reporter:
    """Tells what changed, to whom it may concern."""

    def __init__(
        self,
        settings: Settings,
        wanted: str,
        cluster: ports.Cluster,
        clock: Clock,
        log: Log,
        metrics: Metrics,
        health: Health,
    ) -> None:
        """`wanted` is the key of the target that the settings want."""
        self._settings = settings
        self._wanted = wanted
        self._cluster = cluster
        self._clock = clock
        self._log = log
        self._metrics = metrics
        self._health = health
        self._state: str | None = None
        self._marked: dict[str, str | None] | None = None
        self._told: dict[str, float] = {}
        self._reachable = True
        self._unsent: list[news.Event] = []
        metrics.tell("version_available_info", {"version": settings.version})
        metrics.set("prune_below_bytes", settings.prune.below_bytes)
        metrics.set("prune_floor_bytes", settings.prune.floor_bytes)

    def world(self, world: World, journal: Journal) -> None:
        """Metrics of what was seen."""
        host, engine, metrics = world.host, world.host.engine, self._metrics
        metrics.set("last_round_timestamp_seconds", world.now)
        metrics.set("up", engine.answers)
        metrics.set("containers_running", engine.containers_running)
        metrics.tell("info", {"version": engine.version or "", "windows_build": host.build})
        running = host.service.state is Running.RUNNING
        metrics.set("start_time_seconds", (host.service.started_at or 0.0) if running else 0.0)
        if host.disk is not None:
            metrics.set("disk_free_bytes", host.disk.free_bytes)
            metrics.set("disk_total_bytes", host.disk.total_bytes)
        prepull = self._settings.prepull.get(host.build, ())
        metrics.set("prepull_pending", len(set(prepull) - set(journal.prepulled)))
        if world.asked:
            self._reachable = world.cluster is not None
        if world.cluster is not None:
            self._seen(world.cluster)

    def _seen(self, cluster: Cluster) -> None:
        unsent, self._unsent = self._unsent, []
        for one in unsent:
            self._cluster.event(one.kind, one.reason, one.message)
        self._metrics.set("cordoned", cluster.cordoned_by_us)
        self._metrics.set("rollout_stopped", any(slot.stopped == self._wanted for slot in cluster.slots))

    def report(self, report: Report) -> None:
        """Readiness and its metrics; an event when the state is another than the last one's."""
        self._health.tell(ready=report.ready, reason=report.reason)
        self._metrics.set("ready", report.ready)
        self._metrics.set("pending", report.pending is not None)
        self._metrics.tell("state_info", {"state": report.state})
        if report.state != self._state:
            self._state = report.state
            word = "".join(part.capitalize() for part in report.state.split("-"))
            alarming = report.refused or report.state in ALARMING
            self.event("Warning" if alarming else "Normal", f"DockerEngine{word}", report.reason)

    def decision(self, world: World, journal: Journal, actions: Sequence[act.Action], report: Report) -> None:
        """One line for a decision that is another than the last one's; a renewed Lease makes none."""
        told = [action for action in actions if not isinstance(action, act.RenewSlot)]
        service, engine = world.host.service, world.host.engine
        self._log.line(
            "decision",
            state=report.state,
            reason=report.reason,
            ready=report.ready,
            pending=report.pending,
            actions=[_brief(action) for action in told],
            operation=None if journal.operation is None else journal.operation.kind,
            engine=engine.version if engine.answers else None,
            service=service.state.value,
            target=None if service.target is None else service.target.key,
        )

    def journal(self, before: Journal, after: Journal, reason: str) -> None:
        """What happened between two journals."""
        if end := news.ended(before, after):
            operation, outcome = end
            self._metrics.add("upgrades_total", kind=operation.kind, outcome=outcome)
        for one in news.events(before, after, reason):
            self._log.forget("news")
            self._log.line("news", reason=one.message, what=one.reason)
            self.event(one.kind, one.reason, one.message)

    def failure(self, what: str, error: ports.Failed | ports.Away) -> None:
        """A round that ended early."""
        kind = "away" if isinstance(error, ports.Away) else "failed"
        self._metrics.add("round_failures_total", reason=kind)
        self._log.line("failed", action=what, kind=kind, reason=str(error))

    def event(self, kind: Literal["Normal", "Warning"], reason: str, message: str) -> None:
        """An event, unless one of this reason was sent lately."""
        now = self._clock.monotonic()
        if now - self._told.get(reason, -EVENT_SECONDS) < EVENT_SECONDS:
            return
        self._told[reason] = now
        if self._reachable:
            self._cluster.event(kind, reason, message)
        else:
            self._unsent = [*self._unsent, news.Event(kind, reason, message)][-UNSENT_EVENTS:]

    def mark(self, world: World, report: Report) -> None:
        """Labels and build slots of the node, where they are not, or may not be, what they should be.

        The build slots stay the same whether the engine is ready or not: the autoscaler would take a new node without
        them for one that pods which want them do not fit on, and add another.
        """
        engine = world.host.engine
        labels = {
            names.NODE_ENGINE: names.READY if report.ready else names.NOT_READY,
            names.NODE_ENGINE_VERSION: names.label_value(engine.version or "") or None if engine.answers else None,
        }
        unreachable = world.asked and world.cluster is None
        if unreachable or (world.cluster is None and labels == self._marked):
            return
        self._set(labels)

    def blind(self, report: Report) -> None:
        """As `report` and `mark`, of a node that nobody has seen."""
        self.report(report)
        labels: dict[str, str | None] = {names.NODE_ENGINE: names.NOT_READY, names.NODE_ENGINE_VERSION: None}
        if labels != self._marked:
            self._set(labels)

    def _set(self, labels: dict[str, str | None]) -> None:
        self._cluster.mark(labels, self._settings.build_slots)
        self._marked = labels


def _brief(action: act.Action) -> str:
    """An action in one word and its arguments; pods by name."""
    assert is_dataclass(action)
    if isinstance(action, act.Evict | act.Delete):
        return f"{type(action).__name__} {', '.join(sorted(f'{pod.namespace}/{pod.name}' for pod in action.pods))}"
    if isinstance(action, act.Configure | act.Register | act.Reload):
        return f"{type(action).__name__} {action.target.key}"
    values = [", ".join(sorted(v)) if isinstance(v, frozenset) else str(v) for v in asdict(action).values()]
    return " ".join([type(action).__name__, *values])
