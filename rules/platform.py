"""The cluster's own settings: what each kind of platform needs to know."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rules.given import ABSENT, Absent
from rules.paths import at
from rules.problem import Problem
from rules.words import NOTHING, given


@dataclass(frozen=True, kw_only=True)
class PlatformFacts:
    """What is known of the cluster."""

    path: str = "platform"
    kind: str | None = None
    """`aks`, `azure-local` or `existing-cluster`."""
    kubernetes_version: str | Absent | None = None
    windows_node_pools: bool | None = None
    """On `azure-local`: whether Windows pools were enabled there."""
    custom_location: str | Absent | None = None
    logical_network: str | Absent | None = None
    existing_cluster: str | Absent | None = None

    @property
    def minor(self) -> int | None:
        """36 for Kubernetes 1.36 and 1.36.3."""
        if not isinstance(self.kubernetes_version, str):
            return None
        return int(self.kubernetes_version.split(".")[1])


def azure_local_target(platform: PlatformFacts) -> Iterator[Problem]:
    """On Azure Local a cluster is either made, which needs a place and a network, or adopted, which needs neither."""
    if platform.kind != "azure-local" or platform.existing_cluster is None:
        return
    places = {"customLocation": platform.custom_location, "logicalNetwork": platform.logical_network}
    for key, value in places.items():
        if platform.existing_cluster is ABSENT and value is ABSENT:
            yield Problem(
                rule="azure-local-target",
                path=at(platform.path, key),
                given=NOTHING,
                allowed="customLocation and logicalNetwork for a cluster to make, or existingCluster for one to adopt",
                fix=f"give {key}, or the id of the cluster as existingCluster",
            )
        elif isinstance(platform.existing_cluster, str) and isinstance(value, str):
            yield Problem(
                rule="azure-local-target",
                path=at(platform.path, key),
                given=given(value),
                allowed="customLocation and logicalNetwork for a cluster to make, or existingCluster for one to adopt",
                fix=f"remove {key}: the adopted cluster has its own, or remove existingCluster",
            )


def check(platform: PlatformFacts) -> Iterator[Problem]:
    """All rules of the platform."""
    yield from azure_local_target(platform)
