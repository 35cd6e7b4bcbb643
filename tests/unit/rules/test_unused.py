"""Settings that would do nothing are refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rules import unused
from rules.address_space import NetworkFacts
from rules.given import ABSENT
from rules.platform import PlatformFacts
from rules.problem import Problem
from rules.unused import Written
from tests.unit.rules.cases import Check, passes, refused, text

AKS = PlatformFacts(kind="aks")
LOCAL = PlatformFacts(kind="azure-local", existing_cluster=ABSENT)
ADOPTED = replace(LOCAL, existing_cluster="/id")
EXISTING = PlatformFacts(kind="existing-cluster")
ALL: Written = {
    "network": {
        "policies": True,
        "apiServerCidrs": ["10.0.0.1/32"],
        "outbound": "nat-gateway",
        "egressAddresses": 2,
        "virtualNetwork": "10.240.0.0/16",
        "pods": "10.244.0.0/16",
        "services": "10.0.0.0/16",
        "engine": "calico",
    },
    "registry": {"sku": "Standard", "cache": [{}], "push": ["agents"], "pullSecrets": [{}]},
    "monitoring": {"retentionDays": 90, "prometheus": True},
    "environment": {"name": "prod", "tags": {"a": "b"}},
}
BROUGHT: Written = {
    "network": {"subnet": "/subnet", "egressAddresses": 2, "virtualNetwork": "10.0.0.0/16"},
    "registry": {"id": "/registry", "sku": "Basic", "cache": []},
    "monitoring": {"workspace": "/workspace", "retentionDays": 90},
}
NAT = NetworkFacts(outbound=ABSENT, subnet=ABSENT)
BALANCED = replace(NAT, outbound="load-balancer")


def said(platform: PlatformFacts, written: Written, network: NetworkFacts = NAT) -> Iterator[Problem]:
    return unused.check(platform, network, written)


@passes(
    ("all of aks", lambda: said(AKS, ALL)),
    (
        "what all platforms have",
        lambda: said(
            EXISTING, {"network": {"policies": False, "apiServerCidrs": []}, "registry": {"pullSecrets": [{}]}}
        ),
    ),
    (
        "what says nothing",
        lambda: said(
            EXISTING,
            {"registry": {"id": None, "push": []}, "monitoring": {"prometheus": False}, "environment": {"tags": {}}},
        ),
    ),
    (
        "pods and tags of azure local",
        lambda: said(LOCAL, {"network": {"pods": "10.0.0.0/16"}, "environment": {"tags": {"a": "b"}}}),
    ),
    ("unknown", lambda: said(PlatformFacts(), ALL)),
    ("a way out that is unknown", lambda: said(AKS, {"network": {"egressAddresses": 2}}, NetworkFacts())),
)
def test_settings_that_do_something_pass(check: Check) -> None:
    assert text(check()) == ""


@refused(
    (
        "all of aks on an existing cluster",
        lambda: said(EXISTING, ALL),
        """
setting-unused: network.outbound
  given: "nat-gateway"
  allowed: nothing on existing-cluster: it does something only on aks
  fix: remove outbound
setting-unused: network.egressAddresses
  given: 2
  allowed: nothing on existing-cluster: it does something only on aks
  fix: remove egressAddresses
setting-unused: network.virtualNetwork
  given: "10.240.0.0/16"
  allowed: nothing on existing-cluster: it does something only on aks
  fix: remove virtualNetwork
setting-unused: network.services
  given: "10.0.0.0/16"
  allowed: nothing on existing-cluster: it does something only on aks
  fix: remove services
setting-unused: network.engine
  given: "calico"
  allowed: nothing on existing-cluster: it does something only on aks
  fix: remove engine
setting-unused: registry.sku
  given: "Standard"
  allowed: nothing on existing-cluster: it does something only on aks
  fix: remove sku
setting-unused: registry.cache
  given: a list of 1
  allowed: nothing on existing-cluster: it does something only on aks
  fix: remove cache
setting-unused: registry.push
  given: a list of 1
  allowed: nothing on existing-cluster: it does something only on aks
  fix: remove push
setting-unused: monitoring.retentionDays
  given: 90
  allowed: nothing on existing-cluster: it does something only on aks
  fix: remove retentionDays
setting-unused: monitoring.prometheus
  given: true
  allowed: nothing on existing-cluster: it does something only on aks
  fix: remove prometheus
setting-unused: network.pods
  given: "10.244.0.0/16"
  allowed: nothing on existing-cluster: it does something only where the cluster is made
  fix: remove pods
setting-unused: environment.tags
  given: a map with the keys a
  allowed: nothing on existing-cluster: it does something only on aks and azure-local
  fix: remove tags
""",
    ),
    (
        "pods of an adopted cluster",
        lambda: said(ADOPTED, {"network": {"pods": "10.0.0.0/16", "engine": "cilium"}}),
        """
setting-unused: network.engine
  given: "cilium"
  allowed: nothing on azure-local: it does something only on aks
  fix: remove engine
setting-unused: network.pods
  given: "10.0.0.0/16"
  allowed: nothing on azure-local: it does something only where the cluster is made
  fix: remove pods
""",
    ),
    (
        "beside what is brought",
        lambda: said(AKS, BROUGHT),
        """
setting-unused: network.virtualNetwork
  given: "10.0.0.0/16"
  allowed: nothing beside network.subnet: the subnet has its network
  fix: remove virtualNetwork, or subnet
setting-unused: network.egressAddresses
  given: 2
  allowed: nothing beside network.subnet: no gateway is made for it
  fix: remove egressAddresses, or subnet
setting-unused: registry.sku
  given: "Basic"
  allowed: nothing beside registry.id: no registry is made
  fix: remove sku, or id
setting-unused: registry.cache
  given: an empty list
  allowed: nothing beside registry.id: no registry is made
  fix: remove cache, or id
setting-unused: monitoring.retentionDays
  given: 90
  allowed: nothing beside monitoring.workspace: no workspace is made
  fix: remove retentionDays, or workspace
""",
    ),
    (
        "addresses without a gateway",
        lambda: said(AKS, {"network": {"egressAddresses": 2}}, BALANCED),
        """
setting-unused: network.egressAddresses
  given: 2
  allowed: nothing with network.outbound: load-balancer, which has no gateway
  fix: remove egressAddresses, or outbound for a NAT gateway
""",
    ),
)
def test_settings_that_do_nothing_are_refused(check: Check, said: str) -> None:
    assert text(check()) == said
