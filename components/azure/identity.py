"""An identity that pods and pipelines take on without a secret.

Owns a user-assigned identity and its federated credentials: whose tokens, of which issuer, it accepts. A federated
credential holds no secret; Entra compares issuer, subject and audience letter by letter and checks the signature.

Azure refuses to write two federated credentials of one identity at the same time (409), so they are made one after
another, in the order of their names. An identity takes at most 20.
https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations, 2026-11

Refuses more than 20 federations, two of one name or of one issuer and subject, names that Azure does not take, and a
subject with a wildcard, which Entra would take as a plain letter and never match.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_azure_native import managedidentity

from components.azure.scope import AzureScope

AUDIENCE: Final = "api://AzureADTokenExchange"
"""What tokens for Entra are issued for, by Kubernetes' workload identity, GitHub and Azure DevOps alike."""
MOST_FEDERATIONS: Final = 20
_NAME: Final = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_-]{2,119}")
"""API 2023-01-31, read 2026-11-22."""


@dataclass(frozen=True, kw_only=True)
class Federation:
    """Whose token the identity takes."""

    name: str
    """Of the credential, 3 to 120 letters, digits, hyphens and underscores. Unique in the identity."""
    issuer: pulumi.Input[str]
    """For example the cluster's OIDC issuer, or `https://token.actions.githubusercontent.com`."""
    subject: str
    """For example `system:serviceaccount:azdo-agents:azdo-agent`."""


@dataclass(frozen=True, kw_only=True)
class WorkloadIdentityArgs:
    """What `WorkloadIdentity` needs."""

    scope: AzureScope
    identity_name: str
    """Name in Azure, 3 to 128 letters, digits, hyphens and underscores."""
    federations: Sequence[Federation] = ()
    protect: bool = False
    """Keep the identity from being deleted: a new one of the same name is another principal, without its roles."""


class WorkloadIdentity(pulumi.ComponentResource):
    """A user-assigned identity and its federated credentials."""

    id: pulumi.Output[str]
    """ARM id."""
    client_id: pulumi.Output[str]
    """For logins. Known only when all federations are in place: what takes it from here can log in."""
    principal_id: pulumi.Output[str]
    """For role assignments. Known as soon as the identity exists."""

    def __init__(self, name: str, args: WorkloadIdentityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        federations = sorted(args.federations, key=lambda federation: federation.name)
        _check(args.identity_name, federations)
        super().__init__(
            "buildfleet:index:WorkloadIdentity",
            name,
            {
                "identityName": args.identity_name,
                "federations": [
                    {"name": federation.name, "issuer": federation.issuer, "subject": federation.subject}
                    for federation in federations
                ],
                "protect": args.protect,
            },
            opts,
        )
        identity = managedidentity.UserAssignedIdentity(
            f"{name}-identity",
            resource_name_=args.identity_name,
            resource_group_name=args.scope.resource_group,
            location=args.scope.location,
            tags=args.scope.tags,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        made: list[managedidentity.FederatedIdentityCredential] = []
        for federation in federations:
            made.append(
                managedidentity.FederatedIdentityCredential(
                    f"{name}-{federation.name}",
                    resource_name_=identity.name,
                    resource_group_name=args.scope.resource_group,
                    federated_identity_credential_resource_name=federation.name,
                    issuer=federation.issuer,
                    subject=federation.subject,
                    audiences=[AUDIENCE],
                    opts=pulumi.ResourceOptions(parent=self, depends_on=made[-1:]),
                )
            )
        self.id = identity.id
        self.principal_id = identity.principal_id
        self.client_id = pulumi.Output.all(identity.client_id, *[credential.id for credential in made]).apply(
            lambda values: str(values[0])
        )
        self.register_outputs({"id": self.id, "clientId": self.client_id, "principalId": self.principal_id})


def identity_id(*, resource_group_id: str, identity_name: str) -> str:
    """The ARM id that an identity will have, before it exists."""
    return f"{resource_group_id}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{identity_name}"


def _check(identity: str, federations: Sequence[Federation]) -> None:
    if len(federations) > MOST_FEDERATIONS:
        raise ValueError(
            f"identity {identity}: {len(federations)} federations given, Azure takes at most {MOST_FEDERATIONS}; "
            "give some of the workloads an identity of their own"
        )
    names = [federation.name for federation in federations]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"identity {identity}: federations of the same name ({', '.join(twice)}); rename one of each")
    seen: dict[tuple[str, str], str] = {}
    for federation in federations:
        if _NAME.fullmatch(federation.name) is None:
            raise ValueError(
                f"identity {identity}: a federation is called {federation.name!r}; allowed are 3 to 120 letters, "
                "digits, hyphens and underscores, from a letter or digit on"
            )
        # An issuer that is not known yet is compared by Azure alone.
        if isinstance(federation.issuer, str):
            first = seen.setdefault((federation.issuer, federation.subject), federation.name)
            if first != federation.name:
                raise ValueError(
                    f"identity {identity}: the federations {first} and {federation.name} take the same tokens "
                    f"({federation.issuer}, {federation.subject}), which Azure refuses; remove one"
                )
        if "*" in federation.subject:
            raise ValueError(
                f"identity {identity}: the subject {federation.subject!r} of federation {federation.name} has a "
                "wildcard; Entra compares subjects letter by letter, so write one federation for each subject"
            )
