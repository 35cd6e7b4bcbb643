"""The status of a pod that is played here: pure functions from what happened to the Pod's `status`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

Object = Mapping[str, Any]

KILLED: Final = 137
"""Exit code of what was killed, or never ran: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/"""
MESSAGE_BYTES: Final = 2048
MESSAGE_LINES: Final = 80
"""What the kubelet takes of the log with `terminationMessagePolicy: FallbackToLogsOnError`:
https://kubernetes.io/docs/tasks/debug/debug-application/determine-reason-pod-failure/"""


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a container's process ended."""

    code: int
    started_at: float
    finished_at: float
    message: str = ""


@dataclass(frozen=True, kw_only=True)
class Container:
    """What there is to tell of the pod's container."""

    running_since: float | None = None
    ready: bool = False
    restarts: int = 0
    waiting: tuple[str, str] = ("ContainerCreating", "")
    """Reason and message, while it does not run."""
    completed: Ended | None = None
    """It ended for good."""
    last: Ended | None = None


def status(pod: Object, now: Container, *, started_at: float, address: str | None, changed_at: float) -> dict[str, Any]:
    """The status of a pod with this container; `started_at` is when the kubelet took it, `address` the node's."""
    if now.completed is not None:
        phase = "Succeeded" if now.completed.code == 0 else "Failed"
        state: dict[str, Any] = {"terminated": _terminated(now.completed, "Completed")}
    elif now.running_since is not None:
        phase, state = "Running", {"running": {"startedAt": stamp(now.running_since)}}
    else:
        reason, message = now.waiting
        phase = "Running" if now.restarts else "Pending"
        state = {"waiting": {"reason": reason, **({"message": message} if message else {})}}
    conditions = {
        "PodReadyToStartContainers": True,
        "Initialized": phase != "Pending",
        "Ready": now.ready,
        "ContainersReady": now.ready,
    }
    found: dict[str, Any] = {
        "phase": phase,
        "startTime": stamp(started_at),
        "conditions": [
            {"type": kind, "status": str(value), "lastTransitionTime": stamp(changed_at)}
            for kind, value in conditions.items()
        ],
        "containerStatuses": [
            {
                "name": one["name"],
                "image": one["image"],
                "imageID": "",
                "ready": now.ready,
                "started": now.running_since is not None,
                "restartCount": now.restarts,
                "state": state,
                "lastState": {"terminated": _terminated(now.last, "Error")} if now.last else {},
            }
            for one in pod["spec"]["containers"]
        ],
    }
    if address is not None:
        found.update(hostIP=address, hostIPs=[{"ip": address}], podIP=address, podIPs=[{"ip": address}])
    if pod["spec"].get("initContainers"):
        # They are recorded as done, and not run.
        done = {"exitCode": 0, "reason": "Completed", "startedAt": stamp(started_at), "finishedAt": stamp(started_at)}
        found["initContainerStatuses"] = [
            {
                "name": one["name"],
                "image": one["image"],
                "imageID": "",
                "ready": True,
                "restartCount": 0,
                "state": {"terminated": done},
            }
            for one in pod["spec"]["initContainers"]
        ]
    return found


def stamp(at: float) -> str:
    """A time as Kubernetes writes it: in whole seconds."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds(text: str) -> float:
    """A time as Kubernetes writes it, in seconds since the epoch."""
    return datetime.fromisoformat(text).timestamp()


def termination_message(log: str) -> str:
    """What is kept of a failed container's log."""
    lines = log.rstrip("\n").splitlines()[-MESSAGE_LINES:]
    return "\n".join(lines).encode()[-MESSAGE_BYTES:].decode(errors="ignore")


def _terminated(ended: Ended, reason: str) -> dict[str, Any]:
    return {
        "exitCode": ended.code,
        "reason": "Completed" if ended.code == 0 else reason,
        "startedAt": stamp(ended.started_at),
        "finishedAt": stamp(ended.finished_at),
        **({"message": ended.message} if ended.message else {}),
    }


def is_ready(pod: Mapping[str, Any]) -> bool:
    """Whether the pod counts as ready, whoever has said so last."""
    conditions = pod.get("status", {}).get("conditions", [])
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)
