"""The commands of a build and of a smoke test: pure functions from a request to command lines.

No secret is in any of them. The files in `pipelines/` run the same commands through an agent; a test compares them.
"""

from __future__ import annotations

from image_build.request import BuildRequest

DOCKER_ENVIRONMENT = {"DOCKER_BUILDKIT": "0"}
"""The engine's own builder. Docker calls BuildKit on Windows experimental; without this the client asks the engine, and
a plugin that is there would decide.
Source: moby daemon/builder/backend, `BuilderVersion`, read 2026-08."""

SMOKE_WORDS = "the engine runs containers"


def engine_version() -> list[str]:
    """Ask the engine for its version."""
    return ["docker", "version", "--format", "{{.Server.Version}}"]


def build(request: BuildRequest, *, context: str, dockerfile: str) -> list[str]:
    """Build the image with all of its tags.

    There is no limit on CPUs here: `docker build` has no `--cpus`, and Windows refuses `--cpu-period` and
    `--cpuset-cpus` (moby daemon/daemon_windows.go, `verifyPlatformContainerResources`, read 2026-11).
    """
    command = ["docker", "build", "--file", dockerfile]
    for tag in request.tags:
        command += ["--tag", tag]
    for name, value in sorted(request.args.items()):
        command += ["--build-arg", f"{name}={value}"]
    if request.target is not None:
        command += ["--target", request.target]
    if request.memory_bytes is not None:
        command += ["--memory", str(request.memory_bytes)]
    return [*command, context]


def push(tag: str) -> list[str]:
    """Push one tag."""
    return ["docker", "push", tag]


def digests(tag: str) -> list[str]:
    """Ask for the digests that registries gave to an image."""
    return ["docker", "image", "inspect", "--format", "{{json .RepoDigests}}", tag]


def image_id(tag: str) -> list[str]:
    """Ask for an image's id."""
    return ["docker", "image", "inspect", "--format", "{{.Id}}", tag]


def pull(image: str) -> list[str]:
    """Pull an image."""
    return ["docker", "pull", image]


def smoke(image: str) -> list[str]:
    """Run a container to its end and remove it; it prints `SMOKE_WORDS`."""
    return ["docker", "run", "--rm", image, "cmd", "/c", "echo", *SMOKE_WORDS.split()]


def familiar(name: str) -> str:
    """An image's name as docker writes it in its answers: those of Docker Hub without the registry and `library/`.

    Source: distribution/reference, normalize.go and helpers.go, `FamiliarName`, read 2026-11.
    """
    for server in ("docker.io/", "index.docker.io/"):
        name = name.removeprefix(server)
    return name.removeprefix("library/")


def repository(tag: str) -> str:
    """An image's name without its tag."""
    name, _, last = tag.rpartition(":")
    return tag if not name or "/" in last else name
