"""Inputs, spelled as the API server will store them.

Owns what `Check` changes in a built-in object so that neither a refresh nor an import finds a difference that is
none: nulls, a Secret's `stringData`, quantities. Custom resources are left as they are: what their schema means by a
value is not known here.
"""

from __future__ import annotations

import base64
from typing import Any, Final

from sandbox.plugins.codec import Object
from sandbox.plugins.kubernetes_provider.keys import is_built_in
from sandbox.plugins.kubernetes_provider.quantities import canonical

_QUANTITY_MAPS: Final = frozenset({"limits", "requests", "capacity", "allocatable", "hard", "overhead", "podFixed"})
_LIMIT_RANGE_MAPS: Final = frozenset({"max", "min", "default", "defaultRequest", "maxLimitRequestRatio"})
_QUANTITIES: Final = frozenset({"sizeLimit", "divisor"})


def normalise(plain: Object) -> Object:
    """A plain object as the API server would store it."""
    if not is_built_in(str(plain.get("apiVersion", ""))):
        return plain
    kind = plain.get("kind")
    done: Object = _without_nulls(plain)
    if kind in ("ConfigMap", "CustomResourceDefinition"):
        return done
    if kind == "Secret":
        return _one_data(done)
    maps = _QUANTITY_MAPS | _LIMIT_RANGE_MAPS if kind == "LimitRange" else _QUANTITY_MAPS
    result: Object = _with_quantities(done, maps)
    return result


def _without_nulls(value: Any) -> Any:
    match value:
        case dict():
            return {key: _without_nulls(item) for key, item in value.items() if item is not None}
        case list():
            return [_without_nulls(item) for item in value]
    return value


def _one_data(secret: Object) -> Object:
    plain = secret.get("stringData")
    if not isinstance(plain, dict):
        return secret
    data = secret.get("data")
    encoded = {
        key: base64.b64encode(text.encode()).decode() if isinstance(text, str) else text for key, text in plain.items()
    }
    rest = {key: value for key, value in secret.items() if key != "stringData"}
    return {**rest, "data": {**(data if isinstance(data, dict) else {}), **encoded}}


def _with_quantities(value: Any, maps: frozenset[str]) -> Any:
    match value:
        case dict():
            return {key: _quantity_field(key, item, maps) for key, item in value.items()}
        case list():
            return [_with_quantities(item, maps) for item in value]
    return value


def _quantity_field(key: str, value: Any, maps: frozenset[str]) -> Any:
    if key in maps and isinstance(value, dict):
        return {name: _quantity(amount) for name, amount in value.items()}
    if key in _QUANTITIES:
        return _quantity(value)
    return _with_quantities(value, maps)


def _quantity(value: Any) -> Any:
    # A number is a quantity too, and is stored as text.
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return value
    return canonical(str(value))
