"""Policies of Azure: exempt is what this project needs, by image, and nothing else."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import pytest

from components.azure.policy_assignments import PolicyAssignments, PolicyAssignmentsArgs
from rules.azure_policy import (
    Exemption,
    Mode,
    StackImage,
    allowed_images_pattern,
    assigned,
    closed_namespaces,
    exemption,
    exemptions,
    parameters,
)
from rules.tables.azure_policy import ALLOWED_IMAGES, DEFINITIONS, EXCLUDED_NAMESPACES, NEEDS
from tests.unit.components.mocks import RecordingMonitor, deploy
from tests.unit.components.test_azure_roles import GROUP, SCOPE

ENGINE = "mcr.microsoft.com/oss/kubernetes/windows-host-process-containers-base-image:v1.0.0"
WINDOWS_AGENT = "contoso.azurecr.io/buildfleet/azure-devops-agent:0.1.0-ltsc2022"
LINUX_AGENT = "contoso.azurecr.io/buildfleet/azure-devops-agent:0.1.0-linux"
DIND = "docker.io/library/docker:29.2.1-dind"
RUNNER_DIND = "ghcr.io/contoso/docker:29.2.1-dind"
IMAGES = (
    StackImage(namespace="docker-engine", image=ENGINE, needs=frozenset({"host-process", "host-network", "host-path"})),
    StackImage(
        namespace="azdo-agents-docker",
        image=WINDOWS_AGENT,
        needs=frozenset({"host-path", "container-administrator"}),
    ),
    StackImage(namespace="azdo-agents-docker", image=DIND, needs=frozenset({"privileged"})),
    StackImage(namespace="azdo-agents-docker", image=LINUX_AGENT),
    StackImage(namespace="azdo-agents", image=LINUX_AGENT),
    StackImage(namespace="github-runners-docker", image=None, needs=frozenset({"privileged", "host-path"})),
    StackImage(namespace="github-runners-docker", image=RUNNER_DIND, needs=frozenset({"privileged"})),
)
BY_KEY = {definition.key: definition for definition in DEFINITIONS}


@cache
def default() -> RecordingMonitor:
    return made()


def made(mode: Mode = "deny", images: tuple[StackImage, ...] = IMAGES) -> RecordingMonitor:
    args = PolicyAssignmentsArgs(scope=SCOPE, environment="buildfleet-prod", mode=mode, images=images)
    return deploy(lambda: PolicyAssignments("policy", args))


def test_the_names_of_assignments_fit_whatever_the_environment_is_called() -> None:
    long = PolicyAssignmentsArgs(scope=SCOPE, environment=f"buildfleet-{'x' * 43}", mode="audit", images=IMAGES)
    monitor = deploy(lambda: PolicyAssignments("policy", long))
    assignments = monitor.of_type("azure-native:authorization:PolicyAssignment")
    names = [one.inputs["policyAssignmentName"] for one in assignments]
    assert max(len(name) for name in names) <= 64
    assert len(set(names)) == len(names) > 1
    assert default().named("policy-privileged").inputs["policyAssignmentName"] == "buildfleet-prod-privileged"


def of(key: str) -> dict[str, Any]:
    found = default().named(f"policy-{key}").inputs["parameters"]
    return {name: value["value"] for name, value in found.items()}


@pytest.mark.parametrize(
    ("key", "images", "namespaces"),
    [
        ("host-process", (ENGINE,), ()),
        ("host-namespaces", (ENGINE,), ()),
        ("host-network-ports", (ENGINE,), ()),
        ("host-paths", (WINDOWS_AGENT, ENGINE), ("github-runners-docker",)),
        ("container-administrator", (WINDOWS_AGENT,), ()),
        ("privileged", (DIND,), ("github-runners-docker",)),
    ],
)
def test_an_image_is_exempt_from_what_it_needs_and_from_nothing_else(
    key: str, images: tuple[str, ...], namespaces: tuple[str, ...]
) -> None:
    assert exemption(BY_KEY[key], IMAGES) == Exemption(images=images, namespaces=namespaces)
    assert of(key) == {
        "effect": "Deny",
        "excludedImages": list(images),
        "excludedNamespaces": sorted([*EXCLUDED_NAMESPACES, *namespaces]),
    }


def test_an_image_that_needs_nothing_is_exempt_from_nothing() -> None:
    for definition in DEFINITIONS:
        assert LINUX_AGENT not in exemption(definition, IMAGES).images


def test_every_need_has_a_definition_and_every_definition_a_need_but_the_one_on_images() -> None:
    assert {definition.need for definition in DEFINITIONS} == {*NEEDS, None}
    assert [definition for definition in DEFINITIONS if definition.need is None] == [ALLOWED_IMAGES]
    assert [definition.key for definition in DEFINITIONS] == sorted(BY_KEY)


def test_namespaces_with_privileges_run_known_images_only_unless_jobs_name_them() -> None:
    assert closed_namespaces(IMAGES) == ("azdo-agents-docker", "docker-engine")
    found = of("allowed-images")
    assert found["namespaces"] == ["azdo-agents-docker", "docker-engine"]
    assert found["allowedContainerImagesRegex"] == allowed_images_pattern(IMAGES)
    assert "excludedImages" not in found, "the definition has no such parameter"


@pytest.mark.parametrize(
    ("image", "allowed"),
    [
        (ENGINE, True),
        (WINDOWS_AGENT, True),
        (LINUX_AGENT, True),
        (DIND, True),
        (f"evil.example/{DIND}", False),
        (f"{DIND}-evil", False),
        (DIND.replace(".", "x"), False),
        ("busybox:1", False),
        ("", False),
    ],
)
def test_the_pattern_matches_exactly_the_images(image: str, allowed: bool) -> None:
    # Azure searches, it does not match from the start.
    assert (re.search(allowed_images_pattern(IMAGES), image) is not None) is allowed


def test_without_a_namespace_to_close_the_definition_on_images_is_not_assigned() -> None:
    harmless = (StackImage(namespace="azdo-agents", image=LINUX_AGENT),)
    assert ALLOWED_IMAGES in assigned(IMAGES)
    assert assigned(harmless) == tuple(d for d in DEFINITIONS if d is not ALLOWED_IMAGES)
    assert "policy-allowed-images" not in {r.name for r in made(images=harmless).registrations}


def test_an_image_with_a_star_would_exempt_others_and_is_refused() -> None:
    star = StackImage(namespace="docker-engine", image="contoso.azurecr.io/*", needs=frozenset({"privileged"}))
    with pytest.raises(ValueError, match=r"'contoso\.azurecr\.io/\*' in namespace docker-engine"):
        exemption(BY_KEY["privileged"], [star])


def test_an_assignment_stands_at_the_group_and_takes_versions_with_the_same_parameters() -> None:
    assignment = made("audit").named("policy-privileged")
    inputs = {key: value for key, value in assignment.inputs.items() if key != "parameters"}
    assert inputs == {
        "definitionVersion": "9.*.*",
        "displayName": "buildfleet-prod: Kubernetes cluster should not allow privileged containers",
        "enforcementMode": "Default",
        "policyAssignmentName": "buildfleet-prod-privileged",
        "policyDefinitionId": "/providers/Microsoft.Authorization/policyDefinitions/"
        "95edb821-ddaf-4404-9732-666045e056b4",
        "scope": GROUP,
    }
    assert assignment.parent_name == "policy"


@pytest.mark.parametrize(("mode", "effect"), [("audit", "Audit"), ("deny", "Deny")])
def test_the_mode_is_the_effect_of_every_assignment(mode: Mode, effect: str) -> None:
    effects = {
        r.inputs["parameters"]["effect"]["value"]
        for r in made(mode).of_type("azure-native:authorization:PolicyAssignment")
    }
    assert effects == {effect}


def test_the_order_of_images_changes_nothing() -> None:
    for definition in DEFINITIONS:
        forward = parameters(definition, IMAGES, "deny")
        assert parameters(definition, tuple(reversed(IMAGES)), "deny") == forward


def test_calico_is_left_alone_as_a_cluster_without_it_has_no_network() -> None:
    assert {"calico-system", "tigera-operator", "kube-system"} <= set(EXCLUDED_NAMESPACES)


def test_an_organization_is_told_what_to_exempt_by_definition() -> None:
    told = exemptions(IMAGES[:1])
    assert {(one["title"], one["policyDefinitionId"].rsplit("/", 1)[-1]) for one in told} == {
        (
            "Kubernetes cluster containers should not share host namespaces",
            "47a1ee2f-2a2a-4576-bf2a-e0e36709c2b8",
        ),
        (
            "Kubernetes cluster pods should only use approved host network and port list",
            "82985f06-dc18-4a48-bc1c-b9f4f0098cfe",
        ),
        (
            "Kubernetes cluster pod hostPath volumes should only use allowed host paths",
            "098fc59e-46c7-4d99-9b16-64990e543d75",
        ),
        (
            "Kubernetes cluster Windows pods should not run HostProcess containers",
            "077f0ce1-86d6-4058-bc60-de05067e8622",
        ),
    }
    assert all((one["excludedImages"], one["excludedNamespaces"]) == ([ENGINE], []) for one in told)
    assert any("github-runners-docker" in one["excludedNamespaces"] for one in exemptions(IMAGES))
    assert exemptions([]) == []
