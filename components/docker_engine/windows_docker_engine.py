"""Docker Engine on Windows build nodes.

Owns, for each Windows build pool, a DaemonSet that brings the engine onto the pool's nodes as a Windows service and
watches it. A Windows container cannot run the engine itself (there are no privileged Windows containers), so the pod
is a HostProcess pod; agents use the engine through its named pipe.

The fact behind the design: every start of dockerd on Windows removes the network endpoints of all ordinary pods already
on that node (moby/moby#45462, open). Hence:

- the engine is a service that outlives the pod; the end or restart of the pod leaves it alone, which makes a rolling
  update of the DaemonSet harmless;
- the service manager's own restart is off, there is no liveness probe, and nothing here ever restarts an engine. An
  engine that stopped makes the pod unready and stays stopped until its node is drained and restarted;
- the engine is started at most once in each boot of a node and only where none runs, and an attempt that fails counts:
  dockerd removes networks early in its start. After that the pod only reports, and stays unready until the node is
  restarted. A service that somebody else made is reported and left alone.

The first start on a node cuts off pods as well. On a node that a scaler adds, the pod that asked for it is there before
the engine: its sandbox and its network endpoint are made first, and only then does its container wait for the pipe. So
agents' pods on a node have to be deleted once after the engine's first start on it; this form does not do that yet.

`daemon.json` is written when a pod starts, under a name with its hash, and the service is registered with that name. So
a service that is registered keeps its configuration, also over restarts of the node by its own automatic start, until
it is registered anew: on a new node, or on one where the service was found stopped after a boot.

What this form does not do yet either: replace a running engine by another version or configuration, prune, prepull, or
uninstall on destroy: the service stays on the nodes.

No PodDisruptionBudget: a drain does not evict pods of a DaemonSet.

Refuses pools that are not Windows build pools, or that carry no taint: the engine would then share its nodes with pods
that never asked for it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import pulumi
from pulumi_kubernetes.apps.v1 import DaemonSet
from pulumi_kubernetes.core.v1 import ConfigMap, ServiceAccount

from components import contract
from components.docker_engine.configuration import daemon_configuration
from components.docker_engine.release import EngineRelease
from components.kubernetes.labels import object_labels, selector_labels, workload_labels
from components.kubernetes.manifest import content_hash, metadata, plain
from components.kubernetes.placement import placement
from components.kubernetes.resources import ContainerResources
from components.platform import NodePool

COMPONENT: Final = "docker-engine"
INSTALL_ROOT: Final = r"C:\Program Files\buildfleet\docker"
"""On each node: one folder a release, side by side."""
SERVICE: Final = "docker"
"""Name of the Windows service, the one that Docker's own documentation uses."""

_SCRIPT: Final = Path(__file__).with_name("install_engine.ps1")
_MOUNT: Final = "/buildfleet/engine"
# HostProcess containers see volumes below this variable with every containerd, and at the mount path itself only from
# 1.7 on. The runtime expands it in command lines.
_MOUNTED: Final = r"%CONTAINER_SANDBOX_MOUNT_POINT%\buildfleet\engine"
_POWERSHELL: Final = r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe"
_WATCH_SECONDS: Final = 30


@dataclass(frozen=True, kw_only=True)
class WindowsDockerEngineArgs:
    """What `WindowsDockerEngine` needs."""

    stack: str
    namespace: pulumi.Input[str]
    """A namespace whose Pod Security level is privileged, with nothing else in it."""
    image: str
    """HostProcess base image; it only has to start, the programs are the host's."""
    release: EngineRelease
    pools: Sequence[NodePool]
    """Windows build pools."""
    configuration: Mapping[str, Any] = field(default_factory=dict)
    """Keys for `daemon.json`."""
    data_root: str = r"C:\ProgramData\docker"
    """Folder of images and containers, on the node."""
    pull_secret_names: Sequence[str] = ()
    resources: ContainerResources = field(
        # For the download, the unpacking and the watching; the engine is a service and outside this limit.
        default_factory=lambda: ContainerResources(cpu="100m", memory="512Mi")
    )


class WindowsDockerEngine(pulumi.ComponentResource):
    """A DaemonSet for each Windows build pool, with one ConfigMap and one service account without any rights."""

    daemon_set_names: Mapping[str, pulumi.Output[str]]
    """Name of the DaemonSet, by node pool. Take it to wait for the engine."""

    def __init__(self, name: str, args: WindowsDockerEngineArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        pools = sorted(args.pools, key=lambda pool: pool.name)
        _check_pools(pools)
        files = engine_files(release=args.release, configuration=args.configuration, data_root=args.data_root)
        super().__init__(
            "buildfleet:index:WindowsDockerEngine",
            name,
            {
                "stack": args.stack,
                "namespace": args.namespace,
                "image": args.image,
                "version": args.release.version,
                "url": args.release.url,
                "sha256": args.release.sha256,
                "configuration": dict(args.configuration),
                "dataRoot": args.data_root,
                "pools": [pool.name for pool in pools],
                "pullSecretNames": sorted(args.pull_secret_names),
            },
            opts,
        )
        labels = object_labels(stack=args.stack)
        account = ServiceAccount(
            f"{name}-account",
            metadata=metadata(contract.SERVICE_ACCOUNT_ENGINE, namespace=args.namespace, labels=labels),
            automount_service_account_token=False,
            opts=pulumi.ResourceOptions(parent=self),
        )
        config = ConfigMap(
            f"{name}-files",
            metadata=metadata(COMPONENT, namespace=args.namespace, labels=labels),
            data=files,
            opts=pulumi.ResourceOptions(parent=self),
        )
        names: dict[str, pulumi.Output[str]] = {}
        for pool in pools:
            instance = f"{COMPONENT}-{pool.name}"
            identity = {"stack": args.stack, "component": COMPONENT, "instance": instance}
            pod_labels = workload_labels(**identity, extra={contract.LABEL_POOL: pool.name})
            names[pool.name] = DaemonSet(
                f"{name}-{pool.name}",
                metadata=metadata(instance, namespace=args.namespace, labels=pod_labels),
                spec=plain(
                    {
                        "selector": {"matchLabels": selector_labels(**identity)},
                        # A node whose engine is stopped stays unready and counts as unavailable; with a single one
                        # allowed it would hold up the update of all others. Rounded up, so at least one.
                        "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%"}},
                        "revisionHistoryLimit": 3,
                        "template": {
                            "metadata": {
                                "labels": pod_labels,
                                "annotations": {contract.ANNOTATION_CONFIG_HASH: content_hash(files)},
                            },
                            "spec": engine_pod(
                                pool=pool,
                                image=args.image,
                                release=args.release,
                                service_account=account.metadata.name,
                                config_map=config.metadata.name,
                                pull_secret_names=args.pull_secret_names,
                                resources=args.resources,
                            ),
                        },
                    }
                ),
                # A cold node pulls, downloads and unpacks before it is ready.
                opts=pulumi.ResourceOptions(
                    parent=self, custom_timeouts=pulumi.CustomTimeouts(create="30m", update="60m")
                ),
            ).metadata.name
        self.daemon_set_names = names
        self.register_outputs({"daemonSetNames": self.daemon_set_names})


def engine_files(*, release: EngineRelease, configuration: Mapping[str, Any], data_root: str) -> dict[str, str]:
    """The ConfigMap's files: the script, and everything it is told, as JSON."""
    daemon = daemon_configuration(configuration, data_root=data_root)
    settings = {
        "version": release.version,
        "url": release.url,
        "sha256": release.sha256,
        "folder": release.folder,
        "configurationFile": f"daemon-{content_hash(daemon)}.json",
        "installRoot": INSTALL_ROOT,
        "serviceName": SERVICE,
        "host": contract.DOCKER_PIPE_URL,
        "watchSeconds": _WATCH_SECONDS,
    }
    return {
        "install_engine.ps1": _script(),
        "settings.json": json.dumps(settings, indent=2, sort_keys=True) + "\n",
        "daemon.json": json.dumps(daemon, indent=2, sort_keys=True) + "\n",
    }


def engine_pod(
    *,
    pool: NodePool,
    image: str,
    release: EngineRelease,
    service_account: pulumi.Input[str],
    config_map: pulumi.Input[str],
    pull_secret_names: Sequence[str],
    resources: ContainerResources,
) -> dict[str, Any]:
    """The pod spec of one pool's DaemonSet."""
    docker = rf"{INSTALL_ROOT}\{release.folder}\docker\docker.exe"
    spec: dict[str, Any] = {
        **placement(pool),
        "serviceAccountName": service_account,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "hostNetwork": True,
        # Without the engine no agent of the node can work, so it is the last to be evicted. Any namespace may use the
        # class unless an administrator limited it by a quota.
        "priorityClassName": "system-node-critical",
        # There is nothing to end in an orderly way: the engine is not in this pod.
        "terminationGracePeriodSeconds": 5,
        "securityContext": {
            "windowsOptions": {"hostProcess": True, "runAsUserName": r"NT AUTHORITY\SYSTEM"},
        },
        "containers": [
            {
                "name": "engine",
                "image": image,
                "imagePullPolicy": "IfNotPresent",
                "command": [_POWERSHELL],
                "args": [
                    "-NoLogo",
                    "-NoProfile",
                    "-NonInteractive",
                    "-ExecutionPolicy",
                    "Bypass",
                    "-File",
                    rf"{_MOUNTED}\install_engine.ps1",
                    "-SettingsFolder",
                    _MOUNTED,
                ],
                "env": [{"name": "NODE_NAME", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}],
                "resources": resources.to_spec(),
                # Ready means that an engine answers on the pipe, whichever installed it. No liveness probe: it could
                # only restart the watcher, and an unanswered pipe is not mended by that.
                "readinessProbe": {
                    "exec": {
                        "command": [
                            docker,
                            "--host",
                            contract.DOCKER_PIPE_URL,
                            "version",
                            "--format",
                            "{{.Server.Version}}",
                        ]
                    },
                    "periodSeconds": 15,
                    "timeoutSeconds": 10,
                    "failureThreshold": 3,
                },
                "volumeMounts": [{"name": "files", "mountPath": _MOUNT, "readOnly": True}],
            }
        ],
        "volumes": [{"name": "files", "configMap": {"name": config_map}}],
    }
    if pull_secret_names:
        spec["imagePullSecrets"] = [{"name": secret} for secret in sorted(pull_secret_names)]
    return spec


def _check_pools(pools: Sequence[NodePool]) -> None:
    for pool in pools:
        if pool.os != "windows" or pool.purpose != "build":
            raise ValueError(
                f"Docker Engine on node pool {pool.name}: it is a {pool.os} {pool.purpose} pool; "
                "only Windows build pools can have the engine"
            )
        if not pool.taints:
            taint = f"{contract.TAINT_WINDOWS_KEY}={contract.TAINT_WINDOWS_VALUE}:{contract.TAINT_EFFECT}"
            raise ValueError(
                f"Docker Engine on node pool {pool.name}: the pool has no taint, so any Windows pod could land beside "
                f"the engine; give it {taint}"
            )
    names = [pool.name for pool in pools]
    if len(set(names)) != len(names):
        raise ValueError(f"Docker Engine: a node pool is given twice ({', '.join(names)}); give each once")


@cache
def _script() -> str:
    return _SCRIPT.read_text(encoding="utf-8")
