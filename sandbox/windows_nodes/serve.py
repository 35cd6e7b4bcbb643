"""The process `windows-nodes` of the sandbox's control plane: all simulated Windows nodes, and a health endpoint."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

import yaml

from sandbox.control_plane import Api
from sandbox.control_plane.ports import LOOPBACK
from sandbox.windows_nodes import places
from sandbox.windows_nodes.kubelet import Kubelet
from sandbox.windows_nodes.pod_run import Sandbox

HEALTH: Final = "/healthz"


def main(arguments: list[str]) -> int:
    """Serve until the process is ended; the supervisors end with it."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.windows_nodes.serve", description=__doc__)
    parser.add_argument("--directory", type=Path, required=True, help="the control plane's folder")
    parser.add_argument("--kubeconfig", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True, help="of the health endpoint, on loopback")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    threading.excepthook = _fall
    server = yaml.safe_load(options.kubeconfig.read_text())["clusters"][0]["cluster"]["server"]
    places.stores(options.directory).mkdir(mode=0o700, exist_ok=True)
    with Api(options.kubeconfig) as api:
        kubelet = Kubelet(Sandbox(directory=options.directory, api=api, server=server))
        kubelet.start()
        with ThreadingHTTPServer((LOOPBACK, options.port), _handler(kubelet)) as health:
            health.serve_forever()
    return 0


def _fall(failure: threading.ExceptHookArgs) -> None:
    """A defect in any thread ends all of it, and with it the health that the sandbox's status asks for."""
    if failure.exc_value is not None:
        traceback.print_exception(failure.exc_value)
    sys.stderr.flush()
    os._exit(1)


def _handler(kubelet: Kubelet) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == HEALTH and kubelet.well() else 503)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Nothing: it is asked all the time."""

    return Handler


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
