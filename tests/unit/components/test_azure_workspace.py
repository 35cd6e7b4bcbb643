"""LogWorkspace: paid by volume, without shared keys."""

from __future__ import annotations

import pytest

from components.azure.log_workspace import LogWorkspace, LogWorkspaceArgs
from tests.unit.components.mocks import RecordingMonitor, deploy
from tests.unit.components.test_azure_roles import SCOPE


def made(days: int) -> RecordingMonitor:
    return deploy(
        lambda: LogWorkspace("logs", LogWorkspaceArgs(scope=SCOPE, workspace="buildfleet-prod", retention_days=days))
    )


def test_a_workspace_keeps_logs_as_long_as_asked_and_takes_no_shared_keys() -> None:
    monitor = made(90)
    workspace = monitor.named("logs-workspace")
    assert workspace.inputs == {
        "features": {"disableLocalAuth": True, "enableLogAccessUsingOnlyResourcePermissions": True},
        "location": "westeurope",
        "resourceGroupName": "buildfleet-prod",
        "retentionInDays": 90,
        "sku": {"name": "PerGB2018"},
        "tags": {"environment": "prod"},
        "workspaceName": "buildfleet-prod",
    }
    assert workspace.parent_name == "logs"
    assert monitor.outputs_of("logs") == {"id": "logs-workspace-id"}


@pytest.mark.parametrize("days", [29, 731])
def test_retention_that_azure_refuses_is_refused(days: int) -> None:
    with pytest.raises(ValueError, match=f"kept for {days} days; allowed are 30 to 730"):
        made(days)
