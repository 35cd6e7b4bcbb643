"""What the remedies of clusters and registries change, and that they change nothing else."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from rules.policies.cluster import registry as acr
from rules.policies.cluster import workload_identity
from rules.policies.fleet import Fleet
from rules.policies.resource import Resource
from rules.policies.rule import Rule
from rules.policies.secrets import secret_store_rotation
from tests.unit.policies.case import changed
from tests.unit.policies.cases.cluster.azure import registry, template, without
from tests.unit.policies.scenes import UNKNOWN, cluster

REMEDIES: list[Rule[Any]] = [acr.RULE, secret_store_rotation.RULE, workload_identity.RULE]
ADD_ON = "addonProfiles.azureKeyvaultSecretsProvider"


def mended(rule: Rule[Any], resource: Resource) -> dict[str, object] | None:
    assert rule.remedy is not None
    before = copy.deepcopy(dict(resource.inputs))
    after = rule.remedy(resource, rule.context(Fleet()))
    assert resource.inputs == before, "a remedy writes new inputs"
    return after


@pytest.mark.parametrize("rule", REMEDIES, ids=lambda rule: rule.id)
@pytest.mark.parametrize("resource", [cluster(), registry()], ids=["cluster", "registry"])
def test_what_is_right_is_left_alone(rule: Rule[Any], resource: Resource) -> None:
    assert mended(rule, resource) is None


def test_the_admin_user_is_turned_off_and_anonymous_pull_is_left_to_a_person() -> None:
    given = registry(adminUserEnabled=True, anonymousPullEnabled=True)
    assert mended(acr.RULE, given) == {**given.inputs, "adminUserEnabled": False}


def test_rotation_is_turned_on_beside_what_is_configured() -> None:
    given = cluster(addonProfiles={"azureKeyvaultSecretsProvider": {"enabled": True, "config": {"other": UNKNOWN}}})
    after = mended(secret_store_rotation.RULE, given)
    assert after == changed(given.inputs, f"{ADD_ON}.config.enableSecretRotation", "true")


def test_issuer_and_workload_identity_are_turned_on_and_no_identity_is_given() -> None:
    given = without("oidcIssuerProfile", "identity")
    given = Resource(type=given.type, name=given.name, inputs={**given.inputs, "securityProfile": {"custom": UNKNOWN}})
    assert mended(workload_identity.RULE, given) == {
        **given.inputs,
        "oidcIssuerProfile": {"enabled": True},
        "securityProfile": {"custom": UNKNOWN, "workloadIdentity": {"enabled": True}},
    }


def test_what_is_not_known_yet_is_not_overwritten() -> None:
    assert mended(workload_identity.RULE, cluster(oidcIssuerProfile={"enabled": UNKNOWN})) is None
    assert mended(secret_store_rotation.RULE, cluster(addonProfiles=UNKNOWN)) is None
    assert mended(workload_identity.RULE, cluster(oidcIssuerProfile=UNKNOWN)) is None


def test_a_template_is_left_to_its_author() -> None:
    on = {"azureKeyvaultSecretsProvider": {"enabled": True}}
    written = template(
        {"type": "Microsoft.ContainerRegistry/registries", "name": "r", "properties": {"adminUserEnabled": True}},
        {"type": "Microsoft.ContainerService/managedClusters", "name": "c", "properties": {"addonProfiles": on}},
    )
    assert all(mended(rule, written) is None for rule in REMEDIES)
