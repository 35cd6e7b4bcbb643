"""Pods that work for a while: what stands in for an agent or a build whose end is waited for.

kwok's pods complete at once or never, and are gone the moment they are deleted. A pod with the annotation `WORK` is
played here instead: it runs for so many seconds, then it has succeeded; deleted while it works, it goes on to the end
of its work or of its grace, as an agent does that finishes its job. A smaller number ends it earlier, 0 at once. Like
every pod of a kubelet it has ended before it is gone; `sandbox/control_plane/stages/pod-delete.yaml` tells who waits.
"""

from __future__ import annotations

import threading
import time
from typing import Any, Final

from sandbox.control_plane import Api, ApiError
from sandbox.control_plane.components import WORK_ANNOTATION as WORK
from sandbox.windows_nodes import pod_status
from sandbox.windows_nodes.pod_status import KILLED, Container, Ended

RETRY_SECONDS: Final = 1.0


def works(pod: dict[str, Any]) -> bool:
    """Whether the pod is to be played here."""
    return WORK in pod["metadata"].get("annotations", {})


def action(pod: dict[str, Any], now: float) -> tuple[str, float]:
    """What is due for a pod that works: `run`, `complete`, `kill`, `delete` or `none`; and when there may be more."""
    metadata, status = pod["metadata"], pod.get("status", {})
    never = float("inf")
    over = status.get("phase") in ("Succeeded", "Failed")
    if "deletionTimestamp" in metadata:
        # The API server sets it to when the grace is over.
        ends = pod_status.seconds(metadata["deletionTimestamp"])
        if over:
            return "delete", now
        if "startTime" not in status or now >= ends:
            return "kill", now
        if now >= _work_ends(pod):
            return "complete", now
        return "none", min(ends, _work_ends(pod))
    if over:
        return "none", never
    if "startTime" not in status:
        return "run", now
    if now >= _work_ends(pod):
        return "complete", now
    return "none", _work_ends(pod)


def _work_ends(pod: dict[str, Any]) -> float:
    return pod_status.seconds(pod["status"]["startTime"]) + float(pod["metadata"]["annotations"][WORK])


class Workers(threading.Thread):
    """Plays all pods that work."""

    def __init__(self, api: Api) -> None:
        super().__init__(name="workers", daemon=True)
        self._api = api
        self._changed = threading.Condition()
        self._pods: dict[str, dict[str, Any]] = {}

    def update(self, pod: dict[str, Any]) -> None:
        """There is such a pod, or it changed."""
        with self._changed:
            self._pods[pod["metadata"]["uid"]] = pod
            self._changed.notify()

    def forget(self, uid: str) -> None:
        """A pod is gone."""
        with self._changed:
            self._pods.pop(uid, None)

    def run(self) -> None:
        """For ever."""
        while True:
            with self._changed:
                now = time.time()
                due = {uid: action(pod, now) for uid, pod in self._pods.items()}
                at = min((when for _, when in due.values()), default=float("inf"))
                if at > now:
                    self._changed.wait(None if at == float("inf") else at - now)
                    continue
                # What is done here comes back as a change of the pod; until then it is not done again.
                ready = [self._pods.pop(uid) for uid, (what, _) in due.items() if what != "none"]
            for pod in ready:
                self._act(pod, due[pod["metadata"]["uid"]][0])

    def _act(self, pod: dict[str, Any], what: str) -> None:
        metadata = pod["metadata"]
        path = f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}"
        now = time.time()
        try:
            if what == "delete":
                body = {"apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": 0}
                self._api.request("DELETE", path, body={**body, "preconditions": {"uid": metadata["uid"]}})
                return
            started = pod.get("status", {}).get("startTime")
            started_at = now if started is None else pod_status.seconds(started)
            code = KILLED if what == "kill" else 0
            container = (
                Container(running_since=now, ready=True)
                if what == "run"
                else Container(completed=Ended(code=code, started_at=started_at, finished_at=now))
            )
            status = pod_status.status(pod, container, started_at=started_at, address=None, changed_at=now)
            self._api.request(
                "PATCH",
                f"{path}/status",
                body={"metadata": {"uid": metadata["uid"]}, "status": status},
                content_type="application/strategic-merge-patch+json",
            )
        except ApiError as error:
            if error.code not in (404, 409):
                time.sleep(RETRY_SECONDS)
                self.update(pod)
