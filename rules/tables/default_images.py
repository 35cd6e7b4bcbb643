"""Images of others that a stack file does not have to name.

Versions are the newest that this project was written for. An image that runs privileged needs a digest: a tag can be
moved, and that of Docker was rebuilt under its name. The digest is the one that several public repositories pin for
this tag, read 2026-11-22; nobody here could ask the registry (docs/not-verified.md).
"""

from __future__ import annotations

from typing import Final

DOCKER: Final = (
    "docker.io/library/docker:29.2.1-dind@sha256:68f6d9ab84623d1116c5432a3b924a07ee09960e6129ca1cb03ef14010588cb4"
)
"""Docker daemon of Linux agents and runners: it is privileged."""
BUILDKIT: Final = "docker.io/moby/buildkit:v0.28.0-rootless"
GITHUB_RUNNER: Final = "ghcr.io/actions/actions-runner:2.336.0"
