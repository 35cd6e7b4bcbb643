"""The cluster's form of the rules: specs, and the component that makes them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from components import contract
from components.admission.admission_policies import AdmissionPolicies, AdmissionPoliciesArgs
from components.admission.policy_specs import (
    FAMILIES,
    FORCES,
    OPEN,
    binding_spec,
    judged_paths,
    policy_name,
    policy_spec,
    twins_of,
)
from components.kubernetes.confined_namespace import ConfinedNamespace, ConfinedNamespaceArgs, Confinement
from rules.policies import fleet as rules_fleet
from rules.policies.catalogue import RULES
from rules.policies.fleet import Fleet
from rules.policies.twin import POD_FAMILIES
from tests.unit.components.mocks import RecordingMonitor, deploy
from tests.unit.policies.scenes import FLEET

POLICY = "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy"
BINDING = f"{POLICY}Binding"


def made(*, preview: bool = False, **args: Any) -> RecordingMonitor:
    full: dict[str, Any] = {"fleet": FLEET, **args}
    return deploy(lambda: AdmissionPolicies("policies", AdmissionPoliciesArgs(**full)), preview=preview)


def test_the_labels_that_rules_read_are_those_that_components_write() -> None:
    assert contract.LABEL_CONFINEMENT == rules_fleet.CONFINEMENT_LABEL
    assert contract.LABEL_STACK == rules_fleet.STACK_LABEL
    assert contract.LABEL_TRUST == rules_fleet.TRUST_LABEL
    assert contract.LABEL_PURPOSE == rules_fleet.PURPOSE_LABEL
    assert contract.LABEL_POOL == rules_fleet.POOL_LABEL


@pytest.mark.parametrize("confinement", ["engine", "agents", "agents-docker"])
def test_a_namespace_carries_what_the_policies_find_it_by(confinement: Confinement) -> None:
    args = ConfinedNamespaceArgs(namespace="a", stack="dev", environment="dev", owner="team", confinement=confinement)
    monitor = deploy(lambda: ConfinedNamespace("a", args))
    labels = monitor.only("kubernetes:core/v1:Namespace").inputs["metadata"]["labels"]
    assert labels[rules_fleet.CONFINEMENT_LABEL] == confinement
    selector = policy_spec("workloads", RULES, FLEET)["matchConstraints"]["namespaceSelector"]
    assert selector["matchLabels"].items() <= labels.items()
    assert {one["key"] for one in selector["matchExpressions"] if one["operator"] == "Exists"} <= labels.keys()


def test_every_family_has_a_policy_and_every_twin_is_in_one() -> None:
    in_one = [twin for family in FAMILIES for force in FORCES for _, twin in twins_of(family, RULES, FLEET, force)]
    assert len(in_one) == sum(len(rule.twins) for rule in RULES)
    for family in FAMILIES:
        assert policy_spec(family, RULES, FLEET)["validations"]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_policy_fails_closed_and_says_no_reason(family: Any) -> None:
    spec = policy_spec(family, RULES, FLEET)
    assert spec["failurePolicy"] == "Fail"
    ids = {rule.id for rule in RULES}
    for validation in spec["validations"]:
        assert "reason" not in validation
        # Whatever is said begins with the rule's name.
        assert validation["message"].partition(": ")[0] in ids
        assert "\n" not in validation["message"]


def test_what_a_rule_does_in_the_cluster_is_its_level_in_the_fleets_profile() -> None:
    lenient = replace(FLEET, profile="dev")
    for fleet in (FLEET, lenient):
        for force in FORCES:
            found = {rule.id for family in FAMILIES for rule, _ in twins_of(family, RULES, fleet, force)}
            level = {rule.id for rule in RULES if rule.twins and getattr(rule.levels, fleet.profile) == force}
            assert found == level
    assert binding_spec(policy="p")["validationActions"] == ["Audit", "Deny"]
    assert binding_spec(policy="p", force="advisory")["validationActions"] == ["Audit", "Warn"]


def test_a_policy_without_rules_or_without_a_stack_is_refused() -> None:
    with pytest.raises(ValueError, match="no rule is advisory in the profile production"):
        policy_spec("trust", RULES, FLEET, force="advisory")
    with pytest.raises(ValueError, match=r"fleet\.stack"):
        policy_spec("trust", RULES, Fleet())
    with pytest.raises(ValueError, match=r"fleet\.stack"):
        made(fleet=Fleet())


def test_confinement_is_asked_of_every_namespace_but_the_systems_and_the_exempt_ones() -> None:
    exempt = replace(FLEET, exempt_namespaces=["longhorn-system"])
    spec = policy_spec("confinement", RULES, exempt)
    [left_out] = spec["matchConstraints"]["namespaceSelector"]["matchExpressions"]
    assert left_out["operator"] == "NotIn"
    assert {"kube-system", "longhorn-system"} <= set(left_out["values"])
    assert left_out["values"] == sorted(left_out["values"])
    # Those of another stack are its own to judge.
    assert all(one["expression"].startswith("variables.others || (") for one in spec["validations"])
    own = policy_spec("confinement", RULES, FLEET, "stack")
    assert own["matchConstraints"]["namespaceSelector"] == {"matchLabels": {contract.LABEL_STACK: "dev"}}
    assert not any("variables.others" in one["expression"] for one in own["validations"])


def test_pods_are_matched_with_all_that_makes_them_and_what_is_added_to_them() -> None:
    for family in POD_FAMILIES:
        rules = policy_spec(family, RULES, FLEET)["matchConstraints"]["resourceRules"]
        matched = {resource for rule in rules for resource in rule["resources"]}
        assert {"pods", "pods/ephemeralcontainers", "deployments", "cronjobs", "scaledjobs"} <= matched
        assert not {one for one in matched if one.endswith("/status")}
        assert all(rule["operations"] == ["CREATE", "UPDATE"] for rule in rules)
    trust = policy_spec("trust", RULES, FLEET)["matchConstraints"]["resourceRules"]
    assert "nodes/status" in trust[0]["resources"]


def test_what_changes_a_judged_part_by_a_subresource_is_matched_with_it() -> None:
    def matched(family: Any) -> set[str]:
        rules = policy_spec(family, RULES, FLEET)["matchConstraints"]["resourceRules"]
        return {resource for rule in rules for resource in rule["resources"]}

    # Confinement does not ask what a pod takes of its node.
    assert "pods/resize" in matched("workloads") - matched("confinement")
    assert "services/status" in matched("network")


def test_objects_are_listed_where_the_api_server_has_them() -> None:
    assert {"/api/v1/pods", "/apis/apps/v1/daemonsets", "/apis/keda.sh/v1alpha1/scaledjobs"} <= set(
        judged_paths("confinement")
    )
    assert judged_paths("trust") == ["/api/v1/namespaces", "/api/v1/nodes"]


def test_variables_are_used_after_they_are_told_and_none_is_told_twice() -> None:
    for family in FAMILIES:
        spec = policy_spec(family, RULES, FLEET)
        told: list[str] = []
        for variable in spec["variables"]:
            used = set(re.findall(r"variables\.(\w+)", variable["expression"]))
            assert used <= set(told), variable["name"]
            told.append(variable["name"])
        assert len(told) == len(set(told))
    assert OPEN.keys() <= set(told) | {one["name"] for one in policy_spec("workloads", RULES, FLEET)["variables"]}


def test_the_same_fleet_gives_the_same_policies_whatever_the_order_of_its_lists() -> None:
    turned = replace(
        FLEET, pools=list(reversed(FLEET.pools)), exempt_namespaces=list(reversed(FLEET.exempt_namespaces))
    )
    for family in FAMILIES:
        assert policy_spec(family, RULES, turned) == policy_spec(family, RULES, FLEET)


def test_a_policy_is_small_enough_for_the_api_server() -> None:
    # An object may have 1.5 MiB in etcd; a policy of a big fleet is far from it.
    many = replace(
        FLEET, pools=[replace(FLEET.pools[1], name=f"p{n}", selector={"agentpool": f"p{n}"}) for n in range(60)]
    )
    for family in FAMILIES:
        assert len(str(policy_spec(family, RULES, many))) < 100_000


def test_each_policy_has_a_binding_that_comes_after_it_and_carries_the_stacks_name() -> None:
    monitor = made()
    policies, bindings = monitor.of_type(POLICY), monitor.of_type(BINDING)
    assert len(policies) == len(bindings) >= len(FAMILIES)
    by_name = {one.kubernetes_name: one for one in policies}
    for binding in bindings:
        policy = by_name[binding.inputs["spec"]["policyName"]]
        assert binding.kubernetes_name == policy.kubernetes_name
        assert policy.kubernetes_name.startswith("buildfleet-dev-")
        assert any(urn.endswith(f"::{policy.name}") for urn in binding.dependencies)
        assert {policy.parent_name, binding.parent_name} == {"policies"}
        labels = policy.inputs["metadata"]["labels"]
        assert labels == binding.inputs["metadata"]["labels"]
        assert labels[contract.LABEL_STACK] == "dev"
    families = {one.inputs["metadata"]["labels"][contract.LABEL_POLICY_FAMILY]: one for one in bindings}
    assert set(FAMILIES) <= families.keys()
    for family in FAMILIES:
        assert families[family].inputs["spec"]["validationActions"] == ["Audit", "Deny"]
    for advice in families.keys() - set(FAMILIES):
        assert families[advice].inputs["spec"]["validationActions"] == ["Audit", "Warn"]


def test_a_warning_refuses_nothing_and_makes_the_same_policies() -> None:
    told, refused = made(action="warn"), made()
    assert {one.inputs["spec"]["validationActions"][1] for one in told.of_type(BINDING)} == {"Warn"}
    assert [one.inputs for one in told.of_type(POLICY)] == [one.inputs for one in refused.of_type(POLICY)]


def test_nothing_of_a_policy_is_unknown_in_a_preview() -> None:
    assert [one.inputs for one in made(preview=True).of_type(POLICY)] == [one.inputs for one in made().of_type(POLICY)]


def test_names_of_policies_are_legal_with_the_longest_name_of_a_stack() -> None:
    assert len(policy_name("s" * 40, "confinement", "advisory")) < 253
