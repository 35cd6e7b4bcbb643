"""What the author of a program reads of a violation.

Owns the words: `NAME (TYPE): PATH: GIVEN; allowed: ...; fix: ...`. Nothing that the program calls secret is in them:
neither a value, nor what stands inside of one, nor a piece of one in another place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from policy.masking import HIDDEN, Masks
from rules.paths import at, split
from rules.policies import waivers
from rules.policies.pack import INPUTS_KNOWN
from rules.policies.pod_templates import LONGEST
from rules.policies.resource import Resource
from rules.policies.rule import Rule
from rules.policies.waivers import Waiver
from rules.problem import Problem
from rules.words import listed

STACK = "the stack"
_RULES_TOLD: Final = 3
"""Rules that a message names, of those that ask for one thing."""


def violation(resource: Resource | None, problem: Problem, masks: Masks) -> str:
    """A rule's problem."""
    path, given = problem.path, problem.given
    secret = _secret_above(resource, path)
    if secret is not None:
        path, given = secret, HIDDEN
    else:
        given = masks.value(given)
    place = f"{masks.sentence(path)}: " if path else ""
    told = masks.sentence(f"allowed: {problem.allowed}; fix: {problem.fix}")
    return f"{named(resource)}: {place}{given}; {told}"


def unchecked(resource: Resource | None, rule: Rule[object], paths: Sequence[str], masks: Masks) -> str:
    """What a rule could not judge."""
    shown = (
        masks.sentence(listed(sorted({_secret_above(resource, path) or path for path in paths}), "and")) or "the inputs"
    )
    unread = sorted({text for path in paths if (text := _text_above(resource, path)) is not None})
    if unread and all(_text_above(resource, path) is not None for path in paths):
        shown = masks.sentence(listed([_secret_above(resource, text) or text for text in unread], "and"))
        if resource is not None and resource.kind.rpartition(":")[2].startswith("Secret"):
            return (
                f"{named(resource)}: {shown}: looks like the template of a pod, and stands in a Secret, whose texts "
                f"are not read; allowed: what can be read, as {rule.id} demands that {rule.title}; fix: put it into a "
                "ConfigMap"
            )
        return (
            f"{named(resource)}: {shown}: looks like the template of a pod and cannot be read; allowed: JSON, or YAML "
            f"of at most {LONGEST} characters without deep nesting and many aliases, as {rule.id} demands that "
            f"{rule.title}; fix: write it plainer, or have it waived"
        )
    return (
        f"{named(resource)}: {shown}: not known yet; allowed: what a preview knows, as {rule.id} demands that "
        f"{rule.title}; fix: make it a plain value, not an output of another resource, or create that one first, "
        "with --target"
    )


def hidden(resource: Resource, places: Sequence[str], rules: Sequence[str], masks: Masks) -> str:
    """What an expression or a link hides, so that none of these rules can judge it, now or later."""
    shown = masks.sentence(listed(sorted({_secret_above(resource, place) or place for place in places}), "and"))
    others = len(rules) - _RULES_TOLD
    asking = [*rules[:_RULES_TOLD], *([f"{others} more"] if others > 0 else [])]
    return (
        f"{named(resource)}: {shown or 'the template'}: Azure alone knows what it is; allowed: what can be read, as "
        f"{listed(asking, 'and')} ask{'s' if len(rules) == 1 else ''} for it; fix: write the template's content into "
        f"the program, with plain values or parameters there, or waive {INPUTS_KNOWN} for this resource"
    )


def waived(message: str, found: Sequence[Waiver], masks: Masks) -> str:
    """A violation that somebody answers for."""
    return f"{message}; waived by {masks.sentence(waivers.told(found))}"


def of_configuration(problem: Problem) -> str:
    """A problem of the pack's own configuration."""
    return f"{problem.path}: {problem.given}; allowed: {problem.allowed}; fix: {problem.fix}"


def broken(resource: Resource | None, rule: Rule[object], place: str) -> str:
    """A rule that failed. The error's own text is not shown: it may hold a value."""
    return (
        f"{named(resource)}: could not be judged, as the rule failed at {place}; allowed: what the rule understands; "
        f"fix: report it to the owners of the pack, and waive {rule.id} for this resource meanwhile"
    )


def named(resource: Resource | None) -> str:
    """A resource in a message."""
    return f"{resource.name} ({resource.type})" if resource is not None else STACK


def _secret_above(resource: Resource | None, path: str) -> str | None:
    """The secret in which a path stands: what is inside, its keys too, is not for a message."""
    for secret in sorted(resource.secret_paths) if resource is not None else ():
        if path == secret or path.startswith((f"{secret}.", f"{secret}[")):
            return secret
    return None


def _text_above(resource: Resource | None, path: str) -> str | None:
    """The text in which a path stands: a document that is written in one input."""
    value: object = resource.inputs if resource is not None else None
    keys = split(path)
    for index, key in enumerate(keys):
        if isinstance(value, Mapping):
            value = value.get(key)
        elif isinstance(value, list) and isinstance(key, int) and key < len(value):
            value = value[key]
        else:
            return at("", *keys[:index]) if isinstance(value, str) else None
    return None
