"""When an object is as it should be, by its kind.

Owns the reading of `status`: pure functions from an object to what is still awaited. The kinds and their conditions
are the official provider's (`provider/pkg/await/awaiters.go`; DaemonSet and StatefulSet by kstatus), and a
CustomResourceDefinition, which must be served before its objects can be. Nothing is awaited of other kinds, custom
resources among them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from sandbox.plugins.codec import Object
from sandbox.plugins.kubernetes_provider.keys import REPLACE_UNREADY, SKIP_AWAIT, TIMEOUT_SECONDS, name_of


@dataclass(frozen=True)
class Pending:
    """What is awaited. `final` means that waiting will not help; `usual` that it ends by itself after some seconds."""

    what: str
    final: bool = False
    usual: bool = False


DEFAULT_TIMEOUT: Final = 600.0
_TIMEOUTS: Final = {
    ("", "Pod"): 300.0,
    ("", "PersistentVolumeClaim"): 300.0,
    ("", "Namespace"): 300.0,
    ("batch", "Job"): 600.0,
}
"""Seconds, the official provider's; DEFAULT_TIMEOUT for the others."""


def pending(live: Object) -> Pending | None:
    """What the object still lacks, or `None` if it is ready or of a kind that is not awaited."""
    if is_skipped(live):
        return None
    name = name_of(live)
    check = _CHECKS.get((name.group, name.kind))
    return check(live) if check else None


def is_awaited(live: Object) -> bool:
    """Whether anything is awaited of such an object."""
    name = name_of(live)
    return (name.group, name.kind) in _CHECKS and not is_skipped(live)


def is_skipped(value: Object) -> bool:
    """Whether the object's own annotation says not to wait for it."""
    return bool(_annotations(value).get(SKIP_AWAIT) == "true")


def is_replaced_unready(value: Object) -> bool:
    """Whether the object's own annotation says to make it anew at the next update when it is not ready. Jobs alone, as
    with the official provider (`provider/pkg/provider/provider.go`, Diff)."""
    return bool(value.get("kind") == "Job" and _annotations(value).get(REPLACE_UNREADY) == "true")


def timeout(value: Object, custom: float) -> float:
    """Seconds to wait at most: `customTimeouts`, else the annotation, else the kind's default."""
    if custom > 0:
        return custom
    given = str(_annotations(value).get(TIMEOUT_SECONDS, ""))
    if given.isdecimal():
        return float(given)
    name = name_of(value)
    return _TIMEOUTS.get((name.group, name.kind), DEFAULT_TIMEOUT)


def _deployment(live: Object) -> Pending | None:
    if live["spec"].get("paused"):
        return None
    status, wanted = _status(live), live["spec"].get("replicas", 1)
    stuck = _condition(live, "Progressing")
    if stuck.get("status") == "False" and stuck.get("reason") == "ProgressDeadlineExceeded" and _observed(live):
        return Pending(f"the rollout has stopped: {stuck.get('message', '')}", final=True)
    updated, available = status.get("updatedReplicas", 0), status.get("availableReplicas", 0)
    return _first(
        (not _observed(live), "the controller has not seen the change yet"),
        (updated < wanted, f"{updated} of {wanted} replicas are of the new template"),
        (status.get("replicas", 0) > updated, f"{status.get('replicas', 0) - updated} old replicas are still there"),
        (available < wanted, f"{available} of {wanted} replicas are available"),
    )


def _daemon_set(live: Object) -> Pending | None:
    status = _status(live)
    wanted = status.get("desiredNumberScheduled", 0)
    counts = {
        name: status.get(name, 0)
        for name in ("currentNumberScheduled", "updatedNumberScheduled", "numberAvailable", "numberReady")
    }
    return _first(
        (not _observed(live), "the controller has not seen the change yet"),
        (counts["currentNumberScheduled"] < wanted, f"{counts['currentNumberScheduled']} of {wanted} nodes have a pod"),
        (
            counts["updatedNumberScheduled"] < wanted,
            f"the pods of {counts['updatedNumberScheduled']} of {wanted} nodes are of the new template",
        ),
        (
            counts["numberAvailable"] < wanted,
            f"the pods of {counts['numberAvailable']} of {wanted} nodes are available",
        ),
        (counts["numberReady"] < wanted, f"the pods of {counts['numberReady']} of {wanted} nodes are ready"),
    )


def _stateful_set(live: Object) -> Pending | None:
    spec, status = live["spec"], _status(live)
    wanted = spec.get("replicas", 1)
    strategy = spec.get("updateStrategy", {})
    partition = strategy.get("rollingUpdate", {}).get("partition", 0) if strategy.get("type") != "OnDelete" else wanted
    ready, updated = status.get("readyReplicas", 0), status.get("updatedReplicas", 0)
    return _first(
        (not _observed(live), "the controller has not seen the change yet"),
        (
            status.get("replicas", 0) != wanted,
            f"{status.get('replicas', 0)} replicas are there and {wanted} are wanted",
        ),
        (ready < wanted, f"{ready} of {wanted} replicas are ready"),
        (updated < wanted - partition, f"{updated} of {wanted - partition} replicas are of the new template"),
    )


def _job(live: Object) -> Pending | None:
    failed = _condition(live, "Failed")
    if failed.get("status") == "True":
        return Pending(f"the job has failed: {failed.get('reason', '')}: {failed.get('message', '')}", final=True)
    if live["spec"].get("suspend") or _condition(live, "Complete").get("status") == "True":
        return None
    succeeded, active = (_status(live).get(name, 0) for name in ("succeeded", "active"))
    return Pending(f"{succeeded} of {live['spec'].get('completions', 1)} completions, {active} active")


def _pod(live: Object) -> Pending | None:
    phase = _status(live).get("phase", "Pending")
    if phase == "Failed":
        return Pending(f"the pod has failed: {_status(live).get('message', 'see its containers')}", final=True)
    if phase == "Succeeded" or _condition(live, "Ready").get("status") == "True":
        return None
    return Pending(f"the pod is {phase} and not Ready")


def _claim(live: Object) -> Pending | None:
    phase = _status(live).get("phase", "Pending")
    return None if phase == "Bound" else Pending(f"the claim is {phase} and not Bound", final=phase == "Lost")


def _volume(live: Object) -> Pending | None:
    phase = _status(live).get("phase", "Pending")
    return None if phase in ("Available", "Bound") else Pending(f"the volume is {phase}", final=phase == "Failed")


def _definition(live: Object) -> Pending | None:
    refused = _condition(live, "NamesAccepted")
    if refused.get("status") == "False":
        return Pending(f"its names are refused: {refused.get('message', '')}", final=True)
    return None if _condition(live, "Established").get("status") == "True" else Pending("it is not Established yet")


_CHECKS: Final[dict[tuple[str, str], Callable[[Object], Pending | None]]] = {
    ("apps", "Deployment"): _deployment,
    ("apps", "DaemonSet"): _daemon_set,
    ("apps", "StatefulSet"): _stateful_set,
    ("batch", "Job"): _job,
    ("", "Pod"): _pod,
    ("", "PersistentVolumeClaim"): _claim,
    ("", "PersistentVolume"): _volume,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): _definition,
}


def conditions(live: Object) -> list[Object]:
    """The conditions of an object's status; a fresh CustomResourceDefinition has null for them."""
    found: list[Object] = _status(live).get("conditions") or []
    return found


def _condition(live: Object, kind: str) -> Object:
    return next((condition for condition in conditions(live) if condition.get("type") == kind), {})


def _status(live: Object) -> Object:
    status: Object = live.get("status") or {}
    return status


def _observed(live: Object) -> bool:
    return bool(_status(live).get("observedGeneration", 0) >= live["metadata"].get("generation", 0))


def _annotations(value: Object) -> dict[str, Any]:
    annotations = (value.get("metadata") or {}).get("annotations")
    return annotations if isinstance(annotations, dict) else {}


def _first(*checks: tuple[bool, str]) -> Pending | None:
    return next((Pending(what) for lacking, what in checks if lacking), None)
