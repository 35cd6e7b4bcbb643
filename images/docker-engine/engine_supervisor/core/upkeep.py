"""What is done for an engine that runs, beside the agents that use it: nothing here takes it away from them."""

from __future__ import annotations

from dataclasses import replace

from engine_supervisor.actions import Action, Configure, Discard, Guard, Install, Prepull, Prune, Reload, Smoke
from engine_supervisor.core import limits, pods
from engine_supervisor.core.decision import BUSY, EVICTING, STEADY, Decision
from engine_supervisor.core.readiness import missing_images, readiness, works
from engine_supervisor.core.situation import Situation


def cut_off(s: Situation) -> Decision | None:
    """Send away the pods that a start, whoever made it, has left without a network."""
    start = s.start
    if start is None or (cutoff := pods.cutoff(start)) is None:
        return None
    if start.evicted and s.now - cutoff >= limits.LATE_PODS:
        return None
    cluster = s.ask()
    if cluster is None:
        return None if start.evicted else s.decision(readiness(s), STEADY)
    if start.evicted:
        return None
    since = s.now if start.evicting_since is None else start.evicting_since
    actions = pods.remove(pods.cut_off(cluster, start), insist=s.now - since >= limits.PROTECTED)
    return s.decision(readiness(s), EVICTING, actions)


def smoke(s: Situation) -> Decision | None:
    """Prove the engine with a container. One that fails is tried again, and costs nobody the engine."""
    start = s.start
    if start is None or not s.runs or s.smoke_image is None or start.smoke == "passed" or s.smoke_tried_lately:
        return None
    return s.decision(readiness(s), BUSY, (Smoke(),))


def prune(s: Situation) -> Decision | None:
    """Clean Docker's store while nothing uses it: by schedule what is old, of a full disk all that is unused."""
    settings, pruned = s.settings.prune, s.journal.pruned_at
    begun = s.start.attempted_at if s.start is not None else s.now
    scheduled = settings.every_hours > 0 and s.now - (pruned or begun) >= settings.every_hours * limits.HOUR
    urgent = s.low and (pruned is None or s.now - pruned >= limits.PRUNE_RETRY)
    if s.to_be_replaced or not s.runs or not (scheduled or urgent) or not _idle(s):
        return None
    unused = 0.0 if s.low else settings.unused_hours * limits.HOUR
    return s.decision(readiness(s), BUSY, (Prune(unused),), replace(s.journal, pruned_at=s.now))


def guard(s: Situation) -> Decision | None:
    """Nothing but the supervisor starts the engine."""
    if not s.ours or s.service.guarded:
        return None
    return s.decision(readiness(s), BUSY, (Guard(),))


def reload(s: Situation) -> Decision | None:
    """Hand the running engine what it can take over without a start."""
    if not s.ours or not s.runs or s.registered != s.wanted.target.key:
        return None
    if s.host.reload_hash == s.wanted.reload_hash:
        return None
    return s.decision(readiness(s), BUSY, (Reload(s.wanted.target),))


def prepare(s: Situation) -> Decision | None:
    """Lay ready what is wanted while another engine runs: what is refused of it is refused before anybody waits."""
    key, target = s.wanted.target.key, s.wanted.target
    if not (s.ours or s.to_be_replaced) or s.registered == key or key in s.journal.refused or s.prepared:
        return None
    missing: list[Action] = []
    if target.version not in s.host.installed:
        missing.append(Install(target.version))
    if s.host.configured is not None and key not in s.host.configured:
        missing.append(Configure(target))
    return s.decision(readiness(s), BUSY, missing)


def discard(s: Situation) -> Decision | None:
    """Delete versions that nothing refers to: neither what is wanted, nor what is registered and may be returned to."""
    if not s.ours or not s.runs or s.service.target is None:
        return None
    keep = frozenset({s.wanted.target.version, s.service.target.version})
    if not s.host.installed - keep:
        return None
    return s.decision(readiness(s), BUSY, (Discard(keep),))


def prepull(s: Situation) -> Decision | None:
    """Pull the next image ahead, one at a time, on a node that works and has room. Told anew until it is there."""
    missing = missing_images(s)
    if not missing or not works(s) or s.low or s.to_be_replaced:
        return None
    return s.decision(readiness(s), STEADY, (Prepull(missing[0]),))


def _idle(s: Situation) -> bool:
    """Whether no build can lose a layer by a prune. What the host tells comes first: it costs nobody anything."""
    engine = s.host.engine
    if engine.containers_running > 0 or (engine.clients or 0) > 0:
        return False
    cluster = s.ask()
    if cluster is None:
        return False
    users = [pod for pod in cluster.pods if pod.uses_engine and pod.ordinary and pod.started_at is not None]
    return not users if engine.clients is None else not any(pod.of_job for pod in users)
