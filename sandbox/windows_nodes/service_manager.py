"""What Windows allows with the service `docker` of a simulated node, with its own error numbers.

Source of the numbers and texts: System Error Codes, https://learn.microsoft.com/windows/win32/debug/system-error-codes.
Pure functions over the store's content.
"""

from __future__ import annotations

from typing import Final

from engine_supervisor.ports import Failed
from engine_supervisor.world import Target
from sandbox.windows_nodes import machine
from sandbox.windows_nodes.store import State

NAME: Final = "docker"


def create(state: State, target: Target) -> None:
    """Register the service, stopped, on demand and without recovery."""
    if state["service"] is not None:
        raise Failed("CreateService FAILED 1073: The specified service already exists.")
    state["service"] = {
        "owner": "us",
        "target": {"version": target.version, "configuration": target.configuration},
        "guarded": True,
        "state": "stopped",
        "pid": None,
        "began_at": None,
        "wipes_at": None,
        "answers_at": None,
        "ends_at": None,
    }


def delete(state: State) -> None:
    """Take the registration away."""
    if _registered(state)["state"] != "stopped":
        # Windows would only mark it, and refuse every registration of the name until the process has ended.
        raise Failed("DeleteService FAILED 1072: The specified service has been marked for deletion.")
    state["service"] = None


def start(state: State, now: float) -> None:
    """Start the service's process."""
    service = _registered(state)
    if service["state"] != "stopped":
        raise Failed("StartService FAILED 1056: An instance of the service is already running.")
    target = service["target"]
    if target is not None and target["version"] not in state["versions"]:
        raise Failed("StartService FAILED 2: The system cannot find the file specified.")
    if target is not None and configuration_key(target) not in state["configurations"]:
        raise Failed(
            "StartService FAILED 1053: The service did not respond to the start or control request in a timely "
            "fashion. The event log: unable to configure the Docker daemon with file: it does not exist"
        )
    machine.begin(state, now)


def stop(state: State) -> None:
    """Stop the service's process."""
    if _registered(state)["state"] == "stopped":
        raise Failed("ControlService FAILED 1062: The service has not been started.")
    machine.end(state, "")


def delete_version(state: State, version: str) -> None:
    """Delete a version's folder, and the configurations in it."""
    service = state["service"]
    in_use = service is not None and service["state"] != "stopped" and service["target"] is not None
    if in_use and service["target"]["version"] == version:
        raise Failed(f"deleting the folder of {version}: Access is denied (5): dockerd.exe runs from it")
    state["versions"] = [one for one in state["versions"] if one != version]
    state["configurations"] = {
        key: text for key, text in state["configurations"].items() if not key.startswith(f"{version}-")
    }


def configuration_key(target: State) -> str:
    """Key of a target's `daemon.json` in the store."""
    return f"{target['version']}-{target['configuration']}"


def _registered(state: State) -> State:
    service: State | None = state["service"]
    if service is None:
        raise Failed("OpenService FAILED 1060: The specified service does not exist as an installed service.")
    return service
