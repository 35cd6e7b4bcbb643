"""What of a cluster on AKS ends, and when; and the table that says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from rules import kubernetes_support
from rules.kubernetes_support import AHEAD, retirements
from rules.platform import PlatformFacts
from rules.pool_facts import PoolFacts
from rules.tables.kubernetes import KUBERNETES, OLDEST, READ
from rules.tables.windows import WINDOWS_SKUS

AKS = PlatformFacts(kind="aks", kubernetes_version="1.34.2")
W22 = PoolFacts(path="nodePools[1]", os="windows", os_sku="Windows2022")
W25 = PoolFacts(path="nodePools[2]", os="windows", os_sku="Windows2025")
END = date(2026, 11, 30)


def told(today: date, *pools: PoolFacts, platform: PlatformFacts = AKS) -> list[tuple[str, str, date]]:
    return [(item.path, item.what, item.on) for item in retirements(platform, pools, today)]


def test_the_end_of_a_version_is_told_a_third_of_a_year_before_and_ever_after() -> None:
    said = ("platform.kubernetesVersion", "support of Kubernetes 1.34", END)
    assert told(END - AHEAD - timedelta(days=1), W25) == []
    assert told(END - AHEAD) == [said]
    assert told(END + timedelta(days=1)) == [said]


def test_long_term_support_ends_a_year_later_and_is_told_as_well() -> None:
    assert [item[1] for item in told(date(2027, 12, 1))] == [
        "support of Kubernetes 1.34",
        "long-term support of Kubernetes 1.34",
    ]


def test_a_warning_says_what_to_do() -> None:
    (item,) = retirements(AKS, [], END)
    assert item.then == "upgrade to 1.35, or write tier: Premium for long-term support, which lasts until 2027-11-30"


def test_windows_server_2022_ends_in_two_steps_for_each_pool_and_2025_not_yet() -> None:
    newer = replace(AKS, kubernetes_version="1.40")
    assert told(date(2028, 6, 1), W25, W22, platform=newer) == [
        ("nodePools[1].osSku", "support of Windows2022", date(2028, 6, 30))
    ]
    assert [item[1] for item in told(date(2029, 6, 1), W22, platform=newer)] == [
        "support of Windows2022",
        "node images of Windows2022",
    ]


@pytest.mark.parametrize(
    "platform",
    [
        PlatformFacts(),
        PlatformFacts(kind="aks"),
        PlatformFacts(kind="existing-cluster", kubernetes_version="1.31"),
        PlatformFacts(kind="azure-local", kubernetes_version="1.31"),
    ],
)
def test_what_is_not_known_or_not_of_aks_is_not_told(platform: PlatformFacts) -> None:
    assert told(date(2040, 1, 1), PoolFacts(path="nodePools[0]"), platform=platform) == []


def test_the_oldest_version_of_the_table_is_taken() -> None:
    platform = replace(AKS, kubernetes_version=f"1.{OLDEST}")
    assert list(kubernetes_support.version_there(platform, "Premium")) == []


def test_the_table_says_what_was_offered_on_the_day_it_was_read() -> None:
    offered = {minor: row.offered for minor, row in KUBERNETES.items()}
    assert offered == {31: "long-term", 32: "long-term", 33: "long-term", **dict.fromkeys((34, 35, 36, 37), "ordinary")}
    gone = replace(KUBERNETES[31], lts_until=READ - timedelta(days=1))
    assert gone.offered == "gone"


def test_the_tables_have_no_gap_and_every_end_comes_after_the_one_before() -> None:
    rows = [KUBERNETES[minor] for minor in sorted(KUBERNETES)]
    assert [row.minor for row in rows] == list(range(OLDEST, OLDEST + len(rows)))
    assert [row.supported_until for row in rows] == sorted(row.supported_until for row in rows)
    assert all(row.supported_until < row.lts_until for row in rows)
    # Each Kubernetes of the table has a Windows Server.
    for row in rows:
        fitting = [
            sku.name
            for sku in WINDOWS_SKUS.values()
            if sku.first_minor <= row.minor and not (sku.gone_from_minor and row.minor >= sku.gone_from_minor)
        ]
        assert fitting, row
