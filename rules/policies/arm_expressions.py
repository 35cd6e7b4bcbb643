"""Values of ARM templates: names in any capitals, and what an expression stands for.

Owns the two expressions that are read, `[parameters('size')]` and `[variables('size')]`, alone in their text: a
parameter is what the deployment gives, else what the template has by default, a variable what the template says. Each
other expression is computed by Azure, and unknown. So are parameters that a key vault or a link gives, and those that
are secure or may be, as a value that is read may be told. A nested deployment with the scope `inner` has names of its
own; the default is those of the template around it. Source: Microsoft Learn, "Template expressions" and "Linked and
nested templates", read 2026-11.

Refuses to evaluate functions, to guess the scope of a deployment where an expression says what it is, and to write out
more than a template of people's has: names that stand for lists of names double with every line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from rules.policies.node import UNKNOWN

DEPLOYMENT: Final = "microsoft.resources/deployments"
"""Type of a nested deployment, in lower case."""

_NAMED: Final = re.compile(r"\[\s*(parameters|variables)\s*\(\s*'([^']+)'\s*\)\s*\]", re.IGNORECASE)
_SECURE: Final = ("secureobject", "securestring")

_DEPTH: Final = 64
"""Values inside of each other that are read, and names that stand for names; a deployment inside of another takes 4."""
_WRITTEN_OUT: Final = 20_000
"""Values in lists and maps that names stand for, in one template: 200 pools with 100 each."""


class AnyCase(dict[str, object]):
    """A map of ARM, in which `osType` finds `ostype`."""

    def get(self, key: str, default: object = None) -> object:
        """What stands under the name, else under one that differs in capitals alone."""
        if key in self:
            return self[key]
        folded = key.casefold()
        return next((value for other, value in self.items() if other.casefold() == folded), default)


def any_case(value: object) -> object:
    """A value with every map of it an `AnyCase`; a text stays what it is. What is too deep inside is unknown."""
    return _any_case(value, _DEPTH)


def _any_case(value: object, depth: int) -> object:
    if not isinstance(value, (Mapping, list)):
        return value
    if not depth:
        return UNKNOWN
    if isinstance(value, list):
        return [_any_case(item, depth - 1) for item in value]
    return AnyCase({key: _any_case(item, depth - 1) for key, item in value.items()})


def parsed(template: object) -> object:
    """A template; one that is a text, read. `UNKNOWN`: a text that cannot be."""
    return _document(template) if isinstance(template, str) else template


@lru_cache(maxsize=8)
def _document(text: str) -> object:
    """A text, read; each rule asks for the same one."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    return any_case(document) if isinstance(document, dict) else UNKNOWN


def is_expression(text: str) -> bool:
    """Whether Azure computes the text. `[[` begins one that begins with a bracket."""
    return text.startswith("[") and text.endswith("]") and not text.startswith("[[")


def is_name(text: str) -> bool:
    """Whether the text is a parameter or a variable and nothing beside it."""
    return _NAMED.fullmatch(text) is not None


@dataclass
class _Bounds:
    """What is left to be read of a template and of those inside."""

    depth: int = _DEPTH
    written_out: int = _WRITTEN_OUT

    def admit(self, size: int, height: int) -> bool:
        """Whether one more use of a value is within them. Texts and numbers, of size 0, always are."""
        if height > self.depth or size > self.written_out:
            return False
        self.written_out -= size
        return True


class Names:
    """The parameters and variables of one template.

    template: as `any_case` makes it. deployment: what stands beside it, `parameters` and `parametersLink`, read.
    """

    def __init__(self, template: object, deployment: object, bounds: _Bounds | None = None) -> None:
        self._template, deployment = _map(template), _map(deployment)
        self._given = UNKNOWN if deployment.get("parametersLink") is not None else deployment.get("parameters")
        self._found: dict[tuple[str, str], tuple[object, int, int]] = {}
        self._bounds = bounds or _Bounds()

    def read(self, value: object) -> object:
        """A value of the template, `UNKNOWN` where Azure computes it or names stand for too much."""
        if isinstance(value, str):
            return self._text(value) if value.startswith("[") else value
        if not isinstance(value, (AnyCase, list)):
            return value
        if not self._bounds.depth:
            return UNKNOWN
        self._bounds.depth -= 1
        try:
            return self._entries(value) if isinstance(value, AnyCase) else [self.read(item) for item in value]
        finally:
            self._bounds.depth += 1

    def _entries(self, value: AnyCase) -> AnyCase:
        scope = _scope(value)
        return AnyCase(
            {
                key: self._inner(item, scope)
                if scope != "outer" and key.casefold() == "properties"
                else self.read(item)
                for key, item in value.items()
            }
        )

    def _text(self, text: str) -> object:
        if not is_expression(text):
            return text.replace("[[", "[", 1) if text.startswith("[[") else text
        named = _NAMED.fullmatch(text)
        return UNKNOWN if named is None else self._named(named[1].lower(), named[2])

    def _named(self, kind: str, name: str) -> object:
        key = (kind, name.casefold())
        if key not in self._found:
            if not self._bounds.depth:
                return UNKNOWN
            self._bounds.depth -= 1
            self._found[key] = UNKNOWN, 0, 0  # of what is made of itself
            value = self._parameter(name) if kind == "parameters" else self._variable(name)
            self._found[key] = value, *_extent(value)
            self._bounds.depth += 1
        # A value is made once, but whoever reads the template meets it wherever it is used.
        value, size, height = self._found[key]
        return value if self._bounds.admit(size, height) else UNKNOWN

    def _parameter(self, name: str) -> object:
        declared = _map(self._template.get("parameters")).get(name)
        given = self._given if self._given is UNKNOWN else _map(self._given).get(name)
        if given is UNKNOWN or _may_be_secure(declared):
            return UNKNOWN
        value = _map(given).get("value")
        if value is not None:
            return value
        if _map(given).get("reference") is not None:
            return UNKNOWN
        return self.read(_map(declared).get("defaultValue", UNKNOWN))

    def _variable(self, name: str) -> object:
        return self.read(_map(self._template.get("variables")).get(name, UNKNOWN))

    def _inner(self, properties: object, scope: str | None) -> object:
        """Of a nested deployment: its parameters are given in the names around it, its template has its own."""
        if not isinstance(properties, AnyCase):
            whole = self.read(properties)
            # Read in the names around it, which may not be those of a template in it.
            if not isinstance(whole, AnyCase) or whole.get("template") is None:
                return whole
            return AnyCase({key: UNKNOWN if key.casefold() == "template" else item for key, item in whole.items()})
        around = AnyCase({key: self.read(item) for key, item in properties.items() if key.casefold() != "template"})
        template = properties.get("template")
        if template is None:
            return around
        inner = scope == "inner"
        names = Names(template if inner else None, around if inner else None, self._bounds)
        return AnyCase({**around, "template": names.read(template)})


def _scope(resource: AnyCase) -> str | None:
    """In which names the template of a deployment is read, `outer` or `inner`; of what is none `outer`. `None`: that,
    or whether it is a deployment, stands in an expression."""
    kind = resource.get("type")
    computed = isinstance(kind, str) and is_expression(kind)
    if not isinstance(kind, str) or not (computed or kind.casefold() == DEPLOYMENT):
        return "outer"
    properties = resource.get("properties")
    options = _map(properties).get("expressionEvaluationOptions")
    scope = _map(options).get("scope", "outer")
    if computed or any(
        one is UNKNOWN or (isinstance(one, str) and is_expression(one)) for one in (properties, options, scope)
    ):
        return None
    folded = str(scope).casefold()
    return folded if folded in ("inner", "outer") else None


def _may_be_secure(declared: object) -> bool:
    """Whether the declaration of a parameter, or of a part of it, is of a secure type or does not say its type."""
    if not isinstance(declared, AnyCase) or declared.get("$ref") is not None:
        return True
    kind = declared.get("type")
    if not isinstance(kind, str) or kind.casefold() in _SECURE:
        return True
    parts: list[object] = [*_map(declared.get("properties")).values()]
    for key in ("items", "additionalProperties"):
        parts += [part] if isinstance(part := declared.get(key), AnyCase) else []
    prefix = declared.get("prefixItems")
    return any(map(_may_be_secure, parts + (prefix if isinstance(prefix, list) else [])))


def _extent(value: object) -> tuple[int, int]:
    """How many values stand in a list or a map, and how deep; of anything else (0, 0)."""
    if not isinstance(value, (AnyCase, list)):
        return 0, 0
    inside = [_extent(item) for item in (value if isinstance(value, list) else value.values())]
    return len(inside) + sum(size for size, _ in inside), 1 + max((height for _, height in inside), default=0)


def _map(value: object) -> AnyCase:
    return value if isinstance(value, AnyCase) else AnyCase()
