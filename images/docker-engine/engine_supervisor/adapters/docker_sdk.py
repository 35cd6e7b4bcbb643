"""Docker Engine behind its pipe, by the official SDK.

Each call makes its connection and closes it: one to a pipe does not survive the engine's restart, ours must not count
among those of builds, and calls come from several threads. Every wait has a limit.

What the SDK raises becomes `Away` (nothing answers) or `Failed` (the engine refuses, in its own words). Prunes are in
`docker_prune`.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final

import requests
import urllib3
from docker.api.client import APIClient
from docker.errors import APIError, DockerException, NotFound
from docker.types import HostConfig

from engine_supervisor import ports, world
from engine_supervisor.adapters import docker_prune
from engine_supervisor.names import DOCKER_PIPE_URL

API_VERSION: Final = "1.44"
"""The oldest that Docker Engine 29 speaks, and the newest that 25 does.
https://docs.docker.com/engine/release-notes/29/, https://docs.docker.com/reference/api/engine/#api-version-matrix"""

ANSWER_SECONDS: Final = 20
"""An engine that takes longer to tell its version does not answer."""
CALL_SECONDS: Final = 120
USAGE_SECONDS: Final = 300
SMOKE_SECONDS: Final = 120.0
"""From the start of the container to its end; a Windows container takes some seconds to start."""
SILENCE_SECONDS: Final = 600
"""Of a pull: large layers are unpacked without a word."""
PULL_SECONDS: Final = 3600.0
SMOKE_PULL_SECONDS: Final = 900.0
CLOSING_SECONDS: Final = 0.2
"""A connection that was closed, ours too, is counted until the engine has noticed."""

SMOKE_LABEL: Final = "buildfleet.dev/smoke"
SMOKE_COMMAND: Final = ("cmd", "/c", "ver")

# What can be wrong on the way: pywin32's error of a pipe that is not there is none of the standard library's.
_BROKEN: tuple[type[Exception], ...] = (requests.RequestException, urllib3.exceptions.HTTPError, OSError)
if sys.platform == "win32":
    import importlib

    _BROKEN = (*_BROKEN, importlib.import_module("pywintypes").error)
_ANY: Final[tuple[type[Exception], ...]] = (*_BROKEN, DockerException)


class _Client(APIClient):
    """The SDK's client, with a limit for what it would wait for without one, and one connection at a time.

    The SDK keeps a connection for each path that was asked.
    """

    def __init__(self, url: str, seconds: int, busy: Callable[[int], None]) -> None:
        """`busy` is told of each connection that is opened, by 1, and closed, by -1."""
        super().__init__(base_url=url, version=API_VERSION, timeout=seconds)
        self.headers["Connection"] = "close"
        self._busy = busy
        self._streams = 0

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """As `requests.Session`. Pulls ask for no limit, and hold their connection until the client is closed."""
        options["timeout"] = options.get("timeout") or SILENCE_SECONDS
        self._busy(1)
        if options.get("stream"):
            self._streams += 1
            return super().send(request, **options)
        try:
            return super().send(request, **options)
        finally:
            self._busy(-1)

    def close(self) -> None:
        """As `requests.Session`."""
        super().close()
        self._busy(-self._streams)
        self._streams = 0


class DockerEngine:
    """See `ports.Docker`."""

    def __init__(
        self,
        url: str = DOCKER_PIPE_URL,
        *,
        isolation: str | None = "process",
        smoke_seconds: float = SMOKE_SECONDS,
        clients: Callable[[int], int | None] | None = None,
        now: Callable[[], float] = time.time,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """Ask nothing yet.

        `isolation` is that of the smoke; `None` leaves it to an engine that is not Windows. `clients` counts the
        connections to the pipe other than so many, which are ours.
        """
        self._url = url
        self._isolation = isolation
        self._smoke_seconds = smoke_seconds
        self._clients = clients
        self._now = now
        self._pause = pause
        self._lock = threading.Lock()
        self._open = 0

    def look(self) -> world.Engine:
        """See `ports.Docker`. An engine that tells its version and not its containers counts as busy.

        The version is asked for without one of the API: an engine that is too old for ours works all the same.
        """
        try:
            with self._client(ANSWER_SECONDS) as client:
                version = str(client.version(api_version=False)["Version"])
                running = _running(client)
        except (ports.Failed, ports.Away, KeyError):
            return world.Engine()
        return world.Engine(answers=True, version=version, containers_running=running, clients=self._others())

    def smoke(self, image: str) -> ports.SmokeResult:
        """See `ports.Docker`. Its network is the engine's default, so that a broken one shows."""
        began = time.monotonic()
        with self._client(CALL_SECONDS) as client:
            self._sweep(client)
            try:
                self._have(client, image)
            except ports.Failed as error:
                return ports.SmokeResult(outcome="no-image", reason=str(error), seconds=time.monotonic() - began)
            reason = self._run(client, image)
        outcome: Any = "failed" if reason else "passed"
        return ports.SmokeResult(outcome=outcome, reason=reason, seconds=time.monotonic() - began)

    def pull(self, image: str) -> None:
        """See `ports.Docker`."""
        with self._client(CALL_SECONDS) as client:
            self._have(client, image, PULL_SECONDS)

    def usage(self) -> ports.Usage:
        """See `ports.Docker`. Takes minutes on a large store."""
        with self._client(USAGE_SECONDS) as client:
            found = client.df()
        return ports.Usage(
            images=len(found.get("Images") or ()),
            containers=len(found.get("Containers") or ()),
            image_bytes=int(found.get("LayersSize") or 0),
        )

    def prune(self, *, unused_seconds: float, keep: Sequence[str]) -> ports.Pruned:
        """See `ports.Docker`."""
        with self._client(CALL_SECONDS) as client:
            return docker_prune.prune(client, unused_seconds=unused_seconds, keep=keep, now=self._now())

    @contextmanager
    def _client(self, seconds: int) -> Iterator[_Client]:
        try:
            client = _Client(self._url, seconds, self._busy)
        except DockerException as error:
            raise ports.Away(f"no Docker Engine at {self._url}: {error}") from error
        try:
            yield client
        except APIError as error:
            raise ports.Failed(f"Docker Engine: {error.explanation or error}") from error
        except _ANY as error:
            raise ports.Away(f"Docker Engine does not answer on {self._url}: {error}") from error
        finally:
            client.close()

    def _others(self) -> int | None:
        """Connections of others, the fewer of two counts."""
        if self._clients is None:
            return None
        first = self._clients(self._open)
        if not first:
            return first
        self._pause(CLOSING_SECONDS)
        second = self._clients(self._open)
        return None if second is None else min(first, second)

    def _busy(self, connections: int) -> None:
        with self._lock:
            self._open += connections

    def _have(self, client: Any, image: str, limit: float = SMOKE_PULL_SECONDS) -> None:
        """Pull an image that is not there; `Failed` says whether the registry or the image is to blame."""
        try:
            client.inspect_image(image)
            return
        except NotFound:
            pass
        began = time.monotonic()
        try:
            for step in client.pull(image, stream=True, decode=True):
                if step.get("error"):
                    raise ports.Failed(_no_image(image, str(step["error"])))
                if time.monotonic() - began > limit:
                    raise ports.Failed(f"{image}: not pulled within {limit:.0f} s")
        except APIError as error:
            raise ports.Failed(_no_image(image, str(error.explanation or error))) from error
        except _ANY as error:
            # The engine answered just before, and passes on what the registry sends: one that stalls shows here.
            raise ports.Failed(_no_image(image, f"the pull broke off: {error}")) from error

    def _run(self, client: Any, image: str) -> str:
        """Run a container to its end; why it failed, or nothing."""
        container = None
        try:
            container = client.create_container(
                image,
                command=list(SMOKE_COMMAND),
                labels={SMOKE_LABEL: "true"},
                host_config=HostConfig(version=API_VERSION, isolation=self._isolation),
            )["Id"]
            client.start(container)
            code = client.wait(container, timeout=self._smoke_seconds)["StatusCode"]
            if code == 0:
                return ""
            said = " ".join(client.logs(container, tail=20).decode(errors="replace").split())
            return f"a container of {image} ended with {code}: {said[:500]}"
        except APIError as error:
            return f"a container of {image} did not run: {error.explanation or error}"
        except (requests.Timeout, urllib3.exceptions.TimeoutError):
            return f"a container of {image} did not end within {self._smoke_seconds:g} s"
        except requests.ConnectionError as error:
            if "timed out" in str(error).lower():
                return f"a container of {image} did not end within {self._smoke_seconds:g} s"
            raise
        finally:
            if container is not None:
                self._remove(client, container)

    def _sweep(self, client: _Client) -> None:
        """Remove what an earlier smoke, which was killed, has left."""
        for left in client.containers(all=True, filters={"label": SMOKE_LABEL}):
            self._remove(client, left["Id"])

    def _remove(self, client: _Client, container: str) -> None:
        """Remove a container; Windows may hold on to its layer for a while, and the next smoke tries again."""
        with suppress(*_ANY):
            client.remove_container(container, force=True)


def _running(client: _Client) -> int:
    with suppress(*_ANY, KeyError):
        return int(client.info()["ContainersRunning"])
    return 1


def _no_image(image: str, said: str) -> str:
    """Whose fault it is that an image is not there, by the engine's words."""
    words = said.lower()
    if any(word in words for word in ("manifest unknown", "not found", "access denied", "no matching manifest")):
        return f"{image}: not in its registry, or not for this node or this account: {said}"
    if "incompatible" in words or "does not match the host" in words:
        return f"{image}: not for the build of this node: {said}"
    return f"{image}: its registry cannot be reached: {said}"
