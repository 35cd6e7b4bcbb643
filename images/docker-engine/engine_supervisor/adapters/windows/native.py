"""The real Windows behind `seams`: programs, registry, kernel and pipes. Services and HNS are in modules of their own.

ctypes loads libraries from System32 only. `WinDLL` and its error number are looked up by name, since type checkers on
other systems do not know them.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from typing import IO, Any, Final

from engine_supervisor.adapters.windows.seams import Finished, Node
from engine_supervisor.ports import Failed

_SHARED_DATA: Final = 0x7FFE0000
_BOOT_ID: Final = 0x2C4
"""`KUSER_SHARED_DATA.BootId`, "boot sequence, incremented for each boot attempt by the OS loader" (ntddk.h). The page
is mapped for reading at the same address of every process."""
_QUERY_LIMITED_INFORMATION: Final = 0x1000
_TERMINATE: Final = 0x0001
_EPOCH: Final = 116_444_736_000_000_000
"""1970 in 100 nanoseconds since 1601."""
_SEARCH_SYSTEM32: Final = 0x00000800


def node() -> Node:
    """The node that this program runs on."""
    from engine_supervisor.adapters.windows.native_networks import HostNetworkService
    from engine_supervisor.adapters.windows.native_services import ServiceControlManager

    return Node(
        run=run,
        registry=LocalMachine(),
        services=ServiceControlManager(),
        kernel=WindowsKernel(),
        networks=HostNetworkService(),
        environment=dict(os.environ),
        pipes=pipes,
    )


def load(name: str) -> Any:
    """A library of System32."""
    return vars(ctypes)["WinDLL"](name, winmode=_SEARCH_SYSTEM32, use_last_error=True)


def run(argv: Sequence[str], *, seconds: float) -> Finished:
    """See `seams.Run`."""
    try:
        # Files, not pipes: one that the program has started may hold those open for as long as it runs.
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
            done = subprocess.run(
                list(argv), stdin=subprocess.DEVNULL, stdout=output, stderr=errors, timeout=seconds, check=False
            )
            return Finished(code=done.returncode, output=_text(output), errors=_text(errors))
    except subprocess.TimeoutExpired as error:
        raise Failed(f"{argv[0]} did not end in {seconds:.0f} s") from error
    except OSError as error:
        raise Failed(f"{argv[0]} cannot be run: {error}") from error


def _text(file: IO[bytes]) -> str:
    """Programs of Windows write in the console's code page; nothing that is parsed here is beyond ASCII."""
    file.seek(0)
    return file.read().decode("utf-8", "replace").replace("\r\n", "\n")


def pipes() -> dict[str, int]:
    r"""Named pipes with their instances, which the directory `\\.\pipe\` gives as their sizes."""
    try:
        with os.scandir("\\\\.\\pipe\\") as found:
            return {entry.name: entry.stat(follow_symlinks=False).st_size for entry in found}
    except OSError:
        return {}


class LocalMachine:
    """See `seams.Registry`."""

    def __init__(self) -> None:
        self._winreg: Any = importlib.import_module("winreg")

    def value(self, key: str, name: str) -> Any:
        """See `seams.Registry`."""
        return self.values(key).get(name)

    def values(self, key: str) -> Mapping[str, Any]:
        """See `seams.Registry`."""
        try:
            with self._winreg.OpenKey(self._winreg.HKEY_LOCAL_MACHINE, key) as opened:
                _, count, _ = self._winreg.QueryInfoKey(opened)
                found = [self._winreg.EnumValue(opened, position) for position in range(count)]
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise Failed(f"the registry's key {key}: {error}") from error
        return {name: value for name, value, _ in found}


class WindowsKernel:
    """See `seams.Kernel`."""

    def __init__(self) -> None:
        self._kernel = load("kernel32.dll")
        self._kernel.GetTickCount64.restype = ctypes.c_uint64
        self._kernel.OpenProcess.restype = ctypes.c_void_p
        self._kernel.OpenProcess.argtypes = (ctypes.c_uint32, ctypes.c_int, ctypes.c_uint32)
        self._kernel.GetProcessTimes.argtypes = (ctypes.c_void_p, *[ctypes.POINTER(ctypes.c_uint64)] * 4)
        self._kernel.TerminateProcess.argtypes = (ctypes.c_void_p, ctypes.c_uint32)
        self._kernel.CloseHandle.argtypes = (ctypes.c_void_p,)
        self._kernel.GetLongPathNameW.argtypes = (ctypes.c_wchar_p, ctypes.c_wchar_p, ctypes.c_uint32)

    def boot_id(self) -> int:
        """See `seams.Kernel`."""
        return ctypes.c_uint32.from_address(_SHARED_DATA + _BOOT_ID).value

    def uptime_seconds(self) -> float:
        """See `seams.Kernel`."""
        milliseconds: int = self._kernel.GetTickCount64()
        return milliseconds / 1000

    def process_began_at(self, pid: int) -> float | None:
        """See `seams.Kernel`."""
        process = self._kernel.OpenProcess(_QUERY_LIMITED_INFORMATION, False, pid)
        if not process:
            return None
        try:
            # FILETIMEs: two halves of 32 bits, low first, as one number of 64 has them in memory.
            began, ended, kernel, user = (ctypes.c_uint64() for _ in range(4))
            if not self._kernel.GetProcessTimes(process, began, ended, kernel, user):
                return None
        finally:
            self._kernel.CloseHandle(process)
        return (began.value - _EPOCH) / 10_000_000

    def end_process(self, pid: int) -> None:
        """See `seams.Kernel`."""
        process = self._kernel.OpenProcess(_TERMINATE, False, pid)
        if not process:
            return
        try:
            self._kernel.TerminateProcess(process, 1)
        finally:
            self._kernel.CloseHandle(process)

    def long_path(self, path: str) -> str:
        """See `seams.Kernel`."""
        size = self._kernel.GetLongPathNameW(path, None, 0)
        if not size:
            return path
        buffer = ctypes.create_unicode_buffer(size)
        return buffer.value if self._kernel.GetLongPathNameW(path, buffer, size) else path

    def loads(self, library: str) -> bool:
        """See `seams.Kernel`."""
        try:
            load(library)
        except OSError:
            return False
        return True
