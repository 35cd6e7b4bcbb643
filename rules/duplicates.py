"""Names that must differ: of pools, agents, scale sets, namespaces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rules.problem import Problem
from rules.words import given


def duplicates(rule: str, what: str, named: Iterable[tuple[str, str | None]]) -> Iterator[Problem]:
    """Each of the (path, name) pairs whose name an earlier one has already."""
    first: dict[str, str] = {}
    for path, name in named:
        if name is None:
            continue
        if name in first:
            yield Problem(
                rule=rule,
                path=path,
                given=given(name),
                allowed=f"a {what} that no other has; {first[name]} is the same",
                fix="rename one of the two",
            )
        else:
            first[name] = path
