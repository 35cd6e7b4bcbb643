"""The example of AKS, from its stack file to what Azure is told, without an engine."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pulumi
import pytest
import yaml
from pulumi_kubernetes import Provider

from components.azure.cluster_identities import ControlPlaneIdentity, KubeletIdentity, Reach
from components.platform import Installed, Platform
from infra import platforms, workloads
from infra.platforms import (
    aks_cluster,
    aks_pools,
    aks_surroundings,
    azure_identities,
    azure_policy,
    azure_scope,
    node_pools,
)
from infra.platforms.azure_network import NodeNetwork
from infra.settings.aks import AksPlatform
from infra.settings.load import secret_names, validate
from infra.settings.node_pool import NodePool
from infra.settings.stack import StackSettings
from infra.workloads.context import Context
from infra.workloads.namespaces import Namespaces
from rules.azure_policy import StackImage
from rules.tables import azure_roles
from tests.unit.components.azure_recording import AzureMonitor, deploy
from tests.unit.components.mocks import SECRET, strings_in

ROOT = Path(__file__).resolve().parents[3]
SUBSCRIPTION = "11111111-1111-1111-1111-111111111111"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/shared"
CLUSTER = "azure-native:containerservice:ManagedCluster"
POOL = "azure-native:containerservice:AgentPool"
ROLE = "azure-native:authorization:RoleAssignment"
KUBELOGIN = """
users:
- name: u
  user: {exec: {command: kubelogin, args: [get-token, --server-id, the-server, --login, devicecode]}}
"""

Sections = dict[str, Any]


@cache
def _file() -> str:
    return (ROOT / "Pulumi.aks.yaml").read_text()


def aks() -> Sections:
    sections = {key.removeprefix("buildfleet:"): value for key, value in yaml.safe_load(_file())["config"].items()}
    # Tests make pools larger; whether the subscription has room for them is not what they are about.
    del sections["platform"]["vcpuQuota"]
    return sections


def parsed(sections: Sections) -> StackSettings:
    return validate(sections, secrets=secret_names(sections))


def made(sections: Sections, *, stack: str = "aks") -> tuple[AzureMonitor, Platform]:
    """Register the platform of a stack; each secret's value is its own name. Takes a second or more."""
    settings = parsed(sections)
    results: list[Platform] = []

    def program() -> None:
        results.append(
            platforms.make(settings, stack=stack, secret=lambda name: pulumi.Output.secret(f"value of {name}"))
        )

    return deploy(program, kubeconfig=KUBELOGIN), results[0]


@cache
def example() -> tuple[AzureMonitor, Platform]:
    return made(aks())


@cache
def other() -> tuple[AzureMonitor, Platform]:
    """No production, nearly everything brought, and the stack has another name."""
    sections = changed(
        environment={"production": False},
        platform={
            "resourceGroup": GROUP,
            "vault": f"{GROUP}/providers/Microsoft.KeyVault/vaults/contoso-ci",
            "budget": None,
            "addOns": {"defender": True},
        },
        network={
            "subnet": f"{GROUP}/providers/Microsoft.Network/virtualNetworks/ci/subnets/build",
            "egressAddresses": None,
        },
        registry={"id": f"{GROUP}/providers/Microsoft.ContainerRegistry/registries/contoso"},
        monitoring={
            "workspace": f"{GROUP}/providers/Microsoft.OperationalInsights/workspaces/ci",
            "retentionDays": None,
        },
    )
    return made(sections, stack="blue")


NETWORK = NodeNetwork(
    outbound="nat-gateway",
    subnets={key: Reach(id=f"{GROUP}/subnets/{key}") for key in ("system", "trusted", "untrusted")},
    egress_addresses=(),
    made=(),
)


def platform_of(settings: StackSettings) -> AksPlatform:
    assert isinstance(settings.platform, AksPlatform)
    return settings.platform


def pool_of(settings: StackSettings, name: str) -> NodePool:
    return next(pool for pool in settings.node_pools if pool.name == name)


def azure_name(sections: Sections, name: str) -> str:
    """What a pool is called in Azure."""
    settings = parsed(sections)
    pool = pool_of(settings, name)
    nodes = aks_pools.profile(
        settings, platform_of(settings), pool, replace(NETWORK, made=(cast(Any, None),)), stack="aks"
    )
    return aks_pools.azure_name(pool, nodes)


def cluster_alone(sections: Sections) -> dict[str, Any]:
    """What Azure is told of the cluster."""
    settings = parsed(sections)

    def program() -> None:
        azure = azure_scope.make(settings.environment, platform_of(settings), stack="aks")
        own = SimpleNamespace(
            control_plane=ControlPlaneIdentity(id="c"),
            kubelet=KubeletIdentity(id="k", client_id="kc", principal_id="kp"),
        )
        aks_cluster.cluster(
            settings,
            platform_of(settings),
            azure,
            replace(NETWORK, made=(azure.provider,)),
            cast(Any, own),
            stack="aks",
            workspace="w",
            secret=pulumi.Output.secret,
        )

    return deploy(program).only(CLUSTER).inputs


def changed(**sections: dict[str, Any]) -> Sections:
    """The example with some keys of some sections changed; `None` takes a key away."""
    found = aks()
    for section, changes in sections.items():
        found[section] = {
            key: value for key, value in {**found.get(section, {}), **changes}.items() if value is not None
        }
    return found


def with_pool(name: str, **changes: Any) -> Sections:
    found = aks()
    found["nodePools"] = [{**pool, **changes} if pool["name"] == name else pool for pool in found["nodePools"]]
    return found


def pools(monitor: AzureMonitor) -> dict[str, dict[str, Any]]:
    """What Azure is told of each agent pool, by its name in the stack file."""
    return {one.inputs["nodeLabels"]["buildfleet.dev/pool"]: one.inputs for one in monitor.of_type(POOL)}


def azure_names(monitor: AzureMonitor) -> set[str]:
    """Type and name in Azure of everything that has one of its own there."""
    keys = ("resourceGroupName", "resourceName", "registryName", "vaultName", "workspaceName", "virtualNetworkName")
    return {
        f"{one.type} {one.inputs[key]}"
        for one in monitor.registrations
        for key in keys
        if one.type.startswith("azure-native:") and key in one.inputs
    }


def test_everything_of_azure_is_made_by_the_provider_of_the_stack_files_subscription() -> None:
    monitor, _ = example()
    provider = monitor.named("azure")
    assert provider.inputs == {
        "subscriptionId": SUBSCRIPTION,
        "tenantId": "22222222-2222-2222-2222-222222222222",
        "location": "westeurope",
        "environment": "public",
    }
    resources = [one for one in monitor.registrations if one.type.startswith("azure-native:")]
    assert len(resources) > 40
    assert [one.name for one in resources if not one.provider.startswith(f"{provider.urn}::")] == []


def test_production_protects_what_cannot_be_made_again_and_no_pool() -> None:
    monitor, _ = example()
    kinds = {one.type.rsplit(":", 1)[-1] for one in monitor.registrations if one.protect}
    assert kinds == {"ManagedCluster", "PublicIPAddress", "Registry", "ResourceGroup", "UserAssignedIdentity", "Vault"}
    assert [one.name for one in other()[0].registrations if one.protect] == []


def test_every_resource_that_can_has_the_environments_tags() -> None:
    monitor, _ = example()
    tagged = [one for one in monitor.registrations if "tags" in one.inputs]
    assert {one.type.rsplit(":", 1)[-1] for one in tagged} >= {"AgentPool", "ManagedCluster", "Registry", "Vault"}
    for one in tagged:
        assert one.inputs["tags"] == {"costCenter": "4711", "environment": "prod", "owner": "platform-team"}, one.name


def test_types_are_named_without_a_version_and_carry_no_alias_that_has_one() -> None:
    for monitor, _ in (example(), other()):
        told = [one for one in monitor.registrations if one.type.startswith("azure-native:")]
        assert told
        assert not [text for one in told for text in (one.type, *one.aliases) if "/v" in text]
    moved = example()[0].of_type("azure-native:monitor:DataCollectionRule")[0]
    assert moved.aliases == ("azure-native:insights:DataCollectionRule::",), "of a type that has moved it is kept"


def test_no_value_of_a_secret_is_in_plain_text_anywhere() -> None:
    monitor, platform = example()
    plain = {text for one in monitor.registrations for text in strings_in(one.inputs)}
    plain |= set(strings_in(monitor.outputs))
    assert not [text for text in plain if "value of" in text or "kubelogin" in text]
    assert monitor.named("cluster").inputs["kubeconfig"] == SECRET
    assert not {"kubeconfig", "password"} & {key.lower() for key in platform.outputs}


def test_pools_are_made_one_after_another_and_objects_of_kubernetes_after_all_of_them() -> None:
    monitor, _ = example()
    chain = ["pool-lin-agent-pool", "pool-pr-agent-pool", "pool-w22-agent-pool", "pool-w25-agent-pool"]
    for before, after in itertools.pairwise(chain):
        assert before in monitor.depends_on(after)
        assert after not in monitor.depends_on(before)
    assert {"aks-cluster", "maintenance-kubernetes", "maintenance-node-images"} <= monitor.depends_on(chain[0])
    assert {*chain, "registry-access-pull"} <= monitor.depends_on("cluster")


def test_only_the_first_system_pool_is_inline() -> None:
    monitor, _ = example()
    assert [one["name"] for one in monitor.only(CLUSTER).inputs["agentPoolProfiles"]] == ["system"]
    assert sorted(pools(monitor)) == ["lin", "pr", "w22", "w25"]


@pytest.mark.parametrize(
    ("pool", "key", "value", "name_stays"),
    [
        ("w22", "vmSize", "Standard_D16ds_v5", False),
        ("w22", "osDiskSizeGB", 512, False),
        ("w22", "maxPods", 60, False),
        ("w22", "zones", ["1"], False),
        ("w22", "outboundNat", True, False),
        ("lin", "encryptionAtHost", True, False),
        ("lin", "osDiskType", "Ephemeral", False),
        ("lin", "trust", "untrusted", False),
        ("w22", "maxCount", 20, True),
        ("w22", "labels", {"team": "a"}, True),
        ("w22", "upgrade", {"maxSurge": "50%"}, True),
    ],
)
def test_a_pool_has_another_name_exactly_when_another_pool_is_needed(
    pool: str, key: str, value: Any, name_stays: bool
) -> None:
    sections = with_pool(pool, **{key: value})
    if key == "trust":
        # Nothing else may be in the way of the change.
        for section in ("azureDevOps", "github", "dockerEngine"):
            sections.pop(section)
        sections["registry"] = {}
    before, after = azure_name(aks(), pool), azure_name(sections, pool)
    assert (before == after) is name_stays
    assert before.startswith(pool)


def test_a_pool_that_goes_first_keeps_its_name() -> None:
    assert azure_name(with_pool("w22", replacement="delete-before-create"), "w22") == "w22"


def test_the_other_pools_names_are_azures_and_they_come_before_the_old_ones_go() -> None:
    monitor, _ = example()
    for name, told in pools(monitor).items():
        assert re.fullmatch(r"[a-z][a-z0-9]{0,11}", told["agentPoolName"]), name
        assert told["osType"] == "Linux" or len(told["agentPoolName"]) <= 6, name
        assert monitor.delete_before_replace[f"pool-{name}-agent-pool"] is False


def test_the_cluster_does_not_change_when_pools_do() -> None:
    sections = with_pool("w22", vmSize="Standard_D16ds_v5", maxCount=3)
    sections["nodePools"].append({**sections["nodePools"][1], "name": "more", "trust": "untrusted"})
    assert cluster_alone(sections) == cluster_alone(aks())


def test_workloads_find_a_pool_by_the_label_that_its_nodes_carry() -> None:
    monitor, platform = example()
    for name, told in pools(monitor).items():
        facts = platform.node_pools[name]
        ours = {key: value for key, value in facts.node_selector.items() if key != "kubernetes.io/os"}
        assert ours == {"buildfleet.dev/pool": name}
        assert ours.items() <= told["nodeLabels"].items()
        taints = sorted(f"{taint.key}={taint.value}:{taint.effect}" for taint in facts.taints)
        assert taints == told["nodeTaints"]


def test_the_stack_file_cannot_take_our_labels_away() -> None:
    pool = pool_of(parsed(aks()), "lin").model_copy(update={"labels": {"team": "a", "buildfleet.dev/pool": "other"}})
    assert node_pools.made_labels(pool, stack="aks") == {
        "buildfleet.dev/pool": "lin",
        "buildfleet.dev/purpose": "build",
        "buildfleet.dev/stack": "aks",
        "buildfleet.dev/trust": "trusted",
        "team": "a",
    }


def test_each_level_of_trust_has_its_own_quarter_of_the_network_used_or_not() -> None:
    monitor, _ = example()
    quarters = {
        one.inputs["subnetName"]: one.inputs["addressPrefix"] for one in monitor.of_type("azure-native:network:Subnet")
    }
    assert quarters == {"system": "10.240.0.0/18", "trusted": "10.240.64.0/18", "untrusted": "10.240.128.0/18"}
    used = {name: told["vnetSubnetID"].rsplit("/", 1)[-1] for name, told in pools(monitor).items()}
    assert used == {"lin": "trusted", "pr": "untrusted", "w22": "trusted", "w25": "trusted"}
    assert monitor.only(CLUSTER).inputs["agentPoolProfiles"][0]["vnetSubnetID"].endswith("/subnets/system")


def test_the_nodes_own_addresses_may_reach_the_api_server_where_it_is_closed() -> None:
    ranges = example()[0].only(CLUSTER).inputs["apiServerAccessProfile"]["authorizedIPRanges"]
    assert ranges == ["203.0.113.0/24", "198.51.100.1/32", "198.51.100.2/32"]


def test_the_nodes_pull_by_their_identity_and_jobs_push_by_theirs() -> None:
    monitor, platform = example()
    grants = {
        one.name: one.inputs["principalId"] for one in monitor.of_type(ROLE) if one.parent_name == "registry-access"
    }
    assert grants == {
        "registry-access-pull": "cluster-identities-kubelet-principal",
        "registry-access-push-agents": "agents-identity-identity-principal",
        "registry-access-push-runners": "runners-identity-identity-principal",
    }
    assert platform.registry is not None
    assert re.fullmatch(r"buildfleetaks[0-9a-z]{8}\.azurecr\.io", platform.registry)


def subjects(monitor: AzureMonitor, identity: str) -> list[str]:
    kind = "azure-native:managedidentity:FederatedIdentityCredential"
    return sorted(one.inputs["subject"] for one in monitor.of_type(kind) if one.parent_name == identity)


def test_the_identity_of_agents_is_for_agents_and_for_keda_that_asks_for_their_queues() -> None:
    monitor, _ = example()
    namespaces = {text.split(":")[2]: text.split(":")[3] for text in subjects(monitor, "agents-identity")}
    assert namespaces == {"azdo-agents-docker": "azdo-agent", "kube-system": "keda-operator"} | (
        {"azdo-agents": "azdo-agent"} if "azdo-agents" in namespaces else {}
    )
    kind = "azure-native:managedidentity:FederatedIdentityCredential"
    issuers = {
        one.inputs["issuer"]
        for one in monitor.of_type(kind)
        if one.parent_name in ("agents-identity", "runners-identity")
    }
    assert issuers == {"https://issuer.example/1/"}


def test_no_untrusted_runner_can_take_an_identity_on() -> None:
    found = subjects(example()[0], "runners-identity")
    assert len(found) == 3
    assert not [text for text in found if "app-pull-requests" in text]


def test_identities_that_nothing_uses_are_not_made() -> None:
    sections = changed(registry={"push": []})
    sections["azureDevOps"]["auth"] = {"kind": "pat", "secret": "azureDevOpsToken"}
    assert azure_identities.wanted(parsed(sections)) == {}


def test_what_is_brought_is_not_made() -> None:
    monitor, platform = other()
    kinds = {one.type.rsplit(":", 1)[-1] for one in monitor.registrations}
    brought = {"ResourceGroup", "Vault", "VirtualNetwork", "Subnet", "NatGateway", "Registry", "Workspace", "Budget"}
    assert kinds & brought == set()
    assert platform.registry == "contoso.azurecr.io"
    told = monitor.only(CLUSTER).inputs
    assert told["networkProfile"]["outboundType"] == "loadBalancer"
    assert told["apiServerAccessProfile"]["authorizedIPRanges"] == ["203.0.113.0/24"]
    # Ports of a load balancer are counted by node: Windows nodes keep their own translation.
    assert pools(monitor)["w22"]["windowsProfile"] == {"disableOutboundNat": False}


def pipelines(**sections: dict[str, Any]) -> AzureMonitor:
    """The identities of pipelines alone, of the example with changes."""
    return _pipelines(**sections)[0]


def _pipelines(**sections: dict[str, Any]) -> tuple[AzureMonitor, aks_surroundings.Pipelines]:
    settings = parsed(changed(**sections))
    found: list[aks_surroundings.Pipelines] = []

    def program() -> None:
        azure = azure_scope.make(settings.environment, platform_of(settings), stack="aks")
        found.append(
            aks_surroundings.deployment(settings, platform_of(settings), azure, cluster=GROUP, cluster_id=GROUP)
        )

    return deploy(program), found[0]


def test_where_no_pipeline_previews_nobody_is_let_in_to() -> None:
    deploying = {"deploy": aks()["platform"]["deployment"]["deploy"]}
    assert _pipelines()[1].preview is not None
    assert _pipelines(platform={"deployment": deploying})[1].preview is None
    assert _pipelines(platform={"deployment": {}})[1].preview is None


def test_pipelines_may_use_what_is_brought_as_far_as_a_cluster_needs_it_and_no_further() -> None:
    zone = f"{GROUP}/providers/Microsoft.Network/privateDnsZones/privatelink.westeurope.azmk8s.io"
    network = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/ci"
    workspace = f"{GROUP}/providers/Microsoft.OperationalInsights/workspaces/ci"
    monitor = pipelines(
        platform={
            "apiServer": {"kind": "private", "dnsZone": zone},
            "vault": f"{GROUP}/providers/Microsoft.KeyVault/vaults/contoso-ci",
        },
        network={"subnet": f"{network}/subnets/build", "egressAddresses": None},
        registry={"id": f"{GROUP}/providers/Microsoft.ContainerRegistry/registries/contoso"},
        monitoring={"workspace": workspace, "retentionDays": None},
    )
    roles = {id_: role for role, id_ in azure_roles.ROLES.items()}
    used = {
        (roles[one.inputs["roleDefinitionId"].rsplit("/", 1)[-1]], one.inputs["scope"])
        for one in monitor.of_type(ROLE)
        if one.name.startswith("deployment-deploy-uses-")
    }
    assert used == {
        ("Network Contributor", f"{network}/subnets/build"),
        ("Private DNS Zone Contributor", zone),
        ("Log Analytics Contributor", workspace),
    }
    granting = {one.name for one in monitor.of_type(ROLE) if one.name.startswith("deployment-deploy-grants-")}
    brought = ("dns-zone", "network", "registry", "subnet", "vault", "workspace")
    assert granting == {f"deployment-deploy-grants-{name}" for name in brought}


def test_one_more_pipeline_changes_nothing_of_the_others() -> None:
    kind = "azure-native:managedidentity:FederatedIdentityCredential"
    issuer = "https://token.actions.githubusercontent.com"

    def credentials(*subjects: str) -> dict[str, dict[str, Any]]:
        deploying = [{"issuer": issuer, "subject": subject} for subject in subjects]
        monitor = pipelines(platform={"deployment": {"deploy": deploying}})
        return {one.urn: one.inputs for one in monitor.of_type(kind)}

    before = credentials("repo:contoso/ci:environment:b", "repo:contoso/ci:environment:c")
    after = credentials(*(f"repo:contoso/ci:environment:{name}" for name in "abc"))
    assert len(before) == 2
    assert len(after) == 3
    assert before.items() <= after.items()


def test_the_identity_that_previews_may_read_the_stacks_objects_and_that_before_they_are_made() -> None:
    """`tests/unit/infra/test_preview_access.py` holds that it is all of them."""
    monitor, platform = example()
    principal = monitor.named("deployment-preview-identity").name + "-principal"
    bindings = [one for one in monitor.registrations if one.type.endswith((":ClusterRoleBinding", ":RoleBinding"))]
    assert {one.name for one in bindings} == {"preview-access-binding", "arc-namespace-preview-binding"}
    assert {subject["name"] for one in bindings for subject in one.inputs["subjects"]} == {principal}
    assert "arc-namespace-preview-binding" in monitor.depends_on("arc-release")
    assert {"preview-access-role", "preview-access-binding"} <= monitor.depends_on("arc-namespace")
    assert platform.previewer is not None


def test_an_organization_that_assigns_policies_from_above_is_told_what_to_exempt() -> None:
    told = example()[1].outputs["azurePolicyExemptions"]
    assert {"title", "policyDefinitionId", "excludedImages", "excludedNamespaces"} == set(cast(Any, told)[0])
    assert "azurePolicyExemptions" not in other()[1].outputs


def test_who_writes_an_address_into_a_zone_of_others_may_link_the_zone_with_its_network() -> None:
    zone = f"{GROUP}/providers/Microsoft.Network/privateDnsZones/privatelink.westeurope.azmk8s.io"
    subnet = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/ci/subnets/build"
    settings = parsed(changed(platform={"apiServer": {"kind": "private", "dnsZone": zone}}))
    network = replace(NETWORK, subnets={"nodes": Reach(id=subnet)})

    def program() -> None:
        azure = azure_scope.make(settings.environment, platform_of(settings), stack="aks")
        aks_cluster.identities(settings, platform_of(settings), azure, network)

    scopes = {one.inputs["scope"] for one in deploy(program).of_type(ROLE)}
    assert {zone, subnet, subnet.removesuffix("/subnets/build")} <= scopes


def test_every_private_api_server_gets_to_the_whole_network_and_a_public_one_does_not() -> None:
    subnet = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/ci/subnets/build"
    network = replace(NETWORK, subnets={"nodes": Reach(id=subnet)})

    def scopes(api_server: dict[str, Any]) -> set[str]:
        settings = parsed(changed(platform={"apiServer": api_server}))

        def program() -> None:
            azure = azure_scope.make(settings.environment, platform_of(settings), stack="aks")
            aks_cluster.identities(settings, platform_of(settings), azure, network)

        return {one.inputs["scope"] for one in deploy(program).of_type(ROLE)}

    whole = subnet.removesuffix("/subnets/build")
    assert whole in scopes({"kind": "private"})
    assert whole in scopes({"kind": "private", "dnsZone": "none"})
    assert whole not in scopes({"kind": "public", "authorizedRanges": ["203.0.113.0/24"]})


def test_a_pipeline_may_grant_the_right_to_a_brought_network_that_a_private_api_server_needs() -> None:
    network = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/ci"
    monitor = pipelines(
        platform={"apiServer": {"kind": "private"}},
        network={"subnet": f"{network}/subnets/build", "egressAddresses": None},
    )
    assert monitor.named("deployment-deploy-grants-network").inputs["scope"] == network


def test_those_who_administer_the_cluster_put_the_secrets_in() -> None:
    monitor, _ = example()
    [officer] = [one for one in monitor.of_type(ROLE) if one.parent_name == "vault"]
    assert officer.inputs["principalId"] == aks()["platform"]["adminGroups"][0]


def test_only_a_tier_that_is_a_default_outside_of_production_is_kept() -> None:
    def kept(production: bool, **registry: str) -> bool:
        settings = parsed(changed(environment={"production": production}, registry={"push": [], **registry}))

        def program() -> None:
            azure = azure_scope.make(settings.environment, platform_of(settings), stack="aks")
            aks_surroundings.registry(settings, platform_of(settings), azure)

        return "sku" in deploy(program).named("registry-registry").ignore_changes

    assert kept(production=False)
    assert not kept(production=True)
    assert not kept(production=False, sku="Standard")


def test_two_environments_in_one_subscription_share_no_name() -> None:
    first, second = example()[0], other()[0]
    assert azure_names(first)
    assert not {name for name in azure_names(first) & azure_names(second) if "Maintenance" not in name}
    roles = [{one.inputs["roleAssignmentName"] for one in monitor.of_type(ROLE)} for monitor in (first, second)]
    assert roles[0].isdisjoint(roles[1])


def test_the_order_of_the_other_lists_of_a_stack_file_changes_nothing() -> None:
    reordered = aks()
    system, *others = reordered["nodePools"]
    reordered["nodePools"] = [*reversed(others), system]
    reordered["azureDevOps"]["agentPools"].reverse()
    reordered["github"]["runnerSets"].reverse()
    reordered["registry"]["push"].reverse()
    reordered["platform"]["zones"] = ["3", "1", "2"]

    def content(monitor: AzureMonitor) -> dict[str, Any]:
        return {one.urn: (one.inputs, one.dependencies) for one in monitor.registrations}

    assert content(made(reordered)[0]) == content(example()[0])


def needs_of(pod: dict[str, Any], container: dict[str, Any]) -> frozenset[str]:
    """What a container, or the pod it is in, asks of its node."""
    security = [pod.get("securityContext", {}), container.get("securityContext", {})]
    windows = [one.get("windowsOptions", {}) for one in security]
    asks = {
        "container-administrator": any(one.get("runAsUserName") == "ContainerAdministrator" for one in windows),
        "host-network": bool(pod.get("hostNetwork")),
        "host-path": any("hostPath" in volume for volume in pod.get("volumes", [])),
        "host-process": any(one.get("hostProcess") for one in windows),
        "privileged": bool(container.get("securityContext", {}).get("privileged")),
    }
    return frozenset(need for need, asked in asks.items() if asked)


def containers(monitor: AzureMonitor) -> set[tuple[str, str | None, frozenset[str]]]:
    """Namespace, image and needs of every container of the pods that were registered."""
    found: set[tuple[str, str | None, frozenset[str]]] = set()
    for one in monitor.registrations:
        metadata = one.inputs.get("metadata", {})
        spec = one.inputs.get("spec", {})
        template = spec.get("jobTargetRef", spec).get("template") if isinstance(spec, dict) else None
        if "template.json" in (one.inputs.get("data") or {}):
            template = json.loads(one.inputs["data"]["template.json"])
        if not template:
            continue
        pod = template["spec"]
        for container in [*pod.get("containers", []), *pod.get("initContainers", [])]:
            # A hook's template speaks of the job's container, whose image the workflow names.
            image = None if container["name"] == "$job" else container["image"]
            found.add((metadata["namespace"], image, needs_of(pod, container)))
    return found


def test_azures_policies_let_through_exactly_what_the_stacks_pods_ask_for() -> None:
    sections = aks()
    sections["azureDevOps"]["agentPools"] += [
        {
            "name": "linux-dind",
            "pool": "aks-dind",
            "nodePool": "lin",
            "docker": "in-agent",
            "storage": {"kind": "hostPath", "path": "/mnt/docker"},
            "scaling": {"kind": "fixed", "agents": 1},
        },
        {
            "name": "plain",
            "pool": "aks-plain",
            "nodePool": "w25",
            "docker": "none",
            "scaling": {"kind": "fixed", "agents": 1},
        },
    ]
    sections["github"]["runnerSets"] += [
        {"name": "dind", "url": "https://github.com/contoso/app", "mode": "dind", "nodePool": "lin"},
        {"name": "bare", "url": "https://github.com/contoso/app", "mode": "none", "nodePool": "lin"},
    ]
    sections["dockerEngine"]["nodePrepull"] = {"agents": True}
    # "bare" shares a namespace with untrusted runners, so runners may not push here.
    sections["registry"]["push"] = ["agents"]
    settings = parsed(sections)
    listed: list[StackImage] = []

    def program() -> None:
        platform = Platform(
            provider=Provider("cluster"),
            node_pools={pool.name: node_pools.facts(pool, "aks") for pool in settings.node_pools},
            installed=Installed(keda="2.19.0", arc="0.14.2"),
            registry="contoso.azurecr.io",
            agents_identity="agents",
            runners_identity="runners",
        )
        opts = pulumi.ResourceOptions(provider=platform.provider)
        names = Namespaces(settings, platform, stack="aks", secret=pulumi.Output.secret, opts=opts)
        listed.extend(
            azure_policy.stack_images(
                Context(
                    settings=settings,
                    platform=platform,
                    stack="aks",
                    secret=pulumi.Output.secret,
                    namespaces=names,
                    opts=opts,
                )
            )
        )
        workloads.deploy(settings, platform, stack="aks", secret=pulumi.Output.secret)

    registered = containers(deploy(program))
    assert len({image for _, image, _ in registered}) > 7
    # Init containers without a need of their own share their pod's image and are listed with it.
    ours = {(one.namespace, one.image, frozenset(one.needs)) for one in listed}
    assert {one for one in ours if one[2]} == {one for one in registered if one[2]}
    assert {one[:2] for one in ours if one[1]} == {one[:2] for one in registered if one[1]}


OPEN = {"Windows2025", "Microsoft-PrometheusMetrics"}
"""Values that Azure documents and the SDK's list of known ones lacks; both lists are open (`modelAsString`).
Microsoft Learn: aks/windows-vs-linux-containers and azure-monitor/essentials/prometheus-metrics-overview, 2026-08"""


def illegal(schema: dict[str, Any], type_: Any, value: Any, path: str) -> list[str]:
    """Keys, kinds and enumerated values that the pinned SDK does not know."""
    if value in (SECRET, None):
        return []
    if isinstance(type_, list):
        return [
            found for index, one in enumerate(value) for found in illegal(schema, type_[0], one, f"{path}[{index}]")
        ]
    if isinstance(type_, dict):
        return [found for key, one in value.items() for found in illegal(schema, type_["*"], one, f"{path}.{key}")]
    if type_ in schema["enums"]:
        return [] if value in {*schema["enums"][type_], *OPEN} else [f"{path}: {value!r} of {schema['enums'][type_]}"]
    if type_ in schema["types"]:
        return unknown_keys(schema, schema["types"][type_], value, path)
    kind = {"string": str, "integer": int, "boolean": bool, "number": (int, float), "any": object}[type_]
    return [] if isinstance(value, kind) else [f"{path}: {value!r} is not {type_}"]


def unknown_keys(schema: dict[str, Any], definition: dict[str, Any], value: dict[str, Any], path: str) -> list[str]:
    known = definition["properties"]
    found = [f"{path}.{key}: not known" for key in value if key not in known]
    found += [f"{path}.{key}: missing" for key in definition.get("required", ()) if key not in value]
    return found + [
        wrong
        for key, one in value.items()
        if key in known
        for wrong in illegal(schema, known[key], one, f"{path}.{key}")
    ]


@pytest.mark.parametrize("which", [example, other])
def test_every_key_and_value_that_azure_is_told_is_legal_in_the_version_that_is_pinned(which: Any) -> None:
    schema = json.loads((ROOT / "sandbox" / "azure" / "schema.json").read_text())
    monitor, _ = which()
    resources = [one for one in monitor.registrations if one.type.startswith("azure-native:")]
    assert resources
    wrong = [
        found
        for one in resources
        for found in unknown_keys(schema, schema["resources"][one.type], one.inputs, one.name)
    ]
    assert wrong == []
