"""Where in Azure a stack lives: its provider, its resource group and its tags.

The provider is explicit, so that nobody deploys into the subscription that they happen to be logged in to.
"""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_azure_native as azure_native
from pulumi_azure_native import resources

from components.azure.aliases import without_versions
from components.azure.scope import AzureScope
from infra.platforms.azure_names import AzureNames
from infra.settings.aks import AksPlatform
from infra.settings.azure_local import AzureLocalPlatform
from infra.settings.environment import Environment


@dataclass(frozen=True, kw_only=True)
class Azure:
    """What every mapping to Azure needs."""

    scope: AzureScope
    names: AzureNames
    provider: azure_native.Provider
    resource_group: str
    """The group's name in plain text."""

    @property
    def opts(self) -> pulumi.ResourceOptions:
        """For every component of Azure."""
        return pulumi.ResourceOptions(provider=self.provider, transformations=[without_versions])


def provider(platform: AksPlatform | AzureLocalPlatform) -> azure_native.Provider:
    """Register the provider `azure`: the stack file's subscription, whatever the one is that its user is logged in to.

    All that a platform needs that makes nothing in Azure.
    """
    return azure_native.Provider(
        "azure",
        subscription_id=platform.subscription,
        tenant_id=platform.tenant,
        location=platform.location,
        # Said, as the SDK would else take it from the environment of whoever runs the program.
        environment="public",
    )


def make(environment: Environment, platform: AksPlatform | AzureLocalPlatform, *, stack: str) -> Azure:
    """Register the provider `azure` and, unless one is brought, the resource group."""
    names = AzureNames(stack=stack, subscription=platform.subscription)
    azure = provider(platform)
    tags = dict(sorted({**environment.tags, "environment": environment.name, "owner": environment.owner}.items()))
    if platform.resource_group is not None:
        name = platform.resource_group.rsplit("/", 1)[-1]
        group: pulumi.Input[str] = name
        group_id = platform.resource_group
    else:
        name = names.resource_group
        group_id = f"/subscriptions/{platform.subscription}/resourceGroups/{name}"
        group = resources.ResourceGroup(
            "resource-group",
            resource_group_name=name,
            location=platform.location,
            tags=tags,
            opts=pulumi.ResourceOptions(
                provider=azure, protect=environment.production, transformations=[without_versions]
            ),
        ).name
    return Azure(
        scope=AzureScope(
            subscription=platform.subscription,
            tenant=platform.tenant,
            location=platform.location,
            resource_group=group,
            resource_group_id=group_id,
            tags=tags,
        ),
        names=names,
        provider=azure,
        resource_group=name,
    )
