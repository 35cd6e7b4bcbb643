"""One pod of the engine on a simulated node, from the moment its node's kubelet takes it until it is gone.

Owns the container's process: started with the pod's own volumes, environment and token, probed, restarted with a
growing pause, and taken down with its preStop and its grace. A reboot or a new image of the node kills it.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from sandbox.control_plane import Api, ApiError
from sandbox.windows_nodes import mounting, places, pod_spec, pod_status
from sandbox.windows_nodes.addresses import address
from sandbox.windows_nodes.child import Child, Wake
from sandbox.windows_nodes.pod_spec import Unstartable
from sandbox.windows_nodes.pod_status import KILLED, Container, Ended
from sandbox.windows_nodes.probing import Prober
from sandbox.windows_nodes.store import NoSuchNode

ROOT: Final = Path(__file__).resolve().parents[2]
BACKOFF: Final = (0.0, 1.0, 2.0, 4.0, 8.0, 10.0)
"""Before each restart; a tenth of the kubelet's."""
BACKOFF_FORGOTTEN: Final = 60.0
RETRY_SECONDS: Final = 1.0
WATCH_SECONDS: Final = 1.0
"""How often a running container's node is looked at for a reboot."""
DEADLY: Final[tuple[pod_spec.Kind, ...]] = ("startupProbe", "livenessProbe")
KILL_SECONDS: Final = 2.0
"""Grace of a pod whose object is gone."""


@dataclass(frozen=True, kw_only=True)
class Sandbox:
    """What the runs of all pods share."""

    directory: Path
    """Of the control plane."""
    api: Api
    server: str
    """URL of the API server."""


class PodRun(threading.Thread):
    """Runs a pod until it is gone."""

    def __init__(self, sandbox: Sandbox, pod: dict[str, Any]) -> None:
        metadata = pod["metadata"]
        super().__init__(name=f"{metadata['namespace']}/{metadata['name']}", daemon=True)
        self._sandbox = sandbox
        self._pod = pod
        self._node: str = pod["spec"]["nodeName"]
        self._store = places.store(sandbox.directory, self._node)
        self._address = address(sandbox.directory, self._node)
        self._mount_point = places.mounts(sandbox.directory) / metadata["uid"]
        self._path = f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}"
        self._wake = Wake()
        self._gone = False
        self._node_gone = False
        self._started_at = _started_at(pod)
        self._told: Container | None = None
        self._now = Container(restarts=_restarts(pod))
        self._failures = 0
        self._tokens: list[tuple[Path, int, float]] = []

    # What the kubelet says, from its own threads.

    def update(self, pod: dict[str, Any]) -> None:
        """The pod's object changed."""
        self._pod = pod
        if self._told is not None and self._told.ready != pod_status.is_ready(pod):
            # The node controller takes the readiness of pods away whose node it has not heard of for a while.
            self._told = None
            self._wake.ring()
        if "deletionTimestamp" in pod["metadata"]:
            self._wake.ring()

    def lost(self, *, node: bool) -> None:
        """The pod's object is gone; with `node` its machine, and with that everything at once."""
        self._gone = True
        self._node_gone = self._node_gone or node
        self._wake.ring()

    # The pod's life, in the thread.

    def run(self) -> None:
        """Until the pod is gone."""
        try:
            while not self._ending():
                self._attempt()
            if not self._gone:
                # The container is gone: a kubelet says that the pod has ended, and then the object may go, too.
                never_ran = Ended(code=KILLED, started_at=self._started_at, finished_at=time.time())
                self._now = replace(self._now, completed=self._now.last or never_ran)
                self._tell()
                self._delete()
        finally:
            shutil.rmtree(self._mount_point, ignore_errors=True)

    def _ending(self) -> bool:
        return self._gone or "deletionTimestamp" in self._pod["metadata"]

    def _attempt(self) -> None:
        """Start the container and stay with it to its end, or say why it cannot be started."""
        self._tell()
        try:
            made = pod_spec.container(self._pod)
            variables = pod_spec.environment(self._pod, made, address=self._address, mount_point=self._mount_point)
            command = self._command([*made.get("command", ()), *made.get("args", ())], made, variables)
            volumes = pod_spec.volumes(self._pod, made)
            probes = {kind: pod_spec.probe(made, kind) for kind in pod_spec.PROBES}
            laid = mounting.lay_down(self._sandbox.api, self._pod, volumes, self._mount_point)
        except Unstartable as error:
            reason = "ContainerCreating" if str(error).startswith("MountVolume") else "CreateContainerError"
            self._now = replace(self._now, waiting=(reason, str(error)))
            self._tell()
            self._wake.wait(RETRY_SECONDS)
            return
        now = time.time()
        self._tokens = [(path, seconds, now + seconds * mounting.RENEW_SHARE) for path, seconds in laid]
        child = Child(command, environment=self._environment(variables), log=self._log)
        try:
            probers = {
                kind: Prober(probe, self._address, time.time()) for kind, probe in probes.items() if probe is not None
            }
            ended = self._attend(child, made, variables, probers)
        finally:
            child.close()
        self._now = replace(self._now, running_since=None, ready=False, last=ended)
        if not self._ending():
            self._back_off(made["name"], ended)

    def _attend(
        self, child: Child, made: pod_spec.Object, variables: dict[str, str], probers: dict[pod_spec.Kind, Prober]
    ) -> Ended:
        """Stay with the process until it has ended, by itself or because it has to."""
        started_at = time.time()
        self._now = replace(self._now, running_since=started_at, ready=not probers)
        boot = self._boot()
        seen = self._store.changed_at()
        while child.code() is None:
            self._now = replace(self._now, ready=self._ask(probers))
            self._tell()
            if self._node_gone or (seen != (seen := self._store.changed_at()) and self._boot() != boot):
                child.signal(signal.SIGKILL)
                child.wait(KILL_SECONDS)
                break
            if self._ending():
                self._take_down(child, made, variables)
                break
            if any(probers[kind].failed_out for kind in DEADLY if kind in probers):
                self._stop(child, float(self._pod["spec"].get("terminationGracePeriodSeconds", 30)))
                break
            self._renew_tokens()
            due = [prober.next_at for prober in probers.values()]
            self._wake.wait(min([WATCH_SECONDS, *(at - time.time() for at in due)]), child)
        code = child.code() or 0
        message = pod_status.termination_message(child.output()) if self._falls_back(made) and code else ""
        return Ended(code=code, started_at=started_at, finished_at=time.time(), message=message)

    def _ask(self, probers: dict[pod_spec.Kind, Prober]) -> bool:
        """Whether the container is ready by its probes; the startup probe comes first."""
        now = time.time()
        startup = probers.get("startupProbe")
        if startup is not None and not startup.passes:
            startup.ask(now)
            for prober in probers.values():
                prober.next_at = startup.next_at
            return False
        for kind, prober in probers.items():
            if kind != "startupProbe":
                prober.ask(now)
        if startup is not None:
            # It has passed, and is not asked again.
            startup.next_at = now + WATCH_SECONDS
        readiness = probers.get("readinessProbe")
        return readiness is None or readiness.passes

    def _take_down(self, child: Child, made: pod_spec.Object, variables: dict[str, str]) -> None:
        """preStop, SIGTERM, and SIGKILL when the grace is over; a pod whose object is gone has little grace."""
        grace = KILL_SECONDS
        if not self._gone:
            grace = float(self._pod["metadata"].get("deletionGracePeriodSeconds", 30))
        deadline = time.monotonic() + grace
        hook = ((made.get("lifecycle") or {}).get("preStop") or {}).get("exec")
        if hook and not self._gone:
            try:
                command = self._command(hook["command"], made, variables)
            except Unstartable:
                command = []
            if command:
                leaving = Child(command, environment=self._environment(variables), log=self._log)
                try:
                    leaving.wait(deadline - time.monotonic())
                finally:
                    leaving.close()
        self._stop(child, deadline - time.monotonic())

    def _stop(self, child: Child, seconds: float) -> None:
        child.signal(signal.SIGTERM)
        # The kubelet leaves two seconds after a preStop that took all of the grace.
        if not child.wait(max(KILL_SECONDS, seconds)):
            child.signal(signal.SIGKILL)
            child.wait(KILL_SECONDS)

    def _back_off(self, name: str, ended: Ended) -> None:
        if ended.finished_at - ended.started_at > BACKOFF_FORGOTTEN:
            self._failures = 0
        pause = BACKOFF[min(self._failures, len(BACKOFF) - 1)]
        self._failures += 1
        self._now = replace(
            self._now,
            restarts=self._now.restarts + 1,
            waiting=("CrashLoopBackOff", f"back-off {pause:.0f}s restarting failed container={name}"),
        )
        deadline = time.monotonic() + pause
        while pause and not self._ending() and (left := deadline - time.monotonic()) > 0:
            self._tell()
            self._wake.wait(left)

    def _delete(self) -> None:
        """Let the API server drop the object."""
        body = {
            "apiVersion": "v1",
            "kind": "DeleteOptions",
            "gracePeriodSeconds": 0,
            "preconditions": {"uid": self._pod["metadata"]["uid"]},
        }
        while not self._gone:
            try:
                self._sandbox.api.request("DELETE", self._path, body=body)
            except ApiError as error:
                if error.code in (404, 409):
                    return
                self._wake.wait(RETRY_SECONDS)
            else:
                return

    # Small parts.

    def _command(self, command: list[str], made: pod_spec.Object, variables: dict[str, str]) -> list[str]:
        return [
            sys.executable,
            "-m",
            "sandbox.windows_nodes.supervisor",
            f"--stores={self._store.directory}",
            f"--node={self._node}",
            f"--image={made['image']}",
            *pod_spec.arguments(command, variables),
        ]

    def _environment(self, variables: dict[str, str]) -> dict[str, str]:
        server = urlsplit(self._sandbox.server)
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "images" / "docker-engine")]),
            "PYTHONUNBUFFERED": "1",
            "KUBERNETES_SERVICE_HOST": server.hostname or "",
            "KUBERNETES_SERVICE_PORT": str(server.port),
            **variables,
        }

    @property
    def _log(self) -> Path:
        return places.log(self._sandbox.directory, self._node)

    def _falls_back(self, made: pod_spec.Object) -> bool:
        return bool(made.get("terminationMessagePolicy") == "FallbackToLogsOnError")

    def _boot(self) -> int:
        try:
            return int(self._store.read()["boots"])
        except NoSuchNode:
            return 0

    def _renew_tokens(self) -> None:
        now = time.time()
        for index, (path, seconds, due) in enumerate(self._tokens):
            if now >= due:
                try:
                    mounting.renew(self._sandbox.api, self._pod, path, seconds)
                except Unstartable:
                    self._tokens[index] = (path, seconds, now + RETRY_SECONDS)
                else:
                    self._tokens[index] = (path, seconds, now + seconds * mounting.RENEW_SHARE)

    def _tell(self) -> None:
        """Write the status, if there is something new. One that cannot be written now is written with the next."""
        if self._now == self._told or self._gone:
            return
        status = pod_status.status(
            self._pod, self._now, started_at=self._started_at, address=self._address, changed_at=time.time()
        )
        try:
            self._sandbox.api.request(
                "PATCH",
                f"{self._path}/status",
                body={"metadata": {"uid": self._pod["metadata"]["uid"]}, "status": status},
                content_type="application/strategic-merge-patch+json",
            )
        except ApiError as error:
            if error.code == 404:
                self._gone = True
            return
        self._told = self._now


def _started_at(pod: dict[str, Any]) -> float:
    known = pod.get("status", {}).get("startTime")
    return pod_status.seconds(known) if known else time.time()


def _restarts(pod: dict[str, Any]) -> int:
    """Those so far; a container of an earlier run of this process counts as one that ended."""
    known = pod.get("status", {}).get("containerStatuses") or [{}]
    return int(known[0].get("restartCount", 0)) + int("running" in known[0].get("state", {}))
