"""`pool-name-valid`: Azure takes the pool's name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rules import names
from rules.policies.azure import Pool, pools
from rules.policies.node import Verdict
from rules.policies.node_pools.purpose import each
from rules.policies.rule import MANDATORY, Context, Option, Reference, Rule
from rules.problem import Problem
from rules.words import given, listed

ID: Final = "pool-name-valid"


def _limit(pool: Pool, name: str) -> names.Limit:
    """What is to be kept. Which system it is matters only to a name that Linux takes and Windows does not."""
    if pool.platform == "azure-local":
        return names.AZURE_LOCAL_POOL
    if names.AKS_WINDOWS_POOL.allows(name):
        return names.AKS_POOL
    if not names.AKS_POOL.allows(name) and not pool.body.get("osType").is_known:
        return names.AKS_POOL
    return names.AKS_WINDOWS_POOL if pool.is_windows() else names.AKS_POOL


def _legal(pool: Pool, context: Context) -> Iterator[Verdict]:
    name = pool.name.text()
    if name is None or (limit := _limit(pool, name)).allows(name):
        return
    yield Problem(
        rule=ID,
        path=pool.name.path,
        given=given(name),
        allowed=limit.words,
        fix=f'name it "{names.suggestion(limit, name)}", for example',
    )


def _prefixed(pool: Pool, context: Context) -> Iterator[Verdict]:
    prefixes = context.options["prefixes"]
    name = pool.name.text() if prefixes else None
    if name is not None and not name.startswith(tuple(prefixes)):
        yield Problem(
            rule=ID,
            path=pool.name.path,
            given=given(name),
            allowed=f"names that begin with {listed(prefixes)}",
            fix="put the prefix in front of it",
        )


RULE: Final = Rule[Pool](
    id=ID,
    group="node pools",
    title="a pool's name is one that Azure takes",
    why="Azure refuses the name when the cluster is there already, in the middle of an update: six characters for "
    "Windows are few.",
    fix="Shorten the name: at most 12 lower-case letters and digits on Linux, 6 on Windows, from 3 on Azure Local.",
    severity="low",
    levels=MANDATORY,
    read=pools,
    check=lambda pool, context: each(pool, context, (_legal, _prefixed)),
    options={
        "prefixes": Option(
            default=[],
            schema={
                "type": "array",
                "items": {"type": "string", "minLength": 1},
                "uniqueItems": True,
                "description": "beginnings of names that are allowed; empty: any",
            },
        )
    },
    references=(
        Reference(framework="AKS documentation", id="create-node-pools"),
        Reference(framework="PSRule for Azure", id="AZR-000499"),
        Reference(framework="PSRule for Azure", id="AZR-000500"),
    ),
)
