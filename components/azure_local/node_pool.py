"""A node pool of a cluster on Azure Local, as a resource of its own.

Owns how a pool changes. What Azure cannot change makes another pool, the old one first: names are short and the
machines of a site are counted, so there is room for one of both. No job is waited for: Azure deletes the machines of a
pool without a drain. To keep jobs, cordon the nodes and wait until they are done, before the `up` that removes or
replaces the pool.

Refuses to be a cluster's first pool: that one is part of the cluster (see `cluster`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi

from components.azure.scope import AzureScope
from components.azure_local import arm
from components.azure_local.pool_profile import IMMUTABLE, PoolProfile, check_profile, properties

_MINUTES: Final = 120
"""For an operation: a site builds its nodes one after another, and Windows nodes take up to half an hour."""


@dataclass(frozen=True, kw_only=True)
class AzureLocalNodePoolArgs:
    """What `AzureLocalNodePool` needs."""

    scope: AzureScope
    cluster: str
    """Name of the connected cluster."""
    name: str
    """The pool's name, 3 to 12 lower-case letters and digits, in Azure as in the stack file."""
    profile: PoolProfile
    job_minutes: int = 60
    """How long a job may hold a node up that is to go."""
    wait_for: Sequence[pulumi.Resource] = ()
    """The instance, and the pool before: a cluster takes one operation at a time."""


class AzureLocalNodePool(pulumi.ComponentResource):
    """One node pool."""

    agent_pool: pulumi.Resource
    """For others to wait for."""

    def __init__(self, name: str, args: AzureLocalNodePoolArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        check_profile(args.name, args.profile)
        said = properties(args.profile)
        super().__init__(
            "buildfleet:index:AzureLocalNodePool", name, {"cluster": args.cluster, "name": args.name, **said}, opts
        )
        self.agent_pool = arm.agent_pool(
            f"{name}-agent-pool",
            resource_group=args.scope.resource_group,
            cluster=args.cluster,
            pool=args.name,
            properties=said,
            tags=dict(args.scope.tags),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=list(args.wait_for),
                ignore_changes=["properties.count"] if args.profile.autoscaled else None,
                replace_on_changes=[f"properties.{key}" for key in IMMUTABLE],
                delete_before_replace=True,
                custom_timeouts=pulumi.CustomTimeouts(
                    create=f"{_MINUTES}m",
                    update=f"{_MINUTES + args.job_minutes}m",
                    delete=f"{_MINUTES + args.job_minutes}m",
                ),
            ),
        )
        self.register_outputs({"name": args.name})
