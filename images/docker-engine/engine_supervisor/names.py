"""The names by which others find what the supervisor puts into the cluster: labels, annotations, a resource, events.

The vocabulary is `components/contract.py`, which is not in this image; a test holds the two equal.
"""

from __future__ import annotations

import re
from typing import Final

NODE_ENGINE: Final = "buildfleet.dev/docker-engine"
NODE_ENGINE_VERSION: Final = "buildfleet.dev/docker-engine-version"
NODE_ENGINE_CORDON: Final = "buildfleet.dev/docker-engine-cordon"
LEASE_STOPPED: Final = "buildfleet.dev/docker-engine-stopped"
RESOURCE_BUILD_SLOT: Final = "buildfleet.dev/docker-build-slot"
DOCKER_PIPE: Final = r"\\.\pipe\docker_engine"
DOCKER_PIPE_URL: Final = "npipe:////./pipe/docker_engine"

READY: Final = "ready"
NOT_READY: Final = "not-ready"
"""Values of `NODE_ENGINE`."""


def label_value(text: str) -> str:
    """A text as the value of a label may be; a foreign engine's version may be anything.

    https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set
    """
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", text).strip("-_.")[:63].rstrip("-_.")


REPORTING_CONTROLLER: Final = "buildfleet.dev/docker-engine-supervisor"
"""Of events."""
