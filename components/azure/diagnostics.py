"""The logs that an AKS control plane writes.

Owns which of them are kept. Refuses `kube-audit`: it is every request of every controller, costs the most and tells the
least; `kube-audit-admin` has the requests that change something.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_azure_native import monitor

CATEGORIES: Final = (
    "cloud-controller-manager",
    "cluster-autoscaler",
    "guard",
    "kube-apiserver",
    "kube-audit-admin",
    "kube-controller-manager",
    "kube-scheduler",
)
"""`guard` is Entra logins. MicrosoftDocs/azure-aks-docs monitor-aks-reference, resource logs, read 2026-08-21."""


@dataclass(frozen=True, kw_only=True)
class ClusterDiagnosticsArgs:
    """What `ClusterDiagnostics` needs."""

    name: str
    """Of the setting in Azure."""
    cluster: pulumi.Input[str]
    """ARM id of the cluster."""
    workspace: pulumi.Input[str]
    """ARM id of the Log Analytics workspace."""


class ClusterDiagnostics(pulumi.ComponentResource):
    """Where a cluster's logs and metrics go."""

    def __init__(self, name: str, args: ClusterDiagnosticsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(
            "buildfleet:index:ClusterDiagnostics", name, {"name": args.name, "categories": list(CATEGORIES)}, opts
        )
        monitor.DiagnosticSetting(
            f"{name}-setting",
            name=args.name,
            resource_uri=args.cluster,
            workspace_id=args.workspace,
            # Tables of their own: cheaper, and readable without knowing the shape of AzureDiagnostics.
            log_analytics_destination_type="Dedicated",
            logs=[{"category": category, "enabled": True} for category in CATEGORIES],
            metrics=[{"category": "AllMetrics", "enabled": True}],
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})
