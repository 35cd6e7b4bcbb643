"""The registry that nodes pull from.

Owns an Azure Container Registry and its cache rules: repositories of others that it keeps a copy of at the first pull,
so that nodes in a scale-out do not all fetch the same gigabytes of Windows over the NAT gateway, and a build does not
stop when the other registry does.

Security: no admin account and no anonymous pull; whoever pulls or pushes has a role. The network is open, as jobs and
people push from elsewhere and a private endpoint belongs to the network of whoever runs it. For the same reason export
stays allowed: Azure forbids it only together with public access.

Premium has more: untagged manifests, which every push over a tag leaves behind, are deleted after a while, and the
registry is spread over zones. Soft delete is not used: it is a preview, and excludes deleting untagged manifests.
https://learn.microsoft.com/azure/container-registry/container-registry-skus, ...-retention-policy and
...-soft-delete-policy, 2026-11

What a registry was born with and Azure does not change, or only while nothing uses it: the zones are ignored once it is
there. A smaller tier is made of `Premium` only if the stack file names the tier, so `keep_sku` for a tier that is only
a default: an environment that is no longer production keeps its registry as it is, and is not refused for the retention
policy or the zones that `Premium` alone has.

Refuses cache rules that share a target, and premium features on other tiers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import pulumi
from pulumi_azure_native import containerregistry

from components.azure.scope import AzureScope
from rules.registry import cache_rule_name

Sku = Literal["Basic", "Standard", "Premium"]

_ID: Final = re.compile(
    r"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.ContainerRegistry/registries/([^/]+)", re.I
)


@dataclass(frozen=True, kw_only=True)
class CacheRule:
    """One repository of which the registry keeps a copy."""

    source: str
    """For example `mcr.microsoft.com/windows/servercore`."""
    target: str
    """Repository in the registry, for example `cache/windows/servercore`."""


WINDOWS_BASE_IMAGES: Final = (
    CacheRule(
        source="mcr.microsoft.com/oss/kubernetes/windows-host-process-containers-base-image",
        target="cache/oss/kubernetes/windows-host-process-containers-base-image",
    ),
    CacheRule(source="mcr.microsoft.com/windows/nanoserver", target="cache/windows/nanoserver"),
    CacheRule(source="mcr.microsoft.com/windows/servercore", target="cache/windows/servercore"),
)
"""What the images of this project and nearly all Windows containers start from. They need no credentials."""


@dataclass(frozen=True, kw_only=True)
class ContainerRegistryArgs:
    """What `ContainerRegistry` needs."""

    scope: AzureScope
    registry: str
    """Name, 5 to 50 letters and digits, unique in all of Azure."""
    sku: Sku
    cache: Sequence[CacheRule] = WINDOWS_BASE_IMAGES
    keep_sku: bool = False
    """Leave the tier of a registry that is there as it is; `sku` is for one that is made."""
    zone_redundant: bool = False
    """Premium only, where the region has zones. Fixed at creation."""
    untagged_days: int = 30
    """Premium only: how long untagged manifests are kept, 0 to 365 days."""
    protect: bool = False
    """Keep the registry from being deleted."""


class ContainerRegistry(pulumi.ComponentResource):
    """A registry and its cache rules."""

    id: pulumi.Output[str]
    """ARM id."""
    login_server: pulumi.Output[str]
    """For example `contoso.azurecr.io`. Known when the cache rules are in place, so that what pulls comes after."""

    def __init__(self, name: str, args: ContainerRegistryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        _check(args)
        cache = sorted(args.cache, key=lambda rule: rule.target)
        premium = args.sku == "Premium"
        super().__init__(
            "buildfleet:index:ContainerRegistry",
            name,
            {
                "registry": args.registry,
                "sku": args.sku,
                "keepSku": args.keep_sku,
                "cache": [{"source": rule.source, "target": rule.target} for rule in cache],
                "zoneRedundant": args.zone_redundant,
                "protect": args.protect,
            },
            opts,
        )
        registry = containerregistry.Registry(
            f"{name}-registry",
            registry_name=args.registry,
            resource_group_name=args.scope.resource_group,
            location=args.scope.location,
            sku=containerregistry.SkuArgs(name=args.sku),
            admin_user_enabled=False,
            anonymous_pull_enabled=False,
            public_network_access="Enabled",
            zone_redundancy="Enabled" if args.zone_redundant else "Disabled",
            policies=containerregistry.PoliciesArgs(
                retention_policy=containerregistry.RetentionPolicyArgs(status="enabled", days=args.untagged_days)
            )
            if premium
            else None,
            tags=args.scope.tags,
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=args.protect,
                # The retention policy goes with the tier.
                ignore_changes=["zoneRedundancy", *(["policies", "sku"] if args.keep_sku else [])],
            ),
        )
        rules: list[containerregistry.CacheRule] = []
        for rule in cache:
            rule_name = cache_rule_name(rule.target)
            rules.append(
                containerregistry.CacheRule(
                    f"{name}-{rule_name}",
                    cache_rule_name=rule_name,
                    registry_name=registry.name,
                    resource_group_name=args.scope.resource_group,
                    source_repository=rule.source,
                    target_repository=rule.target,
                    # One after another: whether the registry takes two writes at a time is not documented.
                    opts=pulumi.ResourceOptions(parent=self, depends_on=rules[-1:]),
                )
            )
        self.id = registry.id
        self.login_server = pulumi.Output.all(registry.login_server, *[rule.id for rule in rules]).apply(
            lambda values: str(values[0])
        )
        self.register_outputs({"id": self.id, "loginServer": self.login_server})


def registry_name(registry_id: str) -> str:
    """The name in the id of an existing registry."""
    match = _ID.fullmatch(registry_id)
    if match is None:
        raise ValueError(
            f"{registry_id!r} is not the id of an Azure Container Registry; it looks like /subscriptions/GUID/"
            "resourceGroups/NAME/providers/Microsoft.ContainerRegistry/registries/NAME"
        )
    return match[1]


def login_server(name: str) -> str:
    """The login server of a registry in Azure's public cloud, by its name.

    Wrong for a registry whose domain name label was given a scope: those have a hash in it. Ours have none.
    """
    return f"{name.lower()}.azurecr.io"


def _check(args: ContainerRegistryArgs) -> None:
    where = f"registry {args.registry}"
    names = [cache_rule_name(rule.target) for rule in args.cache]
    for rule, name in zip(args.cache, names, strict=True):
        if names.count(name) > 1:
            raise ValueError(
                f"{where}: the cache of {rule.source} to {rule.target} has the name of another rule ({name}); "
                "give each its own target, different in the last 50 characters. In a stack file: registry.cache"
            )
    if args.zone_redundant and args.sku != "Premium":
        raise ValueError(f"{where}: zones need the tier Premium, given {args.sku}; change one of them")
    if not 0 <= args.untagged_days <= 365:
        raise ValueError(f"{where}: untagged manifests kept for {args.untagged_days} days; allowed are 0 to 365")
