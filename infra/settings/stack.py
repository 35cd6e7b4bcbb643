"""The whole stack file."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from infra.settings.azure_devops import AzureDevOps
from infra.settings.builds import Build
from infra.settings.docker_engine import DockerEngine
from infra.settings.environment import Environment
from infra.settings.github import GitHub
from infra.settings.model import Settings, planned
from infra.settings.node_pool import NodePool
from infra.settings.platform import Platform
from infra.settings.policy import Policy
from infra.settings.shared import (
    Arc,
    Images,
    Keda,
    Monitoring,
    Namespaces,
    Network,
    NodeImages,
    Proxy,
    Registry,
)


class StackSettings(Settings):
    """One environment: each section is the key `buildfleet:SECTION` of `Pulumi.STACK.yaml`."""

    environment: Environment
    platform: Platform
    node_pools: Annotated[tuple[NodePool, ...], Field(min_length=1)]
    docker_engine: DockerEngine | None = None
    azure_devops: AzureDevOps | None = None
    github: GitHub | None = None
    namespaces: Namespaces = Namespaces()
    images: Images = Images()
    registry: Registry = Registry()
    network: Network = Network()
    keda: Keda = Keda()
    arc: Arc = Arc()
    proxy: Proxy | None = planned()
    monitoring: Monitoring = Monitoring()
    node_images: NodeImages | None = planned()
    policy: Policy | None = None
    builds: tuple[Build, ...] = ()
