"""The engine's Windows service: look, register, guard, start, stop, reload, remove.

`dockerd --register-service` makes the service start by itself and restart after a crash, and each start of dockerd
deletes the network endpoints of all pods on the node; so both are switched off right after, and looked for again.

The registration's removal is left to dockerd as well: it also removes its source in the event log, without which the
next `--register-service` fails ("registry key already exists"; golang.org/x/sys/windows/svc/eventlog, `Install`).
Source of its options: moby/moby daemon/command/service_windows.go, read 2026-11.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from engine_supervisor import world
from engine_supervisor.adapters.windows import seams
from engine_supervisor.adapters.windows.command_line import configuration_name, owner
from engine_supervisor.ports import Failed
from engine_supervisor.world import Owner, Running, Target

NAME: Final = "docker"
"""The one of Docker's own documentation."""
_REGISTRATION_SECONDS: Final = 60.0
_GONE_SECONDS: Final = 30.0
_STOP_SECONDS: Final = 60.0
"""Beyond the engine's own `shutdown-timeout`."""
_POLL_SECONDS: Final = 0.5


class _Frozen(Exception):
    """The service manager has waited half a minute for dockerd to take a request."""


class EngineService:
    """The service `docker` of one node."""

    def __init__(self, node: seams.Node, *, install_root: Path, shutdown_timeout: float = 15.0) -> None:
        """`shutdown_timeout`: seconds that the engine gives its containers when it stops; dockerd's default is 15."""
        self._node = node
        self._root = install_root
        self._stop_seconds = max(shutdown_timeout, 0.0) + _STOP_SECONDS

    def look(self) -> world.Service:
        """The service now."""
        registered = self._services.registration(NAME)
        status = self._services.status(NAME)
        if registered is None or status is None:
            return world.Service()
        whose, target = self._owner(registered)
        return world.Service(
            owner=whose,
            state=status.state,
            target=target,
            guarded=_is_guarded(registered),
            pid=status.pid,
            started_at=self._node.kernel.process_began_at(status.pid) if status.pid else None,
        )

    def program(self, version: str) -> str:
        """Path of a version's dockerd."""
        return str(self._root / version / "dockerd.exe")

    def configuration(self, target: Target) -> str:
        """Path of a target's `daemon.json`."""
        return str(self._root / target.version / configuration_name(target))

    def register(self, target: Target) -> None:
        """Make the stopped service that of a target, in the place of whatever has the name."""
        found = self.look()
        if found.state is not Running.STOPPED:
            raise Failed(f"the service {NAME} is {found.state.value}: it is registered anew only when it is stopped")
        dockerd, file = self.program(target.version), self.configuration(target)
        for needed in (dockerd, file):
            if not Path(needed).is_file():
                raise Failed(f"the service {NAME} cannot be registered for {target.key}: {needed} is not there")
        if found.target != target:
            if found.owner is not Owner.NOBODY:
                self.unregister(dockerd)
            self._dockerd(dockerd, "--register-service", "--service-name", NAME, "--config-file", file)
        self.guard()
        now = self.look()
        if now.owner is not Owner.US or now.target != target or not now.guarded:
            registered = self._services.registration(NAME)
            raise Failed(
                f"the service {NAME} was registered for {target.key}, and is afterwards: "
                f"{registered.command_line if registered else 'not there'}, guarded: {now.guarded}"
            )

    def unregister(self, dockerd: str) -> None:
        """Remove the stopped service, by the dockerd of any version, and wait until its name is free."""
        self._dockerd(dockerd, "--unregister-service", "--service-name", NAME)
        self._wait_until_gone()

    def remove(self) -> None:
        """Stop and remove the service, with the dockerd it has, or without where that is gone."""
        registered = self._services.registration(NAME)
        if registered is None:
            return
        self.stop()
        _, target = self._owner(registered)
        dockerd = self.program(target.version) if target else ""
        if dockerd and Path(dockerd).is_file():
            self.unregister(dockerd)
            return
        self._ask("deletion", lambda: self._services.delete(NAME), seams.ERROR_SERVICE_MARKED_FOR_DELETE)
        self._node.run(
            [
                self._node.system_program("reg.exe"),
                "delete",
                rf"HKLM\SYSTEM\CurrentControlSet\Services\EventLog\Application\{NAME}",
                "/f",
            ],
            seconds=30,
        )
        self._wait_until_gone()

    def guard(self) -> None:
        """Demand start, no recovery."""
        self._ask("change of the start", lambda: self._services.start_on_demand(NAME))
        self._ask("change of the recovery", lambda: self._services.never_recover(NAME))

    def start(self) -> None:
        """Ask for a start. Returns when dockerd has told the service manager that it begins."""
        self._ask("start", lambda: self._services.start(NAME), seams.ERROR_SERVICE_ALREADY_RUNNING)

    def reload(self) -> None:
        """Make the running engine read its configuration again, which starts nothing."""
        self._ask("reload", lambda: self._services.control(NAME, seams.CONTROL_PARAMCHANGE))

    def stop(self) -> None:
        """Stop the service and wait for the end of its process.

        A dockerd that does not end in its own time and a minute more, or does not take the request, is ended: the node
        is out of service for it.
        """
        status = self._services.status(NAME)
        if status is None or (status.state is Running.STOPPED and not status.pid):
            return
        pid = status.pid
        deadline = self._node.monotonic() + self._stop_seconds
        asked = status.state is Running.STOPPING
        while self._node.monotonic() < deadline:
            if not asked:
                try:
                    asked = self._ask_to_stop()
                except _Frozen:
                    break
            status = self._services.status(NAME)
            if status is None or status.state is Running.STOPPED:
                return
            self._node.pause(_POLL_SECONDS)
        if pid is None:
            raise Failed(f"the service {NAME} did not stop, and has no process to end")
        self._node.kernel.end_process(pid)
        if not self._until(lambda: (found := self._services.status(NAME)) is None or found.state is Running.STOPPED):
            raise Failed(f"the service {NAME} did not stop, and its process {pid} could not be ended")

    @property
    def _services(self) -> seams.ServiceManager:
        return self._node.services

    def _owner(self, registered: seams.Registration) -> tuple[Owner, Target | None]:
        return owner(
            registered.command_line,
            install_root=str(self._root),
            environment=self._node.environment,
            long_path=self._node.kernel.long_path,
        )

    def _ask_to_stop(self) -> bool:
        """Whether the service took the request; one that is only just starting takes none yet."""
        try:
            self._services.control(NAME, seams.CONTROL_STOP)
        except seams.ServiceError as error:
            if error.code == seams.ERROR_SERVICE_CANNOT_ACCEPT_CTRL:
                return False
            if error.code == seams.ERROR_SERVICE_REQUEST_TIMEOUT:
                raise _Frozen from error
            if error.code != seams.ERROR_SERVICE_NOT_ACTIVE:
                raise Failed(f"stop of the service {NAME}: {error}") from error
        return True

    def _ask(self, what: str, call: Callable[[], None], *fine: int) -> None:
        try:
            call()
        except seams.ServiceError as error:
            if error.code not in fine:
                raise Failed(f"{what} of the service {NAME}: {error}") from error

    def _dockerd(self, dockerd: str, *arguments: str) -> None:
        done = self._node.run([dockerd, *arguments], seconds=_REGISTRATION_SECONDS)
        if done.code != 0:
            raise Failed(f"dockerd {arguments[0]}: {done.words}")

    def _wait_until_gone(self) -> None:
        if not self._until(lambda: self._services.registration(NAME) is None):
            raise Failed(
                f"the service {NAME} is marked for deletion and does not go: some program holds a handle to it, often "
                "an open services.msc or Task Manager on the node"
            )

    def _until(self, done: Callable[[], bool]) -> bool:
        deadline = self._node.monotonic() + _GONE_SECONDS
        while not done():
            if self._node.monotonic() >= deadline:
                return False
            self._node.pause(_POLL_SECONDS)
        return True


def _is_guarded(registered: seams.Registration) -> bool:
    return registered.start == seams.START_ON_DEMAND and not registered.recovers
