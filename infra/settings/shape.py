"""The models, seen as a stack file's author sees them: keys, what each takes, and where it stands.

Owns the reading of pydantic's field descriptions, so that messages, reference and checks all say the same of a key.
Refuses to validate: that is pydantic's.
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from infra.settings.model import PLANNED, Example, Gone, Means, SecretName, Settings
from rules.paths import at, split
from rules.words import listed

Kind = Literal["text", "number", "flag", "choice", "list", "map", "object", "variants", "any"]
_PLURALS: Mapping[Kind, str] = {
    "text": "texts",
    "number": "numbers",
    "object": "maps",
    "variants": "maps",
    "list": "lists",
    "map": "maps",
    "any": "values",
    "flag": "truth values",
}

TAG = "kind"
"""The key that tells variants of a section apart."""

_SECRET_MEANS = next(item for item in get_args(SecretName) if isinstance(item, Means))


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What may stand at one place."""

    kind: Kind
    words: str
    """The same in plain words."""
    example: str | None = None
    optional: bool = False
    choices: tuple[str, ...] = ()
    numeric: bool = False
    """Whether the choices are numbers, which stand without quotes."""
    model: type[Settings] | None = None
    variants: Mapping[str, type[Settings]] = field(default_factory=dict)
    item: Shape | None = None
    least: int | None = None
    most: int | None = None
    """Of a text: characters."""
    pattern: str | None = None
    hyphens: bool = False
    """Whether a text may fit with hyphens for what is not taken."""
    gone: Mapping[str, str] = field(default_factory=dict)
    """Choices that are no more, and the fix for each."""
    secret: bool = False
    """Whether it names a secret."""

    def model_for(self, value: object) -> type[Settings] | None:
        """The model that a value of this shape is to be read by; `None` where there is none, or no telling."""
        if self.kind == "variants" and isinstance(value, Mapping):
            tag = value.get(TAG)
            return self.variants.get(tag) if isinstance(tag, str) else None
        return self.model


@dataclass(frozen=True, kw_only=True)
class Key:
    """One key of a map."""

    name: str
    shape: Shape
    required: bool
    default: Any
    description: str
    planned: bool


@cache
def keys(model: type[Settings]) -> Mapping[str, Key]:
    """The keys of a model, in their order."""
    return {
        (info.alias or name): Key(
            name=info.alias or name,
            shape=_shape(info.annotation, tuple(info.metadata)),
            required=info.is_required(),
            default=None if info.is_required() else info.get_default(call_default_factory=True, validated_data={}),
            description=info.description or "",
            planned=isinstance(info.json_schema_extra, dict) and PLANNED in info.json_schema_extra,
        )
        for name, info in model.model_fields.items()
    }


@dataclass(frozen=True, kw_only=True)
class Found:
    """A value that stands in a stack file under a key that the models know."""

    path: str
    key: Key
    value: object


Mark = Literal["planned", "secret"]


def walk(model: type[Settings], raw: object, mark: Mark, path: str = "") -> Iterator[Found]:
    """Every value below `raw` under a key that is marked so, outer ones first. Reads whatever it is given."""
    if not isinstance(raw, Mapping):
        return
    for name, key in _ways(model, mark).items():
        if name in raw:
            below = at(path, name)
            if _marked(key, mark):
                yield Found(path=below, key=key, value=raw[name])
            yield from _below(key.shape, raw[name], mark, below)


def _below(shape: Shape, value: object, mark: Mark, path: str) -> Iterator[Found]:
    if shape.kind == "list" and shape.item is not None and isinstance(value, list):
        for index, item in enumerate(value):
            yield from _below(shape.item, item, mark, at(path, index))
    model = shape.model_for(value)
    if model is not None:
        yield from walk(model, value, mark, path)


def _marked(key: Key, mark: Mark) -> bool:
    return key.planned if mark == "planned" else key.shape.secret


@cache
def _ways(model: type[Settings], mark: Mark) -> Mapping[str, Key]:
    """The keys of a model that are marked, or lead to one that is: a stack may have a thousand runner sets."""

    def leads(key: Key) -> bool:
        shape = key.shape.item or key.shape
        models = [shape.model, *shape.variants.values()]
        return _marked(key, mark) or any(_ways(below, mark) for below in models if below is not None)

    return {name: key for name, key in keys(model).items() if leads(key)}


def position(model: type[Settings], path: str) -> tuple[tuple[int, str], ...]:
    """Sorts paths as the reference has the keys; unknown keys come last."""
    places: list[tuple[int, str]] = []
    models: tuple[type[Settings], ...] = (model,)
    for segment in split(path):
        if isinstance(segment, int):
            places.append((segment, ""))
            continue
        owner = next((candidate for candidate in models if segment in keys(candidate)), None)
        if owner is None:
            places.append((1000, segment))
            models = ()
            continue
        places.append((list(keys(owner)).index(segment), ""))
        shape = keys(owner)[segment].shape
        shape = shape.item if shape.kind == "list" and shape.item is not None else shape
        models = tuple(shape.variants.values()) or ((shape.model,) if shape.model else ())
    return tuple(places)


def _shape(annotation: Any, metadata: tuple[Any, ...]) -> Shape:
    origin = get_origin(annotation)
    if origin is Annotated:
        base, *extra = get_args(annotation)
        unpacked = [part for item in extra for part in (item.metadata if isinstance(item, FieldInfo) else [item])]
        return _shape(base, (*metadata, *unpacked))
    if origin in (Union, types.UnionType):
        return _union(annotation, metadata)
    if origin is Literal:
        numeric = all(isinstance(choice, int) for choice in get_args(annotation))
        choices = tuple(str(choice) for choice in get_args(annotation))
        words = listed(choices if numeric else [f'"{choice}"' for choice in choices])
        gone = {part.choice: part.fix for part in metadata if isinstance(part, Gone)}
        return Shape(kind="choice", words=words, choices=choices, numeric=numeric, gone=gone)
    if origin is tuple:
        item = _shape(get_args(annotation)[0], ())
        least = next((part.min_length for part in metadata if isinstance(part, annotated_types.MinLen)), None)
        most = next((part.max_length for part in metadata if isinstance(part, annotated_types.MaxLen)), None)
        what = item.words if item.kind == "choice" else _PLURALS[item.kind]
        words = f"a list of {what}" + (", one or more" if least else "") + (f", at most {most}" if most else "")
        return Shape(kind="list", words=words, item=item, least=least, most=most)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        item = _shape(get_args(annotation)[1], ())
        words = "a map of keys to " + (_PLURALS[item.kind] if item.kind in ("text", "number") else "values")
        return Shape(kind="map", words=words, item=item)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        assert issubclass(annotation, Settings)
        return Shape(kind="object", words=f"a map with keys of {listed(_names(annotation), 'and')}", model=annotation)
    return _scalar(annotation, metadata)


def _union(annotation: Any, metadata: tuple[Any, ...]) -> Shape:
    members = [member for member in get_args(annotation) if member is not type(None)]
    if len(members) == 1:
        inner = _shape(members[0], metadata)
        return Shape(**{**inner.__dict__, "optional": True})
    variants: dict[str, type[Settings]] = {}
    for member in members:
        assert issubclass(member, Settings), "only sections with a kind are unions"
        variants[get_args(member.model_fields[TAG].annotation)[0]] = member
    return Shape(
        kind="variants",
        words=f"a map with {TAG}: {listed(variants)}",
        choices=tuple(variants),
        variants=variants,
        optional=len(members) < len(get_args(annotation)),
    )


def _scalar(annotation: Any, metadata: tuple[Any, ...]) -> Shape:
    means = next((part for part in metadata if isinstance(part, Means)), None)
    least = next((part.ge for part in metadata if isinstance(part, annotated_types.Ge)), None)
    most = next((part.le for part in metadata if isinstance(part, annotated_types.Le)), None)
    longest = next((part.max_length for part in metadata if isinstance(part, annotated_types.MaxLen)), None)
    if annotation is bool:
        return Shape(kind="flag", words="true or false")
    if annotation is int:
        low, high = (bound if isinstance(bound, int) else None for bound in (least, most))
        words = "a whole number"
        if low is not None and high is not None:
            words += f" from {low} to {high}"
        elif low is not None:
            words += f", {low} or more"
        return Shape(kind="number", words=words, least=low, most=high)
    if annotation is str:
        words = means.words if means else f"a text of 1 to {longest} characters" if longest else "a text"
        own = next((part.text for part in metadata if isinstance(part, Example)), None)
        return Shape(
            kind="text",
            words=words,
            example=own or (means.example if means else None),
            most=longest,
            pattern=next((part.pattern for part in metadata if getattr(part, "pattern", None)), None),
            hyphens=means.hyphens if means else False,
            secret=means is _SECRET_MEANS,
        )
    return Shape(kind="any", words="any value")


def _names(model: type[Settings]) -> list[str]:
    return [info.alias or name for name, info in model.model_fields.items()]
