"""The form of inputs by the pinned SDK, and what a preview cannot know."""

from __future__ import annotations

import re
from typing import Any

import pytest

from sandbox.azure import sdk_schema
from sandbox.azure.errors import UnsupportedType
from sandbox.azure.types import TYPES
from sandbox.azure.values import UNKNOWN
from sandbox.plugins.azure_native_provider import shapes

CLUSTER = "azure-native:containerservice:ManagedCluster"
POOL = "azure-native:containerservice:AgentPool"
NETWORK = "azure-native:network:VirtualNetwork"
VAULT = "azure-native:keyvault:Vault"
CREDENTIAL = "azure-native:managedidentity:FederatedIdentityCredential"
GENERIC = "azure-native:resources:Resource"
NAMED = {"resourceGroupName": "g", "resourceName": "c", "agentPoolName": "lin"}


def refused(token: str, **inputs: Any) -> dict[str, str]:
    return {refusal.path: refusal.reason for refusal in shapes.check(token, inputs)}


def test_the_schema_is_the_pinned_sdk_s() -> None:
    assert sdk_schema.FILE.read_text() == sdk_schema.text(), "run: python -m sandbox.azure.sdk_schema"


def test_the_schema_and_the_simulated_azure_agree_on_versions_and_names() -> None:
    for token, row in TYPES.items():
        shape = shapes._resource(token)
        assert shape["apiVersion"] == row.api_version, token
        assert row.returns_location == ("location" in shape["properties"]), token
        assert row.returns_type == ("type" in shape["computed"]), token
        assert row.returns_state == ("provisioningState" in {*shape["properties"], *shape["computed"]}), token
        for path in (*row.path_inputs, *row.azure_immutable, *row.force_new, *row.write_only, *row.secrets):
            assert is_input(shape, path), f"{token}: {path}"


def is_input(shape: dict[str, Any], path: str) -> bool:
    """Whether the SDK has an input at a path like networkProfile.podCidr."""
    first, _, rest = path.partition(".")
    if first not in shape["properties"]:
        return False
    return not rest or is_input(shapes._schema()["types"][shape["properties"][first]], rest)


def test_what_the_sdk_takes_is_taken() -> None:
    assert not refused(POOL, **NAMED, count=3, enableFIPS=True, nodeLabels={"a": "b"}, nodeTaints=["a=b:NoSchedule"])
    assert not refused(POOL, **NAMED, osType="Windows", osSKU="Windows2022", spotMaxPrice=0.5, tags=UNKNOWN)
    generic = {"resourceProviderNamespace": "A.B", "parentResourcePath": "", "resourceType": "c"}
    named = {"resourceGroupName": "g", "resourceName": "d", "apiVersion": "2024-01-01"}
    assert not refused(GENERIC, **named, **generic, properties={"anything": [{"at": "all"}]})


@pytest.mark.parametrize(
    ("token", "inputs", "path", "says"),
    [
        (POOL, {"osDiskSizeGb": 1}, "osDiskSizeGb", "is unknown to Azure's API. Fix: write osDiskSizeGB."),
        (POOL, {"os_sku": "Ubuntu"}, "os_sku", "Fix: write osSKU."),
        (POOL, {"colour": "red"}, "colour", "Fix: leave it out."),
        (POOL, {"nodeImageVersion": "1"}, "nodeImageVersion", "computed by Azure. Fix: leave it out."),
        (POOL, {"count": "3"}, "count", "is a string; allowed: a whole number. Fix: give one."),
        (POOL, {"count": 2.5}, "count", "a whole number"),
        (POOL, {"count": True}, "count", "is a boolean"),
        (POOL, {"enableFIPS": "true"}, "enableFIPS", "allowed: a boolean"),
        (POOL, {"nodeTaints": "a"}, "nodeTaints", "allowed: a list"),
        (POOL, {"nodeTaints": ["a", 1]}, "nodeTaints[1]", "allowed: a string"),
        (POOL, {"nodeLabels": {"a.b/c": 1}}, 'nodeLabels["a.b/c"]', "allowed: a string"),
        (POOL, {"upgradeSettings": "10%"}, "upgradeSettings", "allowed: a map"),
        (POOL, {"upgradeSettings": {"maxSurge": 1}}, "upgradeSettings.maxSurge", "allowed: a string"),
        (POOL, {"osType": "windows"}, "osType", 'is "windows"; allowed: Linux or Windows. Fix: write Windows.'),
        (POOL, {"mode": "Batch"}, "mode", "allowed: Gateway, System or User. Fix: use one of them."),
        (CLUSTER, {"agentPoolProfiles": [{"vmSize": "x"}]}, "agentPoolProfiles[0].name", "is missing"),
        (CLUSTER, {"agentPoolProfiles": [{"name": "s", "oSSKU": "x"}]}, "agentPoolProfiles[0].oSSKU", "write osSKU"),
        (NETWORK, {"subnets": [{"natGateway": {"ID": "x"}}]}, "subnets[0].natGateway.ID", "write id"),
        (VAULT, {"vaultName": "v"}, "properties", "is missing"),
        (VAULT, {"properties": {"sku": {"family": "A", "name": "standard"}}}, "properties.tenantId", "is missing"),
        (CREDENTIAL, {"audiences": "x"}, "audiences", "allowed: a list"),
    ],
)
def test_what_the_sdk_does_not_have_is_refused_with_path_and_fix(
    token: str, inputs: dict[str, Any], path: str, says: str
) -> None:
    found = refused(token, **NAMED, **inputs)
    assert says in found[path]


def test_an_unknown_value_is_never_refused() -> None:
    assert not refused(POOL, resourceGroupName=UNKNOWN, resourceName=UNKNOWN, osType=UNKNOWN, nodeTaints=[UNKNOWN])


def test_a_wrong_type_is_told_without_the_value() -> None:
    found = refused(CLUSTER, resourceGroupName="g", windowsProfile={"adminUsername": "u", "adminPassword": ["hunter2"]})
    assert "hunter2" not in str(found)
    assert re.search("is a list; allowed: a string", found["windowsProfile.adminPassword"])


def test_what_azure_takes_and_the_sdk_does_not_name_passes() -> None:
    for enumeration, values in shapes.MORE.items():
        assert not {*values} & {*shapes._schema()["enums"][enumeration]}, "the SDK names it now: drop it from MORE"
    assert not refused(POOL, **NAMED, osSKU="Windows2025")


def test_what_azure_leaves_open_is_not_narrowed_to_what_the_sdk_knows() -> None:
    named = {"resourceGroupName": "g", "dataCollectionRuleName": "r", "location": "x"}
    flow = {"streams": ["Microsoft-PrometheusMetrics"], "destinations": ["d"]}
    assert not refused("azure-native:monitor:DataCollectionRule", **named, dataFlows=[flow])


def test_a_type_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(UnsupportedType, match=r"azure-native:compute:Disk.*containerservice:AgentPool"):
        shapes.check("azure-native:compute:Disk", {})


def test_a_preview_knows_what_was_given_and_nothing_else() -> None:
    seen = shapes.preview(CLUSTER, {"resourceGroupName": "g", "oidcIssuerProfile": {"enabled": True}, "__note": 1})
    assert seen["resourceGroupName"] == "g"
    assert seen["oidcIssuerProfile"] == {"enabled": True, "issuerURL": UNKNOWN}
    assert seen["fqdn"] is UNKNOWN
    assert seen["name"] is UNKNOWN
    assert seen["azureApiVersion"] == "2025-09-01"
    assert "__note" not in seen


def test_a_preview_does_not_know_a_list_that_comes_back_as_a_map() -> None:
    seen = shapes.preview(CLUSTER, {"identity": {"type": "UserAssigned", "userAssignedIdentities": ["/id"]}})
    assert seen["identity"]["type"] == "UserAssigned"
    assert seen["identity"]["userAssignedIdentities"] is UNKNOWN


def test_a_preview_does_not_know_the_ids_of_what_is_inside() -> None:
    seen = shapes.preview(NETWORK, {"subnets": [{"name": "nodes", "addressPrefix": "10.0.0.0/24"}]})
    assert seen["subnets"][0]["name"] == "nodes"
    assert seen["subnets"][0]["id"] is UNKNOWN


def test_outputs_become_inputs_without_what_only_azure_says() -> None:
    outputs = {
        "name": "c",
        "fqdn": "c.example.com",
        "dnsPrefix": "c",
        "identity": {"type": "UserAssigned", "principalId": "p", "userAssignedIdentities": {"/b": {}, "/a": {}}},
        "oidcIssuerProfile": {"enabled": True, "issuerURL": "https://example.com"},
        "tags": None,
    }
    assert shapes.project(CLUSTER, outputs) == {
        "dnsPrefix": "c",
        "identity": {"type": "UserAssigned", "userAssignedIdentities": ["/a", "/b"]},
        "oidcIssuerProfile": {"enabled": True},
    }
