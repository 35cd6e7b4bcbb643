"""PreviewAccess: what whoever previews may read, and that they may before there is anything to read."""

from __future__ import annotations

from typing import Any

import pulumi
from pulumi_kubernetes.core.v1 import ConfigMap

from components.kubernetes.confined_namespace import ConfinedNamespace, ConfinedNamespaceArgs, PullSecret
from components.kubernetes.preview_access import (
    PreviewAccess,
    PreviewAccessArgs,
    access_name,
    cluster_rules,
    secret_rules,
)
from components.operators.keda import KedaOperator, KedaOperatorArgs
from components.operators.runner_controller import RunnerController, RunnerControllerArgs
from tests.unit.components.mocks import UNKNOWN, RecordingMonitor, deploy

ROLE = "kubernetes:rbac.authorization.k8s.io/v1:Role"
BINDING = "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding"
CLUSTER_ROLE = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole"
CLUSTER_BINDING = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding"
USER = "00000000-0000-0000-0000-000000000001"
PULL = PullSecret(name="pull-ghcr", server="ghcr.io", username="robot", password="p")


def access() -> PreviewAccess:
    return PreviewAccess("preview-access", PreviewAccessArgs(stack="prod", user=USER))


def namespace(*, protect: bool = False, **args: Any) -> RecordingMonitor:
    full: dict[str, Any] = {
        "namespace": "azdo-agents",
        "stack": "prod",
        "environment": "prod",
        "owner": "us",
        "confinement": "agents",
        **args,
    }

    def program() -> None:
        made = ConfinedNamespace(
            "agents",
            ConfinedNamespaceArgs(previewer=access().previewer, **full),
            opts=pulumi.ResourceOptions(protect=protect),
        )
        ConfigMap("consumer", metadata={"name": "c", "namespace": made.namespace})

    return deploy(program)


def waits_for(monitor: RecordingMonitor, name: str) -> set[str]:
    """What a resource waits for, and what that waits for."""
    found, open_ = set[str](), [name]
    while open_:
        more = {urn.split("::")[-1] for urn in monitor.named(open_.pop()).dependencies} - found
        found |= more
        open_ += more
    return found


def roles(monitor: RecordingMonitor) -> dict[str, Any]:
    """Inputs of every Role and RoleBinding, by URN."""
    return {one.urn: one.inputs for one in (*monitor.of_type(ROLE), *monitor.of_type(BINDING))}


def subject(user: str) -> list[dict[str, str]]:
    return [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}]


def test_one_user_may_get_every_kind_of_a_stack_but_secrets_and_do_nothing_else() -> None:
    monitor = deploy(access)
    role, binding = monitor.only(CLUSTER_ROLE), monitor.only(CLUSTER_BINDING)
    assert role.kubernetes_name == binding.kubernetes_name == binding.inputs["roleRef"]["name"]
    assert role.kubernetes_name == "buildfleet-prod-preview"
    assert binding.inputs["subjects"] == subject(USER)
    assert {role.parent_name, binding.parent_name} == {"preview-access"}
    assert role.inputs["rules"] == cluster_rules()
    resources = [resource for rule in cluster_rules() for resource in rule["resources"]]
    assert {verb for rule in cluster_rules() for verb in rule["verbs"]} == {"get"}
    assert "*" not in {*resources, *(group for rule in cluster_rules() for group in rule["apiGroups"])}
    assert [resource for resource in resources if "secret" in resource or "token" in resource] == []


def test_secrets_are_read_by_name_and_but_for_a_charts_none_is_listed() -> None:
    assert secret_rules("a") == [
        {"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["a"], "verbs": ["get"]}
    ]
    assert secret_rules(None) == [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "list"]}]


def test_the_role_for_a_secret_is_named_after_it_and_its_name_fits_however_long_it_is() -> None:
    assert access_name("prod", "token") == "buildfleet-prod-preview-token"
    names = [access_name("s" * 40, secret) for secret in ("a" * 253, "a" * 252 + "b", "a.b", "a-b")]
    assert len(set(names)) == 4
    assert max(len(name) for name in names) <= 253


def test_in_a_namespace_the_stacks_own_secrets_are_read_and_no_others() -> None:
    monitor = namespace(pull_secrets=[PULL], secrets=["token"])
    assert len(roles(monitor)) == 4
    for secret in ("pull-ghcr", "token"):
        role, binding = monitor.named(f"agents-preview-{secret}"), monitor.named(f"agents-preview-{secret}-binding")
        assert role.inputs["rules"] == secret_rules(secret)
        assert {one.inputs["metadata"]["namespace"] for one in (role, binding)} == {"azdo-agents"}
        assert binding.inputs["roleRef"]["name"] == role.kubernetes_name == f"buildfleet-prod-preview-{secret}"
        assert binding.inputs["subjects"] == subject(USER)


def test_a_secret_that_goes_takes_its_own_role_along_and_changes_no_other() -> None:
    """An update comes before all deletions: until the Secret is gone, its Role says what it said."""
    other = PullSecret(name="pull-quay", server="quay.io", username="robot", password="p")
    before = roles(namespace(pull_secrets=[PULL, other], secrets=["git", "token"]))
    after = roles(namespace(pull_secrets=[PULL], secrets=["token"]))
    assert len(before) == 8
    assert len(after) == 4
    assert after.items() <= before.items()
    gone = {urn.split("::")[-1] for urn in before.keys() - after.keys()}
    assert gone == {f"agents-preview-{name}{end}" for name in ("git", "pull-quay") for end in ("", "-binding")}


def test_where_a_stack_has_no_secrets_nothing_is_granted() -> None:
    assert namespace().of_type(ROLE) == []


def test_the_right_to_read_is_there_before_a_secret_and_before_whatever_takes_the_namespace() -> None:
    monitor = namespace(pull_secrets=[PULL], secrets=["token"])
    own = {"agents-preview-pull-ghcr", "agents-preview-pull-ghcr-binding"}
    token = {"agents-preview-token", "agents-preview-token-binding"}
    assert own <= waits_for(monitor, "agents-pull-pull-ghcr")
    assert waits_for(monitor, "agents-pull-pull-ghcr") & token == set()
    assert {*own, *token} <= waits_for(monitor, "consumer")


def test_the_namespace_and_the_roles_in_it_wait_for_the_right_to_read_them() -> None:
    monitor = namespace(secrets=["token"])
    for name in ("agents-namespace", "agents-preview-token", "agents-preview-token-binding", "consumer"):
        assert {"preview-access-role", "preview-access-binding"} <= waits_for(monitor, name)


def test_a_right_is_not_protected_where_its_namespace_is() -> None:
    monitor = namespace(protect=True, secrets=["token"])
    assert monitor.named("agents-namespace").protect
    assert {one.protect for one in (*monitor.of_type(ROLE), *monitor.of_type(BINDING))} == {False}


def test_helms_secrets_may_be_listed_before_a_release_is_made() -> None:
    def program() -> None:
        previewer = access().previewer
        KedaOperator("keda", KedaOperatorArgs(stack="prod", version="2.19.0", previewer=previewer))
        RunnerController(
            "arc",
            RunnerControllerArgs(
                stack="prod", version="0.14.2", namespace="arc-systems", service_account="arc", previewer=previewer
            ),
        )

    monitor = deploy(program)
    for name, where in (("keda", "keda"), ("arc", "arc-systems")):
        role = monitor.named(f"{name}-namespace-preview")
        assert role.inputs["metadata"]["namespace"] == where
        assert role.inputs["rules"] == secret_rules(None)
        rights = {f"{name}-namespace-preview", f"{name}-namespace-preview-binding", "preview-access-binding"}
        assert rights <= waits_for(monitor, f"{name}-release")
        assert monitor.named(f"{name}-release").inputs["namespace"] == where


def test_whom_it_is_for_may_not_be_known_yet_and_names_of_namespaces_are() -> None:
    def program() -> None:
        unknown = pulumi.Output.from_input(pulumi.UNKNOWN)
        made = PreviewAccess("preview-access", PreviewAccessArgs(stack="prod", user=unknown))
        operator = KedaOperatorArgs(stack="prod", version="2.19.0", previewer=made.previewer)
        KedaOperator("keda", operator)

    # What a namespace tells of itself is not known where its cluster is still to be made.
    monitor = deploy(program, preview=True, outputs={"kubernetes:core/v1:Namespace": {"metadata": {}}})
    assert monitor.only(ROLE).inputs["metadata"]["namespace"] == "keda"
    assert monitor.only(CLUSTER_BINDING).inputs["subjects"] == subject(UNKNOWN)
    assert monitor.named("keda-release").inputs["namespace"] == "keda"
