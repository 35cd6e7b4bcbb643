"""Pods of the node: which hold a drain, which a start has cut off, and how they are told to go."""

from __future__ import annotations

from collections.abc import Iterable

from engine_supervisor.actions import Action, Delete, Evict
from engine_supervisor.core.limits import GRACE
from engine_supervisor.journal import Start
from engine_supervisor.world import Cluster, Pod


def cutoff(start: Start) -> float | None:
    """Pods that the kubelet took no later have lost their network; `None`: the start is still going on."""
    return start.ended_at if start.answered_at is None else start.answered_at


def cut_off(cluster: Cluster, start: Start) -> tuple[Pod, ...]:
    """Ordinary pods that are older than a start. Whole seconds, as `startTime` has them, are on the safe side."""
    latest = cutoff(start)
    if latest is None:
        return ()
    return tuple(
        pod for pod in cluster.pods if pod.ordinary and pod.started_at is not None and pod.started_at <= latest
    )


def working(cluster: Cluster) -> tuple[Pod, ...]:
    """Ordinary pods that a drain waits for. Those of DaemonSets stay, come back at once, and are replaced later."""
    return tuple(pod for pod in cluster.pods if pod.ordinary and not pod.of_daemon_set)


def dismiss(pods: Iterable[Pod]) -> tuple[Action, ...]:
    """Tell pods to end at their own pace, but for those that end by themselves."""
    asked = tuple(pod for pod in pods if not pod.of_job and not pod.terminating)
    return (Evict(asked),) if asked else ()


def remove(pods: Iterable[Pod], *, insist: bool) -> tuple[Action, ...]:
    """Tell pods to end within `GRACE` seconds, also those that were told to take longer.

    Args:
        pods: those of DaemonSets are deleted, since an eviction would only ask a budget that does not apply.
        insist: delete the others, too: budgets have had their time.
    """
    left = [pod for pod in pods if not _leaving(pod)]
    deleted = tuple(pod for pod in left if insist or pod.of_daemon_set)
    evicted = tuple(pod for pod in left if not insist and not pod.of_daemon_set)
    actions: list[Action] = []
    if evicted:
        actions.append(Evict(evicted, GRACE))
    if deleted:
        actions.append(Delete(deleted, GRACE))
    return tuple(actions)


def names(pods: Iterable[Pod]) -> str:
    """The first few, for a reason."""
    listed = sorted(f"{pod.namespace}/{pod.name}" for pod in pods)
    more = f" and {len(listed) - 3} more" if len(listed) > 3 else ""
    return ", ".join(listed[:3]) + more


def _leaving(pod: Pod) -> bool:
    return pod.terminating and pod.grace_seconds is not None and pod.grace_seconds <= GRACE
