"""What the supervisors of simulated nodes say of themselves: asked on their own endpoints, as Prometheus would."""

from __future__ import annotations

import http.client
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from sandbox.windows_nodes.addresses import address

TIMEOUT_SECONDS: Final = 2.0
PREFIX: Final = "buildfleet_docker_engine_"
_GIB: Final = 1024**3


def tell(sandbox: Path, pod: Mapping[str, Any]) -> str:
    """One line on the engine of a pod's node: `29.2.1, 93 GiB free`, or why it is not ready.

    `sandbox` is the control plane's folder.
    """
    port = _port(pod)
    metrics = None if port is None else _get(address(sandbox, pod["spec"]["nodeName"]), port, "/metrics")
    if port is None or metrics is None:
        return _reason(pod)
    _, ready = _get(address(sandbox, pod["spec"]["nodeName"]), port, "/readyz") or (0, "")
    version = re.search(rf'^{PREFIX}info{{.*\bversion="([^"]*)"', metrics[1], re.MULTILINE)
    free = re.search(rf"^{PREFIX}disk_free_bytes (\S+)$", metrics[1], re.MULTILINE)
    is_ready = re.search(rf"^{PREFIX}ready 1(\.0)?$", metrics[1], re.MULTILINE) is not None
    facts = ", ".join(
        [
            *([version[1]] if version and version[1] else []),
            *([f"{float(free[1]) / _GIB:.0f} GiB free"] if free else []),
        ]
    )
    return facts if is_ready else f"not ready: {ready.strip()}" + (f" ({facts})" if facts else "")


def _port(pod: Mapping[str, Any]) -> int | None:
    probe = pod["spec"]["containers"][0].get("readinessProbe", {}).get("httpGet")
    if probe is None:
        return None
    named = {one.get("name"): one["containerPort"] for one in pod["spec"]["containers"][0].get("ports", ())}
    return int(named.get(probe["port"], probe["port"]))


def _reason(pod: Mapping[str, Any]) -> str:
    """Of a supervisor that does not answer: what its pod's status has."""
    status = (pod.get("status", {}).get("containerStatuses") or [{}])[0]
    last = status.get("lastState", {}).get("terminated", {}).get("message", "")
    waiting = status.get("state", {}).get("waiting", {})
    said = last.splitlines()[-1] if last else waiting.get("message", "") or waiting.get("reason", "")
    return f"not ready: {said}" if said else "not ready: the supervisor does not answer"


def _get(host: str, port: int, path: str) -> tuple[int, str] | None:
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read().decode(errors="replace")
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
