"""KEDA: the least version that our ScaledJobs need, and later fields of the `azure-pipelines` trigger.

Sources: the Go modules of kedacore/keda, config/crd/bases/keda.sh_scaledjobs.yaml, read 2026-11; kedacore/keda-docs
2.21 and kedacore/keda CHANGELOG, read 2026-08-20.
"""

from __future__ import annotations

from typing import Final

Version = tuple[int, int]
"""(major, minor)."""

LEAST_VERSION: Final[Version] = (2, 16)
"""The schema of ScaledJobs knows our pods' `appArmorProfile` from here on: v2.15.1 lacks it, v2.16.1 has it."""

TRIGGER_FIELD_SINCE: Final[dict[str, Version]] = {
    "fetchUnfinishedJobsOnly": (2, 18),
    "requireAllDemandsAndIgnoreOthers": (2, 17),
}
"""Fields that are newer than `LEAST_VERSION`. KEDA ignores a field that it does not know."""


def parse_version(text: str) -> Version:
    """`(2, 19)` of `2.19.0`."""
    major, minor = (int(part) for part in text.split(".")[:2])
    return major, minor
