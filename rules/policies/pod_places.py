"""Where objects of Kubernetes have the templates of their pods, by kind: one table for a program and for the cluster.

Owns besides which kinds of others make pods of fields in places of their own, which make none, and which write of pods
without making any: their unknown parts mean different things.

Sources: the references of the workload kinds, of KEDA's ScaledJob and of ARC's runner sets; of Argo Workflows and
Rollouts, Tekton Pipelines, Knative Serving and the runners that ARC had before its sets; all read 2026-11.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
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

MAKERS: Final[Mapping[str, Collection[str]]] = {
    "actions.summerwind.dev": ("Runner", "RunnerDeployment", "RunnerReplicaSet", "RunnerSet"),
    "argoproj.io": ("ClusterWorkflowTemplate", "CronWorkflow", "Rollout", "Workflow", "WorkflowTemplate"),
    "serving.knative.dev": ("Configuration", "Revision", "Service"),
    "tekton.dev": ("ClusterTask", "Pipeline", "PipelineRun", "StepAction", "Task", "TaskRun"),
}
"""By API group: kinds of others that make pods. What is unknown in them may be a part of one, in any namespace."""
PODLESS: Final = frozenset(
    {
        "Certificate",
        "CiliumNetworkPolicy",
        "ExternalSecret",
        "Gateway",
        "HTTPRoute",
        "Issuer",
        "NetworkPolicy",
        "PodMonitor",
        "PrometheusRule",
        "ScaledObject",
        "SealedSecret",
        "SecretProviderClass",
        "SecretStore",
        "ServiceMonitor",
        "TriggerAuthentication",
    }
)
"""Kinds of others that are common beside a fleet and make no pods: what is unknown in them is none."""
PATTERNS: Final = ("gatekeeper.sh", "kubewarden.io", "kyverno.io")
"""Domains of API groups of objects that say what pods may be: `hostNetwork: true` there is a word of a policy."""
