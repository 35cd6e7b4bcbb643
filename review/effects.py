"""What a change restarts or drains, thing by thing.

Owns the joining of what happens to pods with what happens to the nodes below them: a node pool that goes takes the
jobs on it with it, whatever their controllers would have waited for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from review.capacity import pool_key
from review.concepts import Family
from review.differences import changes
from review.log import Log, Step
from review.resources import resource
from review.words import counted
from review.workloads import ENGINE_STAYS, ENGINE_UPGRADE, pools_used
from review.workloads import effects as of_workload
from rules.policies.azure import Pool, clusters, pools
from rules.policies.node import NotKnown

_UPGRADES: Final = ("orchestratorVersion", "nodeImageVersion", "kubernetesVersion", "currentKubernetesVersion")


@dataclass(frozen=True, kw_only=True)
class Effect:
    """One sentence on one thing. `text` is ours; `users` are names of a program."""

    noun: str
    name: str
    resource: str
    """Name of the resource where the thing has several, else empty."""
    text: str
    users: tuple[str, ...] = ()
    """Workloads that are placed on a pool that goes."""


def effects(log: Log, family: Family) -> list[Effect]:
    """Every effect, nodes first."""
    found = [*_of_pools(log, family), *_of_workloads(log, family)]
    upgraded = {(one.noun, one.name) for one in found if one.text == ENGINE_UPGRADE}
    return [one for one in found if one.text != ENGINE_STAYS or (one.noun, one.name) not in upgraded]


def _of_workloads(log: Log, family: Family) -> Iterator[Effect]:
    for step in log.changed:
        noun, name = family.title(step.urn)
        for text in dict.fromkeys(of_workload(step)):
            own = step.state.name
            yield Effect(noun=noun, name=name, resource="" if own == name else own, text=text)
        if step.state.type.startswith("kubernetes:helm.sh/") and step.operation in ("update", "replace"):
            told = "the chart's pods are made anew; jobs that run go on, none is started until they are back"
            yield Effect(noun=noun, name=name, resource="", text=told)


def _of_pools(log: Log, family: Family) -> Iterator[Effect]:
    for step in log.changed:
        if step.old is None:
            continue
        old = resource(step.old)
        noun, name = family.title(step.urn)
        try:
            found, whole = pools(old), clusters(old)
        except NotKnown:
            continue
        if whole and step.operation in ("replace", "delete"):
            told = "the cluster goes, with all its nodes, workloads and running jobs"
            yield Effect(noun=noun, name=name, resource="", text=told)
        elif step.operation in ("replace", "delete"):
            for pool in found:
                yield _gone(log, family, step, pool, noun, name)
        elif paths := [change.path for change in changes(step) if (found or whole) and _upgrades(change.path)]:
            yield Effect(noun=noun, name=name, resource="", text=_upgraded(found, bool(whole), paths))


def _gone(log: Log, family: Family, step: Step, pool: Pool, noun: str, name: str) -> Effect:
    key = pool_key(pool)
    users = tuple(
        sorted(
            {
                " ".join(family.title(other.urn))
                for other in log.steps
                if other.old is not None and key in pools_used(other.old)
            }
        )
    )
    drained = (
        "Azure deletes its nodes without a drain: jobs that run there end"
        if pool.platform == "aks"
        else ("its nodes are deleted, and jobs that run there end")
    )
    if step.operation == "delete":
        order = "drain it first where jobs matter"
    elif step.old_first:
        order = "the old pool goes before the new one comes: no capacity meanwhile; drain it first where jobs matter"
    else:
        order = "the new pool comes before the old one goes; drain the old one first where jobs matter"
    return Effect(noun=noun, name=name, resource="", text=f"{drained}; {order}", users=users)


def _upgrades(path: str) -> bool:
    return path.endswith(_UPGRADES)


def _upgraded(found: list[Pool], cluster: bool, paths: list[str]) -> str:
    minutes = 0
    for pool in found:
        value = pool.body.get("upgradeSettings", "drainTimeoutInMinutes").value
        minutes = max(minutes, int(value) if isinstance(value, int | float) else 30)
    drain = f", each waits up to {counted(minutes, 'minute')} for its jobs" if minutes else ""
    if cluster and not any("agentPoolProfiles" in path for path in paths):
        return "the control plane is upgraded; its nodes follow where a pool says so"
    return f"an upgrade: nodes are drained one after another{drain}"
