"""Cases of `pool-own-subnet`."""

from __future__ import annotations

from typing import Any

from rules.policies.node_pools.pool_own_subnet import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.cases.node_pools.forms import (
    TEMPLATE,
    foreign_windows_pool,
    in_template,
    local_cluster,
    local_pool,
    plain_pool,
    windows_pool,
    with_system,
    without,
)
from tests.unit.policies.scenes import UNKNOWN, Resource, agent_pool

NETWORK = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/n"
TRUSTED, SYSTEM, UNTRUSTED = (f"{NETWORK}/subnets/{name}" for name in ("t", "system", "untrusted"))
UNTRUSTED_LABELS = {"buildfleet.dev/purpose": "build", "buildfleet.dev/trust": "untrusted"}


def subnet(name: str = "t", **more: Any) -> Resource:
    """A subnet as ours makes it."""
    inputs = {
        "addressPrefix": "10.240.0.0/18",
        "natGateway": {"id": "gateway"},
        "networkSecurityGroup": {"id": "rules"},
        "resourceGroupName": "g",
        "subnetName": name,
        "virtualNetworkName": "n",
        **more,
    }
    return Resource(type="azure-native:network:Subnet", name=name, inputs=inputs)


OURS = Case(
    title="two kinds of trust, and the system",
    resources=[
        with_system(vnetSubnetID=SYSTEM),
        agent_pool(),
        windows_pool(),
        agent_pool(agentPoolName="pr", nodeLabels=UNTRUSTED_LABELS, vnetSubnetID=UNTRUSTED),
        subnet(),
        subnet("system"),
        subnet("untrusted"),
    ],
)
ROUTED = Case(title="with a way out of its own", resources=[agent_pool(), subnet()], options={"egressRoute": True})
BARE = ("networkSecurityGroup",)

CASES = Cases(
    rule=RULE,
    passes=(
        OURS,
        ROUTED,
        Case(title="a network that somebody else made", resources=[agent_pool()]),
        Case(title="a user pool beside the system's", resources=[with_system(), plain_pool(vnetSubnetID=TRUSTED)]),
        Case(title="Azure Local, where the cluster has one network", resources=[local_cluster(), local_pool()]),
        Case(title="a subnet for something else", resources=[agent_pool(), without(subnet("other"), *BARE)]),
        Case(
            title="the same name in another network",
            resources=[agent_pool(), without(subnet(virtualNetworkName="m"), *BARE)],
        ),
    ),
    fails=(
        Case(title="none", resources=[without(foreign_windows_pool(), "vnetSubnetID")], at=["vnetSubnetID"]),
        Case(
            title="that of the system, in other capitals",
            resources=[with_system(vnetSubnetID=TRUSTED.upper()), agent_pool()],
            at=["vnetSubnetID"],
        ),
        Case(
            title="that of builds of another trust",
            resources=[agent_pool(), agent_pool(agentPoolName="pr", nodeLabels=UNTRUSTED_LABELS)],
            at=["vnetSubnetID", "vnetSubnetID"],
        ),
        Case(
            title="no security group",
            resources=[agent_pool(), without(subnet(), *BARE)],
            at=["networkSecurityGroup"],
        ),
        Case(
            title="no security group of a subnet inside of its network",
            resources=[
                windows_pool(),
                Resource(
                    type="azure-native:network:VirtualNetwork",
                    name="network",
                    inputs={
                        "resourceGroupName": "g",
                        "subnets": [{"name": "t", "addressPrefix": "10.240.0.0/18"}],
                        "virtualNetworkName": "n",
                    },
                ),
            ],
            at=["subnets[0].networkSecurityGroup"],
        ),
        Case(
            title="no way out of its own, where one is asked for",
            resources=[agent_pool(), without(subnet(), "natGateway")],
            options={"egressRoute": True},
            at=["routeTable"],
        ),
        Case(
            title="none, in a template",
            resources=[in_template(without(windows_pool(), "vnetSubnetID"))],
            at=[f"{TEMPLATE}.vnetSubnetID"],
        ),
    ),
    unknown=(
        Case(title="the subnet", resources=[agent_pool(vnetSubnetID=UNKNOWN)], at=["vnetSubnetID"]),
        Case(
            title="that of the system",
            resources=[with_system(vnetSubnetID=UNKNOWN), agent_pool()],
            at=["agentPoolProfiles[0].vnetSubnetID"],
        ),
        Case(
            title="the network of a subnet without a security group",
            resources=[agent_pool(), without(subnet(virtualNetworkName=UNKNOWN), *BARE)],
            at=["virtualNetworkName"],
        ),
        Case(
            title="the security group",
            resources=[agent_pool(), subnet(networkSecurityGroup=UNKNOWN)],
            at=["networkSecurityGroup"],
        ),
    ),
    mutations=(
        Mutation(of=OURS, path="vnetSubnetID", value=SYSTEM, resource=2),
        Mutation(of=OURS, path="vnetSubnetID", value=TRUSTED, resource=3),
        Mutation(of=OURS, path="networkSecurityGroup", value=None, resource=4),
        Mutation(of=ROUTED, path="natGateway", value=None, resource=1),
    ),
)
