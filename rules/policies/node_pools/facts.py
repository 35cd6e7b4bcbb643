"""A pool of a program in the terms of `rules.pool_facts`, so that what settings are told is told of any program.

Owns the translation there and back. What is not known is left out of the facts, on which the rules of settings are
silent: who asks them has to `require` what they need.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from rules.given import ABSENT, Absent
from rules.platform import PlatformFacts
from rules.policies.azure import Pool
from rules.policies.node import Node, NotKnown
from rules.policies.rule import Context
from rules.pool_facts import PoolFacts
from rules.problem import Problem


def platform_facts(pool: Pool, context: Context) -> PlatformFacts:
    """The platform of a pool that a program makes."""
    return PlatformFacts(kind=pool.platform, production=context.fleet.profile == "production", existing_cluster=ABSENT)


def pool_facts(pool: Pool) -> PoolFacts:
    """What is known of the pool's machines."""
    try:
        os = "windows" if pool.is_windows() else "linux"
    except NotKnown:
        os = None
    try:
        purpose = "system" if pool.is_system() else "build"
    except NotKnown:
        purpose = None
    return PoolFacts(
        path=pool.body.path,
        os=os,
        purpose=purpose,
        vm_size=_text(pool.body.get("vmSize")),
        os_sku=_text(pool.body.get("osSKU")),
        max_pods=_number(pool.body.get("maxPods")),
        os_disk_gb=_number(pool.body.get("osDiskSizeGB")),
        os_disk_type=_text(pool.body.get("osDiskType")),
    )


def told(rule: str, problems: Iterable[Problem]) -> Iterator[Problem]:
    """Problems of settings as those of a policy, with Azure's names for what they speak of."""
    for problem in problems:
        yield replace(problem, rule=rule, fix=problem.fix.replace("osSku", "osSKU"))


def require(pool: Pool, *keys: str) -> None:
    """Raise `NotKnown` for the first of these properties that is not known."""
    for key in keys:
        pool.body.get(key).known()


def _text(node: Node) -> str | Absent | None:
    if not node.is_known:
        return None
    text = node.text()
    return ABSENT if text is None else text


def _number(node: Node) -> int | Absent | None:
    if not node.is_known:
        return None
    number = node.number()
    return ABSENT if number is None else int(number)
