"""The azure-native provider of the sandbox, driven by the real engine against the simulated Azure."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from sandbox.azure import Azure
from sandbox.azure.faults import Fault
from sandbox.plugins.install import Installed
from tests.engine.pulumi_cli import SECONDS, Project, interrupt, make_installed

pytestmark = pytest.mark.engine

SUBSCRIPTION = "00000000-0000-0000-0000-00000000abcd"
PASSWORD = "Correct-Horse-Battery-7"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/trial"
CLUSTER = f"{GROUP}/providers/Microsoft.ContainerService/managedClusters/trial"
POOL = f"{CLUSTER}/agentPools/win"
CLUSTER_TYPE = "azure-native:containerservice:ManagedCluster"
POOL_TYPE = "azure-native:containerservice:AgentPool"

HEAD = """\
import os
import pulumi
import pulumi_azure_native as azure_native
from pulumi_azure_native import containerservice, managedidentity, resources

azure = azure_native.Provider("azure", subscription_id=SUBSCRIPTION, tenant_id=SUBSCRIPTION, location="westeurope")

def options(**more):
    return pulumi.ResourceOptions(provider=azure, **more)

group = resources.ResourceGroup("group", resource_group_name="trial", location="West Europe", opts=options())
identity = managedidentity.UserAssignedIdentity(
    "identity", resource_group_name=group.name, resource_name_="trial", opts=options()
)
cluster = containerservice.ManagedCluster(
    "cluster",
    resource_group_name=group.name,
    resource_name_="trial",
    dns_prefix="trial",
    kubernetes_version="1.36",
    identity={"type": "UserAssigned", "user_assigned_identities": [identity.id]},
    agent_pool_profiles=[
        {"name": "system", "mode": "System", "os_type": "Linux", "vm_size": "Standard_D4ds_v5", "count": 2}
    ],
    network_profile={"network_plugin": "azure", "network_plugin_mode": "overlay", "network_policy": "calico"},
    oidc_issuer_profile={"enabled": True},
    windows_profile={"admin_username": "builder", "admin_password": pulumi.Output.secret(os.environ["PASSWORD"])},
    opts=options(ignore_changes=["windowsProfile.adminPassword"]),
)

def pool(name="win", opts=None, **more):
    settings = {"os_type": "Windows", "os_sku": "Windows2022", "vm_size": "Standard_D8ds_v5", "count": 1, **more}
    return containerservice.AgentPool(
        "pool",
        resource_group_name=group.name,
        resource_name_=cluster.name,
        agent_pool_name=name,
        mode="User",
        opts=opts or options(),
        **settings,
    )

"""
TAKE_OVER = ("--protect=false", "--generate-code=false")
NETWORK = """
from pulumi_azure_native import network

network.VirtualNetwork(
    "network",
    resource_group_name=group.name,
    virtual_network_name="trial",
    address_space={"address_prefixes": ["10.0.0.0/16"]},
    opts=options(),
)
managedidentity.FederatedIdentityCredential(
    "login",
    resource_group_name=group.name,
    resource_name_=identity.name,
    federated_identity_credential_resource_name="agents",
    issuer=cluster.oidc_issuer_profile.apply(lambda profile: profile.issuer_url),
    subject="system:serviceaccount:agents:agents",
    audiences=["api://AzureADTokenExchange"],
    opts=options(),
)
pulumi.export("cluster", cluster.id)
"""


class Trial:
    """One program with an Azure of its own."""

    def __init__(self, project: Project, directory: Path) -> None:
        self.project = project
        self.directory = directory
        self.azure = Azure(directory, subscription=SUBSCRIPTION, tenant=SUBSCRIPTION)

    def write(self, program: str) -> None:
        self.project.write(f"SUBSCRIPTION = {SUBSCRIPTION!r}\n{HEAD}{program}")

    def slow(self, **seconds: float) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        named = {f"containerservice:{name}": value for name, value in seconds.items()}
        (self.directory / "settings.json").write_text(json.dumps({"seconds": named}))

    def asked(self, resource_id: str) -> list[str]:
        """What was accepted for a resource so far, reads left out."""
        return [
            operation
            for operation, asked, status, _ in self.azure.requests()
            if asked.lower() == resource_id.lower() and operation != "read" and status < 400
        ]

    def answers(self, resource_id: str) -> list[tuple[int, str]]:
        """How each request for a resource was answered, reads left out."""
        return [
            (status, code)
            for operation, asked, status, code in self.azure.requests()
            if asked.lower() == resource_id.lower() and operation != "read"
        ]

    def live(self, token: str, resource_id: str) -> dict[str, Any]:
        found = self.azure.get(token, resource_id)
        assert found is not None
        return found


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def installed(home: Path) -> Installed:
    return make_installed(home, {})


@pytest.fixture
def trial(tmp_path: Path, installed: Installed, home: Path) -> Trial:
    directory = tmp_path / "azure"
    variables = {"BUILDFLEET_AZURE": str(directory), "PASSWORD": PASSWORD}
    return Trial(Project(tmp_path / "project", installed, home, variables), directory)


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def everything_written(trial: Trial) -> str:
    """All that the engine and the simulated Azure have stored."""
    folders = (trial.project.folder / "state", trial.directory)
    return "\n".join(path.read_text() for folder in folders for path in sorted(folder.rglob("*")) if path.is_file())


def test_an_environment_lives_through_preview_up_refresh_and_destroy_and_leaves_nothing(trial: Trial) -> None:
    trial.write("pool()\n" + NETWORK)
    previewed = trial.project.preview()
    assert previewed.code == 0, previewed.output
    assert previewed.counts == {"to create": 8}
    assert trial.azure.resources() == []
    output = trial.project.up().output
    assert sorted(trial.project.state()) == ["azure", "cluster", "group", "identity", "login", "network", "pool"]
    again = trial.project.up()
    assert again.counts == {"unchanged": 8}
    refreshed = trial.project.refresh()
    assert refreshed.code == 0, refreshed.output
    assert trial.project.up("--refresh").counts == {"unchanged": 8}
    unchanged = trial.project.preview("--expect-no-changes")
    assert unchanged.code == 0, unchanged.output
    told = output + again.output + refreshed.output + previewed.output + unchanged.output
    assert PASSWORD not in told + everything_written(trial)
    assert trial.project.run("stack", "output", "cluster").output.strip() == CLUSTER
    trial.project.destroy()
    assert trial.azure.resources() == []
    assert trial.project.state() == {}


def test_changes_are_made_in_place_or_by_replacement_and_a_new_password_is_none(trial: Trial) -> None:
    trial.write("pool()")
    trial.project.up()
    trial.write("pool(count=3)")
    assert trial.project.up().counts == {"updated": 1, "unchanged": 5}
    assert trial.asked(POOL) == ["create", "update"]
    assert trial.live(POOL_TYPE, POOL)["count"] == 3
    trial.write('pool(count=3, vm_size="Standard_D4ds_v5")')
    previewed = trial.project.preview()
    assert previewed.counts == {"to replace": 1, "unchanged": 5}
    assert "vmSize" in previewed.output
    trial.project.up()
    assert trial.asked(POOL) == ["create", "update", "delete", "create"], "names are fixed: the old one goes first"
    trial.write('pool(name="win2", count=3, vm_size="Standard_D4ds_v5")')
    assert trial.project.up().counts == {"replaced": 1, "unchanged": 5}
    trial.project.environment["PASSWORD"] = "Another-Horse-Battery-8"
    assert trial.project.up().counts == {"unchanged": 6}
    assert trial.asked(CLUSTER) == ["create"]


def test_what_azure_would_refuse_is_refused_in_preview_with_path_value_allowed_and_fix(trial: Trial) -> None:
    trial.write('pool(name="windows", vm_size=None, max_pods=9, scale_set_priority="spot")')
    previewed = trial.project.preview()
    assert previewed.code != 0
    assert "allowed: Regular or Spot" in previewed.output
    trial.write('pool(name="windows", max_pods=9)')
    previewed = trial.project.preview()
    assert previewed.code != 0
    for path, value, allowed in (("agentPoolName", '"windows"', "1 to 6"), ("maxPods", "9", "10 to 250")):
        line = next(line for line in previewed.output.splitlines() if path in line and "problem" in line)
        assert value in line
        assert allowed in line
    assert trial.azure.requests() == []


def test_throttling_and_an_operation_in_progress_are_survived(trial: Trial) -> None:
    trial.write("pool()")
    trial.azure.inject(
        Fault(token=POOL_TYPE, operation="create", times=2, status=429, code="TooManyRequests", retry_after=0.1),
        Fault(token=CLUSTER_TYPE, operation="create", status=409, code="AnotherOperationInProgress"),
        Fault(token="azure-native:resources:ResourceGroup", operation="create", status=503, code="ServerTimeout"),
    )
    assert trial.project.up().counts == {"created": 6}
    assert [status for status, _ in trial.answers(POOL)][:2] == [429, 429]
    assert trial.answers(CLUSTER)[0] == (409, "AnotherOperationInProgress")
    assert trial.asked(POOL) == trial.asked(CLUSTER) == ["create"]


def test_what_azure_does_not_allow_now_fails_and_the_next_up_goes_on_from_there(trial: Trial) -> None:
    trial.write("pool()")
    message = "the cluster is being upgraded"
    trial.azure.inject(
        Fault(token=POOL_TYPE, status=409, code="OperationNotAllowed", message=message, operation="create")
    )
    failed = trial.project.try_up()
    assert failed.code != 0
    told = next(line for line in failed.output.splitlines() if "Azure answers 409 OperationNotAllowed" in line)
    assert message in told
    assert "pool" not in trial.project.state()
    assert trial.project.up().counts == {"created": 1, "unchanged": 5}
    assert trial.asked(CLUSTER) == ["create"]


def test_what_was_begun_and_failed_is_kept_with_its_secrets_hidden_and_mended_by_the_next_up(trial: Trial) -> None:
    trial.write("pool()")
    trial.azure.inject(
        Fault(token=CLUSTER_TYPE, operation="create", phase="operation", status=500, code="ProvisioningFailed")
    )
    failed = trial.project.try_up()
    assert failed.code != 0
    assert "ProvisioningFailed" in failed.output
    assert trial.project.state()["cluster"]["id"] == CLUSTER
    assert PASSWORD not in failed.output + everything_written(trial)
    assert trial.project.up().counts == {"created": 1, "updated": 1}
    assert trial.live(CLUSTER_TYPE, CLUSTER)["provisioningState"] == "Succeeded"


def test_ctrl_c_in_the_middle_of_a_create_keeps_what_was_begun(trial: Trial) -> None:
    trial.write("pool()")
    trial.slow(AgentPool=4)
    running = trial.project.start("up", "--yes", "--skip-preview")
    wait_for(lambda: trial.asked(POOL) == ["create"])
    outcome = interrupt(running)
    assert outcome.code != 0
    assert "was not waited for because the update was cancelled" in outcome.output
    assert trial.project.state()["pool"]["id"] == POOL
    wait_for(lambda: trial.live(POOL_TYPE, POOL)["provisioningState"] == "Succeeded")
    trial.slow()
    trial.project.up()
    assert trial.asked(POOL)[0] == "create"
    assert trial.asked(POOL).count("create") == 1


def test_a_killed_run_is_taken_up_again_without_a_second_pool(trial: Trial) -> None:
    trial.write("pool()")
    trial.slow(AgentPool=4)
    running = trial.project.start("up", "--yes", "--skip-preview")
    wait_for(lambda: trial.asked(POOL) == ["create"])
    os.killpg(running.pid, signal.SIGKILL)
    running.communicate()
    # What was begun goes on without us.
    wait_for(lambda: trial.live(POOL_TYPE, POOL)["provisioningState"] == "Succeeded")
    assert trial.project.run("cancel", "--yes").code == 0
    refused = trial.project.try_up()
    assert f"cannot create already existing resource '{POOL}'" in refused.output
    # What the engine knows to have begun, and nothing more of, is dropped; then the pool is taken over.
    cleared = trial.project.run("refresh", "--yes", "--skip-preview", "--clear-pending-creates")
    assert cleared.code == 0, cleared.output
    provider = trial.project.state()["azure"]["urn"]
    taken = trial.project.run("import", POOL_TYPE, "pool", POOL, "--yes", *TAKE_OVER, "--provider", f"azure={provider}")
    assert taken.code == 0, taken.output
    # The import's inputs are all that Azure answers; what the program leaves out of that is shown as removed once.
    shown = trial.project.preview("--diff")
    assert shown.counts == {"to update": 1, "unchanged": 5}
    assert "- maxPods" in shown.output
    assert trial.project.up().counts == {"updated": 1, "unchanged": 5}
    assert trial.asked(POOL) == ["create", "update"]
    assert trial.live(POOL_TYPE, POOL)["maxPods"] == 250
    assert trial.project.up().counts == {"unchanged": 6}
    trial.project.destroy()
    assert trial.azure.resources() == []


def test_drift_is_found_and_undone_and_what_was_deleted_is_made_again(trial: Trial) -> None:
    trial.write('pool(tags={"owner": "us"})')
    trial.project.up()
    trial.azure.change(POOL, {"tags": {"owner": "them"}})
    found = trial.project.refresh()
    assert found.code != 0
    assert "tags" in found.output
    assert trial.project.up().counts == {"updated": 1, "unchanged": 5}
    assert trial.live(POOL_TYPE, POOL)["tags"] == {"owner": "us"}
    trial.azure.wait(trial.azure.begin_delete(POOL_TYPE, POOL), Event())
    assert trial.project.up("--refresh").counts == {"created": 1, "unchanged": 5}


def test_without_a_folder_for_the_simulated_azure_nothing_is_done(trial: Trial) -> None:
    trial.write("pool()")
    outcome = trial.project.run("preview", BUILDFLEET_AZURE="")
    assert outcome.code != 0
    assert "Azure is simulated, and BUILDFLEET_AZURE does not say in which folder" in outcome.output
