"""The inputs that a refresh and an import find."""

from __future__ import annotations

import pytest

from sandbox.plugins.azure_native_provider.drift import imported, refreshed

CLUSTER = "azure-native:containerservice:ManagedCluster"
POOL = "azure-native:containerservice:AgentPool"
NETWORK = "azure-native:network:VirtualNetwork"
ROLE = "azure-native:authorization:RoleAssignment"
GROUP = "/subscriptions/s/resourceGroups/g"
POOL_ID = f"{GROUP}/providers/Microsoft.ContainerService/managedClusters/c/agentPools/lin"


def test_without_a_change_the_inputs_stay_as_they_are() -> None:
    inputs = {"agentPoolName": "lin", "count": 1, "vmSize": "Standard_D4S_V5", "azureApiVersion": "x"}
    outputs = {"name": "lin", "count": 1, "vmSize": "Standard_D4s_v5", "maxPods": 250, "provisioningState": "Updating"}
    assert refreshed(POOL, inputs, outputs, {**outputs, "provisioningState": "Succeeded"}) == inputs


def test_what_changed_in_azure_is_copied_into_the_inputs() -> None:
    inputs = {"count": 1, "tags": {"a": "1", "b": "2"}, "nodeTaints": ["x"]}
    before = {"count": 1, "tags": {"a": "1", "b": "2"}, "nodeTaints": ["x"], "maxPods": 30}
    live = {"count": 3, "tags": {"a": "9"}, "nodeTaints": [], "maxPods": 30}
    assert refreshed(POOL, inputs, before, live) == {"count": 3, "tags": {"a": "9"}, "nodeTaints": []}


def test_what_nobody_stated_becomes_an_input_once_somebody_has_changed_it() -> None:
    assert refreshed(POOL, {}, {"maxPods": 30}, {"maxPods": 30, "tags": {"a": "b"}}) == {"tags": {"a": "b"}}


def test_a_secret_that_azure_never_repeats_stays() -> None:
    inputs = {"windowsProfile": {"adminUsername": "u", "adminPassword": "p"}}
    outputs = {"windowsProfile": {"adminUsername": "u"}}
    assert refreshed(CLUSTER, inputs, outputs, outputs) == inputs


def test_what_is_managed_on_its_own_is_not_its_parent_s_input() -> None:
    network = {"addressSpace": {"addressPrefixes": ["10.0.0.0/8"]}}
    live = {**network, "subnets": [{"name": "nodes", "id": "/x"}]}
    assert refreshed(NETWORK, network, network, live) == network
    inline = {"agentPoolProfiles": [{"name": "system", "count": 2}]}
    grown = {"agentPoolProfiles": [{"name": "lin", "count": 1}, {"name": "system", "count": 3}]}
    assert refreshed(CLUSTER, inline, inline, grown) == {"agentPoolProfiles": [{"name": "system", "count": 3}]}


def test_the_ids_of_identities_are_compared_without_regard_to_case() -> None:
    inputs = {"identity": {"type": "UserAssigned", "userAssignedIdentities": ["/subscriptions/S/x"]}}
    before = {"identity": {"type": "UserAssigned", "userAssignedIdentities": {"/subscriptions/S/x": {}}}}
    live = {"identity": {"type": "UserAssigned", "userAssignedIdentities": {"/subscriptions/s/x": {"clientId": "c"}}}}
    assert refreshed(CLUSTER, inputs, before, live) == inputs


def test_an_import_takes_all_that_a_program_could_state() -> None:
    live = {
        "id": POOL_ID,
        "name": "lin",
        "count": 1,
        "provisioningState": "Succeeded",
        "type": "VirtualMachineScaleSets",
    }
    assert imported(POOL, POOL_ID, live) == {
        "agentPoolName": "lin",
        "resourceName": "c",
        "resourceGroupName": "g",
        "count": 1,
        "type": "VirtualMachineScaleSets",
        "azureApiVersion": "2025-09-01",
    }


def test_an_imported_scope_has_the_form_that_programs_give_it() -> None:
    found = imported(ROLE, f"{POOL_ID}/providers/Microsoft.Authorization/roleAssignments/r", {})
    assert found["scope"] == POOL_ID
    assert found["roleAssignmentName"] == "r"


def test_an_id_of_another_type_is_refused_with_the_form_it_must_have() -> None:
    with pytest.raises(ValueError, match=r"is not the id of a Microsoft.Network/virtualNetworks; such an id is /sub"):
        imported(NETWORK, POOL_ID, {})
