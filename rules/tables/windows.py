"""Windows Server on nodes: which Kubernetes takes it, until when, and which container images run on it.

Sources: MicrosoftDocs/azure-aks-docs (windows-faq, use-windows-*, upgrade-windows-os), read 2026-08-21;
Azure/AgentBaker vhdbuilder/packer/windows (disk sizes), read 2026-08-21; Azure/azure-resource-manager-schemas
hybridContainerService 2024-01-01 and 2026-04-01-preview (Azure Local), read 2026-08-16; Microsoft Learn "Windows Server
release information" (builds).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final


@dataclass(frozen=True, kw_only=True)
class WindowsSku:
    """One value of `osSku`. Kubernetes versions are minors: 32 is 1.32."""

    name: str
    build: str
    """As in the node label `node.kubernetes.io/windows-build`."""
    first_minor: int
    """First Kubernetes minor whose pools take it, on AKS."""
    gone_from_minor: int | None
    """First Kubernetes minor that has it no more."""
    unsupported_from: date | None
    images_removed: date | None
    container_tags: tuple[str, ...]
    """Tags of base images that run on it in process isolation; the first is its own."""
    disk_floor_gb: int
    """Size of the node image: no smaller disk can hold it."""
    azure_local: bool
    """Whether AKS on Azure Local has it."""
    needs_fips: bool
    """Whether Azure refuses a pool without the FIPS image."""


WINDOWS_SKUS: Final = {
    sku.name: sku
    for sku in (
        WindowsSku(
            name="Windows2022",
            build="10.0.20348",
            first_minor=23,
            gone_from_minor=37,
            unsupported_from=date(2028, 6, 30),
            images_removed=date(2029, 6, 30),
            container_tags=("ltsc2022",),
            disk_floor_gb=35,
            azure_local=True,
            needs_fips=False,
        ),
        WindowsSku(
            name="Windows2025",
            build="10.0.26100",
            first_minor=32,
            gone_from_minor=None,
            unsupported_from=None,
            images_removed=None,
            container_tags=("ltsc2025", "ltsc2022"),
            disk_floor_gb=45,
            azure_local=False,
            needs_fips=True,
        ),
    )
}

RETIRED_SKUS: Final = {"Windows2019": date(2026, 3, 1)}
"""Values of `osSku` that Azure still has a name for, and the end of their support on AKS."""

CONTAINER_BUILDS: Final = {"17763": "ltsc2019", "20348": "ltsc2022", "26100": "ltsc2025"}
"""Builds in tags of base images, as in `10.0.20348.1547`, by the Windows Server they are."""
CONTAINER_RELEASES: Final = {"1809": "ltsc2019"}
"""Releases in tags of base images, likewise."""
