"""Node pools: names, systems, counts, sizes, labels and taints that each platform takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rules import node_pool
from rules.given import ABSENT
from rules.platform import PlatformFacts
from rules.pool_facts import PoolFacts, TaintFacts
from rules.problem import Problem
from tests.unit.rules.cases import Check, passes, refused, text

AKS = PlatformFacts(kind="aks", kubernetes_version="1.36")
AKS_37 = PlatformFacts(kind="aks", kubernetes_version="1.37.1")
AKS_31 = PlatformFacts(kind="aks", kubernetes_version="1.31")
LOCAL = PlatformFacts(kind="azure-local", kubernetes_version="1.32", existing_cluster=ABSENT)
EXISTING = PlatformFacts(kind="existing-cluster", kubernetes_version=ABSENT)
WINDOWS = PoolFacts(path="nodePools[0]", name="win", os="windows", purpose="build", os_sku="Windows2022")
LINUX = PoolFacts(path="nodePools[0]", name="lin", os="linux", purpose="build", os_sku=ABSENT)
SYSTEM = replace(LINUX, name="system", purpose="system")
FOUND = {"labels": {"a b": "c"}, "maxPods": 30, "osDiskSizeGB": 30}


def taint(effect: str | None, key: str | None = "sku") -> TaintFacts:
    return TaintFacts(path="nodePools[0].taints[0]", key=key, value="Windows", effect=effect)


def tainted(pool: PoolFacts, *taints: TaintFacts) -> Iterator[Problem]:
    return node_pool.taints(AKS, replace(pool, taints=taints))


@passes(
    ("six letters on windows", lambda: node_pool.pool_name(AKS, replace(WINDOWS, name="win22x"))),
    ("twelve letters on linux", lambda: node_pool.pool_name(AKS, replace(LINUX, name="a23456789012"))),
    (
        "twelve letters when the system is unknown",
        lambda: node_pool.pool_name(AKS, PoolFacts(path="p", name="a2345678901")),
    ),
    ("three letters on azure local", lambda: node_pool.pool_name(LOCAL, replace(LINUX, name="lin"))),
    ("any label elsewhere", lambda: node_pool.pool_name(EXISTING, replace(WINDOWS, name="a-long-name-of-a-pool"))),
    ("unknown platform", lambda: node_pool.pool_name(PlatformFacts(), replace(LINUX, name="Not-Known"))),
    ("unknown name", lambda: node_pool.pool_name(AKS, PoolFacts(path="p"))),
    ("build pool of windows", lambda: node_pool.system_pool_is_linux(WINDOWS)),
    ("system pool of linux", lambda: node_pool.system_pool_is_linux(SYSTEM)),
    ("a system pool is there", lambda: node_pool.linux_system_pool(AKS, [LINUX, SYSTEM], "nodePools")),
    (
        "a pool of unknown purpose",
        lambda: node_pool.linux_system_pool(AKS, [replace(LINUX, purpose=None)], "nodePools"),
    ),
    ("no system pool elsewhere", lambda: node_pool.linux_system_pool(EXISTING, [LINUX], "nodePools")),
    ("2022 on 1.36", lambda: node_pool.os_sku(AKS, WINDOWS)),
    ("2025 on 1.37", lambda: node_pool.os_sku(AKS_37, replace(WINDOWS, os_sku="Windows2025"))),
    (
        "a version that is refused itself",
        lambda: node_pool.os_sku(PlatformFacts(kind="aks", kubernetes_version="1.20"), WINDOWS),
    ),
    (
        "a version that is refused as too new",
        lambda: node_pool.os_sku(PlatformFacts(kind="aks", kubernetes_version="1.99"), WINDOWS),
    ),
    ("2022 on azure local", lambda: node_pool.os_sku(LOCAL, WINDOWS)),
    ("no sku on linux", lambda: node_pool.os_sku(AKS, LINUX)),
    ("unknown sku", lambda: node_pool.os_sku(AKS, replace(WINDOWS, os_sku=None))),
    ("any sku on an unknown version", lambda: node_pool.os_sku(EXISTING, replace(WINDOWS, os_sku="Windows2025"))),
    ("equal counts", lambda: node_pool.counts(AKS, replace(LINUX, min_count=3, max_count=3))),
    ("empty build pool", lambda: node_pool.counts(AKS, replace(LINUX, min_count=0, max_count=3))),
    (
        "two system nodes in production",
        lambda: node_pool.counts(replace(AKS, production=True), replace(SYSTEM, min_count=2, max_count=3)),
    ),
    (
        "one build node in production",
        lambda: node_pool.counts(replace(AKS, production=True), replace(LINUX, min_count=1, max_count=3)),
    ),
    (
        "one system node that is found",
        lambda: node_pool.counts(replace(EXISTING, production=True), replace(SYSTEM, min_count=1, max_count=3)),
    ),
    ("unknown counts", lambda: node_pool.counts(LOCAL, LINUX)),
    (
        "labels of one's own",
        lambda: node_pool.pool_labels(AKS, replace(LINUX, labels={"example.com/a.b": "C_1", "d": ""})),
    ),
    (
        "selector by a key of others",
        lambda: node_pool.pool_labels(AKS, replace(LINUX, node_selector={"agentpool": "lin"})),
    ),
    ("default taints", lambda: node_pool.taints(AKS, replace(WINDOWS, taints=ABSENT))),
    ("one taint keeps off", lambda: tainted(WINDOWS, taint("PreferNoSchedule"), taint("NoExecute"))),
    ("unknown effect", lambda: node_pool.taints(AKS, replace(WINDOWS, taints=(taint(None),)))),
    ("untainted linux", lambda: node_pool.taints(AKS, replace(LINUX, taints=()))),
    (
        "what azure and kubernetes put on nodes that are found",
        lambda: node_pool.taints(
            EXISTING,
            replace(
                LINUX,
                taints=(taint("NoSchedule", "kubernetes.azure.com/scalesetpriority"), taint("NoExecute", "sku")),
            ),
        ),
    ),
    (
        "size and counts of a pool that is found",
        lambda: node_pool.check(
            EXISTING,
            [
                replace(
                    LINUX,
                    labels={},
                    max_pods=ABSENT,
                    os_disk_gb=ABSENT,
                    vm_size="Standard_D8ds_v5",
                    min_count=1,
                    max_count=4,
                )
            ],
        ),
    ),
    (
        "selector of the same system",
        lambda: node_pool.pool_labels(EXISTING, replace(LINUX, node_selector={"kubernetes.io/os": "linux"})),
    ),
)
def test_a_pool_that_the_platform_takes_passes(check: Check) -> None:
    assert text(check()) == ""


@refused(
    (
        "windows name too long",
        lambda: node_pool.pool_name(AKS, replace(WINDOWS, name="windows1")),
        """
pool-name: nodePools[0].name
  given: "windows1"
  allowed: 1 to 6 lower-case letters and digits, starting with a letter (AKS, Windows pools)
  fix: shorten it, for example "window"
""",
    ),
    (
        "linux name too long",
        lambda: node_pool.pool_name(AKS, replace(LINUX, name="a234567890123")),
        """
pool-name: nodePools[0].name
  given: "a234567890123"
  allowed: 1 to 12 lower-case letters and digits, starting with a letter (AKS, Linux pools)
  fix: shorten it, for example "a23456789012"
""",
    ),
    (
        "name with hyphen",
        lambda: node_pool.pool_name(AKS, replace(LINUX, name="lin-1")),
        """
pool-name: nodePools[0].name
  given: "lin-1"
  allowed: 1 to 12 lower-case letters and digits, starting with a letter (AKS, Linux pools)
  fix: rename it, for example "lin1"
""",
    ),
    (
        "azure local name too short",
        lambda: node_pool.pool_name(LOCAL, replace(LINUX, name="w1")),
        """
pool-name: nodePools[0].name
  given: "w1"
  allowed: 3 to 12 lower-case letters and digits, starting with a letter (AKS on Azure Local)
  fix: rename it, for example "w1pool"
""",
    ),
    (
        "windows system pool",
        lambda: node_pool.system_pool_is_linux(replace(WINDOWS, purpose="system")),
        """
system-pool-os: nodePools[0].purpose
  given: "system" on a Windows pool
  allowed: "build" for Windows pools: what keeps a cluster going runs on Linux
  fix: write "build"
""",
    ),
    (
        "no system pool",
        lambda: node_pool.linux_system_pool(AKS, [LINUX, WINDOWS], "nodePools"),
        """
system-pool-missing: nodePools
  given: no pool for the system
  allowed: at least one pool with os: linux and purpose: system (AKS)
  fix: add one, for example {name: system, os: linux, purpose: system, vmSize: Standard_D4ds_v5, minCount: 2,
    maxCount: 3}
""",
    ),
    (
        "sku on linux",
        lambda: node_pool.os_sku(AKS, replace(LINUX, os_sku="Windows2022")),
        """
os-sku-windows-only: nodePools[0].osSku
  given: "Windows2022"
  allowed: nothing on a Linux pool
  fix: remove osSku, or write os: windows
""",
    ),
    (
        "no sku on windows",
        lambda: node_pool.os_sku(AKS, replace(WINDOWS, os_sku=ABSENT)),
        """
os-sku-missing: nodePools[0].osSku
  given: nothing
  allowed: Windows2022 or Windows2025: container images must fit the nodes' Windows Server
  fix: name the nodes' Windows Server
""",
    ),
    (
        "no sku, one fits",
        lambda: node_pool.os_sku(AKS_37, replace(WINDOWS, os_sku=ABSENT)),
        """
os-sku-missing: nodePools[0].osSku
  given: nothing
  allowed: Windows2025: container images must fit the nodes' Windows Server
  fix: add osSku: Windows2025
""",
    ),
    (
        "2022 on 1.37",
        lambda: node_pool.os_sku(AKS_37, WINDOWS),
        """
os-sku-version: nodePools[0].osSku
  given: "Windows2022"
  allowed: Windows2025 on Kubernetes 1.37.1
  fix: write Windows2025 and rebuild images on its base, ltsc2025
""",
    ),
    (
        "2025 on 1.31",
        lambda: node_pool.os_sku(AKS_31, replace(WINDOWS, os_sku="Windows2025")),
        """
os-sku-version: nodePools[0].osSku
  given: "Windows2025"
  allowed: Windows2022 on Kubernetes 1.31
  fix: write Windows2022 and rebuild images on its base, ltsc2022
""",
    ),
    (
        "2025 on azure local",
        lambda: node_pool.os_sku(LOCAL, replace(WINDOWS, os_sku="Windows2025")),
        """
os-sku-version: nodePools[0].osSku
  given: "Windows2025"
  allowed: Windows2022 on AKS on Azure Local
  fix: write Windows2022 and rebuild images on its base, ltsc2022
""",
    ),
    (
        "2022 on azure local of 1.37",
        lambda: node_pool.os_sku(replace(LOCAL, kubernetes_version="1.37"), WINDOWS),
        """
os-sku-version: nodePools[0].osSku
  given: "Windows2022"
  allowed: no Windows Server on AKS on Azure Local with Kubernetes 1.37
  fix: use Kubernetes 1.36 or older
""",
    ),
    (
        "2022 on azure local of 1.20",
        lambda: node_pool.os_sku(replace(LOCAL, kubernetes_version="1.20"), WINDOWS),
        """
os-sku-version: nodePools[0].osSku
  given: "Windows2022"
  allowed: no Windows Server on AKS on Azure Local with Kubernetes 1.20
  fix: use Kubernetes 1.23 or newer
""",
    ),
    (
        "2025 on azure local of 1.37",
        lambda: node_pool.os_sku(replace(LOCAL, kubernetes_version="1.37"), replace(WINDOWS, os_sku="Windows2025")),
        """
os-sku-version: nodePools[0].osSku
  given: "Windows2025"
  allowed: no Windows Server on AKS on Azure Local
  fix: use Kubernetes 1.36 or older, and osSku: Windows2022
""",
    ),
    (
        "no sku on azure local of 1.20",
        lambda: node_pool.os_sku(replace(LOCAL, kubernetes_version="1.20"), replace(WINDOWS, os_sku=ABSENT)),
        """
os-sku-missing: nodePools[0].osSku
  given: nothing
  allowed: Windows2022: container images must fit the nodes' Windows Server
  fix: add osSku: Windows2022
""",
    ),
    (
        "more at least than at most",
        lambda: node_pool.counts(AKS, replace(LINUX, min_count=4, max_count=3)),
        """
pool-count: nodePools[0].minCount
  given: 4
  allowed: at most maxCount, which is 3
  fix: raise maxCount to 4, or lower minCount
""",
    ),
    (
        "empty system pool",
        lambda: node_pool.counts(AKS, replace(SYSTEM, min_count=0, max_count=3)),
        """
pool-count-system: nodePools[0].minCount
  given: 0
  allowed: 1 or more for a system pool
  fix: add minCount: 1, or 2 to survive the loss of a node
""",
    ),
    (
        "one system node in production",
        lambda: node_pool.counts(replace(AKS, production=True), replace(SYSTEM, min_count=1, max_count=3)),
        """
pool-count-production: nodePools[0].minCount
  given: 1
  allowed: 2 or more for a system pool in production: with one, its loss or upgrade takes the cluster's own
    parts down
  fix: write minCount: 2, or 3 with availability zones
""",
    ),
    (
        "empty pool on azure local",
        lambda: node_pool.counts(LOCAL, replace(LINUX, min_count=0, max_count=65)),
        """
pool-count-azure-local: nodePools[0].minCount
  given: 0
  allowed: 1 to 64: Azure Local has no empty pools
  fix: add minCount: 1
pool-count-azure-local: nodePools[0].maxCount
  given: 65
  allowed: 1 to 64 (AKS on Azure Local)
  fix: lower maxCount, or make a second pool
""",
    ),
    (
        "labels of others",
        lambda: node_pool.pool_labels(
            AKS, replace(LINUX, labels={"kubernetes.azure.com/mode": "user", "a b": "c", "d": "e!"})
        ),
        """
label-key: nodePools[0].labels["a b"]
  given: "a b"
  allowed: 1 to 63 letters, digits, hyphens, underscores and dots, after an optional DNS name and a slash
  fix: rename the key, for example "example.com/team"
label-value: nodePools[0].labels.d
  given: "e!"
  allowed: at most 63 letters, digits, hyphens, underscores and dots, with a letter or digit at both ends
  fix: shorten the value or replace the other characters by hyphens
label-reserved: nodePools[0].labels["kubernetes.azure.com/mode"]
  given: "kubernetes.azure.com/mode"
  allowed: keys other than buildfleet.dev/*, kubernetes.azure.com/*, agentpool, kubernetes.io/arch,
    kubernetes.io/hostname and kubernetes.io/os
  fix: leave it out: it is set for you, or use a prefix of your own
""",
    ),
    (
        "no taint on windows",
        lambda: node_pool.taints(AKS, replace(WINDOWS, taints=())),
        """
taint-windows: nodePools[0].taints
  given: an empty list
  allowed: on Windows build pools at least one taint with NoSchedule or NoExecute: a start of Docker Engine
    cuts the network of every other pod on the node
  fix: leave taints out for the default, sku=Windows:NoSchedule, or add it; on a cluster that is not ours,
    taint the nodes too
""",
    ),
    (
        "taint that only asks",
        lambda: node_pool.taints(AKS, replace(WINDOWS, taints=(taint("PreferNoSchedule"),))),
        """
taint-windows: nodePools[0].taints
  given: sku with PreferNoSchedule
  allowed: on Windows build pools at least one taint with NoSchedule or NoExecute: a start of Docker Engine
    cuts the network of every other pod on the node
  fix: leave taints out for the default, sku=Windows:NoSchedule, or add it; on a cluster that is not ours,
    taint the nodes too
""",
    ),
    (
        "taint of azure",
        lambda: node_pool.taints(AKS, replace(LINUX, taints=(taint("NoSchedule", "kubernetes.azure.com/mode"),))),
        """
taint-reserved: nodePools[0].taints[0].key
  given: "kubernetes.azure.com/mode"
  allowed: keys other than kubernetes.azure.com/* and node.kubernetes.io/*
  fix: leave it out: Azure and Kubernetes set and remove such taints themselves
""",
    ),
    (
        "taint without a legal key",
        lambda: node_pool.taints(AKS, replace(LINUX, taints=(taint("NoSchedule", "a b"),))),
        """
taint-key: nodePools[0].taints[0].key
  given: "a b"
  allowed: 1 to 63 letters, digits, hyphens, underscores and dots, after an optional DNS name and a slash
  fix: rename the key, for example "sku"
""",
    ),
    (
        "taint without a legal value",
        lambda: tainted(LINUX, TaintFacts(path="p", key="a", value="b c", effect="NoSchedule")),
        """
taint-value: p.value
  given: "b c"
  allowed: at most 63 letters, digits, hyphens, underscores and dots, with a letter or digit at both ends
  fix: shorten the value or replace the other characters by hyphens
""",
    ),
    (
        "labels, pods and disk of a pool that is found",
        lambda: node_pool.check(EXISTING, [replace(WINDOWS, labels={"a b": "c"}, written=FOUND)]),
        """
pool-field-unused: nodePools[0].labels
  given: a map with the keys a b
  allowed: nothing on existing-cluster, where pools are found and not made
  fix: remove labels; labels that the nodes have and that tell the pool belong in nodeSelector
pool-field-unused: nodePools[0].maxPods
  given: 30
  allowed: nothing on existing-cluster, where pools are found and not made
  fix: remove maxPods
pool-field-unused: nodePools[0].osDiskSizeGB
  given: 30
  allowed: nothing on existing-cluster, where pools are found and not made
  fix: remove osDiskSizeGB
""",
    ),
    (
        "selector of the other system",
        lambda: node_pool.pool_labels(EXISTING, replace(LINUX, node_selector={"kubernetes.io/os": "windows"})),
        """
selector-os: nodePools[0].nodeSelector["kubernetes.io/os"]
  given: "windows"
  allowed: linux, the pool's os
  fix: leave kubernetes.io/os out, as it is added by itself, or correct os
""",
    ),
    (
        "taint of azure on azure local",
        lambda: node_pool.taints(
            LOCAL, replace(LINUX, taints=(taint("NoSchedule", "node.kubernetes.io/unschedulable"),))
        ),
        """
taint-reserved: nodePools[0].taints[0].key
  given: "node.kubernetes.io/unschedulable"
  allowed: keys other than kubernetes.azure.com/* and node.kubernetes.io/*
  fix: leave it out: Azure and Kubernetes set and remove such taints themselves
""",
    ),
    (
        "taint without a legal key elsewhere",
        lambda: node_pool.taints(EXISTING, replace(LINUX, taints=(taint("NoSchedule", "a b"),))),
        """
taint-key: nodePools[0].taints[0].key
  given: "a b"
  allowed: 1 to 63 letters, digits, hyphens, underscores and dots, after an optional DNS name and a slash
  fix: rename the key, for example "sku"
""",
    ),
)
def test_a_pool_that_the_platform_refuses_is_refused_before(check: Check, said: str) -> None:
    assert text(check()) == said


def test_a_pool_of_which_nothing_is_known_passes_every_rule() -> None:
    for platform in (AKS, LOCAL, EXISTING, PlatformFacts()):
        assert text(node_pool.check(platform, [PoolFacts(path="nodePools[0]")])) == ""
