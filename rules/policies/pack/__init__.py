"""Rules of the pack itself: its waivers, what it could not check, and its twin in the cluster."""

from __future__ import annotations

from typing import Any, Final

from rules.policies.pack import in_cluster_twin, inputs_known, waiver_valid
from rules.policies.rule import Rule

INPUTS_KNOWN: Final = inputs_known.ID
WAIVER_VALID: Final = waiver_valid.ID

OF_THE_RUN: Final = frozenset({INPUTS_KNOWN, WAIVER_VALID})
"""Rules that are not about resources: the pack finds their violations while it judges by the others."""

RULES: Final[tuple[Rule[Any], ...]] = (
    in_cluster_twin.RULE,
    inputs_known.RULE,
    waiver_valid.RULE,
)
