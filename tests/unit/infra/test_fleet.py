"""The fleet of a stack file: what policies know of it, held against what the stack registers."""

from __future__ import annotations

import io
import json
import subprocess
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml
from pulumi_kubernetes import Provider

from components.azure.registry import login_server
from components.platform import Installed, Platform
from infra import policy_config, workloads
from infra.fleet import fleet_of, maker_of, policy_of
from infra.platforms import node_pools
from infra.platforms.azure_names import AzureNames
from infra.settings.load import secret_names, validate
from infra.settings.report import PREFIX
from infra.settings.stack import StackSettings
from operations import admission
from rules.policies.catalogue import RULES
from rules.policies.fleet import SYSTEM_NAMESPACES, Fleet
from rules.policies.images.reference import parse
from rules.policies.pods import pods
from rules.policies.resource import Resource
from rules.policies.settings import from_config
from tests.unit.components.mocks import deploy
from tests.unit.infra.test_workloads import ROOT, Sections, dev

EVERYTHING = ROOT / "tests" / "engine" / "stacks" / "Pulumi.everything.yaml"


def everything() -> Sections:
    document = yaml.safe_load(EVERYTHING.read_text())
    return {key.removeprefix(PREFIX): value for key, value in document["config"].items()}


STACKS = {name: dev(name) for name in ("dev", "aks", "azure-local")} | {"everything": everything()}


def settings_of(sections: Sections) -> StackSettings:
    return validate(sections, secrets=secret_names(sections))


@cache
def fleet(name: str) -> Fleet:
    return fleet_of(settings_of(STACKS[name]), stack=name)


def subscription(name: str) -> AzureNames:
    return AzureNames(stack=name, subscription="11111111-1111-1111-1111-111111111111")


@cache
def registered(name: str) -> list[Resource]:
    """The Kubernetes resources of a stack's workloads, on pools as its platform makes or finds them."""
    settings = settings_of(STACKS[name])

    def program() -> None:
        platform = Platform(
            provider=Provider("cluster", context="c"),
            node_pools={pool.name: node_pools.facts(pool, maker_of(settings)) for pool in settings.node_pools},
            installed=Installed(keda=settings.keda.version, arc=settings.arc.version),
            registry=login_server(subscription(name).registry),
            agents_identity="00000000-0000-0000-0000-000000000001",
        )
        workloads.deploy(settings, platform, stack=name, secret=lambda key: pulumi.Output.secret(key))

    return [
        Resource(type=one.type, name=one.name, inputs=one.inputs)
        for one in deploy(program).registrations
        if one.type.startswith("kubernetes:")
    ]


@pytest.mark.parametrize("name", ["dev", "aks", "azure-local", "everything"])
def test_every_pod_of_a_stack_is_in_its_fleet(name: str) -> None:
    """In a namespace with a purpose, on one of its pools, with images that it may have."""
    resources, found = registered(name), fleet(name)
    read = [pod for resource in resources for pod in pods(resource) if not pod.elsewhere]
    seen = [pod for one in read for pod in (one.hidden if one.suspected else [one])]
    assert len(seen) > 4
    for pod in seen:
        assert found.confinement(pod.namespace()) is not None
        [pool] = found.pools_named(pod.node_selector)
        taints = {(taint.key, taint.value, taint.effect) for taint in pool.taints}
        tolerated = pod.spec.get("tolerations").items()
        assert {tuple(one.get(key).text() for key in ("key", "value", "effect")) for one in tolerated} == taints
        for container in pod.containers:
            image = container.node.get("image").text()
            assert image is None or parse(image).within(found.registries)


@pytest.mark.parametrize("name", ["dev", "everything"])
def test_namespaces_have_the_purpose_that_their_label_says(name: str) -> None:
    labels = {
        str(one.inputs["metadata"]["name"]): one.inputs["metadata"]["labels"]["buildfleet.dev/confinement"]  # type: ignore[index]
        for one in registered(name)
        if one.type == "kubernetes:core/v1:Namespace"
    }
    assert labels
    assert {namespace: fleet(name).confinement(namespace) for namespace in labels} == labels
    assert sorted(labels) == fleet(name).own_namespaces


def test_what_a_stack_does_not_use_is_not_allowed() -> None:
    sections = dev()
    for name in ("dockerEngine", "github"):
        sections.pop(name)
    sections["azureDevOps"]["agentPools"] = [
        {"name": "plain", "pool": "p", "nodePool": "lin", "docker": "none", "scaling": {"kind": "fixed", "agents": 1}}
    ]
    found = fleet_of(settings_of(sections), stack="dev")
    assert (found.engine_namespaces, found.docker_namespaces) == ([], [])
    assert found.agent_namespaces == ["azdo-agents"]
    assert found.host_paths == []


def test_folders_of_the_node_are_those_of_caches_and_storage() -> None:
    assert fleet("everything").host_paths == [
        "/var/lib/buildfleet/caches/everything",
        "/var/lib/ci",
        "/var/lib/ci-runners",
    ]


def test_images_come_from_where_the_stack_file_says_and_own_ones_are_told_from_others() -> None:
    found = fleet("everything")
    assert found.own_repositories == ["registry.example.com/ci"]
    assert "mirror.example.com" in found.registries
    assert "docker.io/library/docker" in found.registries
    assert "mcr.microsoft.com/dotnet/sdk" in found.registries
    assert fleet("dev").own_repositories == ["registry.example.com/buildfleet"]


def test_on_aks_the_registry_is_the_one_that_is_made_or_brought() -> None:
    settings = settings_of(STACKS["aks"])
    server = login_server(subscription("aks").registry)
    assert server in fleet("aks").registries
    assert fleet("aks").own_repositories == [f"{server}/buildfleet"]
    brought = (
        "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/shared/providers/"
        "Microsoft.ContainerRegistry/registries/Contoso"
    )
    other = settings_of({**STACKS["aks"], "registry": {"id": brought}})
    assert fleet_of(other, stack="aks").own_repositories == ["contoso.azurecr.io/buildfleet"]
    assert maker_of(settings) == "aks"


def test_pools_that_are_made_are_told_by_our_label_and_others_by_theirs() -> None:
    assert {pool.name: pool.selector["buildfleet.dev/pool"] for pool in fleet("aks").pools} == {
        name: name for name in ("lin", "pr", "system", "w22", "w25")
    }
    assert {pool.name: pool.trust for pool in fleet("aks").pools}["pr"] == "untrusted"
    [builds] = [pool for pool in fleet("everything").pools if pool.name == "builds"]
    assert builds.selector == {"example.com/fleet": "builds", "kubernetes.io/os": "linux"}
    assert [taint.key for taint in builds.taints] == ["example.com/fleet", "kubernetes.azure.com/scalesetpriority"]


@pytest.mark.parametrize(
    ("name", "section", "made"),
    [
        ("aks", None, True),
        ("aks", {"enabled": False}, False),
        ("azure-local", None, True),
        ("dev", None, False),
        ("dev", {}, True),
        ("dev", {"enabled": False}, False),
    ],
)
def test_policies_are_made_where_the_section_is_or_the_cluster_is_made(name: str, section: Any, made: bool) -> None:
    sections = {key: value for key, value in STACKS[name].items() if key != "policy"}
    if section is not None:
        sections["policy"] = section
    assert (policy_of(settings_of(sections)) is not None) == made


def test_a_found_cluster_on_azure_local_is_somebody_elses() -> None:
    sections = dev("azure-local")
    platform = sections["platform"]
    for key in ("controlPlane", "adminGroups", "logicalNetwork", "customLocation", "sshPublicKey"):
        platform.pop(key, None)
    platform["existingCluster"] = (
        "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/plant/providers/"
        "Microsoft.Kubernetes/connectedClusters/plant"
    )
    platform.pop("windowsNodePools")
    settings = settings_of(sections)
    assert maker_of(settings) is None
    assert policy_of(settings) is None


def test_exempt_namespaces_are_not_judged_by_either_form() -> None:
    assert {"storage-driver", *SYSTEM_NAMESPACES} == set(fleet("everything").system_namespaces)


@pytest.mark.parametrize("name", ["dev", "aks", "azure-local"])
def test_the_policy_packs_configuration_holds_the_same_fleet(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    file = ROOT / f"Pulumi.{name}.yaml"
    assert policy_config.main(["--stack", name, "--file", str(file)]) == 0
    document = json.loads(capsys.readouterr().out)
    found = from_config(document, RULES).fleet
    wanted = fleet(name)
    assert found.own_namespaces == wanted.own_namespaces
    assert found.registries == tuple(wanted.registries) or list(found.registries) == list(wanted.registries)
    assert [pool.name for pool in found.pools] == [pool.name for pool in wanted.pools]
    assert [dict(pool.selector) for pool in found.pools] == [dict(pool.selector) for pool in wanted.pools]
    assert replace(found, pools=(), registries=()).profile == wanted.profile


@pytest.mark.parametrize(("section", "scope"), [({}, "cluster"), ({"scope": "stack"}, "stack"), (None, "cluster")])
def test_what_is_there_is_asked_about_where_the_stack_files_policies_look(
    section: dict[str, str] | None, scope: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = yaml.safe_load((ROOT / "Pulumi.dev.yaml").read_text())
    document["config"].pop("buildfleet:policy", None)
    if section is not None:
        document["config"]["buildfleet:policy"] = section
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_text(yaml.safe_dump(document))
    printed = io.StringIO()
    monkeypatch.setattr("sys.stdout", printed)
    assert policy_config.main(["--stack", "dev", "--file", str(file), "--for-admission"]) == 0
    monkeypatch.setattr("sys.stdin", io.StringIO(printed.getvalue()))
    found, where = admission.question_in("-", "dev")
    assert where == scope
    assert found == from_config(policy_config.configuration(file, stack="dev"), RULES).fleet


def test_make_admission_hands_on_what_the_command_takes() -> None:
    asked = ["make", "-n", "-C", str(ROOT), "admission", "STACK=dev", "CONTEXT=x"]
    shown = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=60).stdout
    assert '-m infra.policy_config --stack "dev" --for-admission | ' in shown
    assert '-m operations admission --stack "dev" --context "x"' in shown


def test_a_stack_file_that_is_refused_gives_no_configuration(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "Pulumi.x.yaml"
    file.write_text("config:\n  buildfleet:environment: {}\n")
    assert policy_config.main(["--stack", "x", "--file", str(file)]) == 1
    assert "environment" in capsys.readouterr().err
