"""What a change of the inputs means for an Azure resource."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.azure.values import UNKNOWN, Object
from sandbox.plugins.azure_native_provider.diff import plan
from sandbox.plugins.places import format_path

CLUSTER = "azure-native:containerservice:ManagedCluster"
POOL = "azure-native:containerservice:AgentPool"
GROUP = "azure-native:resources:ResourceGroup"
ADDRESS = "azure-native:network:PublicIPAddress"

trees: st.SearchStrategy[Any] = st.recursive(
    st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


def changes(token: str, old: Object, new: Object, **more: Any) -> dict[str, tuple[str, bool]]:
    found = plan(token, old, new, **{"state": {}, **more}).changes
    return {format_path(change.path): (change.kind, change.replaces) for change in found}


@given(trees)
def test_what_is_the_same_has_no_changes(value: Any) -> None:
    assert not changes(POOL, {"tags": value}, {"tags": value})


def test_each_property_is_told_with_its_path() -> None:
    old = {"tags": {"a": "1", "gone": "x"}, "nodeTaints": ["a", "b"], "enableFIPS": 1}
    new = {"tags": {"a": "2", "a.b": "y"}, "nodeTaints": ["a", "c", "d"], "enableFIPS": True}
    assert changes(POOL, old, new) == {
        "enableFIPS": ("update", False),
        "nodeTaints[1]": ("update", False),
        "nodeTaints[2]": ("add", False),
        "tags.a": ("update", False),
        "tags.gone": ("delete", False),
        'tags["a.b"]': ("add", False),
    }


@pytest.mark.parametrize(
    ("token", "old", "new", "path"),
    [
        (POOL, {"vmSize": "a"}, {"vmSize": "b"}, "vmSize"),
        (POOL, {"agentPoolName": "a"}, {"agentPoolName": "b"}, "agentPoolName"),
        (POOL, {"resourceName": "a"}, {"resourceName": UNKNOWN}, "resourceName"),
        (CLUSTER, {"networkProfile": {"podCidr": "a"}}, {"networkProfile": {"podCidr": "b"}}, "networkProfile.podCidr"),
        (CLUSTER, {}, {"networkProfile": {"podCidr": "b"}}, "networkProfile"),
        (CLUSTER, {"windowsProfile": {"adminPassword": "a"}}, {"windowsProfile": {"adminPassword": "b"}}, None),
        (GROUP, {"location": "westeurope"}, {"location": "North Europe"}, "location"),
        (ADDRESS, {"sku": {"name": "Basic"}}, {"sku": {"name": "Standard"}}, "sku.name"),
        (ADDRESS, {"publicIPAddressVersion": "IPv4"}, {"publicIPAddressVersion": "IPv6"}, "publicIPAddressVersion"),
        (ADDRESS, {}, {"publicIPPrefix": {"id": "a"}}, "publicIPPrefix"),
    ],
)
def test_what_forces_a_new_resource_says_so(token: str, old: Object, new: Object, path: str | None) -> None:
    found = changes(token, old, new)
    assert found
    assert all(replaces for _, replaces in found.values())
    assert path is None or list(found) == [path]


@pytest.mark.parametrize(
    ("token", "old", "new"),
    [
        (POOL, {"maxCount": 1}, {"maxCount": 2}),
        (POOL, {"osSKU": "Windows2022"}, {"osSKU": "Windows2025"}),
        (ADDRESS, {"zones": ["1"]}, {"zones": ["1", "2"]}),
        (CLUSTER, {"networkProfile": {"loadBalancerProfile": {}}}, {"networkProfile": {}}),
        (CLUSTER, {"kubernetesVersion": "1.35"}, {"kubernetesVersion": "1.36"}),
        (CLUSTER, {}, {"networkProfile": {"loadBalancerSku": "standard"}}),
    ],
)
def test_what_does_not_is_an_update(token: str, old: Object, new: Object) -> None:
    found = changes(token, old, new)
    assert found
    assert not any(replaces for _, replaces in found.values())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"location": "westeurope"}, {"location": "West Europe"}),
        ({"id": "/subscriptions/a/resourceGroups/B"}, {"id": "/subscriptions/A/resourcegroups/b"}),
        ({"count": 1}, {"count": 1.0}),
        ({"__createBeforeDelete": True}, {}),
    ],
)
def test_what_azure_takes_for_the_same_is_the_same(old: Object, new: Object) -> None:
    assert not changes(CLUSTER, old, new)


def test_saying_what_azure_had_chosen_replaces_nothing() -> None:
    new = {"networkProfile": {"podCidr": "10.244.0.0/16"}}
    old = {"networkProfile": {}}
    assert changes(CLUSTER, old, new, state=new) == {"networkProfile.podCidr": ("add", False)}
    assert changes(CLUSTER, old, new, state={}) == {"networkProfile.podCidr": ("add", True)}


def test_what_an_import_found_and_the_program_does_not_state_is_removed_and_may_replace() -> None:
    found = {"vmSize": "a", "maxPods": 30, "gpuInstanceProfile": "b"}
    assert changes(POOL, found, {"vmSize": "a"}) == {
        "gpuInstanceProfile": ("delete", True),
        "maxPods": ("delete", False),
    }
    network = {"networkProfile": {"serviceCidrs": ["10.0.0.0/16"], "ipFamilies": ["IPv4"]}}
    assert changes(CLUSTER, network, {"networkProfile": {}}, state=network) == {
        "networkProfile.ipFamilies": ("delete", False),
        "networkProfile.serviceCidrs": ("delete", True),
    }


def test_ignored_changes_are_none() -> None:
    old, new = {"windowsProfile": {"adminPassword": "a"}, "count": 1}, {"windowsProfile": {"adminPassword": "b"}}
    assert not changes(CLUSTER, old, new, ignore=["windowsProfile.adminPassword", "count"])


def test_the_old_one_goes_first_unless_its_name_is_random() -> None:
    assert plan(POOL, {"vmSize": "a"}, {"vmSize": "b"}, state={}).delete_first
    assert not plan(POOL, {"vmSize": "a", "__createBeforeDelete": True}, {"vmSize": "b"}, state={}).delete_first
