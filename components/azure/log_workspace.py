"""Where the logs of the control plane go.

Owns a Log Analytics workspace, paid by volume. Reading a resource's logs follows the rights on that resource, so that
who may see one cluster does not see all; shared keys are off, so that writing needs an identity too.

Refuses retention outside of what Azure keeps interactively.
"""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_azure_native import operationalinsights

from components.azure.scope import AzureScope


@dataclass(frozen=True, kw_only=True)
class LogWorkspaceArgs:
    """What `LogWorkspace` needs."""

    scope: AzureScope
    workspace: str
    """Name, 4 to 63 letters, digits and hyphens. A deleted workspace keeps its name for 14 days; one made again in that
    time comes back with its old logs."""
    retention_days: int = 30
    """30 to 730; beyond 30 each day costs."""


class LogWorkspace(pulumi.ComponentResource):
    """A Log Analytics workspace."""

    id: pulumi.Output[str]
    """ARM id."""

    def __init__(self, name: str, args: LogWorkspaceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        if not 30 <= args.retention_days <= 730:
            raise ValueError(
                f"log workspace {args.workspace}: logs kept for {args.retention_days} days; allowed are 30 to 730"
            )
        super().__init__(
            "buildfleet:index:LogWorkspace",
            name,
            {"workspace": args.workspace, "retentionDays": args.retention_days},
            opts,
        )
        workspace = operationalinsights.Workspace(
            f"{name}-workspace",
            workspace_name=args.workspace,
            resource_group_name=args.scope.resource_group,
            location=args.scope.location,
            sku=operationalinsights.WorkspaceSkuArgs(name="PerGB2018"),
            retention_in_days=args.retention_days,
            features=operationalinsights.WorkspaceFeaturesArgs(
                disable_local_auth=True, enable_log_access_using_only_resource_permissions=True
            ),
            tags=args.scope.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.id = workspace.id
        self.register_outputs({"id": self.id})
