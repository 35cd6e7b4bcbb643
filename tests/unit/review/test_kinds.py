"""What is protected: every kind that our components make, in every form that Azure has for it."""

from __future__ import annotations

import ast
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from review import gate, kinds, protected
from review.log import Log
from sandbox.azure.types import TYPES
from tests.unit.review.logs import UNKNOWN, end, log, step

ROOT = Path(__file__).resolve().parents[3]
GENERIC = "azure-native:resources:Resource"
TEMPLATE = "azure-native:resources:Deployment"
STACK = "azure-native:resources:DeploymentStackAtResourceGroup"

HARMLESS = {
    "azure-native:authorization:RoleAssignment": "made anew as it was",
    "azure-native:consumption:Budget": "made anew as it was",
    "azure-native:containerregistry:CacheRule": "images that it fetched stay",
    "azure-native:containerservice:MaintenanceConfiguration": "made anew as it was",
    "azure-native:managedidentity:FederatedIdentityCredential": "made anew as it was, while its identity stays",
    "azure-native:monitor:DataCollectionEndpoint": "what was collected is in the workspace",
    "azure-native:monitor:DataCollectionRule": "what was collected is in the workspace",
    "azure-native:monitor:DataCollectionRuleAssociation": "what was collected is in the workspace",
    "azure-native:monitor:DiagnosticSetting": "what was collected is in the workspace",
    "azure-native:network:NetworkSecurityGroup": "its rules are the program's; Azure keeps one that a subnet has",
    "kubernetes:actions.github.com/v1alpha1:AutoscalingRunnerSet": "waits for its jobs, told as an effect",
    "kubernetes:apps/v1:DaemonSet": "told as an effect",
    "kubernetes:apps/v1:Deployment": "told as an effect",
    "kubernetes:apps/v1:StatefulSet": "told as an effect; its claims stay",
    "kubernetes:batch/v1:Job": "runs again",
    "kubernetes:coordination.k8s.io/v1:Lease": "whoever needs it takes another",
    "kubernetes:core/v1:ConfigMap": "its content is the program's",
    "kubernetes:core/v1:Secret": "its content is the program's",
    "kubernetes:core/v1:ServiceAccount": "made anew as it was",
    "kubernetes:keda.sh/v1alpha1:ScaledJob": "told as an effect",
    "kubernetes:keda.sh/v1alpha1:TriggerAuthentication": "made anew as it was",
    "kubernetes:networking.k8s.io/v1:NetworkPolicy": "the policy pack refuses namespaces without one",
    "kubernetes:policy/v1:PodDisruptionBudget": "made anew as it was",
    "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole": "made anew as it was",
    "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding": "made anew as it was",
    "kubernetes:rbac.authorization.k8s.io/v1:Role": "made anew as it was",
    "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding": "made anew as it was",
    "kubernetes:scheduling.k8s.io/v1:PriorityClass": "pods that run keep their priority",
}
"""Kinds that our components make and that may go unasked, each with why."""
GROUPS = {
    "admissionregistration": "admissionregistration.k8s.io",
    "coordination": "coordination.k8s.io",
    "helm": "helm.sh",
    "networking": "networking.k8s.io",
    "rbac": "rbac.authorization.k8s.io",
    "scheduling": "scheduling.k8s.io",
    **{group: group for group in ("apps", "batch", "core", "policy")},
}
"""API groups by the SDK's module. One that is not here fails the test."""


def recorded() -> Iterator[tuple[str, dict[str, Any]]]:
    """Types and inputs in the states of the recorded stacks."""
    for path in sorted((ROOT / "tests/upgrade/recorded").rglob("stacks/buildfleet/*.json.gz")):
        for one in json.loads(gzip.decompress(path.read_bytes()))["checkpoint"]["latest"]["resources"]:
            yield one["type"], one.get("inputs", {})


def written() -> Iterator[str]:
    """Types that the source of the components calls by their classes."""
    for path in sorted((ROOT / "components").rglob("*.py")):
        tree = ast.parse(path.read_text())
        calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
        names = {call.id for call in calls if isinstance(call, ast.Name)}
        below = {(call.value.id, call.attr) for call in calls
                 if isinstance(call, ast.Attribute) and isinstance(call.value, ast.Name)}  # fmt: skip
        for node in ast.walk(tree):
            if not isinstance(node, ast.ImportFrom) or node.module is None:
                continue
            if node.module == "pulumi_azure_native":
                modules = {alias.name for alias in node.names}
                yield from (f"azure-native:{module}:{name}" for module, name in sorted(below)
                            if module in modules and name[0].isupper() and not name.endswith("Args"))  # fmt: skip
            elif node.module.startswith("pulumi_kubernetes.") and node.module != "pulumi_kubernetes.apiextensions":
                _, module, version = node.module.split(".")
                yield from (f"kubernetes:{GROUPS[module]}/{version}:{alias.name}" for alias in node.names
                            if alias.name in names and not alias.name.endswith("Args"))  # fmt: skip


def made() -> list[tuple[str, dict[str, Any]]]:
    """Every type of a cloud or a cluster that our components make, with its inputs where a recorded stack has it."""
    found = [(kind, inputs) for kind, inputs in recorded() if kind.startswith(("azure-native:", "kubernetes:"))]
    known = {kind for kind, _ in found}
    return found + [(kind, {}) for kind in sorted(set(written()) - known)]


def deleted(folder: Path, kind: str, inputs: dict[str, Any]) -> list[protected.Destruction]:
    return protected.destructions(log(folder, step("delete", kind, "a", inputs, None), end()))


def test_every_kind_that_our_components_make_is_protected_or_named_harmless(tmp_path: Path) -> None:
    every = made()
    assert len({kind for kind, _ in every}) > 40
    for kind, inputs in every:
        assert bool(deleted(tmp_path, kind, inputs)) != (kind in HARMLESS), kind
    assert set(HARMLESS) - {kind for kind, _ in every} == set(), "no component makes these any more"


def test_the_search_for_what_components_make_finds_all_that_the_recorded_stacks_have() -> None:
    ours = {kind for kind, _ in recorded() if kind.startswith(("azure-native:", "kubernetes:"))}
    custom = {kind for kind in ours if "/v1alpha1:" in kind}
    # The program's own, beside its components.
    assert ours - custom - set(written()) <= {"azure-native:resources:ResourceGroup"}
    assert {kind for kind in written() if kind.startswith("azure-native:")} <= set(TYPES)


def generic(arm: str, **more: Any) -> dict[str, Any]:
    namespace, *types = arm.split("/")
    parents = "/".join(f"{kind}/x" for kind in types[:-1])
    own = {"resourceProviderNamespace": namespace, "parentResourcePath": parents, "resourceType": types[-1]}
    return {**own, "resourceName": "a", "properties": {}, **more}


def template(*resources: tuple[str, str]) -> dict[str, Any]:
    inside = [{"type": arm, "name": name, "properties": {}} for arm, name in resources]
    return {"properties": {"mode": "Complete", "template": {"resources": inside}}}


@pytest.mark.parametrize("arm", [arm for arm, _ in kinds._AZURE.values()])
def test_a_protected_kind_is_one_as_a_generic_resource_and_in_a_template(tmp_path: Path, arm: str) -> None:
    (one,) = deleted(tmp_path, GENERIC, generic(arm))
    assert one.reason == kinds.ARM[arm.lower()]
    assert deleted(tmp_path, GENERIC, generic(arm.upper()))
    assert deleted(tmp_path, TEMPLATE, template((arm, "a")))
    assert deleted(tmp_path, STACK, template((arm, "a"))["properties"])
    assert deleted(tmp_path, GENERIC, generic(arm, resourceType=UNKNOWN))
    if arm.count("/") > 1:
        assert deleted(tmp_path, GENERIC, generic(arm, parentResourcePath=UNKNOWN))


def test_what_is_no_protected_kind_of_azure_goes_in_every_form(tmp_path: Path) -> None:
    for arm in (
        "Microsoft.KeyVault/vaults/secrets",
        "Contoso.KeyVault/vaults",
        "Microsoft.Network/networkSecurityGroups",
    ):
        assert not deleted(tmp_path, GENERIC, generic(arm))
        assert not deleted(tmp_path, TEMPLATE, template((arm, "a")))
    for arm in ("Contoso.KeyVault/vaults/keys", "Microsoft.Network/virtualNetworks/keys"):
        assert not deleted(tmp_path, GENERIC, generic(arm, parentResourcePath=UNKNOWN))


def test_azures_names_are_those_that_the_simulated_azure_has() -> None:
    both = {kind: row.name for kind, row in TYPES.items() if kind in kinds.PROTECTED}
    assert len(both) > 8
    assert {kind: kinds._AZURE[kind.removeprefix("azure-native:")][0] for kind in both} == both


VAULT, REGISTRY = "Microsoft.KeyVault/vaults", "Microsoft.ContainerRegistry/registries"


def updated(folder: Path, old: dict[str, Any], new: dict[str, Any]) -> Log:
    return log(folder, step("update", TEMPLATE, "t", old, new), end())


def test_what_leaves_a_template_needs_a_yes_of_its_own(tmp_path: Path) -> None:
    both = template((VAULT, "a"), (REGISTRY, "a"))
    labels = set()
    for new, words in (
        (template((REGISTRY, "a")), "every secret in it goes"),
        (template((VAULT, "a")), "every image in it is lost"),
        (template((VAULT, "b"), (REGISTRY, "a")), "every secret in it goes"),
        ({"properties": {"template": UNKNOWN}}, "every secret in it goes"),
        (template(), "every secret in it goes"),
    ):
        found = updated(tmp_path, both, new)
        (refusal,) = gate.refusals(found, approvals=())
        assert words in refusal
        label = protected.label(protected.destructions(found))
        assert gate.refusals(found, approvals=gate.approvals([label])) == []
        labels.add(label)
    assert len(labels) == 4, "that another one comes is no part of it, and what goes is not what may go"
    for kept in (
        template((REGISTRY, "A"), (VAULT.upper(), "a")),
        template((VAULT, "a"), (REGISTRY, "a"), (VAULT, "b")),
    ):
        assert protected.destructions(updated(tmp_path, both, kept)) == []
