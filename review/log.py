"""The engine's log of events, as data.

Owns what is taken from the events: the steps with the old and the new inputs of every resource, what a refresh found,
policy findings, errors and the end. Secrets are `[secret]` in them, and unknown values a constant (`review.words`).

The log of a pull request is that pull request's word, so nothing in it is taken to be well-formed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from review.lines import events

Operation = Literal["create", "import", "update", "replace", "delete", "same"]

REHEARSAL: Final = "buildfleetRehearsal"
"""Key of the line that a rehearsal in the sandbox adds to the log: what of the preview was simulated."""
STACK_TYPE: Final = "pulumi:pulumi:Stack"

# 3.256.0, sdk/go/common/apitype/events.go and pkg/resource/deploy/step.go.
_OPERATIONS: Final[Mapping[str, Operation]] = {
    "create": "create",
    "import": "import",
    "update": "update",
    "replace": "replace",
    "create-replacement": "replace",
    "import-replacement": "replace",
    "delete": "delete",
    "same": "same",
}
_REPLACED: Final = "delete-replaced"


@dataclass(frozen=True, kw_only=True)
class State:
    """A resource before or after."""

    urn: str
    type: str
    parent: str
    id: str
    inputs: Mapping[str, Any]
    protect: bool
    custom: bool
    provider: str

    @property
    def name(self) -> str:
        """Its name in the program."""
        return self.urn.rpartition("::")[2]


@dataclass(frozen=True, kw_only=True)
class Step:
    """What will happen to one resource."""

    urn: str
    operation: Operation
    old: State | None
    new: State | None
    details: Mapping[str, str] = field(default_factory=dict)
    """What the provider says has changed: paths, each with a kind such as `update-replace`."""
    old_first: bool = False
    """Of a replacement: whether the old one goes before the new one comes."""
    leftover: bool = False
    """Of a delete: whether it is what an earlier replacement left behind."""

    @property
    def state(self) -> State:
        """The new state, of a delete the old one."""
        found = self.new or self.old
        assert found is not None
        return found


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One finding of a policy pack."""

    pack: str
    rule: str
    level: str
    """`mandatory` or `advisory`."""
    severity: str
    urn: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Log:
    """What a preview or a refresh said."""

    steps: tuple[Step, ...]
    """Of every resource that the preview came to, sorted by URN."""
    drifted: tuple[Step, ...]
    """What a refresh found otherwise than the state had it: `update` or `delete`, sorted."""
    findings: tuple[Finding, ...]
    errors: tuple[str, ...]
    warnings: tuple[str, ...]
    packs: tuple[str, ...]
    """Names and versions of the policy packs that ran to the end."""
    simulated: tuple[str, ...]
    """What was simulated, one line each; empty where the log is not from a rehearsal."""
    refusals_shown: bool
    """Whether the Kubernetes provider tells every refusal of a dry-run; the official one hides those with code 403."""
    ended: bool
    """Whether there is an end at all."""
    succeeded: bool
    """Whether every end in it is that of a preview, and says so. One that does not say how it ended failed."""
    stacks: tuple[str, ...]
    """Names of the stacks that its resources, or the rehearsal's line, are of: one, where the log is what it should
    be. The first is that of the first resource."""
    rehearsed: bool
    """Whether it is from a rehearsal in the sandbox."""

    @property
    def stack(self) -> str:
        """Name of the stack; empty where nothing tells it."""
        return self.stacks[0] if self.stacks else ""

    @property
    def changed(self) -> tuple[Step, ...]:
        """The steps that change something."""
        return tuple(step for step in self.steps if step.operation != "same")


def read(path: Path) -> Log:
    """Read a log; raises `LogError`."""
    return _gather(events(path))


def _gather(found: Iterator[dict[str, Any]]) -> Log:
    planned: dict[str, Step] = {}
    leftovers: dict[str, Step] = {}
    order: dict[str, list[str]] = {}
    drifted: dict[str, Step] = {}
    findings: set[tuple[str, ...]] = set()
    told: dict[str, list[str]] = {"error": [], "warning": []}
    packs: dict[str, Any] = {}
    simulated: list[str] = []
    ends: list[bool] = []
    refusals_shown, rehearsed = False, False
    stacks: dict[str, None] = {}
    for event in found:
        rehearsed = rehearsed or REHEARSAL in event
        if meta := _map(_map(event.get("resourcePreEvent")).get("metadata")):
            kind, step = _text(meta.get("op")), _step(meta)
            if step is None:
                continue
            stacks.setdefault(step.urn.removeprefix("urn:pulumi:").partition("::")[0])
            order.setdefault(step.urn, []).append(kind)
            if kind in _OPERATIONS:
                planned[step.urn] = step
            elif kind == "refresh":
                # In the log of a `refresh` nothing else tells what there is.
                planned.setdefault(step.urn, step)
            elif kind == _REPLACED:
                leftovers[step.urn] = step
        elif meta := _map(_map(event.get("resOutputsEvent")).get("metadata")):
            drift = _drift(meta)
            # In a plan the same events end an update; what a refresh ends has begun as one.
            if drift is not None and order.get(drift.urn, [""])[-1] == "refresh":
                drifted[drift.urn] = drift
        elif policy := _map(event.get("policyEvent")):
            keys = ("policyPackName", "policyName", "enforcementLevel", "severity", "resourceUrn", "message")
            findings.add(tuple(_text(policy.get(key)) for key in keys))
        elif diagnostic := _map(event.get("diagnosticEvent")):
            severity = _text(diagnostic.get("severity"))
            # Ephemeral ones are progress, such as a wait.
            if severity in told and not diagnostic.get("ephemeral"):
                told[severity].append(_text(diagnostic.get("message")))
        elif error := _map(event.get("errorEvent")):
            told["error"].append(_text(error.get("error")))
        elif summary := _map(event.get("summaryEvent")):
            ends.append(summary.get("result") == "succeeded" and summary.get("isPreview") is True)
            packs = _map(summary.get("PolicyPacks"))
        elif REHEARSAL in event:
            own = _map(event[REHEARSAL])
            lines = own.get("simulated")
            simulated += [line for line in lines if isinstance(line, str)] if isinstance(lines, list) else []
            stacks.update(dict.fromkeys([own["stack"]] if _text(own.get("stack")) else []))
            refusals_shown = own.get("refusalsShown") is True
    for urn in leftovers:
        if urn in planned and planned[urn].operation == "replace":
            replaced_first = order[urn].index(_REPLACED) < _index(order[urn], "create-replacement")
            planned[urn] = _with(planned[urn], old_first=replaced_first)
    stale = [_with(step, leftover=True) for urn, step in leftovers.items() if not _replaces(planned.get(urn))]
    return Log(
        steps=tuple(sorted([*planned.values(), *stale], key=lambda step: (step.urn, step.leftover))),
        drifted=tuple(drifted[urn] for urn in sorted(drifted)),
        findings=tuple(
            Finding(pack=pack, rule=rule, level=level, severity=severity, urn=urn, message=message)
            for pack, rule, level, severity, urn, message in sorted(findings)
        ),
        errors=tuple(dict.fromkeys(sorted(told["error"]))),
        warnings=tuple(dict.fromkeys(sorted(told["warning"]))),
        # The engine's name of a local one goes on with its folder: `buildfleet|local|/checkout/policy`.
        packs=tuple(sorted(f"{name.partition('|')[0]} {_text(version)}".strip() for name, version in packs.items())),
        simulated=tuple(simulated),
        refusals_shown=refusals_shown,
        ended=bool(ends),
        succeeded=bool(ends) and all(ends),
        stacks=tuple(stacks),
        rehearsed=rehearsed,
    )


def _step(meta: Mapping[str, Any]) -> Step | None:
    kind = _text(meta.get("op"))
    old, new = _state(meta.get("old")), _state(meta.get("new"))
    operation = _OPERATIONS.get(kind, "delete" if kind == _REPLACED else "same")
    state = new or old
    if state is None or (operation == "delete" and old is None):
        return None
    details = {path: _text(_map(told).get("diffKind")) for path, told in _map(meta.get("detailedDiff")).items()}
    return Step(urn=state.urn, operation=operation, old=old, new=new, details=details)


def _drift(meta: Mapping[str, Any]) -> Step | None:
    """What a refresh found: an event of its own in `refresh`, and with the operation `refresh` in a preview."""
    kind, step = _text(meta.get("op")), _step(meta)
    if step is None or step.old is None or kind not in ("refresh", "update", "delete"):
        return None
    if kind == "refresh" and step.new is not None and not step.details:
        return None
    return _with(step, operation="delete" if step.new is None else "update")


def _with(step: Step, **changed: Any) -> Step:
    return Step(**{**vars(step), **changed})


def _replaces(step: Step | None) -> bool:
    return step is not None and step.operation == "replace"


def _index(items: list[str], wanted: str) -> int:
    return items.index(wanted) if wanted in items else len(items)


def _state(value: object) -> State | None:
    found = _map(value)
    if not isinstance(found.get("urn"), str):
        return None
    return State(
        urn=found["urn"],
        type=_text(found.get("type")),
        parent=_text(found.get("parent")),
        id=_text(found.get("id")),
        inputs=_map(found.get("inputs")),
        protect=found.get("protect") is True,
        custom=found.get("custom") is True,
        provider=_text(found.get("provider")),
    )


def _map(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
