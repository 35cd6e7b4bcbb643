"""`pool-max-pods`: how many pods a node takes is said, as Azure cannot change it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rules.policies.azure import Pool, pools
from rules.policies.node import Verdict
from rules.policies.rule import ADVISORY, Context, Option, Reference, Rule
from rules.problem import Problem
from rules.tables.azure import AKS_SYSTEM_MAX_PODS, MAX_PODS
from rules.words import NOTHING, given

ID: Final = "pool-max-pods"


def _check(pool: Pool, context: Context) -> Iterator[Verdict]:
    node = pool.body.get("maxPods")
    number = node.number()
    least, most, of_windows = (context.options[key] for key in ("least", "most", "windowsMost"))
    # What the system decides matters only between the two limits.
    if number is not None and least <= number <= most and (number <= of_windows or not pool.is_windows()):
        return
    if number is not None and (number > most or number > of_windows) and pool.body.get("osType").is_known:
        most = min(most, of_windows) if pool.is_windows() else most
    yield Problem(
        rule=ID,
        path=node.path,
        given=NOTHING if number is None else given(number),
        allowed=f"{least} to {most}",
        fix=f"write {min(max(MAX_PODS, least), most)}; on a pool that is there it takes another pool",
    )


def _pods(default: int, what: str) -> Option:
    return Option(
        default=default, schema={"type": "integer", "minimum": 10, "maximum": 250, "description": f"{what} of a node"}
    )


RULE: Final = Rule[Pool](
    id=ID,
    group="node pools",
    title="a pool says how many pods its nodes take",
    why="The default differs by platform and network, and Azure cannot change the number. Too small, and the agents of "
    "a job wait for a node that is half empty.",
    fix="Write maxPods: 110, the most that is advised for Windows.",
    severity="low",
    levels=ADVISORY,
    read=pools,
    check=_check,
    options={
        "least": _pods(AKS_SYSTEM_MAX_PODS, "fewest pods"),
        "most": _pods(250, "most pods"),
        "windowsMost": _pods(MAX_PODS, "most pods, on Windows,"),
    },
    references=(
        Reference(framework="PSRule for Azure", id="AZR-000018"),
        Reference(framework="Checkov", id="CKV_AZURE_168"),
    ),
)
