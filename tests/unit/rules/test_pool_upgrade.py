"""Upgrades and replacements of node pools, and settings that a platform does not have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest

from rules import pool_fields, pool_upgrade
from rules.given import ABSENT
from rules.platform import PlatformFacts
from rules.pool_facts import PoolFacts, UpgradeFacts
from rules.pool_upgrade import Job, Replacement
from rules.problem import Problem
from tests.unit.rules.cases import Check, passes, refused, text

AKS = PlatformFacts(kind="aks")
LOCAL = PlatformFacts(kind="azure-local", existing_cluster=ABSENT)
ADOPTED = replace(LOCAL, existing_cluster="/id")
EXISTING = PlatformFacts(kind="existing-cluster")
UPGRADE = UpgradeFacts(path="nodePools[0].upgrade", max_surge="33%", max_unavailable=ABSENT, drain_minutes=ABSENT)
LINUX = PoolFacts(path="nodePools[0]", name="lin", os="linux", purpose="build", replacement=ABSENT, upgrade=UPGRADE)
WINDOWS = replace(LINUX, name="w22", os="windows")
JOBS = {"lin": Job(minutes=90, path="github.runnerSets[3].jobTimeoutMinutes")}
EVERYTHING: Mapping[str, object] = {
    "name": "lin",
    "vmSize": "Standard_D8s_v3",
    "labels": {"a": "b"},
    "maxPods": 50,
    "osDiskSizeGB": 256,
    "osDiskType": "Managed",
    "zones": ["1"],
    "outboundNat": True,
    "encryptionAtHost": True,
    "upgrade": {"soakMinutes": 5},
    "replacement": "delete-before-create",
}
EMPTY: Mapping[str, object] = {"labels": {}, "nodeSelector": {}, "encryptionAtHost": False, "zones": None}


def upgraded(
    surge: str | None, unavailable: str | None = None, drain: int | None = None, purpose: str = "build"
) -> Iterator[Problem]:
    upgrade = replace(
        UPGRADE,
        max_surge=surge,
        max_unavailable=unavailable or ABSENT,
        drain_minutes=ABSENT if drain is None else drain,
    )
    return pool_upgrade.check(AKS, replace(LINUX, upgrade=upgrade, purpose=purpose), JOBS)


def replaced(pool: PoolFacts, platform: PlatformFacts = AKS) -> Iterator[Problem]:
    return pool_upgrade.check(platform, replace(pool, replacement="create-before-delete"), {})


def written(platform: PlatformFacts, keys: Mapping[str, object]) -> Iterator[Problem]:
    return pool_fields.check(platform, replace(LINUX, written=keys), None)


def translated(pool: PoolFacts, nat: bool, outbound: str | None) -> Iterator[Problem]:
    return pool_fields.check(AKS, replace(pool, outbound_nat=nat), outbound)


@passes(
    ("defaults", lambda: pool_upgrade.check(AKS, LINUX, JOBS)),
    ("eight letters of linux", lambda: replaced(replace(LINUX, name="linux123"))),
    ("four letters of windows", lambda: replaced(replace(WINDOWS, name="wi22"))),
    (
        "long names that are deleted first",
        lambda: pool_upgrade.check(AKS, replace(LINUX, name="linuxbuilds1", replacement="delete-before-create"), {}),
    ),
    ("long names elsewhere", lambda: replaced(replace(LINUX, name="linuxbuilds1"), LOCAL)),
    ("one node more", lambda: upgraded("1")),
    ("twice as many", lambda: upgraded("100%")),
    ("one node less", lambda: upgraded("0", "1")),
    ("a share less", lambda: upgraded("0%", "25%")),
    ("as long as the longest job", lambda: upgraded("1", drain=90)),
    (
        "jobs of another pool",
        lambda: pool_upgrade.check(AKS, replace(LINUX, name="x", upgrade=replace(UPGRADE, drain_minutes=5)), JOBS),
    ),
    ("all of aks", lambda: written(AKS, EVERYTHING)),
    ("what says nothing", lambda: written(ADOPTED, EMPTY)),
    (
        "selector of a pool that is found",
        lambda: written(ADOPTED, {"nodeSelector": {"a": "b"}, "vmSize": "x", "minCount": 1}),
    ),
    ("labels and pods of azure local", lambda: written(LOCAL, {"labels": {"a": "b"}, "maxPods": 50})),
    ("made or found, unknown", lambda: written(PlatformFacts(kind="azure-local"), EVERYTHING)),
    ("windows behind a gateway", lambda: translated(WINDOWS, False, "nat-gateway")),
    ("windows behind routes", lambda: translated(WINDOWS, False, "user-defined-routing")),
    ("windows that translates", lambda: translated(WINDOWS, True, "load-balancer")),
    ("windows behind something unknown", lambda: translated(WINDOWS, False, None)),
    ("zones", lambda: pool_fields.check(AKS, replace(LINUX, zones=("1", "3")), None)),
)
def test_pools_that_can_be_upgraded_pass(check: Check) -> None:
    assert text(check()) == ""


@refused(
    (
        "nine letters of linux",
        lambda: replaced(replace(LINUX, name="linux1234")),
        """
pool-replacement-name: nodePools[0].replacement
  given: "create-before-delete" with the name "linux1234"
  allowed: a name of at most 8 characters for a Linux pool that is created before the old one is deleted: the
    rest of Azure's name tells the two apart
  fix: rename the pool, for example "linux123", or write replacement: delete-before-create
""",
    ),
    (
        "five letters of windows",
        lambda: replaced(replace(WINDOWS, name="win22")),
        """
pool-replacement-name: nodePools[0].replacement
  given: "create-before-delete" with the name "win22"
  allowed: a name of at most 4 characters for a Windows pool that is created before the old one is deleted:
    the rest of Azure's name tells the two apart
  fix: rename the pool, for example "win2", or write replacement: delete-before-create
""",
    ),
    (
        "both",
        lambda: upgraded("33%", "1"),
        """
upgrade-both: nodePools[0].upgrade.maxUnavailable
  given: "1" with maxSurge: "33%"
  allowed: maxUnavailable only with maxSurge: "0"
  fix: remove maxUnavailable, or write maxSurge: "0"
""",
    ),
    (
        "neither",
        lambda: upgraded("0"),
        """
upgrade-neither: nodePools[0].upgrade.maxSurge
  given: "0"
  allowed: 1 or more, or maxUnavailable of 1 or more: with neither no node can be upgraded
  fix: remove maxSurge for "33%", or add maxUnavailable: "1"
""",
    ),
    (
        "a system pool that loses nodes",
        lambda: upgraded("0", "1", purpose="system"),
        """
upgrade-system: nodePools[0].upgrade.maxUnavailable
  given: "1"
  allowed: nothing on a system pool (AKS), whose nodes the cluster's own parts run on
  fix: remove maxUnavailable, and maxSurge for "33%"
""",
    ),
    (
        "a system pool that neither loses nor adds nodes",
        lambda: upgraded("0", purpose="system"),
        """
upgrade-neither: nodePools[0].upgrade.maxSurge
  given: "0"
  allowed: 1 or more on a system pool: with 0 no node can be upgraded
  fix: remove maxSurge for "33%"
""",
    ),
    (
        "more than all",
        lambda: upgraded("101%"),
        """
upgrade-share: nodePools[0].upgrade.maxSurge
  given: "101%"
  allowed: at most 100%
  fix: write "100%" or less
""",
    ),
    (
        "less than the longest job",
        lambda: upgraded("1", drain=60),
        """
upgrade-drain: nodePools[0].upgrade.drainMinutes
  given: 60
  allowed: 90 or more, which github.runnerSets[3].jobTimeoutMinutes is: a drain that ends sooner is given up,
    or ends it
  fix: leave drainMinutes out, or write 120
""",
    ),
    (
        "everything on a pool that is found",
        lambda: written(EXISTING, EVERYTHING),
        """
pool-field-unused: nodePools[0].labels
  given: a map with the keys a
  allowed: nothing on existing-cluster, where pools are found and not made
  fix: remove labels; labels that the nodes have and that tell the pool belong in nodeSelector
pool-field-unused: nodePools[0].maxPods
  given: 50
  allowed: nothing on existing-cluster, where pools are found and not made
  fix: remove maxPods
pool-field-unused: nodePools[0].osDiskSizeGB
  given: 256
  allowed: nothing on existing-cluster, where pools are found and not made
  fix: remove osDiskSizeGB
pool-field-unused: nodePools[0].osDiskType
  given: "Managed"
  allowed: nothing on existing-cluster, where pools are found and not made
  fix: remove osDiskType
pool-field-unused: nodePools[0].zones
  given: a list of 1
  allowed: nothing on existing-cluster, where pools are found and not made
  fix: remove zones
pool-field-unused: nodePools[0].outboundNat
  given: true
  allowed: nothing on existing-cluster, where pools are found and not made
  fix: remove outboundNat
pool-field-unused: nodePools[0].encryptionAtHost
  given: true
  allowed: nothing on existing-cluster, where pools are found and not made
  fix: remove encryptionAtHost
pool-field-unused: nodePools[0].upgrade
  given: a map with the keys soakMinutes
  allowed: nothing on existing-cluster, where pools are found and not made
  fix: remove upgrade
pool-field-unused: nodePools[0].replacement
  given: "delete-before-create"
  allowed: nothing on existing-cluster, where pools are found and not made
  fix: remove replacement
""",
    ),
    (
        "disk on azure local",
        lambda: written(LOCAL, {"osDiskSizeGB": 256, "upgrade": {"maxSurge": "1"}}),
        """
pool-field-unused: nodePools[0].osDiskSizeGB
  given: 256
  allowed: nothing: AKS on Azure Local has no such setting
  fix: remove osDiskSizeGB
pool-field-unused: nodePools[0].upgrade
  given: a map with the keys maxSurge
  allowed: nothing: AKS on Azure Local has no such setting
  fix: remove upgrade
""",
    ),
    (
        "labels of an adopted cluster",
        lambda: written(ADOPTED, {"labels": {"a": "b"}}),
        """
pool-field-unused: nodePools[0].labels
  given: a map with the keys a
  allowed: nothing on an adopted cluster, where pools are found and not made
  fix: remove labels; labels that the nodes have and that tell the pool belong in nodeSelector
""",
    ),
    (
        "selector of a pool that is made",
        lambda: written(AKS, {"nodeSelector": {"a": "b"}}),
        """
pool-field-unused: nodePools[0].nodeSelector
  given: a map with the keys a
  allowed: nothing on AKS, which makes the pool: its nodes are found by a label of ours
  fix: remove nodeSelector; labels for other purposes belong in labels
""",
    ),
    (
        "linux without translation",
        lambda: translated(LINUX, False, "nat-gateway"),
        """
outbound-nat-os: nodePools[0].outboundNat
  given: false
  allowed: nothing on a Linux pool: only Windows nodes can do without
  fix: remove outboundNat
""",
    ),
    (
        "windows behind a load balancer",
        lambda: translated(WINDOWS, False, "load-balancer"),
        """
outbound-nat: nodePools[0].outboundNat
  given: false with network.outbound: load-balancer
  allowed: true, or false with network.outbound: nat-gateway or user-defined-routing
  fix: remove outboundNat, or let the network have a NAT gateway
""",
    ),
    (
        "zone twice",
        lambda: pool_fields.check(AKS, replace(LINUX, zones=("2", "2")), None),
        """
zone-duplicate: nodePools[0].zones
  given: 2, 2
  allowed: each availability zone once
  fix: write ["2"]
""",
    ),
)
def test_pools_that_cannot_be_upgraded_are_refused(check: Check, said: str) -> None:
    assert text(check()) == said


@pytest.mark.parametrize(
    ("name", "os", "setting", "order"),
    [
        ("linux123", "linux", None, "create-before-delete"),
        ("linux1234", "linux", None, "delete-before-create"),
        ("wi22", "windows", None, "create-before-delete"),
        ("win22", "windows", None, "delete-before-create"),
        ("lin", "linux", "delete-before-create", "delete-before-create"),
    ],
)
def test_a_pool_is_replaced_in_the_order_that_is_set_or_possible(
    name: str, os: str, setting: Replacement | None, order: str
) -> None:
    assert pool_upgrade.replacement(name, os, setting) == order


def test_a_drain_waits_for_the_longest_job_and_a_margin_as_far_as_azure_allows() -> None:
    assert pool_upgrade.drain_minutes(None, 60) == 90
    assert pool_upgrade.drain_minutes(None, None) == 30
    assert pool_upgrade.drain_minutes(None, 1440) == 1440
    assert pool_upgrade.drain_minutes(5, 60) == 5


def test_shares_of_nodes_are_rounded_up() -> None:
    assert [pool_upgrade.surge(text, 10) for text in ("33%", "1", "0", "0%", "100%", None)] == [4, 1, 0, 0, 10, 0]
    assert pool_upgrade.nodes_at_most(replace(LINUX, max_count=10)) == 14
    assert pool_upgrade.nodes_at_most(LINUX) is None
