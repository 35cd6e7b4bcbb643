"""The Secret with which the Actions Runner Controller signs in to GitHub.

Owns its keys. The values come from the stack's secrets and appear in nothing but the Secret: no input of the component,
no output and no annotation holds them or a hash of them.

Who may read Secrets in the namespace can act as the App or the token's owner. Runners with hooks may (see `rbac`), so
jobs never run in their container; an App that may only manage runners limits the damage further.

A changed value replaces the Secret, unless the provider has `enable_secret_mutable`. The controller (from 0.14.2 on)
gives listeners the new value by itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.core.v1 import Secret

from components.kubernetes.labels import object_labels
from components.kubernetes.manifest import metadata


@dataclass(frozen=True, kw_only=True)
class AppCredentials:
    """A GitHub App, installed on the account that has the runners."""

    client_id: pulumi.Input[str]
    """Client id, or app id. No secret."""
    installation_id: int
    private_key: pulumi.Input[str]
    """PEM. A secret."""


@dataclass(frozen=True, kw_only=True)
class TokenCredentials:
    """A personal access token."""

    token: pulumi.Input[str]
    """A secret."""


@dataclass(frozen=True, kw_only=True)
class GitHubCredentialsArgs:
    """What `GitHubCredentials` needs."""

    stack: str
    namespace: pulumi.Input[str]
    """Where the scale sets are: they cannot use a Secret of another namespace."""
    secret: str
    """Name of the Secret."""
    credentials: AppCredentials | TokenCredentials


class GitHubCredentials(pulumi.ComponentResource):
    """One Secret, for all scale sets of a namespace."""

    secret_name: pulumi.Output[str]
    """Its name. A scale set that takes it from here is deleted before the Secret is."""

    def __init__(self, name: str, args: GitHubCredentialsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        kind = "app" if isinstance(args.credentials, AppCredentials) else "token"
        super().__init__(
            "buildfleet:index:GitHubCredentials",
            name,
            {"stack": args.stack, "namespace": args.namespace, "secret": args.secret, "kind": kind},
            opts,
        )
        secret = Secret(
            f"{name}-secret",
            metadata=metadata(args.secret, namespace=args.namespace, labels=object_labels(stack=args.stack)),
            type="Opaque",
            string_data=secret_entries(args.credentials),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.secret_name = secret.metadata.name
        self.register_outputs({"secretName": self.secret_name})


def secret_entries(credentials: AppCredentials | TokenCredentials) -> dict[str, pulumi.Input[str]]:
    """The keys that the controller reads. App and token together are refused by it, so only one is possible here."""
    if isinstance(credentials, TokenCredentials):
        return {"github_token": pulumi.Output.secret(credentials.token)}
    return {
        "github_app_id": credentials.client_id,
        # A string even though it is a number: Secrets hold text.
        "github_app_installation_id": str(credentials.installation_id),
        "github_app_private_key": pulumi.Output.secret(credentials.private_key),
    }
