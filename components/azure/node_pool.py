"""A node pool of an AKS cluster, as a resource of its own.

Owns how a pool changes. Azure cannot change most of what a pool is, so such a change makes another pool, in an order
that the stack file says: the new one first, under a name of its own, or the old one first, where the name leaves no
room. Everything else is changed in place, and the number of nodes is the autoscaler's.

No job is waited for when a pool goes: Azure deletes its machines without a drain, and what runs on them is lost. To
keep jobs, cordon the old nodes and wait until they are done, before the `up` that removes or replaces the pool. An
upgrade does drain.

Refuses to be a cluster's first pool: that one is part of the cluster (see `cluster`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pulumi
from pulumi_azure_native import containerservice

from components.azure.pool_profile import (
    IMMUTABLE,
    PoolProfile,
    facts,
    outbound_nat_disabled,
    properties,
    timeouts,
)
from components.azure.scope import AzureScope

Replacement = Literal["create-before-delete", "delete-before-create"]


@dataclass(frozen=True, kw_only=True)
class AksNodePoolArgs:
    """What `AksNodePool` needs."""

    scope: AzureScope
    cluster: pulumi.Input[str]
    """The cluster's name, as the made cluster tells it."""
    name: str
    """The pool's name in Azure: 1 to 12 lower-case letters and digits, for Windows 1 to 6. With `create-before-delete`
    it must be another one whenever a property in `pool_profile.IMMUTABLE` is."""
    pool: str
    """The pool's name in the stack file."""
    profile: PoolProfile
    replacement: Replacement
    wait_for: Sequence[pulumi.Resource] = ()
    """What must be there first. A cluster takes one operation at a time, so pools wait for each other."""


class AksNodePool(pulumi.ComponentResource):
    """One agent pool."""

    agent_pool: containerservice.AgentPool
    """What the next pool waits for."""

    def __init__(self, name: str, args: AksNodePoolArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        _check(args)
        super().__init__(
            "buildfleet:index:AksNodePool",
            name,
            {"pool": args.pool, "name": args.name, "replacement": args.replacement, **facts(args.profile)},
            opts,
        )
        pool = containerservice.AgentPool(
            f"{name}-agent-pool",
            resource_group_name=args.scope.resource_group,
            resource_name_=args.cluster,
            agent_pool_name=args.name,
            orchestrator_version=args.profile.kubernetes_version,
            windows_profile=_windows_profile(args.profile),
            **properties(args.profile, tags=args.scope.tags),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=list(args.wait_for),
                # Never said, but a refresh writes down what the autoscaler did, and it is not to be undone.
                ignore_changes=["count"],
                replace_on_changes=list(IMMUTABLE),
                # Said either way: left unsaid, the provider asks for the old one to go first.
                delete_before_replace=args.replacement == "delete-before-create",
                custom_timeouts=timeouts(args.profile),
            ),
        )
        self.agent_pool = pool
        self.register_outputs({"id": pool.id})


def _check(args: AksNodePoolArgs) -> None:
    if args.profile.os == "windows" and args.profile.mode == "System":
        raise ValueError(
            f"node pool {args.pool}: mode 'System' is not possible with Windows; allowed is 'User'. What keeps a "
            f"cluster going runs on Linux. In a stack file: nodePools, purpose of {args.pool}"
        )


def _windows_profile(profile: PoolProfile) -> containerservice.AgentPoolWindowsProfileArgs | None:
    return (
        containerservice.AgentPoolWindowsProfileArgs(disable_outbound_nat=outbound_nat_disabled(profile))
        if profile.os == "windows"
        else None
    )
