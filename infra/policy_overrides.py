"""What a stack's owners set of the policy pack beside its stack file: `policy/overrides/STACK.json`.

Owns that file's form, which is that of `--policy-pack-config`. Entries of rules, levels and options, replace what the
stack file's profile says. Under `fleet-settings`, `strict` and `waivers` count as they stand; all other facts are
grants: they change nothing alone, and let the next change add just that without being judged by less.

It is read from the checkout that judges. In a pull request that is the base's, so that no change waives its own
violations. Refuses what the pack would refuse, before a preview is begun.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from rules.policies.rule import Rule
from rules.policies.settings import ALL, ID, InvalidSettings, from_config
from rules.words import listed

FOLDER: Final = Path(__file__).resolve().parents[1] / "policy" / "overrides"
_APPLIED: Final = ("strict", "waivers")
_MEANINGLESS: Final = ("stack", "poolKeys")
"""Facts that no stack file sets, so that there is nothing to grant."""


class InvalidOverrides(Exception):
    """The file is refused; the message holds everything that is wrong with it."""


@dataclass(frozen=True, kw_only=True)
class Overrides:
    """Overrides of one stack, read and found sound."""

    entries: Mapping[str, Any] = field(default_factory=dict)
    """By id of the rule, as they were written."""
    shared: Mapping[str, Any] = field(default_factory=dict)
    """What counts as it stands under `fleet-settings`."""
    granted: Mapping[str, Any] = field(default_factory=dict)
    """Facts that a change may add, in the form of `fleet-settings`."""

    def over(self, made: Mapping[str, Any]) -> dict[str, Any]:
        """A configuration made of a stack file, with these over it. A level of `all` replaces those of the profile."""
        rules = {} if ALL in self.entries else {key: value for key, value in made.items() if key != ID}
        return {ID: {**made[ID], **self.shared}, **rules, **self.entries}


def read(file: Path, rules: Sequence[Rule[Any]]) -> Overrides:
    """The overrides in a file; none where there is no file. Raises `InvalidOverrides`."""
    if not file.exists():
        return Overrides()
    try:
        document = json.loads(file.read_text())
    except ValueError as error:
        raise InvalidOverrides(f"{file}: this is not JSON: {error}") from None
    if not isinstance(document, dict) or not isinstance(document.get(ID, {}), dict):
        raise InvalidOverrides(f"{file}: allowed is one object, as --policy-pack-config takes it, and one in {ID}")
    try:
        from_config(document, rules)
    except InvalidSettings as error:
        raise InvalidOverrides(f"{file}: {error}") from None
    shared: dict[str, Any] = document.get(ID, {})
    if refused := [name for name in _MEANINGLESS if name in shared]:
        raise InvalidOverrides(f"{file}: {ID}.{listed(refused, 'and')} follows from the stack file; remove it")
    return Overrides(
        entries={key: value for key, value in document.items() if key != ID},
        shared={key: value for key, value in shared.items() if key in _APPLIED},
        granted={key: value for key, value in shared.items() if key not in _APPLIED},
    )
