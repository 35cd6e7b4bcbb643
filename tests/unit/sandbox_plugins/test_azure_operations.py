"""The azure-native provider's decisions, against an Azure of a few lines."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from sandbox.azure import Azure, AzureError, InterruptedWaitError, Refusal
from sandbox.azure.values import UNKNOWN, Object
from sandbox.plugins.azure_native_provider.errors import PartialError, ProviderError
from sandbox.plugins.azure_native_provider.interrupts import Interrupts
from sandbox.plugins.azure_native_provider.naming import Autonaming
from sandbox.plugins.azure_native_provider.operations import Operations

POOL = "azure-native:containerservice:AgentPool"
INPUTS: Object = {
    "resourceGroupName": "g",
    "resourceName": "c",
    "agentPoolName": "lin",
    "count": 1,
    "azureApiVersion": "2025-09-01",
    "__createBeforeDelete": True,
}
ID = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/c/agentPools/lin"
GROUP = "azure-native:resources:ResourceGroup"


class FakeAzure:
    """Keeps what it is given; `refuses` and `fails` are raised once each, in turn."""

    def __init__(self) -> None:
        self.live: dict[str, Object] = {}
        self.asked: list[tuple[str, str]] = []
        self.bodies: list[Object] = []
        self.refuses: list[AzureError] = []
        self.fails: list[Exception] = []
        self.refusals: list[Refusal] = []

    def check(self, token: str, inputs: Object) -> list[Refusal]:
        self.asked.append(("check", token))
        self.bodies.append(inputs)
        return self.refusals

    def begin_put(self, token: str, resource_id: str, inputs: Object, *, create: bool) -> Any:
        self.asked.append(("create" if create else "update", resource_id))
        self._refuse()
        self.bodies.append(inputs)
        self.live[resource_id] = {"id": resource_id, "name": resource_id.rpartition("/")[2], **inputs}
        return SimpleNamespace(resource_id=resource_id)

    def begin_delete(self, token: str, resource_id: str) -> Any:
        self.asked.append(("delete", resource_id))
        self._refuse()
        self.live.pop(resource_id, None)
        return SimpleNamespace(resource_id=resource_id)

    def wait(self, operation: Any, cancelled: threading.Event) -> Object | None:
        if self.fails:
            raise self.fails.pop(0)
        return self.live.get(operation.resource_id)

    def get(self, token: str, resource_id: str) -> Object | None:
        return self.live.get(resource_id)

    def invoke(self, token: str, arguments: Object) -> Object:
        self._refuse()
        return {"token": token, **arguments}

    def _refuse(self) -> None:
        if self.refuses:
            raise self.refuses.pop(0)


@pytest.fixture
def azure() -> FakeAzure:
    return FakeAzure()


@pytest.fixture
def operations(azure: FakeAzure) -> Operations:
    return Operations(cast(Azure, azure), subscription="s", location="westeurope", interrupts=Interrupts(), pace=0)


def checked(operations: Operations, inputs: Object, token: str = POOL, **more: Any) -> tuple[Object, list[str]]:
    naming = more.get("naming", Autonaming())
    found, refusals = operations.check(token, "thing", {}, inputs, b"seed", naming)
    return found, [str(refusal) for refusal in refusals]


def test_a_check_asks_azure_s_rules_without_the_provider_s_own_notes(azure: FakeAzure, operations: Operations) -> None:
    azure.refusals = [Refusal("vmSize", "is not for Windows.")]
    inputs, refusals = checked(operations, INPUTS)
    assert inputs == INPUTS
    assert refusals == ["vmSize is not for Windows."]
    assert not azure.bodies[0].keys() & {"azureApiVersion", "__createBeforeDelete"}


def test_inputs_of_a_wrong_form_do_not_reach_azure_s_rules(azure: FakeAzure, operations: Operations) -> None:
    _, refusals = checked(operations, {**INPUTS, "count": "1"})
    assert len(refusals) == 1
    assert refusals[0].startswith("count is a string")
    assert not azure.asked


def test_a_name_that_is_left_out_is_made_or_refused(operations: Operations) -> None:
    left_out = {key: value for key, value in INPUTS.items() if key != "agentPoolName"}
    assert checked(operations, left_out)[0]["agentPoolName"] == "thing"
    _, refusals = checked(operations, left_out, naming=Autonaming(mode="disable"))
    assert refusals == ["agentPoolName is missing, and autonaming is off. Fix: give it."]


def test_what_exists_already_is_not_created(azure: FakeAzure, operations: Operations) -> None:
    azure.live[ID] = {}
    with pytest.raises(ProviderError, match=f"^cannot create already existing resource '{ID}'.*pulumi import"):
        operations.create(POOL, INPUTS, 0)
    assert not azure.asked


def test_a_create_keeps_the_inputs_and_the_answer(azure: FakeAzure, operations: Operations) -> None:
    result = operations.create(POOL, INPUTS, 0)
    assert result.id == ID
    assert result.inputs == INPUTS
    assert result.state["name"] == "lin"
    assert result.state["azureApiVersion"] == "2025-09-01"
    assert not azure.bodies[0].keys() & {"azureApiVersion", "__createBeforeDelete"}


@pytest.mark.parametrize(
    "error", [AzureError(429, "TooManyRequests", ""), AzureError(409, "AnotherOperationInProgress", "")]
)
def test_what_azure_puts_off_is_asked_again(azure: FakeAzure, operations: Operations, error: AzureError) -> None:
    azure.refuses = [error, error]
    operations.create(POOL, INPUTS, 0)
    assert azure.asked == [("create", ID)] * 3


def test_a_refused_create_leaves_nothing_behind_and_tells_azure_s_answer(
    azure: FakeAzure, operations: Operations
) -> None:
    azure.refuses = [AzureError(409, "OperationNotAllowed", "the cluster is being upgraded")]
    with pytest.raises(
        ProviderError, match="lin was not created: Azure answers 409 OperationNotAllowed: the cluster"
    ) as told:
        operations.create(POOL, INPUTS, 0)
    assert not isinstance(told.value, PartialError)


@pytest.mark.parametrize(
    "act", [lambda made: made.create(POOL, INPUTS, 0), lambda made: made.update(POOL, ID, INPUTS, 0)]
)
def test_what_was_begun_and_failed_stays_in_the_state(
    azure: FakeAzure, operations: Operations, act: Callable[[Operations], Any]
) -> None:
    azure.fails = [AzureError(500, "ProvisioningFailed", "no machines left")]
    with pytest.raises(PartialError, match="no machines left") as told:
        act(operations)
    assert told.value.resource_id == ID
    assert told.value.state["name"] == "lin"
    assert told.value.inputs == INPUTS


def test_a_wait_that_is_given_up_leaves_what_was_begun_in_the_state(azure: FakeAzure, operations: Operations) -> None:
    azure.fails = [InterruptedWaitError()]
    with pytest.raises(PartialError, match="was not waited for within its time limit; Azure goes on"):
        operations.create(POOL, INPUTS, 0)
    operations._interrupts.cancel()
    azure.fails = [InterruptedWaitError()]
    with pytest.raises(ProviderError, match="still being deleted because the update was cancelled"):
        operations.delete(POOL, ID, 0)


def test_an_update_of_what_is_gone_makes_it_again(azure: FakeAzure, operations: Operations) -> None:
    operations.update(POOL, ID, INPUTS, 0)
    operations.update(POOL, ID, INPUTS, 0)
    assert azure.asked == [("create", ID), ("update", ID)]


def test_a_preview_of_an_update_knows_name_and_location_alone(operations: Operations) -> None:
    seen = operations.preview_update(GROUP, {"resourceGroupName": "g"}, {"name": "g", "location": "l", "id": "/x"})
    assert (seen["name"], seen["location"]) == ("g", "l")
    assert seen["properties"] is UNKNOWN


def test_what_is_gone_reads_as_nothing_and_deletes_as_done(azure: FakeAzure, operations: Operations) -> None:
    assert operations.read(POOL, ID, {}, INPUTS) is None
    operations.delete(POOL, ID, 0)
    assert azure.asked == [("delete", ID)]


def test_an_import_of_another_type_s_id_is_told(azure: FakeAzure, operations: Operations) -> None:
    azure.live[ID] = {"id": ID}
    with pytest.raises(ProviderError, match=r"is not the id of a Microsoft.Resources/resourceGroups"):
        operations.read(GROUP, ID, {}, {})


def test_a_function_is_asked_again_too(azure: FakeAzure, operations: Operations) -> None:
    azure.refuses = [AzureError(503, "x", "later")]
    assert operations.invoke("f", {"a": 1}) == {"token": "f", "a": 1}
    azure.refuses = [AzureError(403, "Forbidden", "local accounts are off")]
    with pytest.raises(ProviderError, match="f was not answered: Azure answers 403 Forbidden: local accounts are off"):
        operations.invoke("f", {})
