"""What `make status` tells of an engine, from its supervisor's own endpoints."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from engine_supervisor.program import Metrics
from sandbox.windows_nodes import reports
from sandbox.windows_nodes.addresses import address

NODE = "akswin22000000"


class Supervisor:
    """Serves real metrics, and what it is told to say of its readiness."""

    def __init__(self, host: str) -> None:
        self.metrics = Metrics()
        self.ready = (200, "")
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                code, body = outer.ready if self.path == "/readyz" else (200, outer.metrics.text().decode())
                self.send_response(code)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *args: object) -> None:
                return

        self.server = ThreadingHTTPServer((host, 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    made = Supervisor(address(tmp_path, NODE))
    yield made
    made.server.shutdown()
    made.server.server_close()


def pod(port: int, **status: Any) -> dict[str, Any]:
    container = {
        "ports": [{"name": "metrics", "containerPort": port}],
        "readinessProbe": {"httpGet": {"path": "/readyz", "port": "metrics"}},
    }
    return {"spec": {"nodeName": NODE, "containers": [container]}, "status": {"containerStatuses": [status]}}


def test_a_ready_engine_is_told_with_version_and_free_disk(tmp_path: Path, supervisor: Supervisor) -> None:
    supervisor.metrics.tell("info", {"version": "29.2.1", "windows_build": "20348"})
    supervisor.metrics.set("ready", True)
    supervisor.metrics.set("disk_free_bytes", 93 * 1024**3)
    assert reports.tell(tmp_path, pod(supervisor.server.server_port)) == "29.2.1, 93 GiB free"


def test_an_engine_that_is_not_ready_is_told_with_the_supervisors_reason(
    tmp_path: Path, supervisor: Supervisor
) -> None:
    supervisor.metrics.tell("info", {"version": "", "windows_build": "20348"})
    supervisor.metrics.set("disk_free_bytes", 2 * 1024**3)
    supervisor.ready = (503, "2 GiB are free, 5 GiB are needed.\n")
    said = reports.tell(tmp_path, pod(supervisor.server.server_port))
    assert said == "not ready: 2 GiB are free, 5 GiB are needed. (2 GiB free)"


def test_a_supervisor_that_gave_up_is_told_with_its_last_line(tmp_path: Path) -> None:
    last = {"terminated": {"message": "{json}\nA Docker service of somebody else is here."}}
    assert reports.tell(tmp_path, pod(1, lastState=last)) == "not ready: A Docker service of somebody else is here."
    assert reports.tell(tmp_path, pod(1)) == "not ready: the supervisor does not answer"


def test_each_node_of_each_sandbox_has_an_address_of_its_own(tmp_path: Path) -> None:
    made = {address(tmp_path / sandbox, f"akswin22{number:06}") for sandbox in "ab" for number in range(20)}
    assert len(made) == 40
    assert all(one.startswith("127.") and not one.startswith("127.0.") for one in made)
