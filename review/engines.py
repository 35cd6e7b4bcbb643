"""Who is on the nodes of a Docker Engine that a change upgrades or takes away.

Owns the way from the engine's settings to its DaemonSet, and from that one's node selector to the workloads that run on
the same nodes: a cluster that is only found may have any labels, so selectors are compared and not our own label.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from review.concepts import Family
from review.log import Log, State, Step
from review.resources import resource
from review.workloads import is_engine, pods_of
from rules.policies.node import NotKnown
from rules.policies.objects import objects
from rules.policies.pods import Pod

_WITHOUT_JOBS: Final = ("DaemonSet", "Job")
"""Kinds on a node whose pods a drain need not wait for: every node has the first, the second have ended."""


def users(log: Log, family: Family, step: Step) -> tuple[str, ...]:
    """The agent pools, runner sets and others on the nodes of an engine, by its ConfigMap or its DaemonSet."""
    owner = family.owner(step.state).urn
    others = [other for other in log.steps if other.old is not None]
    own = [other for other in others if other is step or family.owner(other.state).urn == owner]
    config = _name(step.old)
    selectors = [
        selector
        for other in own
        if other.old is not None and is_engine(other)
        for pod in pods_of(other.old)
        if other is step or config in _configs(pod)
        if (selector := _selector(pod))
    ]
    found = {
        " ".join(family.title(other.urn))
        for other in others
        if other.old is not None
        for pod in pods_of(other.old)
        if pod.object.kind not in _WITHOUT_JOBS
        if any(_selector(pod).items() >= selector.items() for selector in selectors)
    }
    return tuple(sorted(found))


def _name(state: State | None) -> str | None:
    found = objects(resource(state)) if state else []
    return found[0].name() if found else None


def _configs(pod: Pod) -> list[object]:
    """The ConfigMaps that a pod mounts."""
    try:
        return [volume.get("configMap", "name").value for volume in pod.spec.get("volumes").items()]
    except NotKnown:
        return []


def _selector(pod: Pod) -> Mapping[str, str]:
    try:
        return pod.node_selector
    except NotKnown:
        return {}
