"""Where objects of Kubernetes have the templates of their pods, by kind: one table for a program and for the cluster.

Sources: the references of the workload kinds, of KEDA's ScaledJob and of ARC's runner sets, read 2026-11.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

USUAL: Final = ("spec", "template")
TEMPLATES: Final[Mapping[str, Sequence[tuple[str, ...]]]] = {
    "Pod": ((),),
    "PodTemplate": (("template",),),
    **dict.fromkeys(("DaemonSet", "Deployment", "Job", "ReplicaSet", "ReplicationController", "StatefulSet"), (USUAL,)),
    "CronJob": (("spec", "jobTemplate", *USUAL),),
    "ScaledJob": (("spec", "jobTargetRef", "template"),),
    "AutoscalingRunnerSet": (USUAL, ("spec", "listenerTemplate")),
    "EphemeralRunnerSet": (("spec", "ephemeralRunnerSpec"),),
    "EphemeralRunner": (("spec",),),
}
"""Paths to what has `metadata` and `spec` of a pod; the pods of the work itself come first."""
