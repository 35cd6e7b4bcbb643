"""Azure's virtual machine sizes: what their names do not tell.

Sources: MicrosoftDocs/azure-aks-docs (use-system-pools, create-node-pools), read 2026-08-21, for the least sizes;
Microsoft Learn, pages of the size series (Dv2 and DSv2, Dv3 and Dsv3, Ev3 and Esv3, Fsv2, Ddsv4, Ddsv5, Dadsv5, Edsv4,
Edsv5, Eadsv5: processors, local storage and cache), and of AKS on Azure Local for its own, as known on 2026-11-22 and
not read again then: `az vm list-skus` has them of each region.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

LEAST_VCPUS: Final = 2
"""Of a user pool's node on AKS. A node of fewer has no room for anything after what AKS itself runs."""
LEAST_SYSTEM_VCPUS: Final = 4
"""Of a system pool's node on AKS, which may not be of a burstable size either."""
LEAST_WINDOWS_BUILD_VCPUS: Final = 4
"""Of a Windows build node in production: Standard_D4s_v3 is the least that Microsoft advises for Windows."""

CONFIDENTIAL_FAMILIES: Final = ("DC", "EC", "NCC")
"""Confidential machines, which on AKS run Linux only: Microsoft Learn "Use confidential virtual machines in AKS", as
known on 2026-11-22 and not read again then."""

QUOTA_KNOWN: Final = ("D", "DS", "E", "F", "L", "NV")
"""Families whose quotas are called as `rules.vm_size` tells from the size; others may have another name."""

GENERATION_2_FROM: Final = 6
"""Versions of sizes from here on boot only generation 2 images."""

# The number in the names of the first D and DS sizes is no number of processors.
_DV2: Final = {1: 1, 2: 2, 3: 4, 4: 8, 5: 16, 11: 2, 12: 4, 13: 8, 14: 16, 15: 20}
OLD_VCPUS: Final[Mapping[tuple[str, int], Mapping[int, int]]] = {
    ("D", 1): _DV2,
    ("D", 2): _DV2,
    ("DS", 1): _DV2,
    ("DS", 2): _DV2,
}
"""By family and version: number in the name to vCPUs."""

DISK_IS_A_FEATURE_FROM: Final[Mapping[str, int]] = {"B": 2, "D": 4, "DC": 5, "E": 4, "EC": 5, "F": 6, "M": 3}
"""From this version on a size of the family has a local disk only with the letter d. Earlier ones always have."""

TEMPORARY_DISK_IS_RAW_FROM: Final = 6
"""From this version on a local disk comes without partition and file system, so Windows has no D: of it: Microsoft
Learn "Temp NVMe disks FAQ" (virtual-machines/enable-nvme-temp-faqs), read in a copy 2026-11."""

# Of disk or cache, whichever is larger.
EPHEMERAL_GB_PER_VCPU: Final[Mapping[tuple[str, str, int], float]] = {
    ("D", "s", 3): 25,
    ("E", "s", 3): 25,
    ("F", "s", 2): 16,
    ("D", "ds", 4): 37.5,
    ("E", "ds", 4): 37.5,
    ("D", "ads", 5): 37.5,
    ("D", "ds", 5): 37.5,
    ("E", "ads", 5): 37.5,
    ("E", "ds", 5): 37.5,
}
"""By family, features and version."""

# MicrosoftDocs/azure-aks-docs concepts-storage, default OS disk sizing, read 2026-08-21.
OS_DISK_GB: Final = ((64, 1024), (16, 512), (8, 256), (0, 128))
"""What AKS makes of a managed disk without a size: (vCPUs from, GB), largest first."""

AZURE_LOCAL_VCPUS: Final[Mapping[str, int]] = {"Standard_K8S3_v1": 4}
"""Sizes of Azure Local whose names do not tell."""
