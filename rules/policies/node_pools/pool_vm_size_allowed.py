"""`pool-vm-size-allowed`: a pool's machines are of a size that its platform has, and that its work needs.

What a size must be is in `rules.pool_size`, as settings are told it; here are the lists that an organization allows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rules import pool_size
from rules.policies.azure import Pool, pools
from rules.policies.node import Verdict
from rules.policies.node_pools.facts import platform_facts, pool_facts, require, told
from rules.policies.node_pools.purpose import each, purpose
from rules.policies.rule import MANDATORY, Context, Option, Reference, Rule
from rules.problem import Problem
from rules.vm_size import vcpus
from rules.words import given, listed

ID: Final = "pool-vm-size-allowed"


def _fits(pool: Pool, context: Context) -> Iterator[Verdict]:
    found = list(told(ID, pool_size.vm_size(platform_facts(pool, context), pool_facts(pool))))
    yield from found
    if found:
        return
    require(pool, "vmSize")
    if pool.platform == "aks":
        require(pool, "osType")
        pool.is_system()
        if pool.is_windows():
            require(pool, "osSKU")


def _listed(pool: Pool, context: Context) -> Iterator[Verdict]:
    lists = {key: context.options[key] for key in ("system", "linuxBuild", "windowsBuild", "user")}
    node = pool.body.get("vmSize")
    if not node.is_given or not any(lists.values()):
        return
    kind: str = purpose(pool)
    if kind == "build":
        kind = "windowsBuild" if pool.is_windows() else "linuxBuild"
    allowed = lists[kind]
    name = node.text()
    if allowed and name not in allowed:
        yield Problem(
            rule=ID,
            path=node.path,
            given=given(name),
            allowed=f"{listed(allowed)} for pools of this purpose ({kind})",
            fix="choose one of them, or have the list extended",
        )


def _large(pool: Pool, context: Context) -> Iterator[Verdict]:
    least = context.options["leastBuildVcpus"]
    if not least or purpose(pool) != "build":
        return
    node = pool.body.get("vmSize")
    count = vcpus(node.text() or "")
    if count is not None and count < least:
        yield Problem(
            rule=ID,
            path=node.path,
            given=f"{given(node.value)}, which has {count} vCPUs",
            allowed=f"{least} vCPUs or more for build pools",
            fix="choose a larger size",
        )


def _sizes(what: str) -> Option:
    schema = {
        "type": "array",
        "items": {"type": "string", "pattern": "^Standard_"},
        "uniqueItems": True,
        "description": f"names of machine sizes that {what} may have; empty: any that fits",
    }
    return Option(default=[], schema=schema)


RULE: Final = Rule[Pool](
    id=ID,
    group="node pools",
    title="a pool's machines fit its platform, its operating system and its purpose",
    why="A size cannot be changed in place. One that is too small, of the wrong processor or lent by credit is noticed "
    "when the pool is in use.",
    fix="Choose a size of family D with four vCPUs or more, with Intel or AMD processors on Windows.",
    severity="medium",
    levels=MANDATORY,
    read=pools,
    check=lambda pool, context: each(pool, context, (_fits, _listed, _large)),
    options={
        "system": _sizes("system pools"),
        "linuxBuild": _sizes("Linux build pools"),
        "windowsBuild": _sizes("Windows build pools"),
        "user": _sizes("other pools"),
        "leastBuildVcpus": Option(
            default=0,
            schema={
                "type": "integer",
                "minimum": 0,
                "description": "least vCPUs of a build pool's machines, beside what Azure itself needs; 0: no more",
            },
        ),
    },
    references=(
        Reference(framework="AKS documentation", id="use-system-pools"),
        Reference(framework="AKS documentation", id="create-node-pools"),
    ),
)
