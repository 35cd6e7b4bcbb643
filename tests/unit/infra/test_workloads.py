"""The mapping from settings to components, on whole stack files, without an engine."""

from __future__ import annotations

import copy
from functools import cache
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml
from pulumi_kubernetes import Provider

from components.platform import Installed, Platform
from infra import workloads
from infra.platforms import node_pools
from infra.settings.load import secret_names, validate
from infra.settings.report import InvalidStack
from infra.workloads import Deployed
from infra.workloads.identities import agent_subjects, runner_subjects
from rules.registry import pull_secret_name
from tests.unit.components.mocks import SECRET, RecordingMonitor, deploy

ROOT = Path(__file__).resolve().parents[3]
SNAPSHOT = Path(__file__).with_name("dev_stack.txt")

Sections = dict[str, Any]


def dev(name: str = "dev") -> Sections:
    document = yaml.safe_load((ROOT / f"Pulumi.{name}.yaml").read_text())
    return {key.removeprefix("buildfleet:"): value for key, value in document["config"].items()}


def deployed(sections: Sections, *, stack: str = "dev", **platform_has: Any) -> tuple[RecordingMonitor, Deployed]:
    """Register the workloads of a stack; each secret's value is its own name."""
    settings = validate(sections, secrets=secret_names(sections))
    results: list[Deployed] = []

    def program() -> None:
        platform = Platform(
            provider=Provider("cluster", context="buildfleet-dev"),
            node_pools={pool.name: node_pools.facts(pool) for pool in settings.node_pools},
            installed=Installed(keda=settings.keda.version, arc=settings.arc.version),
            storage_class="fast",
            **platform_has,
        )
        results.append(
            workloads.deploy(
                settings, platform, stack=stack, secret=lambda name: pulumi.Output.secret(f"value of {name}")
            )
        )

    return deploy(program), results[0]


@cache
def example() -> RecordingMonitor:
    """What the dev stack registers."""
    return deployed(dev())[0]


def names(monitor: RecordingMonitor) -> list[str]:
    return sorted(f"{one.type} {one.name}" for one in monitor.registrations)


def kubernetes_objects(monitor: RecordingMonitor) -> list[dict[str, Any]]:
    return [one.inputs for one in monitor.registrations if one.type.startswith("kubernetes:")]


def test_the_resources_of_the_dev_stack_keep_their_types_and_names() -> None:
    """A name or a token that changes replaces what runs. If that is meant, rewrite the snapshot and add an alias."""
    monitor = example()
    assert names(monitor) == SNAPSHOT.read_text().splitlines()


def test_the_order_of_lists_in_a_stack_file_changes_nothing() -> None:
    reordered = dev()
    for path in (("nodePools",), ("azureDevOps", "agentPools"), ("github", "runnerSets")):
        section: Any = reordered
        for key in path:
            section = section[key]
        section.reverse()
    first, second = example(), deployed(reordered)[0]

    def content(monitor: RecordingMonitor) -> dict[str, Any]:
        return {one.urn: one.inputs for one in monitor.registrations}

    assert content(first) == content(second)


def test_every_object_carries_the_stack_it_belongs_to() -> None:
    monitor, _ = deployed(dev(), stack="blue")
    without = [
        f"{item['kind']} {item['metadata']['name']}"
        for item in kubernetes_objects(monitor)
        if item["metadata"].get("labels", {}).get("buildfleet.dev/stack") != "blue"
    ]
    assert kubernetes_objects(monitor)
    assert without == []


def test_the_values_of_secrets_are_in_secrets_alone() -> None:
    monitor = example()
    with_secret = [one for one in monitor.registrations if SECRET in str(one.inputs)]
    assert [one.urn for one in monitor.registrations if "value of" in str(one.inputs)] == []
    assert {one.type for one in with_secret} == {"kubernetes:core/v1:Secret"}
    assert len(with_secret) == 4


def pods(monitor: RecordingMonitor) -> dict[str, dict[str, Any]]:
    """Every pod spec, by the object that makes such pods."""
    found = {}
    for item in kubernetes_objects(monitor):
        spec = item.get("spec", {})
        template = spec.get("jobTargetRef", spec).get("template")
        if template:
            found[item["metadata"]["name"]] = template["spec"]
    return found


def test_every_pod_of_ours_runs_under_an_account_of_ours_and_sees_its_token_only_where_it_needs_the_cluster() -> None:
    monitor = example()
    accounts = {item["metadata"]["name"] for item in kubernetes_objects(monitor) if item["kind"] == "ServiceAccount"}
    found = pods(monitor)
    assert len(found) == 15
    assert {pod["serviceAccountName"] for pod in found.values()} <= accounts
    with_token = sorted(name for name, pod in found.items() if pod.get("automountServiceAccountToken") is not False)
    assert with_token == ["app-1", "app-2", "app-jobs", "docker-engine-win22", "docker-engine-win25"]


def test_production_protects_namespaces_and_all_that_is_in_them_and_nothing_else_does() -> None:
    sections = dev()
    assert not [one.urn for one in deployed(sections)[0].registrations if one.protect]
    sections["environment"]["production"] = True
    monitor = deployed(sections)[0]
    protected = {one.type for one in monitor.registrations if one.protect}
    assert "buildfleet:index:ConfinedNamespace" in protected
    assert "buildfleet:index:AzureDevOpsAgentPool" not in protected


def test_a_section_that_is_left_out_makes_nothing() -> None:
    sections = dev()
    for name in ("dockerEngine", "azureDevOps", "github", "policy"):
        sections.pop(name)
    monitor, result = deployed(sections)
    assert names(monitor) == ["pulumi:providers:kubernetes cluster"]
    assert result == Deployed(namespaces=[], docker_engine=(), agent_pools=(), runner_sets=())


def test_names_of_namespaces_are_the_stack_files() -> None:
    sections = dev()
    sections["namespaces"] = {"dockerEngine": "engine-b", "azureDevOps": "agents-b", "githubDocker": "runners-b"}
    _, result = deployed(sections)
    assert result.namespaces == [
        *("agents-b", "azdo-agents-docker", "docker-builds", "engine-b", "github-runners", "runners-b")
    ]


def test_a_storage_class_of_the_platform_is_taken_where_a_claim_names_none() -> None:
    sections = dev()
    agents = sections["azureDevOps"]["agentPools"][2]
    agents["storage"] = {"kind": "ephemeralClaim", "size": "20Gi"}
    monitor, _ = deployed(sections)
    text = str(monitor.named("linux-docker-agents").inputs)
    assert "'storageClassName': 'fast'" in text
    agents["storage"] = {"kind": "ephemeralClaim", "size": "20Gi", "storageClass": "slow"}
    assert "'storageClassName': 'slow'" in str(deployed(sections)[0].named("linux-docker-agents").inputs)


def test_a_stack_of_workload_identity_has_no_secret_for_its_agents() -> None:
    sections = dev()
    identity = "00000000-0000-0000-0000-000000000001"
    sections["azureDevOps"]["auth"] = {"kind": "workload-identity", "clientId": identity}
    sections.pop("github")
    monitor, _ = deployed(sections)
    assert [one.name for one in monitor.registrations if one.type == "kubernetes:core/v1:Secret"] == []
    accounts = [item for item in kubernetes_objects(monitor) if item["kind"] == "ServiceAccount"]
    annotated = [one["metadata"].get("annotations", {}).get("azure.workload.identity/client-id") for one in accounts]
    assert identity in annotated


def test_pull_secrets_are_in_every_namespace_and_every_pod() -> None:
    sections = dev()
    registry = {"server": "ghcr.io", "username": "bot", "passwordSecret": "registryPassword"}
    sections["registry"] = {"pullSecrets": [registry]}
    monitor, result = deployed(sections)
    secrets = [
        item["metadata"]["namespace"]
        for item in kubernetes_objects(monitor)
        if item["kind"] == "Secret" and item["type"] == "kubernetes.io/dockerconfigjson"
    ]
    assert sorted(secrets) == list(result.namespaces)
    found = pods(monitor).values()
    assert len(found) == 15
    assert {str(pod["imagePullSecrets"]) for pod in found} == {f"[{{'name': '{pull_secret_name('ghcr.io')}'}}]"}


def test_settings_are_not_changed_by_what_is_made_of_them() -> None:
    sections = dev()
    before = copy.deepcopy(sections)
    deployed(sections)
    assert sections == before


AGENTS, RUNNERS = "00000000-0000-0000-0000-00000000000a", "00000000-0000-0000-0000-00000000000b"
OF_AKS: dict[str, Any] = {
    "registry": "contoso.azurecr.io",
    "agents_identity": pulumi.Output.from_input(AGENTS),
    "runners_identity": RUNNERS,
}


def accounts_with(monitor: RecordingMonitor, identity: str) -> list[str]:
    """Who can take an identity on, as federated credentials name them."""
    found = [item["metadata"] for item in kubernetes_objects(monitor) if item["kind"] == "ServiceAccount"]
    return sorted(
        f"system:serviceaccount:{one['namespace']}:{one['name']}"
        for one in found
        if one.get("annotations", {}).get("azure.workload.identity/client-id") == identity
    )


@cache
def on_aks() -> RecordingMonitor:
    return deployed(dev("aks"), **OF_AKS)[0]


def test_the_subjects_of_federated_credentials_are_the_accounts_that_carry_the_identity() -> None:
    sections = dev("aks")
    monitor = on_aks()
    settings = validate(sections, secrets=secret_names(sections))
    assert accounts_with(monitor, AGENTS) == agent_subjects(settings)
    assert accounts_with(monitor, RUNNERS) == runner_subjects(settings)
    assert runner_subjects(settings) == [
        "system:serviceaccount:github-runners-docker:app-1-job",
        "system:serviceaccount:github-runners-docker:app-2-job",
        "system:serviceaccount:github-runners-docker:app-windows-runner",
    ], "and none of the set that pull requests run on"


def test_agents_without_an_identity_of_their_own_take_on_the_platforms() -> None:
    monitor = on_aks()
    authentication = monitor.named("windows-docker-authentication").inputs["spec"]
    assert authentication == {"podIdentity": {"provider": "azure-workload", "identityId": AGENTS}}
    job = monitor.named("windows-docker-agents").inputs["spec"]["jobTargetRef"]["template"]["metadata"]
    assert job["labels"]["azure.workload.identity/use"] == "true"
    fixed = monitor.named("linux-docker-agents").inputs["spec"]["template"]["metadata"]
    assert fixed["labels"]["azure.workload.identity/use"] == "true"


def test_jobs_of_trusted_agents_can_take_on_the_platforms_identity_where_agents_have_a_token() -> None:
    sections = dev("aks")
    sections["azureDevOps"]["auth"] = {"kind": "pat", "secret": "azureDevOpsToken"}
    monitor, _ = deployed(sections, **OF_AKS)
    settings = validate(sections, secrets=secret_names(sections))
    assert accounts_with(monitor, AGENTS) == agent_subjects(settings)
    template = monitor.named("linux-docker-agents").inputs["spec"]["template"]
    assert template["metadata"]["labels"]["azure.workload.identity/use"] == "true"
    beside = [container["name"] for container in template["spec"]["initContainers"]]
    skipped = template["metadata"]["annotations"]["azure.workload.identity/skip-containers"]
    assert skipped.split(";") == sorted(beside)
    authentication = monitor.named("windows-docker-authentication").inputs["spec"]
    assert "podIdentity" not in authentication, "the agents, and KEDA for them, go on with their token"


def test_untrusted_agents_with_an_account_of_their_own_do_not_take_on_the_identity_of_jobs() -> None:
    sections = dev("aks")
    sections["azureDevOps"]["auth"] = {"kind": "workload-identity", "clientId": RUNNERS}
    pool = {"name": "pull-requests", "pool": "aks-pr", "nodePool": "pr", "trust": "untrusted", "docker": "none"}
    sections["azureDevOps"]["agentPools"] = [
        *(one for one in sections["azureDevOps"]["agentPools"] if one["docker"] != "none"),
        {**pool, "scaling": {"kind": "fixed", "agents": 1}},
    ]
    settings = validate(sections, secrets=secret_names(sections))
    assert agent_subjects(settings) == ["system:serviceaccount:azdo-agents-docker:azdo-agent"]
    signing_in = copy.deepcopy(sections)
    signing_in["azureDevOps"]["auth"] = {"kind": "workload-identity"}
    signing_in["registry"]["push"] = []
    everybody = validate(signing_in, secrets=secret_names(signing_in))
    assert "system:serviceaccount:azdo-agents:azdo-agent" in agent_subjects(everybody)
    with pytest.raises(InvalidStack, match=r"registry\.push\[0\]"):
        validate({**signing_in, "registry": {"push": ["agents"]}}, secrets=secret_names(signing_in))


def test_workload_identity_without_any_identity_is_refused_with_the_fix() -> None:
    with pytest.raises(pulumi.RunError, match=r"azureDevOps\.auth\.clientId: not given.*fix: add clientId"):
        deployed(dev("aks"), registry="contoso.azurecr.io")


def test_images_without_a_repository_are_in_the_registry_of_the_platform() -> None:
    text = str(kubernetes_objects(on_aks()))
    assert "contoso.azurecr.io/buildfleet/azure-devops-agent:0.1.0-linux" in text
    assert "contoso.azurecr.io/buildfleet/github-runner:0.1.0-ltsc2022" in text


def test_namespaces_wait_for_the_operator_that_serves_them_and_no_other() -> None:
    class Served(pulumi.CustomResource):
        pass

    def waits_for(sections: Sections) -> dict[str, set[str]]:
        def program() -> None:
            settings = validate(sections, secrets=secret_names(sections))
            workloads.deploy(
                settings,
                Platform(
                    provider=Provider("cluster", context="buildfleet-dev"),
                    node_pools={pool.name: node_pools.facts(pool) for pool in settings.node_pools},
                    installed=Installed(keda=settings.keda.version, arc=settings.arc.version),
                    operators={name: Served("test:index:Served", f"{name}-release") for name in ("arc", "keda")},
                ),
                stack="dev",
                secret=pulumi.Output.secret,
            )

        return {
            one.inputs["kind"]: {urn.split("::")[-1] for urn in one.dependencies if urn.endswith("-release")}
            for one in deploy(program).registrations
            if one.type.startswith("kubernetes:")
        }

    found = waits_for(dev())
    assert found["ScaledJob"] == found["TriggerAuthentication"] == {"keda-release"}
    assert found["AutoscalingRunnerSet"] == {"arc-release"}
    assert found["Namespace"] == set(), "they themselves do not: what is in them does"
    assert found["DaemonSet"] == set()
