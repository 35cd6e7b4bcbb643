"""ConfinedNamespace: what is made, how it is confined, and that the pull secret stays secret."""

from __future__ import annotations

from typing import Any, get_args

import pulumi
import pytest

from components.kubernetes.confined_namespace import (
    ConfinedNamespace,
    ConfinedNamespaceArgs,
    Confinement,
    PullSecret,
    pod_security_labels,
)
from components.kubernetes.network_policy import NetworkArgs
from tests.unit.components.mocks import SECRET, RecordingMonitor, deploy, strings_in

PASSWORD = "correct-horse"
WHOSE = {"environment": "staging", "owner": "Platform Team <platform@example.com>"}
PULL = (
    PullSecret(name="pull-quay", server="quay.io", username="robot", password=PASSWORD),
    PullSecret(name="pull-ghcr", server="ghcr.io", username="robot", password=PASSWORD),
)


def namespace(*, preview: bool = False, **args: Any) -> RecordingMonitor:
    full: dict[str, Any] = {"namespace": "azdo-agents", "stack": "dev", "confinement": "agents", **WHOSE, **args}
    return deploy(lambda: ConfinedNamespace("agents", ConfinedNamespaceArgs(**full)), preview=preview)


def test_everything_it_makes_is_its_child_with_an_explicit_name() -> None:
    monitor = namespace(pull_secrets=PULL, network=NetworkArgs(api_server_cidrs=["10.0.0.1/32"]))
    assert monitor.summary() == [
        ("buildfleet:index:ConfinedNamespace", "agents"),
        ("kubernetes:core/v1:Namespace", "agents-namespace"),
        ("kubernetes:core/v1:Secret", "agents-pull-pull-ghcr"),
        ("kubernetes:core/v1:Secret", "agents-pull-pull-quay"),
        ("kubernetes:networking.k8s.io/v1:NetworkPolicy", "agents-allow-egress"),
        ("kubernetes:networking.k8s.io/v1:NetworkPolicy", "agents-default-deny"),
    ]
    children = [r for r in monitor.registrations if r.custom]
    assert {r.parent_name for r in children} == {"agents"}
    assert {r.kubernetes_name for r in children} == {
        "azdo-agents",
        "pull-ghcr",
        "pull-quay",
        "allow-egress",
        "default-deny",
    }


def test_without_network_no_policy_is_made() -> None:
    assert namespace().of_type("kubernetes:networking.k8s.io/v1:NetworkPolicy") == []


def test_the_name_is_handed_on_after_policies_and_pull_secrets_are_in_place() -> None:
    consumer = "kubernetes:core/v1:ConfigMap"

    def program() -> None:
        from pulumi_kubernetes.core.v1 import ConfigMap

        made = ConfinedNamespace(
            "agents",
            ConfinedNamespaceArgs(
                namespace="azdo-agents",
                stack="dev",
                confinement="agents",
                pull_secrets=PULL,
                network=NetworkArgs(),
                **WHOSE,
            ),
        )
        ConfigMap("consumer", metadata={"name": "c", "namespace": made.namespace})

    monitor = deploy(program)
    assert monitor.only(consumer).inputs["metadata"]["namespace"] == "azdo-agents"
    waits_for = {urn.split("::")[-1] for urn in monitor.only(consumer).dependencies}
    assert waits_for == {
        "agents-namespace",
        "agents-pull-pull-ghcr",
        "agents-pull-pull-quay",
        "agents-allow-egress",
        "agents-default-deny",
    }


def test_the_name_is_known_in_a_preview() -> None:
    monitor = namespace(preview=True, pull_secrets=PULL, network=NetworkArgs())
    assert monitor.outputs_of("agents") == {
        "namespace": "azdo-agents",
        "pullSecretNames": ["pull-ghcr", "pull-quay"],
    }


def test_a_password_is_in_the_clear_nowhere() -> None:
    monitor = namespace(pull_secrets=PULL)
    for registration in monitor.registrations:
        assert not [text for text in strings_in(registration.inputs) if PASSWORD in text], registration.name
    assert [r.inputs["data"] for r in monitor.of_type("kubernetes:core/v1:Secret")] == [SECRET, SECRET]


@pytest.mark.parametrize(
    ("confinement", "enforced", "audited"),
    [
        ("engine", "privileged", "privileged"),
        ("agents", "baseline", "restricted"),
        ("agents-docker", "privileged", "privileged"),
    ],
)
def test_each_confinement_enforces_its_pod_security_level(
    confinement: Confinement, enforced: str, audited: str
) -> None:
    labels = namespace(confinement=confinement).only("kubernetes:core/v1:Namespace").inputs["metadata"]["labels"]
    prefix = "pod-security.kubernetes.io"
    assert labels["buildfleet.dev/confinement"] == confinement
    assert labels["buildfleet.dev/stack"] == "dev"
    assert labels[f"{prefix}/enforce"] == enforced
    assert labels[f"{prefix}/audit"] == audited
    assert labels[f"{prefix}/warn"] == enforced, "a warning that every correct apply prints is noise"


def test_a_namespace_says_of_which_environment_it_is_and_whom_to_ask() -> None:
    metadata = namespace().only("kubernetes:core/v1:Namespace").inputs["metadata"]
    assert metadata["labels"]["buildfleet.dev/environment"] == "staging"
    assert metadata["annotations"] == {"buildfleet.dev/owner": WHOSE["owner"]}


def test_a_deletion_waits_for_the_longest_job_in_the_namespace() -> None:
    timeouts = namespace(longest_job_minutes=240).only("kubernetes:core/v1:Namespace").custom_timeouts
    assert timeouts == ("", "", "250m")


@pytest.mark.parametrize("confinement", get_args(Confinement))
def test_each_level_is_pinned_to_a_version(confinement: Confinement) -> None:
    labels = pod_security_labels(confinement)
    modes = ("enforce", "audit", "warn")
    assert {labels[f"pod-security.kubernetes.io/{mode}-version"] for mode in modes} == {"v1.36"}


def test_two_pull_secrets_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="two pull secrets have the same name"):
        namespace(pull_secrets=[PULL[0], PULL[0]])


def test_an_unknown_confinement_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="'docker' is not known; allowed are engine, agents, agents-docker"):
        namespace(confinement="docker")


def test_a_stack_name_that_cannot_be_a_label_is_refused() -> None:
    with pytest.raises(ValueError, match="stack: 'org/dev' cannot be a label's value"):
        namespace(stack="org/dev")


def test_the_password_of_a_pull_secret_may_be_an_output() -> None:
    secret = PullSecret(
        name="pull-ghcr", server="ghcr.io", username="robot", password=pulumi.Output.from_input(PASSWORD)
    )
    assert namespace(pull_secrets=[secret]).only("kubernetes:core/v1:Secret").inputs["data"] == SECRET
