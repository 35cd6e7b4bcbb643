"""More resources that every rule passes: runners, their jobs' templates, builds, and what belongs to them."""

from __future__ import annotations

import copy
import json
from typing import Any

from rules.policies.resource import Resource
from tests.unit.policies.scenes import OWN, docker_agent, kubernetes, linux_agent, windows_agent, with_spec

HOOKS = [
    {"name": "ACTIONS_RUNNER_CONTAINER_HOOKS", "value": "/home/runner/k8s-novolume/index.js"},
    {"name": "ACTIONS_RUNNER_CONTAINER_HOOK_TEMPLATE", "value": "/etc/buildfleet/hook-template/template.json"},
    {"name": "ACTIONS_RUNNER_REQUIRE_JOB_CONTAINER", "value": "true"},
]
RUNNER_SET = "actions.github.com/v1alpha1:AutoscalingRunnerSet"
SCALED_JOB = "keda.sh/v1alpha1:ScaledJob"
ON_PR = {"agentpool": "pr", "kubernetes.io/os": "linux"}


def hook_runner(**more: Any) -> dict[str, Any]:
    """Spec of a runner whose jobs run in pods of their own."""
    runner = {
        **linux_agent()["containers"][0],
        "name": "runner",
        "image": "ghcr.io/actions/actions-runner:2.336.0",
        "env": copy.deepcopy(HOOKS),
    }
    own = {"automountServiceAccountToken": True, "serviceAccountName": "app-runner", "containers": [runner]}
    return with_spec(linux_agent(), **{**own, **more})


def runner_set(spec: dict[str, Any], namespace: object, *, low: object = 0, high: object = 4) -> Resource:
    """An AutoscalingRunnerSet as ours, with its listener's template."""
    listener = {
        "name": "listener",
        "resources": {"requests": {"cpu": "10m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}},
    }
    template = {
        "metadata": {
            "annotations": {"cluster-autoscaler.kubernetes.io/safe-to-evict": "false"},
            "labels": {"buildfleet.dev/component": "github-hook-runner"},
        },
        "spec": spec,
    }
    body = {
        "metadata": {"name": "app", "namespace": namespace},
        "spec": {
            "minRunners": low,
            "maxRunners": high,
            "template": template,
            "listenerTemplate": {"spec": {"containers": [listener], "nodeSelector": {"kubernetes.io/os": "linux"}}},
        },
    }
    return kubernetes(RUNNER_SET, body)


def scaled_job(spec: dict[str, Any], namespace: object, *, low: object = 0, high: object = 10) -> Resource:
    """A ScaledJob as ours."""
    template = {
        "metadata": {"annotations": {"cluster-autoscaler.kubernetes.io/safe-to-evict": "false"}},
        "spec": {**spec, "restartPolicy": "Never"},
    }
    body = {
        "metadata": {"name": "agents", "namespace": namespace},
        "spec": {
            "minReplicaCount": low,
            "maxReplicaCount": high,
            "jobTargetRef": {"activeDeadlineSeconds": 8700, "template": template},
            "triggers": [{"type": "azure-pipelines", "metadata": {"poolName": "linux"}}],
        },
    }
    return kubernetes(SCALED_JOB, body)


def job(spec: dict[str, Any], namespace: object = "docker-builds", **more: Any) -> Resource:
    """A build or a smoke test: a Job with the pipe and a deadline; `more` are fields of the Job's spec."""
    template = {
        "metadata": {
            "annotations": {"cluster-autoscaler.kubernetes.io/safe-to-evict": "false"},
            "labels": {"buildfleet.dev/component": "image-build"},
        },
        "spec": {key: value for key, value in spec.items() if key != "terminationGracePeriodSeconds"},
    }
    template["spec"]["restartPolicy"] = "Never"
    body = {
        "metadata": {"name": "build", "namespace": namespace},
        "spec": {"backoffLimit": 2, "activeDeadlineSeconds": 3600, "template": template, **more},
    }
    return kubernetes("batch/v1:Job", {**body, "spec": {k: v for k, v in body["spec"].items() if v is not None}})


def build() -> dict[str, Any]:
    """Spec of an image build: the pipe, and a token to note the digest."""
    spec = windows_agent()
    spec["containers"][0]["image"] = f"{OWN}/docker-cli:1-ltsc2022"
    return with_spec(spec, automountServiceAccountToken=True, serviceAccountName="app-build")


def hook_template(namespace: object = "github-runners-docker", **more: Any) -> Resource:
    """The ConfigMap with a hook template as ours; `more` are fields of the pod spec in it."""
    agent = docker_agent()
    part = {
        "name": "$job",
        "resources": agent["containers"][0]["resources"],
        "securityContext": {"privileged": True, "runAsUser": 0},
    }
    document = {
        "metadata": {
            "annotations": {"cluster-autoscaler.kubernetes.io/safe-to-evict": "false"},
            "labels": {"buildfleet.dev/component": "github-job"},
        },
        "spec": {
            "automountServiceAccountToken": False,
            "containers": [part],
            "nodeSelector": agent["nodeSelector"],
            "serviceAccountName": "app-job",
            "terminationGracePeriodSeconds": 30,
            "tolerations": agent["tolerations"],
            **more,
        },
    }
    body = {"metadata": {"name": "app-hook-template", "namespace": namespace}}
    return kubernetes("core/v1:ConfigMap", {**body, "data": {"template.json": json.dumps(document)}})
