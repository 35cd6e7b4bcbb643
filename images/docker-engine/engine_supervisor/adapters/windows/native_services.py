"""The service control manager by pywin32, which the Docker SDK needs on Windows anyway."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from engine_supervisor.adapters.windows.seams import (
    CONTROL_PARAMCHANGE,
    CONTROL_STOP,
    ERROR_SERVICE_DOES_NOT_EXIST,
    START_ON_DEMAND,
    Registration,
    ServiceError,
    Status,
)
from engine_supervisor.world import Running

# Access rights and information levels of winsvc.h; a control needs its own right.
_CONNECT: Final = 0x0001
_QUERY: Final = 0x0001 | 0x0004
_CHANGE: Final = 0x0002
_START: Final = 0x0010
_DELETE: Final = 0x00010000
_CONTROLS: Final = {CONTROL_STOP: 0x0020, CONTROL_PARAMCHANGE: 0x0040}
_FAILURE_ACTIONS: Final = 2
_ACTION_NONE: Final = 0
# SERVICE_STOPPED to SERVICE_PAUSED; dockerd cannot be paused.
_STATES: Final = {
    1: Running.STOPPED,
    2: Running.STARTING,
    3: Running.STOPPING,
    4: Running.RUNNING,
    5: Running.RUNNING,
    6: Running.RUNNING,
    7: Running.RUNNING,
}


class ServiceControlManager:
    """See `seams.ServiceManager`."""

    def __init__(self) -> None:
        # Not importable elsewhere, and without types.
        self._service: Any = importlib.import_module("win32service")
        self._error: Any = importlib.import_module("pywintypes").error

    def registration(self, name: str) -> Registration | None:
        """See `seams.ServiceManager`."""
        try:
            with self._opened(name, _QUERY) as handle:
                found = self._service.QueryServiceConfig(handle)
                recovery = self._service.QueryServiceConfig2(handle, _FAILURE_ACTIONS)
        except ServiceError as error:
            if error.code == ERROR_SERVICE_DOES_NOT_EXIST:
                return None
            raise
        return Registration(
            command_line=str(found[3]),
            start=int(found[1]),
            recovers=any(action[0] != _ACTION_NONE for action in recovery.get("Actions") or ()),
        )

    def status(self, name: str) -> Status | None:
        """See `seams.ServiceManager`."""
        try:
            with self._opened(name, _QUERY) as handle:
                found = self._service.QueryServiceStatusEx(handle)
        except ServiceError as error:
            if error.code == ERROR_SERVICE_DOES_NOT_EXIST:
                return None
            raise
        return Status(state=_STATES[int(found["CurrentState"])], pid=int(found["ProcessId"]) or None)

    def start_on_demand(self, name: str) -> None:
        """See `seams.ServiceManager`."""
        same = self._service.SERVICE_NO_CHANGE
        with self._opened(name, _CHANGE) as handle:
            self._service.ChangeServiceConfig(
                handle, same, START_ON_DEMAND, same, None, None, False, None, None, None, None
            )

    def never_recover(self, name: str) -> None:
        """See `seams.ServiceManager`."""
        # Three actions that do nothing: with no action at all Windows keeps those that are there.
        # Setting a restart would need the right to start as well.
        with self._opened(name, _CHANGE | _START) as handle:
            self._service.ChangeServiceConfig2(
                handle,
                _FAILURE_ACTIONS,
                {"ResetPeriod": 0, "RebootMsg": "", "Command": "", "Actions": ((_ACTION_NONE, 0),) * 3},
            )

    def start(self, name: str) -> None:
        """See `seams.ServiceManager`."""
        with self._opened(name, _START) as handle:
            self._service.StartService(handle, None)

    def control(self, name: str, code: int) -> None:
        """See `seams.ServiceManager`."""
        with self._opened(name, _CONTROLS[code]) as handle:
            self._service.ControlService(handle, code)

    def delete(self, name: str) -> None:
        """See `seams.ServiceManager`."""
        with self._opened(name, _DELETE) as handle:
            self._service.DeleteService(handle)

    @contextmanager
    def _opened(self, name: str, access: int) -> Iterator[Any]:
        try:
            manager = self._service.OpenSCManager(None, None, _CONNECT)
            try:
                handle = self._service.OpenService(manager, name, access)
                try:
                    yield handle
                finally:
                    self._service.CloseServiceHandle(handle)
            finally:
                self._service.CloseServiceHandle(manager)
        except self._error as error:
            raise ServiceError(int(error.winerror), str(error.strerror)) from error
