"""Waivers: violations that somebody answers for, until a day.

Owns what a waiver says, which resources it is for and when it is no good. One that is no good waives nothing, and is a
violation of `waiver-valid`: an exception that nobody looks at again is a hole.
"""

from __future__ import annotations

import datetime
import fnmatch
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from rules.paths import at
from rules.problem import Problem
from rules.words import given, listed, meant

ID: Final = "waiver-valid"
LONGEST: Final = datetime.timedelta(days=180)
_WHOLE: Final = "urn:pulumi:"
_WILDCARDS: Final = re.compile(r"[*?]+")
LEAST: Final = 3
"""Characters in a row that a name with wildcards must have: `*e*` is nearly everything."""

SCHEMA: Final[Mapping[str, Any]] = {
    "type": "object",
    "required": ["rule", "urn", "reason", "owner", "expires"],
    "additionalProperties": False,
    "properties": {
        "rule": {"type": "string", "description": "id of the rule that is waived"},
        "urn": {
            "type": "string",
            "description": "which resources, as TYPE::NAME, for example "
            '"kubernetes:apps/v1:Deployment::build-*": the name may have the wildcards * and ? beside '
            f"{LEAST} other characters in a row; or a whole URN, with wildcards in the name and in the types of its "
            "parents",
        },
        "reason": {"type": "string", "description": "why the violation is accepted"},
        "owner": {"type": "string", "description": "who answers for it: a person or a team"},
        "expires": {"type": "string", "description": "the last day on which it holds, as 2027-01-31"},
    },
}


@dataclass(frozen=True, kw_only=True)
class Waiver:
    """A rule, the resources it is waived for, why, by whom and until when; as they were written, good or not."""

    rule: str
    urn: str
    reason: str
    owner: str
    expires: str

    def covers(self, rule: str, urn: str) -> bool:
        """Whether it is for this rule on the resource with this URN."""
        if rule != self.rule or not urn:
            return False
        # Part by part: a wildcard ends where its part does.
        mine, its = _parts(self.urn), _parts(urn if self.urn.startswith(_WHOLE) else short(urn))
        return len(mine) == len(its) and all(
            fnmatch.fnmatchcase(one, _literal(pattern)) for one, pattern in zip(its, mine, strict=True)
        )


def short(urn: str) -> str:
    """`TYPE::NAME` of a URN, the type without those of the parents: what a waiver is compared with."""
    parts = urn.split("::", 3)
    if len(parts) < 4:
        return urn
    return f"{parts[2].rpartition('$')[2]}::{parts[3]}"


def _parts(text: str) -> list[str]:
    """Of a URN: stack, project, types and name; of `TYPE::NAME` these two. A name may have `::` in it, no other may."""
    return text.split("::", 3 if text.startswith(_WHOLE) else 1)


def problems(waiver: Waiver, path: str, today: datetime.date, rules: Collection[str]) -> Iterator[Problem]:
    """What makes a waiver no good on a day. `rules` are the ids that may be waived; `path` is where it stands."""
    if waiver.rule not in rules:
        yield _problem(
            at(path, "rule"), waiver.rule, "the id of a rule that can be waived", meant(waiver.rule, rules, "remove it")
        )
    for name, text in (("reason", waiver.reason), ("owner", waiver.owner)):
        if not text.strip():
            yield _problem(at(path, name), text, str(SCHEMA["properties"][name]["description"]), "fill it in")
    if not _is_narrow(waiver.urn):
        yield _problem(
            at(path, "urn"),
            waiver.urn,
            f"TYPE::NAME, the type without wildcards, the name with {LEAST} characters in a row that are none; or a "
            "whole URN that names stack and project, too",
            'name the resources, for example "kubernetes:apps/v1:Deployment::build-*"',
        )
    yield from _date(waiver.expires, at(path, "expires"), today)


def _is_narrow(urn: str) -> bool:
    """Whether it says which resources, and not nearly all of them."""
    parts = _parts(urn)
    if len(parts) != (4 if urn.startswith(_WHOLE) else 2):
        return False
    *outer, types, name = parts
    literal = [outer[0][len(_WHOLE) :], *outer[1:]] if outer else []
    literal += [types.rpartition("$")[2]]
    if not all(literal) or any(map(_WILDCARDS.search, literal)):
        return False
    return bool(name) and (not _WILDCARDS.search(name) or any(len(run) >= LEAST for run in _WILDCARDS.split(name)))


def _date(text: str, path: str, today: datetime.date) -> Iterator[Problem]:
    latest = today + LONGEST
    allowed = f"a day from {today.isoformat()} to {latest.isoformat()}"
    try:
        # Not by `fromisoformat` alone, which takes 20270131 and week dates, too.
        day = datetime.datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        yield _problem(path, text, allowed, "write it as 2027-01-31")
        return
    if day < today:
        yield _problem(path, text, allowed, "mend the violation and remove the waiver, or have it renewed by its owner")
    elif day > latest:
        yield _problem(path, text, allowed, f"bring it to {latest.isoformat()} at most")


def _problem(path: str, value: str, allowed: str, fix: str) -> Problem:
    return Problem(rule=ID, path=path, given=given(value), allowed=allowed, fix=fix)


def _literal(pattern: str) -> str:
    """`[` is a bracket: it would begin a set of characters."""
    return pattern.replace("[", "[[]")


def told(waivers: Collection[Waiver]) -> str:
    """Waivers in one phrase, for what they turn into advice."""
    return listed((f"{waiver.owner} until {waiver.expires}: {waiver.reason}" for waiver in waivers), "and")
