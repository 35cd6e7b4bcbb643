"""Whether agents can work with the engine, and what stands against it, in words for people.

Ready is an engine that answers, whose last start has left no pod without a network, and that ran a container of the
host's build. An upgrade that waits for its turn, or for agents to end, changes nothing about that; images that are
pulled ahead only where the settings say so.
"""

from __future__ import annotations

from typing import Final

from engine_supervisor.actions import Report
from engine_supervisor.core import pods
from engine_supervisor.core.situation import Situation
from engine_supervisor.core.words import clock
from engine_supervisor.world import Owner, Running

FEATURELESS: Final = (
    "Windows says that the feature Containers is enabled, and after a restart vmcompute.dll or the services hns and "
    "vmcompute are still missing. Repair the feature on the node, or replace the node; after its next restart it is "
    "tried again."
)


def readiness(s: Situation) -> Report:
    """The report of a node on which nothing is under way."""
    key, why = s.pending[0] if s.pending else (None, "")
    trouble = _trouble(s) or _missing_image(s)
    if trouble is not None:
        state, reason = trouble
        return Report(ready=False, state=state, reason=f"{reason} {why}".rstrip(), pending=key)
    version = s.host.engine.version or "of an unknown version"
    proof = f" and has run a container of build {s.host.build}"
    if s.smoke_image is None:
        proof = f"; nothing was run, since the settings name no image for build {s.host.build}"
    refused = s.journal.refused.get(s.wanted.target.key)
    back = f" {s.wanted.target.key} was refused: {refused}" if refused is not None else ""
    return Report(
        ready=True,
        state="waiting" if key else "ready",
        reason=f"Docker Engine {version} answers{proof}.{back} {why}".rstrip(),
        pending=key,
    )


def works(s: Situation) -> bool:
    """Whether it is ready but for what the settings may additionally wait for."""
    return _trouble(s) is None


def missing_images(s: Situation) -> tuple[str, ...]:
    """What is still to be pulled ahead, for the host's build."""
    return tuple(image for image in s.settings.prepull.get(s.host.build, ()) if image not in s.journal.prepulled)


def _trouble(s: Situation) -> tuple[str, str] | None:
    return _engine(s) or _start(s) or _disk(s)


def _engine(s: Situation) -> tuple[str, str] | None:
    if s.runs:
        return None
    if not s.featured:
        if s.journal.featureless == s.host.boot:
            return "failed", FEATURELESS
        return "waiting", "The Windows feature Containers is not there yet."
    if s.journal.silent_since is not None:
        return "silent", f"The engine has not answered since {clock(s.journal.silent_since)}."
    if s.service.state is not Running.STOPPED:
        return "starting", "The engine is starting."
    if s.now < s.journal.start_not_before:
        again = clock(s.journal.start_not_before)
        return "failed", f"The engine did not start; the next try is at {again}.{s.last_words}"
    if s.service.owner is Owner.NOBODY:
        return "installing", "The engine is not installed yet."
    return "stopped", f"The engine does not run.{s.last_words}"


def _start(s: Situation) -> tuple[str, str] | None:
    start = s.start
    if start is None or start.answered_at is None:
        return "starting", "The engine is starting."
    if not start.evicted:
        older = names if s.world.cluster is not None and (names := _older(s)) else "pods on the node"
        return "evicting", f"The start of the engine cut off the network of {older}, which have to go first."
    if s.smoke_image is None or start.smoke == "passed":
        return None
    if start.smoke == "failed":
        return "failed", f"The engine cannot run a container of build {s.host.build}: {start.smoke_reason}"
    return "proving", f"No container of build {s.host.build} has run yet. {start.smoke_reason}".rstrip()


def _disk(s: Situation) -> tuple[str, str] | None:
    if not s.below_floor or s.host.disk is None:
        return None
    free, floor = (size // 2**30 for size in (s.host.disk.free_bytes, s.settings.prune.floor_bytes))
    of = s.settings.data_root
    return "full", f"About {free} GiB are free on the drive of {of}; dockerEngine.prune.floorGiB asks for {floor}."


def _missing_image(s: Situation) -> tuple[str, str] | None:
    if not s.settings.prepull_blocks or not (missing := missing_images(s)):
        return None
    return "pulling", f"{len(missing)} images are still to be pulled, {missing[0]} next."


def _older(s: Situation) -> str:
    if s.world.cluster is None or s.start is None:
        return ""
    return pods.names(pods.cut_off(s.world.cluster, s.start))
