"""A value in a resource's inputs, with the path at which it stands.

Owns the three states of a value: known, absent and unknown. In a preview an input may be an output that is not known
yet. Reading it raises `NotKnown`, so that a rule cannot take it for absent by accident; `guarded` and `each_known`
turn that into a report, never into silence.

Refuses to convert: a number that stands where a text is expected is not what is asked for, and reads as absent. So do
infinity and what is not a number, which YAML and the engine's messages can carry and no API takes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeVar

from rules.paths import at
from rules.problem import Problem


class Missing(Enum):
    """Types of the two values that are none."""

    ABSENT = "absent"
    UNKNOWN = "unknown"


ABSENT: Final = Missing.ABSENT
"""Nothing stands there."""
UNKNOWN: Final = Missing.UNKNOWN
"""Something stands there that a preview cannot know."""


class NotKnown(Exception):
    """A value was read that is not known yet; `path` is where."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


@dataclass(frozen=True, kw_only=True)
class Unchecked:
    """A part of a resource that could not be judged, as `path` is not known yet."""

    path: str


Verdict = Problem | Unchecked
Item = TypeVar("Item")


class Node:
    """A value and its path. `value` is plain: dict, list, str, int, float, bool, `None`, `ABSENT` or `UNKNOWN`."""

    __slots__ = ("_above", "_keys", "_path", "value")

    def __init__(self, value: object, path: str = "") -> None:
        self.value = ABSENT if value is None else value
        self._path: str | None = path
        self._above: Node | None = None
        self._keys: tuple[str | int, ...] = ()

    @property
    def path(self) -> str:
        """Where it stands. Made when it is asked for, as most nodes are read and never told of."""
        if self._path is None:
            self._path = at(self._above.path if self._above is not None else "", *self._keys)
        return self._path

    def _below(self, value: object, keys: tuple[str | int, ...]) -> Node:
        node = Node(value)
        node._path, node._above, node._keys = None, self, keys
        return node

    def get(self, *keys: str | int) -> Node:
        """What stands below, key by key. Below what is absent, or no map or list, everything is absent."""
        value = self.value
        for key in keys:
            if value is UNKNOWN:
                break
            if isinstance(value, (dict, Mapping)):
                value = value.get(key)
            elif isinstance(value, list) and isinstance(key, int):
                value = value[key] if key < len(value) else None
            else:
                value = None
        return self._below(value, keys)

    @property
    def is_known(self) -> bool:
        """Whether the value itself is known; what is below it may not be."""
        return self.value is not UNKNOWN

    @property
    def is_given(self) -> bool:
        """Whether something stands there, known or not."""
        return self.value is not ABSENT

    def known(self) -> object:
        """The value, or `ABSENT`. Raises `NotKnown`."""
        if self.value is UNKNOWN:
            raise NotKnown(self.path)
        return self.value

    def text(self, default: str | None = None) -> str | None:
        """The text that stands there, else the default. Raises `NotKnown`."""
        value = self.known()
        return value if isinstance(value, str) else default

    def number(self, default: float | None = None) -> float | None:
        """The number that stands there, a finite one, else the default. Raises `NotKnown`."""
        value = self.known()
        if isinstance(value, bool):
            return default
        # An int is never asked: one too large for a float would raise.
        return value if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)) else default

    def flag(self, default: bool | None = None) -> bool | None:
        """The truth value that stands there, else the default. Raises `NotKnown`."""
        value = self.known()
        return value if isinstance(value, bool) else default

    def items(self) -> list[Node]:
        """The elements of a list; of anything else none. An element may be unknown; an unknown list raises."""
        value = self.known()
        return [self._below(item, (index,)) for index, item in enumerate(value)] if isinstance(value, list) else []

    def entries(self) -> list[tuple[str, Node]]:
        """The entries of a map, in its order; of anything else none. An unknown map raises."""
        value = self.known()
        return [(key, self._below(item, (key,))) for key, item in value.items()] if isinstance(value, dict) else []

    def texts(self) -> dict[str, str]:
        """The entries of a map whose values are texts. Raises `NotKnown` if one of the values is unknown."""
        return {key: text for key, node in self.entries() if (text := node.text()) is not None}


def guarded(verdicts: Iterator[Verdict]) -> Iterator[Verdict]:
    """`verdicts`, and where reading a value stopped them, `Unchecked`."""
    try:
        yield from verdicts
    except NotKnown as unknown:
        yield Unchecked(path=unknown.path)


def each_known(items: list[Item], check: Callable[[Item], Iterator[Verdict]]) -> Iterator[Verdict]:
    """`check` of every item: what is unknown in one of them hides nothing that is wrong in another."""
    for item in items:
        yield from guarded(check(item))


def any_true(nodes: Iterable[Node]) -> bool:
    """Whether one of the flags is true. One that is unknown matters only where none is: then it raises `NotKnown`."""
    found = list(nodes)
    if any(node.value is True for node in found):
        return True
    for node in found:
        node.known()
    return False
