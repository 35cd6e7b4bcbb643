"""Resource ids: their parts, their parents, and when two are the same.

Azure compares ids without regard to case and answers with whatever case somebody once used; here the first one stays.
"""

from __future__ import annotations

from dataclasses import dataclass


def key(resource_id: str) -> str:
    """What an id is stored and compared by."""
    return "/" + resource_id.strip("/").lower()


def name(resource_id: str) -> str:
    """The resource's own name."""
    return resource_id.rstrip("/").rsplit("/", 1)[-1]


def arm_name(resource_id: str) -> str:
    """The ARM type of an id, for example `Microsoft.Network/virtualNetworks/subnets`; of the last provider in it."""
    parts = resource_id.strip("/").split("/")
    lowered = [part.lower() for part in parts]
    if "providers" in lowered:
        last = len(lowered) - 1 - lowered[::-1].index("providers")
        # A type and a name for each level behind the namespace.
        return "/".join([parts[last + 1], *parts[last + 2 :: 2]])
    return "Microsoft.Resources/resourceGroups" if "resourcegroups" in lowered else "Microsoft.Resources/subscriptions"


def parent(resource_id: str) -> str | None:
    """What must exist for this to exist: the parent resource, the resource it extends, or the resource group.

    `None` for a resource group and for what belongs to a whole subscription, which always exists.
    """
    parts = resource_id.strip("/").split("/")
    lowered = [part.lower() for part in parts]
    if "providers" in lowered:
        last = len(lowered) - 1 - lowered[::-1].index("providers")
        behind = len(parts) - last - 2
        above = parts[:-2] if behind > 2 else parts[:last]
        return "/" + "/".join(above) if len(above) > 2 else None
    return None


def ancestors(resource_id: str) -> list[str]:
    """All that must exist for this to exist, the nearest first."""
    found = []
    above = parent(resource_id)
    while above is not None:
        found.append(above)
        above = parent(above)
    return found


@dataclass(frozen=True)
class Place:
    """Where a resource is."""

    subscription: str
    resource_group: str


def place(resource_id: str) -> Place:
    """Subscription and resource group of an id; empty where it has none."""
    parts = resource_id.strip("/").split("/")
    lowered = [part.lower() for part in parts]
    found = {
        word: parts[lowered.index(word) + 1] if word in lowered and lowered.index(word) + 1 < len(parts) else ""
        for word in ("subscriptions", "resourcegroups")
    }
    return Place(found["subscriptions"], found["resourcegroups"])


def is_below(resource_id: str, ancestor: str) -> bool:
    """Whether a resource lives in or under another one."""
    return key(resource_id).startswith(key(ancestor) + "/")
