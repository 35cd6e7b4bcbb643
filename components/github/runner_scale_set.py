"""One runner scale set of the Actions Runner Controller, as direct resources.

Owns the AutoscalingRunnerSet and what only it needs: the controller's rights in the namespace, the accounts and rights
of runners and jobs, and the hook template. Direct resources instead of the chart, so that previews and policies see the
pods, and so that destroying works by order: the AutoscalingRunnerSet depends on everything else here, is therefore
deleted first, and its deletion is waited for while the controller still has its rights and credentials. The chart's
`cleanup-protection` finalizers do the same by hand, and deadlock when their counterpart is missing; here are none.

Security: in the modes `dind`, `cached-privileged-kubernetes` and `windows-host-engine` the code of a job is root
(SYSTEM) on the node. They need the namespace that Pod Security leaves privileged, and a pool that only trusted
repositories reach.

Refuses what `arguments.check` refuses, and a hook template on which jobs would fail.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.core.v1 import ConfigMap, ServiceAccount
from pulumi_kubernetes.policy.v1 import PodDisruptionBudget
from pulumi_kubernetes.rbac.v1 import Role, RoleBinding

from components import contract
from components.github.arguments import RunnerScaleSetArgs, check
from components.github.hook_template import TEMPLATE_KEY, HookTemplate
from components.github.job_template import job_labels
from components.github.listener import listener_template
from components.github.modes import HOOKS
from components.github.rbac import hook_rules, manager_rules
from components.github.scale_set_template import (
    RUNNER_COMPONENT,
    hook_template,
    hook_template_name,
    pod_template,
)
from components.github.workload_identity import (
    account_annotations,
    identity_account,
    job_account,
    runner_account,
)
from components.kubernetes.labels import workload_labels
from components.kubernetes.manifest import metadata, plain

API_VERSION: Final = "actions.github.com/v1alpha1"
KIND: Final = "AutoscalingRunnerSet"
LABEL_VERSION: Final = "app.kubernetes.io/version"
"""Read by the controller: it deletes an AutoscalingRunnerSet whose major and minor version are not its own."""

_RBAC_GROUP: Final = "rbac.authorization.k8s.io"
_DEREGISTER_MINUTES: Final = 15
"""On top of the job timeout: the controller looks for running jobs every 30 s, then takes the set off GitHub."""

# GitHub takes labels only when a scale set is made, and the registration belongs to one URL. What the controller writes
# itself (annotations `runner-scale-set-id`, `actions.github.com/*`, labels with the owner) needs no `ignore_changes`:
# the provider compares the fields that stand in the program, and server-side apply leaves the others to their owner.
_REPLACE_ON_CHANGES: Final = ("spec.githubConfigUrl", "spec.runnerScaleSetLabels")


class RunnerScaleSet(pulumi.ComponentResource):
    """Runners that one name reaches. Jobs say `runs-on: NAME`."""

    scale_set: pulumi.Output[str]
    """Name of the AutoscalingRunnerSet, known when it has been made."""
    service_account: pulumi.Output[str]
    """Account of the runners' pods."""

    def __init__(self, name: str, args: RunnerScaleSetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        check(args)
        template = hook_template(args)
        super().__init__("buildfleet:index:GitHubRunnerScaleSet", name, _props(args), opts)
        own = pulumi.ResourceOptions(parent=self)
        labels = workload_labels(
            stack=args.stack,
            component=RUNNER_COMPONENT,
            instance=args.scale_set,
            extra={contract.LABEL_RUNNER_SET: args.scale_set},
        )

        def object_metadata(object_name: str) -> Any:
            return metadata(object_name, namespace=args.namespace, labels=labels)

        def account_metadata(account_name: str) -> Any:
            owns = account_name == identity_account(args.mode, args.scale_set)
            annotations = account_annotations(args.identity if owns else None)
            return metadata(account_name, namespace=args.namespace, labels=labels, annotations=annotations)

        account = ServiceAccount(
            f"{name}-runner",
            metadata=account_metadata(runner_account(args.scale_set)),
            automount_service_account_token=False,
            opts=own,
        )
        needed: list[pulumi.Resource] = [account]
        needed += _role(
            f"{name}-manager",
            object_metadata(f"{args.scale_set}-manager"),
            rules=manager_rules(),
            subject={
                "kind": "ServiceAccount",
                "name": args.arc.service_account,
                "namespace": args.arc.namespace,
            },
            opts=own,
        )
        if template is not None:
            needed += _role(
                f"{name}-hooks",
                object_metadata(f"{args.scale_set}-hooks"),
                rules=hook_rules(HOOKS[args.mode].version),
                subject={
                    "kind": "ServiceAccount",
                    "name": runner_account(args.scale_set),
                    "namespace": args.namespace,
                },
                opts=own,
            )
            needed += [
                ServiceAccount(
                    f"{name}-job",
                    metadata=account_metadata(job_account(args.scale_set)),
                    automount_service_account_token=False,
                    image_pull_secrets=[{"name": secret} for secret in sorted(args.pull_secret_names)],
                    opts=own,
                ),
                PodDisruptionBudget(
                    f"{name}-jobs",
                    metadata=object_metadata(f"{args.scale_set}-jobs"),
                    spec=plain(
                        {
                            # More than there are: no eviction of a job's pod is allowed, so a drain waits for the job.
                            # Pods without a controller take a whole number here and nothing else.
                            "minAvailable": 1_000_000,
                            "selector": {"matchLabels": job_labels(args.scale_set)},
                            # A pod that never got ready has no job to lose.
                            "unhealthyPodEvictionPolicy": "AlwaysAllow",
                        }
                    ),
                    opts=own,
                ),
                ConfigMap(
                    f"{name}-hook-template",
                    metadata=object_metadata(hook_template_name(args.scale_set)),
                    data={TEMPLATE_KEY: template.text()},
                    opts=own,
                ),
            ]
        scale_set = CustomResource(
            f"{name}-scale-set",
            api_version=API_VERSION,
            kind=KIND,
            metadata=metadata(
                args.scale_set, namespace=args.namespace, labels={**labels, LABEL_VERSION: args.arc.version}
            ),
            spec=_spec(args, template),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=needed,
                replace_on_changes=list(_REPLACE_ON_CHANGES),
                # Two scale sets of one name exclude each other, in the namespace and on GitHub.
                delete_before_replace=True,
                custom_timeouts=pulumi.CustomTimeouts(delete=f"{args.job_timeout_minutes + _DEREGISTER_MINUTES}m"),
            ),
        )
        # The attribute comes from the inputs at run time; the class does not declare it.
        self.scale_set = cast(Any, scale_set).metadata["name"]
        self.service_account = account.metadata.name
        self.register_outputs({"scaleSet": self.scale_set, "serviceAccount": self.service_account})


def _role(
    name: str,
    object_metadata: Any,
    *,
    rules: list[dict[str, Any]],
    subject: Mapping[str, pulumi.Input[str]],
    opts: pulumi.ResourceOptions,
) -> list[pulumi.Resource]:
    """A Role and its binding to one account; both have the Role's name."""
    return [
        Role(name, metadata=object_metadata, rules=[plain(rule) for rule in rules], opts=opts),
        RoleBinding(
            f"{name}-binding",
            metadata=object_metadata,
            role_ref=plain({"apiGroup": _RBAC_GROUP, "kind": "Role", "name": object_metadata["name"]}),
            subjects=[plain(subject)],
            opts=opts,
        ),
    ]


def _spec(args: RunnerScaleSetArgs, template: HookTemplate | None) -> dict[str, Any]:
    spec: dict[str, Any] = {
        "githubConfigUrl": args.url.rstrip("/"),
        "githubConfigSecret": args.credentials_secret,
        "runnerScaleSetName": args.scale_set,
        "minRunners": args.min_runners,
        "maxRunners": args.max_runners,
        "template": pod_template(args, template),
        "listenerTemplate": listener_template(),
    }
    if args.runner_group is not None:
        spec["runnerGroup"] = args.runner_group
    if args.labels:
        # The controller adds the name itself. Sorted, because another order would replace the scale set.
        spec["runnerScaleSetLabels"] = sorted(set(args.labels))
    return spec


def _props(args: RunnerScaleSetArgs) -> dict[str, Any]:
    return {
        "stack": args.stack,
        "scaleSet": args.scale_set,
        "namespace": args.namespace,
        "url": args.url,
        "mode": args.mode,
        "nodePool": args.node_pool.name,
        "trust": args.node_pool.trust,
        "minRunners": args.min_runners,
        "maxRunners": args.max_runners,
        "labels": sorted(set(args.labels)),
        "runnerGroup": args.runner_group,
        "caches": sorted(args.caches),
        "jobTimeoutMinutes": args.job_timeout_minutes,
        "credentialsSecret": args.credentials_secret,
        "arcVersion": args.arc.version,
    }
