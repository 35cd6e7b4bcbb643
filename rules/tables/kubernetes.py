"""Kubernetes on AKS: until when each minor version is supported, and which KEDA its add-on is.

What a version is offered for is told as of `READ`, so that a stack file is judged the same every day. A row that is
added for a new minor brings that day up to date.

Source: MicrosoftDocs/azure-aks-docs articles/aks/supported-kubernetes-versions.md (release calendar, LTS versions,
components by version), the revision that has Kubernetes 1.36 with components of 2026-08; read 2026-11-22. A month
without a day means its last day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

READ: Final = date(2026, 11, 22)

Offer = Literal["ordinary", "long-term", "gone"]


@dataclass(frozen=True, kw_only=True)
class KubernetesMinor:
    """One minor version on AKS: 36 is 1.36."""

    minor: int
    supported_until: date
    """End of ordinary support."""
    lts_until: date
    """End of long-term support, for clusters of the tier Premium that have enabled it."""
    keda_add_on: str | None
    """Version of KEDA that the add-on installs; `None` where that is not known. Patches may be newer."""

    @property
    def offered(self) -> Offer:
        """To whom AKS offered the version when the table was read: `long-term` is the tier Premium alone."""
        if self.supported_until >= READ:
            return "ordinary"
        return "long-term" if self.lts_until >= READ else "gone"


KUBERNETES: Final[Mapping[int, KubernetesMinor]] = {
    row.minor: row
    for row in (
        KubernetesMinor(
            minor=31, supported_until=date(2025, 11, 1), lts_until=date(2026, 11, 30), keda_add_on="2.14.1"
        ),
        KubernetesMinor(minor=32, supported_until=date(2026, 3, 31), lts_until=date(2027, 3, 31), keda_add_on="2.14.1"),
        KubernetesMinor(minor=33, supported_until=date(2026, 7, 31), lts_until=date(2027, 7, 31), keda_add_on="2.16.1"),
        KubernetesMinor(
            minor=34, supported_until=date(2026, 11, 30), lts_until=date(2027, 11, 30), keda_add_on="2.17.3"
        ),
        KubernetesMinor(minor=35, supported_until=date(2027, 3, 31), lts_until=date(2028, 3, 31), keda_add_on="2.17.3"),
        KubernetesMinor(minor=36, supported_until=date(2027, 6, 30), lts_until=date(2028, 6, 30), keda_add_on="2.19.0"),
        # Its components were not published when the table was read.
        KubernetesMinor(minor=37, supported_until=date(2027, 10, 31), lts_until=date(2028, 10, 31), keda_add_on=None),
    )
}
"""By minor. Older ones are gone: their long-term support, the last there was, ended before the table was read."""
OLDEST: Final = min(KUBERNETES)
NEWEST: Final = max(KUBERNETES)
EXAMPLE: Final = max(row.minor for row in KUBERNETES.values() if row.offered == "ordinary" and row.keda_add_on)
"""The newest whose components are known: what messages propose."""
