"""What Azure takes: names and sizes.

Sources: Azure/azure-resource-manager-schemas containerService 2025-09-01 and hybridContainerService 2024-01-01, read
2026-08-16; MicrosoftDocs/azure-aks-docs (create-node-pools, use-system-pools) and MicrosoftDocs/azure-stack-docs
(aks-arc scale requirements), read 2026-08-21.
"""

from __future__ import annotations

import re
from typing import Final

MAX_PODS: Final = 110
"""Pods a node where a stack file says nothing: Azure Local's own default. AKS's is 250 with an overlay, and 110 is the
most that its docs advise for Windows."""
AKS_SYSTEM_MAX_PODS: Final = 30
"""Least pods a node of a system pool must take."""
AUTHORIZED_RANGES: Final = 200
"""Most authorized ranges of an API server, the addresses of its nodes among them. MicrosoftDocs/azure-aks-docs,
api-server-authorized-ip-ranges, as known on 2026-11-22 and not read again then."""

AZURE_LOCAL_NODES: Final = 64
"""Most nodes of a pool. Empty pools are not possible."""
AZURE_LOCAL_POOLS: Final = 16
AZURE_LOCAL_CLUSTER_NODES: Final = 200
"""Most nodes of a cluster."""
AZURE_LOCAL_VM_SIZES: Final = (
    "Standard_A2_v2",
    "Standard_A4_v2",
    "Standard_D16s_v3",
    "Standard_D32s_v3",
    "Standard_D4s_v3",
    "Standard_D8s_v3",
    "Standard_K8S3_v1",
)
"""Without those with a graphics card, which depend on the machine."""
GPU_SIZE: Final = re.compile(r"^Standard_N")
