"""`cost-budget-and-tags`: what is spent can be told apart, and somebody hears of it in time.

Tags are asked of what costs money and carries them, a budget of a stack that makes node pools in Azure. Nodes on Azure
Local are one's own machines.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from rules.policies.arm import OPAQUE, arm_resources
from rules.policies.azure import pools
from rules.policies.cost.taggable import AGENT_POOL, ARM_TYPES, TAGGABLE
from rules.policies.node import Node, NotKnown, Unchecked, Verdict, guarded
from rules.policies.resource import Resource
from rules.policies.rule import ADVISORY, Context, Option, Reference, Rule
from rules.problem import Problem
from rules.words import NOTHING, listed

ID: Final = "cost-budget-and-tags"
_BUDGETS: Final = ("azure-native:consumption:Budget", "azure-native:costmanagement:Budget")
_ARM_BUDGETS: Final = ("microsoft.consumption/budgets", "microsoft.costmanagement/budgets")
_CONTACTS: Final = ("contactEmails", "contactGroups", "contactRoles")


@dataclass(frozen=True)
class Subject:
    """Tags of something, notifications of a budget, or the word that there are nodes in Azure."""

    resource: Resource
    kind: Literal["tags", "budget", "nodes", "unknown"]
    node: Node


def _read(resource: Resource) -> Sequence[Subject]:
    root = resource.root
    found: list[Subject] = []
    if resource.kind in TAGGABLE:
        found.append(Subject(resource, "tags", root.get("tags")))
    if resource.kind in _BUDGETS:
        found.append(Subject(resource, "budget", root.get("notifications")))
    for arm, body, *_ in arm_resources(resource):
        if arm == OPAQUE:
            found.append(Subject(resource, "unknown", body))
        elif arm in ARM_TYPES:
            found.append(Subject(resource, "tags", body.get(*(["properties"] if arm == AGENT_POOL else []), "tags")))
        elif arm in _ARM_BUDGETS:
            found.append(Subject(resource, "budget", body.get("properties", "notifications")))
    if any(pool.platform == "aks" and pool.body.is_known for pool in pools(resource)):
        found.append(Subject(resource, "nodes", root))
    return found


def _check(found: Sequence[tuple[Resource, Subject]], context: Context) -> Iterator[tuple[Resource | None, Verdict]]:
    for resource, subject in found:
        if subject.kind == "tags":
            for verdict in guarded(_tags(subject.node, context)):
                yield resource, verdict
        elif subject.kind == "unknown":
            yield resource, Unchecked(path=subject.node.path)
    if not context.options["budget"] or not any(subject.kind == "nodes" for _, subject in found):
        return
    budgets = [(resource, subject) for resource, subject in found if subject.kind == "budget"]
    unknown: list[tuple[Resource, Unchecked]] = []
    for resource, subject in budgets:
        try:
            if _tells_somebody(subject.node):
                return
        except NotKnown as stopped:
            unknown.append((resource, Unchecked(path=stopped.path)))
    yield from unknown
    if not unknown:
        yield (
            (budgets[0][0] if budgets else None),
            Problem(
                rule=ID,
                path=budgets[0][1].node.path if budgets else "",
                given="a budget of which nobody is told" if budgets else "no budget",
                allowed="a budget with an enabled notification and somebody who gets it",
                fix="add notifications with contactEmails, for example at 80% spent and 100% forecast"
                if budgets
                else "add an azure-native consumption Budget over the resource groups of the cluster and of its nodes",
            ),
        )


def _tells_somebody(notifications: Node) -> bool:
    stopped: NotKnown | None = None
    for _, one in notifications.entries():
        try:
            if one.get("enabled").flag(False) and any(
                one.get(key).known() for key in _CONTACTS if one.get(key).is_given
            ):
                return True
        except NotKnown as unknown:
            stopped = unknown
    if stopped is not None:
        raise stopped
    return False


def _tags(tags: Node, context: Context) -> Iterator[Verdict]:
    # Azure does not tell capitals in a tag's name apart.
    there = {key.casefold(): node for key, node in tags.entries()}
    missing = [name for name in context.options["tags"] if name.casefold() not in there]
    empty = [
        node
        for name in context.options["tags"]
        if (node := there.get(name.casefold())) is not None and node.is_known and not node.text()
    ]
    if missing:
        yield Problem(
            rule=ID,
            path=tags.path,
            given=f"{listed(sorted(there), 'and')} alone" if there else NOTHING,
            allowed=f"the tags {listed(context.options['tags'], 'and')}",
            fix=f"add {listed(missing, 'and')}",
        )
    for node in empty:
        yield Problem(rule=ID, path=node.path, given="an empty text", allowed="a value", fix="fill it in")


def _remedy(resource: Resource, context: Context) -> dict[str, object] | None:
    """Tags whose value is the same for the whole stack are put where they are missing."""
    if resource.kind not in TAGGABLE:
        return None
    tags = resource.root.get("tags")
    try:
        there = {key: node.known() for key, node in tags.entries()}
    except NotKnown:
        return None
    known = {key.casefold() for key in there}
    values = context.options["values"]
    missing = {
        name: values[name]
        for name in sorted(context.options["tags"])
        if name in values and name.casefold() not in known
    }
    return {**resource.inputs, "tags": {**there, **missing}} if missing else None


RULE: Final = Rule[Subject](
    id=ID,
    group="cost",
    title="what costs money has tags, and a budget tells somebody",
    why="An invoice without owner and environment is nobody's, and without a budget it is the first to tell of a "
    "mistake.",
    fix="Put the tags on every resource that takes them, and add a budget with a notification.",
    severity="low",
    levels=ADVISORY,
    read=_read,
    check_stack=_check,
    options={
        "tags": Option(
            default=["environment", "owner"],
            schema={
                "type": "array",
                "items": {"type": "string", "minLength": 1},
                "uniqueItems": True,
                "description": "names of tags that what costs money has, in any capitals",
            },
        ),
        "values": Option(
            default={},
            schema={
                "type": "object",
                "additionalProperties": {"type": "string"},
                "description": "values that the remedy gives to missing tags, by the tag's name",
            },
        ),
        "budget": Option(
            default=True,
            schema={
                "type": "boolean",
                "description": "whether a stack with node pools in Azure has a budget; false: another stack has it",
            },
        ),
    },
    references=(Reference(framework="PSRule for Azure", id="Azure.Resource.UseTags"),),
    remedy=_remedy,
)
