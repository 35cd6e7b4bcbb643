"""Agent pools: what Azure is told of them, and how they change."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pulumi
import pytest

from components.azure.node_pool import AksNodePool, AksNodePoolArgs
from components.azure.pool_profile import IMMUTABLE, PoolProfile, immutable, properties, timeouts
from components.platform import Taint
from tests.unit.components.azure_recording import AzureMonitor, deploy
from tests.unit.components.test_azure_cluster import SCOPE, SUBNET, UPGRADE

WINDOWS = PoolProfile(
    mode="User",
    os="windows",
    os_sku="Windows2025",
    vm_size="Standard_D8ds_v5",
    min_count=0,
    max_count=10,
    kubernetes_version="1.36",
    subnet=SUBNET,
    labels={"team": "a", "buildfleet.dev/pool": "w25"},
    taints=(Taint(key="sku", value="Windows", effect="NoSchedule"), Taint(key="a", value="", effect="NoExecute")),
    upgrade=UPGRADE,
    fips=True,
    zones=("3", "1"),
    max_pods=50,
    os_disk_gb=256,
    os_disk_type="Ephemeral",
    encryption_at_host=True,
    outbound_nat=False,
)
ARGS = AksNodePoolArgs(
    scope=SCOPE, cluster="ci", name="w25ab", pool="w25", profile=WINDOWS, replacement="create-before-delete"
)


def pool(args: AksNodePoolArgs) -> AzureMonitor:
    return deploy(lambda: AksNodePool("pool", args))


def test_azure_is_told_all_of_this_of_a_pool_and_nothing_else() -> None:
    assert pool(ARGS).named("pool-agent-pool").inputs == {
        "agentPoolName": "w25ab",
        "availabilityZones": ["1", "3"],
        "enableAutoScaling": True,
        "enableEncryptionAtHost": True,
        "enableFIPS": True,
        "maxCount": 10,
        "maxPods": 50,
        "minCount": 0,
        "mode": "User",
        "nodeLabels": {"buildfleet.dev/pool": "w25", "team": "a"},
        "nodeTaints": ["a=:NoExecute", "sku=Windows:NoSchedule"],
        "orchestratorVersion": "1.36",
        "osDiskSizeGB": 256,
        "osDiskType": "Ephemeral",
        "osSKU": "Windows2025",
        "osType": "Windows",
        "resourceGroupName": "ci",
        "resourceName": "ci",
        "tags": {"environment": "prod", "owner": "platform-team"},
        "type": "VirtualMachineScaleSets",
        "upgradeSettings": {
            "drainTimeoutInMinutes": 90,
            "maxSurge": "33%",
            "nodeSoakDurationInMinutes": 5,
            "undrainableNodeBehavior": "Cordon",
        },
        "vmSize": "Standard_D8ds_v5",
        "vnetSubnetID": SUBNET,
        "windowsProfile": {"disableOutboundNat": True},
    }


PLAIN = replace(
    WINDOWS,
    os="linux",
    os_sku="Ubuntu",
    taints=(),
    fips=False,
    zones=(),
    max_pods=110,
    os_disk_gb=128,
    os_disk_type="Managed",
    encryption_at_host=False,
)


def test_what_azure_cannot_change_is_said_even_where_it_is_the_default() -> None:
    """Left out, it comes back from an import as a property that the program removes, and the pool is replaced."""
    told = pool(replace(ARGS, profile=PLAIN)).named("pool-agent-pool").inputs
    assert {key: told.get(key) for key in IMMUTABLE} == {
        "availabilityZones": None,
        "enableEncryptionAtHost": False,
        "enableFIPS": False,
        "maxPods": 110,
        "osDiskSizeGB": 128,
        "osDiskType": "Managed",
        "osSKU": "Ubuntu",
        "osType": "Linux",
        "vmSize": PLAIN.vm_size,
        "vnetSubnetID": PLAIN.subnet,
        "windowsProfile": None,
    }


def test_what_linux_has_not_and_no_one_asked_for_is_left_out() -> None:
    told = pool(replace(ARGS, profile=PLAIN)).named("pool-agent-pool").inputs
    assert {"availabilityZones", "nodeTaints", "windowsProfile"}.isdisjoint(told)


def test_the_number_of_nodes_is_the_autoscalers() -> None:
    told = pool(ARGS).named("pool-agent-pool")
    assert "count" not in told.inputs, "one that is not the number of the moment is refused"
    assert told.ignore_changes == ("count",), "a refresh writes it down"


@pytest.mark.parametrize(("replacement", "first"), [("create-before-delete", False), ("delete-before-create", True)])
def test_the_order_of_a_replacement_is_said_either_way(replacement: Any, first: bool) -> None:
    """Left unsaid, the provider has the old pool deleted first."""
    monitor = pool(replace(ARGS, replacement=replacement))
    assert monitor.delete_before_replace["pool-agent-pool"] is first


def test_every_property_that_azure_cannot_change_needs_another_pool() -> None:
    assert set(pool(ARGS).replace_on_changes["pool-agent-pool"]) == set(IMMUTABLE)
    assert set(immutable(WINDOWS)) == set(IMMUTABLE)


def test_the_properties_that_make_a_name_are_those_that_azure_is_told() -> None:
    told = pool(ARGS).named("pool-agent-pool").inputs
    named = immutable(WINDOWS)
    assert {key: value for key, value in named.items() if key != "osType"} == {
        key: told[key] for key in IMMUTABLE if key != "osType"
    }


def test_a_name_is_not_made_of_what_is_not_known_yet() -> None:
    with pytest.raises(ValueError, match="plain text, not an output"):
        immutable(replace(WINDOWS, subnet=pulumi.Output.from_input("x")))


@pytest.mark.parametrize(
    ("surge", "unavailable", "told"),
    [("33%", None, ("33%", None)), ("0", None, ("0", "1")), ("0%", "2", ("0%", "2")), ("2", "0", ("2", None))],
)
def test_an_upgrade_adds_nodes_or_takes_one_away(
    surge: str, unavailable: str | None, told: tuple[str, str | None]
) -> None:
    profile = replace(WINDOWS, upgrade=replace(UPGRADE, max_surge=surge, max_unavailable=unavailable))
    settings = properties(profile, tags={})["upgrade_settings"]
    assert (settings.max_surge, settings.max_unavailable) == told


@pytest.mark.parametrize(
    ("surge", "unavailable", "rounds"), [("33%", None, 3), ("1", None, 10), ("0", "5", 2), ("100%", None, 1)]
)
def test_an_upgrade_may_take_as_long_as_the_drains_of_all_nodes(
    surge: str, unavailable: str | None, rounds: int
) -> None:
    profile = replace(WINDOWS, upgrade=replace(UPGRADE, max_surge=surge, max_unavailable=unavailable))
    assert re.fullmatch(r"([0-9]+)m", str(timeouts(profile).update))
    assert timeouts(profile).update == f"{rounds * (90 + 5 + 15) + 60}m"
    assert (timeouts(profile).create, timeouts(profile).delete) == ("60m", "150m")


def test_a_pool_waits_for_the_one_before_it() -> None:
    def program() -> None:
        first = AksNodePool("first", replace(ARGS, name="w25aa"))
        AksNodePool("second", replace(ARGS, wait_for=[first.agent_pool]))

    monitor = deploy(program)
    assert monitor.depends_on("second-agent-pool") == {"first-agent-pool"}
    assert monitor.depends_on("first-agent-pool") == set()


def test_a_pool_is_never_protected_and_its_part_hangs_on_it() -> None:
    monitor = pool(ARGS)
    assert not any(one.protect for one in monitor.registrations)
    assert monitor.named("pool-agent-pool").parent_name == "pool"


def test_a_windows_pool_for_the_system_is_refused() -> None:
    with pytest.raises(ValueError, match="node pool w25: mode 'System' is not possible with Windows"):
        pool(replace(ARGS, profile=replace(WINDOWS, mode="System")))
