"""`pool-upgrade-settings`: an upgrade brings new nodes first, and waits for the jobs on the old ones.

Of every pool of AKS it is asked how many nodes are replaced at a time, of a build pool that its drain outlasts the
longest job. Azure Local has no such settings.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rules.policies.azure import Pool, pools
from rules.policies.node import Node, NotKnown, Verdict, guarded
from rules.policies.node_pools.purpose import each, purpose, spot
from rules.policies.node_pools.remedies import own_pool
from rules.policies.resource import Resource
from rules.policies.rule import MANDATORY, Context, Option, Reference, Rule
from rules.pool_upgrade import LONGEST_DRAIN, drain_minutes
from rules.problem import Problem
from rules.words import NOTHING, given

ID: Final = "pool-upgrade-settings"
_SURGE: Final = "33%"


def _blue_green(pool: Pool) -> bool:
    return (pool.body.get("upgradeStrategy").text("Rolling") or "").casefold() == "bluegreen"


def _settings(pool: Pool) -> Node:
    return pool.body.get("upgradeSettingsBlueGreen" if _blue_green(pool) else "upgradeSettings")


def _surge(pool: Pool, context: Context) -> Iterator[Verdict]:
    # Spot pools take no surge, and a blue-green upgrade doubles the pool.
    if pool.platform != "aks" or spot(pool) or _blue_green(pool):
        return
    settings = _settings(pool)
    surge, taken = settings.get("maxSurge"), settings.get("maxUnavailable")
    if _number(surge) or _number(taken):
        return
    yield Problem(
        rule=ID,
        path=surge.path,
        given=given(surge.value) if surge.is_given else NOTHING,
        allowed="1 or more nodes, or a share of them, that an upgrade adds; or maxUnavailable instead",
        fix=f'write "{_SURGE}"',
    )


def _number(node: Node) -> bool:
    value = node.known()
    return isinstance(value, (int, str)) and str(value).removesuffix("%").strip("0") != ""


def _drain(pool: Pool, context: Context) -> Iterator[Verdict]:
    if pool.platform != "aks" or purpose(pool) != "build":
        return
    node = _settings(pool).get("drainTimeoutInMinutes")
    least = context.options["longestJobMinutes"]
    minutes = node.number()
    if minutes is None or minutes < least:
        yield Problem(
            rule=ID,
            path=node.path,
            given=f"{NOTHING}, which is 30" if minutes is None else given(minutes),
            allowed=f"{least} or more, which the longest job takes: AKS gives up a drain that takes longer, or ends "
            "the job",
            fix=f"write {drain_minutes(None, least)}",
        )


def _soak(pool: Pool, context: Context) -> Iterator[Verdict]:
    least = context.options["windowsSoakMinutes"]
    if not least or pool.platform != "aks" or _blue_green(pool) or not pool.is_windows():
        return
    node = _settings(pool).get("nodeSoakDurationInMinutes")
    minutes = node.number(0) or 0
    if minutes < least:
        yield Problem(
            rule=ID,
            path=node.path,
            given=given(minutes),
            allowed=f"{least} or more on Windows: the next node is not drained before this one has its images",
            fix=f"write {least}",
        )


def _undrainable(pool: Pool, context: Context) -> Iterator[Verdict]:
    if pool.platform != "aks" or _blue_green(pool) or purpose(pool) != "build":
        return
    node = _settings(pool).get("undrainableNodeBehavior")
    if node.text() != "Cordon":
        yield Problem(
            rule=ID,
            path=node.path,
            given=given(node.value) if node.is_given else f"{NOTHING}, which is Schedule",
            allowed='"Cordon": a node that cannot be drained keeps its job and takes no new one, and others go on',
            fix='write "Cordon"',
        )


def _check(pool: Pool, context: Context) -> Iterator[Verdict]:
    yield from each(pool, context, (_surge, _drain, _soak, _undrainable))


def _remedy(resource: Resource, context: Context) -> dict[str, object] | None:
    """What is missing is said; what somebody said stays."""
    pool = own_pool(resource)
    if pool is None:
        return None
    try:
        settings = _settings(pool)
        said = {key: node.known() for key, node in settings.entries()}
        wanted: dict[str, object] = {}
        if not _blue_green(pool):
            if any(guarded(_surge(pool, context))) and not settings.get("maxUnavailable").is_given:
                wanted["maxSurge"] = _SURGE
            if any(guarded(_undrainable(pool, context))):
                wanted["undrainableNodeBehavior"] = "Cordon"
        if any(guarded(_drain(pool, context))):
            wanted["drainTimeoutInMinutes"] = drain_minutes(None, context.options["longestJobMinutes"])
    except NotKnown:
        return None
    added = {key: value for key, value in sorted(wanted.items()) if key not in said}
    if not added:
        return None
    key = settings.path.rpartition(".")[2]
    return {**resource.inputs, key: {**said, **added}}


RULE: Final = Rule[Pool](
    id=ID,
    group="node pools",
    title="an upgrade of a pool waits for its jobs",
    why="AKS replaces every node each month for its image. A drain of 30 minutes, the default, ends jobs that take "
    "longer, or fails the upgrade half-way.",
    fix="Write upgradeSettings with maxSurge, drainTimeoutInMinutes of the longest job and a margin, and "
    "undrainableNodeBehavior: Cordon.",
    severity="high",
    levels=MANDATORY,
    read=pools,
    check=_check,
    options={
        "longestJobMinutes": Option(
            # Of ours the settings ask it of each pool with the jobs on it, and write half an hour more.
            default=30,
            schema={
                "type": "integer",
                "minimum": 1,
                "maximum": LONGEST_DRAIN,
                "description": "minutes that the longest job of a build pool may take",
            },
        ),
        "windowsSoakMinutes": Option(
            default=0,
            schema={
                "type": "integer",
                "minimum": 0,
                "maximum": 30,
                "description": "least minutes that an upgrade waits after each Windows node; 0: not asked for",
            },
        ),
    },
    references=(
        Reference(framework="AKS documentation", id="upgrade-options"),
        Reference(framework="AKS issue", id="Azure/AKS#2114"),
        Reference(framework="AKS issue", id="Azure/AKS#3008"),
        Reference(framework="AKS issue", id="Azure/AKS#4047"),
    ),
    remedy=_remedy,
)
