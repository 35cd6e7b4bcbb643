"""What a rehearsal puts into the simulated Azure, and what it finds there afterwards."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from infra.settings.load import secret_names, validate
from infra.settings.stack import StackSettings
from sandbox import simulated_azure
from sandbox.azure.quotas import GENEROUS
from sandbox.stack_file import read

ROOT = Path(__file__).resolve().parents[3]
SUBSCRIPTION = "/subscriptions/11111111-1111-1111-1111-111111111111"
GROUP = f"{SUBSCRIPTION}/resourceGroups/ci"
SUBNET = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/ci/subnets/build"
REGISTRY = f"{GROUP}/providers/Microsoft.ContainerRegistry/registries/contoso"
VAULT = f"{GROUP}/providers/Microsoft.KeyVault/vaults/contoso-ci"
WORKSPACE = f"{GROUP}/providers/Microsoft.OperationalInsights/workspaces/ci"
CLUSTER = f"{GROUP}/providers/Microsoft.Kubernetes/connectedClusters/plant"


def stack(name: str, **changed: Any) -> StackSettings:
    """An example's settings; `changed` are keys of sections, `None` where one is removed."""
    sections = read(ROOT / f"Pulumi.{name}.yaml").sections
    for section, keys in changed.items():
        merged = {**sections.get(section, {}), **keys}
        sections[section] = {key: value for key, value in merged.items() if value is not None}
    return validate(sections, secrets=secret_names(sections), stack=name)


ADOPTED = {
    "existingCluster": CLUSTER,
    "adminGroups": None,
    "customLocation": None,
    "logicalNetwork": None,
    "sshPublicKey": None,
    "controlPlane": None,
}


class Azure:
    """Answers for the simulated one."""

    def __init__(self, *resources: tuple[str, str], deleted: tuple[str, ...] = ()) -> None:
        self._resources = list(resources)
        self._deleted = list(deleted)

    def resources(self) -> list[tuple[str, str]]:
        return self._resources

    def soft_deleted(self) -> list[str]:
        return self._deleted


@pytest.mark.parametrize(
    ("name", "changed", "met", "makes"),
    [
        ("aks", {}, True, True),
        ("azure-local", {}, True, True),
        ("azure-local", {"platform": ADOPTED}, True, False),
        ("dev", {}, False, False),
    ],
)
def test_nodes_are_azures_to_bring_up_where_the_program_makes_their_pools(
    name: str, changed: Any, met: bool, makes: bool
) -> None:
    settings = stack(name, **changed)
    assert (simulated_azure.is_met(settings), simulated_azure.makes_nodes(settings)) == (met, makes)


def test_everything_that_a_stack_brings_by_id_is_there_before_the_first_run() -> None:
    brought = simulated_azure.brought(
        stack(
            "aks",
            platform={"resourceGroup": GROUP, "vault": VAULT},
            network={"subnet": SUBNET, "egressAddresses": None},
            registry={"id": REGISTRY, "push": None},
            monitoring={"workspace": WORKSPACE, "retentionDays": None},
        )
    )
    assert sorted(brought) == sorted([GROUP, VAULT, SUBNET, REGISTRY, WORKSPACE])
    assert simulated_azure.brought(stack("aks")) == {}


def test_a_custom_location_is_one_with_windows_pools_if_the_stack_says_so() -> None:
    settings = stack("azure-local")
    (location,) = (item for item in simulated_azure.brought(settings).items() if "customLocations" in item[0])
    assert location[1] == {"windowsNodePools": True}


def test_an_adopted_cluster_is_there_before_the_first_run() -> None:
    assert CLUSTER in simulated_azure.brought(stack("azure-local", platform=ADOPTED))


def test_the_lines_on_azure_count_by_type_in_words() -> None:
    resources = {
        "Microsoft.Network/publicIPAddresses": 2,
        "Microsoft.Network/virtualNetworks/subnets": 3,
        "Microsoft.Network/virtualNetworks": 1,
        "Microsoft.Network/publicIPPrefixes": 1,
        "Microsoft.ContainerService/managedClusters/agentPools": 1,
        "Microsoft.ManagedIdentity/userAssignedIdentities": 1,
    }
    azure = Azure(*[(f"/{kind}/{n}", kind) for kind, count in resources.items() for n in range(count)])
    assert simulated_azure.summary(azure) == [
        "Azure (simulated): 9 resources",
        "  ContainerService  1 agent pool",
        "  ManagedIdentity   1 user assigned identity",
        "  Network           2 public IP addresses, 1 public IP prefix, 1 virtual network, 3 subnets",
    ]
    assert simulated_azure.summary(Azure()) == ["Azure (simulated): 0 resources"]
    assert simulated_azure.summary(Azure(("/a", "Microsoft.X/pools")))[0] == "Azure (simulated): 1 resource"


def test_no_line_on_azure_is_wider_than_a_terminal() -> None:
    azure = Azure(*[(f"/{n}", f"Microsoft.Network/kindNumber{n}Things") for n in range(30)])
    told = simulated_azure.summary(azure)
    assert max(map(len, told)) <= 100
    assert len(told) > 3


def test_a_quota_that_left_the_stack_file_is_no_limit_any_more(tmp_path: Path) -> None:
    place, kubeconfig = tmp_path / "azure", tmp_path / "kubeconfig"
    before = read(ROOT / "Pulumi.aks.yaml").sections
    simulated_azure.prepare(place, kubeconfig, stack("aks"), before={})
    assert json.loads((place / "azure.json").read_text())["quotas"] == {"standardDDSv5Family": 350}
    simulated_azure.prepare(place, kubeconfig, stack("aks", platform={"vcpuQuota": None}), before=before)
    assert json.loads((place / "azure.json").read_text())["quotas"] == {"standardDDSv5Family": GENEROUS}


def test_all_that_is_in_a_stacks_own_azure_counts_as_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    azure = Azure(("/Mine", "t"), ("/implicit", "t"))
    monkeypatch.delenv(simulated_azure.DIRECTORY_VARIABLE, raising=False)
    assert simulated_azure.left_behind(azure, ["/mine"]) == ["/Mine", "/implicit"]


def test_in_an_azure_that_several_stacks_share_only_the_own_ids_count(monkeypatch: pytest.MonkeyPatch) -> None:
    azure = Azure(("/Mine", "t"), ("/others", "t"), deleted=("/Vault", "/others-vault"))
    monkeypatch.setenv(simulated_azure.DIRECTORY_VARIABLE, "/shared")
    assert simulated_azure.left_behind(azure, ["/mine"]) == ["/Mine"]
    assert simulated_azure.soft_deleted(azure, ["/vault"]) == ["/Vault"]
    assert simulated_azure.directory(Path("/sandbox/prod")) == Path("/shared")


def test_an_azure_that_is_not_there_is_not_made_by_looking_for_it(tmp_path: Path) -> None:
    assert simulated_azure.found(tmp_path / "azure", tmp_path / "kubeconfig") is None
    assert list(tmp_path.iterdir()) == []
