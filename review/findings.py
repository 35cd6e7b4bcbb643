"""Policy findings, in the order in which they matter.

Owns the order (mandatory before advisory, then by severity and rule) and on what each finding is. The pack's own
message has path, value, what is allowed and the fix; it is shown as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from review.concepts import Family
from review.log import Log
from review.words import clean

_BEGIN: Final = re.compile(r"\S+ \([^()]*\): |the stack: ")
_NAME: Final = re.compile(r"(?<![\w./-])[A-Za-z0-9]++(?![\w/-])")
_ALLOWED: Final = "; allowed: "
_FIX: Final = "; fix: "
"""`policy/messages.py`: NAME (TYPE): PATH: GIVEN; allowed: ...; fix: ..."""
_SEVERITIES: Final = ("critical", "high", "medium", "low", "")


@dataclass(frozen=True, kw_only=True)
class Told:
    """One finding and what it is on."""

    rule: str
    mandatory: bool
    severity: str
    noun: str
    name: str
    """Empty: the stack."""
    resource: str
    """Empty where it is the thing itself."""
    touched: bool
    """Whether the change touches the resource."""
    message: str
    """The pack's words; in `parts`, where it has this form."""

    @property
    def parts(self) -> tuple[str, str, str] | None:
        """What is wrong and where, what is allowed, and the fix, of a message of our pack's form."""
        text = " ".join(clean(self.message).split())
        begin = _BEGIN.match(text)
        wrong, has_allowed, rest = text[begin.end() if begin else 0 :].partition(_ALLOWED)
        allowed, has_fix, fix = rest.rpartition(_FIX)
        return (wrong, allowed, fix) if has_allowed and has_fix else None


def named(text: str, names: Mapping[str, str]) -> str:
    """A text with the program's names beside those that pools have in Azure, `pr (prmnat)`: the page has the former."""
    return _NAME.sub(lambda found: f"{names[found[0]]} ({found[0]})" if found[0] in names else found[0], text)


def findings(log: Log, family: Family) -> list[Told]:
    """Every finding of every pack."""
    touched = {step.urn for step in log.changed}
    told = []
    for one in log.findings:
        noun, name = family.title(one.urn) if one.urn else ("stack", "")
        resource = one.urn.rpartition("::")[2]
        told.append(
            Told(
                rule=one.rule,
                mandatory=one.level == "mandatory",
                severity=one.severity if one.severity in _SEVERITIES else "",
                noun=noun,
                name="" if noun == "stack" else name,
                resource="" if resource == name or noun == "stack" else resource,
                touched=one.urn in touched,
                message=one.message,
            )
        )
    return sorted(
        told,
        key=lambda one: (
            not one.mandatory,
            _SEVERITIES.index(one.severity),
            one.rule,
            one.noun,
            one.name,
            one.resource,
            one.message,
        ),
    )
