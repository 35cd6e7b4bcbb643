"""What only Windows has, as protocols: programs that are run, the registry, the service manager, the kernel, HNS.

Small on purpose: what stands behind them cannot be tested without a Windows node, so nothing is decided there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from engine_supervisor.ports import Failed
from engine_supervisor.world import Running

# Of the service control manager (winsvc.h).
START_ON_DEMAND: Final = 3
CONTROL_STOP: Final = 1
CONTROL_PARAMCHANGE: Final = 6
ERROR_SERVICE_REQUEST_TIMEOUT: Final = 1053
ERROR_SERVICE_ALREADY_RUNNING: Final = 1056
ERROR_SERVICE_DOES_NOT_EXIST: Final = 1060
ERROR_SERVICE_CANNOT_ACCEPT_CTRL: Final = 1061
ERROR_SERVICE_NOT_ACTIVE: Final = 1062
ERROR_SERVICE_MARKED_FOR_DELETE: Final = 1072


@dataclass(frozen=True, kw_only=True)
class Finished:
    """A program that has ended."""

    code: int
    output: str = ""
    """Standard output."""
    errors: str = ""
    """Standard error."""

    @property
    def words(self) -> str:
        """The last thing it said, for a reason."""
        said = [line.strip() for line in f"{self.output}\n{self.errors}".splitlines() if line.strip()]
        return " ".join(said[-3:])[-600:] or f"exit code {self.code}"


class Run(Protocol):
    """Runs a program to its end, without a shell."""

    def __call__(self, argv: Sequence[str], *, seconds: float) -> Finished:
        """`ports.Failed` when it cannot be started or does not end in time; an exit code is an answer."""


class Registry(Protocol):
    r"""`HKEY_LOCAL_MACHINE`."""

    def value(self, key: str, name: str) -> Any:
        """One value; `None` where there is none."""

    def values(self, key: str) -> Mapping[str, Any]:
        """All values of a key; none where there is no key."""


class ServiceError(Failed):
    """The service manager refused; `code` is the error number of Windows."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{message} (error {code})")
        self.code = code


@dataclass(frozen=True, kw_only=True)
class Registration:
    """How a service is registered."""

    command_line: str
    start: int
    recovers: bool
    """Whether the service manager does anything when it fails."""


@dataclass(frozen=True, kw_only=True)
class Status:
    """What a service does now."""

    state: Running
    pid: int | None = None


class ServiceManager(Protocol):
    """Windows' service control manager. Each method raises `ServiceError`."""

    def registration(self, name: str) -> Registration | None:
        """`None`: there is no such service."""

    def status(self, name: str) -> Status | None:
        """`None`: there is no such service."""

    def start_on_demand(self, name: str) -> None:
        """Nothing but a request starts the service."""

    def never_recover(self, name: str) -> None:
        """The service manager leaves a failed service alone."""

    def start(self, name: str) -> None:
        """Ask for a start."""

    def control(self, name: str, code: int) -> None:
        """Send `CONTROL_STOP` or `CONTROL_PARAMCHANGE`."""

    def delete(self, name: str) -> None:
        """Delete the service; it goes when its last handle is closed."""


class Kernel(Protocol):
    """What the kernel tells."""

    def boot_id(self) -> int:
        """Counts the boots of this installation; 0 where it is not kept."""

    def uptime_seconds(self) -> float:
        """Since the boot."""

    def process_began_at(self, pid: int) -> float | None:
        """In seconds since the epoch; `None` for a process that has ended."""

    def end_process(self, pid: int) -> None:
        """End a process at once."""

    def long_path(self, path: str) -> str:
        """A path without short (8.3) names; one that does not exist comes back as it is."""

    def loads(self, library: str) -> bool:
        """Whether a library of System32 can be loaded."""


class Networks(Protocol):
    """The host network service (HNS)."""

    def endpoints(self) -> tuple[str, ...]:
        """Ids of all endpoints."""

    def networks(self) -> tuple[Mapping[str, Any], ...]:
        """All networks, in the words of HNS: `ID`, `Name`, `Type`, ..."""

    def delete_network(self, identity: str) -> None:
        """Delete a network."""

    def destroy_layer(self, folder: str) -> None:
        """Delete the folder of a container layer, which ordinary means cannot."""


@dataclass(frozen=True, kw_only=True)
class Node:
    """One node's Windows."""

    run: Run
    registry: Registry
    services: ServiceManager
    kernel: Kernel
    networks: Networks
    environment: Mapping[str, str]
    """Of this process. Python has the names in capitals on Windows."""
    pipes: Callable[[], Mapping[str, int]]
    """Named pipes, with the number of instances of each."""
    now: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    """For how long something takes: the node's clock is set now and then."""
    pause: Callable[[float], None] = time.sleep

    def system_program(self, name: str) -> str:
        """Full path of a program of System32, so that no PATH decides what runs as SYSTEM."""
        root = self._variable("SYSTEMROOT", r"C:\Windows")
        return rf"{root}\System32\{name}"

    @property
    def state_folder(self) -> Path:
        """Where the supervisor keeps what it remembers on the node."""
        return Path(self._variable("PROGRAMDATA", r"C:\ProgramData")) / "buildfleet" / "docker-engine"

    def _variable(self, name: str, default: str) -> str:
        return next((value for one, value in self.environment.items() if one.upper() == name and value), default)
