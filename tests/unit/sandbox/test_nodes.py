"""Node objects from node pools."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.nodes import SimulatedPool
from sandbox.nodes.machine import machine
from sandbox.nodes.node import name, node


def made(**pool: Any) -> dict[str, Any]:
    defaults: dict[str, Any] = {"name": "lin", "os": "linux", "count": 1}
    return node(SimulatedPool(**{**defaults, **pool}), 0, version="v1.36.3")


def windows(**pool: Any) -> dict[str, Any]:
    return made(**{"name": "win22", "os": "windows", "os_sku": "Windows2022", **pool})


def mib(quantity: str) -> int:
    return int(quantity.removesuffix("Mi"))


@pytest.mark.parametrize(
    ("pool", "index", "expected"),
    [
        (SimulatedPool(name="lin", os="linux", count=1), 0, "aks-lin-12345678-vmss000000"),
        (SimulatedPool(name="lin", os="linux", count=99), 35, "aks-lin-12345678-vmss00000z"),
        (SimulatedPool(name="lin", os="linux", count=99), 36, "aks-lin-12345678-vmss000010"),
        (SimulatedPool(name="win22", os="windows", os_sku="Windows2022", count=1), 0, "akswin22000000"),
    ],
)
def test_nodes_are_named_as_aks_names_them(pool: SimulatedPool, index: int, expected: str) -> None:
    assert name(pool, index) == expected


def test_a_windows_node_with_a_pool_name_of_six_has_a_host_name_of_fifteen() -> None:
    assert len(windows(name="winsix")["metadata"]["name"]) == 15


def test_kubelet_labels_cannot_be_overruled_but_the_pools_own_can() -> None:
    labels = windows(labels={"kubernetes.io/os": "linux", "agentpool": "other", "team": "ci"})["metadata"]["labels"]
    assert labels == {
        "agentpool": "other",
        "kubernetes.azure.com/os-sku": "Windows2022",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": "akswin22000000",
        "kubernetes.io/os": "windows",
        "node.kubernetes.io/instance-type": "Standard_D4s_v5",
        "node.kubernetes.io/windows-build": "10.0.20348",
        "team": "ci",
    }


def test_a_linux_node_has_no_windows_build() -> None:
    assert "node.kubernetes.io/windows-build" not in made()["metadata"]["labels"]


@pytest.mark.parametrize(
    ("sku", "build", "image", "runtime"),
    [
        ("Windows2022", "10.0.20348", "Windows Server 2022 Datacenter", "containerd://1.7.20"),
        ("Windows2025", "10.0.26100", "Windows Server 2025 Datacenter", "containerd://2.0.4"),
    ],
)
def test_a_windows_node_says_which_windows_it_is(sku: str, build: str, image: str, runtime: str) -> None:
    info = windows(os_sku=sku)["status"]["nodeInfo"]
    assert info["operatingSystem"] == "windows"
    assert info["osImage"] == image
    assert info["kernelVersion"].startswith(f"{build}.")
    assert info["containerRuntimeVersion"] == runtime
    assert info["kubeletVersion"] == "v1.36.3"
    assert windows(os_sku=sku)["metadata"]["labels"]["node.kubernetes.io/windows-build"] == build


def test_a_node_is_marked_as_simulated_and_as_kwoks() -> None:
    assert made()["metadata"]["annotations"] == {"buildfleet.dev/simulated": "true", "kwok.x-k8s.io/node": "fake"}


def test_taints_are_the_pools_in_a_stable_order() -> None:
    taints = [("sku", "Windows", "NoSchedule"), ("a", "b", "NoExecute")]
    assert windows(taints=taints)["spec"]["taints"] == [
        {"key": "a", "value": "b", "effect": "NoExecute"},
        {"key": "sku", "value": "Windows", "effect": "NoSchedule"},
    ]
    assert windows(taints=taints) == windows(taints=taints[::-1])


@pytest.mark.parametrize(
    ("size", "cpu", "memory"),
    [
        (None, "4", "16384Mi"),
        ("Standard_D8ds_v5", "8", "32768Mi"),
        ("Standard_E4-2s_v5", "2", "32768Mi"),
        ("Standard_F16s_v2", "16", "32768Mi"),
        ("Standard_A4_v2", "4", "8192Mi"),
        ("Standard_K8S3_v1", "4", "6144Mi"),
        ("Standard_X4_v9", "4", "16384Mi"),
        ("something else", "4", "16384Mi"),
    ],
)
def test_capacity_follows_the_vm_size(size: str | None, cpu: str, memory: str) -> None:
    capacity = machine(size, windows=False, max_pods=110, os_disk_gib=128).capacity
    assert capacity == {"cpu": cpu, "ephemeral-storage": "128Gi", "memory": memory, "pods": "110"}


@pytest.mark.parametrize("size", ["Standard_A2_v2", "Standard_K8S2_v1", "Standard_D2s_v3", "Standard_D64ds_v5"])
def test_pods_get_less_than_the_machine_has_and_on_windows_less_still(size: str) -> None:
    linux = machine(size, windows=False, max_pods=110, os_disk_gib=128)
    on_windows = machine(size, windows=True, max_pods=110, os_disk_gib=128)
    assert 0 < mib(on_windows.allocatable["memory"]) < mib(linux.allocatable["memory"]) < mib(linux.capacity["memory"])
    assert int(linux.allocatable["cpu"].removesuffix("m")) < int(linux.capacity["cpu"]) * 1000


def test_a_pool_that_could_not_be_is_refused_with_what_is_allowed() -> None:
    with pytest.raises(ValueError, match="Windows2022, Windows2025"):
        windows(os_sku="Windows2019")
    with pytest.raises(ValueError, match="Windows2022, Windows2025"):
        windows(os_sku=None)
    with pytest.raises(ValueError, match="count is -1"):
        made(count=-1)
