"""The machines of node pools: sizes and disks that each platform takes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rules import pool_size
from rules.given import ABSENT
from rules.platform import PlatformFacts
from rules.pool_facts import PoolFacts
from rules.vm_size import parse, vcpus
from tests.unit.rules.cases import Check, passes, refused, text

AKS = PlatformFacts(kind="aks", kubernetes_version="1.36", production=False)
PRODUCTION = replace(AKS, production=True)
LOCAL = PlatformFacts(kind="azure-local", kubernetes_version="1.32", existing_cluster=ABSENT)
EXISTING = PlatformFacts(kind="existing-cluster", kubernetes_version=ABSENT)
WINDOWS = PoolFacts(path="nodePools[0]", name="win", os="windows", purpose="build", os_sku="Windows2022")
LINUX = PoolFacts(path="nodePools[0]", name="lin", os="linux", purpose="build", os_sku=ABSENT)
SYSTEM = replace(LINUX, name="system", purpose="system")
EPHEMERAL = replace(LINUX, os_disk_type="Ephemeral", vm_size="Standard_D8ds_v5")


@passes(
    ("size on aks", lambda: pool_size.vm_size(AKS, replace(WINDOWS, vm_size="Standard_D8ds_v5"))),
    ("constrained size", lambda: pool_size.vm_size(AKS, replace(LINUX, vm_size="Standard_E32-8ds_v5"))),
    ("arm on linux", lambda: pool_size.vm_size(AKS, replace(LINUX, vm_size="Standard_D8pds_v6"))),
    (
        "v6 with 2025",
        lambda: pool_size.vm_size(AKS, replace(WINDOWS, vm_size="Standard_D8ds_v6", os_sku="Windows2025")),
    ),
    ("gpu on azure local", lambda: pool_size.vm_size(LOCAL, replace(LINUX, vm_size="Standard_NC4_A2"))),
    ("no size elsewhere", lambda: pool_size.vm_size(EXISTING, replace(LINUX, vm_size=ABSENT))),
    ("45 GB for 2025", lambda: pool_size.os_disk(AKS, replace(WINDOWS, os_sku="Windows2025", os_disk_gb=45))),
    ("30 GB for linux", lambda: pool_size.os_disk(AKS, replace(LINUX, os_disk_gb=30))),
    ("30 pods on a system node", lambda: pool_size.max_pods(AKS, replace(SYSTEM, max_pods=30))),
    ("10 pods on a build node", lambda: pool_size.max_pods(AKS, replace(LINUX, max_pods=10))),
    ("the least of a system pool", lambda: pool_size.vm_size(AKS, replace(SYSTEM, vm_size="Standard_D4s_v3"))),
    ("the least of a build pool", lambda: pool_size.vm_size(PRODUCTION, replace(LINUX, vm_size="Standard_B2ms"))),
    ("a small windows pool to try", lambda: pool_size.vm_size(AKS, replace(WINDOWS, vm_size="Standard_D2s_v3"))),
    (
        "the least of windows in production",
        lambda: pool_size.vm_size(PRODUCTION, replace(WINDOWS, vm_size="Standard_D4s_v3")),
    ),
    ("ephemeral as large as the disk", lambda: pool_size.ephemeral_disk(AKS, replace(EPHEMERAL, os_disk_gb=300))),
    (
        "ephemeral in the cache",
        lambda: pool_size.ephemeral_disk(AKS, replace(EPHEMERAL, vm_size="Standard_D4s_v3", os_disk_gb=100)),
    ),
    (
        "ephemeral of a size that the table does not know",
        lambda: pool_size.ephemeral_disk(AKS, replace(EPHEMERAL, vm_size="Standard_L8s_v3", os_disk_gb=2000)),
    ),
    (
        "managed without a disk of its own",
        lambda: pool_size.ephemeral_disk(AKS, replace(LINUX, os_disk_type="Managed", vm_size="Standard_D8s_v5")),
    ),
    (
        "adopted on azure local, without a size",
        lambda: pool_size.check(replace(LOCAL, existing_cluster="/id"), replace(LINUX, vm_size=ABSENT)),
    ),
)
def test_machines_that_the_platform_has_pass(check: Check) -> None:
    assert text(check()) == ""


@refused(
    (
        "no size",
        lambda: pool_size.vm_size(AKS, replace(LINUX, vm_size=ABSENT)),
        """
vm-size-missing: nodePools[0].vmSize
  given: nothing
  allowed: an Azure VM size (aks)
  fix: add vmSize, for example Standard_D8ds_v5
""",
    ),
    (
        "size that is none",
        lambda: pool_size.vm_size(AKS, replace(LINUX, vm_size="D8ds_v5")),
        """
vm-size: nodePools[0].vmSize
  given: "D8ds_v5"
  allowed: the name of an Azure VM size, as `az vm list-sizes` writes it
  fix: write it like Standard_D8ds_v5
""",
    ),
    (
        "size unknown to azure local",
        lambda: pool_size.vm_size(LOCAL, replace(LINUX, vm_size="Standard_D8s_v5")),
        """
vm-size-azure-local: nodePools[0].vmSize
  given: "Standard_D8s_v5"
  allowed: Standard_A2_v2, Standard_A4_v2, Standard_D16s_v3, Standard_D32s_v3, Standard_D4s_v3,
    Standard_D8s_v3 or Standard_K8S3_v1 (AKS on Azure Local)
  fix: did you mean "Standard_D8s_v3"?
""",
    ),
    (
        "arm on windows",
        lambda: pool_size.vm_size(AKS, replace(WINDOWS, vm_size="Standard_D8pds_v6")),
        """
vm-size-arm: nodePools[0].vmSize
  given: "Standard_D8pds_v6"
  allowed: sizes with Intel or AMD processors for Windows pools
  fix: choose a size without the letter p behind the number, for example Standard_D8ds_v5
""",
    ),
    (
        "confidential windows",
        lambda: pool_size.vm_size(AKS, replace(WINDOWS, vm_size="Standard_DC8ads_v5")),
        """
vm-size-confidential: nodePools[0].vmSize
  given: "Standard_DC8ads_v5"
  allowed: sizes of other families than DC, EC and NCC for Windows pools: confidential machines run Linux on
    AKS
  fix: choose a size of family D, for example Standard_D8ds_v5
""",
    ),
    (
        "v6 with 2022",
        lambda: pool_size.vm_size(AKS, replace(WINDOWS, vm_size="Standard_D8ds_v6")),
        """
vm-size-generation: nodePools[0].vmSize
  given: "Standard_D8ds_v6"
  allowed: sizes up to _v5 for Windows2022, whose pools boot generation 1 images
  fix: choose a _v5 size, or osSku: Windows2025
""",
    ),
    (
        "small disk",
        lambda: pool_size.os_disk(AKS, replace(WINDOWS, os_sku="Windows2025", os_disk_gb=44)),
        """
os-disk: nodePools[0].osDiskSizeGB
  given: 44
  allowed: 45 or more: the node image of Windows2025 has 45 GB
  fix: write 256: images of Windows take 5 to 20 GB each, and Docker keeps them on this disk
""",
    ),
    (
        "29 pods on a system node",
        lambda: pool_size.max_pods(AKS, replace(SYSTEM, max_pods=29)),
        """
max-pods-system: nodePools[0].maxPods
  given: 29
  allowed: 30 or more on a system pool (AKS)
  fix: write 30, or leave maxPods out
""",
    ),
    (
        "burstable system",
        lambda: pool_size.vm_size(AKS, replace(SYSTEM, vm_size="Standard_B4ms")),
        """
vm-size-burstable: nodePools[0].vmSize
  given: "Standard_B4ms"
  allowed: sizes of other families than B for system pools (AKS)
  fix: choose Standard_D4ds_v5 or larger
""",
    ),
    (
        "small system",
        lambda: pool_size.vm_size(AKS, replace(SYSTEM, vm_size="Standard_D2ds_v5")),
        """
vm-size-small: nodePools[0].vmSize
  given: "Standard_D2ds_v5", which has 2 vCPUs
  allowed: 4 vCPUs or more for a system pool of AKS
  fix: choose Standard_D4ds_v5 or larger
""",
    ),
    (
        "one processor",
        lambda: pool_size.vm_size(AKS, replace(LINUX, vm_size="Standard_DS1_v2")),
        """
vm-size-small: nodePools[0].vmSize
  given: "Standard_DS1_v2", which has 1 vCPU
  allowed: 2 vCPUs or more for a pool of AKS
  fix: choose Standard_D4ds_v5 or larger
""",
    ),
    (
        "small windows in production",
        lambda: pool_size.vm_size(PRODUCTION, replace(WINDOWS, vm_size="Standard_D2s_v3")),
        """
vm-size-small: nodePools[0].vmSize
  given: "Standard_D2s_v3", which has 2 vCPUs
  allowed: 4 vCPUs or more for a Windows build pool in production
  fix: choose Standard_D4ds_v5 or larger
""",
    ),
    (
        "ephemeral without a disk of its own",
        lambda: pool_size.ephemeral_disk(AKS, replace(EPHEMERAL, vm_size="Standard_D8s_v5")),
        """
os-disk-ephemeral: nodePools[0].osDiskType
  given: "Ephemeral" on Standard_D8s_v5, which has no disk of its own
  allowed: Managed, or Ephemeral on a size with the letter d behind the number
  fix: choose a size such as Standard_D8ds_v5, or write osDiskType: Managed
""",
    ),
    (
        "ephemeral larger than the disk",
        lambda: pool_size.ephemeral_disk(AKS, replace(EPHEMERAL, os_disk_gb=301)),
        """
os-disk-ephemeral-size: nodePools[0].osDiskSizeGB
  given: 301
  allowed: at most 300 with osDiskType: Ephemeral on Standard_D8ds_v5
  fix: write 300 or less, choose a larger size, or write osDiskType: Managed
""",
    ),
)
def test_machines_that_the_platform_refuses_are_refused_before(check: Check, said: str) -> None:
    assert text(check()) == said


@pytest.mark.parametrize(
    ("name", "processors", "quota", "disk"),
    [
        ("Standard_D8ds_v5", 8, "standardDDSv5Family", 300),
        ("Standard_D4s_v3", 4, "standardDSv3Family", 100),
        ("Standard_DS3_v2", 4, "standardDSv2Family", None),
        ("Standard_D3_v2_Promo", 4, "standardDv2Family", None),
        ("Standard_D2_v3", 2, "standardDv3Family", None),
        ("Standard_B2ms", 2, "standardBSFamily", None),
        ("Standard_B4as_v2", 4, "standardBASv2Family", None),
        ("Standard_E32-8ds_v5", 8, "standardEDSv5Family", 1200),
        ("Standard_F8s_v2", 8, "standardFSv2Family", 128),
        ("Standard_A4_v2", 4, "standardAv2Family", None),
        ("Standard_D8pds_v6", 8, "standardDPDSv6Family", None),
        ("Standard_NV36ads_A10_v5", 36, "standardNVADSA10v5Family", None),
        ("Standard_L8s_v3", 8, "standardLSv3Family", None),
    ],
)
def test_the_name_of_a_size_tells_processors_family_and_disk(
    name: str, processors: int, quota: str, disk: int | None
) -> None:
    size = parse(name)
    assert size is not None
    assert (size.vcpus, size.quota, size.ephemeral_gb) == (processors, quota, disk)


@pytest.mark.parametrize(
    ("name", "there"),
    [
        ("Standard_D8s_v5", False),
        ("Standard_D8ds_v5", True),
        ("Standard_D8s_v3", True),
        ("Standard_D8as_v4", False),
        ("Standard_B4s_v2", False),
        ("Standard_B4ms", True),
        ("Standard_F8s_v2", True),
        ("Standard_F8as_v6", False),
        ("Standard_NC4as_T4_v3", True),
    ],
)
def test_a_machine_has_a_disk_of_its_own_or_the_letter_that_says_so(name: str, there: bool) -> None:
    size = parse(name)
    assert size is not None
    assert size.local_disk is there


@pytest.mark.parametrize(
    ("name", "there"),
    [
        ("Standard_D8ds_v5", True),
        ("Standard_D8s_v5", False),
        ("Standard_D8s_v3", True),
        ("Standard_D8ds_v6", False),
        ("Standard_D8ads_v7", False),
    ],
)
def test_windows_has_a_drive_of_a_machines_own_disk_where_it_does_not_come_raw(name: str, there: bool) -> None:
    size = parse(name)
    assert size is not None
    assert size.temporary_drive is there


def test_what_is_no_name_of_a_size_tells_nothing() -> None:
    assert [parse(name) for name in ("D8ds_v5", "Standard_", "Standard_8", "", "Standard_D8ds_v5 ")] == [None] * 5
    assert vcpus("large") is None
    assert vcpus("Standard_K8S3_v1") == 4
