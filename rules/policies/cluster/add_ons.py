"""Add-ons of an AKS cluster, however their names are spelled."""

from __future__ import annotations

from rules.policies.azure import Cluster
from rules.policies.node import Node


def add_on(cluster: Cluster, name: str) -> Node:
    """The profile of an add-on; absent where there is none. Raises `NotKnown` where the list of them is unknown."""
    profiles = cluster.body.get("addonProfiles")
    # Azure has written azureKeyvaultSecretsProvider with a capital V, too, and takes either.
    for key, node in profiles.entries():
        if key.casefold() == name.casefold():
            return node
    return profiles.get(name)
