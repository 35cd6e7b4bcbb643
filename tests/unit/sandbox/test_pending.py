"""Creates that a killed engine had begun come into the state with their ids."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.pending import repair

PROVIDER = "urn:pulumi:dev::buildfleet::pulumi:providers:azure-native::azure"
SUBSCRIPTION = "11111111-1111-1111-1111-111111111111"


def pending(kind: str, inputs: dict[str, Any], *, operation: str = "creating", **more: Any) -> dict[str, Any]:
    resource = {"urn": f"urn:pulumi:dev::buildfleet::{kind}::thing", "type": kind, "inputs": inputs, **more}
    return {"type": operation, "resource": resource}


def deployment(*operations: dict[str, Any]) -> dict[str, Any]:
    provider = {"urn": PROVIDER, "type": "pulumi:providers:azure-native", "id": "p"}
    provider["inputs"] = {"subscriptionId": SUBSCRIPTION}
    return {"resources": [provider], "pending_operations": list(operations)}


@pytest.mark.parametrize(
    ("operation", "resource_id"),
    [
        (pending("kubernetes:core/v1:Secret", {"metadata": {"name": "s", "namespace": "ns"}}), "ns/s"),
        (pending("kubernetes:core/v1:Namespace", {"metadata": {"name": "ns"}}), "ns"),
        (pending("kubernetes:helm.sh/v3:Release", {"name": "keda", "namespace": "keda"}), "keda/keda"),
        (
            pending(
                "azure-native:containerservice:AgentPool",
                {"resourceGroupName": "g", "resourceName": "c", "agentPoolName": "lin"},
                provider=f"{PROVIDER}::p",
            ),
            f"/subscriptions/{SUBSCRIPTION}/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/c"
            "/agentPools/lin",
        ),
    ],
)
def test_what_was_being_created_is_adopted_by_the_id_that_it_would_have(operation: Any, resource_id: str) -> None:
    state = deployment(operation)
    assert repair(state) == ["thing"]
    assert state["resources"][-1]["id"] == resource_id
    assert state["resources"][-1]["inputs"] == operation["resource"]["inputs"]
    assert "pending_operations" not in state


@pytest.mark.parametrize(
    "operation",
    [
        pending("kubernetes:core/v1:Secret", {"metadata": {"name": "s"}}, operation="deleting"),
        pending("kubernetes:core/v1:Secret", {"metadata": {"name": "s"}}, operation="updating"),
        pending("pulumi:providers:kubernetes", {}),
        pending("azure-native:unknown:Thing", {}, provider=f"{PROVIDER}::p"),
        pending("azure-native:resources:ResourceGroup", {}, provider=f"{PROVIDER}::p"),
        pending("kubernetes:core/v1:Secret", {"metadata": {}}),
    ],
)
def test_what_has_no_id_that_follows_from_its_inputs_is_dropped(operation: Any) -> None:
    state = deployment(operation)
    assert repair(state) == []
    assert state == {"resources": deployment()["resources"]}


def test_what_the_state_has_already_is_not_there_twice_unless_it_is_on_its_way_out() -> None:
    operation = pending("kubernetes:core/v1:Namespace", {"metadata": {"name": "ns"}})
    state = deployment(operation)
    state["resources"].append({**operation["resource"], "id": "ns"})
    assert repair(state) == []
    state = deployment(operation)
    state["resources"].append({**operation["resource"], "id": "ns", "delete": True})
    assert repair(state) == ["thing"]


def pool(name: str) -> dict[str, Any]:
    inputs = {"resourceGroupName": "g", "resourceName": "c", "agentPoolName": name}
    return pending("azure-native:containerservice:AgentPool", inputs, provider=f"{PROVIDER}::p")


def with_old(old: dict[str, Any], operation: dict[str, Any]) -> dict[str, Any]:
    """A state with an old resource of the URN that is being created, and one behind it that depends on it."""
    state = deployment(operation)
    dependent = {"urn": "urn:dependent", "type": "t", "dependencies": [operation["resource"]["urn"]]}
    state["resources"] += [{**operation["resource"], **old}, dependent]
    return state


def test_a_replacement_created_before_the_delete_is_adopted_and_the_old_one_is_on_its_way_out() -> None:
    state = with_old({"id": "/old"}, pool("w22new"))
    assert repair(state) == ["thing"]
    provider, new, old, dependent = state["resources"]
    assert (new["id"].rpartition("/")[2], new.get("delete"), new["outputs"]) == ("w22new", None, {})
    assert (old["id"], old["delete"]) == ("/old", True)
    assert (provider["urn"], dependent["urn"]) == (PROVIDER, "urn:dependent")


def test_a_replacement_created_after_the_delete_takes_the_place_of_the_old_one() -> None:
    state = with_old({"id": "/old", "pendingReplacement": True}, pool("w22"))
    assert repair(state) == ["thing"]
    _, new, dependent = state["resources"]
    assert (new["id"].rpartition("/")[2], "pendingReplacement" in new) == ("w22", False)
    assert dependent["urn"] == "urn:dependent"


def test_a_state_without_anything_pending_stays_as_it_is() -> None:
    state = deployment()
    del state["pending_operations"]
    assert repair(state) == []
    assert state["resources"] == deployment()["resources"]
