"""HTTP on the node's address: `/metrics`, `/readyz` and `/livez`.

Answers from what the loop has last said, never by looking itself: a probe costs nothing and cannot hang with the
engine. Liveness is the supervisor's alone; restarting it never touches the engine.
"""

from __future__ import annotations

import socket
import socketserver
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from engine_supervisor.program.clock import Clock
from engine_supervisor.program.metrics import Metrics

STUCK_SECONDS: Final = 2400.0
"""A round that takes longer is stuck. The longest honest one installs a Windows feature, for which DISM gets 1800 s."""

METRICS_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
TEXT_TYPE: Final = "text/plain; charset=utf-8"


class Health:
    """What the loop says of itself, read by other threads."""

    def __init__(self, clock: Clock) -> None:
        """Not ready, and alive from now on."""
        self._clock = clock
        self._lock = threading.Lock()
        self._ready, self._reason = False, "the supervisor has not looked yet"
        self._round_at = clock.monotonic()

    def tell(self, *, ready: bool, reason: str) -> None:
        """Set what `/readyz` answers."""
        with self._lock:
            self._ready, self._reason = ready, reason

    def turned(self) -> None:
        """A round has ended, however."""
        with self._lock:
            self._round_at = self._clock.monotonic()

    def ready(self) -> tuple[bool, str]:
        """Whether builds can run, and the reason."""
        with self._lock:
            return self._ready, self._reason

    def alive(self) -> tuple[bool, str]:
        """Whether the loop turns, and since when not."""
        with self._lock:
            seconds = self._clock.monotonic() - self._round_at
        return seconds < STUCK_SECONDS, f"the last round ended {seconds:.0f} s ago"


class Server:
    """The HTTP server, in a thread of its own."""

    def __init__(self, address: str, port: int, health: Health, metrics: Metrics) -> None:
        """Listen at once; `OSError` where that is not possible. Port 0: any, see `port`."""

        def readyz() -> tuple[int, str, bytes]:
            ready, reason = health.ready()
            return 200 if ready else 503, TEXT_TYPE, f"{reason}\n".encode()

        def livez() -> tuple[int, str, bytes]:
            alive, reason = health.alive()
            return 200 if alive else 503, TEXT_TYPE, f"{reason}\n".encode()

        routes: dict[str, Callable[[], tuple[int, str, bytes]]] = {
            "/metrics": lambda: (200, METRICS_TYPE, metrics.text()),
            "/readyz": readyz,
            "/livez": livez,
        }

        class Handler(BaseHTTPRequestHandler):
            # Of the connection: one that says nothing does not keep its thread.
            timeout = 10

            def do_GET(self) -> None:
                route = routes.get(self.path.partition("?")[0])
                code, kind, body = route() if route else (404, TEXT_TYPE, b"/metrics, /readyz or /livez\n")
                self.send_response(code)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any, **named: Any) -> None:
                """Nothing: probes are no news."""

        class Listener(ThreadingHTTPServer):
            daemon_threads = True
            address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
            # On Windows it would let two processes have the port, and hide that one does.
            allow_reuse_address = sys.platform != "win32"

            def server_bind(self) -> None:
                # Not HTTPServer's, which asks DNS for the name of its own address, and may wait long for it.
                socketserver.TCPServer.server_bind(self)
                self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

            def handle_error(self, request: Any, client_address: Any) -> None:
                """Nothing: a client that hangs up is no news either."""

        self._server = Listener((address, port), Handler)
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, name="http", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
