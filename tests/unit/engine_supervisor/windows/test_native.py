"""What stands directly on Windows, as far as it can run elsewhere: programs, and the calls to pywin32.

The calls are held against a stand-in with the names and shapes of pywin32 312; docs/not-verified.md has what only a
node can tell.
"""

from __future__ import annotations

import sys
import types
from typing import Any

import pytest

from engine_supervisor.adapters.windows import native
from engine_supervisor.adapters.windows.native_services import ServiceControlManager
from engine_supervisor.adapters.windows.seams import CONTROL_PARAMCHANGE, Registration, ServiceError, Status
from engine_supervisor.ports import Failed
from engine_supervisor.world import Running


def test_a_program_tells_its_code_and_words() -> None:
    done = native.run(
        [sys.executable, "-c", "import sys; print('a'); print('b', file=sys.stderr); sys.exit(3)"], seconds=20
    )

    assert (done.code, done.output, done.errors, done.words) == (3, "a\n", "b\n", "a b")


def test_a_program_that_says_nothing_is_told_by_its_code() -> None:
    assert native.run([sys.executable, "-c", "raise SystemExit(4)"], seconds=20).words == "exit code 4"


def test_a_program_that_does_not_end_in_time_is_a_failure() -> None:
    with pytest.raises(Failed, match=r"did not end in 0 s"):
        native.run([sys.executable, "-c", "import time; time.sleep(60)"], seconds=0.2)


def test_a_program_ends_although_one_that_it_started_holds_its_output() -> None:
    started = (
        "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(5)']); print('a')"
    )

    assert native.run([sys.executable, "-c", started], seconds=4).output == "a\n"


def test_a_program_that_is_not_there_is_a_failure() -> None:
    with pytest.raises(Failed, match=r"no-such-program cannot be run"):
        native.run(["/no-such-program"], seconds=1)


class Error(Exception):
    def __init__(self, winerror: int, strerror: str) -> None:
        super().__init__(winerror, "Function", strerror)
        self.winerror, self.strerror = winerror, strerror


class PyWin32(types.ModuleType):
    """Modules `win32service` and `pywintypes` in one."""

    SERVICE_NO_CHANGE = -1
    error = Error

    def __init__(self) -> None:
        super().__init__("win32service")
        self.calls: list[tuple[Any, ...]] = []
        self.open = 0
        self.actions: Any = ((1, 15000), (1, 15000), (0, 0))
        self.fails: Error | None = None

    def OpenSCManager(self, machine: None, database: None, access: int) -> str:
        self.open += 1
        self.calls.append(("OpenSCManager", access))
        return "manager"

    def OpenService(self, manager: str, name: str, access: int) -> str:
        if self.fails:
            raise self.fails
        self.open += 1
        self.calls.append(("OpenService", name, access))
        return "service"

    def CloseServiceHandle(self, handle: str) -> None:
        self.open -= 1

    def QueryServiceConfig(self, handle: str) -> tuple[Any, ...]:
        return (16, 2, 1, r"C:\dockerd.exe --run-service", "", 0, None, "LocalSystem", "Docker Engine")

    def QueryServiceConfig2(self, handle: str, level: int) -> dict[str, Any]:
        assert level == 2
        return {"ResetPeriod": 86400, "RebootMsg": "", "Command": "", "Actions": self.actions}

    def QueryServiceStatusEx(self, handle: str) -> dict[str, int]:
        return {"CurrentState": 4, "ProcessId": 4711}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *arguments: self.calls.append((name, *arguments))


@pytest.fixture
def pywin32(monkeypatch: pytest.MonkeyPatch) -> PyWin32:
    module = PyWin32()
    monkeypatch.setitem(sys.modules, "win32service", module)
    monkeypatch.setitem(sys.modules, "pywintypes", module)
    return module


def test_a_service_is_read_and_its_handles_are_closed(pywin32: PyWin32) -> None:
    services = ServiceControlManager()

    assert services.registration("docker") == Registration(
        command_line=r"C:\dockerd.exe --run-service", start=2, recovers=True
    )
    assert services.status("docker") == Status(state=Running.RUNNING, pid=4711)
    assert pywin32.open == 0


@pytest.mark.parametrize("actions", [None, (), ((0, 0), (0, 0), (0, 0))])
def test_recovery_by_nothing_is_none(pywin32: PyWin32, actions: Any) -> None:
    pywin32.actions = actions

    found = ServiceControlManager().registration("docker")

    assert found is not None
    assert not found.recovers


def test_a_service_that_does_not_exist_is_an_answer_and_another_error_is_not(pywin32: PyWin32) -> None:
    services = ServiceControlManager()
    pywin32.fails = Error(1060, "The specified service does not exist as an installed service.")
    assert services.registration("docker") is None
    assert services.status("docker") is None
    with pytest.raises(ServiceError):
        services.start("docker")

    pywin32.fails = Error(5, "Access is denied.")
    with pytest.raises(ServiceError, match=r"Access is denied\. \(error 5\)") as raised:
        services.status("docker")
    assert raised.value.code == 5
    assert isinstance(raised.value, Failed)
    assert pywin32.open == 0


def test_each_request_asks_for_the_rights_it_needs_and_no_more(pywin32: PyWin32) -> None:
    services = ServiceControlManager()

    services.start_on_demand("docker")
    services.never_recover("docker")
    services.start("docker")
    services.control("docker", CONTROL_PARAMCHANGE)
    services.delete("docker")

    same = pywin32.SERVICE_NO_CHANGE
    assert [call for call in pywin32.calls if call[0] != "OpenSCManager"] == [
        ("OpenService", "docker", 0x0002),
        ("ChangeServiceConfig", "service", same, 3, same, None, None, False, None, None, None, None),
        ("OpenService", "docker", 0x0012),
        (
            "ChangeServiceConfig2",
            "service",
            2,
            {"ResetPeriod": 0, "RebootMsg": "", "Command": "", "Actions": ((0, 0), (0, 0), (0, 0))},
        ),
        ("OpenService", "docker", 0x0010),
        ("StartService", "service", None),
        ("OpenService", "docker", 0x0040),
        ("ControlService", "service", 6),
        ("OpenService", "docker", 0x00010000),
        ("DeleteService", "service"),
    ]
    assert pywin32.open == 0
