"""Kubernetes quantities, spelled as the API server stores them.

Owns the canonical form (`CanonicalizeBytes` in k8s.io/apimachinery `pkg/api/resource/quantity.go`, v0.36): `1000m` is
kept as `1`, `0.5Gi` as `512Mi`. Without it, the first refresh would report every such value as changed.
"""

from __future__ import annotations

import re
from decimal import ROUND_CEILING, Decimal
from typing import Final

_QUANTITY = re.compile(r"^([+-]?(?:\d+\.?\d*|\.\d+))(?:([KMGTPE]i)|([numkMGTPE]?)|([eE][+-]?\d+))$")
_BINARY: Final = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}
_DECIMAL: Final = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_NANO: Final = Decimal("1e-9")


def canonical(text: str) -> str:
    """The stored form of a quantity; any other text as it is, for the API server to refuse."""
    match = _QUANTITY.match(text)
    if match is None:
        return text
    number, binary, decimal, exponent = match.groups()
    value = Decimal(number)
    if binary:
        value *= 1024 ** _BINARY[binary]
    elif exponent:
        value = value.scaleb(int(exponent[1:]))
    else:
        value = value.scaleb(_DECIMAL[decimal])
    value = value.quantize(_NANO, rounding=ROUND_CEILING)
    if binary and abs(value) >= 1024 and value == value.to_integral_value():
        return _in_binary(int(value))
    return _in_decimal(value, with_exponent=exponent is not None)


def _in_binary(value: int) -> str:
    power = 0
    while value % 1024 == 0 and power < len(_BINARY):
        value //= 1024
        power += 1
    return f"{value}{('', *_BINARY)[power]}"


def _in_decimal(value: Decimal, *, with_exponent: bool) -> str:
    mantissa, power = int(value.scaleb(9)), -9
    if mantissa == 0:
        return "0"
    while mantissa % 1000 == 0 and power < 18:
        mantissa //= 1000
        power += 3
    if with_exponent:
        return f"{mantissa}e{power}" if power else str(mantissa)
    return f"{mantissa}{next(suffix for suffix, exponent in _DECIMAL.items() if exponent == power)}"
