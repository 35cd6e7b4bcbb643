"""Whoever previews a stack may read everything that the program makes in the cluster, and no Secret of others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import pulumi
import pytest
import yaml
from pulumi_kubernetes import Provider

from components.kubernetes.preview_access import PreviewAccess, PreviewAccessArgs, Previewer, cluster_rules
from components.platform import Installed, Platform
from infra import workloads
from infra.platforms import node_pools
from infra.settings.load import secret_names, validate
from tests.unit.components.mocks import RecordingMonitor, Registration, deploy
from tests.unit.infra.test_build_workloads import BUILD, FROM_GIT
from tests.unit.infra.test_workloads import ROOT, Sections, deployed, dev, example

USER = "00000000-0000-0000-0000-000000000001"
GROUP = "rbac.authorization.k8s.io"


def everything() -> Sections:
    document = yaml.safe_load((ROOT / "tests/engine/stacks/Pulumi.everything.yaml").read_text())
    return {key.removeprefix("buildfleet:"): value for key, value in document["config"].items()}


def with_all_secrets() -> Sections:
    """What the dev stack has not: a token of Azure DevOps, builds with secrets, monitors and alerts."""
    sections = dev()
    sections["builds"] = [BUILD, FROM_GIT]
    sections["registry"] = {
        "pullSecrets": [{"server": "registry.example.com", "username": "robot", "passwordSecret": "registryPassword"}]
    }
    sections["dockerEngine"]["monitoring"] = {"podMonitor": "prometheus-operator", "alerts": True, "dashboard": True}
    sections["policy"] = {}
    return sections


def with_azures_monitor() -> Sections:
    sections = dev()
    del sections["azureDevOps"], sections["github"]
    sections["dockerEngine"]["monitoring"] = {"podMonitor": "azure"}
    return sections


def with_secrets_of_others() -> Sections:
    sections = with_all_secrets()
    sections["azureDevOps"]["auth"] = {"kind": "existing-secret", "name": "azdo"}
    sections["github"]["auth"] = {"kind": "existing-secret", "name": "github"}
    return sections


Stack = Callable[[], Sections]
STACKS: tuple[Stack, ...] = (dev, everything, with_all_secrets, with_azures_monitor, with_secrets_of_others)


@cache
def made(stack: Stack) -> RecordingMonitor:
    return deployed(stack(), previewer=Previewer(user=USER))[0]


def objects(monitor: RecordingMonitor) -> list[Registration]:
    found = [one for one in monitor.registrations if one.custom and one.type.startswith("kubernetes:")]
    assert len(found) > 10
    return found


def resource_of(one: Registration) -> tuple[str, str]:
    """API group and resource of an object."""
    module, _, kind = one.type.removeprefix("kubernetes:").rpartition(":")
    group = module.partition("/")[0]
    plural = f"{kind[:-1]}ies" if kind.endswith("y") else f"{kind}es" if kind.endswith("s") else f"{kind}s"
    return "" if group == "core" else group, plural.lower()


def rules_for(monitor: RecordingMonitor, namespace: str | None) -> Iterator[Mapping[str, Any]]:
    """The rules that hold for the user in a namespace, by the bindings there."""
    yield from cluster_rules()
    roles = {
        (one.inputs["metadata"]["namespace"], one.kubernetes_name): one.inputs["rules"]
        for one in monitor.of_type(f"kubernetes:{GROUP}/v1:Role")
    }
    for binding in monitor.of_type(f"kubernetes:{GROUP}/v1:RoleBinding"):
        if binding.inputs["metadata"]["namespace"] == namespace and any(
            one["kind"] == "User" and one["name"] == USER for one in binding.inputs["subjects"]
        ):
            yield from roles[(namespace, binding.inputs["roleRef"]["name"])]


def may(monitor: RecordingMonitor, verb: str, one: Registration) -> bool:
    group, resource = resource_of(one)
    meta = one.inputs["metadata"]
    return any(
        verb in rule["verbs"]
        and group in rule["apiGroups"]
        and resource in rule["resources"]
        and ("resourceNames" not in rule or meta["name"] in rule["resourceNames"])
        for rule in rules_for(monitor, meta.get("namespace"))
    )


@pytest.mark.parametrize("stack", STACKS)
def test_every_object_of_a_stack_may_be_read(stack: Stack) -> None:
    monitor = made(stack)
    assert [one.name for one in objects(monitor) if not may(monitor, "get", one)] == []


def test_every_object_of_a_stack_waits_for_the_right_to_read_it_and_goes_before_that() -> None:
    rights = {"preview-access-role", "preview-access-binding"}
    sections = with_all_secrets()
    settings = validate(sections, secrets=secret_names(sections))

    def program() -> None:
        platform = Platform(
            provider=Provider("cluster", context="buildfleet-dev"),
            node_pools={pool.name: node_pools.facts(pool) for pool in settings.node_pools},
            installed=Installed(keda=settings.keda.version, arc=settings.arc.version),
            previewer=PreviewAccess("preview-access", PreviewAccessArgs(stack="dev", user=USER)).previewer,
        )
        workloads.deploy(settings, platform, stack="dev", secret=lambda name: pulumi.Output.secret(name))

    monitor = deploy(program)
    waits = {one.name: {urn.split("::")[-1] for urn in one.dependencies} for one in monitor.registrations}

    def all_of(name: str) -> set[str]:
        return waits[name].union(*(all_of(other) for other in waits[name]))

    others = [one.name for one in objects(monitor) if one.name not in rights]
    assert [name for name in others if not rights <= all_of(name)] == []


def test_every_secret_waits_for_the_role_by_which_it_is_read() -> None:
    monitor = made(with_all_secrets)
    roles = {
        (one.inputs["metadata"]["namespace"], name): {
            one.urn,
            one.urn.replace(":Role::", ":RoleBinding::") + "-binding",
        }
        for one in monitor.of_type(f"kubernetes:{GROUP}/v1:Role")
        for rule in one.inputs["rules"]
        for name in rule.get("resourceNames", ())
        if "secrets" in rule["resources"]
    }
    secrets = monitor.of_type("kubernetes:core/v1:Secret")
    assert len(secrets) == len(roles)
    for one in secrets:
        assert roles[(one.inputs["metadata"]["namespace"], one.kubernetes_name)] <= set(one.dependencies)


def test_secrets_of_every_origin_were_among_them() -> None:
    monitor = made(with_all_secrets)
    named = {
        name
        for one in monitor.of_type(f"kubernetes:{GROUP}/v1:Role")
        for rule in one.inputs["rules"]
        if "secrets" in rule["resources"] and "resourceNames" in rule
        for name in rule["resourceNames"]
    }
    secrets = {one.kubernetes_name for one in monitor.of_type("kubernetes:core/v1:Secret")}
    assert named == secrets
    assert {"azure-devops-token", "github-credentials", "api-registry", "api-git"} < secrets
    assert any(name.startswith("pull-") for name in secrets)


def test_no_secret_that_others_put_there_may_be_read() -> None:
    monitor = made(with_secrets_of_others)
    secrets = {one.kubernetes_name for one in monitor.of_type("kubernetes:core/v1:Secret")}
    found = list[Mapping[str, Any]]()
    for namespace in {one.inputs["metadata"].get("namespace") for one in objects(monitor)}:
        found += [rule for rule in rules_for(monitor, namespace) if "secrets" in rule["resources"]]
    assert found
    assert {name for rule in found for name in rule["resourceNames"]} == secrets
    assert secrets & {"azdo", "github", "azure-devops-token", "github-credentials"} == set()


def test_nothing_is_granted_where_nobody_is_known_to_preview() -> None:
    assert [one.name for one in example().registrations if "preview" in one.name] == []
    assert [one.name for one in made(dev).registrations if "preview" in one.name] != []


def test_no_kind_may_be_read_that_no_stack_has() -> None:
    of_stacks = {resource_of(one) for stack in STACKS for one in objects(made(stack))}
    readable = {
        (group, resource) for rule in cluster_rules() for group in rule["apiGroups"] for resource in rule["resources"]
    }
    assert of_stacks - readable == {("", "secrets")}
    assert readable - of_stacks == set()


def test_the_document_for_clusters_that_were_there_names_the_same_kinds() -> None:
    text = (ROOT / "docs" / "state.md").read_text()
    command = text.split("--verb get --resource \\\n")[1].split("\nmade")[0].replace("\\\n", "")
    ours = {
        f"{resource}.{group}".rstrip(".")
        for rule in cluster_rules()
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }
    # The preflight asks for definitions as well.
    assert set(command.split(",")) == {*ours, "customresourcedefinitions.apiextensions.k8s.io"}
