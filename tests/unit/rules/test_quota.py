"""vCPUs that the pools may need, against what the subscription has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rules import quota
from rules.platform import PlatformFacts
from rules.pool_facts import PoolFacts, UpgradeFacts
from rules.problem import Problem
from tests.unit.rules.cases import Check, passes, refused, text

AKS = PlatformFacts(kind="aks")
UPGRADE = UpgradeFacts(path="u", max_surge="33%")
LIN = PoolFacts(path="nodePools[0]", name="lin", vm_size="Standard_D8ds_v5", max_count=10, upgrade=UPGRADE)
WIN = PoolFacts(path="nodePools[1]", name="win", vm_size="Standard_D4ds_v5", max_count=3, upgrade=UPGRADE)
OTHER = PoolFacts(path="nodePools[2]", name="old", vm_size="Standard_D4s_v3", max_count=100)


def said(platform: PlatformFacts = AKS, **vcpus: int) -> Iterator[Problem]:
    return quota.check(platform, [LIN, WIN, OTHER], vcpus)


@passes(
    ("as many as needed", lambda: said(standardDDSv5Family=128)),
    ("written otherwise", lambda: said(StandardDdsv5Family=128)),
    (
        "of a family that no pool has, as far as is known",
        lambda: quota.check(AKS, [LIN, PoolFacts(path="p")], {"standardESv5Family": 9}),
    ),
    (
        "of a family whose quota may have another name than its sizes tell",
        lambda: quota.check(AKS, [replace(LIN, vm_size="Standard_M8ms")], {"standardMSFamily": 900}),
    ),
    (
        "a share that is refused itself",
        lambda: quota.check(AKS, [replace(LIN, upgrade=replace(UPGRADE, max_surge="500%"))], {"cores": 80}),
    ),
    ("nothing said", lambda: said()),
    ("the whole region", lambda: said(cores=528)),
    ("another platform", lambda: said(PlatformFacts(kind="existing-cluster"), x=1)),
    (
        "unknown sizes and counts",
        lambda: quota.check(
            AKS, [PoolFacts(path="p"), PoolFacts(path="q", vm_size="large", max_count=9)], {"cores": 0}
        ),
    ),
    ("unknown pools", lambda: quota.check(AKS, None, {"cores": 0})),
)
def test_enough_processors_pass(check: Check) -> None:
    assert text(check()) == ""


@refused(
    (
        "one too few",
        lambda: said(standardDDSv5Family=127),
        """
quota: platform.vcpuQuota.standardDDSv5Family
  given: 127 vCPUs
  allowed: 128 or more: 112 of lin (14 nodes of 8) and 16 of win (4 nodes of 4)
  fix: have the quota raised, then write the new number, or lower maxCount or upgrade.maxSurge
""",
    ),
    (
        "the whole region",
        lambda: said(cores=100),
        """
quota: platform.vcpuQuota.cores
  given: 100 vCPUs
  allowed: 528 or more: 112 of lin (14 nodes of 8), 16 of win (4 nodes of 4) and 400 of old (100 nodes of 4)
  fix: have the quota raised, then write the new number, or lower maxCount or upgrade.maxSurge
""",
    ),
    (
        "of a family that no pool has",
        lambda: said(standardESv5Family=100),
        """
quota-unused: platform.vcpuQuota.standardESv5Family
  given: the family "standardESv5Family"
  allowed: the families of the pools' sizes, standardDDSv5Family and standardDSv3Family, or cores for all
    families
  fix: name one of these, or remove it
""",
    ),
    (
        "no family",
        lambda: said(Standard_D8ds_v5=100),
        """
quota-name: platform.vcpuQuota.Standard_D8ds_v5
  given: "Standard_D8ds_v5"
  allowed: the name of a family such as standardDDSv5Family, or cores for all families
  fix: write it as `az vm list-usage --location LOCATION` has it under name.value
""",
    ),
)
def test_too_few_processors_are_refused(check: Check, said: str) -> None:
    assert text(check()) == said


def test_a_family_is_the_same_however_its_letters_are_written() -> None:
    assert [problem.given for problem in said(StandardDdsv5Family=127)] == ["127 vCPUs"]
