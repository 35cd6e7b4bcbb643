"""Addresses of a cluster: networks that are legal, apart from each other, and large enough for every node there may be.

All of them are fixed when the cluster is made, and a cluster that runs out of addresses has to be made again. So the
room is held against the pools at their maximum, with the nodes that an upgrade adds.

Sources: MicrosoftDocs/azure-aks-docs (azure-cni-overlay, configure-azure-cni): a /24 of the pods' network for each
node, read 2026-08-21, and reserved ranges and sizes, as known on 2026-11-22; Microsoft Learn "Virtual Network FAQ", as
known on 2026-11-22: five addresses of each subnet are Azure's own, and a /29 is the smallest subnet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Final

from rules.given import Absent
from rules.network import cidr
from rules.paths import at
from rules.platform import PlatformFacts
from rules.pool_facts import PoolFacts
from rules.pool_upgrade import nodes_at_most
from rules.problem import Problem
from rules.words import given, listed

PRIVATE: Final = tuple(IPv4Network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"))
RESERVED: Final = tuple(
    IPv4Network(text) for text in ("169.254.0.0/16", "172.30.0.0/16", "172.31.0.0/16", "192.0.2.0/24")
)
"""Ranges that AKS keeps for itself."""
AZURE_ADDRESSES: Final = 5
"""Of each subnet."""
LONGEST_PREFIX: Final = {"virtualNetwork": 27, "pods": 24, "services": 28}
"""A quarter of the smallest virtual network is a /29; pods take a /24 a node; the tenth address of services is DNS."""
SHORTEST_PREFIX: Final = {"virtualNetwork": 8, "pods": 8, "services": 12}
NODE_PREFIX: Final = 24

_QUARTERS: Final = ("system", "trusted", "untrusted")


@dataclass(frozen=True, kw_only=True)
class NetworkFacts:
    """What is known of the section `network`."""

    path: str = "network"
    subnet: str | Absent | None = None
    outbound: str | Absent | None = None
    virtual_network: str | None = None
    pods: str | None = None
    services: str | None = None
    engine: str | None = None
    egress_addresses: int | None = None
    """Of the NAT gateway that is made."""


def outbound(setting: str | None, subnet: str | None) -> str:
    """How nodes reach the internet: as set, else by a NAT gateway of ours, which a subnet that is brought has not."""
    return setting or ("nat-gateway" if subnet is None else "load-balancer")


def known_outbound(network: NetworkFacts) -> str | None:
    """The same of facts; `None` where it is not known."""
    if isinstance(network.outbound, str):
        return network.outbound
    if network.outbound is None or network.subnet is None:
        return None
    return outbound(None, None if isinstance(network.subnet, Absent) else network.subnet)


def quarter(purpose: str | None, trust: str | None) -> str | None:
    """Which subnet of a virtual network that is made a pool stands in; `None` where that is not known."""
    return "system" if purpose == "system" else None if purpose is None else trust


def check(platform: PlatformFacts, network: NetworkFacts, pools: Sequence[PoolFacts] | None) -> Iterator[Problem]:
    """All rules of the networks that are made."""
    if platform.kind != "aks" and not (platform.kind == "azure-local" and platform.makes_pools):
        return
    wanted = {"pods": network.pods}
    if platform.kind == "aks":
        made = {} if isinstance(network.subnet, str) else {"virtualNetwork": network.virtual_network}
        wanted = {**made, **wanted, "services": network.services}
    networks: dict[str, IPv4Network] = {}
    for key, text in wanted.items():
        if text is None:
            continue
        wrong = [*cidr(at(network.path, key), text), *_legal(network.path, key, text)]
        yield from wrong
        if not wrong:
            networks[key] = IPv4Network(text)
    yield from _apart(network.path, networks)
    if pools is not None and "virtualNetwork" in networks:
        yield from _nodes_fit(network.path, networks["virtualNetwork"], pools)
    if pools is not None and "pods" in networks:
        yield from _pods_fit(network.path, networks["pods"], pools)
    if platform.kind == "aks":
        yield from _way_out(network)
        yield from _engine(network, pools)


def _legal(path: str, key: str, text: str) -> Iterator[Problem]:
    """The network is private, not one that AKS keeps, and neither too small nor too large."""
    try:
        network = IPv4Network(text)
    except ValueError:
        return  # `cidr` has it
    low, high = SHORTEST_PREFIX[key], LONGEST_PREFIX[key]
    if not any(network.subnet_of(range_) for range_ in PRIVATE):
        yield Problem(
            rule="network-private",
            path=at(path, key),
            given=given(text),
            allowed=f"a network within {listed(map(str, PRIVATE))}",
            fix="choose one that the networks around it do not use",
        )
    elif reserved := next((range_ for range_ in RESERVED if network.overlaps(range_)), None):
        yield Problem(
            rule="network-reserved",
            path=at(path, key),
            given=given(text),
            allowed=f"a network apart from {listed(map(str, RESERVED), 'and')}, which AKS keeps for itself",
            fix=f"choose one outside {reserved}",
        )
    elif not low <= network.prefixlen <= high:
        yield Problem(
            rule="network-size",
            path=at(path, key),
            given=given(text),
            allowed=f"a network of /{low} to /{high}",
            fix=f"write {network.network_address}/{low if network.prefixlen < low else high}",
        )


def _apart(path: str, networks: Mapping[str, IPv4Network]) -> Iterator[Problem]:
    keys = list(networks)
    for index, key in enumerate(keys):
        other = next((earlier for earlier in keys[:index] if networks[earlier].overlaps(networks[key])), None)
        if other is not None:
            yield Problem(
                rule="network-overlap",
                path=at(path, key),
                given=given(str(networks[key])),
                allowed=f"a network apart from {at(path, other)}, which is {networks[other]}",
                fix="choose another for one of the two",
            )


def _nodes_fit(path: str, network: IPv4Network, pools: Sequence[PoolFacts]) -> Iterator[Problem]:
    """Each quarter holds the nodes that may stand in it."""
    room = network.num_addresses // 4 - AZURE_ADDRESSES
    for name in _QUARTERS:
        here = [pool for pool in pools if quarter(pool.purpose, pool.trust) == name]
        nodes = sum(nodes_at_most(pool) or 0 for pool in here)
        if nodes > room:
            yield Problem(
                rule="network-nodes",
                path=at(path, "virtualNetwork"),
                given=f"{given(str(network))}, whose quarter for {name} pools has {room} addresses for nodes",
                allowed=f"{nodes} or more: {_counted(here)}, at most and in an upgrade",
                fix=f"write /{32 - (4 * (nodes + AZURE_ADDRESSES) - 1).bit_length()} or a shorter prefix, or lower "
                "maxCount",
            )


def _pods_fit(path: str, network: IPv4Network, pools: Sequence[PoolFacts]) -> Iterator[Problem]:
    """Each node gets a /24 of the pods' network."""
    room = 2 ** (NODE_PREFIX - network.prefixlen)
    nodes = sum(nodes_at_most(pool) or 0 for pool in pools)
    if nodes > room:
        yield Problem(
            rule="network-pods",
            path=at(path, "pods"),
            given=f"{given(str(network))}, which is {room} times a /{NODE_PREFIX}",
            allowed=f"a /{NODE_PREFIX} for each of {nodes} nodes: {_counted(pools)}, at most and in an upgrade",
            fix=f"write /{NODE_PREFIX - (nodes - 1).bit_length()} or a shorter prefix, or lower maxCount",
        )


def _counted(pools: Sequence[PoolFacts]) -> str:
    return listed(
        [f"{nodes_at_most(pool)} of {pool.name or pool.path}" for pool in pools if nodes_at_most(pool)], "and"
    )


def _way_out(network: NetworkFacts) -> Iterator[Problem]:
    """Routes of one's own are on a subnet of one's own."""
    if network.outbound == "user-defined-routing" and isinstance(network.subnet, Absent):
        yield Problem(
            rule="network-routes",
            path=at(network.path, "outbound"),
            given=given(network.outbound),
            allowed="nat-gateway or load-balancer on a network that is made, which has no routes to a firewall",
            fix="give network.subnet, a subnet whose route table has a route for 0.0.0.0/0, or remove outbound",
        )


def _engine(network: NetworkFacts, pools: Sequence[PoolFacts] | None) -> Iterator[Problem]:
    """Cilium runs on Linux only, and a cluster has one engine."""
    windows = [pool.path for pool in pools or () if pool.os == "windows"]
    if network.engine == "cilium" and windows:
        yield Problem(
            rule="network-engine-windows",
            path=at(network.path, "engine"),
            given=given(network.engine),
            allowed=f"calico, as {listed(windows, 'and')} {'is' if len(windows) == 1 else 'are'} for Windows",
            fix="remove engine; it is fixed when the cluster is made",
        )
