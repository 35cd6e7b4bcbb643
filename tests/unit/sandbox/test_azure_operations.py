"""Operations of the simulated Azure: one at a time, slow, throttled, at fault, and ended without their callers."""

from __future__ import annotations

import json
import multiprocessing
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sandbox.azure import Azure, AzureError, InterruptedWaitError
from sandbox.azure.faults import Fault
from tests.unit.sandbox.azure_world import GROUP, NEVER, SUBSCRIPTION, Fixture, cluster_inputs, pool_inputs, token

CLUSTER = "containerservice:ManagedCluster"
POOL = "containerservice:AgentPool"
CREDENTIAL = "managedidentity:FederatedIdentityCredential"


@pytest.fixture
def world(tmp_path: Path) -> Fixture:
    return Fixture(tmp_path / "azure")


def credential(name: str) -> dict[str, object]:
    return {
        "resourceGroupName": "ci",
        "resourceName": "agents",
        "federatedIdentityCredentialResourceName": name,
        "issuer": "https://issuer.example",
        "subject": name,
        "audiences": ["api://AzureADTokenExchange"],
    }


def test_a_cluster_takes_one_operation_at_a_time(world: Fixture) -> None:
    world.cluster()
    world.settings(seconds={POOL: 60})
    operation = world.begin(POOL, **pool_inputs())
    for act in (
        lambda: world.begin(POOL, **pool_inputs(agentPoolName="other")),
        lambda: world.begin(CLUSTER, False, **cluster_inputs()),
        lambda: world.azure.begin_delete(token(POOL), world.id(POOL, **pool_inputs())),
    ):
        with pytest.raises(AzureError, match=r"Another agentpool operation .*Creating, lin.* is in progress") as caught:
            act()
        assert (caught.value.status, caught.value.code) == (409, "OperationNotAllowed")
        assert "aka.ms/aks-pending-operation" in caught.value.message
    assert (world.get(POOL, operation.resource_id) or {})["provisioningState"] == "Creating"
    world.clock.now += 61
    assert world.begin(POOL, **pool_inputs(agentPoolName="other"))


def test_subnets_of_a_network_are_written_one_after_another(world: Fixture) -> None:
    world.network()
    world.settings(seconds={"network:Subnet": 5})
    inputs = {"resourceGroupName": "ci", "virtualNetworkName": "net"}
    world.begin("network:Subnet", **inputs, subnetName="a", addressPrefix="10.240.64.0/18")
    with pytest.raises(AzureError, match="one after another") as caught:
        world.begin("network:Subnet", **inputs, subnetName="b", addressPrefix="10.240.128.0/18")
    assert (caught.value.status, caught.value.code) == (409, "AnotherOperationInProgress")


def test_a_role_on_a_subnet_is_not_a_write_of_its_network(world: Fixture) -> None:
    subnet = world.network()
    world.settings(seconds={"*": 5})
    guid = "33333333-3333-3333-3333-333333333333"
    role = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{guid}"
    world.begin(
        "authorization:RoleAssignment", scope=subnet, roleAssignmentName=guid, principalId=guid, roleDefinitionId=role
    )
    inputs = {"resourceGroupName": "ci", "virtualNetworkName": "net"}
    assert world.begin("network:Subnet", **inputs, subnetName="a", addressPrefix="10.240.64.0/18")


def test_instant_operations_are_never_in_each_others_way(world: Fixture) -> None:
    world.network()
    inputs = {"resourceGroupName": "ci", "virtualNetworkName": "net"}
    world.begin("network:Subnet", **inputs, subnetName="a", addressPrefix="10.240.64.0/18")
    world.azure._settling.settle = lambda **_: None  # type: ignore[method-assign]  # as if it had begun just now
    assert world.begin("network:Subnet", **inputs, subnetName="b", addressPrefix="10.240.128.0/18")


def test_credentials_of_an_identity_are_written_one_after_another(world: Fixture) -> None:
    world.identity()
    world.settings(seconds={CREDENTIAL: 5})
    world.begin(CREDENTIAL, **credential("one"))
    with pytest.raises(AzureError, match="depends_on") as caught:
        world.begin(CREDENTIAL, **credential("two"))
    assert caught.value.code == "ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity"
    world.identity("other")
    world.begin(CREDENTIAL, **{**credential("two"), "resourceName": "other"})


def test_too_many_writes_of_a_pool_are_throttled_until_the_bucket_fills(world: Fixture) -> None:
    world.cluster()
    world.pool()
    for _ in range(19):
        world.update(POOL, **pool_inputs())
    with pytest.raises(AzureError, match="Try again in 60 seconds") as caught:
        world.update(POOL, **pool_inputs())
    assert (caught.value.status, caught.value.code, caught.value.retry_after) == (429, "TooManyRequests", 60.0)
    world.pool(agentPoolName="other")
    world.clock.now += 60
    world.update(POOL, **pool_inputs())
    with pytest.raises(AzureError, match="TooManyRequests"):
        world.update(POOL, **pool_inputs())


def test_a_fault_strikes_the_request_it_names_and_no_other(world: Fixture) -> None:
    world.cluster()
    world.azure.inject(
        Fault(token=token(POOL), operation="create", at=2, status=429, code="TooManyRequests", retry_after=7)
    )
    world.pool()
    with pytest.raises(AzureError, match=r"AgentPool other .*injected") as caught:
        world.pool(agentPoolName="other")
    assert (caught.value.status, caught.value.retry_after) == (429, 7)
    assert world.pool(agentPoolName="other")
    assert [entry[2:] for entry in world.azure.requests()[-3:]] == [
        (202, "Accepted"),
        (429, "TooManyRequests"),
        (202, "Accepted"),
    ]


def test_a_fault_in_an_operation_leaves_a_failed_resource_that_can_be_put_again(world: Fixture) -> None:
    world.cluster()
    world.azure.inject(Fault(resource="/agentpools/lin", status=500, code="VMExtensionError", phase="operation"))
    with pytest.raises(AzureError, match="VMExtensionError"):
        world.pool()
    pool = world.id(POOL, **pool_inputs())
    assert (world.get(POOL, pool) or {})["provisioningState"] == "Failed"
    assert world.update(POOL, **pool_inputs())["provisioningState"] == "Succeeded"


def test_random_faults_are_the_same_in_each_run(tmp_path: Path) -> None:
    def struck(name: str) -> list[int]:
        world = Fixture(tmp_path / name)
        world.azure.inject(Fault(chance=0.5, seed=7, status=503, code="ServiceUnavailable"))
        for number in range(20):
            try:
                world.identity(f"agents{number}")
            except AzureError:
                continue
        return [status for _, _, status, _ in world.azure.requests()]

    assert struck("one") == struck("two")
    assert {202, 503} == set(struck("three"))


def test_slow_faults_only_take_time_and_can_be_taken_back(world: Fixture) -> None:
    world.azure.inject(Fault(status=0, seconds=30))
    operation = world.begin(
        "managedidentity:UserAssignedIdentity", resourceGroupName="ci", resourceName="agents", location="westeurope"
    )
    cancelled = threading.Event()
    cancelled.set()
    with pytest.raises(InterruptedWaitError, match="Azure goes on"):
        world.azure.wait(operation, cancelled)
    world.clock.now += 31
    assert world.azure.wait(operation, cancelled)
    world.azure.inject()
    assert world.identity("other")["name"] == "other"


def test_an_operation_ends_although_its_caller_was_killed(tmp_path: Path) -> None:
    script = f"""
import os, signal
from pathlib import Path
from sandbox.azure import Azure
azure = Azure(Path({str(tmp_path)!r}), subscription={SUBSCRIPTION!r})
inputs = {{"resourceGroupName": "ci", "location": "westeurope"}}
azure.begin_put("azure-native:resources:ResourceGroup", {GROUP!r}, inputs, create=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    (tmp_path / "settings.json").write_text(json.dumps({"seconds": {"*": 600}}))
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == -9
    import time

    now = time.time()
    group = token("resources:ResourceGroup")
    found = Azure(tmp_path, clock=lambda: now).get(group, GROUP)
    assert (found or {})["properties"] == {"provisioningState": "Creating"}
    found = Azure(tmp_path, clock=lambda: now + 601).get(group, GROUP)
    assert (found or {})["properties"] == {"provisioningState": "Succeeded"}


def identities(directory: str, prefix: str) -> None:
    azure = Azure(Path(directory), subscription=SUBSCRIPTION)
    kind = token("managedidentity:UserAssignedIdentity")
    for number in range(10):
        name = f"{prefix}-{number}"
        inputs = {"resourceGroupName": "ci", "resourceName": name, "location": "westeurope"}
        resource_id = f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}"
        azure.wait(azure.begin_put(kind, resource_id, inputs, create=True), threading.Event())


def test_processes_and_threads_do_not_lose_each_others_writes(world: Fixture) -> None:
    context = multiprocessing.get_context("fork")
    processes = [
        context.Process(target=identities, args=(str(world.directory), f"process{index}")) for index in range(2)
    ]
    for process in processes:
        process.start()
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda index: identities(str(world.directory), f"thread{index}"), range(4)))
    for process in processes:
        process.join(30)
        assert process.exitcode == 0
    assert len(world.azure.resources()) == 1 + 6 * 10
    assert [path.name for path in world.directory.glob(".azure.*")] == []


def test_of_two_creates_of_one_name_one_is_refused(world: Fixture) -> None:
    barrier = threading.Barrier(4)

    def make(_: int) -> str:
        barrier.wait()
        try:
            world.identity()
        except AzureError as error:
            return error.code
        return "made"

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(make, range(4))) == ["ResourceAlreadyExists"] * 3 + ["made"]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ('{"version": 0}', "has version 0, and this sandbox reads and writes version 1"),
        ("{}", "has version nothing"),
        ("[1]", "has version nothing"),
        ('{"version": 1, "resou', "is broken, it is not JSON"),
        ("", "is broken"),
        (b"\xff\xfe", "is broken"),
    ],
)
def test_a_store_that_cannot_be_read_is_refused_with_the_way_out(
    world: Fixture, content: str | bytes, found: str
) -> None:
    file = world.directory / "azure.json"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(AzureError) as caught:
        world.azure.resources()
    for words in (str(file), found, "Delete the file", "make up", "make down", "make clean"):
        assert words in caught.value.message
    assert not isinstance(caught.value.__cause__, ValueError)
    file.unlink()
    assert world.azure.resources() == []


def test_unknown_values_are_for_previews_alone(world: Fixture) -> None:
    from sandbox.azure import UNKNOWN

    with pytest.raises(ValueError, match="not known"):
        world.begin(POOL, **pool_inputs(vnetSubnetID=UNKNOWN))


def test_drift_can_be_made_and_seen(world: Fixture) -> None:
    group = token("resources:ResourceGroup")
    world.azure.change(GROUP, {"tags": {"by": "hand"}})
    assert (world.azure.get(group, GROUP) or {})["tags"] == {"by": "hand"}
    assert world.azure.wait(world.azure.begin_delete(group, GROUP), NEVER) is None
    assert world.azure.get(group, GROUP) is None


def test_a_fault_on_reads_reaches_the_reader(world: Fixture) -> None:
    world.azure.inject(Fault(operation="read", status=404, code="ResourceNotFound"))
    group = world.id("resources:ResourceGroup", resourceGroupName="ci")
    with pytest.raises(AzureError, match="ResourceNotFound"):
        world.azure.get(token("resources:ResourceGroup"), group)
    assert world.azure.get(token("resources:ResourceGroup"), group)
