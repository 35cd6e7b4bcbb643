"""A Docker Engine API on a unix socket, as much of it as the adapter uses, for the real SDK to speak to."""

from __future__ import annotations

import json
import re
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


@dataclass
class DockerApi:
    """The engine's state, and what goes wrong with it."""

    images: list[dict[str, Any]] = field(default_factory=list)
    containers: list[dict[str, Any]] = field(default_factory=list)
    registry: dict[str, str] = field(default_factory=dict)
    """What a pull of an image comes to: empty, or the error."""
    exit_code: int = 0
    runs_seconds: float = 0.0
    refuses: dict[str, tuple[int, str]] = field(default_factory=dict)
    """By `METHOD /path` without the version: the answer instead."""
    hangs: set[str] = field(default_factory=set)
    done: list[str] = field(default_factory=list)
    created: dict[str, Any] = field(default_factory=dict)
    """The last container's configuration."""
    clients: int = 0
    newest: str | None = None
    """The newest version of the API; an engine that knows ours by default."""
    stalls: bool = False
    """A pull begins and says nothing more."""

    def image(self, name: str, size: int = 100, **parts: Any) -> dict[str, Any]:
        found = {"Id": f"sha256:{name}", "RepoTags": [name], "Created": 0, "Size": size, **parts}
        self.images.append(found)
        return found

    def find(self, name: str) -> dict[str, Any] | None:
        return next((one for one in self.images if name in (one["Id"], *one["RepoTags"])), None)

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
        told = f"{method} {path}"
        self.done.append(told)
        if told in self.refuses:
            code, message = self.refuses[told]
            return code, {"message": message}
        if told in self.hangs:
            time.sleep(0.5)
        if path == "/version":
            return 200, {"Version": "29.2.1", "ApiVersion": "1.52"}
        if path == "/info":
            return 200, {"ContainersRunning": len([one for one in self.containers if one.get("running")])}
        if path == "/system/df":
            size = sum(one["Size"] for one in self.images)
            return 200, {"LayersSize": size, "Images": self.images, "Containers": self.containers}
        if path == "/images/json":
            return 200, self.images
        if path == "/images/create":
            return self._pull(f"{query['fromImage']}:{query['tag']}")
        if found := re.fullmatch(r"/images/(.+)/json", path):
            image = self.find(found[1])
            return (200, image) if image else (404, {"message": f"No such image: {found[1]}"})
        if (found := re.fullmatch(r"/images/(.+)", path)) and method == "DELETE":
            return self._remove(found[1])
        return self._containers(method, path, query, body)

    def _pull(self, image: str) -> tuple[int, Any]:
        error = self.registry.get(image)
        if error is None:
            return 404, {"message": f"manifest for {image} not found: manifest unknown: manifest unknown"}
        if error:
            return 200, [{"status": "Pulling"}, {"error": error, "errorDetail": {"message": error}}]
        self.image(image)
        return 200, [{"status": "Pulling"}, {"status": "Downloaded newer image"}]

    def _remove(self, name: str) -> tuple[int, Any]:
        image = self.find(name)
        if image is None:
            return 404, {"message": f"No such image: {name}"}
        if image.get("parent"):
            return 409, {"message": "conflict: image has dependent child images"}
        image["RepoTags"] = [tag for tag in image["RepoTags"] if tag != name]
        if not image["RepoTags"]:
            self.images.remove(image)
        return 200, [{"Untagged": name}]

    def _containers(self, method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
        if path == "/containers/prune":
            return 200, {"ContainersDeleted": ["c1"], "SpaceReclaimed": 7, "filters": query.get("filters")}
        if path == "/containers/json":
            label = (json.loads(query.get("filters", "{}")).get("label") or [None])[0]
            return 200, [one for one in self.containers if label is None or label in one.get("Labels", {})]
        if path == "/containers/create":
            if self.find(body["Image"]) is None:
                return 404, {"message": f"No such image: {body['Image']}"}
            self.created = body
            one = {"Id": f"c{len(self.done)}", "ImageID": f"sha256:{body['Image']}", "Labels": body.get("Labels", {})}
            self.containers.append(one)
            return 201, {"Id": one["Id"], "Warnings": []}
        name = path.split("/")[2]
        if method == "DELETE":
            self.containers = [one for one in self.containers if one["Id"] != name]
            return 204, None
        if path.endswith("/wait"):
            time.sleep(self.runs_seconds)
            return 200, {"StatusCode": self.exit_code}
        if path.endswith("/start"):
            return 204, None
        if path.endswith("/logs"):
            text = b"the directory name is invalid\n"
            return 200, bytes([1, 0, 0, 0]) + len(text).to_bytes(4, "big") + text
        return (200, {"Config": {"Tty": False}}) if path.endswith("/json") else (404, {"message": path})


@contextmanager
def docker_api(folder: Path) -> Iterator[tuple[str, DockerApi]]:
    """Serve until the end of the block; the URL, and the engine."""
    api = DockerApi()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            api.clients += 1
            super().setup()

        def finish(self) -> None:
            api.clients -= 1
            super().finish()

        def handle_any(self) -> None:
            url = urlsplit(self.path)
            versioned = re.match(r"/v1\.44/", url.path)
            # The only request that any engine answers.
            assert versioned or url.path == "/version", url.path
            size = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(size)) if size else None
            query = {key: values[0] for key, values in parse_qs(url.query).items()}
            if versioned and api.newest:
                too_new = f"client version 1.44 is too new. Maximum supported API version is {api.newest}"
                code, answer = 400, {"message": too_new}
            else:
                code, answer = api.answer(self.command, unquote(url.path.removeprefix("/v1.44")), query, body)
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            if url.path.endswith("/images/create") and code == 200:
                # As the engine does: step by step.
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                if api.stalls:
                    time.sleep(0.5)
                for step in [*(json.dumps(step) + "\r\n" for step in answer), ""]:
                    self.wfile.write(f"{len(step):x}\r\n{step}\r\n".encode())
                return
            data = answer if isinstance(answer, bytes) else b"" if answer is None else json.dumps(answer).encode()
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_DELETE = handle_any

        def log_message(self, *args: Any, **named: Any) -> None:
            pass

        def address_string(self) -> str:
            return "pipe"

    class Listener(socketserver.ThreadingUnixStreamServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass

    path = folder / "docker.sock"
    server = Listener(str(path), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"unix://{path}", api
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
