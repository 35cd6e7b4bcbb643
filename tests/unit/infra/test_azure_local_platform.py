"""From the stack file of Azure Local to what is registered, and which operators a stack brings."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pulumi
import yaml
from pulumi_kubernetes import Provider

from components.platform import Platform
from infra import workloads
from infra.platforms import azure_local, operators
from infra.settings.azure_local import AzureLocalPlatform
from infra.settings.load import secret_names, validate
from infra.settings.stack import StackSettings
from tests.unit.components.mocks import SECRET, RecordingMonitor, deploy

ROOT = Path(__file__).resolve().parents[3]
CONNECTED = "azure-native:kubernetes:ConnectedCluster"
GENERIC = "azure-native:resources:Resource"
GROUP = "azure-native:resources:ResourceGroup"
KUBECONFIG = "azure-native:hybridcontainerservice:listProvisionedClusterInstanceAdminKubeconfig"
RELEASE = "kubernetes:helm.sh/v3:Release"
SUBSCRIPTION = "/subscriptions/11111111-1111-1111-1111-111111111111"
EXISTING = f"{SUBSCRIPTION}/resourceGroups/site/providers/Microsoft.Kubernetes/connectedClusters/plant"

Sections = dict[str, Any]


def sections(name: str = "azure-local") -> Sections:
    document = yaml.safe_load((ROOT / f"Pulumi.{name}.yaml").read_text())
    return {key.removeprefix("buildfleet:"): value for key, value in document["config"].items()}


def adopting() -> Sections:
    chosen = sections()
    kept = ("kind", "subscription", "tenant", "location", "kubernetesVersion", "windowsNodePools")
    chosen["platform"] = {key: chosen["platform"][key] for key in kept} | {"existingCluster": EXISTING}
    return chosen


def settings_of(chosen: Sections) -> StackSettings:
    return validate(chosen, secrets=secret_names(chosen), stack="plant")


def made(chosen: Sections, *, with_workloads: bool = False) -> tuple[RecordingMonitor, Platform]:
    settings = settings_of(chosen)
    assert isinstance(settings.platform, AzureLocalPlatform)
    local = settings.platform
    results: list[Platform] = []

    def secret(name: str) -> pulumi.Output[str]:
        return pulumi.Output.secret(f"value of {name}")

    def program() -> None:
        platform = azure_local.make(settings, local, stack="plant", secret=secret)
        results.append(platform)
        if with_workloads:
            workloads.deploy(settings, platform, stack="plant", secret=secret)

    kubeconfig = {"name": "admin", "value": base64.b64encode(b"kind: Config").decode()}
    answers = {KUBECONFIG: {"properties": {"kubeconfigs": [kubeconfig]}}}
    outputs = {GROUP: {"name": "buildfleet-plant"}}
    return deploy(program, calls=answers, outputs=outputs), results[0]


def of_azure(monitor: RecordingMonitor) -> list[tuple[str, str]]:
    return [pair for pair in monitor.summary() if pair[0].startswith("azure-native:")]


def waits_for(monitor: RecordingMonitor, name: str) -> set[str]:
    return {urn.split("::")[-1] for urn in monitor.named(name).dependencies}


def test_a_stack_makes_a_group_a_cluster_with_its_first_pool_and_the_other_pools() -> None:
    monitor, _ = made(sections())
    assert of_azure(monitor) == [
        (CONNECTED, "azure-local-connected"),
        (GENERIC, "azure-local-instance"),
        (GENERIC, "pool-lin-agent-pool"),
        (GENERIC, "pool-win22-agent-pool"),
        (GROUP, "resource-group"),
    ]
    instance = monitor.named("azure-local-instance").inputs["properties"]
    assert [pool["name"] for pool in instance["agentPoolProfiles"]] == ["system"]
    assert monitor.named("azure-local-connected").inputs["clusterName"] == "buildfleet-plant"


def test_everything_in_azure_is_made_by_the_provider_of_the_stacks_subscription() -> None:
    monitor, _ = made(sections())
    provider = monitor.named("azure")
    assert provider.inputs["subscriptionId"] == "11111111-1111-1111-1111-111111111111"
    ours = [one for one in monitor.registrations if one.type.startswith("azure-native:")]
    assert {one.provider.split("::")[3] for one in ours} == {"azure"}


def test_pools_are_made_one_after_another_and_the_clusters_provider_after_all() -> None:
    monitor, _ = made(sections())
    assert "azure-local-instance" in waits_for(monitor, "pool-lin-agent-pool")
    assert "pool-lin-agent-pool" in waits_for(monitor, "pool-win22-agent-pool")
    assert {"azure-local-instance", "pool-lin-agent-pool", "pool-win22-agent-pool"} <= waits_for(monitor, "cluster")


def test_another_order_of_pools_makes_the_same() -> None:
    reordered = sections()
    reordered["nodePools"].reverse()

    def content(chosen: Sections) -> dict[str, Any]:
        return {one.urn: (one.inputs, one.dependencies) for one in made(chosen)[0].registrations}

    assert content(reordered) == content(sections())


def test_nodes_carry_the_labels_by_which_workloads_and_dashboards_find_them() -> None:
    monitor, platform = made(sections())
    labels = monitor.named("pool-win22-agent-pool").inputs["properties"]["nodeLabels"]
    assert labels == {
        "buildfleet.dev/pool": "win22",
        "buildfleet.dev/purpose": "build",
        "buildfleet.dev/stack": "plant",
        "buildfleet.dev/trust": "trusted",
    }
    selector = dict(platform.node_pools["win22"].node_selector)
    assert selector.pop("kubernetes.io/os") == "windows"
    assert selector.items() <= labels.items()
    taints = [f"{one.key}={one.value}:{one.effect}" for one in platform.node_pools["win22"].taints]
    assert monitor.named("pool-win22-agent-pool").inputs["properties"]["nodeTaints"] == taints


def test_the_kubeconfig_is_secret_and_the_provider_is_replaced_for_another_cluster_alone() -> None:
    inputs = made(sections())[0].named("cluster").inputs
    assert inputs["kubeconfig"] == SECRET
    assert inputs["clusterIdentifier"] == (
        f"{SUBSCRIPTION}/resourceGroups/buildfleet-plant/providers/Microsoft.Kubernetes/connectedClusters/buildfleet-plant"
    )


def test_production_protects_group_and_cluster_and_no_pool() -> None:
    def protected(chosen: Sections) -> set[str]:
        return {one.name for one in made(chosen)[0].registrations if one.protect}

    assert protected(sections()) == {"resource-group", "azure-local-connected", "azure-local-instance"}
    rehearsal = sections()
    rehearsal["environment"]["production"] = False
    assert protected(rehearsal) == set()


def test_a_group_that_is_brought_is_not_made() -> None:
    chosen = sections()
    chosen["platform"]["resourceGroup"] = f"{SUBSCRIPTION}/resourceGroups/ours"
    monitor, _ = made(chosen)
    assert monitor.of_type(GROUP) == []
    assert monitor.named("azure-local-instance").inputs["resourceGroupName"] == "ours"
    assert "/resourceGroups/ours/" in monitor.named("cluster").inputs["clusterIdentifier"]


def test_an_adopted_cluster_gets_nothing_but_workloads() -> None:
    monitor, platform = made(adopting())
    assert monitor.summary() == [("pulumi:providers:azure-native", "azure"), ("pulumi:providers:kubernetes", "cluster")]
    assert monitor.named("azure").inputs["environment"] == "public", "and not what the environment of the user says"
    assert monitor.named("cluster").inputs["clusterIdentifier"] == EXISTING
    assert monitor.named("cluster").inputs["kubeconfig"] == SECRET
    assert platform.operators == {}
    assert platform.installed.keda == "2.19.0", "it has the version that the stack file says"
    assert platform.node_pools["lin"].node_selector["agentpool"] == "lin"


def test_custom_resources_are_made_after_their_operator_and_so_deleted_before_it() -> None:
    monitor, _ = made(sections(), with_workloads=True)
    assert {one.name for one in monitor.of_type(RELEASE)} == {"keda-release", "arc-release"}
    assert "keda-release" in waits_for(monitor, "linux-docker-agents")
    assert "arc-release" in waits_for(monitor, "plant-set-scale-set")
    # What the controller needs to take its leave goes after the scale sets, and that is before the controller too.
    assert "arc-release" in waits_for(monitor, "github-docker-credentials-secret")
    assert "arc-release" not in waits_for(monitor, "linux-docker-agents")


def operators_of(chosen: Sections, *, is_made: bool) -> tuple[RecordingMonitor, operators.Operators]:
    settings = settings_of(chosen)
    results: list[operators.Operators] = []

    def program() -> None:
        provider = Provider("cluster", context="x")
        results.append(
            operators.install(settings, provider, stack="plant", made=is_made, keda_identity="client", tenant="tenant")
        )

    return deploy(program), results[0]


def without(chosen: Sections, *names: str) -> Sections:
    return {key: value for key, value in chosen.items() if key not in names}


def test_an_operator_that_nothing_would_use_is_not_installed() -> None:
    nothing = without(sections(), "azureDevOps", "github", "dockerEngine")
    monitor, found = operators_of(nothing, is_made=True)
    assert monitor.of_type(RELEASE) == []
    assert (found.installed.keda, found.installed.arc, found.resources) == (None, None, {})


def test_an_operator_that_the_stack_file_names_is_installed_in_any_case() -> None:
    chosen = without(sections(), "azureDevOps", "github", "dockerEngine")
    chosen["keda"] = {"install": "chart", "version": "2.18.1"}
    chosen["arc"] = {"install": "chart", "namespace": "arc", "serviceAccount": "boss"}
    monitor, found = operators_of(chosen, is_made=True)
    assert monitor.named("keda-release").inputs["version"] == "2.18.1"
    assert monitor.named("arc-release").inputs["namespace"] == "arc"
    assert monitor.named("arc-release").inputs["values"]["serviceAccount"]["name"] == "boss"
    assert set(found.resources) == {"keda", "arc"}
    assert found.installed.keda == "2.18.1"


def test_an_operator_that_is_brought_otherwise_is_expected_in_the_version_of_the_stack_file() -> None:
    chosen = sections()
    chosen["keda"] = {"install": "none", "version": "2.17.2"}
    chosen["arc"] = {"install": "none"}
    monitor, found = operators_of(chosen, is_made=True)
    assert monitor.of_type(RELEASE) == []
    assert (found.installed.keda, found.installed.arc) == ("2.17.2", "0.14.2")


def test_a_cluster_that_is_there_gets_no_operator() -> None:
    monitor, found = operators_of(adopting(), is_made=False)
    assert monitor.of_type(RELEASE) == []
    assert found.resources == {}


def test_kedas_programs_have_a_substitute_in_production_alone() -> None:
    assert operators_of(sections(), is_made=True)[0].named("keda").inputs["replicas"] == 2
    rehearsal = sections()
    rehearsal["environment"]["production"] = False
    assert operators_of(rehearsal, is_made=True)[0].named("keda").inputs["replicas"] == 1


def test_keda_takes_on_the_identity_that_the_stack_file_names() -> None:
    chosen = sections()
    client, tenant = "44444444-4444-4444-4444-444444444444", "55555555-5555-5555-5555-555555555555"
    auth = {"kind": "workload-identity", "clientId": client}
    for said, told in ((auth, "tenant"), ({**auth, "tenantId": tenant}, tenant)):
        chosen["azureDevOps"]["auth"] = said
        values = operators_of(chosen, is_made=True)[0].named("keda-release").inputs["values"]
        assert values["podIdentity"]["azureWorkload"] == {"enabled": True, "clientId": client, "tenantId": told}


def test_keda_takes_on_the_identity_that_the_platform_made() -> None:
    values = operators_of(sections(), is_made=True)[0].named("keda-release").inputs["values"]
    assert values["podIdentity"]["azureWorkload"] == {"enabled": True, "clientId": "client", "tenantId": "tenant"}
