"""`image-sources-named`: a fleet says where its images come from.

`image-registry-allowlist`, and what `host-process-confined` asks of an image, compare with the lists `registries` and
`ownRepositories` of `fleet-settings`. A list that is empty allows every image, so with pods of the fleet in a program
that is told, once, and not for each pod. A program without such pods is not bothered.

In the cluster it has no form: the values of those policies come from a stack file, from which the lists are made.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from rules.policies.fleet import Fleet
from rules.policies.node import NotKnown, Unchecked, Verdict
from rules.policies.pods import Pod, pods
from rules.policies.resource import Resource
from rules.policies.rule import PRODUCTION_ONLY, Context, Reference, Rule
from rules.policies.settings import ID as SETTINGS
from rules.problem import Problem
from rules.words import NOTHING, given, listed

ID: Final = "image-sources-named"
_REGISTRIES: Final = "registries"
_OWN: Final = "ownRepositories"


def _check(found: Sequence[tuple[Resource, Pod]], context: Context) -> Iterator[tuple[Resource | None, Verdict]]:
    fleet = context.fleet
    needed: dict[str, str] = {}
    unclear: tuple[Resource, Unchecked] | None = None
    for resource, pod in found:
        try:
            for key in _needed(pod, fleet):
                needed.setdefault(key, pod.namespace() or "")
        except NotKnown as unknown:
            unclear = unclear or (resource, Unchecked(path=unknown.path))
    if needed:
        yield None, _problem(needed)
    elif unclear is not None:
        yield unclear


def _needed(pod: Pod, fleet: Fleet) -> Iterator[str]:
    """The lists that a pod is to be compared with, and that are empty."""
    if fleet.registries and fleet.own_repositories:
        return
    purpose = fleet.confinement(pod.namespace())
    if not fleet.registries and purpose is not None:
        yield _REGISTRIES
    if not fleet.own_repositories and purpose == "engine" and pod.host_process():
        yield _OWN


def _problem(needed: dict[str, str]) -> Problem:
    keys = [key for key in (_REGISTRIES, _OWN) if key in needed]
    places = sorted(set(needed.values()))
    return Problem(
        rule=ID,
        path=SETTINGS,
        given=f"{NOTHING} in {listed(keys, 'and')}, with pods of the fleet in {listed(map(given, places), 'and')}",
        allowed="prefixes of the registries and repositories that these pods' images come from: else any image passes",
        fix=f"name them in {SETTINGS}: {listed(keys, 'and')}",
    )


RULE: Final = Rule[Pod](
    id=ID,
    group="images",
    title="a fleet names the registries of its images, and the repositories that its owners alone push to",
    why="Without them two rules have nothing to compare with: an image from anywhere runs as an agent, or as a process "
    "of the node.",
    fix=f"Write {_REGISTRIES} and {_OWN} in {SETTINGS}.",
    severity="high",
    levels=PRODUCTION_ONLY,
    read=pods,
    check_stack=_check,
    references=(
        Reference(framework="Azure Policy", id="febd0533-8e55-448f-b837-bd0e06f16469"),
        Reference(framework="CIS AKS 1.8", id="5.1.4"),
    ),
)
