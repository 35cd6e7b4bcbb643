"""The Helm charts of the operators: where each is published, and what it calls itself.

Sources: kedacore/charts keda/README.md and kedacore/keda-docs "Deploying KEDA", read 2026-08-20;
actions/actions-runner-controller charts/gha-runner-scale-set-controller 0.14.2, read 2026-06-30.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Chart:
    """One chart. Its versions are those of the operator in it."""

    name: str
    """In its repository; the whole address where it is an OCI artifact."""
    repository: str | None
    """`None` for OCI artifacts."""
    updates_definitions: bool
    """Whether an upgrade of the chart brings the new custom resource definitions. Helm leaves those in a chart's folder
    `crds` alone once they are there, and treats those among its templates like everything else."""


KEDA: Final = Chart(name="keda", repository="https://kedacore.github.io/charts", updates_definitions=True)
ARC: Final = Chart(
    name="oci://ghcr.io/actions/actions-runner-controller-charts/gha-runner-scale-set-controller",
    repository=None,
    updates_definitions=False,
)
