"""One round's look, memory and settings together, with the questions that several decisions ask of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from engine_supervisor.actions import Action, Report
from engine_supervisor.core import limits
from engine_supervisor.core.decision import Decision
from engine_supervisor.core.slots import stopped
from engine_supervisor.core.targets import FOREIGN, UNREADABLE, Wanted, wanted
from engine_supervisor.journal import Journal, Kind, Operation, Start
from engine_supervisor.settings import Settings
from engine_supervisor.world import Cluster, Feature, Host, Owner, Running, Service, World


@dataclass(kw_only=True)
class Situation:
    """What a concern decides on."""

    world: World
    journal: Journal
    settings: Settings
    wanted: Wanted
    asked: bool = False
    """Whether a concern wanted to know what the API server has to tell."""
    pending: list[tuple[str, str]] = field(default_factory=list)
    """Targets that wait for their turn, and why."""

    @property
    def now(self) -> float:
        return self.world.now

    @property
    def host(self) -> Host:
        return self.world.host

    @property
    def service(self) -> Service:
        return self.world.host.service

    @property
    def start(self) -> Start | None:
        """The last start, if it was in this boot."""
        start = self.journal.start
        return start if start is not None and start.boot == self.host.boot else None

    def ask(self) -> Cluster | None:
        """What the API server tells. Asking makes this round one that needs it."""
        self.asked = True
        return self.world.cluster

    @property
    def ours(self) -> bool:
        """Whether the service is ours to register, stop and change."""
        return self.service.owner is Owner.US

    @property
    def adopted(self) -> bool:
        """Whether the service is another's that we look after: it is started, and nothing else."""
        return self.service.owner is Owner.OTHER and self.settings.existing == "adopt"

    @property
    def to_be_replaced(self) -> bool:
        """Whether a foreign service stands where ours is wanted."""
        return self.service.owner is Owner.OTHER and self.settings.existing == "replace"

    def aim(self, kind: Kind) -> str:
        """Key of the engine that an operation of this kind is to end with.

        That of the settings; to install a Windows feature is no reason to leave the one that the node has.
        """
        if self.adopted:
            return FOREIGN
        target = self.service.target
        if kind == "feature" and self.ours and target is not None and target.version in self.host.installed:
            return target.key
        return self.wanted.target.key

    @property
    def runs(self) -> bool:
        """Whether an engine answers."""
        return self.service.state is Running.RUNNING and self.host.engine.answers

    @property
    def registered(self) -> str | None:
        """Key of what is registered; `None`: nothing is."""
        if self.service.owner is Owner.NOBODY:
            return None
        if self.service.owner is Owner.OTHER:
            return FOREIGN
        return self.service.target.key if self.service.target else UNREADABLE

    @property
    def prepared(self) -> bool:
        """Whether what is wanted lies ready on the node; a configuration that is not known to lie there is trusted."""
        configured = self.host.configured
        return self.settings.version in self.host.installed and (
            configured is None or self.wanted.target.key in configured
        )

    @property
    def featured(self) -> bool:
        return self.host.feature is Feature.PRESENT

    @property
    def low(self) -> bool:
        """Whether the disk is to be cleaned now."""
        return self.host.disk is not None and self.host.disk.free_bytes < self.settings.prune.below_bytes

    @property
    def below_floor(self) -> bool:
        return self.host.disk is not None and self.host.disk.free_bytes < self.settings.prune.floor_bytes

    @property
    def smoke_image(self) -> str | None:
        """`None`: nothing is to be run; the settings name no image for this build of Windows."""
        return self.settings.smoke_images.get(self.host.build)

    @property
    def smoke_tried_lately(self) -> bool:
        start = self.start
        return start is not None and start.smoked_at is not None and self.now - start.smoked_at < limits.SMOKE_RETRY

    def pause(self, kind: Kind) -> float:
        """Seconds to the next operation after one of this kind that was postponed or failed now.

        A dead engine waits for no agents that kept an upgrade waiting.
        """
        failures, postponed = self.journal.failures, self.journal.postponed
        return _pause(self.settings, failures if kind == "repair" else max(failures, postponed))

    @property
    def last_words(self) -> str:
        """What the engine said before it ended without an answer, as a sentence that follows another."""
        start = self.start
        failed = start is not None and start.ended_at is not None and start.answered_at is None
        return f" The engine's last words: {start.last_words}" if start and failed and start.last_words else ""

    def decision(
        self,
        report: Report,
        wait_seconds: float,
        actions: Sequence[Action] = (),
        journal: Journal | None = None,
    ) -> Decision:
        return Decision(
            journal=self.journal if journal is None else journal,
            actions=tuple(actions),
            report=report,
            wait_seconds=wait_seconds,
        )

    def with_operation(self, operation: Operation | None) -> Journal:
        return replace(self.journal, operation=operation)


def situation(world: World, journal: Journal, settings: Settings) -> Situation:
    """The round's situation, with what the journal can tell only together with the settings brought up to date."""
    want = wanted(settings)
    low = world.host.disk is not None and world.host.disk.free_bytes < settings.prune.below_bytes
    since = (world.now if journal.low_since is None else journal.low_since) if low else None
    latest = world.now + _pause(settings, limits.DOUBLINGS)
    journal = replace(
        journal,
        low_since=since,
        refused=_refused(world, journal, want.target.key),
        # No pause is longer: a clock that was set back, or settings that were, do not prolong it.
        not_before=min(journal.not_before, latest),
        start_not_before=min(journal.start_not_before, max(latest, world.now + limits.ANSWER)),
    )
    return Situation(world=world, journal=journal, settings=settings, wanted=want)


def _pause(settings: Settings, times: int) -> float:
    return settings.rollout.pause_minutes * limits.MINUTE * float(1 << min(times, limits.DOUBLINGS))


def _refused(world: World, journal: Journal, key: str) -> dict[str, str]:
    """What this node refused, of what is wanted now: other settings, or a slot whose mark was taken off, start anew."""
    if key not in journal.refused:
        return {}
    marked = world.cluster is None or journal.operation is not None or stopped(world.cluster, key)
    return {key: journal.refused[key]} if marked else {}
