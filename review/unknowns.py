"""What a preview could not know, and what nobody asked.

Owns the list of blind spots that a reader has to keep in mind: values that are only known after the update, objects
that the API server was not asked about, an answer that a provider swallows, and what a rehearsal simulates.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from review.concepts import Family
from review.differences import unknown_paths
from review.log import Log, State, Step
from review.words import counted, is_unknown

_KUBERNETES: Final = "kubernetes:"
_PROVIDER: Final = "pulumi:providers:kubernetes"
_MOST_PATHS: Final = 6
"""Of one resource."""


@dataclass(frozen=True, kw_only=True)
class Blind:
    """Values of one resource that are not known yet."""

    noun: str
    name: str
    resource: str
    type: str
    paths: tuple[str, ...]
    more: int
    """How many paths are left out."""


def unknown_inputs(log: Log, family: Family) -> list[Blind]:
    """The resources of Azure, Kubernetes and others that are made or changed with inputs that are not known yet."""
    found = []
    for step in _made(log):
        if paths := tuple(unknown_paths(step.new.inputs if step.new else {})):
            noun, name = family.title(step.urn)
            found.append(
                Blind(
                    noun=noun,
                    name=name,
                    resource=step.state.name,
                    type=step.state.type,
                    paths=paths[:_MOST_PATHS],
                    more=max(0, len(paths) - _MOST_PATHS),
                )
            )
    return found


def notes(log: Log, family: Family) -> Iterator[str]:
    """Sentences on what else was not asked. All words are ours."""
    if not log.succeeded:
        yield "The preview did not run to its end: what would have come after is missing here, deletes above all."
    if not log.packs and not log.findings:
        yield "No policy pack was run."
    objects = [step for step in _made(log) if step.state.type.startswith(_KUBERNETES)]
    unasked = [step for step in objects if _not_asked(step, family)]
    if unasked:
        yield (
            f"{counted(len(unasked), 'Kubernetes object')} could not be tried on the API server, as the cluster or a "
            "value is only known after the update: schema, Pod Security and admission policies may still refuse "
            f"{'it' if len(unasked) == 1 else 'them'}."
        )
    if len(objects) > len(unasked) and not log.refusals_shown:
        yield (
            "With the official Kubernetes provider a dry-run that is answered with 403 looks like a success: what Pod "
            "Security, or the rights of the previewing identity, refuse shows only in the update."
        )


def _made(log: Log) -> list[Step]:
    return [step for step in log.changed if step.operation != "delete" and step.new is not None and step.new.custom]


def _not_asked(step: Step, family: Family) -> bool:
    """Whether the provider had no API server to ask, or no whole object to ask it about."""
    assert step.new is not None
    if any(True for _ in unknown_paths(step.new.inputs)):
        return True
    provider = family.state(step.new.provider.rpartition("::")[0])
    return provider is not None and provider.type == _PROVIDER and _unreachable(provider)


def _unreachable(provider: State) -> bool:
    return any(is_unknown(value) for value in provider.inputs.values())
