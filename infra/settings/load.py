"""From the sections of a stack file to settings, or to everything that is wrong with them.

All checks run in one go: pydantic's on each section, the rules over several sections, the secrets. A problem that only
follows from another is not reported: what cannot be read is unknown, and rules say nothing about it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from infra.settings.facts import secret_uses, stack_facts
from infra.settings.planned import planned_settings
from infra.settings.report import InvalidStack
from infra.settings.shape import keys, position
from infra.settings.stack import StackSettings
from infra.settings.structure import explain
from infra.settings.view import View
from rules import secrets as secret_rules
from rules import stack as stack_rules
from rules import windows_admin
from rules.paths import at
from rules.problem import Problem
from rules.secrets import SecretUse
from rules.words import given, listed, meant, nearest

SECTIONS = tuple(keys(StackSettings))
"""The keys of a stack file that are not secrets, in their order."""


def validate(
    raw: Mapping[str, object],
    *,
    secrets: Collection[str],
    file: str = "The stack file",
    stack: str | None = None,
    password: Callable[[str], str | None] | None = None,
) -> StackSettings:
    """Settings of a stack.

    Args:
        raw: each plain key of the stack file, without `buildfleet:`, and its value as JSON has it.
        secrets: the keys that have an encrypted value, without `buildfleet:`. The values are not wanted here.
        file: what messages call the file.
        stack: name of the Pulumi stack, which becomes part of names and labels; `None` where there is none yet.
        password: gives the value of a secret by its key, and is asked for that of the Windows administrators alone.
            Azure refuses a weak one when half of the environment is there. No message holds it.

    Raises:
        InvalidStack: something is wrong; it holds every problem.
    """
    sections = {key: raw[key] for key in SECTIONS if key in raw and key not in secrets}
    others = {key: value for key, value in raw.items() if key not in SECTIONS}
    settings, view, problems = _read(sections, _hidden(sections, others, secrets))
    uses = secret_uses(view)
    facts = replace(stack_facts(view), name=stack)
    settled = view.unknown | {problem.path for problem in problems if problem.rule == "planned"}
    found = [
        *problems,
        *(problem for problem in stack_rules.check(facts) if not _known_wrong(problem.path, settled)),
        *_encrypted_sections(secrets),
        *_unknown_keys(others, secrets, uses),
        *secret_rules.secret_there(uses, secrets, others),
        *secret_rules.secret_encrypted(uses, others),
        *secret_rules.administrator_alone(uses),
        *_windows_password(uses, secrets, password),
    ]
    if found or settings is None:
        raise InvalidStack(sorted(found, key=lambda problem: position(StackSettings, problem.path)), file=file)
    return settings


def secret_names(raw: Mapping[str, object]) -> list[str]:
    """The secrets that the sections name, sorted: what a rehearsal needs placeholders for. Reads invalid files too."""
    sections = {key: raw[key] for key in SECTIONS if key in raw}
    _, view, _ = _read(sections, frozenset())
    return sorted({use.name for use in secret_uses(view)})


def _hidden(sections: Mapping[str, object], others: Mapping[str, object], secrets: Collection[str]) -> frozenset[str]:
    """Sections that are there and cannot be read: encrypted, or under a misspelt key."""
    misspelt = {nearest(key, SECTIONS) for key in others.keys() - set(secrets)}
    return frozenset(key for key in SECTIONS if key in secrets or (key in misspelt and key not in sections))


def _read(sections: Mapping[str, object], hidden: frozenset[str]) -> tuple[StackSettings | None, View, list[Problem]]:
    """Settings if nothing is wrong, what can be read, and what is wrong with the structure."""
    settings, errors = _parse(sections)
    errors = [error for error in errors if not (error["loc"] and error["loc"][0] in hidden)]
    broken = explain(StackSettings, sections, errors)
    planned = list(planned_settings(sections))
    # Whatever is wrong inside a setting without effect, the answer is to remove the setting.
    removed = frozenset(problem.path for problem in planned)
    structure = [problem for problem in broken.problems if not _known_wrong(problem.path, removed)]
    unknown = broken.unknown | hidden
    readable = "" not in unknown
    view = View(model=StackSettings if readable else None, raw=sections if readable else {}, path="", unknown=unknown)
    return settings, view, [*structure, *planned]


def _parse(sections: Mapping[str, object]) -> tuple[StackSettings | None, list[ErrorDetails]]:
    """Through JSON, in which pydantic is strict about types without refusing lists for tuples."""
    try:
        text = json.dumps(sections, ensure_ascii=False).encode("utf-8", "replace")
        return StackSettings.model_validate_json(text, strict=True), []
    except ValidationError as error:
        return None, error.errors(include_url=False, include_context=False)
    except (RecursionError, TypeError, ValueError):
        return None, [ErrorDetails(type="json_invalid", loc=(), msg="", input=None)]


def _known_wrong(path: str, unknown: Collection[str]) -> bool:
    """Whether the value at the path, or one around it, is wrong already."""
    return path in unknown or any(path.startswith((f"{other}.", f"{other}[")) for other in unknown if other)


def _encrypted_sections(secrets: Collection[str]) -> Iterator[Problem]:
    for key in SECTIONS:
        if key in secrets:
            yield Problem(
                rule="section-encrypted",
                path=key,
                given="a section with an encrypted value",
                allowed="plain values: secrets have keys of their own, which sections name",
                fix="write the section in plain text, and set the secret with `pulumi config set --secret KEY`",
            )


def _windows_password(
    uses: Sequence[SecretUse], secrets: Collection[str], password: Callable[[str], str | None] | None
) -> Iterator[Problem]:
    for use in uses:
        if password is None or use.path != secret_rules.WINDOWS_ADMINISTRATOR or use.name not in secrets:
            continue
        value = password(use.name)
        problem = None if value is None else windows_admin.password(use.name, value)
        if problem is not None:
            yield problem


def _unknown_keys(
    others: Mapping[str, object], secrets: Collection[str], uses: Sequence[SecretUse]
) -> Iterator[Problem]:
    named = {use.name for use in uses}
    for key in sorted(others.keys() - named - set(secrets)):
        yield Problem(
            rule="key-unknown",
            path=at("", key),
            given=f"the key {given(key)}",
            allowed=f"{listed(SECTIONS, 'and')}; beside them only secrets",
            fix=meant(key, SECTIONS, "remove it; if it is a secret, set it with `pulumi config set --secret`"),
        )
