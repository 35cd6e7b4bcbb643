"""One sandbox's control plane, from its folder: start, stop, status.

Everything about it is in the folder, so any process may ask for its status or stop it; nothing depends on the one
that started it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from sandbox.control_plane import components as parts
from sandbox.control_plane import credentials, ports, processes
from sandbox.control_plane.api import Api
from sandbox.control_plane.binaries import Binaries
from sandbox.control_plane.components import Component, Paths
from sandbox.control_plane.errors import ControlPlaneError, tail
from sandbox.control_plane.files import PRIVATE_DIRECTORY, write_private
from sandbox.control_plane.health import Prober
from sandbox.control_plane.lock import exclusive
from sandbox.control_plane.status import ComponentStatus, Status

START_SECONDS = 120.0
"""Bound of a start, on a slow and busy machine. On two idle cores it takes about 5 seconds."""
LOCK_SECONDS = 180.0
PROBE_SECONDS = 3.0
POLL_SECONDS = 0.05
# Each group ends before the next begins to: what writes goes before what it writes to. Only etcd has something to lose;
# the others take their full time when what they talk to is gone, and are ended soon.
STOP_ORDER = (
    (("windows-nodes", "kwok", "kube-scheduler", "kube-controller-manager"), 3.0),
    (("kube-apiserver",), 3.0),
    (("etcd",), 10.0),
)


class ControlPlane:
    """A real Kubernetes control plane on loopback, with kwok and `windows-nodes` in the place of kubelets.

    `directory` is its folder, made on the first start; several stand side by side. `context` is the name of the one
    context in `kubeconfig`: what the stack file asks for. etcd does not wait for the disk (`--unsafe-no-fsync`): a
    crash of the machine, unlike a crash of a process, may cost the data.
    """

    def __init__(self, directory: Path, binaries: Binaries, *, context: str) -> None:
        self._paths = Paths(directory=directory.absolute())
        self._binaries = binaries
        self._context = context
        self._record = processes.Record(self._paths.processes)
        self.kubeconfig: Path = self._paths.kubeconfig
        """For an administrator; mode 0600, refers to no other file. Exists from the first start on."""

    def start(self) -> None:
        """Return when all components are healthy and pods can be made.

        A healthy control plane is left alone. One of which a part is missing or ill is stopped and started anew on
        its data. If a start fails or is interrupted, nothing that it started remains. Raises `ControlPlaneError`
        that names the component, the last lines of its log and the log's path.
        """
        self._binaries.check()
        with exclusive(self._paths.directory, LOCK_SECONDS):
            if self.status().healthy:
                self._write_kubeconfigs(ports.remembered(self._paths.ports))
                return
            _end_processes(self._record)
            try:
                self._start()
            except BaseException:
                _end_processes(self._record)
                raise

    def stop(self, *, erase: bool) -> None:
        """End all processes and wait until they are gone; with `erase` forget data, keys, ports and logs too."""
        stop(self._paths.directory, erase=erase)

    def status(self) -> Status:
        """Each component, asked now. Changes nothing; never raises for a sandbox that is not there."""
        chosen = ports.remembered(self._paths.ports)
        recorded = self._record.read()
        prober = Prober(self._paths.secrets) if recorded else None
        known: dict[str, ComponentStatus] = {}
        for component in self._components(chosen) if set(ports.NAMES) <= set(chosen) else ():
            identity = recorded.get(component.name)
            running = identity is not None and processes.alive(identity)
            healthy = (
                running
                and all(known[name].healthy for name in component.requires)
                and prober is not None
                and prober.well(component, chosen[component.name], timeout_seconds=PROBE_SECONDS)
            )
            known[component.name] = ComponentStatus(
                name=component.name,
                running=running,
                healthy=healthy,
                pid=identity.pid if identity is not None and running else None,
                port=chosen[component.name],
            )
        absent = (ComponentStatus(name=name, running=False, healthy=False, pid=None, port=None) for name in parts.NAMES)
        return Status(components=tuple(known.values()) or tuple(absent))

    def _components(self, chosen: dict[str, int]) -> tuple[Component, ...]:
        return parts.components(self._paths, self._binaries, chosen)

    def _start(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        self._paths.directory.chmod(PRIVATE_DIRECTORY)
        self._paths.logs.mkdir(mode=PRIVATE_DIRECTORY, exist_ok=True)
        credentials.ensure(self._paths.secrets)
        chosen = ports.assign(self._paths.ports)
        self._write_kubeconfigs(chosen)
        prober = Prober(self._paths.secrets)
        store, server, *workers = self._components(chosen)

        def await_health(component: Component) -> None:
            self._await(
                component,
                lambda: prober.well(component, chosen[component.name], timeout_seconds=PROBE_SECONDS),
                "to become healthy",
                deadline,
            )

        self._spawn(store)
        # The API server takes a second to load; it needs etcd only after that.
        self._spawn(server)
        await_health(store)
        await_health(server)
        with Api(self.kubeconfig) as api:
            parts.prepare_for_kwok(api, self._binaries.kwok_module)
            parts.prepare_for_windows_nodes(api)
            for worker in workers:
                self._spawn(worker)
            for worker in workers:
                await_health(worker)
            # Until then pods are refused: their service account is missing.
            self._await(
                workers[0],
                lambda: api.find("/api/v1/namespaces/default/serviceaccounts/default") is not None,
                "to make the service account default/default",
                deadline,
            )

    def _spawn(self, component: Component) -> None:
        processes.spawn(
            component.name,
            component.command,
            environment={**self._environment(), **component.environment},
            log=self._paths.log(component.name),
            record=self._record,
        )

    def _environment(self) -> dict[str, str]:
        """What the components see of the caller's environment: no proxies, no kubeconfig, no settings of kwok."""
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self._paths.directory),
            # A fifth less memory in all (API server: 490 to 350 MB) for no time that shows.
            "GOGC": "50",
        }

    def _await(self, component: Component, condition: Callable[[], bool], what: str, deadline: float) -> None:
        identity = self._record.read()[component.name]
        while not condition():
            if not processes.alive(identity):
                raise self._failure(component, "ended")
            if time.monotonic() > deadline:
                raise self._failure(component, f"took more than {START_SECONDS:.0f} seconds {what}")
            time.sleep(POLL_SECONDS)

    def _failure(self, component: Component, what: str) -> ControlPlaneError:
        log = self._paths.log(component.name)
        return ControlPlaneError(
            f"{component.name} {what} while the sandbox was starting. The end of its log, {log}:\n{tail(log)}"
        )

    def _write_kubeconfigs(self, chosen: dict[str, int]) -> None:
        for user in credentials.USERS:
            own = user is credentials.ADMIN
            write_private(
                self.kubeconfig if own else self._paths.user_kubeconfig(user),
                credentials.kubeconfig(
                    directory=self._paths.secrets,
                    user=user,
                    port=chosen["kube-apiserver"],
                    context=self._context if own else user.key,
                ),
            )


def stop(directory: Path, *, erase: bool) -> None:
    """As `ControlPlane.stop`, for whoever knows the folder alone: it takes no binaries to end what runs."""
    if not directory.is_dir():
        return
    paths = Paths(directory=directory.absolute())
    with exclusive(paths.directory, LOCK_SECONDS) as lock:
        _end_processes(processes.Record(paths.processes))
        if erase:
            _erase(paths, lock)


def _end_processes(record: processes.Record) -> None:
    recorded = record.read()
    for group, grace_seconds in STOP_ORDER:
        processes.stop((recorded[name] for name in group if name in recorded), grace_seconds=grace_seconds)
    record.clear()


def _erase(paths: Paths, lock: Path) -> None:
    """Remove what is ours. The folder itself goes only when nothing else is in it."""
    for tree in (paths.data, paths.logs, paths.secrets, paths.volume_plugins, paths.windows_nodes):
        shutil.rmtree(tree, ignore_errors=True)
    for file in (paths.ports, paths.kubeconfig, lock):
        file.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        paths.directory.rmdir()
