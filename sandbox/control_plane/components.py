"""What the control plane consists of, with the command line of each component.

Refuses anything that is switched off to make life easier: RBAC and the node authorizer decide, Pod Security and
admission policies are on, each component has its own identity. The exceptions are etcd's `--unsafe-no-fsync`, since a
rehearsal may lose its data with the machine, and the leases by which copies of a controller elect a leader, since
there is one copy.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml

from components import contract
from sandbox.control_plane import credentials
from sandbox.control_plane.api import Api
from sandbox.control_plane.binaries import Binaries
from sandbox.control_plane.errors import ControlPlaneError
from sandbox.control_plane.pki import SERVICE_CIDR
from sandbox.control_plane.ports import LOOPBACK

# In a cluster of AKS these are pods and Services of the overlay; here only the addresses in their status.
POD_CIDR = "10.244.0.0/16"
ISSUER = "https://kubernetes.default.svc.cluster.local"

# What kwok publishes, in its module: nodes become Ready and renew their leases, pods run and complete, claims of the
# class `kwok-volume`, which is the default, are bound. `pod/fast` because it knows sidecars: `pod/general` has them
# terminate before the pod is initialized.
STAGE_DIRECTORIES = ("stage/node/fast", "stage/node/heartbeat-with-lease", "stage/pod/fast", "stage/volume/fast")
STORAGE_CLASS = "stage/volume/fast/storage-class.yaml"
ROLES = ("rbac/role.yaml", "stage/volume/rbac/role.yaml")
OWN_STAGES = Path(__file__).parent / "stages"
"""Each takes the place of the published one of its name, and says why."""
NODE_ANNOTATION = "kwok.x-k8s.io/node"
NODE_ANNOTATION_VALUE = "fake"

# What kwok leaves to the process `windows-nodes`: the engine's pods, and those whose work takes time.
ENGINE = "docker-engine"
"""Value of `contract.LABEL_COMPONENT` on the engine's pods."""
WORK_ANNOTATION = f"{contract.DOMAIN}/simulated-seconds"
"""On a pod: how long its container works; see `sandbox.windows_nodes.work`."""

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, kw_only=True)
class Component:
    """One process: how it is started and how it says that it is well."""

    name: str
    command: tuple[str | Path, ...]
    probe: str
    """Path of its health endpoint."""
    scheme: Literal["http", "https"] = "https"
    requires: tuple[str, ...] = ()
    """Components without which this one may answer its probe but does no work."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Beside what all see."""


@dataclass(frozen=True, kw_only=True)
class Paths:
    """The parts of a sandbox folder."""

    directory: Path

    @property
    def secrets(self) -> Path:
        return self.directory / "credentials"

    @property
    def data(self) -> Path:
        return self.directory / "etcd"

    @property
    def volume_plugins(self) -> Path:
        return self.directory / "volume-plugins"

    @property
    def windows_nodes(self) -> Path:
        return self.directory / "windows-nodes"

    @property
    def logs(self) -> Path:
        return self.directory / "logs"

    @property
    def ports(self) -> Path:
        return self.directory / "ports.json"

    @property
    def processes(self) -> Path:
        return self.directory / "processes.json"

    @property
    def kubeconfig(self) -> Path:
        return self.directory / "kubeconfig"

    def user_kubeconfig(self, user: credentials.User) -> Path:
        return self.secrets / f"{user.key}.kubeconfig"

    def log(self, component: str) -> Path:
        return self.logs / f"{component}.log"


NAMES = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok", "windows-nodes")


def components(paths: Paths, binaries: Binaries, ports: Mapping[str, int]) -> tuple[Component, ...]:
    """All components, each after those that it requires."""
    return (
        _etcd(paths, binaries, ports),
        _apiserver(paths, binaries, ports),
        _controller_manager(paths, binaries, ports),
        _scheduler(paths, binaries, ports),
        _kwok(paths, binaries, ports),
        _windows_nodes(paths, ports),
    )


def _etcd(paths: Paths, binaries: Binaries, ports: Mapping[str, int]) -> Component:
    clients = f"https://{LOOPBACK}:{ports['etcd']}"
    peers = f"https://{LOOPBACK}:{ports['etcd-peer']}"
    secrets = paths.secrets
    return Component(
        name="etcd",
        probe="/health",
        command=(
            binaries.etcd,
            "--name=sandbox",
            f"--data-dir={paths.data}",
            "--unsafe-no-fsync",
            f"--listen-client-urls={clients}",
            f"--advertise-client-urls={clients}",
            f"--listen-peer-urls={peers}",
            f"--initial-advertise-peer-urls={peers}",
            f"--initial-cluster=sandbox={peers}",
            # Mutual TLS on both ports: etcd knows no RBAC, and loopback is open to every user of the machine.
            f"--cert-file={secrets / 'server.crt'}",
            f"--key-file={secrets / 'server.key'}",
            f"--trusted-ca-file={secrets / 'ca.crt'}",
            "--client-cert-auth",
            f"--peer-cert-file={secrets / 'server.crt'}",
            f"--peer-key-file={secrets / 'server.key'}",
            f"--peer-trusted-ca-file={secrets / 'ca.crt'}",
            "--peer-client-cert-auth",
            # The gateway would dial etcd with the server's certificate, which is none of a client.
            "--enable-grpc-gateway=false",
            # A single member waits for votes of nobody; the default makes it wait a second before it elects itself.
            "--heartbeat-interval=10",
            "--election-timeout=100",
        ),
    )


def _apiserver(paths: Paths, binaries: Binaries, ports: Mapping[str, int]) -> Component:
    secrets = paths.secrets
    return Component(
        name="kube-apiserver",
        probe="/readyz",
        requires=("etcd",),
        command=(
            binaries.kube_apiserver,
            f"--bind-address={LOOPBACK}",
            f"--secure-port={ports['kube-apiserver']}",
            # Without it the address of the default route is used, and there may be none.
            f"--advertise-address={LOOPBACK}",
            # Endpoints may not hold a loopback address, so the Service `kubernetes` has none.
            "--endpoint-reconciler-type=none",
            f"--etcd-servers=https://{LOOPBACK}:{ports['etcd']}",
            f"--etcd-cafile={secrets / 'ca.crt'}",
            f"--etcd-certfile={secrets / 'etcd-client.crt'}",
            f"--etcd-keyfile={secrets / 'etcd-client.key'}",
            f"--tls-cert-file={secrets / 'server.crt'}",
            f"--tls-private-key-file={secrets / 'server.key'}",
            f"--token-auth-file={secrets / credentials.TOKENS_FILE}",
            "--authorization-mode=Node,RBAC",
            "--enable-admission-plugins=NodeRestriction",
            f"--service-cluster-ip-range={SERVICE_CIDR}",
            f"--service-account-issuer={ISSUER}",
            f"--service-account-key-file={secrets / 'service-account.pub'}",
            f"--service-account-signing-key-file={secrets / 'service-account.key'}",
            # Off in the binary, on in every distribution: Pod Security decides who may be privileged.
            "--allow-privileged=true",
            "--profiling=false",
        ),
    )


def _controller_manager(paths: Paths, binaries: Binaries, ports: Mapping[str, int]) -> Component:
    secrets = paths.secrets
    return Component(
        name="kube-controller-manager",
        probe="/healthz",
        requires=("kube-apiserver",),
        command=(
            binaries.kube_controller_manager,
            *_serving(secrets, ports["kube-controller-manager"]),
            f"--kubeconfig={paths.user_kubeconfig(credentials.CONTROLLER_MANAGER)}",
            "--leader-elect=false",
            "--use-service-account-credentials",
            f"--service-account-private-key-file={secrets / 'service-account.key'}",
            f"--root-ca-file={secrets / 'ca.crt'}",
            # A rehearsal does in seconds what a cluster does in minutes; the defaults, 20 and 30, would throttle it.
            "--kube-api-qps=300",
            "--kube-api-burst=400",
            # The default is in /usr/libexec, and is made.
            f"--flex-volume-plugin-dir={paths.volume_plugins}",
            # The not-ready taints of fresh nodes go with the next round.
            "--node-monitor-period=1s",
        ),
    )


def _scheduler(paths: Paths, binaries: Binaries, ports: Mapping[str, int]) -> Component:
    return Component(
        name="kube-scheduler",
        probe="/readyz",
        requires=("kube-apiserver",),
        command=(
            binaries.kube_scheduler,
            *_serving(paths.secrets, ports["kube-scheduler"]),
            f"--kubeconfig={paths.user_kubeconfig(credentials.SCHEDULER)}",
            "--leader-elect=false",
        ),
    )


def _serving(secrets: Path, port: int) -> tuple[str, ...]:
    return (
        f"--bind-address={LOOPBACK}",
        f"--secure-port={port}",
        f"--tls-cert-file={secrets / 'server.crt'}",
        f"--tls-private-key-file={secrets / 'server.key'}",
        "--profiling=false",
    )


def _kwok(paths: Paths, binaries: Binaries, ports: Mapping[str, int]) -> Component:
    return Component(
        name="kwok",
        probe="/healthz",
        scheme="http",
        requires=("kube-apiserver",),
        command=(
            binaries.kwok,
            f"--kubeconfig={paths.user_kubeconfig(credentials.KWOK)}",
            *(f"--config={stage}" for stage in stages(binaries.kwok_module)),
            "--manage-all-nodes=false",
            f"--manage-nodes-with-annotation-selector={NODE_ANNOTATION}={NODE_ANNOTATION_VALUE}",
            "--node-lease-duration-seconds=40",
            # Not a node's label nor annotation, so that nodes stay kwok's.
            f"--disregard-status-with-label-selector={contract.LABEL_COMPONENT}={ENGINE}",
            f"--disregard-status-with-annotation-selector={WORK_ANNOTATION}",
            f"--cidr={POD_CIDR}",
            f"--server-address={LOOPBACK}:{ports['kwok']}",
        ),
    )


def _windows_nodes(paths: Paths, ports: Mapping[str, int]) -> Component:
    return Component(
        name="windows-nodes",
        probe="/healthz",
        scheme="http",
        requires=("kube-apiserver",),
        command=(
            sys.executable,
            "-m",
            "sandbox.windows_nodes.serve",
            f"--directory={paths.directory}",
            f"--kubeconfig={paths.user_kubeconfig(credentials.WINDOWS_NODES)}",
            f"--port={ports['windows-nodes']}",
        ),
        environment={"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "images" / "docker-engine")])},
    )


def stages(module: Path) -> list[Path]:
    """The stage files that kwok publishes for nodes, pods and volumes, sorted, with ours in the places of theirs."""
    others = {"kustomization.yaml", Path(STORAGE_CLASS).name}
    own = {path.name: path for path in sorted(OWN_STAGES.glob("*.yaml"))}
    found = []
    for directory in STAGE_DIRECTORIES:
        files = sorted(path for path in _published(module, directory).glob("*.yaml") if path.name not in others)
        if not files:
            raise ControlPlaneError(
                f"No stages in {_published(module, directory)}. kwok_module has to be the unpacked module "
                "sigs.k8s.io/kwok of the version of the binary."
            )
        found += [own.pop(path.name, path) for path in files]
    if own:
        raise ControlPlaneError(f"kwok publishes no stage {', '.join(own)} that ours could take the place of.")
    return found


WINDOWS_NODES_RULES = (
    {"apiGroups": [""], "resources": ["nodes"], "verbs": ["get", "list", "watch"]},
    {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch", "delete"]},
    {"apiGroups": [""], "resources": ["pods/status"], "verbs": ["patch"]},
    {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get"]},
    {"apiGroups": [""], "resources": ["serviceaccounts/token"], "verbs": ["create"]},
)
"""What the kubelets of simulated Windows nodes do. A real one is also held to its own node's pods."""


def prepare_for_windows_nodes(api: Api) -> None:
    """Grant the user of `windows-nodes` what `WINDOWS_NODES_RULES` say and nothing else."""
    group = "rbac.authorization.k8s.io"
    name = credentials.WINDOWS_NODES.name
    api.apply(
        f"/apis/{group}/v1/clusterroles/{name}",
        {
            "apiVersion": f"{group}/v1",
            "kind": "ClusterRole",
            "metadata": {"name": name},
            "rules": [dict(rule) for rule in WINDOWS_NODES_RULES],
        },
    )
    _bind(api, name, credentials.WINDOWS_NODES)


def prepare_for_kwok(api: Api, module: Path) -> None:
    """Grant kwok's user the roles that kwok publishes and nothing else, and make its storage class the default."""
    group = "rbac.authorization.k8s.io"
    for path in ROLES:
        role = _document(module, path)
        name = role["metadata"]["name"]
        api.apply(f"/apis/{group}/v1/clusterroles/{name}", role)
        _bind(api, name, credentials.KWOK)
    storage = _document(module, STORAGE_CLASS)
    api.apply(f"/apis/storage.k8s.io/v1/storageclasses/{storage['metadata']['name']}", storage)


def _bind(api: Api, role: str, user: credentials.User) -> None:
    group = "rbac.authorization.k8s.io"
    api.apply(
        f"/apis/{group}/v1/clusterrolebindings/{role}",
        {
            "apiVersion": f"{group}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": role},
            "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": role},
            "subjects": [{"apiGroup": group, "kind": "User", "name": user.name}],
        },
    )


def _published(module: Path, path: str) -> Path:
    return module / "kustomize" / path


def _document(module: Path, path: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(_published(module, path).read_text())
    return document
