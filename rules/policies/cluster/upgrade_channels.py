"""`cluster-upgrade-channels`: Kubernetes and node images are kept up by themselves, in hours that somebody chose.

Judges AKS: the channels and the tier by the cluster itself, the two schedules by the resources of the program. Nodes
of Windows get no SecurityPatch: with such a pool the channel is NodeImage. Sources: MicrosoftDocs/azure-aks-docs
(auto-upgrade-cluster, auto-upgrade-node-os-image, planned-maintenance, free-standard-pricing-tiers), read 2026-08-21.

No remedy: a channel upgrades and drains nodes, under builds, in hours that nobody has chosen yet.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from rules.policies.azure import Cluster, Pool
from rules.policies.cluster.owners import Told, clusters_and_pools, owners, windows
from rules.policies.cluster.parts import MAINTENANCE, Part
from rules.policies.node import Node, Unchecked, Verdict, each_known
from rules.policies.resource import Resource
from rules.policies.rule import PRODUCTION_ONLY, Context, Option, Reference, Rule
from rules.problem import Problem
from rules.words import NOTHING, given, listed

ID: Final = "cluster-upgrade-channels"

_NODE_IMAGE: Final = "nodeimage"
_LINUX_ONLY: Final = "securitypatch"
_PAID: Final = ("standard", "premium")
_SCHEDULES: Final = (
    ("aksManagedAutoUpgradeSchedule", "upgradeChannel", "Kubernetes"),
    ("aksManagedNodeOSUpgradeSchedule", "nodeOSUpgradeChannel", "node images"),
)

Subject = Cluster | Pool | Part


def _read(resource: Resource) -> list[Subject]:
    return [*clusters_and_pools(resource), *MAINTENANCE(resource)]


def _check(subjects: Sequence[tuple[Resource, Subject]], context: Context) -> Told:
    schedules = [(resource, one) for resource, one in subjects if isinstance(one, Part)]
    found = windows([(resource, one) for resource, one in subjects if not isinstance(one, Part)])
    made = [one.cluster for one in found if one.cluster.platform == "aks"]
    for one in found:
        cluster = one.cluster
        if cluster.platform != "aks":
            continue
        for verdict in [*each_known([cluster], lambda it: _channel(it, context)), *each_known([cluster], _tier)]:
            yield cluster.resource, verdict
        for verdict in each_known([(cluster, bool(one.pools))], _node_channel):
            yield cluster.resource, verdict
        if not one.pools and one.maybe and _is_linux_only(cluster):
            yield one.maybe[0]
        yield from _scheduled(cluster, made, schedules)


def _channel(cluster: Cluster, context: Context) -> Iterator[Verdict]:
    node = cluster.body.get("autoUpgradeProfile", "upgradeChannel")
    allowed: list[str] = context.options["channels"]
    if (node.text() or "").casefold() not in allowed:
        yield _problem(node, listed(map(given, allowed)), f"write {given(allowed[0]) if allowed else NOTHING}")


def _tier(cluster: Cluster) -> Iterator[Verdict]:
    node = cluster.outer.get("sku", "tier")
    if (node.text() or "").casefold() not in _PAID:
        yield _problem(
            node,
            '"Standard" or "Premium": for Free nobody promises that the API server is there',
            'write tier "Standard"',
        )


def _node_channel(judged: tuple[Cluster, bool]) -> Iterator[Verdict]:
    cluster, has_windows = judged
    node = cluster.body.get("autoUpgradeProfile", "nodeOSUpgradeChannel")
    channel = (node.text() or "").casefold()
    if channel != _NODE_IMAGE and (has_windows or channel != _LINUX_ONLY):
        allowed = '"NodeImage"' + (": Windows nodes get no other" if has_windows else ' or "SecurityPatch"')
        yield _problem(node, allowed, 'write "NodeImage"')


def _is_linux_only(cluster: Cluster) -> bool:
    value = cluster.body.get("autoUpgradeProfile", "nodeOSUpgradeChannel").value
    return isinstance(value, str) and value.casefold() == _LINUX_ONLY


def _scheduled(cluster: Cluster, made: Sequence[Cluster], schedules: Sequence[tuple[Resource, Part]]) -> Told:
    """Both schedules are there. One that is there but not known may be either, or another cluster's."""
    own: set[str] = set()
    unknown: list[tuple[Resource, Unchecked]] = []
    for resource, schedule in schedules:
        certain, possible = owners(resource, made)
        name = _name(schedule)
        if cluster in certain and isinstance(name.value, str):
            own.add(name.value.casefold())
        elif cluster in [*certain, *possible]:
            unknown.append((resource, Unchecked(path=name.path if not name.is_known else "resourceName")))
    for name_, channel, what in _SCHEDULES:
        if name_.casefold() in own:
            continue
        if unknown:
            yield unknown[0]
            return
        path = cluster.body.get("autoUpgradeProfile", channel).path
        yield (
            cluster.resource,
            Problem(
                rule=ID,
                path=path,
                given=f"no maintenance configuration {name_}",
                allowed=f"hours for upgrades of {what}: without them one comes when Azure likes, in the middle of jobs",
                fix=f"add a MaintenanceConfiguration with the configName {name_}, of four hours a week or more",
            ),
        )


def _name(schedule: Part) -> Node:
    """Its name: of a resource of its own type, a generic one, or one in a template, where the cluster's comes first."""
    top = schedule.top
    keys = ("configName", "name") if schedule.resource.kind in MAINTENANCE.kinds else ("resourceName", "name")
    node = next((found for key in keys if (found := top.get(key)).is_given), top.get(keys[0]))
    return Node(node.value.rpartition("/")[2], node.path) if isinstance(node.value, str) else node


def _problem(node: Node, allowed: str, fix: str) -> Problem:
    return Problem(
        rule=ID,
        path=node.path,
        given=given(node.value) if node.is_given else NOTHING,
        allowed=allowed,
        fix=fix,
    )


RULE: Final = Rule[Subject](
    id=ID,
    group="cluster",
    title="clusters are upgraded by themselves, in hours of their own, on a tier with a promise",
    why="A cluster that nobody upgrades is out of support within a year, with holes that everybody knows. One that is "
    "upgraded at any hour drains nodes under running jobs.",
    fix="Set upgradeChannel patch or stable and nodeOSUpgradeChannel NodeImage, add both maintenance configurations, "
    "and take the tier Standard.",
    severity="medium",
    levels=PRODUCTION_ONLY,
    read=_read,
    check_stack=_check,
    options={
        "channels": Option(
            default=["patch", "stable"],
            schema={
                "type": "array",
                "items": {"type": "string", "enum": ["patch", "stable", "rapid", "node-image", "none"]},
                "minItems": 1,
                "uniqueItems": True,
                "description": "values of upgradeChannel that are allowed",
            },
        )
    },
    references=(
        Reference(framework="PSRule for Azure", id="AZR-000036"),
        Reference(framework="PSRule for Azure", id="AZR-000285"),
        Reference(framework="PSRule for Azure", id="AZR-000446"),
        Reference(framework="Azure Policy", id="5c345cdf-2049-47e0-b8fe-b0e96bc2df35"),
        Reference(framework="Azure Policy", id="04408ca5-aa10-42ce-8536-98955cdddd4c"),
        Reference(framework="Azure Policy", id="e1352e44-d34d-4e4d-a22e-451a15f759a1"),
        Reference(framework="Checkov", id="CKV_AZURE_170"),
        Reference(framework="Checkov", id="CKV_AZURE_171"),
    ),
)
