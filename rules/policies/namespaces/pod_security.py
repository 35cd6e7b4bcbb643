"""`namespace-pss-labels`: every namespace says what Pod Security enforces, and privileged is for two purposes.

Of the fleet's namespaces all modes are asked for, with the version whose checks they are; of others that they enforce
some level. In the cluster only the fleet's are judged, told by their label. A level that is none, `Baseline` for
instance, is refused by the API server itself; here it is told before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from rules.policies.fleet import CONFINEMENT_LABEL, Fleet
from rules.policies.namespaces.managed import namespaces
from rules.policies.node import Node, Verdict, each_known
from rules.policies.objects import Object, objects
from rules.policies.resource import Resource
from rules.policies.rule import MANDATORY, Context, Option, Reference, Rule, Twin
from rules.problem import Problem
from rules.words import given, listed

ID: Final = "namespace-pss-labels"
PREFIX: Final = "pod-security.kubernetes.io/"
MODES: Final = ("audit", "enforce", "warn")
LEVELS: Final = ("baseline", "privileged", "restricted")
PRIVILEGED_FOR: Final = ("agents-docker", "engine")
"""Purposes whose pods no other level admits: HostProcess, and the pipe or a privileged daemon."""
VERSION: Final = r"^(latest|v1\.[0-9]+)$"
_OTHERS: Final = "otherNamespaces"


def _check(item: Object, context: Context) -> Iterator[Verdict]:
    fleet = context.fleet
    name = item.meta.get("name").text()
    if name in fleet.system_namespaces:
        return
    own = fleet.confinement(name)
    allowed = [level for level in LEVELS if level != "privileged" or own in PRIVILEGED_FOR]
    labels = item.meta.get("labels")
    if item.partial and not labels.is_given:
        return
    labels.known()

    def mode(one: str) -> Iterator[Verdict]:
        levels = allowed if one == "enforce" else list(LEVELS)
        yield from _label(item, labels.get(f"{PREFIX}{one}"), levels)

    def version(one: str) -> Iterator[Verdict]:
        node = labels.get(f"{PREFIX}{one}-version")
        value = node.text()
        if (value is None and not item.partial) or (value is not None and not re.match(VERSION, value)):
            yield _problem(node, "a version such as v1.36, or latest", "set it, so that an upgrade changes nothing")

    if own is not None:
        yield from each_known(list(MODES), mode)
        yield from each_known(list(MODES), version)
    elif context.options[_OTHERS] or labels.get(f"{PREFIX}enforce").is_given:
        yield from mode("enforce")


def _label(item: Object, node: Node, levels: list[str]) -> Iterator[Verdict]:
    value = node.text()
    if value in levels or (item.partial and not node.is_given):
        return
    reserved = value == "privileged"
    yield _problem(
        node,
        listed(levels) + (f"; privileged is for the purposes {listed(PRIVILEGED_FOR, 'and')}" if reserved else ""),
        "run what needs privilege in a namespace of the fleet" if reserved else f"set the label to {levels[0]}",
    )


def _problem(node: Node, allowed: str, fix: str) -> Problem:
    value = node.value if node.is_given else None
    return Problem(rule=ID, path=node.path, given=given(value), allowed=allowed, fix=fix)


def _remedy(resource: Resource, context: Context) -> dict[str, object] | None:
    """Audit and warn as is enforced, and versions as they are by default: nothing that was admitted is refused."""
    found = objects(resource)
    if len(found) != 1 or found[0].body.path or found[0].partial:
        return None
    item = found[0]
    labels = item.meta.get("labels").value
    name, level = item.meta.get("name").value, item.meta.get("labels", f"{PREFIX}enforce").value
    if not isinstance(labels, Mapping) or level not in LEVELS or not _is_own(name, context.fleet):
        return None
    version = labels.get(f"{PREFIX}enforce-version", "latest")
    added: dict[str, Any] = {}
    for mode in MODES:
        for key, value in ((f"{PREFIX}{mode}", level), (f"{PREFIX}{mode}-version", version)):
            if key not in labels:
                added[key] = value
    if not added:
        return None
    metadata = item.meta.value
    assert isinstance(metadata, Mapping)
    return {**resource.inputs, "metadata": {**metadata, "labels": {**labels, **dict(sorted(added.items()))}}}


def _is_own(name: object, fleet: Fleet) -> bool:
    return isinstance(name, str) and fleet.confinement(name) is not None


def _twin() -> Twin:
    def given_as(key: str, test: str) -> str:
        return f"object.metadata.?labels[?'{PREFIX}{key}'].orValue('') {test}"

    purpose = f"object.metadata.?labels[?'{CONFINEMENT_LABEL}'].orValue('')"
    levels = "[" + ", ".join(f"'{level}'" for level in LEVELS) + "]"
    wanted = [given_as(mode, f"in {levels}") for mode in MODES]
    version = VERSION.replace("\\", "\\\\")
    wanted += [given_as(f"{mode}-version", "").rstrip() + f".matches('{version}')" for mode in MODES]
    privileged = f"{given_as('enforce', '')}!= 'privileged' || {purpose} in {list(PRIVILEGED_FOR)}"
    return Twin(
        family="namespaces",
        expression=f"{purpose} == '' || ({' && '.join(wanted)} && ({privileged}))",
        message=f"a namespace of the fleet has the labels {PREFIX}enforce, audit and warn, each with its version, and "
        f"enforces privileged only as {listed(PRIVILEGED_FOR)}",
    )


RULE: Final = Rule[Object](
    id=ID,
    group="namespaces",
    title="namespaces name their Pod Security levels, and only those of the engine and of agents with Docker are "
    "privileged",
    why="Without a level AKS admits every pod, and a level without a version changes with an upgrade of the cluster.",
    fix=f"Label the namespace with {PREFIX}enforce: baseline or restricted, and with audit, warn and their versions.",
    severity="high",
    levels=MANDATORY,
    read=namespaces,
    check=_check,
    options={
        _OTHERS: Option(
            default=True,
            schema={
                "type": "boolean",
                "description": "Whether namespaces that are not the fleet's must name a level to enforce, too. They "
                "never enforce privileged.",
            },
        )
    },
    references=(
        Reference(framework="Pod Security Standards", id="Pod Security Admission labels"),
        Reference(framework="CIS Kubernetes 1.12", id="5.2.1"),
        Reference(framework="Azure Policy", id="a8640138-9b0a-4a28-b8cb-1666c838647d"),
    ),
    remedy=_remedy,
    twins=(_twin(),),
)
