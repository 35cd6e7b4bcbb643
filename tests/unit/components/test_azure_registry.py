"""ContainerRegistry: closed to the anonymous, with copies of base images; and what importing it costs."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pulumi
import pytest

from components.azure.registry import (
    CacheRule,
    ContainerRegistry,
    ContainerRegistryArgs,
    login_server,
    registry_name,
)
from tests.unit.components.mocks import RecordingMonitor, deploy
from tests.unit.components.test_azure_roles import SCOPE

OUTPUTS = {"azure-native:containerregistry:Registry": {"name": "ciprod", "loginServer": "ciprod.azurecr.io"}}


def made(**args: Any) -> RecordingMonitor:
    full: dict[str, Any] = {"scope": SCOPE, "registry": "ciprod", "sku": "Standard", **args}
    return deploy(lambda: ContainerRegistry("registry", ContainerRegistryArgs(**full)), outputs=OUTPUTS)


def test_it_has_no_admin_and_no_anonymous_pull() -> None:
    assert made().named("registry-registry").inputs == {
        "adminUserEnabled": False,
        "anonymousPullEnabled": False,
        "location": "westeurope",
        "networkRuleBypassOptions": "AzureServices",
        "publicNetworkAccess": "Enabled",
        "registryName": "ciprod",
        "resourceGroupName": "buildfleet-prod",
        "sku": {"name": "Standard"},
        "tags": {"environment": "prod"},
        "zoneRedundancy": "Disabled",
    }


def test_premium_deletes_untagged_manifests_and_may_span_zones() -> None:
    inputs = made(sku="Premium", zone_redundant=True).named("registry-registry").inputs
    assert inputs["policies"] == {"retentionPolicy": {"days": 30, "status": "enabled"}}
    assert inputs["zoneRedundancy"] == "Enabled"
    assert made(sku="Premium").named("registry-registry").inputs["zoneRedundancy"] == "Disabled"


def test_zones_are_those_of_its_birth_and_a_tier_that_is_only_a_default_takes_nothing_from_it() -> None:
    assert made(sku="Premium").named("registry-registry").ignore_changes == ("zoneRedundancy",)
    assert made().named("registry-registry").ignore_changes == ("zoneRedundancy",)
    kept = made(keep_sku=True).named("registry-registry")
    assert set(kept.ignore_changes) == {"policies", "sku", "zoneRedundancy"}


def test_base_images_of_windows_are_cached_one_rule_after_another() -> None:
    monitor = made()
    rules = monitor.of_type("azure-native:containerregistry:CacheRule")
    assert [(rule.inputs["sourceRepository"], rule.inputs["targetRepository"]) for rule in rules] == [
        ("mcr.microsoft.com/windows/nanoserver", "cache/windows/nanoserver"),
        ("mcr.microsoft.com/windows/servercore", "cache/windows/servercore"),
        (
            "mcr.microsoft.com/oss/kubernetes/windows-host-process-containers-base-image",
            "cache/oss/kubernetes/windows-host-process-containers-base-image",
        ),
    ]
    in_order = [rules[2], rules[0], rules[1]]
    assert in_order[0].urn in in_order[1].dependencies
    assert in_order[1].urn in in_order[2].dependencies
    assert {rule.parent_name for rule in rules} == {"registry"}


def test_protection_is_for_the_registry_alone() -> None:
    assert [r.name for r in made(protect=True).registrations if r.protect] == ["registry-registry"]


def test_its_outputs_are_id_and_login_server() -> None:
    assert made().outputs_of("registry") == {"id": "registry-registry-id", "loginServer": "ciprod.azurecr.io"}


def test_who_takes_the_login_server_comes_after_the_cache_rules() -> None:
    def build() -> None:
        registry = ContainerRegistry("registry", ContainerRegistryArgs(scope=SCOPE, registry="ciprod", sku="Basic"))

        class Consumer(pulumi.CustomResource):
            def __init__(self) -> None:
                super().__init__("test:index:Consumer", "consumer", {"server": registry.login_server})

        Consumer()

    monitor = deploy(build, outputs=OUTPUTS)
    rules = {rule.urn for rule in monitor.of_type("azure-native:containerregistry:CacheRule")}
    assert rules <= set(monitor.named("consumer").dependencies)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"zone_redundant": True}, "zones need the tier Premium, given Standard"),
        ({"untagged_days": 366}, "allowed are 0 to 365"),
        (
            {"cache": [CacheRule(source="a.io/x", target="cache/x"), CacheRule(source="b.io/x", target="cache-x")]},
            "has the name of another rule",
        ),
    ],
)
def test_what_azure_would_refuse_is_refused(args: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        made(**args)


def test_an_existing_registry_is_known_by_its_id() -> None:
    name = registry_name("/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerRegistry/registries/Contoso")
    assert login_server(name) == "contoso.azurecr.io"
    with pytest.raises(ValueError, match="is not the id of an Azure Container Registry"):
        registry_name("contoso")


def loaded_by(program: str) -> set[str]:
    """The modules of azure-native whose content, not only whose placeholder, a program loads."""
    ending = (
        "\nimport json, sys; print(json.dumps([n.split('.')[1] for n in sys.modules"
        " if n.startswith('pulumi_azure_native.') and n.count('.') > 1]))"
    )
    done = subprocess.run([sys.executable, "-c", program + ending], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


def test_importing_the_components_loads_no_module_of_azure_native_and_using_one_loads_its_own() -> None:
    names = "budget deployment_identities identity log_workspace network policy_assignments registry roles vault"
    program = "".join(f"import components.azure.{name}\n" for name in names.split())
    assert loaded_by(program) == set()
    # Network costs more than all others together: a stack that brings its subnet must not pay for it.
    assert loaded_by(program + "components.azure.registry.containerregistry.Registry") == {"containerregistry"}
