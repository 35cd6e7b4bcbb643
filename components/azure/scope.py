"""Where in Azure a component makes its resources.

Owns `AzureScope`: what every resource of one environment has in common, told once instead of in each component's
arguments. Refuses names of resources and what only one component needs: those stand in that component's arguments.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi


@dataclass(frozen=True, kw_only=True)
class AzureScope:
    """The subscription, resource group and tags that the resources of one environment share."""

    subscription: str
    """Id of the subscription."""
    tenant: str
    """Id of the Entra tenant that the subscription trusts."""
    location: str
    """Azure's name of the region, for example `westeurope`."""
    resource_group: pulumi.Input[str]
    """The group's name: an Output where the group is made here, so that what is put into it waits for it."""
    resource_group_id: str
    """The group's ARM id in plain text: ids of what is in it can be told before it exists."""
    tags: Mapping[str, str]
    """For every resource that can carry tags, sorted by key."""
