"""The pod of the engine supervisor on a Windows node, as a plain spec.

Owns how the image is started, probed and ended. A Windows container cannot run the engine (there are no privileged
Windows containers), so the pod is a HostProcess pod: its program is a process of the node, as SYSTEM, in the node's
network. It mounts no folder and no pipe of the node; it is there already.

Owns also what follows from the engine being a service beside the pod: the end of the pod leaves the engine alone, so
its liveness may be probed (it is the supervisor's, never the engine's) and a rolling update is harmless. On its end the
supervisor asks whether its DaemonSet stays; only where that goes does it uninstall, and the grace period is for that.
"""

from __future__ import annotations

from typing import Any, Final

import pulumi

from components.kubernetes.placement import placement
from components.kubernetes.resources import ContainerResources
from components.platform import NodePool

MOUNT: Final = "/buildfleet/engine"
"""Of the ConfigMap, in the container."""
SETTINGS_FILE: Final = "settings.json"
UNINSTALL_SECONDS: Final = 300
"""To stop the engine and its containers, remove the service, and delete the data root."""
PORT_NAME: Final = "metrics"

# HostProcess containers see their image and volumes below this variable with every containerd, and at the mount path
# itself only from 1.7 on. The runtime expands it in command lines.
_SANDBOX: Final = "%CONTAINER_SANDBOX_MOUNT_POINT%"
_PYTHON: Final = rf"{_SANDBOX}\python\python.exe"
_SETTINGS: Final = rf"{_SANDBOX}\buildfleet\engine\{SETTINGS_FILE}"


def supervisor_pod(
    *,
    pool: NodePool,
    image: pulumi.Input[str],
    port: int,
    service_account: pulumi.Input[str],
    config_map: pulumi.Input[str],
    priority_class: pulumi.Input[str],
    pull_secret_names: list[str],
    resources: ContainerResources,
) -> dict[str, Any]:
    """The pod spec of one pool's DaemonSet.

    Args:
        pool: whose nodes and taints; a DaemonSet's pods tolerate the conditions of nodes (`node.kubernetes.io/*`)
            besides, by Kubernetes' own doing.
        image: of the supervisor, with the binaries of one version of the engine.
        port: of its metrics and probes, on the node's address.
        service_account: its account.
        config_map: with `settings.json`.
        priority_class: of the pod.
        pull_secret_names: Secrets of the namespace with registry credentials.
        resources: of the supervisor; the engine and its builds are outside of the pod, and of every limit.
    """
    spec: dict[str, Any] = {
        **placement(pool),
        "serviceAccountName": service_account,
        "automountServiceAccountToken": True,
        "enableServiceLinks": False,
        "hostNetwork": True,
        "priorityClassName": priority_class,
        "terminationGracePeriodSeconds": UNINSTALL_SECONDS,
        "securityContext": {"windowsOptions": {"hostProcess": True, "runAsUserName": r"NT AUTHORITY\SYSTEM"}},
        "containers": [
            {
                "name": "supervisor",
                "image": image,
                "imagePullPolicy": "IfNotPresent",
                "command": _command("run"),
                "env": _identity(),
                "ports": [{"name": PORT_NAME, "containerPort": port, "hostPort": port, "protocol": "TCP"}],
                "resources": resources.to_spec(),
                # A supervisor that can do nothing but ask for a person ends with the reason as its last line.
                "terminationMessagePolicy": "FallbackToLogsOnError",
                "startupProbe": {**_probe("/livez", port), "periodSeconds": 5, "failureThreshold": 60},
                "livenessProbe": {**_probe("/livez", port), "periodSeconds": 30, "failureThreshold": 4},
                "readinessProbe": {**_probe("/readyz", port), "periodSeconds": 10, "failureThreshold": 2},
                # Windows sends no SIGTERM to a HostProcess container that could be relied on.
                "lifecycle": {"preStop": {"exec": {"command": _command("leave")}}},
                "volumeMounts": [{"name": "settings", "mountPath": MOUNT, "readOnly": True}],
            }
        ],
        "volumes": [{"name": "settings", "configMap": {"name": config_map}}],
    }
    if pull_secret_names:
        spec["imagePullSecrets"] = [{"name": secret} for secret in sorted(pull_secret_names)]
    return spec


def _command(verb: str) -> list[str]:
    return [_PYTHON, "-m", "engine_supervisor", verb, "--settings", _SETTINGS]


def _probe(path: str, port: int) -> dict[str, Any]:
    # The default of 1 s is too short on a node whose disk unpacks an image meanwhile.
    return {"httpGet": {"path": path, "port": port, "scheme": "HTTP"}, "timeoutSeconds": 5}


def _identity() -> list[dict[str, Any]]:
    fields = {
        "NODE_IP": "status.hostIP",
        "NODE_NAME": "spec.nodeName",
        "POD_NAME": "metadata.name",
        "POD_NAMESPACE": "metadata.namespace",
        "POD_UID": "metadata.uid",
    }
    return [{"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}} for name, path in fields.items()]
