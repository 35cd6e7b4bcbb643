"""What is known of the cluster, whichever kind it is."""

from __future__ import annotations

from dataclasses import dataclass

from rules.given import ABSENT, Absent


@dataclass(frozen=True, kw_only=True)
class PlatformFacts:
    """What is known of the cluster."""

    path: str = "platform"
    kind: str | None = None
    """`aks`, `azure-local` or `existing-cluster`."""
    production: bool | None = None
    """Whether the environment is one of production."""
    kubernetes_version: str | Absent | None = None
    subscription: str | None = None
    resource_group: str | Absent | None = None
    """Id of the resource group that is brought."""
    existing_cluster: str | Absent | None = None
    """On `azure-local`: the id of the cluster to adopt."""

    @property
    def minor(self) -> int | None:
        """36 for Kubernetes 1.36 and 1.36.3."""
        if not isinstance(self.kubernetes_version, str):
            return None
        return int(self.kubernetes_version.split(".")[1])

    @property
    def makes_pools(self) -> bool | None:
        """Whether the node pools are made here, and not found."""
        match self.kind:
            case "aks":
                return True
            case "existing-cluster":
                return False
            case "azure-local" if self.existing_cluster is not None:
                return self.existing_cluster is ABSENT
            case _:
                return None
