"""The pure parts: labels, placement, resources, storage, network policies."""

from __future__ import annotations

from typing import Any

import pytest

from components.kubernetes.labels import selector_labels, workload_labels
from components.kubernetes.manifest import content_hash
from components.kubernetes.network_policy import NetworkArgs, network_policies
from components.kubernetes.placement import placement
from components.kubernetes.resources import ContainerResources
from components.kubernetes.storage import (
    DaemonStorage,
    EmptyDir,
    EphemeralClaim,
    ExistingClaim,
    HostPath,
    identity_env,
    outlives_pod,
    volume,
)
from components.platform import NodePool, Taint

WINDOWS = NodePool(
    name="win22",
    os="windows",
    purpose="build",
    trust="trusted",
    node_selector={"agentpool": "win22"},
    taints=(
        Taint(key="sku", value="Windows", effect="NoSchedule"),
        Taint(key="a", value="", effect="NoExecute"),
    ),
    os_sku="Windows2022",
)


def test_a_pod_goes_to_its_pool_and_its_operating_system_only() -> None:
    spec = placement(WINDOWS)
    assert spec["nodeSelector"] == {"agentpool": "win22", "kubernetes.io/os": "windows"}
    assert spec["os"] == {"name": "windows"}


def test_a_pod_tolerates_exactly_the_taints_of_its_pool() -> None:
    assert placement(WINDOWS)["tolerations"] == [
        {"key": "a", "operator": "Equal", "value": "", "effect": "NoExecute"},
        {"key": "sku", "operator": "Equal", "value": "Windows", "effect": "NoSchedule"},
    ]


def test_spreading_is_a_wish_and_not_a_condition() -> None:
    (constraint,) = placement(WINDOWS, spread={"app": "x"})["topologySpreadConstraints"]
    assert constraint["whenUnsatisfiable"] == "ScheduleAnyway"
    assert constraint["maxSkew"] == 1
    assert constraint["topologyKey"] == "kubernetes.io/hostname"
    assert constraint["labelSelector"] == {"matchLabels": {"app": "x"}}
    assert "topologySpreadConstraints" not in placement(WINDOWS)


def test_a_selector_for_another_operating_system_is_refused() -> None:
    pool = NodePool(
        name="lin",
        os="linux",
        purpose="build",
        trust="trusted",
        node_selector={"kubernetes.io/os": "windows"},
        taints=(),
    )
    with pytest.raises(ValueError, match=r"node pool lin: its node selector asks for kubernetes\.io/os=windows"):
        placement(pool)


def test_a_selector_is_part_of_the_labels() -> None:
    names: dict[str, Any] = {"stack": "dev", "component": "azure-devops-agent", "instance": "linux"}
    assert selector_labels(**names).items() <= workload_labels(**names).items()


def test_memory_is_promised_once_and_cpu_is_not_capped() -> None:
    assert ContainerResources(cpu="500m", memory="4Gi").to_spec() == {
        "requests": {"cpu": "500m", "memory": "4Gi"},
        "limits": {"memory": "4Gi"},
    }


def test_ephemeral_storage_is_both_request_and_limit() -> None:
    spec = ContainerResources(cpu="1", memory="4Gi", ephemeral_storage="20Gi").to_spec()
    assert spec["requests"]["ephemeral-storage"] == spec["limits"]["ephemeral-storage"] == "20Gi"


CLAIM = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "50Gi"}}}


@pytest.mark.parametrize(
    ("storage", "source"),
    [
        (EmptyDir(), {"emptyDir": {}}),
        (EmptyDir(size_limit="50Gi"), {"emptyDir": {"sizeLimit": "50Gi"}}),
        (HostPath(path="/mnt/docker"), {"hostPath": {"path": "/mnt/docker", "type": "DirectoryOrCreate"}}),
        (ExistingClaim(claim_name="data"), {"persistentVolumeClaim": {"claimName": "data"}}),
        (EphemeralClaim(size="50Gi"), {"ephemeral": {"volumeClaimTemplate": {"spec": CLAIM}}}),
        (
            EphemeralClaim(size="50Gi", storage_class="fast"),
            {"ephemeral": {"volumeClaimTemplate": {"spec": {**CLAIM, "storageClassName": "fast"}}}},
        ),
    ],
)
def test_each_storage_becomes_its_volume(storage: DaemonStorage, source: dict[str, Any]) -> None:
    assert volume("data", storage)[0] == {"name": "data", **source}


def test_two_pods_never_share_a_folder_of_the_node() -> None:
    _, extras = volume("data", HostPath(path="/mnt/docker"), folder="docker")
    assert extras == {"subPathExpr": "$(POD_NAMESPACE)/$(POD_NAME)/docker"}
    assert {variable["name"] for variable in identity_env(HostPath(path="/mnt/docker"))} == {
        "POD_NAMESPACE",
        "POD_NAME",
    }


def test_a_folder_with_an_owner_is_the_owners_whatever_its_pods_are_called() -> None:
    owned = HostPath(path="/mnt/docker", owner="prod/app")
    made, extras = volume("data", owned, folder="docker")
    assert made["hostPath"] == {"path": "/mnt/docker/prod/app", "type": "DirectoryOrCreate"}
    assert extras == {"subPath": "docker"}
    assert identity_env(owned) == []


def test_other_storage_is_divided_only_into_the_folders_asked_for() -> None:
    assert volume("data", EmptyDir())[1] == {}
    assert volume("data", EmptyDir(), folder="docker")[1] == {"subPath": "docker"}


@pytest.mark.parametrize(
    ("storage", "outlives"),
    [
        (EmptyDir(), False),
        (EphemeralClaim(size="1Gi"), False),
        (HostPath(path="/mnt/docker"), True),
        (ExistingClaim(claim_name="data"), True),
    ],
)
def test_storage_that_outlives_its_pod_says_so(storage: DaemonStorage, outlives: bool) -> None:
    assert outlives_pod(storage) is outlives


def test_nobody_connects_to_a_pod_and_egress_is_closed_unless_opened() -> None:
    specs = network_policies(NetworkArgs())
    assert set(specs) == {"default-deny", "allow-egress"}
    assert specs["default-deny"] == {"podSelector": {}, "policyTypes": ["Egress", "Ingress"]}
    assert all("ingress" not in spec for spec in specs.values())


def test_no_egress_reaches_metadata_wire_server_or_api_server() -> None:
    specs = network_policies(NetworkArgs(api_server_cidrs=["20.1.2.3/32", "10.0.0.1/32", "10.0.0.1/32", "fd00::1/128"]))
    v4, v6, pods = specs["allow-egress"]["egress"][0]["to"]
    assert v4 == {
        "ipBlock": {
            "cidr": "0.0.0.0/0",
            "except": ["10.0.0.1/32", "168.63.129.16/32", "169.254.169.254/32", "20.1.2.3/32"],
        }
    }
    assert v6 == {"ipBlock": {"cidr": "::/0", "except": ["fd00::1/128"]}}
    assert pods == {"namespaceSelector": {}}, "DNS goes to pods, which Cilium does not match by ipBlock"
    assert "allow-api-server" not in specs


def test_only_the_named_pods_reach_the_api_server() -> None:
    specs = network_policies(NetworkArgs(api_server_cidrs=["10.0.0.1/32"], api_server_allowed_for={"a": "b"}))
    assert specs["allow-api-server"] == {
        "podSelector": {"matchLabels": {"a": "b"}},
        "policyTypes": ["Egress"],
        "egress": [{"to": [{"ipBlock": {"cidr": "10.0.0.1/32"}}]}],
    }


@pytest.mark.parametrize("cidr", ["10.0.0.1/24", "api.example.org", "10.0.0.0/33"])
def test_what_is_no_cidr_is_refused_by_name(cidr: str) -> None:
    with pytest.raises(ValueError, match=f"'{cidr}' is not a CIDR"):
        network_policies(NetworkArgs(api_server_cidrs=[cidr]))


def test_a_content_hash_depends_on_the_content_and_not_on_its_order() -> None:
    assert content_hash({"a": 1, "b": 2}) == content_hash({"b": 2, "a": 1})
    assert content_hash({"a": 1}) != content_hash({"a": 2})
