"""Which pools a remedy may touch.

Owns the one answer: those of AKS that are a resource of their own. A change to a pool inside of its cluster sends all
pools of the cluster, with their counts (pulumi-azure-native#4264), and a template is not ours to rewrite.
"""

from __future__ import annotations

from rules.policies.azure import Pool, pools
from rules.policies.resource import Resource


def own_pool(resource: Resource) -> Pool | None:
    """The pool that a resource is."""
    if resource.kind != "azure-native:containerservice:AgentPool":
        return None
    (pool,) = pools(resource)
    return pool
