"""A stack file as far as it can be read.

Rules over several sections must speak even when some other value is wrong, and must not speak of what follows from it.
So facts are read from the file itself through a `View`, which knows the models' keys and defaults, and which values
pydantic refused: those are unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from infra.settings.model import Settings
from infra.settings.shape import keys
from rules.given import ABSENT, Absent
from rules.paths import at


@dataclass(frozen=True, kw_only=True)
class View:
    """One map of the file. Each reader returns `None` for what is unknown."""

    model: type[Settings] | None
    """`None` when it cannot be told, or when the value is no map: then everything is unknown."""
    raw: Mapping[str, object]
    path: str
    unknown: frozenset[str]

    def _read(self, key: str) -> object:
        """The value, else the default, else `ABSENT`; `None` where it is unknown."""
        if self.model is None or (self.unknown and at(self.path, key) in self.unknown):
            return None
        known = keys(self.model).get(key)
        if known is None:  # another variant's key
            return ABSENT
        value = self.raw.get(key)
        if value is not None:
            return value
        return ABSENT if known.default is None else known.default

    def written(self, key: str) -> str | None:
        """A text as it stands, whether it is legal or not: what refers to it refers to this."""
        value = self.raw.get(key)
        return value if isinstance(value, str) else None

    def text(self, key: str) -> str | None:
        """A text that must be there or has a default."""
        value = self._read(key)
        return value if isinstance(value, str) else None

    def text_or_absent(self, key: str) -> str | Absent | None:
        """A text that may be left out."""
        value = self._read(key)
        return value if isinstance(value, str | Absent) else None

    def number(self, key: str) -> int | None:
        """A number that must be there or has a default."""
        value = self._read(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def number_or_absent(self, key: str) -> int | Absent | None:
        """A number that may be left out."""
        value = self._read(key)
        return value if isinstance(value, int | Absent) and not isinstance(value, bool) else None

    def flag(self, key: str) -> bool | None:
        """A truth value."""
        value = self._read(key)
        return value if isinstance(value, bool) else None

    def flag_or_absent(self, key: str) -> bool | Absent | None:
        """A truth value that may be left out."""
        value = self._read(key)
        return value if isinstance(value, bool | Absent) else None

    def is_given(self, key: str) -> bool | None:
        """Whether a value is given, be it legal or not."""
        return None if self.model is None else self.raw.get(key) is not None

    def given(self) -> Mapping[str, object]:
        """The keys that the author wrote, with what stands there; without those that are unknown."""
        if self.model is None:
            return {}
        known = keys(self.model)
        return {
            key: value for key, value in self.raw.items() if key in known and at(self.path, key) not in self.unknown
        }

    def texts_or_absent(self, key: str) -> tuple[str, ...] | Absent | None:
        """A list of texts that may be left out."""
        return ABSENT if self._read(key) is ABSENT else self.texts(key)

    def numbers(self, key: str) -> Mapping[str, int]:
        """A map of numbers, without those that are unknown."""
        found = self.mapping(key) or {}
        return {name: item for name, item in found.items() if isinstance(item, int) and not isinstance(item, bool)}

    def texts(self, key: str) -> tuple[str, ...] | None:
        """A list of texts; unknown when one of them is."""
        value = self._read(key)
        if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
            return None
        if self.unknown and any(at(self.path, key, index) in self.unknown for index in range(len(value))):
            return None
        return tuple(value)

    def mapping(self, key: str) -> Mapping[str, object] | None:
        """A map of keys that are free to choose, without those whose values are unknown."""
        value = self._read(key)
        if not isinstance(value, Mapping):
            return None
        return {name: item for name, item in value.items() if at(self.path, key, name) not in self.unknown}

    def text_mapping(self, key: str) -> Mapping[str, str] | None:
        """A map of texts, likewise."""
        found = self.mapping(key)
        return None if found is None else {name: item for name, item in found.items() if isinstance(item, str)}

    def child(self, key: str) -> View | Absent | None:
        """A map below this one."""
        path = at(self.path, key)
        if self.model is None or path in self.unknown or key not in keys(self.model):
            return None
        known = keys(self.model)[key]
        value = self.raw.get(key)
        if value is None:
            # A section that is left out and has a default is as if that were written there.
            if not isinstance(known.default, Settings):
                return ABSENT
            value = known.default.model_dump(by_alias=True, exclude_unset=True)
        return _view(known.shape.model_for(value), value, path, self.unknown)

    def children(self, key: str) -> tuple[View, ...] | Absent | None:
        """A list of maps."""
        path = at(self.path, key)
        if self.model is None or path in self.unknown or key not in keys(self.model):
            return None
        item = keys(self.model)[key].shape.item
        value = self._read(key)
        if isinstance(value, Absent):
            return ABSENT
        if not isinstance(value, list | tuple) or item is None:
            return None
        return tuple(
            _view(item.model_for(entry), entry, at(path, index), self.unknown) for index, entry in enumerate(value)
        )


def _view(model: type[Settings] | None, value: object, path: str, unknown: frozenset[str]) -> View:
    readable = isinstance(value, Mapping) and path not in unknown
    return View(
        model=model if readable else None,
        raw=value if isinstance(value, Mapping) else {},
        path=path,
        unknown=unknown,
    )


def each(views: tuple[View, ...] | Absent | None) -> Iterator[View]:
    """The views that are there."""
    if isinstance(views, tuple):
        yield from views
