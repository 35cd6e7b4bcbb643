"""What `make check` says of a stack file that is not refused.

Owns the reminders: what Azure has retired or retires soon, and what only looks like the user's own. They refuse
nothing, since a stack that was right yesterday must come up today.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from infra.settings.facts import stack_facts
from infra.settings.report import PREFIX
from infra.settings.stack import StackSettings
from infra.settings.view import View
from rules.kubernetes_support import retirements
from sandbox.new_stack import placeholders


def lines(file: str, sections: Mapping[str, Any], today: date) -> list[str]:
    """What to tell of the valid stack file `file` on a day; `sections` are its plain sections."""
    facts = stack_facts(View(model=StackSettings, raw=sections, path="", unknown=frozenset()))
    found = retirements(facts.platform, facts.pools or (), today)
    ended = [one for one in found if one.on <= today]
    ahead = [one for one in found if one.on > today]
    examples = placeholders(sections)
    return [
        f"{file}: no mistake, but it uses what has ended." if ended else f"{file}: nothing is wrong.",
        *_titled("What has ended:", [f"{PREFIX}{one.path}: {one.what} on {one.on}; {one.then}" for one in ended]),
        *_titled("What ends soon:", [f"{PREFIX}{one.path}: {one.what} on {one.on}; {one.then}" for one in ahead]),
        *_titled("What looks like an example and not like yours:", [f"{path}: {given}" for path, given in examples]),
    ]


def _titled(title: str, found: list[str]) -> list[str]:
    return [title, *(f"  {line}" for line in found)] if found else []
