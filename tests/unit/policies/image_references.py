"""References of images, and what each means: asked in Python here, and of a real API server by the engine rung."""

from __future__ import annotations

from typing import Final

from tests.unit.policies.scenes import DIGEST

REFERENCES: Final[dict[str, tuple[str, bool, bool]]] = {
    # Text: repository, whether it floats, whether it is pinned by a digest.
    "docker": ("docker.io/library/docker", True, False),
    "docker:29": ("docker.io/library/docker", False, False),
    "docker:latest": ("docker.io/library/docker", True, False),
    f"docker:latest@{DIGEST}": ("docker.io/library/docker", False, True),
    f"docker@{DIGEST}": ("docker.io/library/docker", False, True),
    "docker@sha256:0123": ("docker.io/library/docker", True, False),
    "docker:29@sha256:0123": ("docker.io/library/docker", False, False),
    f"docker:29@{DIGEST}0": ("docker.io/library/docker", False, False),
    "docker.io/docker:29": ("docker.io/library/docker", False, False),
    "index.docker.io/docker:29": ("docker.io/library/docker", False, False),
    "index.docker.io/library/docker:29": ("docker.io/library/docker", False, False),
    "library/docker:29": ("docker.io/library/docker", False, False),
    "moby/buildkit:v0.28.0-rootless": ("docker.io/moby/buildkit", False, False),
    "docker.io/library/docker-evil:1": ("docker.io/library/docker-evil", False, False),
    "registry/buildfleet:1": ("docker.io/registry/buildfleet", False, False),
    "registry.example.com/buildfleet": ("registry.example.com/buildfleet", True, False),
    "registry.example.com/buildfleet:1": ("registry.example.com/buildfleet", False, False),
    "registry.example.com/buildfleet/agent:1": ("registry.example.com/buildfleet/agent", False, False),
    "registry.example.com/buildfleet-evil/agent:1": ("registry.example.com/buildfleet-evil/agent", False, False),
    "registry.example.com:5000/agent": ("registry.example.com:5000/agent", True, False),
    "registry.example.com:5000/buildfleet/agent:1": ("registry.example.com:5000/buildfleet/agent", False, False),
    "localhost/agent:1": ("localhost/agent", False, False),
    "localhost:5000/agent:latest": ("localhost:5000/agent", True, False),
    "REGISTRY/agent:1": ("REGISTRY/agent", False, False),
    "registry.example.com/buildfleet/agent:latest-1": ("registry.example.com/buildfleet/agent", False, False),
    f"registry.example.com/buildfleet/agent@{DIGEST}": ("registry.example.com/buildfleet/agent", False, True),
}
