"""Docker Engine on the Windows build nodes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from infra.settings.model import Example, HttpsUrl, Means, Settings, Text, Version
from infra.settings.shared import ProxyUrl
from rules.tables.docker_engine import SUPERVISOR_PORT

Port = Annotated[int, Field(ge=1024, le=65535)]
WindowsFolder = Annotated[
    str,
    Field(pattern=r"^[A-Za-z]:\\[^/:*?\"<>|]+$"),
    Means("an absolute Windows path, with backslashes", r"C:\ProgramData\docker"),
]


class EngineRelease(Settings):
    """A version that our table does not have."""

    version: Version
    url: Annotated[HttpsUrl, Example("https://download.docker.com/win/static/stable/x86_64/docker-29.2.1.zip")]
    """Zip archive with `docker\\dockerd.exe` and `docker\\docker.exe`."""
    sha256: Annotated[
        str,
        Field(pattern=r"^[0-9a-f]{64}$"),
        Means("64 digits of 0 to 9 and a to f", "5a9c58d0438139940b7116b671f16a87c966caf923916fadcfab311c574f45b6"),
    ]


class EngineProxy(Settings):
    """HTTP proxy that the engine pulls and pushes through. It stands in `daemon.json`, so it takes no credentials."""

    http: ProxyUrl | None = None
    https: ProxyUrl | None = None
    no_proxy: tuple[str, ...] = ()
    """Hosts, domains and networks that are reached without it."""


class LogLimits(Settings):
    """How much of each container's output is kept on the node."""

    max_size_mib: Annotated[int, Field(ge=1, le=10240)] = 10
    """Of one file."""
    max_files: Annotated[int, Field(ge=1, le=100)] = 3


class Rollout(Settings):
    """How nodes are taken out of service for another version or configuration of the engine."""

    slots: Annotated[int, Field(ge=1, le=100)] = 1
    """Nodes of a pool at a time."""
    wait_minutes: Annotated[int, Field(ge=1, le=1440)] = 60
    """How long the agents on a node may take to finish."""
    at_limit: Literal["postpone", "evict"] = "postpone"
    """What happens when they have not: `postpone` opens the node again and tries later, `evict` ends them."""
    pause_minutes: Annotated[int, Field(ge=1, le=1440)] = 10
    """Until the next attempt; longer after each one, up to eight times."""


class Smoke(Settings):
    """The container that a node runs after each start of its engine before it counts as ready."""

    enabled: bool = True
    images: Mapping[str, Text] = {}
    """By `osSku`: an image in which `cmd /c ver` can be run. Default: Nano Server of the node's own Windows Server."""


class Prune(Settings):
    """When Docker's store on a node is cleaned. The images of `prepull` stay."""

    every_hours: Annotated[int, Field(ge=0, le=8760)] = 24
    """`0`: only for want of space."""
    unused_hours: Annotated[int, Field(ge=0, le=8760)] = 168
    """What no container uses goes when it is this old."""
    below_gib: Annotated[int, Field(ge=1, le=4096)] = 20
    """With less space free, everything goes that no container uses."""
    floor_gib: Annotated[int, Field(ge=0, le=4096)] = 10
    """With less space free the node is not ready."""


class Metrics(Settings):
    """Where a node's metrics are, for Prometheus. Nothing of it asks for a password."""

    port: Port = SUPERVISOR_PORT
    """Of the supervisor, on the node's address; its probes are there too."""
    engine_port: Port | None = None
    """Of the engine's own metrics, by custom 9323. Default: off."""
    firewall: bool = True
    """Open these ports in the firewall of Windows."""


class EngineMonitoring(Settings):
    """What Prometheus and Grafana are given. The cluster must have what reads it."""

    pod_monitor: Literal["off", "prometheus-operator", "azure"] = "off"
    """A PodMonitor: of the Prometheus operator, or that of Azure's managed Prometheus."""
    alerts: bool = False
    """A PrometheusRule of the Prometheus operator."""
    dashboard: bool = False
    """A ConfigMap with the label `grafana_dashboard`, which Grafana's sidecar loads."""


class NodePrepull(Settings):
    """Images that Windows build nodes pull for Kubernetes itself, whose store Docker does not share."""

    agents: bool = False
    """Those of the agents and runners that run on the pool."""
    images: tuple[Text, ...] = ()
    """Further ones; those made on one Windows Server only on pools that run it."""


class EnginePool(Settings):
    """What is different on one node pool. What is left out is as for all."""

    name: Annotated[Text, Example("win22")]
    """Of a Windows build pool."""
    version: Version | None = None
    image: str | None = None
    """In the place of `images.dockerEngine`."""
    data_root: WindowsFolder | None = None
    prune: Prune | None = None
    """As a whole: a key that it leaves out has its own default."""


class DockerEngine(Settings):
    """Install Docker Engine as a service on each node of the Windows build pools."""

    version: Version
    """A version of our table or of `releases`."""
    releases: tuple[EngineRelease, ...] = ()
    """Further versions, each with its checksum, for images that are built."""
    configuration: Mapping[str, JsonValue] = {}
    """Further keys for `daemon.json`, checked by `dockerd --validate` on the node. Those that have a setting of their
    own are refused here."""
    data_root: WindowsFolder = r"C:\ProgramData\docker"
    """Folder of images and containers, on the node."""
    mirrors: tuple[Text, ...] = ()
    """Mirrors of Docker Hub, as URLs."""
    insecure_registries: tuple[Text, ...] = ()
    """Registries that may speak plain HTTP or have a certificate that nobody signed: hosts or networks."""
    proxy: EngineProxy | None = None
    log_limits: LogLimits = LogLimits()
    credential_specs: Mapping[str, JsonValue] = {}
    """gMSA credential specs for `docker run --security-opt credentialspec=file://NAME`, by file name: the document, or
    its text. They hold no password."""
    containers_feature: Literal["require", "install"] = "require"
    """What to do on a node without the Windows feature Containers: refuse it, or install the feature and restart the
    node once it is drained."""
    existing_service: Literal["refuse", "adopt", "replace"] = "refuse"
    """What to do with a Docker service that somebody else installed: refuse the node, use the service as it is, or
    replace it once the node is drained."""
    keep_data: bool = False
    """Leave `dataRoot` on the nodes when the engine is removed from them."""
    ready_minutes: Annotated[int, Field(ge=1, le=1440)] = 30
    """How long `up` waits until the engine is ready on the nodes of a pool; twice as long where pods are replaced. Then
    it fails, with what the supervisors say."""
    rollout: Rollout = Rollout()
    smoke: Smoke = Smoke()
    smoke_test: bool = True
    """Run a Job on a node of each Windows build pool that has one, which uses the pipe as an agent does. `up` waits for
    it."""
    prepull: tuple[Text, ...] = ()
    """Images that nodes pull beforehand into Docker; those made on one Windows Server only on nodes that run it."""
    prepull_blocks: bool = False
    """A node is ready only when it has them."""
    node_prepull: NodePrepull = NodePrepull()
    prune: Prune = Prune()
    metrics: Metrics = Metrics()
    monitoring: EngineMonitoring = EngineMonitoring()
    agents_per_node: Annotated[int, Field(ge=1, le=100)] | None = None
    """Most agents and runners with the host's engine on one node. More than 1 needs pools whose `minCount` is 1 or
    more. Default: as many as fit by CPU and memory."""
    node_pools: tuple[EnginePool, ...] = ()
    """Pools on which something is different."""
