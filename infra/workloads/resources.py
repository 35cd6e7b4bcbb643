"""Requests and limits, from settings to the components' own type."""

from __future__ import annotations

from components.kubernetes.resources import ContainerResources
from infra.settings.resources import Resources


def container_resources(resources: Resources) -> ContainerResources:
    """What an agent or runner gets."""
    return ContainerResources(cpu=resources.cpu, memory=resources.memory, ephemeral_storage=resources.ephemeral_storage)
