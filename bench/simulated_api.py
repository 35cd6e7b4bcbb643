"""The API server in memory on a port, for the official client itself to speak to."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from bench.simulated_node import MemoryApi
from engine_supervisor.adapters.kubernetes import connection
from engine_supervisor.adapters.kubernetes.connection import ApiError, Resource, Verb

RESOURCES = {
    resource.path(None, None, None).removesuffix(f"/{resource.plural}"): resource
    for resource in (connection.LEASES, connection.DAEMON_SETS, connection.EVENTS)
}


@dataclass
class ApiServer:
    """What is asked of the server, and what it was asked."""

    api: MemoryApi
    folder: Path
    port: int = 0
    tokens: list[str] = field(default_factory=list)
    content_types: set[tuple[str, str]] = field(default_factory=set)
    connections: int = 0
    answer: tuple[int, dict[str, Any]] | None = None
    """What every request gets, instead."""
    drop: bool = False
    """Close the connection after each answer, without saying so."""

    @property
    def environment(self) -> dict[str, str]:
        return {
            "KUBERNETES_SERVICE_HOST": "127.0.0.1",
            "KUBERNETES_SERVICE_PORT": str(self.port),
            "SERVICE_ACCOUNT_FOLDER": str(self.folder),
        }


def parsed(path: str) -> tuple[Resource, str | None, str | None, str | None]:
    """Resource, namespace, name and subresource of a path."""
    parts = [unquote(part) for part in path.strip("/").split("/")]
    start = 3 if parts[0] == "apis" else 2
    group, rest, namespace = "/" + "/".join(parts[:start]), parts[start:], None
    if rest[0] == "namespaces":
        namespace, rest = rest[1], rest[2:]
    plural, name, subresource = (*rest, None, None)[:3]
    assert plural is not None
    return RESOURCES.get(group) or Resource("", "v1", plural), namespace, name, subresource


@contextmanager
def api_server(api: MemoryApi, folder: Path, files: Mapping[str, bytes]) -> Iterator[ApiServer]:
    """Serve until the end of the block; the folder becomes that of a service account.

    `files` are those of `sandbox.control_plane.pki`.
    """
    server = ApiServer(api, folder)
    for name in ("ca.crt", "server.crt", "server.key"):
        (folder / name).write_bytes(files[name])
    (folder / "token").write_text("first-token")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            server.connections += 1
            super().setup()

        def handle_any(self) -> None:
            url = urlsplit(self.path)
            size = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(size)) if size else None
            server.tokens.append(self.headers.get("Authorization", ""))
            resource, namespace, name, subresource = parsed(url.path)
            verbs: dict[str, Verb] = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
            verb = verbs.get(self.command, "get" if name else "list")
            if body is not None:
                server.content_types.add((verb, self.headers["Content-Type"]))
            code, answer = 200, server.answer[1] if server.answer else {}
            if server.answer:
                code = server.answer[0]
            else:
                query = dict(parse_qsl(url.query))
                try:
                    answer = api.request(
                        verb,
                        resource,
                        namespace=namespace,
                        name=name,
                        subresource=subresource,
                        query=query,
                        body=body,
                    )
                except ApiError as error:
                    causes = [{"reason": cause} for cause in sorted(error.causes)]
                    code, answer = error.code, {"message": error.message, "details": {"causes": causes}}
            data = json.dumps(answer).encode()
            self.send_response(code)
            self.send_header("Content-Length", str(len(data)))
            if code in (429, 503):
                self.send_header("Retry-After", "30")
            self.end_headers()
            self.wfile.write(data)
            self.close_connection = server.drop

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

        def log_message(self, *args: Any, **named: Any) -> None:
            """Nothing."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.crt", folder / "server.key")
    http.socket = context.wrap_socket(http.socket, server_side=True)
    server.port = http.server_port
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join()
