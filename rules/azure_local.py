"""AKS on Azure Local: what it takes to make a cluster there, or to adopt one.

Owns the cluster's own settings. Its node pools are in `node_pool` and the modules beside it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rules.given import ABSENT, Absent
from rules.paths import at
from rules.platform import PlatformFacts
from rules.pool_facts import PoolFacts
from rules.problem import Problem
from rules.tables import azure
from rules.words import NOTHING, given, listed, meant

_NEEDED = {
    "customLocation": "the place",
    "logicalNetwork": "the network of the nodes",
    "sshPublicKey": "the key for the nodes",
    "adminGroups": "the Entra groups that administer the cluster",
}
_OF_A_NEW_CLUSTER = (*_NEEDED, "resourceGroup", "controlPlane", "hybridBenefit")


@dataclass(frozen=True, kw_only=True)
class AzureLocalFacts:
    """What is known of the platform, beside what all platforms have."""

    path: str = "platform"
    custom_location: str | Absent | None = None
    logical_network: str | Absent | None = None
    ssh_public_key: str | Absent | None = None
    admin_groups: Sequence[str] | None = None
    control_plane_size: str | None = None
    control_plane_address: str | Absent | None = None
    windows_node_pools: bool | None = None
    """Whether Windows pools were enabled there."""
    written: Mapping[str, object] = field(default_factory=dict)
    """The keys that the author wrote, with what stands there."""


def target(platform: PlatformFacts, local: AzureLocalFacts) -> Iterator[Problem]:
    """A cluster is made, which needs a place, a network, a key and administrators, or adopted, which has them."""
    made = platform.makes_pools
    if made:
        values = (local.custom_location, local.logical_network, local.ssh_public_key, local.admin_groups)
        for (key, what), value in zip(_NEEDED.items(), values, strict=True):
            if value is ABSENT or value == ():
                yield Problem(
                    rule="azure-local-target",
                    path=at(local.path, key),
                    given=NOTHING,
                    allowed=f"{listed(_NEEDED, 'and')} for a cluster to make, or existingCluster for one to adopt",
                    fix=f"give {key}, {what}, or the id of the cluster as existingCluster",
                )
    elif made is False:
        for key in _OF_A_NEW_CLUSTER:
            if local.written.get(key) not in (None, [], False):
                yield Problem(
                    rule="azure-local-adopted",
                    path=at(local.path, key),
                    given=given(local.written[key]),
                    allowed="nothing beside existingCluster: the adopted cluster has its own",
                    fix=f"remove {key}, or existingCluster",
                )


def control_plane(platform: PlatformFacts, local: AzureLocalFacts) -> Iterator[Problem]:
    """The cluster's own machines have a size that Azure Local has, and a legal address."""
    size, address = local.control_plane_size, local.control_plane_address
    if size is not None and platform.makes_pools and size not in azure.AZURE_LOCAL_VM_SIZES:
        yield Problem(
            rule="control-plane-size",
            path=at(local.path, "controlPlane", "vmSize"),
            given=given(size),
            allowed=f"{listed(azure.AZURE_LOCAL_VM_SIZES)} (AKS on Azure Local)",
            fix=meant(size, azure.AZURE_LOCAL_VM_SIZES, "leave vmSize out for Standard_A4_v2"),
        )
    if isinstance(address, str):
        try:
            ipaddress.IPv4Address(address)
        except ValueError:
            yield Problem(
                rule="control-plane-address",
                path=at(local.path, "controlPlane", "address"),
                given=given(address),
                allowed="an IPv4 address of the logical network",
                fix="write four numbers from 0 to 255, for example 192.168.10.5",
            )


def windows_enabled(
    platform: PlatformFacts, local: AzureLocalFacts, pools: Sequence[PoolFacts] | None
) -> Iterator[Problem]:
    """Somebody must have enabled Windows pools, which Azure's API cannot do. A pool that is found was enabled."""
    windows = [pool.path for pool in pools or () if pool.os == "windows"]
    if not windows or local.windows_node_pools is not False or platform.makes_pools is False:
        return
    yield Problem(
        rule="windows-pools-disabled",
        path=at(local.path, "windowsNodePools"),
        given="false",
        allowed=f"true, as {listed(windows, 'and')} {'is' if len(windows) == 1 else 'are'} for Windows, which Azure "
        "Local does not have by default",
        fix="run `Import-Module Support.AksArc; Invoke-SupportAksArcRemediation_EnableWindowsNodepool` on a machine of "
        "the Azure Local instance; once `az aksarc get-versions --custom-location ID` says that Windows2022 is ready, "
        "write windowsNodePools: true",
    )


def linux_pool(platform: PlatformFacts, pools: Sequence[PoolFacts] | None) -> Iterator[Problem]:
    """A cluster is born with a Linux pool, on which its own agents run."""
    if platform.makes_pools and pools is not None and all(pool.os == "windows" for pool in pools):
        yield Problem(
            rule="linux-pool-missing",
            path="nodePools",
            given="no pool of Linux",
            allowed="at least one pool with os: linux, on which the cluster's own agents run (AKS on Azure Local)",
            fix="add one, for example {name: system, os: linux, purpose: system, vmSize: Standard_A4_v2, minCount: 1, "
            "maxCount: 2}",
        )


def nodes(platform: PlatformFacts, pools: Sequence[PoolFacts] | None) -> Iterator[Problem]:
    """No more pools and nodes than a cluster takes."""
    if pools is None or not platform.makes_pools:
        return
    if len(pools) > azure.AZURE_LOCAL_POOLS:
        yield Problem(
            rule="pool-number",
            path="nodePools",
            given=f"{len(pools)} pools",
            allowed=f"at most {azure.AZURE_LOCAL_POOLS} (AKS on Azure Local)",
            fix="merge pools of the same size",
        )
    total = sum(pool.max_count or 0 for pool in pools)
    if total > azure.AZURE_LOCAL_CLUSTER_NODES:
        yield Problem(
            rule="pool-nodes",
            path="nodePools",
            given=f"{total} nodes at most",
            allowed=f"at most {azure.AZURE_LOCAL_CLUSTER_NODES} in a cluster (AKS on Azure Local)",
            fix=f"lower maxCount by {total - azure.AZURE_LOCAL_CLUSTER_NODES} altogether, or make a second cluster",
        )


def check(platform: PlatformFacts, local: AzureLocalFacts, pools: Sequence[PoolFacts] | None) -> Iterator[Problem]:
    """All rules of the platform."""
    if platform.kind != "azure-local":
        return
    yield from target(platform, local)
    yield from control_plane(platform, local)
    yield from windows_enabled(platform, local, pools)
    yield from linux_pool(platform, pools)
    yield from nodes(platform, pools)
