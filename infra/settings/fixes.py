"""How to mend what is wrong with the structure of a stack file: the last line of each message.

Owns examples of values, as they stand in a file. Refuses to guess at meaning: what was probably meant is told only
where the form of the text, or a choice that is near, tells it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from infra.settings.shape import TAG, Shape, keys
from rules.words import listed, may_be_secret, meant

# YAML 1.1 reads these as truth values, YAML 1.2 as texts. People write both.
_TRUE = ("true", "yes", "on")
_FALSE = ("false", "no", "off")


def example(shape: Shape | None) -> str | None:
    """What could be written for a key that is missing, as it stands in a file."""
    if shape is None:
        return None
    match shape.kind:
        case "choice":
            return listed(shape.choices)
        case "text":
            return None if shape.example is None else _quoted(shape.example)
        case "number":
            return str(shape.least if shape.least is not None else 1)
        case "list":
            item = example_within(shape.item)
            return f"[{item}]" if item else None
        case "object" | "variants":
            return example_within(shape)
        case _:
            return None


def example_within(shape: Shape | None) -> str | None:
    """The same inside of a map or list, where one value has to do."""
    if shape is None or shape.kind not in ("choice", "object", "variants"):
        return example(shape)
    if shape.kind == "choice":
        return shape.choices[0]
    tag, model = next(iter(shape.variants.items()), (None, shape.model))
    needed = {name: key.shape for name, key in keys(model).items() if key.required and name != TAG} if model else {}
    entries = [f"{TAG}: {tag}"] if tag else []
    entries += [f"{name}: {example_within(below) or '...'}" for name, below in needed.items()]
    return f"{{{', '.join(entries)}}}"


def _quoted(text: str) -> str:
    """A text as YAML needs it: what looks like a number, a time or a date is in quotes."""
    return text if re.fullmatch(r"[A-Za-z/](?!.*(: | #|[\[\]{},])).*", text) else f'"{text}"'


def reformed(shape: Shape | None, error: str, value: object) -> str:
    """How to get a text into its form."""
    if shape is None:
        return "change it to fit"
    text = value if isinstance(value, str) else ""
    if shape.hyphens and shape.pattern is not None:
        near = "-".join(re.findall("[a-z0-9]+", text.lower()))
        # No name is told that might be a token.
        if re.search(shape.pattern, near) and len(near) <= (shape.most or len(near)) and not may_be_secret(text):
            return f'write it like "{near}"'
    if error == "string_too_long":
        return f"shorten it to {shape.most} characters"
    return f'write it like "{shape.example}"' if shape.example else "change it to fit"


def chosen(shape: Shape | None, value: object) -> str:
    """How to get from a value to one of the choices."""
    choices = shape.choices if shape is not None else ()
    if shape is not None and str(value) in shape.gone:
        return shape.gone[str(value)]
    if str(value) in choices:
        return f"write it without quotes: {value}" if shape and shape.numeric else f'write it in quotes: "{value}"'
    return "write one of them" if shape and shape.numeric else meant(str(value), choices, "write one of them")


def retyped(shape: Shape | None, value: Any) -> str:
    """How to turn a value of another type into one that fits."""
    if value is None:
        return "give a value, or remove the key"
    if shape is None:
        return "change it to fit"
    scalar = isinstance(value, str | int | float)
    match shape.kind:
        case "text" | "choice" if scalar:
            return f'write it in quotes: "{str(value).lower() if isinstance(value, bool) else value}"'
        case "number" if isinstance(value, str) and value.isdecimal() and value.isascii():
            return f"write it without quotes: {value}"
        case "number":
            return f"write a whole number such as {shape.least if shape.least is not None else 1}"
        case "flag" if str(value).lower() in _TRUE or value == 1:
            return "write it without quotes: true" if isinstance(value, str) else "write true"
        case "flag" if str(value).lower() in _FALSE or value == 0:
            return "write it without quotes: false" if isinstance(value, str) else "write false"
        case "list" if scalar or isinstance(value, Mapping):
            return "write a list: each entry on a line of its own, after a hyphen"
        case "object" | "variants" | "map":
            return "write a map: keys and values below it, each on a line of its own"
        case _:
            return "change it to fit"
