"""`pool-own-subnet`: build nodes are in a network of their own, which a firewall tells from the rest.

What Docker Engine on a node starts is no pod: network policies do not see it. A network security group of the nodes'
subnet does. So a subnet is shared neither with system nodes nor with builds of another trust. Subnets that the stack
makes are looked at, too; those that it is given are somebody else's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rules.policies.azure import Pool, pools
from rules.policies.fleet import TRUST_LABEL
from rules.policies.node import Node, NotKnown, Unchecked, Verdict, guarded
from rules.policies.node_pools.purpose import purpose
from rules.policies.resource import Resource
from rules.policies.rule import PRODUCTION_ONLY, Context, Option, Reference, Rule
from rules.problem import Problem
from rules.words import NOTHING, given

ID: Final = "pool-own-subnet"


@dataclass(frozen=True)
class Subnet:
    """A subnet that the stack makes. `body` has the fields of `azure-native:network:Subnet`."""

    resource: Resource
    body: Node
    name: Node
    network: Node


Subject = Pool | Subnet
Told = Iterator[tuple[Resource | None, Verdict]]


def _read(resource: Resource) -> Sequence[Subject]:
    root = resource.root
    if resource.kind == "azure-native:network:Subnet":
        return [Subnet(resource, root, root.get("subnetName"), root.get("virtualNetworkName"))]
    if resource.kind == "azure-native:network:VirtualNetwork" and root.get("subnets").is_known:
        network = root.get("virtualNetworkName")
        return [Subnet(resource, body, body.get("name"), network) for body in root.get("subnets").items()]
    return pools(resource)


def _check(found: Sequence[tuple[Resource, Subject]], context: Context) -> Told:
    # Azure Local's nodes are all in the logical network of their cluster.
    every = [pool for _, pool in found if isinstance(pool, Pool) and pool.platform == "aks"]
    by_subnet: dict[str, list[_Placed]] = {}
    # Where a pool that is no build pool is, matters only if there are build pools whose place is known.
    doubtful: list[tuple[Resource, Verdict]] = []
    for pool in every:
        node, is_build = pool.body.get("vnetSubnetID"), False
        try:
            is_build = purpose(pool) == "build"
        except NotKnown as unknown:
            yield pool.resource, Unchecked(path=unknown.path)
        try:
            subnet = node.text()
        except NotKnown as unknown:
            doubtful.append((pool.resource, Unchecked(path=unknown.path)))
            if is_build:
                yield doubtful.pop()
            continue
        if subnet is not None:
            by_subnet.setdefault(subnet.casefold(), []).append(_Placed(pool, is_build))
        elif is_build:
            yield pool.resource, _without(node)
    used = _Used([subnet for subnet, placed in by_subnet.items() if any(one.is_build for one in placed)])
    if used:
        yield from doubtful
    for placed in by_subnet.values():
        yield from _shared(placed)
    for _, subject in found:
        if isinstance(subject, Subnet):
            for verdict in guarded(_of_subnet(subject, used, context)):
                yield subject.resource, verdict


@dataclass(frozen=True)
class _Placed:
    """A pool in a subnet that is known."""

    pool: Pool
    is_build: bool


def _without(node: Node) -> Problem:
    return Problem(
        rule=ID,
        path=node.path,
        given=NOTHING,
        allowed="the id of a subnet for builds of this trust: without one the nodes are beside the system's",
        fix="make a subnet with a network security group, and name it; it takes another pool",
    )


def _shared(placed: Sequence[_Placed]) -> Told:
    """What is wrong in one subnet. Of each build pool one system pool and one other trust is told, not all of them."""
    builds = [one.pool for one in placed if one.is_build]
    if not builds or len(placed) == 1:
        return
    systems: list[Pool] = []
    trusts: dict[int, str] = {}
    for one in placed:
        try:
            if one.pool.is_system():
                systems.append(one.pool)
            if one.is_build and len(builds) > 1:
                trusts[id(one.pool)] = _trust(one.pool)
        except NotKnown as unknown:
            yield one.pool.resource, Unchecked(path=unknown.path)
    different = sorted(set(trusts.values()))[:2]
    for pool in builds:
        system = next((other for other in systems[:2] if other is not pool), None)
        if system is not None:
            name = system.name
            yield (
                pool.resource,
                _with(pool, f"the system pool {given(name.value)}" if name.is_known else "a system pool"),
            )
        own = trusts.get(id(pool))
        trust = next((other for other in different if other != own), None)
        if own is not None and trust is not None:
            yield pool.resource, _with(pool, f"builds of the trust {given(trust)}")


def _with(pool: Pool, what: str) -> Problem:
    return Problem(
        rule=ID,
        path=pool.body.get("vnetSubnetID").path,
        given=f"a subnet that is shared with {what}",
        allowed="a subnet for builds of this trust alone",
        fix="make another subnet, and name it; it takes another pool",
    )


def _trust(pool: Pool) -> str:
    return pool.label(TRUST_LABEL) or "trusted"


class _Used:
    """The subnets of build pools, by their ids in lower case."""

    def __init__(self, ids: Sequence[str]) -> None:
        self._any = bool(ids)
        parts = [one.rpartition("/virtualnetworks/")[2].split("/") for one in ids]
        self._pairs = {(one[0], one[2]) for one in parts if len(one) == 3}
        self._networks, self._names = {pair[0] for pair in self._pairs}, {pair[1] for pair in self._pairs}

    def __bool__(self) -> bool:
        return self._any

    def may_have(self, network: str | None, name: str | None) -> bool:
        """Whether one of them is called so; `None`: that part of the name is not known."""
        if network is not None and name is not None:
            return (network, name) in self._pairs
        if network is not None:
            return network in self._networks
        return name in self._names if name is not None else self._any


def _of_subnet(subnet: Subnet, used: _Used, context: Context) -> Iterator[Verdict]:
    group = subnet.body.get("networkSecurityGroup")
    routes = [subnet.body.get(key) for key in ("natGateway", "routeTable")]
    no_group = not group.is_given
    no_route = context.options["egressRoute"] and not any(route.is_given for route in routes)
    if (no_group or no_route) and not _is_used(subnet, used):
        return
    if no_group:
        yield Problem(
            rule=ID,
            path=group.path,
            given=NOTHING,
            allowed="a network security group: network policies do not see what Docker Engine starts",
            fix="add one that opens what builds need",
        )
    if no_route:
        yield Problem(
            rule=ID,
            path=routes[1].path,
            given=NOTHING,
            allowed="a NAT gateway or a route table, by which builds leave",
            fix="add one of the two",
        )
    group.known()


def _is_used(subnet: Subnet, used: _Used) -> bool:
    """Whether the subnet is that of a build pool. Raises `NotKnown` where a name may make it one."""
    names = [(node.text() or "").casefold() if node.is_known else None for node in (subnet.network, subnet.name)]
    if not used.may_have(*names):
        return False
    subnet.name.known()
    subnet.network.known()
    return True


RULE: Final = Rule[Subject](
    id=ID,
    group="node pools",
    title="build nodes have a subnet of their own",
    why="Containers that Docker Engine starts are outside of Kubernetes: only the network of their node keeps them "
    "from system nodes, from other builds and from the company's network.",
    fix="Give builds of each trust a subnet with a network security group, apart from that of the system pool.",
    severity="high",
    levels=PRODUCTION_ONLY,
    read=_read,
    check_stack=_check,
    options={
        "egressRoute": Option(
            default=False,
            schema={
                "type": "boolean",
                "description": "whether a subnet for builds must have a NAT gateway or a route table of its own",
            },
        )
    },
    references=(
        Reference(framework="AKS documentation", id="node-pool-unique-subnet"),
        Reference(framework="CIS AKS 1.8", id="5.4.4"),
    ),
)
