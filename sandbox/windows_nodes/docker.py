"""The simulated Docker Engine behind the supervisor's port `Docker`."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from engine_supervisor import world
from engine_supervisor.ports import Away, Failed, Pruned, SmokeResult, Usage
from sandbox.windows_nodes import machine
from sandbox.windows_nodes.steps import Steps
from sandbox.windows_nodes.store import State, Store


class SimulatedDocker:
    """The engine on one node. It pulls whatever image it is asked for, unless the registry is away.

    `image_version` is the engine in the supervisor's image, which need not be the one that runs.
    """

    def __init__(self, store: Store, *, image_version: str) -> None:
        self._store = store
        self._steps = Steps(store, image_version)

    def look(self) -> world.Engine:
        """See `ports.Docker`."""
        with self._store.transaction() as state:
            machine.settle(state, time.time())
            if not machine.answers(state):
                return world.Engine()
            return world.Engine(
                answers=True,
                version=_version(state),
                containers_running=state["containers"]["running"],
                clients=state["clients"],
            )

    def smoke(self, image: str) -> SmokeResult:
        """See `ports.Docker`."""
        began = time.monotonic()
        with self._step("smoke") as state:
            if image not in state["images"]:
                try:
                    _pull(state, image)
                except Failed as error:
                    return SmokeResult(outcome="no-image", reason=str(error))
            state["images"][image]["used_at"] = time.time()
            failing = state["faults"].get("smoke_fails", [])
            if _version(state) in failing or "*" in failing:
                reason = "container smoke encountered an error during hcs::System::CreateProcess: 0xc0370106"
                return SmokeResult(outcome="failed", reason=reason)
        return SmokeResult(outcome="passed", seconds=time.monotonic() - began)

    def pull(self, image: str) -> None:
        """See `ports.Docker`."""
        with self._step("pull") as state:
            if image not in state["images"]:
                _pull(state, image)

    def usage(self) -> Usage:
        """See `ports.Docker`."""
        with self._answering() as state:
            images = state["images"].values()
            return Usage(
                images=len(images),
                containers=state["containers"]["running"] + state["containers"]["stopped"],
                image_bytes=sum(image["bytes"] for image in images),
            )

    def prune(self, *, unused_seconds: float, keep: Sequence[str]) -> Pruned:
        """See `ports.Docker`."""
        with self._step("prune") as state:
            since = time.time() - unused_seconds
            gone: dict[str, Any] = {
                name: image
                for name, image in state["images"].items()
                if name not in keep and image["used_at"] <= since and not image.get("in_use")
            }
            stopped = int(state["containers"]["stopped"])
            state["images"] = {name: image for name, image in state["images"].items() if name not in gone}
            state["containers"]["stopped"] = 0
            return Pruned(
                images=len(gone), containers=stopped, reclaimed_bytes=sum(image["bytes"] for image in gone.values())
            )

    @contextmanager
    def _step(self, name: str) -> Iterator[State]:
        with self._steps.step(name), self._answering() as state:
            yield state

    @contextmanager
    def _answering(self) -> Iterator[State]:
        with self._store.transaction() as state:
            machine.settle(state, time.time())
            if not machine.answers(state):
                raise Away(
                    "error during connect: open //./pipe/docker_engine: The system cannot find the file specified."
                )
            yield state


def _version(state: State) -> str:
    service = state["service"]
    return str(service["target"]["version"] if service["target"] else service["version"])


def _pull(state: State, image: str) -> None:
    if state["faults"].get("registry_away"):
        host = image.partition("/")[0]
        raise Failed(f'Get "https://{host}/v2/": dial tcp: lookup {host}: no such host')
    size = machine.image_bytes(image)
    if size > machine.free_bytes(state):
        raise Failed(f"failed to register layer of {image}: There is not enough space on the disk.")
    state["images"][image] = {"bytes": size, "used_at": time.time()}
