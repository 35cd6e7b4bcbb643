"""Whether a toleration is one of a pool's taint, in Python and in CEL."""

from __future__ import annotations

from rules.policies.fleet import FleetTaint
from rules.policies.node import Node


def covers(toleration: Node, taint: FleetTaint) -> bool:
    """Whether a toleration lets a pod onto nodes with a taint. Raises `NotKnown`."""
    effect, key = toleration.get("effect").text(), toleration.get("key").text()
    if effect and effect != taint.effect:
        return False
    if toleration.get("operator").text() == "Exists":
        return not key or key == taint.key
    return key == taint.key and (toleration.get("value").text() or "") == taint.value


def covers_cel(taint: str, toleration: str) -> str:
    """CEL: `covers`; the taint is a text `key=value:Effect`, and none of its parts holds `=` or `:`."""
    t, x = toleration, taint
    key, value, effect = (f"{t}.?{part}.orValue('')" for part in ("key", "value", "effect"))
    return (
        f"(({t}.?operator.orValue('') == 'Exists' ? ({key} == '' || {x}.startsWith({key} + '=')) : "
        f"{x}.startsWith({key} + '=' + {value} + ':')) && ({effect} == '' || {x}.endsWith(':' + {effect})))"
    )
