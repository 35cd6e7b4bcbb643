"""The resource group that is brought: everything is made in it, so it is one of the platform's own subscription.

Other things that are brought may be of another subscription, as they are only named and granted roles on.
"""

from __future__ import annotations

from collections.abc import Iterator

from rules.paths import at
from rules.platform import PlatformFacts
from rules.problem import Problem
from rules.words import given


def check(platform: PlatformFacts) -> Iterator[Problem]:
    """The group is in the subscription. Azure would look for one of its name there, and take or miss that."""
    group, subscription = platform.resource_group, platform.subscription
    if not isinstance(group, str) or subscription is None:
        return
    owner = group.split("/")[2]
    if owner.lower() != subscription.lower():
        yield Problem(
            rule="resource-group-subscription",
            path=at(platform.path, "resourceGroup"),
            given=f"a group of the subscription {given(owner)}",
            allowed=f"a group of platform.subscription, {given(subscription)}, in which everything is made",
            fix=f"name a group of that subscription, or write subscription: {owner}",
        )
