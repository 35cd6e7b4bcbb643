"""A runner whose jobs run in pods of their own (modes `kubernetes*` and `cached-privileged-kubernetes`).

Owns the environment of the container hooks, the claim `work`, and the mount of the hook template. The runner is the
same unprivileged one in all three modes; it only passes work on.

A job must name a `container:`. Without one its steps would run beside the runner's token, which may create pods and
read the namespace's Secrets; `ACTIONS_RUNNER_REQUIRE_JOB_CONTAINER` refuses that.
"""

from __future__ import annotations

from typing import Any, Final

import pulumi

from components.github import linux_runner
from components.github.hook_template import TEMPLATE_DIRECTORY, TEMPLATE_PATH
from components.github.linux_runner import RUNNER_ID, WORK_DIRECTORY
from components.github.modes import ContainerHooks
from components.github.parts import RunnerParts

TEMPLATE_VOLUME: Final = "hook-template"


def hook_runner(
    hooks: ContainerHooks,
    *,
    runner_image: pulumi.Input[str],
    template_name: str,
    work_claim: dict[str, Any] | None,
) -> RunnerParts:
    """The parts of a mode with hooks.

    Args:
        hooks: the generation that the mode uses.
        runner_image: where hooks that share no volume take `node` and the externals from.
        template_name: ConfigMap with the hook template.
        work_claim: spec of the claim that runner and job share; needed by hooks that share a volume, else unused.
    """
    env: list[dict[str, Any]] = [
        {"name": "ACTIONS_RUNNER_CONTAINER_HOOKS", "value": hooks.path},
        {"name": "ACTIONS_RUNNER_CONTAINER_HOOK_TEMPLATE", "value": TEMPLATE_PATH},
        {"name": "ACTIONS_RUNNER_POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        {"name": "ACTIONS_RUNNER_REQUIRE_JOB_CONTAINER", "value": "true"},
    ]
    mounts = [{"name": TEMPLATE_VOLUME, "mountPath": TEMPLATE_DIRECTORY, "readOnly": True}]
    volumes: list[dict[str, Any]] = [{"name": TEMPLATE_VOLUME, "configMap": {"name": template_name}}]
    pod_security: dict[str, Any] = {}
    if hooks.shares_volume:
        if work_claim is None:
            raise ValueError(f"hooks {hooks.version} share a claim between runner and job, but none is given")
        # Without it the job pod is bound to the node past the scheduler, and fails where it should wait for room.
        env.append({"name": "ACTIONS_RUNNER_USE_KUBE_SCHEDULER", "value": "true"})
        mounts.append({"name": "work", "mountPath": WORK_DIRECTORY})
        volumes.append({"name": "work", "ephemeral": {"volumeClaimTemplate": {"spec": work_claim}}})
        # A fresh block volume belongs to root; the runner is not root.
        pod_security = {"fsGroup": RUNNER_ID, "fsGroupChangePolicy": "OnRootMismatch"}
    else:
        env.append({"name": "ACTIONS_RUNNER_IMAGE", "value": runner_image})
    return RunnerParts(
        command=linux_runner.COMMAND,
        lifecycle=linux_runner.lifecycle(),
        security=linux_runner.confined(),
        pod_security=pod_security,
        env=sorted(env, key=lambda each: str(each["name"])),
        mounts=mounts,
        volumes=volumes,
    )
