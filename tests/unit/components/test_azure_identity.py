"""WorkloadIdentity: federations one after another, and what waits for them."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from components.azure.identity import Federation, WorkloadIdentity, WorkloadIdentityArgs, identity_id
from tests.unit.components.mocks import RecordingMonitor, deploy
from tests.unit.components.test_azure_roles import GROUP, SCOPE

IDENTITY = "azure-native:managedidentity:UserAssignedIdentity"
OUTPUTS = {IDENTITY: {"name": "prod-agents", "clientId": "client", "principalId": "principal"}}
FEDERATIONS = [
    Federation(name=name, issuer="https://issuer.example/1/", subject=f"system:serviceaccount:{name}:azdo-agent")
    for name in ("ccc", "aaa", "bbb")
]


class Consumer(pulumi.CustomResource):
    def __init__(self, name: str, value: pulumi.Output[str]) -> None:
        super().__init__("test:index:Consumer", name, {"value": value})


def made(**args: Any) -> RecordingMonitor:
    full: dict[str, Any] = {"scope": SCOPE, "identity_name": "prod-agents", "federations": FEDERATIONS, **args}

    def build() -> None:
        identity = WorkloadIdentity("agents", WorkloadIdentityArgs(**full))
        Consumer("login", identity.client_id)
        Consumer("role", identity.principal_id)

    return deploy(build, outputs=OUTPUTS)


def test_the_identity_and_its_federations_are_its_children_with_explicit_names() -> None:
    monitor = made()
    assert monitor.named("agents-identity").inputs == {
        "location": "westeurope",
        "resourceGroupName": "buildfleet-prod",
        "resourceName": "prod-agents",
        "tags": {"environment": "prod"},
    }
    assert monitor.named("agents-aaa").inputs == {
        "audiences": ["api://AzureADTokenExchange"],
        "federatedIdentityCredentialResourceName": "aaa",
        "issuer": "https://issuer.example/1/",
        "resourceGroupName": "buildfleet-prod",
        "resourceName": "prod-agents",
        "subject": "system:serviceaccount:aaa:azdo-agent",
    }
    assert {r.parent_name for r in monitor.registrations if r.type.startswith("azure-native")} == {"agents"}


def test_federations_are_written_one_after_another_by_name() -> None:
    monitor = made()
    a, b, c = (monitor.named(f"agents-{name}") for name in ("aaa", "bbb", "ccc"))
    assert not {b.urn, c.urn} & set(a.dependencies)
    assert a.urn in b.dependencies
    assert c.urn not in b.dependencies
    assert b.urn in c.dependencies


def test_who_logs_in_waits_for_the_federations_and_who_grants_roles_does_not() -> None:
    monitor = made()
    federations = {monitor.named(f"agents-{name}").urn for name in ("aaa", "bbb", "ccc")}
    assert federations <= set(monitor.named("login").dependencies)
    assert not federations & set(monitor.named("role").dependencies)
    assert monitor.named("login").inputs == {"value": "client"}
    assert monitor.outputs_of("agents") == {
        "clientId": "client",
        "id": "agents-identity-id",
        "principalId": "principal",
    }


def test_protection_is_for_the_identity_alone() -> None:
    assert [r.name for r in made(protect=True).registrations if r.protect] == ["agents-identity"]


def test_its_id_is_known_before_it_exists() -> None:
    assert identity_id(resource_group_id=GROUP, identity_name="prod-agents") == (
        f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/prod-agents"
    )


@pytest.mark.parametrize(
    ("federations", "message"),
    [
        ([Federation(name=f"fed{n}", issuer="i", subject="s") for n in range(21)], "21 federations .* at most 20"),
        ([Federation(name="aaa", issuer="i", subject=s) for s in "xy"], r"of the same name \(aaa\)"),
        ([Federation(name="aaa", issuer="i", subject="repo:x/y:*")], "has a wildcard"),
        ([Federation(name="aa", issuer="i", subject="s")], "called 'aa'; allowed are 3 to 120"),
        ([Federation(name="-aa", issuer="i", subject="s")], "called '-aa'"),
        ([Federation(name=n, issuer="i", subject="s") for n in ("aaa", "bbb")], "aaa and bbb take the same tokens"),
    ],
)
def test_what_entra_would_refuse_or_never_match_is_refused(federations: list[Federation], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        made(federations=federations)


def test_twenty_federations_are_taken() -> None:
    made(federations=[Federation(name=f"fed{n}", issuer="i", subject=f"s{n}") for n in range(20)])
