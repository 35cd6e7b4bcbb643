"""Who may pull from and push to the registry of an environment.

Owns the roles on the registry, whether it was made or brought: nodes pull, by the kubelets' identity and no other, and
jobs push by identities of their own where the stack file lets them.

Refuses pull secrets and the admin account: a role has no password that could leak.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.azure.roles import role_assignment
from components.azure.scope import AzureScope
from rules.tables import azure_roles


@dataclass(frozen=True, kw_only=True)
class Principal:
    """An identity."""

    key: str
    """Its ARM id in plain text: goes into the names of its role assignments."""
    principal_id: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class RegistryAccessArgs:
    """What `RegistryAccess` needs."""

    scope: AzureScope
    registry_id: str
    """ARM id of the registry, in plain text."""
    registry: pulumi.Input[str] | None = None
    """The same id as an output, where the registry is made here."""
    pull: Principal
    """The kubelets."""
    push: Mapping[str, Principal]
    """Who may push, each by a short name of its own."""


class RegistryAccess(pulumi.ComponentResource):
    """The role assignments."""

    def __init__(self, name: str, args: RegistryAccessArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(
            "buildfleet:index:RegistryAccess",
            name,
            {"registryId": args.registry_id, "push": sorted(args.push)},
            opts,
        )
        grants = {
            "pull": (azure_roles.ACR_PULL, args.pull),
            **{f"push-{key}": (azure_roles.ACR_PUSH, who) for key, who in sorted(args.push.items())},
        }
        for suffix, (role, who) in grants.items():
            role_assignment(
                f"{name}-{suffix}",
                parent=self,
                role=role,
                scope_id=args.registry_id,
                scope=args.registry,
                principal_key=who.key,
                principal_id=who.principal_id,
            )
        self.register_outputs({})
