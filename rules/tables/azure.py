"""What Azure takes: names and sizes.

Sources: Azure/azure-resource-manager-schemas containerService 2025-09-01 and hybridContainerService 2024-01-01, read
2026-08-16; MicrosoftDocs/azure-aks-docs (create-node-pools, use-system-pools) and MicrosoftDocs/azure-stack-docs
(aks-arc scale requirements), read 2026-08-21.
"""

from __future__ import annotations

import re
from typing import Final

AKS_SYSTEM_MAX_PODS: Final = 30
"""Least pods a node of a system pool must take."""

AZURE_LOCAL_NODES: Final = 64
"""Most nodes of a pool. Empty pools are not possible."""
AZURE_LOCAL_POOLS: Final = 16
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

VM_SIZE: Final = re.compile(r"^Standard_[A-Z]+[0-9]+(-[0-9]+)?[a-z]*(_[A-Za-z0-9]+)*$")
ARM64_SIZE: Final = re.compile(r"^Standard_[A-Z]+[0-9]+(-[0-9]+)?[a-z]*p[a-z]*_v[0-9]+$")
"""The letter p after the number of CPUs: an Arm processor, which has no Windows nodes."""
GENERATION_2_SIZE: Final = re.compile(r"_v([6-9]|[1-9][0-9]+)$")
"""Sizes that boot only generation 2 images. A Windows2022 pool gets a generation 1 image unless a header is sent that
ARM has no property for: Azure/AKS#5566, Azure/bicep#16812."""
