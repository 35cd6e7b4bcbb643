"""Properties of an AKS node pool that Azure never changes: a pool has to be made anew for another value.

AKS answers a change with `PropertyChangeNotAllowed`. Source: learn.microsoft.com/azure/aks/manage-node-pools and
create-node-pools, and the reference of the agent pools' create or update, read 2026-11-22.
"""

from __future__ import annotations

from typing import Final

IMMUTABLE: Final = (
    "availabilityZones",
    "enableEncryptionAtHost",
    "enableNodePublicIP",
    "enableUltraSSD",
    "gpuInstanceProfile",
    "kubeletConfig",
    "kubeletDiskType",
    "linuxOSConfig",
    "maxPods",
    "nodePublicIPPrefixID",
    "osDiskSizeGB",
    "osDiskType",
    "osSKU",
    "osType",
    "podSubnetID",
    "proximityPlacementGroupID",
    "scaleSetEvictionPolicy",
    "scaleSetPriority",
    "spotMaxPrice",
    "type",
    "vmSize",
    "vnetSubnetID",
    "windowsProfile",
    "workloadRuntime",
)
