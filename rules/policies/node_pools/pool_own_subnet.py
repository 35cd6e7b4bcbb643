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
from rules.policies.node import Node, Verdict, each_known, guarded
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
    subnets = [subnet for _, subnet in found if isinstance(subnet, Subnet)]
    used: list[str] = []
    for pool in every:
        for verdict in guarded(_of_pool(pool, every, used)):
            yield pool.resource, verdict
    for subnet in subnets:
        for verdict in guarded(_of_subnet(subnet, used, context)):
            yield subnet.resource, verdict


def _of_pool(pool: Pool, every: Sequence[Pool], used: list[str]) -> Iterator[Verdict]:
    if purpose(pool) != "build":
        return
    node = pool.body.get("vnetSubnetID")
    subnet = node.text()
    if subnet is None:
        yield Problem(
            rule=ID,
            path=node.path,
            given=NOTHING,
            allowed="the id of a subnet for builds of this trust: without one the nodes are beside the system's",
            fix="make a subnet with a network security group, and name it; it takes another pool",
        )
        return
    used.append(subnet.casefold())

    def shared(other: Pool) -> Iterator[Verdict]:
        if other is pool or (other.body.get("vnetSubnetID").text() or "").casefold() != subnet.casefold():
            return
        if other.is_system():
            what = f"with the system pool {given(other.name.value)}" if other.name.is_known else "with a system pool"
        elif purpose(other) == "build" and _trust(other) != _trust(pool):
            what = f"with builds of the trust {given(_trust(other))}"
        else:
            return
        yield Problem(
            rule=ID,
            path=node.path,
            given=f"a subnet that is shared {what}",
            allowed="a subnet for builds of this trust alone",
            fix="make another subnet, and name it; it takes another pool",
        )

    yield from each_known(list(every), shared)


def _trust(pool: Pool) -> str:
    return pool.label(TRUST_LABEL) or "trusted"


def _of_subnet(subnet: Subnet, used: Sequence[str], context: Context) -> Iterator[Verdict]:
    group = subnet.body.get("networkSecurityGroup")
    routes = [subnet.body.get(key) for key in ("natGateway", "routeTable")]
    no_group = not group.is_given
    no_route = context.options["egressRoute"] and not any(route.is_given for route in routes)
    if (no_group or no_route) and not _used(subnet, used):
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


def _used(subnet: Subnet, used: Sequence[str]) -> bool:
    """Whether the subnet is that of a build pool. Raises `NotKnown` where a name may make it one."""
    candidates = [one.rpartition("/virtualnetworks/")[2].split("/") for one in used]
    for name, index in ((subnet.name, 2), (subnet.network, 0)):
        if name.is_known:
            text = (name.text() or "").casefold()
            candidates = [one for one in candidates if len(one) == 3 and one[index] == text]
    if candidates:
        subnet.name.known()
        subnet.network.known()
    return bool(candidates)


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
