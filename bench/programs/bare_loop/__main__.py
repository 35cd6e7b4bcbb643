"""The same objects as those of N runner sets, made by a bare loop over the SDK: no component, no check, no reuse."""

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import pulumi
from pulumi_kubernetes import Provider
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.core.v1 import ServiceAccount
from pulumi_kubernetes.rbac.v1 import Role, RoleBinding

from bench.programs.sets import CONTEXT, NAMESPACE, URL, count

VERBS = ["create", "delete", "get"]
RULES: Any = [
    {"apiGroups": [""], "resources": ["pods"], "verbs": VERBS},
    {"apiGroups": [""], "resources": ["secrets", "serviceaccounts"], "verbs": [*VERBS, "list", "patch", "update"]},
    {
        "apiGroups": ["rbac.authorization.k8s.io"],
        "resources": ["roles", "rolebindings"],
        "verbs": [*VERBS, "patch", "update"],
    },
]
TEMPLATE = {
    "metadata": {"labels": {"app.kubernetes.io/name": "github-runner", "app.kubernetes.io/part-of": "buildfleet"}},
    "spec": {
        "containers": [
            {
                "name": "runner",
                "image": "ghcr.io/actions/actions-runner:2.336.0",
                "command": ["/home/runner/run.sh"],
                "resources": {"requests": {"cpu": "1", "memory": "4Gi"}, "limits": {"memory": "4Gi"}},
                "securityContext": {"allowPrivilegeEscalation": False, "runAsUser": 1001, "runAsGroup": 1001},
            }
        ],
        "nodeSelector": {"agentpool": "lin", "kubernetes.io/os": "linux"},
        "tolerations": [
            {"key": "buildfleet.dev/purpose", "operator": "Equal", "value": "build", "effect": "NoSchedule"}
        ],
    },
}

opts = pulumi.ResourceOptions(provider=Provider("cluster", context=CONTEXT))
for index in range(count()):
    name = f"bench-{index}"
    meta: Any = {"name": name, "namespace": NAMESPACE, "labels": {"app.kubernetes.io/name": "github-runner"}}
    account = ServiceAccount(f"{name}-account", metadata=meta, automount_service_account_token=False, opts=opts)
    role = Role(
        f"{name}-role",
        metadata=meta,
        rules=RULES,
        opts=opts,
    )
    binding = RoleBinding(
        f"{name}-binding",
        metadata=meta,
        role_ref={"api_group": "rbac.authorization.k8s.io", "kind": "Role", "name": role.metadata.name},
        subjects=[{"kind": "ServiceAccount", "name": "arc-gha-rs-controller", "namespace": "arc-systems"}],
        opts=opts,
    )
    CustomResource(
        f"{name}-set",
        api_version="actions.github.com/v1alpha1",
        kind="AutoscalingRunnerSet",
        metadata=meta,
        spec={
            "githubConfigUrl": URL,
            "githubConfigSecret": "github-credentials",
            "runnerScaleSetName": name,
            "minRunners": 0,
            "maxRunners": 10,
            "template": TEMPLATE,
        },
        opts=pulumi.ResourceOptions(provider=opts.provider, depends_on=[account, role, binding]),
    )
