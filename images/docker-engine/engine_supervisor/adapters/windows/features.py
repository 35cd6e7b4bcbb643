"""The Windows feature Containers: whether it is there, and its installation.

Looked for as dockerd does (moby/moby daemon/daemon_windows.go `checkSystem`): vmcompute.dll can be loaded, and the
services hns and vmcompute exist. DISM is asked only where it is missing, since it takes seconds.
"""

from __future__ import annotations

from typing import Final

from engine_supervisor.adapters.windows.seams import Node
from engine_supervisor.ports import Failed
from engine_supervisor.world import Feature

_NAME: Final = "Containers"
_LIBRARY: Final = "vmcompute.dll"
_SERVICES: Final = ("hns", "vmcompute")
_SUCCESS_REBOOT_REQUIRED: Final = 3010
_ASK_SECONDS: Final = 120.0
_INSTALL_SECONDS: Final = 1800.0


def look(node: Node) -> Feature:
    """The feature now."""
    there = node.kernel.loads(_LIBRARY) and all(node.services.registration(name) for name in _SERVICES)
    if there:
        return Feature.PRESENT
    asked = node.run(
        [node.system_program("dism.exe"), "/Online", "/English", "/Get-FeatureInfo", f"/FeatureName:{_NAME}"],
        seconds=_ASK_SECONDS,
    )
    # Enabled, yet not there: it was installed, and the boot that completes it has not been.
    pending = asked.code == 0 and state(asked.output) in ("enable pending", "enabled")
    return Feature.REBOOT_PENDING if pending else Feature.ABSENT


def install(node: Node) -> None:
    """Install it, without the reboot that it needs."""
    done = node.run(
        [
            node.system_program("dism.exe"),
            "/Online",
            "/English",
            "/Enable-Feature",
            f"/FeatureName:{_NAME}",
            "/All",
            "/NoRestart",
            "/Quiet",
        ],
        seconds=_INSTALL_SECONDS,
    )
    if done.code not in (0, _SUCCESS_REBOOT_REQUIRED):
        raise Failed(rf"installation of the Windows feature {_NAME}: {done.words}; see C:\Windows\Logs\DISM\dism.log")


def reboot(node: Node) -> None:
    """Restart the node in a few seconds, so that this program can still say why."""
    done = node.run(
        [
            node.system_program("shutdown.exe"),
            "/r",
            "/t",
            "5",
            # Planned; operating system: reconfiguration.
            "/d",
            "p:2:4",
            "/c",
            f"buildfleet: the Windows feature {_NAME} takes effect with a restart",
        ],
        seconds=30,
    )
    # winerror.h
    shutdown_in_progress, shutdown_is_scheduled = 1115, 1190
    if done.code not in (0, shutdown_in_progress, shutdown_is_scheduled):
        raise Failed(f"restart of the node: {done.words}")


def state(output: str) -> str:
    """The word behind `State :` in DISM's English output, in lower case; empty when there is none."""
    for line in output.splitlines():
        name, colon, value = line.partition(":")
        if colon and name.strip() == "State":
            return value.strip().lower()
    return ""
