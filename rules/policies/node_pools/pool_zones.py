"""`pool-zones`: the loss of one availability zone does not take a production cluster down."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rules.policies.azure import Pool, pools
from rules.policies.node import Node, Verdict
from rules.policies.rule import ADVISORY, Context, Option, Reference, Rule
from rules.problem import Problem
from rules.words import NOTHING, given, listed

ID: Final = "pool-zones"


def _check(pool: Pool, context: Context) -> Iterator[Verdict]:
    if pool.platform != "aks" or _without_zones(pool, context):
        return
    zones = pool.body.get("availabilityZones")
    system = pool.is_system()
    if not system and context.fleet.profile != "production":
        return
    # One pool a zone is a way to build; a system pool in one zone is lost with it.
    least = 2 if system else 1
    found = zones.items()
    if len(found) < least:
        yield Problem(
            rule=ID,
            path=zones.path,
            given=listed((given(zone.value) for zone in found), "and") or NOTHING,
            allowed=f"{least} or more zones" if system else "one zone or more",
            fix='write ["1", "2", "3"], as far as the region and the size have them; it takes another pool',
        )


def _without_zones(pool: Pool, context: Context) -> bool:
    regions = {_plain(region) for region in context.options["regionsWithoutZones"]}
    location = Node(pool.resource.root.get("location").value, "location")
    return bool(regions) and _plain(location.text() or "") in regions


def _plain(region: str) -> str:
    return region.replace(" ", "").lower()


RULE: Final = Rule[Pool](
    id=ID,
    group="node pools",
    title="the pools of a production cluster are spread over availability zones",
    why="A pool without zones is wherever Azure puts it, all of it in one building for all one knows, and cannot be "
    "moved.",
    fix="Name the zones of the pool.",
    severity="medium",
    levels=ADVISORY,
    read=pools,
    check=_check,
    options={
        "regionsWithoutZones": Option(
            default=[],
            schema={
                "type": "array",
                "items": {"type": "string", "minLength": 1},
                "uniqueItems": True,
                "description": "regions in which nothing is asked for, of pools in resources that name their location; "
                "an AgentPool does not",
            },
        )
    },
    references=(Reference(framework="PSRule for Azure", id="AZR-000021"),),
)
