"""What a request may say of AKS pools that are there already: their set, their versions, their numbers of nodes.

Sources: pulumi-azure-native#579 and #2719 (no new pool through the cluster), Azure/AKS#4765 and azure-cli#22807 (the
versions of pools in a cluster's PUT), terraform-provider-azurerm#4543 (the count of a pool that scales itself; its
message, not its code); read 2026-11.
"""

from __future__ import annotations

from sandbox.azure import ids
from sandbox.azure.admission.request import Put
from sandbox.azure.records import World, pools
from sandbox.azure.refusals import versions
from sandbox.azure.types import CLUSTER, POOL
from sandbox.azure.values import Object, flag_at, list_at, number_at, text_at


def put(world: World, put: Put) -> None:
    """Refuse what only the pools' own operations can do, and what is the autoscaler's."""
    if put.found is None or put.found["seeded"]:
        return
    if put.token == POOL:
        _count(put, put.found, {**put.inputs, "enableAutoScaling": put.properties.get("enableAutoScaling")})
    elif put.token == CLUSTER:
        live = {ids.name(pool["id"]): pool for pool in pools(world, put.id)}
        profiles: dict[str, Object] = {
            profile["name"]: profile for profile in list_at(put.inputs, "agentPoolProfiles") or []
        }
        _set(put, live, profiles)
        _versions(put, live, profiles)
        for name, profile in profiles.items():
            _count(put, live[name], profile)


def _set(put: Put, live: dict[str, Object], profiles: dict[str, Object]) -> None:
    for name in sorted(profiles.keys() - live.keys()):
        raise put.error(
            400,
            "BadRequest",
            f"A new agent pool was introduced: agentPoolProfiles has {name}. Pools are not added to an existing "
            "cluster through the cluster. Make an AgentPool of it.",
        )
    for name in sorted(name for name, pool in live.items() if pool.get("owner") and name not in profiles):
        raise put.error(
            400,
            "InlinePoolLeftOut",
            f"agentPoolProfiles lacks {name}, which the cluster was made with. Leaving it out does not delete it. "
            "Write it again, or delete the pool by its own operation first.",
        )


def _versions(put: Put, live: dict[str, Object], profiles: dict[str, Object]) -> None:
    """All pools state a version or none does; a stated one is what the pool has or what the control plane gets."""
    stated = {name: text for name, profile in profiles.items() if (text := text_at(profile, "orchestratorVersion"))}
    now = None if put.found is None else put.found["facts"].get("version")
    if not stated or now is None:
        return
    target = versions.chosen(text_at(put.inputs, "kubernetesVersion") or now, now)
    has = {name: pool["facts"].get("version") for name, pool in live.items()}
    wanted = {name: versions.chosen(text, has[name]) for name, text in stated.items()}
    if target == now and all(version == has[name] for name, version in wanted.items()):
        return
    wrong = sorted(
        [f"{name} states none" for name in live.keys() - stated.keys()]
        + [f"{name} states {stated[name]}" for name, version in wanted.items() if version not in (has[name], target)]
    )
    if wrong:
        raise put.error(
            400,
            "NotAllAgentPoolOrchestratorVersionSpecifiedAndUnchanged",
            "Using managed cluster api, all Agent pools' OrchestratorVersion must be all specified or all unspecified, "
            f"and if specified unchanged or that of the control plane, which becomes {target}: {', '.join(wrong)}. "
            "Leave orchestratorVersion out of agentPoolProfiles, and upgrade each pool by its own operation.",
        )


def _count(put: Put, pool: Object, wanted: Object) -> None:
    given, live = number_at(wanted, "count"), number_at(pool["properties"], "count")
    if flag_at(wanted, "enableAutoScaling") and None not in (given, live) and given != live:
        raise put.error(
            400,
            "InvalidParameter",
            f"Cannot manually scale AgentPool {ids.name(pool['id'])} with cluster autoscaler enabled: count is "
            f"{given}, and the pool has {live} nodes. Leave count out.",
        )
