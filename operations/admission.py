"""What is in a cluster already that its stack's admission policies would refuse: to be read before `deny`.

A policy that warns tells whoever applies something. Of what was there before it tells nobody anything, until a pod is
made again: by a rollout, a drain, on a new node. So the rules of confinement are asked here, in Python, of everything
that they are asked about in the cluster, and of running pods, since webhooks add to those what no template has.

Owns which objects are judged, and to whom a pod belongs. What is finished, or of a template that is not used any more,
is never made again. Refuses to judge namespaces that the policies leave alone: exempt ones and those of other stacks,
with `policy.scope: stack` all but the stack's own.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, get_args

from components.admission.policy_specs import Scope, judged_paths, twins_of
from operations.connection import Connection
from operations.gather import Object, redacted
from rules.policies.catalogue import RULES
from rules.policies.fleet import STACK_LABEL, Fleet
from rules.policies.judge import Readings, judge
from rules.policies.resource import Resource
from rules.policies.rule import Rule
from rules.policies.settings import InvalidSettings, from_config
from rules.problem import Problem

_ENDED: Final = ("Failed", "Succeeded")


class NoSettings(Exception):
    """There is no configuration to judge by; the message says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Refused:
    """Somebody's work that would be refused."""

    namespace: str
    name: str
    """`Kind/name` of what makes the pods, or of a pod that nothing makes."""
    pod: str | None
    """`Kind/name` where not the work itself but what it made is wrong, a pod with a sidecar for instance."""
    problem: Problem


@dataclass(kw_only=True)
class Judged:
    """The parts of a report."""

    stack: str
    where: str
    scope: Scope
    refused: list[Refused] = field(default_factory=list)
    """By namespace and name."""
    asked: int = 0
    """How many objects were judged."""
    others: list[str] = field(default_factory=list)
    """Namespaces of other stacks."""
    own: list[str] = field(default_factory=list)
    """Namespaces of the stack."""
    notes: list[str] = field(default_factory=list)


def question_in(file: str, stack: str) -> tuple[Fleet, Scope]:
    """A stack's fleet, and where its policies look; `-` is standard input. Raises `NoSettings`."""
    made_by = f"python -m infra.policy_config --stack {stack} --for-admission"
    try:
        document = json.loads(sys.stdin.read() if file == "-" else Path(file).read_text())
        scope = next(one for one in get_args(Scope) if one == document["scope"])
        fleet = from_config(document["configuration"], RULES).fleet
    except (KeyError, StopIteration, TypeError):
        raise NoSettings(
            f"--settings {file}: it lacks scope or configuration. It takes what this prints: {made_by}"
        ) from None
    except (OSError, ValueError, AttributeError, InvalidSettings) as error:
        raise NoSettings(f"--settings {file}: {error}. It takes what this prints: {made_by}") from None
    if fleet.stack != stack:
        raise NoSettings(f"--settings {file}: it is of stack {fleet.stack}, not {stack}. Write it by: {made_by}")
    return fleet, scope


def judged(connection: Connection, fleet: Fleet, scope: Scope = "cluster") -> Judged:
    """Ask the rules of confinement of all pods, and of what makes them, wherever the policies would."""
    found = Judged(stack=str(fleet.stack), where=connection.where, scope=scope)
    stacks = {
        _name(one): (one["metadata"].get("labels") or {}).get(STACK_LABEL)
        for one in connection.objects("/api/v1/namespaces")
    }
    found.others = sorted(name for name, stack in stacks.items() if stack not in (None, "", fleet.stack))
    found.own = sorted(name for name, stack in stacks.items() if stack == fleet.stack)
    left_alone = {*fleet.system_namespaces, *(found.others if scope == "cluster" else stacks.keys() - set(found.own))}
    things = [
        one
        for path in judged_paths("confinement")
        for one in connection.objects(path)
        if _namespace(one) not in left_alone
    ]
    wanted = {rule.id for rule, _ in twins_of("confinement", RULES, fleet)}
    rules = [rule for rule in RULES if rule.id in wanted]
    by_uid = {_uid(one): one for one in things}
    told: set[tuple[str, str]] = set()
    # The work first, then what it made: a mistake of a template is told once, where it is to be mended.
    for line in sorted((_line(one, by_uid) for one in things), key=lambda line: (len(line), *map(_key, line))):
        thing, work = line[0], line[-1]
        if _is_over(thing, owned=thing is not work):
            continue
        found.asked += 1
        problems = list(_problems(thing, rules, fleet))
        found.refused += [
            Refused(
                namespace=_namespace(work),
                name=_shown(work),
                pod=None if thing is work else _shown(thing),
                problem=problem,
            )
            for problem in problems
            if (_uid(work), problem.rule) not in told
        ]
        told |= {(_uid(work), problem.rule) for problem in problems}
    found.refused.sort(key=lambda one: (one.namespace, one.name))
    found.notes = list(connection.notes)
    return found


def text(found: Judged) -> str:
    """The report, for people."""
    return "\n".join(_lines(found)) + "\n"


def _lines(found: Judged) -> Iterator[str]:
    yield f"What the admission policies of stack {found.stack} would refuse, on {found.where}"
    yield from found.notes
    if found.notes:
        yield "What could not be read was not judged. It takes the right to list it in all namespaces."
    if found.scope == "stack":
        yield (
            f"policy.scope is stack: looked at are the namespaces labelled {STACK_LABEL}={found.stack} alone: "
            f"{', '.join(found.own) or 'none is'}"
        )
    elif found.others:
        yield f"Left to their own stacks: {', '.join(found.others)}"
    yield ""
    if not found.refused:
        yield f"Nothing: {found.asked} objects were judged."
        return
    yield "Pods that run go on. Each of these is refused when it is made again: by a rollout, a drain, on a new node."
    work = ""
    for one in found.refused:
        if work != (work := f"{one.namespace}/{one.name}"):
            yield f"\n{work}"
        place = f"{one.pod}: {one.problem.path}" if one.pod else one.problem.path
        yield f"  {one.problem.rule}: {place}: {redacted(one.problem.given)}"
        yield f"    allowed: {one.problem.allowed}"
        yield f"    fix: {one.problem.fix}"
    works = {(one.namespace, one.name) for one in found.refused}
    mend = "Mend each"
    if found.scope == "cluster":
        mend += ", or name its namespace in buildfleet:policy.exemptNamespaces"
    yield (
        f"\n{len(works)} of {found.asked} objects that were judged, in namespaces "
        f"{', '.join(sorted({namespace for namespace, _ in works}))}. {mend}, before policy.action is deny."
    )


def _problems(thing: Object, rules: Sequence[Rule[Any]], fleet: Fleet) -> Iterator[Problem]:
    resource = Resource(type=_token(thing), name=_name(thing), inputs=thing)
    readings: Readings = {}
    for rule in rules:
        found = judge(rule, resource, rule.context(fleet), readings)
        yield from (verdict for verdict in found if isinstance(verdict, Problem))


def _line(thing: Object, by_uid: Mapping[str, Object]) -> Sequence[Object]:
    """An object, its controller, the controller of that, and so on, as far as they are judged."""
    line = [thing]
    while True:
        owners = line[-1]["metadata"].get("ownerReferences") or []
        above = next((by_uid.get(one["uid"]) for one in owners if one.get("controller")), None)
        if above is None or above in line:
            return line
        line.append(above)


def _is_over(thing: Object, *, owned: bool) -> bool:
    """Whether it is never made again, nor makes anything."""
    status = thing.get("status") or {}
    if thing["kind"] == "Job":
        return any(
            one["type"] in ("Complete", "Failed") and one["status"] == "True" for one in status.get("conditions") or []
        )
    if thing["kind"] == "ReplicaSet":
        # What a Deployment keeps, to go back to.
        return owned and thing["spec"].get("replicas") == 0
    return thing["kind"] == "Pod" and status.get("phase") in _ENDED


def _token(thing: Object) -> str:
    version = str(thing["apiVersion"])
    return f"kubernetes:{version if '/' in version else f'core/{version}'}:{thing['kind']}"


def _key(thing: Object) -> tuple[str, str]:
    return _namespace(thing), _shown(thing)


def _shown(thing: Object) -> str:
    return f"{thing['kind']}/{_name(thing)}"


def _uid(thing: Object) -> str:
    uid: Any = thing["metadata"]["uid"]
    return str(uid)


def _name(thing: Object) -> str:
    return str(thing["metadata"]["name"])


def _namespace(thing: Object) -> str:
    return str(thing["metadata"]["namespace"])
