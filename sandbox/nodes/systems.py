"""What nodes of each operating system say about themselves: one table.

Sources: Windows builds and update revisions of October 2024, https://support.microsoft.com/help/5044281 (20348.2762)
and https://support.microsoft.com/help/5044284 (26100.2033); containerd of AKS's Windows images,
https://github.com/Azure/AgentBaker parts/common/components.json (2026-08); Linux versions as AKS's node images of
2025 report them, approximately.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal


@dataclass(frozen=True, kw_only=True)
class System:
    """The operating system's part of a node's labels and `status.nodeInfo`."""

    image: str
    kernel: str
    runtime: str
    windows_build: str | None = None
    """Value of the label `node.kubernetes.io/windows-build`."""


SYSTEMS: Final[dict[tuple[str, str], System]] = {
    ("windows", "Windows2022"): System(
        image="Windows Server 2022 Datacenter",
        kernel="10.0.20348.2762",
        runtime="containerd://1.7.20",
        windows_build="10.0.20348",
    ),
    ("windows", "Windows2025"): System(
        image="Windows Server 2025 Datacenter",
        kernel="10.0.26100.2033",
        runtime="containerd://2.0.4",
        windows_build="10.0.26100",
    ),
    ("linux", "Ubuntu"): System(image="Ubuntu 24.04.3 LTS", kernel="6.8.0-1034-azure", runtime="containerd://2.0.5-1"),
    ("linux", "AzureLinux"): System(
        image="Microsoft Azure Linux 3.0", kernel="6.6.96.2-1.azl3", runtime="containerd://2.0.0"
    ),
    ("linux", "CBLMariner"): System(
        image="CBL-Mariner/Linux", kernel="5.15.186.1-1.cm2", runtime="containerd://1.6.26"
    ),
}

_DEFAULT_LINUX = "Ubuntu"


def system(os: Literal["linux", "windows"], sku: str | None) -> System:
    """The system of a pool. Raises `ValueError`, with what is allowed, for a combination that does not exist."""
    chosen = _DEFAULT_LINUX if os == "linux" and sku is None else sku
    found = SYSTEMS.get((os, chosen or ""))
    if found is None:
        allowed = ", ".join(name for kind, name in SYSTEMS if kind == os)
        raise ValueError(f"OS SKU of a {os} pool is {sku!r}, must be one of {allowed}")
    return found
