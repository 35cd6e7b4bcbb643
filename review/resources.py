"""A step's states as the resources that `rules.policies` reads.

Owns the translation: what a preview does not know yet becomes `UNKNOWN`, and what is secret stays masked.
"""

from __future__ import annotations

from collections.abc import Mapping

from review.log import Log, State, Step
from review.words import is_unknown
from rules.policies.node import UNKNOWN
from rules.policies.resource import Options, Resource


def resource(state: State) -> Resource:
    """A state as a rule sees it."""
    return Resource(
        type=state.type,
        name=state.name,
        urn=state.urn,
        inputs={key: _plain(value) for key, value in state.inputs.items()},
        options=Options(protect=state.protect, parent=state.parent or None),
    )


def before(log: Log) -> list[tuple[Step, Resource]]:
    """Every resource that there is now, with its step."""
    return [(step, resource(step.old)) for step in log.steps if step.old is not None and not step.leftover]


def after(log: Log) -> list[tuple[Step, Resource]]:
    """Every resource that there will be, with its step."""
    return [(step, resource(step.new)) for step in log.steps if step.new is not None and step.operation != "delete"]


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    # A text of which a part is unknown is unknown: what stands around it decides nothing.
    return UNKNOWN if is_unknown(value) else value
