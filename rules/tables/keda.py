"""KEDA's `azure-pipelines` trigger: since which version each field exists.

Source: kedacore/keda-docs 2.21 and kedacore/keda CHANGELOG, read 2026-08-20; workload identity: kedacore/keda#4867,
released in 2.13.
"""

from __future__ import annotations

from typing import Final

TRIGGER_FIELDS: Final = {
    "poolID": (2, 3),
    "organizationURLFromEnv": (2, 3),
    "personalAccessTokenFromEnv": (2, 3),
    "targetPipelinesQueueLength": (2, 3),
    "poolName": (2, 7),
    "activationTargetPipelinesQueueLength": (2, 8),
    "parent": (2, 8),
    "demands": (2, 8),
    "jobsToFetch": (2, 10),
    "requireAllDemands": (2, 10),
    "podIdentity": (2, 13),
    "requireAllDemandsAndIgnoreOthers": (2, 17),
    "fetchUnfinishedJobsOnly": (2, 18),
    "caseInsensitiveDemandsProcessing": (2, 18),
}
"""Field to (major, minor). `podIdentity` stands for `azure-workload` in a TriggerAuthentication of this trigger."""


def has_field(version: str, field: str) -> bool:
    """Whether KEDA `version` (`2.19.0`) knows a field of the trigger."""
    major, minor = (int(part) for part in version.split(".")[:2])
    return (major, minor) >= TRIGGER_FIELDS[field]
