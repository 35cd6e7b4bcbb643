"""Settings that have a place in a stack file but no effect yet.

Using one is refused. A setting that is accepted and ignored is worse than an error: its author believes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from infra.settings.shape import Key, keys, walk
from infra.settings.stack import StackSettings
from rules.problem import Problem
from rules.words import given


def planned_settings(raw: Mapping[str, object]) -> Iterator[Problem]:
    """Each planned setting that is given, unless it says what holds anyhow."""
    found_at: list[str] = []
    for found in walk(StackSettings, raw, "planned"):
        inside_another = any(found.path.startswith((f"{path}.", f"{path}[")) for path in found_at)
        if inside_another or _says_nothing(found.key, found.value):
            continue
        found_at.append(found.path)
        yield Problem(
            rule="planned",
            path=found.path,
            given=given(found.value),
            allowed="nothing: this setting has no effect in this version",
            fix="remove it",
        )


def _says_nothing(key: Key, value: object) -> bool:
    if value is None or value == (list(key.default) if isinstance(key.default, tuple) else key.default):
        return True
    model = key.shape.model_for(value)
    if model is None or not isinstance(value, Mapping):
        return False
    known = keys(model)
    return all(name in known and _says_nothing(known[name], item) for name, item in value.items())
