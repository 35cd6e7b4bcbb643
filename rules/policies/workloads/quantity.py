"""Kubernetes quantities as numbers, to be compared: `500m`, `4Gi`, `4096Mi`, `4`.

Source of the notation: k8s.io/apimachinery `pkg/api/resource/quantity.go`, read 2026-11.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

_QUANTITY: Final = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(?:([KMGTPE]i)|([numkMGTPE])|[eE]([+-]?\d{1,3}))?")
_BINARY: Final = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}
_DECIMAL: Final = {"n": -9, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}


def amount(value: object) -> Decimal | None:
    """The number that a quantity is; `None`: it is none."""
    match = _QUANTITY.fullmatch(str(value)) if isinstance(value, (str, int, float)) else None
    if match is None or isinstance(value, bool):
        return None
    number, binary, decimal, exponent = match.groups()
    if binary:
        return Decimal(number) * Decimal(1 << 10 * _BINARY[binary])
    return Decimal(number).scaleb(int(exponent or 0) if decimal is None else _DECIMAL[decimal])
