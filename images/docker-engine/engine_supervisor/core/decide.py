"""What to do next: the concerns of the supervisor in the order of their weight. The first that has a say decides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from engine_supervisor.actions import Action, FreeSlot, TakeSlot, Uncordon
from engine_supervisor.core import upkeep, wishes
from engine_supervisor.core.decision import BUSY, STEADY, WAITING, Decision
from engine_supervisor.core.memory import remember
from engine_supervisor.core.operations import proceed
from engine_supervisor.core.readiness import readiness
from engine_supervisor.core.refusals import refused
from engine_supervisor.core.situation import Situation, situation
from engine_supervisor.core.slots import held
from engine_supervisor.core.starts import down
from engine_supervisor.journal import Journal
from engine_supervisor.settings import Settings
from engine_supervisor.world import World


def steady(s: Situation) -> Decision:
    """Nothing to do. What was asked in vain is not asked again soon, but a start that is due is not slept through."""
    wait = WAITING if s.asked else STEADY
    due = s.journal.start_not_before - s.now
    return s.decision(readiness(s), wait if s.runs or due <= 0 else min(wait, max(due, BUSY)))


CONCERNS: Final[tuple[Callable[[Situation], Decision | None], ...]] = (
    refused,
    proceed,
    wishes.feature,
    wishes.takeover,
    down,
    upkeep.cut_off,
    upkeep.smoke,
    upkeep.prune,
    wishes.clearance,
    upkeep.guard,
    upkeep.reload,
    upkeep.prepare,
    wishes.upgrade,
    upkeep.discard,
    upkeep.prepull,
    steady,
)


def decide(world: World, journal: Journal, settings: Settings) -> Decision:
    """What to do next.

    Args:
        world: as it was just seen; `cluster` is `None` where the API server was not asked or does not answer.
        journal: as `remember` made it of the same look.
        settings: the pool's engine.
    """
    return _decided(situation(world, journal, settings))


def needs_cluster(world: World, journal: Journal, settings: Settings) -> bool:
    """Whether this round's decision depends on what the API server tells: whether a concern asks for it.

    Args:
        world: with the host as it was just seen, and without a cluster.
        journal: as it was read.
        settings: the pool's engine.
    """
    host_only = replace(world, cluster=None)
    s = situation(host_only, remember(host_only, journal), settings)
    _decided(s)
    return s.asked


def _decided(s: Situation) -> Decision:
    for concern in CONCERNS:
        if decision := concern(s):
            return _tidy(s, decision)
    raise AssertionError("the last concern always decides")


def _tidy(s: Situation, decision: Decision) -> Decision:
    """Give back what no operation holds: the cordon with our mark first, then slots.

    So ends an operation, and so is put right what an interruption or a lost journal left behind. It comes last in the
    round, and stands in nothing's way.
    """
    cluster = s.world.cluster
    if cluster is None or decision.journal.operation is not None:
        return decision
    back: list[Action] = [Uncordon()] if cluster.cordoned_by_us else []
    if not any(isinstance(action, TakeSlot) for action in decision.actions):
        back += [FreeSlot(slot.name) for slot in held(cluster)]
    return replace(decision, actions=(*decision.actions, *back))
