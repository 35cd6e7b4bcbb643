"""The two programs: a build, and a smoke test. Each step is one JSON line in the log.

What docker and git write goes to the log between those lines. The last word, of a success or of a failure, is also the
container's termination message, where `kubectl describe pod` and the operator's report find it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from image_build import context, engine, registry, steps
from image_build.note import ACCOUNT, note
from image_build.ports import Failed, Permanent, World
from image_build.request import BuildRequest, InvalidRequest, SmokeRequest

AGAIN = 1
"""Exit code: another try may succeed."""
NEVER = 2
"""Exit code: it will not; the Job gives up at once."""

_SMOKE_SECONDS = 300.0


class Log:
    """One JSON line a step."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.current = "start"

    @contextmanager
    def step(self, name: str) -> Iterator[dict[str, Any]]:
        """A step; what is put into the dict is told with its end."""
        self.current = name
        found: dict[str, Any] = {}
        began = self._world.now()
        yield found
        self.line(step=name, outcome="done", seconds=round(self._world.now() - began, 1), **found)

    def line(self, **values: Any) -> None:
        """A line of its own."""
        self._world.say(json.dumps(values, ensure_ascii=True))


def guarded(world: World, work: Callable[[Log], Mapping[str, Any]]) -> int:
    """Run a program; its result or its failure becomes the last line, the termination message and the exit code."""
    log = Log(world)
    try:
        result = dict(work(log))
    except (Failed, InvalidRequest) as error:
        code = NEVER if isinstance(error, Permanent | InvalidRequest) else AGAIN
        said = {"step": log.current, "outcome": "failed", "reason": str(error), "final": code == NEVER}
        log.line(**said)
        world.conclude(json.dumps(said, ensure_ascii=True))
        return code
    log.line(step="end", outcome="done", **result)
    world.conclude(json.dumps(result, ensure_ascii=True))
    return 0


def build(
    world: World,
    request: BuildRequest,
    log: Log,
    *,
    folder: Path,
    environment: Mapping[str, str],
    account: Path = ACCOUNT,
) -> dict[str, Any]:
    """Build, push and tell the digest. `folder` is empty and this program's own."""
    with log.step("engine") as found:
        found["version"] = engine.wait(world, request.engine_wait_seconds)
    with log.step("context") as found:
        root, found["commit"] = context.prepare(world, request.context, folder / "context")
        dockerfile = context.dockerfile(root, request.dockerfile)
    docker = {**steps.DOCKER_ENVIRONMENT, "DOCKER_CONFIG": str(folder / "docker")}

    def sign_in() -> None:
        registry.write_config(
            world,
            folder / "docker",
            mounted=request.registry_config,
            exchange=request.exchange,
            environment=environment,
        )

    with log.step("credentials"):
        sign_in()
    with log.step("build"):
        command = steps.build(request, context=str(root), dockerfile=str(dockerfile))
        ended = world.run(command, environment=docker, shown=True)
        if ended.code != 0:
            raise Failed(f"docker build ended with {ended.code}: {engine.explain(ended.output)}")
    result: dict[str, Any] = {"image": request.tags[0], "digest": None}
    if not request.push:
        result["id"] = world.run(steps.image_id(request.tags[0]), environment=docker).output.strip()
        return result
    if request.exchange:
        # What an Azure registry gave before a long build may be over by now: it lives for three hours.
        with log.step("credentials"):
            sign_in()
    for tag in request.tags:
        with log.step("push") as found:
            found["tag"] = tag
            ended = world.run(steps.push(tag), environment=docker, shown=True)
            if ended.code != 0:
                raise Failed(f"docker push {tag} ended with {ended.code}: {engine.explain(ended.output)}")
    with log.step("digest") as found:
        result["digest"] = found["digest"] = _digest(world, request.tags[0], docker)
        if result["digest"] and request.job is not None:
            found["not_noted"] = note(world, request.job, result["digest"], environment=environment, account=account)
    return result


def smoke(world: World, request: SmokeRequest, log: Log) -> dict[str, Any]:
    """The pipe is there, docker answers, an image is pulled and run."""
    with log.step("engine") as found:
        version = found["version"] = engine.wait(world, request.engine_wait_seconds)
    with log.step("pull") as found:
        found["image"] = request.image
        ended = world.run(steps.pull(request.image), shown=True, seconds=_SMOKE_SECONDS)
        if ended.code != 0:
            raise Failed(
                f"{request.image} cannot be pulled by the node's engine: {engine.explain(ended.output)}. The engine "
                "answers; its way to the registry does not: see proxy, mirrors and the network of the node"
            )
    with log.step("run"):
        ended = world.run(steps.smoke(request.image), shown=True, seconds=_SMOKE_SECONDS)
        if ended.code != 0 or steps.SMOKE_WORDS not in ended.output:
            raise Failed(
                f"a container of {request.image} did not run (exit code {ended.code}): {engine.explain(ended.output)}"
            )
    return {"image": request.image, "version": version}


def _digest(world: World, tag: str, docker: Mapping[str, str]) -> str | None:
    """The digest that the registry of this tag gave."""
    ended = world.run(steps.digests(tag), environment=docker)
    try:
        found = json.loads(ended.output.strip().splitlines()[-1]) if ended.code == 0 else []
    except (ValueError, IndexError):
        return None
    wanted = steps.familiar(steps.repository(tag))
    told = (str(one).partition("@") for one in found or [])
    return next((digest for name, _, digest in told if digest and steps.familiar(name) == wanted), None)
