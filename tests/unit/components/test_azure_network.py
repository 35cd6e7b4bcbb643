"""AksNetwork: subnets one after another, what crosses levels of trust, and the way out."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from components.azure.network import AksNetwork, AksNetworkArgs
from components.azure.scope import AzureScope
from tests.unit.components.mocks import RecordingMonitor, deploy

GROUP = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/buildfleet-prod"
SCOPE = AzureScope(
    subscription="11111111-1111-1111-1111-111111111111",
    tenant="22222222-2222-2222-2222-222222222222",
    location="westeurope",
    resource_group="buildfleet-prod",
    resource_group_id=GROUP,
    tags={"environment": "prod"},
)
SUBNETS = {"untrusted": "10.240.128.0/18", "system": "10.240.0.0/18", "trusted": "10.240.64.0/18"}
OUTPUTS = {
    "azure-native:network:VirtualNetwork": {"name": "buildfleet-prod"},
    "azure-native:network:PublicIPAddress": {"ipAddress": "203.0.113.7"},
}


@cache
def default() -> RecordingMonitor:
    return made()


@cache
def with_gateway() -> RecordingMonitor:
    return made(egress_addresses=2, service_endpoints=["Microsoft.KeyVault"])


def made(**args: Any) -> RecordingMonitor:
    full: dict[str, Any] = {
        "scope": SCOPE,
        "virtual_network": "buildfleet-prod",
        "address_space": "10.240.0.0/16",
        "subnets": SUBNETS,
        "pods": "10.244.0.0/16",
        **args,
    }
    return deploy(lambda: AksNetwork("net", AksNetworkArgs(**full)), outputs=OUTPUTS)


@cache
def groups(calico: bool = True) -> dict[str, list[dict[str, Any]]]:
    """The rules of each subnet's group."""
    monitor = default() if calico else made(calico=False)
    return {subnet: monitor.named(f"net-{subnet}-rules").inputs["securityRules"] for subnet in SUBNETS}


def verdict(found: list[dict[str, Any]], source: str, destination: str, port: str) -> str:
    """What Azure decides on a TCP packet that comes in, for addresses that are whole ranges of ours."""
    for rule in sorted(found, key=lambda rule: int(rule["priority"])):
        sources = rule.get("sourceAddressPrefixes") or [rule["sourceAddressPrefix"]]
        if (
            rule["direction"] == "Inbound"
            and source in sources
            and rule["destinationAddressPrefix"] == destination
            and rule["destinationPortRange"] in ("*", port)
        ):
            return str(rule["access"])
    return "default"


def test_everything_it_makes_is_its_child() -> None:
    monitor = with_gateway()
    assert monitor.summary() == [
        ("azure-native:network:NatGateway", "net-egress"),
        ("azure-native:network:NetworkSecurityGroup", "net-system-rules"),
        ("azure-native:network:NetworkSecurityGroup", "net-trusted-rules"),
        ("azure-native:network:NetworkSecurityGroup", "net-untrusted-rules"),
        ("azure-native:network:PublicIPAddress", "net-egress-1"),
        ("azure-native:network:PublicIPAddress", "net-egress-2"),
        ("azure-native:network:Subnet", "net-system"),
        ("azure-native:network:Subnet", "net-trusted"),
        ("azure-native:network:Subnet", "net-untrusted"),
        ("azure-native:network:VirtualNetwork", "net-network"),
        ("buildfleet:index:AksNetwork", "net"),
    ]
    assert {r.parent_name for r in monitor.registrations if r.custom} == {"net"}


def test_subnets_are_written_one_after_another() -> None:
    monitor = default()
    assert monitor.named("net-system").urn not in monitor.named("net-system").dependencies
    assert monitor.named("net-system").urn in monitor.named("net-trusted").dependencies
    assert monitor.named("net-trusted").urn in monitor.named("net-untrusted").dependencies


def test_the_network_lists_no_subnets_which_an_update_would_delete() -> None:
    assert default().named("net-network").inputs == {
        "addressSpace": {"addressPrefixes": ["10.240.0.0/16"]},
        "enableDdosProtection": False,
        "enableVmProtection": False,
        "location": "westeurope",
        "resourceGroupName": "buildfleet-prod",
        "tags": {"environment": "prod"},
        "virtualNetworkName": "buildfleet-prod",
    }


def test_a_subnet_has_its_own_group_its_gateway_and_no_default_way_out() -> None:
    assert with_gateway().named("net-trusted").inputs == {
        "addressPrefix": "10.240.64.0/18",
        "defaultOutboundAccess": False,
        "natGateway": {"id": "net-egress-id"},
        "networkSecurityGroup": {"id": "net-trusted-rules-id"},
        "privateEndpointNetworkPolicies": "Disabled",
        "privateLinkServiceNetworkPolicies": "Enabled",
        "resourceGroupName": "buildfleet-prod",
        "serviceEndpoints": [{"service": "Microsoft.KeyVault"}],
        "subnetName": "trusted",
        "virtualNetworkName": "buildfleet-prod",
    }


@pytest.mark.parametrize(
    ("source", "target", "port", "expected"),
    [
        ("trusted", "trusted", "10250", "Allow"),
        ("untrusted", "untrusted", "10250", "Allow"),
        ("untrusted", "trusted", "10250", "Deny"),
        ("untrusted", "trusted", "22", "Deny"),
        ("untrusted", "system", "10250", "Deny"),
        ("trusted", "untrusted", "10250", "Deny"),
        ("trusted", "system", "443", "Deny"),
        ("system", "trusted", "10250", "Allow"),
        ("system", "untrusted", "10250", "Allow"),
        ("untrusted", "system", "5473", "Allow"),
        ("trusted", "untrusted", "5473", "Allow"),
    ],
)
def test_nodes_reach_nodes_of_other_levels_only_where_the_cluster_needs_it(
    source: str, target: str, port: str, expected: str
) -> None:
    assert verdict(groups()[target], SUBNETS[source], SUBNETS[target], port) == expected


def test_without_calico_no_port_is_open_between_levels() -> None:
    assert verdict(groups(calico=False)["system"], SUBNETS["untrusted"], SUBNETS["system"], "5473") == "Deny"


@pytest.mark.parametrize("source", ["10.244.0.0/16", SUBNETS["untrusted"], SUBNETS["system"]])
def test_pods_are_reached_from_pods_and_nodes_of_all_levels_as_dns_must_be(source: str) -> None:
    for subnet in SUBNETS:
        assert verdict(groups()[subnet], source, "10.244.0.0/16", "53") == "Allow"


def test_priorities_in_a_group_are_different_as_azure_demands() -> None:
    for subnet in SUBNETS:
        keys = [(rule["direction"], rule["priority"]) for rule in groups()[subnet]]
        assert len(set(keys)) == len(keys)


def test_nothing_is_denied_outwards_as_a_node_cannot_live_without_the_platform() -> None:
    assert [
        rule["name"] for rule in groups()["untrusted"] if (rule["direction"], rule["access"]) == ("Outbound", "Deny")
    ] == []


def test_egress_addresses_are_static_zonal_and_protected_by_choice() -> None:
    monitor = made(egress_addresses=2, zones=["2", "1"], protect=True)
    assert monitor.named("net-egress-2").inputs == {
        "location": "westeurope",
        "publicIPAddressVersion": "IPv4",
        "publicIPAllocationMethod": "Static",
        "publicIpAddressName": "buildfleet-prod-egress-2",
        "resourceGroupName": "buildfleet-prod",
        "sku": {"name": "Standard", "tier": "Regional"},
        "tags": {"environment": "prod"},
        "zones": ["1", "2"],
    }
    assert {r.name for r in monitor.registrations if r.protect} == {"net-egress-1", "net-egress-2"}
    assert "zones" not in monitor.named("net-egress").inputs
    # Others would be refused, or be other addresses.
    assert monitor.named("net-egress-1").ignore_changes == ("zones",)
    assert monitor.named("net-egress").ignore_changes == ("zones",)
    assert made(egress_addresses=1, zones=["3"]).named("net-egress").inputs["zones"] == ["3"]
    assert monitor.outputs_of("net")["egressAddresses"] == ["203.0.113.7", "203.0.113.7"]


def test_without_egress_addresses_there_is_no_gateway() -> None:
    monitor = default()
    assert monitor.of_type("azure-native:network:NatGateway") == []
    assert "natGateway" not in monitor.named("net-system").inputs
    assert monitor.outputs_of("net") == {
        "egressAddresses": [],
        "subnetIds": {"system": "net-system-id", "trusted": "net-trusted-id", "untrusted": "net-untrusted-id"},
    }


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"system": "sys"}, "no subnet is called 'sys'; there are system, trusted, untrusted"),
        ({"subnets": {"system": "10.1.0.0/18"}}, "subnet system is 10.1.0.0/18, which is not inside 10.240.0.0/16"),
        ({"subnets": {"system": "10.240.0.0/17", "b": "10.240.64.0/18"}}, "the subnets b .* and system .* overlap"),
        ({"pods": "10.240.0.0/20"}, "the pods' range 10.240.0.0/20 overlaps 10.240.0.0/16"),
        ({"egress_addresses": 17}, "17 egress addresses; a NAT gateway takes 1 to 16"),
        ({"egress_addresses": 0}, "0 egress addresses"),
    ],
)
def test_ranges_that_do_not_fit_are_refused(args: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        made(**args)
