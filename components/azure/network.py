"""The network that the nodes of a cluster live in.

Owns a virtual network, a subnet for each level of trust with a security group of its own, and a NAT gateway with fixed
public addresses.

What the security groups do. On AKS with overlay networking nodes have addresses of their subnet and pods those of the
overlay; traffic between pods is not encapsulated and passes the groups with pods' addresses, while a pod that talks to
anything else arrives with the address of its own node. So a rule between subnets is a rule between nodes:

- nodes of another level reach none of ours. This is what keeps a job that took over an untrusted node away from the
  kubelets and host ports of trusted ones;
- except from the system level: its nodes run the tunnel to the API server, metrics and the like, which call every
  kubelet. Jobs never run there;
- except Calico's Typha, which runs on the host network of any Linux node and serves every node (5473, mutual TLS);
- pods and nodes reach pods, at all levels: that is how they find DNS. Who may reach which pod is for NetworkPolicies;
- nothing comes in from the internet: Azure's own last rule. There are no load balanced services.

Microsoft asks for open traffic between all nodes where rules would touch the pods' (MicrosoftDocs/azure-aks-docs,
concepts-network-azure-cni-overlay.md, read 2026-11-22). These do not touch it, and what crosses levels between nodes is
named above; it has not been tried on a real cluster.

Why nothing is denied outwards. 168.63.129.16 and 169.254.169.254 are not subject to these groups, except by the service
tags AzurePlatformDNS, AzurePlatformIMDS and AzurePlatformLKM, and a node cannot live without them: it gets its keys,
its extensions and the token of its kubelet there. Pods are kept away from both by NetworkPolicies and by AKS's own
rules on pods' endpoints. What a container of the host's Docker Engine does is covered by neither: such nodes take
trusted jobs only. https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview, 2026-11

Subnets have no default outbound access: a machine that no NAT gateway, load balancer or route serves has no way out,
instead of one through an address that is nobody's.

Azure refuses to write two subnets of a network at the same time (`AnotherOperationInProgress`), so they are made one
after another. They are resources of their own: subnets that are written inline are deleted by the next update that
does not list them.

Refuses ranges that do not fit, and a gateway without or with more than 16 addresses.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_azure_native import network

from components.azure.scope import AzureScope

TYPHA_PORT: Final = "5473"
"""https://docs.tigera.io/calico/latest/getting-started/kubernetes/requirements, 2026-11"""
MOST_EGRESS_ADDRESSES: Final = 16
"""Of a NAT gateway, https://learn.microsoft.com/azure/nat-gateway/nat-gateway-resource, 2026-11"""
_EVERYTHING: Final = "*"


@dataclass(frozen=True, kw_only=True)
class AksNetworkArgs:
    """What `AksNetwork` needs."""

    scope: AzureScope
    virtual_network: str
    """Name of the network. Security groups are called NETWORK-SUBNET, gateway and addresses NETWORK-egress."""
    address_space: str
    """For example `10.240.0.0/16`."""
    subnets: Mapping[str, str]
    """Range of each subnet by its name, for example `{"system": "10.240.0.0/18"}`. Inside `address_space`, apart."""
    system: str = "system"
    """The subnet whose nodes may reach all others."""
    pods: str
    """Range of the pods' overlay, outside `address_space`."""
    calico: bool = True
    """Whether Calico enforces NetworkPolicies, whose Typha has to be reached from every node."""
    service_endpoints: Sequence[str] = ()
    """Services of Azure that all subnets reach from their own addresses, for example `Microsoft.KeyVault`. A service
    still lets in only the subnets that it names."""
    egress_addresses: int | None = None
    """Public addresses of the NAT gateway, 1 to 16; `None` makes no gateway."""
    zones: Sequence[str] = ()
    """Availability zones of public addresses and gateway. Fixed at creation: a change reaches new ones alone."""
    protect: bool = False
    """Keep the public addresses from being deleted: they stand in other people's firewalls."""


class AksNetwork(pulumi.ComponentResource):
    """Virtual network, subnets with security groups, and NAT gateway."""

    subnet_ids: Mapping[str, pulumi.Output[str]]
    """Id of each subnet by its name."""
    egress_addresses: Sequence[pulumi.Output[str]]
    """What the internet sees, in order, each an output of its own: one that is not known yet hides no other. Empty
    without a NAT gateway."""

    def __init__(self, name: str, args: AksNetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        _check(args)
        super().__init__(
            "buildfleet:index:AksNetwork",
            name,
            {
                "virtualNetwork": args.virtual_network,
                "addressSpace": args.address_space,
                "subnets": dict(sorted(args.subnets.items())),
                "pods": args.pods,
                "calico": args.calico,
                "serviceEndpoints": sorted(args.service_endpoints),
                "egressAddresses": args.egress_addresses,
                "zones": sorted(args.zones),
                "protect": args.protect,
            },
            opts,
        )
        scope = args.scope
        mine = pulumi.ResourceOptions(parent=self)
        virtual_network = network.VirtualNetwork(
            f"{name}-network",
            virtual_network_name=args.virtual_network,
            resource_group_name=scope.resource_group,
            location=scope.location,
            address_space=network.AddressSpaceArgs(address_prefixes=[args.address_space]),
            tags=scope.tags,
            opts=mine,
        )
        gateway, addresses = self._egress(name, args)
        subnets: dict[str, network.Subnet] = {}
        for key, cidr in sorted(args.subnets.items()):
            group = network.NetworkSecurityGroup(
                f"{name}-{key}-rules",
                network_security_group_name=f"{args.virtual_network}-{key}",
                resource_group_name=scope.resource_group,
                location=scope.location,
                security_rules=security_rules(args, key),
                tags=scope.tags,
                opts=mine,
            )
            subnets[key] = network.Subnet(
                f"{name}-{key}",
                subnet_name=key,
                virtual_network_name=virtual_network.name,
                resource_group_name=scope.resource_group,
                address_prefix=cidr,
                default_outbound_access=False,
                network_security_group=network.NetworkSecurityGroupArgs(id=group.id),
                nat_gateway=None if gateway is None else network.SubResourceArgs(id=gateway.id),
                service_endpoints=[
                    network.ServiceEndpointPropertiesFormatArgs(service=service)
                    for service in sorted(args.service_endpoints)
                ]
                or None,
                # The API server's private endpoint lies in the system subnet; nodes of all levels must reach it.
                private_endpoint_network_policies="Disabled",
                opts=pulumi.ResourceOptions(parent=self, depends_on=list(subnets.values())[-1:]),
            )
        self.subnet_ids = {key: subnet.id for key, subnet in subnets.items()}
        self.egress_addresses = [address.ip_address.apply(str) for address in addresses]
        self.register_outputs({"subnetIds": self.subnet_ids, "egressAddresses": self.egress_addresses})

    def _egress(
        self, name: str, args: AksNetworkArgs
    ) -> tuple[network.NatGateway | None, Sequence[network.PublicIPAddress]]:
        if args.egress_addresses is None:
            return None, []
        zones = sorted(args.zones)
        addresses = [
            network.PublicIPAddress(
                f"{name}-egress-{number}",
                public_ip_address_name=f"{args.virtual_network}-egress-{number}",
                resource_group_name=args.scope.resource_group,
                location=args.scope.location,
                sku=network.PublicIPAddressSkuArgs(name="Standard", tier="Regional"),
                public_ip_allocation_method="Static",
                public_ip_address_version="IPv4",
                zones=zones or None,
                tags=args.scope.tags,
                # Azure refuses other zones, and another address is not what firewalls of others know.
                opts=pulumi.ResourceOptions(parent=self, protect=args.protect, ignore_changes=["zones"]),
            )
            for number in range(1, args.egress_addresses + 1)
        ]
        gateway = network.NatGateway(
            f"{name}-egress",
            nat_gateway_name=f"{args.virtual_network}-egress",
            resource_group_name=args.scope.resource_group,
            location=args.scope.location,
            sku=network.NatGatewaySkuArgs(name="Standard"),
            public_ip_addresses=[network.SubResourceArgs(id=address.id) for address in addresses],
            # A gateway of this kind lives in one zone; without a name Azure picks one, and zone-redundant addresses
            # fit that.
            zones=zones if len(zones) == 1 else None,
            tags=args.scope.tags,
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["zones"]),
        )
        return gateway, addresses


def security_rules(args: AksNetworkArgs, key: str) -> list[network.SecurityRuleArgs]:
    """The rules of one subnet's group, the one that decides first at the top. See the module for the reasons."""
    own = args.subnets[key]
    system = args.subnets[args.system]
    others = sorted(cidr for other, cidr in args.subnets.items() if other != key)
    nodes = sorted(args.subnets.values())
    rules = [_rule("allow-own-nodes", 100, "Allow", [own], own)]
    if key != args.system:
        rules.append(_rule("allow-system-nodes", 110, "Allow", [system], own))
    if args.calico and others:
        rules.append(_rule("allow-calico-typha", 120, "Allow", others, own, protocol="Tcp", port=TYPHA_PORT))
    if others:
        rules.append(_rule("deny-other-nodes", 200, "Deny", others, own))
    # Explicit, both ways, as whether Azure counts the overlay to the virtual network is nowhere promised.
    rules.append(_rule("allow-pods", 300, "Allow", [*nodes, args.pods], args.pods))
    rules.append(_rule("allow-pods-out", 300, "Allow", [own, args.pods], args.pods, direction="Outbound"))
    return rules


def _rule(
    name: str,
    priority: int,
    access: str,
    sources: Sequence[str],
    destination: str,
    *,
    direction: str = "Inbound",
    protocol: str = _EVERYTHING,
    port: str = _EVERYTHING,
) -> network.SecurityRuleArgs:
    return network.SecurityRuleArgs(
        name=name,
        priority=priority,
        direction=direction,
        access=access,
        protocol=protocol,
        # Azure keeps one source and several in different properties, and returns what it was given.
        source_address_prefix=sources[0] if len(sources) == 1 else None,
        source_address_prefixes=None if len(sources) == 1 else list(sources),
        source_port_range=_EVERYTHING,
        destination_address_prefix=destination,
        destination_port_range=port,
    )


def _check(args: AksNetworkArgs) -> None:
    where = f"network {args.virtual_network}"
    space = ipaddress.ip_network(args.address_space)
    if args.system not in args.subnets:
        raise ValueError(
            f"{where}: no subnet is called {args.system!r}; there are {', '.join(sorted(args.subnets)) or 'none'}. "
            "Name the one of the system pool in `system`"
        )
    ranges = {key: ipaddress.ip_network(cidr) for key, cidr in sorted(args.subnets.items())}
    for key, subnet in ranges.items():
        if not (isinstance(subnet, ipaddress.IPv4Network) and isinstance(space, ipaddress.IPv4Network)):
            raise ValueError(f"{where}: subnet {key} is {subnet}; only IPv4 is known here")
        if not subnet.subnet_of(space):
            raise ValueError(f"{where}: subnet {key} is {subnet}, which is not inside {space}; choose a part of it")
        for other, found in ranges.items():
            if other != key and subnet.overlaps(found):
                raise ValueError(f"{where}: the subnets {key} ({subnet}) and {other} ({found}) overlap; part them")
    if ipaddress.ip_network(args.pods).overlaps(space):
        raise ValueError(
            f"{where}: the pods' range {args.pods} overlaps {space}; choose one outside of it. In a "
            "stack file: network.pods and network.virtualNetwork"
        )
    if args.egress_addresses is not None and not 1 <= args.egress_addresses <= MOST_EGRESS_ADDRESSES:
        raise ValueError(
            f"{where}: {args.egress_addresses} egress addresses; a NAT gateway takes 1 to {MOST_EGRESS_ADDRESSES}, and "
            "`None` makes no gateway. In a stack file: network.egressAddresses"
        )
