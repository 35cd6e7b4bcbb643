"""Whether the engine is there, and what an operator should look at when it is not.

A pod may be on a node before the engine's pipe is: the first start takes minutes. So the pipe is waited for, and what
the docker client says is translated: its own words name neither the cause on this platform nor the fix.
"""

from __future__ import annotations

from image_build import steps
from image_build.ports import Failed, World

PIPE = r"\\.\pipe\docker_engine"

_PAUSE_SECONDS = 5.0
_ANSWER_SECONDS = 30.0

_CAUSES = (
    (
        "access is denied",
        "the pipe admits administrators only",
        "run the container as ContainerAdministrator (securityContext.windowsOptions.runAsUserName)",
    ),
    (
        "is too old",
        "docker.exe in this image speaks an API that the engine no longer has",
        "take a newer docker-cli image: images.dockerCli",
    ),
    (
        "cannot connect to the docker daemon",
        "the pipe is there and nobody answers: the engine is starting or has died",
        "see the engine's pod on this node; its supervisor restarts a dead engine by itself",
    ),
    (
        "error during connect",
        "the pipe is there and nobody answers: the engine is starting or has died",
        "see the engine's pod on this node; its supervisor restarts a dead engine by itself",
    ),
)
"""What the client's words mean here, in lower case, the first that fits."""


def wait(world: World, seconds: float) -> str:
    """The version of the engine, as soon as it answers. Raises `Failed` after `seconds`."""
    end = world.now() + seconds
    while not world.pipe_there():
        if world.now() >= end:
            raise Failed(
                f"Docker engine pipe not available: {PIPE} is not in this container after {seconds:.0f} s. Either no "
                "engine runs on this node (see the engine's pod on it, or `make diagnose`), or the pod does not mount "
                "the pipe as a hostPath without a type"
            )
        world.sleep(_PAUSE_SECONDS)
    while True:
        found = world.run(steps.engine_version(), seconds=_ANSWER_SECONDS)
        version = found.output.strip().splitlines()[-1:] if found.code == 0 else []
        if version:
            return version[0]
        if world.now() >= end:
            raise Failed(explain(found.output))
        world.sleep(_PAUSE_SECONDS)


def explain(output: str) -> str:
    """What the docker client said, with cause and fix where they are known."""
    said = " ".join(output.split())[-400:] or "docker.exe ended without a word"
    for mark, cause, fix in _CAUSES:
        if mark in said.lower():
            return f"{said} -- cause: {cause}; fix: {fix}"
    return said
