"""Resources as an author of agents, builds and node pools writes them; the rules pass all of them.

Owns their mix: of ten, four Deployments and two ScaledJobs of agents with a Docker daemon, three ConfigMaps, and a node
pool of AKS.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any, Final

OWN: Final = "registry.example.com/buildfleet"
DIGEST: Final = "sha256:" + "0123456789abcdef" * 4
NAMESPACE: Final = "azdo-agents-docker"
CACHES: Final = "/var/lib/buildfleet/caches"
SELECTOR: Final = {"agentpool": "lin", "kubernetes.io/os": "linux"}
TAINT: Final = {"key": "buildfleet.dev/purpose", "value": "build", "effect": "NoSchedule"}

CONFIGURATION: Final[dict[str, Any]] = {
    "fleet-settings": {
        "stack": "bench",
        "registries": [OWN, "docker.io/library/docker"],
        "ownRepositories": [OWN],
        "hostPaths": [CACHES],
        "pools": [{"name": "lin", "os": "linux", "selector": SELECTOR, "taints": [TAINT]}],
    },
    # Of the stack as a whole, which has far too many pools and nothing else that a stack has.
    "cost-ceiling": "advisory",
    "in-cluster-twin-present": "advisory",
}

_RESOURCES: Final = {"requests": {"cpu": "1", "memory": "4Gi"}, "limits": {"memory": "4Gi"}}
_ENVIRONMENT: Final = [
    {"name": "AZP_URL", "value": "https://dev.azure.com/contoso"},
    {"name": "AZP_POOL", "value": "aks-linux"},
    {"name": "DOCKER_HOST", "value": "unix:///run/docker/docker.sock"},
    {"name": "AZP_AGENT_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
]
_POD: Final[dict[str, Any]] = {
    "automountServiceAccountToken": False,
    "enableServiceLinks": False,
    "serviceAccountName": "azdo-agent",
    "os": {"name": "linux"},
    "nodeSelector": SELECTOR,
    "tolerations": [{**TAINT, "operator": "Equal"}],
    "terminationGracePeriodSeconds": 3600,
    "initContainers": [
        {
            "name": "docker",
            "image": f"docker.io/library/docker:29.2.1-dind@{DIGEST}",
            "restartPolicy": "Always",
            "securityContext": {"privileged": True, "runAsUser": 0},
            "resources": _RESOURCES,
            "volumeMounts": [
                {"name": "docker-socket", "mountPath": "/run/docker"},
                {"name": "cache", "mountPath": "/var/lib/docker"},
            ],
        }
    ],
    "containers": [
        {
            "name": "agent",
            "image": f"{OWN}/azure-devops-agent:1-linux",
            "env": _ENVIRONMENT,
            "securityContext": {
                "allowPrivilegeEscalation": False,
                "capabilities": {"drop": ["ALL"]},
                "runAsNonRoot": True,
                "runAsUser": 1000,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "resources": _RESOURCES,
            "volumeMounts": [
                {"name": "docker-socket", "mountPath": "/run/docker"},
                {"name": "work", "mountPath": "/azp/work"},
            ],
        }
    ],
    "volumes": [
        {"name": "docker-socket", "emptyDir": {}},
        {"name": "work", "emptyDir": {"sizeLimit": "20Gi"}},
        {"name": "cache", "hostPath": {"path": f"{CACHES}/docker", "type": "DirectoryOrCreate"}},
    ],
}
_POOL: Final[dict[str, Any]] = {
    "availabilityZones": ["1", "2", "3"],
    "enableAutoScaling": True,
    "enableEncryptionAtHost": False,
    "enableFIPS": False,
    "maxCount": 10,
    "maxPods": 110,
    "minCount": 0,
    "mode": "User",
    "nodeLabels": {
        "buildfleet.dev/pool": "lin",
        "buildfleet.dev/purpose": "build",
        "buildfleet.dev/stack": "bench",
        "buildfleet.dev/trust": "trusted",
    },
    "nodeTaints": ["buildfleet.dev/purpose=build:NoSchedule"],
    "orchestratorVersion": "1.36",
    "osDiskSizeGB": 256,
    "osDiskType": "Managed",
    "osSKU": "Ubuntu",
    "osType": "Linux",
    "resourceGroupName": "fleet",
    "resourceName": "fleet",
    "tags": {"environment": "prod", "owner": "platform-team", "costCenter": "4711"},
    "type": "VirtualMachineScaleSets",
    "upgradeSettings": {"drainTimeoutInMinutes": 90, "maxSurge": "33%", "undrainableNodeBehavior": "Cordon"},
    "vmSize": "Standard_D8ds_v5",
    "vnetSubnetID": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/n/subnets/builds",
}


def resources(count: int) -> Iterator[dict[str, Any]]:
    """As `bench.programs.registering` reads them."""
    for index in range(count):
        one = _MIX[index % len(_MIX)](index)
        yield {**one, "name": f"{one['type'].rpartition(':')[2].lower()}-{index}"}


def _deployment(index: int) -> dict[str, Any]:
    return _object("apps/v1", "Deployment", f"agent-{index}", {"spec": {"replicas": 2, "template": _template()}})


def _scaled_job(index: int) -> dict[str, Any]:
    spec = {
        "jobTargetRef": {"template": _template(), "backoffLimit": 0, "activeDeadlineSeconds": 21600},
        "maxReplicaCount": 20,
        "triggers": [{"type": "azure-pipelines", "metadata": {"poolName": "aks-linux"}}],
    }
    return _object("keda.sh/v1alpha1", "ScaledJob", f"agent-{index}", {"spec": spec})


def _config_map(index: int) -> dict[str, Any]:
    data = {"daemon.json": '{"storage-driver": "overlay2"}', "settings.yaml": "prune:\n  every: 24h\n  keep: 50Gi\n"}
    return _object("core/v1", "ConfigMap", f"settings-{index}", {"data": data})


def _pool(index: int) -> dict[str, Any]:
    inputs = {**copy.deepcopy(_POOL), "agentPoolName": f"lin{index}"}
    options = {"protect": True, "ignoreChanges": ["count"], "timeouts": {"create": 3600, "update": 7200}}
    return {"type": "azure-native:containerservice:AgentPool", "inputs": inputs, **options}


def _template() -> dict[str, Any]:
    annotations = {"cluster-autoscaler.kubernetes.io/safe-to-evict": "false"}
    labels = {"app.kubernetes.io/name": "azure-devops-agent", "app.kubernetes.io/part-of": "buildfleet"}
    return {"metadata": {"annotations": annotations, "labels": labels}, "spec": copy.deepcopy(_POD)}


def _object(group: str, kind: str, name: str, body: dict[str, Any]) -> dict[str, Any]:
    metadata = {"name": name, "namespace": NAMESPACE, "labels": {"app.kubernetes.io/part-of": "buildfleet"}}
    head = {"apiVersion": group.removeprefix("core/"), "kind": kind, "metadata": metadata}
    return {"type": f"kubernetes:{group}:{kind}", "inputs": {**head, **body}}


_MIX: Final = (*[_deployment] * 4, *[_scaled_job] * 2, *[_config_map] * 3, _pool)
