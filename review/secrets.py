"""What a changed Secret does to what reads it.

Owns the finding of those by name: pods that have it in their environment or mount it, and runner sets whose listener
signs in with it. A name that is not known yet finds nobody, and then the sentence stands alone.
The kubelet renews what is mounted, but not by subPath; who has read a file need not read it again.
Sources: docs/operations.md, "Changes, and what they do to running jobs"; of mounted Secrets
https://kubernetes.io/docs/concepts/configuration/secret/#using-secrets-as-files-from-a-pod
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from review.concepts import Family
from review.differences import changes
from review.effect import Effect, Harm
from review.log import Log, State, Step
from review.resources import resource
from review.workloads import pods_of
from rules.policies.node import NotKnown
from rules.policies.objects import Object, objects
from rules.policies.pods import Pod

_KIND: Final = "Secret"
_VALUES: Final = ("data", "stringData", "items")
_PULLS: Final = ("kubernetes.io/dockerconfigjson", "kubernetes.io/dockercfg")
"""Types of Secrets with which images are pulled."""
_NAMED: Final = ("secret", "secretKeyRef", "secretRef")
"""In a pod: a volume, a variable, a whole environment."""
_RUNNERS: Final = "AutoscalingRunnerSet"
_ENDED: Final = "Job"
"""Its pods have read what they read."""

PODS: Final = (
    "what read it at its start, or has it in its environment, keeps the old value until it is made anew, so one that "
    "was revoked breaks it; new pods read the new one"
)
LISTENER: Final = "the runner controller (from 0.14.2) rolls the listener, which signs in with the new value"
PULLS: Final = "nodes pull images with the new value from now on; pods that run go on"
GONE: Final = "pods that are made from now on do not start without it"


def effects(log: Log, family: Family) -> Iterator[Effect]:
    """What each Secret that changes or goes does."""
    for step in log.changed:
        # A list may have several of which the same is to be said.
        told: dict[str, set[str]] = {}
        for secret in _secrets(step):
            for text, users in _told(log, family, step, secret):
                told.setdefault(text, set()).update(users)
        noun, name = family.title(step.urn)
        place = "" if step.state.name == name else step.state.name
        for text, every in told.items():
            yield Effect(noun=noun, name=name, resource=place, text=text, harm=Harm.RESTART, users=tuple(sorted(every)))


def _secrets(step: Step) -> list[Object]:
    """The Secrets that there are, if something becomes of their values."""
    if step.old is None or step.operation not in ("delete", "replace", "update"):
        return []
    if step.operation == "update" and not any(change.path.startswith(_VALUES) for change in changes(step)):
        return []
    return [one for one in _objects(step.old) if one.kind == _KIND]


def _told(log: Log, family: Family, step: Step, secret: Object) -> Iterator[tuple[str, set[str]]]:
    read: set[str] = set()
    listening: set[str] = set()
    for other in log.steps:
        # What goes with the change has no more use for it.
        if other.old is None or other.operation == "delete" or not other.state.type.startswith("kubernetes:"):
            continue
        user = " ".join(family.title(other.urn))
        for one in _objects(other.old):
            if _elsewhere(one, secret):
                continue
            if one.kind == _RUNNERS and one.body.get("spec", "githubConfigSecret").value == secret.name():
                listening.add(user)
        if any(secret.name() in _names(pod.spec.value) for pod in _pods_beside(other.old, secret)):
            read.add(user)
    if step.operation == "delete":
        if users := read | listening:
            yield GONE, users
        return
    pulls = secret.body.get("type").value in _PULLS
    if read or not (listening or pulls):
        yield PODS, read
    if listening:
        yield LISTENER, listening
    if pulls:
        yield PULLS, set()


def _objects(state: State) -> list[Object]:
    try:
        return objects(resource(state))
    except NotKnown:
        return []


def _pods_beside(state: State, secret: Object) -> list[Pod]:
    """The pods of a workload that are in the namespace of a Secret and go on."""
    return [pod for pod in pods_of(state) if pod.object.kind != _ENDED and not _elsewhere(pod.object, secret)]


def _elsewhere(one: Object, other: Object) -> bool:
    """Whether two objects are known to be in different namespaces."""
    places = [each.meta.get("namespace").value for each in (one, other)]
    return all(isinstance(place, str) for place in places) and places[0] != places[1]


def _names(value: object) -> Iterator[str]:
    """The Secrets that a pod's spec names, but for those that images are pulled with."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key in _NAMED and isinstance(item, Mapping):
                yield from (name for each in ("name", "secretName") if isinstance(name := item.get(each), str))
            yield from _names(item)
    elif isinstance(value, list):
        for item in value:
            yield from _names(item)
