"""`windows-pool-user-mode`: what keeps a cluster going runs on Linux, so no Windows pool is a system pool."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rules.policies.azure import Pool, pools
from rules.policies.node import NotKnown, Verdict
from rules.policies.node_pools.remedies import own_pool
from rules.policies.resource import Resource
from rules.policies.rule import MANDATORY, Context, Reference, Rule
from rules.problem import Problem
from rules.words import given

ID: Final = "windows-pool-user-mode"


def _check(pool: Pool, context: Context) -> Iterator[Verdict]:
    mode = pool.body.get("mode")
    # Azure Local has no modes. Whichever of the two is known may settle it.
    if pool.platform != "aks" or (mode.is_known and not _system(mode.text())) or not pool.is_windows():
        return
    if _system(mode.text()):
        yield Problem(rule=ID, path=mode.path, given=given(mode.value), allowed='"User" on Windows', fix='write "User"')


def _system(mode: str | None) -> bool:
    return (mode or "").casefold() == "system"


def _remedy(resource: Resource, context: Context) -> dict[str, object] | None:
    # Azure takes no Windows pool in mode System: nothing that is there can be changed by it.
    pool = own_pool(resource)
    if pool is None:
        return None
    try:
        wrong = pool.is_windows() and _system(pool.body.get("mode").text())
    except NotKnown:
        return None
    return {**resource.inputs, "mode": "User"} if wrong else None


RULE: Final = Rule[Pool](
    id=ID,
    group="node pools",
    title="Windows pools have the mode User",
    why="AKS runs its own parts on Linux system pools only, and refuses a Windows pool in mode System.",
    fix="Set mode to User, and have a Linux pool in mode System.",
    severity="medium",
    levels=MANDATORY,
    read=pools,
    check=_check,
    references=(
        Reference(framework="AKS documentation", id="use-system-pools"),
        Reference(framework="AKS documentation", id="create-node-pools"),
    ),
    remedy=_remedy,
)
