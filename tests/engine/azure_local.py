"""The Azure Local example in a sandbox of its own, looked into and changed as the AKS one is."""

from __future__ import annotations

from pathlib import Path

from tests.engine.aks import AksSandbox, Sections
from tests.engine.driver import ROOT

CLUSTER = "provisionedClusterInstances/default"


class AzureLocalSandbox(AksSandbox):
    """`Pulumi.azure-local.yaml` as it is, or as a test changed it."""

    def __init__(self, folder: Path, kubectl: Path, *, stack: str = "azure-local") -> None:
        super().__init__(folder, kubectl, stack=stack)
        self.file.write_text((ROOT / "Pulumi.azure-local.yaml").read_text())


def adopt(sections: Sections, cluster: str) -> None:
    """Let the stack file name a cluster that is there, and nothing that only a new one needs."""
    made = sections["platform"]
    kept = ("kind", "subscription", "tenant", "location", "kubernetesVersion", "windowsNodePools")
    sections["platform"] = {**{key: made[key] for key in kept}, "existingCluster": cluster}
