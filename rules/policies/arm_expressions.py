"""Values of ARM templates: names in any capitals, and what an expression stands for.

Owns the two expressions that are read, `[parameters('size')]` and `[variables('size')]`, alone in their text: a
parameter is what the deployment gives, else what the template has by default, a variable what the template says. Each
other expression is computed by Azure, and unknown. So are parameters that a key vault or a link gives, and secure ones,
as a value that is read may be told. A nested deployment with the scope `inner` has names of its own; the default is
those of the template around it. Source: Microsoft Learn, "Template expressions" and "Linked and nested templates", read
2026-11.

Refuses to evaluate functions.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from rules.policies.node import UNKNOWN

DEPLOYMENT: Final = "microsoft.resources/deployments"
"""Type of a nested deployment, in lower case."""

_NAMED: Final = re.compile(r"\[\s*(parameters|variables)\s*\(\s*'([^']+)'\s*\)\s*\]", re.IGNORECASE)
_SECURE: Final = ("secureobject", "securestring")


class AnyCase(dict[str, object]):
    """A map of ARM, in which `osType` finds `ostype`."""

    def get(self, key: str, default: object = None) -> object:
        """What stands under the name, else under one that differs in capitals alone."""
        if key in self:
            return self[key]
        folded = key.casefold()
        return next((value for other, value in self.items() if other.casefold() == folded), default)


def any_case(value: object) -> object:
    """A value with every map of it an `AnyCase`; a text stays what it is."""
    if isinstance(value, Mapping):
        return AnyCase({key: any_case(item) for key, item in value.items()})
    return [any_case(item) for item in value] if isinstance(value, list) else value


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


class Names:
    """The parameters and variables of one template.

    template: as `any_case` makes it. deployment: what stands beside it, `parameters` and `parametersLink`, read.
    """

    def __init__(self, template: object, deployment: object) -> None:
        self._template, deployment = _map(template), _map(deployment)
        self._given = UNKNOWN if deployment.get("parametersLink") is not None else deployment.get("parameters")
        self._found: dict[tuple[str, str], object] = {}

    def read(self, value: object) -> object:
        """A value of the template, `UNKNOWN` where Azure computes it."""
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, AnyCase):
            inner = _names_its_own(value)
            return AnyCase(
                {
                    key: self._inner(item) if inner and key.casefold() == "properties" else self.read(item)
                    for key, item in value.items()
                }
            )
        return [self.read(item) for item in value] if isinstance(value, list) else value

    def _text(self, text: str) -> object:
        if not is_expression(text):
            return text.replace("[[", "[", 1) if text.startswith("[[") else text
        named = _NAMED.fullmatch(text)
        return UNKNOWN if named is None else self._named(named[1].lower(), named[2])

    def _named(self, kind: str, name: str) -> object:
        key = (kind, name.casefold())
        if key not in self._found:
            self._found[key] = UNKNOWN  # of what is made of itself
            self._found[key] = self._parameter(name) if kind == "parameters" else self._variable(name)
        return self._found[key]

    def _parameter(self, name: str) -> object:
        declared = _map(_map(self._template.get("parameters")).get(name))
        given = self._given if self._given is UNKNOWN else _map(self._given).get(name)
        if given is UNKNOWN or str(declared.get("type")).casefold() in _SECURE:
            return UNKNOWN
        value = _map(given).get("value")
        if value is not None:
            return value
        if _map(given).get("reference") is not None:
            return UNKNOWN
        return self.read(declared.get("defaultValue", UNKNOWN))

    def _variable(self, name: str) -> object:
        return self.read(_map(self._template.get("variables")).get(name, UNKNOWN))

    def _inner(self, properties: object) -> object:
        """Of a nested deployment: its parameters are given in the names around it, its template has its own."""
        whole = _map(properties)
        around = AnyCase({key: self.read(item) for key, item in whole.items() if key.casefold() != "template"})
        template = whole.get("template")
        # Where the scope is not known, neither names can be told.
        names = Names(template, around) if _scope(whole) == "inner" else Names(None, None)
        return AnyCase({**around, "template": names.read(template)})


def _names_its_own(resource: AnyCase) -> bool:
    """Whether it is a deployment whose template has names of its own, or may have: its scope is not known."""
    kind = resource.get("type")
    if not isinstance(kind, str) or kind.casefold() != DEPLOYMENT:
        return False
    return _scope(_map(resource.get("properties"))) != "outer"


def _scope(deployment: AnyCase) -> str:
    return str(_map(deployment.get("expressionEvaluationOptions")).get("scope", "outer")).casefold()


def _map(value: object) -> AnyCase:
    return value if isinstance(value, AnyCase) else AnyCase()
