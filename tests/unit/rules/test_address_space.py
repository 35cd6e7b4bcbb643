"""Addresses: legal networks, apart from each other, with room for every node."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from rules import address_space
from rules.address_space import NetworkFacts
from rules.given import ABSENT
from rules.platform import PlatformFacts
from rules.pool_facts import PoolFacts, UpgradeFacts
from rules.problem import Problem
from tests.unit.rules.cases import Check, passes, refused, text

AKS = PlatformFacts(kind="aks")
LOCAL = PlatformFacts(kind="azure-local", existing_cluster=ABSENT)
FACTS = NetworkFacts(
    subnet=ABSENT,
    outbound=ABSENT,
    virtual_network="10.240.0.0/16",
    pods="10.244.0.0/16",
    services="10.0.0.0/16",
    engine="calico",
)
BROUGHT = replace(FACTS, subnet="/subnet")
SYSTEM = PoolFacts(path="nodePools[0]", name="system", os="linux", purpose="system", trust="trusted", max_count=3)
BUILD = PoolFacts(
    path="nodePools[1]",
    name="lin",
    os="linux",
    purpose="build",
    trust="trusted",
    max_count=10,
    upgrade=UpgradeFacts(path="nodePools[1].upgrade", max_surge="33%"),
)
FORKS = replace(BUILD, path="nodePools[2]", name="pr", trust="untrusted")
WINDOWS = replace(BUILD, path="nodePools[3]", name="win", os="windows")


def said(facts: NetworkFacts, *pools: PoolFacts, platform: PlatformFacts = AKS) -> Iterator[Problem]:
    return address_space.check(platform, facts, pools)


@passes(
    ("defaults", lambda: said(FACTS, SYSTEM, BUILD, FORKS, WINDOWS)),
    (
        "as small as it can be",
        lambda: said(
            replace(FACTS, virtual_network="10.240.0.0/26", pods="10.244.0.0/20"), replace(BUILD, max_count=8)
        ),
    ),
    ("a network that is brought is not looked at", lambda: said(replace(BROUGHT, virtual_network="8.8.8.0/24"), BUILD)),
    ("routes of a subnet that is brought", lambda: said(replace(BROUGHT, outbound="user-defined-routing"))),
    ("gateway of a subnet that is brought", lambda: said(replace(BROUGHT, outbound="nat-gateway"))),
    ("cilium without windows", lambda: said(replace(FACTS, engine="cilium"), SYSTEM, BUILD)),
    (
        "pods of azure local, whose nodes have a network of their own",
        lambda: said(replace(FACTS, virtual_network="1.2.3.0/24", services="1.2.4.0/24"), BUILD, platform=LOCAL),
    ),
    ("shared addresses", lambda: said(replace(FACTS, pods="100.64.0.0/16"))),
    ("nothing known", lambda: said(NetworkFacts(), PoolFacts(path="nodePools[0]"))),
    (
        "a cluster that is found",
        lambda: said(replace(FACTS, pods="8.8.8.0/24"), platform=PlatformFacts(kind="existing-cluster")),
    ),
)
def test_networks_with_room_pass(check: Check) -> None:
    assert text(check()) == ""


@refused(
    (
        "bits beyond the mask",
        lambda: said(replace(FACTS, virtual_network="10.240.1.0/16")),
        """
cidr: network.virtualNetwork
  given: "10.240.1.0/16"
  allowed: a network such as 10.0.0.0/16, or one address such as 10.0.0.4/32
  fix: did you mean 10.240.0.0/16, or one address with /32 or /128?
""",
    ),
    (
        "no network",
        lambda: said(replace(FACTS, pods="10.244.0.256/16")),
        """
cidr: network.pods
  given: "10.244.0.256/16"
  allowed: a network such as 10.0.0.0/16, or one address such as 10.0.0.4/32
  fix: write address, slash, prefix length
""",
    ),
    (
        "public",
        lambda: said(replace(FACTS, pods="8.0.0.0/16")),
        """
network-private: network.pods
  given: "8.0.0.0/16"
  allowed: a network within 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10
  fix: choose one that the networks around it do not use
""",
    ),
    (
        "kept by AKS",
        lambda: said(replace(FACTS, services="172.30.0.0/16", pods="172.16.0.0/12")),
        """
network-reserved: network.pods
  given: "172.16.0.0/12"
  allowed: a network apart from 169.254.0.0/16, 172.30.0.0/16, 172.31.0.0/16 and 192.0.2.0/24, which AKS keeps
    for itself
  fix: choose one outside 172.30.0.0/16
network-reserved: network.services
  given: "172.30.0.0/16"
  allowed: a network apart from 169.254.0.0/16, 172.30.0.0/16, 172.31.0.0/16 and 192.0.2.0/24, which AKS keeps
    for itself
  fix: choose one outside 172.30.0.0/16
""",
    ),
    (
        "too small and too large",
        lambda: said(replace(FACTS, virtual_network="10.240.0.0/28", services="10.0.0.0/11")),
        """
network-size: network.virtualNetwork
  given: "10.240.0.0/28"
  allowed: a network of /8 to /27
  fix: write 10.240.0.0/27
network-size: network.services
  given: "10.0.0.0/11"
  allowed: a network of /12 to /28
  fix: write 10.0.0.0/12
""",
    ),
    (
        "overlapping",
        lambda: said(replace(FACTS, services="10.240.128.0/24", pods="10.0.0.0/8")),
        """
network-overlap: network.pods
  given: "10.0.0.0/8"
  allowed: a network apart from network.virtualNetwork, which is 10.240.0.0/16
  fix: choose another for one of the two
network-overlap: network.services
  given: "10.240.128.0/24"
  allowed: a network apart from network.virtualNetwork, which is 10.240.0.0/16
  fix: choose another for one of the two
""",
    ),
    (
        "no room for nodes",
        lambda: said(replace(FACTS, virtual_network="10.240.0.0/26"), SYSTEM, BUILD, WINDOWS, FORKS),
        """
network-nodes: network.virtualNetwork
  given: "10.240.0.0/26", whose quarter for trusted pools has 11 addresses for nodes
  allowed: 28 or more: 14 of lin and 14 of win, at most and in an upgrade
  fix: write /24 or a shorter prefix, or lower maxCount
network-nodes: network.virtualNetwork
  given: "10.240.0.0/26", whose quarter for untrusted pools has 11 addresses for nodes
  allowed: 14 or more: 14 of pr, at most and in an upgrade
  fix: write /25 or a shorter prefix, or lower maxCount
""",
    ),
    (
        "no room for pods",
        lambda: said(replace(FACTS, pods="10.244.0.0/20"), SYSTEM, BUILD, FORKS),
        """
network-pods: network.pods
  given: "10.244.0.0/20", which is 16 times a /24
  allowed: a /24 for each of 31 nodes: 3 of system, 14 of lin and 14 of pr, at most and in an upgrade
  fix: write /19 or a shorter prefix, or lower maxCount
""",
    ),
    (
        "routes on a network that is made",
        lambda: said(replace(FACTS, outbound="user-defined-routing")),
        """
network-routes: network.outbound
  given: "user-defined-routing"
  allowed: nat-gateway or load-balancer on a network that is made, which has no routes to a firewall
  fix: give network.subnet, a subnet whose route table has a route for 0.0.0.0/0, or remove outbound
""",
    ),
    (
        "cilium with windows",
        lambda: said(replace(FACTS, engine="cilium"), SYSTEM, WINDOWS),
        """
network-engine-windows: network.engine
  given: "cilium"
  allowed: calico, as nodePools[3] is for Windows
  fix: remove engine; it is fixed when the cluster is made
""",
    ),
)
def test_networks_that_do_not_fit_are_refused(check: Check, said: str) -> None:
    assert text(check()) == said


@pytest.mark.parametrize(
    ("setting", "subnet", "way"),
    [
        (None, None, "nat-gateway"),
        (None, "/subnet", "load-balancer"),
        ("nat-gateway", "/subnet", "nat-gateway"),
        ("load-balancer", None, "load-balancer"),
    ],
)
def test_the_way_out_is_the_one_that_is_set_or_the_networks_own(
    setting: str | None, subnet: str | None, way: str
) -> None:
    assert address_space.outbound(setting, subnet) == way
    facts = NetworkFacts(outbound=setting or ABSENT, subnet=subnet or ABSENT)
    assert address_space.known_outbound(facts) == way
    assert address_space.known_outbound(NetworkFacts()) is None


@pytest.mark.parametrize("nodes", [1, 2, 3, 11, 59, 60, 250])
def test_the_prefixes_that_a_refusal_names_are_the_longest_that_pass(nodes: int) -> None:
    pool = replace(BUILD, upgrade=None, max_count=nodes)
    facts = replace(FACTS, virtual_network="10.240.0.0/27", pods="10.244.0.0/24", services="10.0.0.0/28")
    named = {problem.path: problem.fix.split()[1] for problem in said(facts, pool)}
    fixed = replace(
        facts,
        virtual_network=f"10.240.0.0{named.get('network.virtualNetwork', '/27')}",
        pods=f"10.244.0.0{named.get('network.pods', '/24')}" if nodes < 250 else "10.128.0.0/16",
    )
    assert text(said(fixed, pool)) == ""
    for path, prefix in named.items():
        longer = f"10.240.0.0/{int(prefix[1:]) + 1}"
        moved = longer.replace("240", "64")
        made = path.endswith("virtualNetwork")
        worse = replace(fixed, virtual_network=moved) if made else replace(fixed, pods=moved)
        assert [problem.path for problem in said(worse, pool)] == [path]
