"""The network of a cluster's nodes on AKS, from settings: made, with a subnet a level of trust, or one that is brought.

The quarters of a network that is made have fixed places, used or not: so a pool of another level that is added later
changes nothing of what is there.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

import pulumi

from components.azure.cluster_arguments import Outbound
from components.azure.cluster_identities import Reach
from infra.platforms.azure_scope import Azure
from infra.settings.aks import AksPlatform
from infra.settings.node_pool import NodePool
from infra.settings.stack import StackSettings
from rules.address_space import outbound, quarter

QUARTERS: Final = ("system", "trusted", "untrusted")
"""In the order of their addresses; the last quarter stays free."""
_OF_TRUSTED_NODES: Final = ("system", "trusted")


@dataclass(frozen=True, kw_only=True)
class NodeNetwork:
    """Where nodes are, and how they get out."""

    outbound: Outbound
    subnets: Mapping[str, Reach]
    """By quarter; one that is brought is called `nodes`."""
    egress_addresses: Sequence[pulumi.Input[str]]
    """Of our NAT gateway; empty where the way out is somebody else's."""
    made: Sequence[pulumi.Resource]
    """What a cluster has to wait for."""

    def subnet_of(self, pool: NodePool) -> str:
        """Id of the pool's subnet, in plain text."""
        return self.subnets[quarter(pool.purpose, pool.trust) or "" if self.made else "nodes"].id

    @property
    def whole(self) -> Reach:
        """The virtual network that the subnets are in."""
        subnet = next(iter(self.subnets.values()))
        made = None if subnet.made is None else pulumi.Output.from_input(subnet.made).apply(_network_of)
        return Reach(id=_network_of(subnet.id), made=made)

    @property
    def trusted(self) -> Sequence[pulumi.Input[str]]:
        """Ids of the made subnets in which no untrusted code runs."""
        found = [self.subnets[key] for key in _OF_TRUSTED_NODES] if self.made else []
        return [reach.id if reach.made is None else reach.made for reach in found]


def make(settings: StackSettings, platform: AksPlatform, azure: Azure) -> NodeNetwork:
    """Register the network, unless the stack file names a subnet."""
    network = settings.network
    way_out = cast(Outbound, outbound(network.outbound, network.subnet))
    if network.subnet is not None:
        return NodeNetwork(outbound=way_out, subnets={"nodes": Reach(id=network.subnet)}, egress_addresses=(), made=())
    # Here: azure-native's network module alone takes three seconds to load.
    from components.azure.network import AksNetwork, AksNetworkArgs
    from components.azure.vault import SERVICE_ENDPOINT

    name = azure.names.virtual_network
    made = AksNetwork(
        "network",
        AksNetworkArgs(
            scope=azure.scope,
            virtual_network=name,
            address_space=network.virtual_network,
            subnets=quarters(network.virtual_network),
            pods=network.pods,
            calico=network.engine == "calico",
            service_endpoints=[SERVICE_ENDPOINT],
            egress_addresses=network.egress_addresses if way_out == "nat-gateway" else None,
            zones=platform.zones,
            protect=settings.environment.production,
        ),
        opts=azure.opts,
    )
    network_id = f"{azure.scope.resource_group_id}/providers/Microsoft.Network/virtualNetworks/{name}"
    return NodeNetwork(
        outbound=way_out,
        subnets={key: Reach(id=f"{network_id}/subnets/{key}", made=made.subnet_ids[key]) for key in QUARTERS},
        egress_addresses=made.egress_addresses,
        made=[made],
    )


def quarters(space: str) -> dict[str, str]:
    """The range of each subnet of a network, by its name."""
    parts = ipaddress.IPv4Network(space).subnets(prefixlen_diff=2)
    return {key: str(part) for key, part in zip(QUARTERS, parts, strict=False)}


def _network_of(subnet_id: str) -> str:
    return subnet_id.rsplit("/subnets/", 1)[0]
