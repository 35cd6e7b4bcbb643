"""Which Azure a stack's rehearsal meets, and what is left in it.

Owns the place of the simulated Azure (`sandbox.azure`), what is in it before the first run, namely all that the stack
file brings by id, and what is told of it. Its rules and its resources are its own. Refuses to take its nodes for ours:
where Azure makes the pools it brings up their nodes, and only an adopted cluster's are made by the rehearsal.
"""

from __future__ import annotations

import os
import re
import textwrap
from collections import Counter
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

from infra.settings.aks import AksPlatform, PrivateApiServer
from infra.settings.azure_local import AzureLocalPlatform
from infra.settings.stack import StackSettings
from sandbox.azure import Azure
from sandbox.azure.quotas import GENEROUS

DIRECTORY_VARIABLE: Final = "BUILDFLEET_AZURE_DIRECTORY"
"""Names another place, for tests in which several stacks share one Azure."""

WIDTH: Final = 100
"""Columns of the lines on what Azure has."""
SYSTEM_DNS: Final = ("system", "none")


def directory(sandbox: Path) -> Path:
    """Where the simulated Azure of the stack in the folder `sandbox` is kept."""
    return Path(os.environ.get(DIRECTORY_VARIABLE, sandbox / "azure"))


def is_shared() -> bool:
    """Whether the simulated Azure may have resources of other stacks."""
    return DIRECTORY_VARIABLE in os.environ


def is_met(settings: StackSettings) -> bool:
    """Whether the stack's platform is one of Azure's."""
    return isinstance(settings.platform, AksPlatform | AzureLocalPlatform)


def makes_nodes(settings: StackSettings) -> bool:
    """Whether nodes come with the pools that the program makes; else they are found, and the rehearsal makes them."""
    match settings.platform:
        case AksPlatform():
            return True
        case AzureLocalPlatform(existing_cluster=None):
            return True
    return False


def prepare(place: Path, kubeconfig: Path, settings: StackSettings, *, before: Mapping[str, Any]) -> None:
    """Make what the stack file takes for granted: what it brings by id, and the quota that it counts on.

    `before` are the plain sections of the last run's stack file: a quota that only they have is as any other again.
    """
    platform = settings.platform
    if not isinstance(platform, AksPlatform | AzureLocalPlatform):
        return
    azure = Azure(place, kubeconfig=kubeconfig, subscription=platform.subscription, tenant=platform.tenant)
    for resource_id, properties in sorted(brought(settings).items()):
        azure.seed(resource_id, dict(properties))
    gone = dict.fromkeys((before.get("platform") or {}).get("vcpuQuota") or {}, GENEROUS)
    now = (platform.vcpu_quota if isinstance(platform, AksPlatform) else None) or {}
    if gone or now:
        azure.quotas({**gone, **now})


def brought(settings: StackSettings) -> dict[str, Mapping[str, Any]]:
    """Everything that the stack file brings by id, with what the simulation has to know of it."""
    platform = settings.platform
    ids: list[str | None] = []
    found: dict[str, Mapping[str, Any]] = {}
    if isinstance(platform, AksPlatform):
        ids = [platform.resource_group, platform.vault]
        ids += [settings.network.subnet, settings.registry.id, settings.monitoring.workspace]
        if isinstance(platform.api_server, PrivateApiServer) and platform.api_server.dns_zone not in SYSTEM_DNS:
            ids.append(platform.api_server.dns_zone)
    elif isinstance(platform, AzureLocalPlatform):
        ids = [platform.resource_group, platform.logical_network, platform.existing_cluster]
        if platform.custom_location:
            found[platform.custom_location] = {"windowsNodePools": platform.windows_node_pools}
    return {**{resource_id: {} for resource_id in ids if resource_id}, **found}


def found(place: Path, kubeconfig: Path) -> Azure | None:
    """The Azure that is there, whatever the stack file says by now; the cluster's nodes are its to bring up."""
    return Azure(place, kubeconfig=kubeconfig) if place.exists() else None


def summary(azure: Azure) -> list[str]:
    """What the simulated Azure has: a line with the count, then by namespace and type, at most `WIDTH` wide."""
    resources = azure.resources()
    counts = Counter(arm_type for _, arm_type in resources)
    groups: dict[str, list[str]] = {}
    for arm_type, count in sorted(counts.items()):
        namespace, _, kind = arm_type.partition("/")
        groups.setdefault(namespace.removeprefix("Microsoft."), []).append(_counted(count, kind))
    width = max(map(len, groups), default=0)
    indent = " " * (width + 4)
    lines = [f"Azure (simulated): {_counted(len(resources), 'resources')}"]
    for name, found in groups.items():
        lines += textwrap.wrap(
            ", ".join(found), WIDTH, initial_indent=f"  {name.ljust(width)}  ", subsequent_indent=indent
        )
    return lines


def _counted(count: int, kind: str) -> str:
    """A number and a type in words, for example `1 agent pool` of `managedClusters/agentPools`."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", kind.rpartition("/")[2]).split()
    name = " ".join(word if word.isupper() else word.lower() for word in words)
    return f"{count} {_singular(name) if count == 1 else name}"


def _singular(name: str) -> str:
    for ending, one in (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("s", "")):
        if name.endswith(ending):
            return name.removesuffix(ending) + one
    return name


def left_behind(azure: Azure, known: Collection[str]) -> list[str]:
    """The ids that are still there after a destroy.

    All of them count where the Azure is the stack's own; of a shared one those in `known`, the ids that the stack had.
    """
    mine = {resource_id.lower() for resource_id in known}
    return [resource_id for resource_id, _ in azure.resources() if not is_shared() or resource_id.lower() in mine]


def soft_deleted(azure: Azure, known: Collection[str]) -> list[str]:
    """Those of the ids that the stack had which are deleted vaults and still keep their names."""
    mine = {resource_id.lower() for resource_id in known}
    return [resource_id for resource_id in azure.soft_deleted() if resource_id.lower() in mine]


def made_pools(known: Collection[str]) -> bool:
    """Whether a node pool is among the ids that a stack had."""
    return any("/agentpools/" in resource_id.lower() for resource_id in known)
