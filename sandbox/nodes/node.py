"""One Node object from its pool: pure, the same for the same input."""

from __future__ import annotations

import hashlib
import string
from typing import Any, Final

from sandbox.control_plane.components import NODE_ANNOTATION, NODE_ANNOTATION_VALUE
from sandbox.nodes.machine import machine
from sandbox.nodes.pool import SimulatedPool
from sandbox.nodes.systems import system

SIMULATED: Final = "buildfleet.dev/simulated"
"""Annotation, `"true"` on each node that is ours to change and delete."""

# AKS takes these digits from the cluster's resource id; they are the same for all pools of a cluster.
CLUSTER_DIGITS: Final = "12345678"
DEFAULT_VM_SIZE: Final = "Standard_D4s_v5"

_BASE36 = string.digits + string.ascii_lowercase


def name(pool: SimulatedPool, index: int) -> str:
    """As AKS names nodes: by pool and the instance's number in the scale set, in base 36."""
    digits = ""
    for _ in range(6):
        index, digit = divmod(index, 36)
        digits = _BASE36[digit] + digits
    if pool.os == "windows":
        # Host names of Windows have at most 15 characters, hence AKS's limit of 6 for the pool's.
        return f"aks{pool.name}{digits}"
    return f"aks-{pool.name}-{CLUSTER_DIGITS}-vmss{digits}"


def node(pool: SimulatedPool, index: int, *, version: str) -> dict[str, Any]:
    """The node `index` of the pool, with its status. `version` is that of a kubelet whose pool names none."""
    version = f"v{pool.version}" if pool.version else version
    own = name(pool, index)
    about = system(pool.os, pool.os_sku)
    size = machine(pool.vm_size, windows=pool.os == "windows", max_pods=pool.max_pods, os_disk_gib=pool.os_disk_gib)
    labels = {
        "agentpool": pool.name,
        "node.kubernetes.io/instance-type": pool.vm_size or DEFAULT_VM_SIZE,
        **({"kubernetes.azure.com/os-sku": pool.os_sku} if pool.os_sku else {}),
        **({"topology.kubernetes.io/zone": pool.zones[index % len(pool.zones)]} if pool.zones else {}),
        **pool.labels,
        # The kubelet sets these itself, whatever the pool says.
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": own,
        "kubernetes.io/os": pool.os,
        **({"node.kubernetes.io/windows-build": about.windows_build} if about.windows_build else {}),
    }
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": own,
            "labels": dict(sorted(labels.items())),
            "annotations": {NODE_ANNOTATION: NODE_ANNOTATION_VALUE, SIMULATED: "true"},
        },
        "spec": {
            "taints": [{"key": key, "value": value, "effect": effect} for key, value, effect in sorted(pool.taints)]
        },
        "status": {
            "addresses": [
                {"type": "Hostname", "address": own},
                {"type": "InternalIP", "address": _address(own)},
            ],
            "allocatable": size.allocatable,
            "capacity": size.capacity,
            "nodeInfo": {
                "architecture": "amd64",
                "bootID": "",
                "containerRuntimeVersion": about.runtime,
                "kernelVersion": about.kernel,
                "kubeProxyVersion": version,
                "kubeletVersion": version,
                "machineID": "",
                "operatingSystem": pool.os,
                "osImage": about.image,
                "systemUUID": "",
            },
        },
    }


def _address(node_name: str) -> str:
    """An address below 10.224.0.0/16, AKS's default for nodes, that no two nodes of a rehearsal are likely to share."""
    digest = hashlib.sha256(node_name.encode()).digest()
    return f"10.224.{digest[0]}.{1 + digest[1] % 254}"
