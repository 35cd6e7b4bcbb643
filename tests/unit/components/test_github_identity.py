"""The Entra identity of jobs: exactly what runs a job's steps can take it on."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from components.github import RunnerScaleSet
from components.github.modes import HOOKS, RunnerMode
from components.github.workload_identity import identity_account
from tests.unit.components.mocks import RecordingMonitor, deploy
from tests.unit.components.test_github_pods import LINUX, MODES, arguments

CLIENT = "00000000-0000-0000-0000-000000000001"
USE = "azure.workload.identity/use"
CLIENT_ID = "azure.workload.identity/client-id"
SKIP = "azure.workload.identity/skip-containers"


def scale_set(mode: RunnerMode, **changes: Any) -> RecordingMonitor:
    return deploy(lambda: RunnerScaleSet("x", arguments(mode, identity=CLIENT, **changes)))


def runner_metadata(monitor: RecordingMonitor) -> dict[str, Any]:
    return dict(monitor.named("x-scale-set").inputs["spec"]["template"]["metadata"])


@pytest.mark.parametrize("mode", MODES)
def test_one_account_of_a_scale_set_has_the_identity_and_it_is_the_one_that_credentials_name(mode: RunnerMode) -> None:
    accounts = scale_set(mode).of_type("kubernetes:core/v1:ServiceAccount")
    having = [one.kubernetes_name for one in accounts if one.inputs["metadata"].get("annotations")]
    assert having == [identity_account(mode, "app")]
    assert {
        one.inputs["metadata"]["annotations"][CLIENT_ID] for one in accounts if one.kubernetes_name == having[0]
    } == {CLIENT}


@pytest.mark.parametrize("mode", MODES)
def test_the_pod_that_runs_the_steps_gets_the_token_and_a_runner_with_hooks_does_not(mode: RunnerMode) -> None:
    monitor = scale_set(mode)
    metadata = runner_metadata(monitor)
    if mode not in HOOKS:
        assert metadata["labels"][USE] == "true"
        return
    assert USE not in metadata["labels"]
    template = json.loads(monitor.named("x-hook-template").inputs["data"]["template.json"])
    assert template["metadata"]["labels"][USE] == "true"
    budget = monitor.named("x-jobs").inputs["spec"]["selector"]["matchLabels"]
    assert USE not in budget, "pods are found by what never changes"


def test_the_daemon_beside_a_runner_gets_no_token() -> None:
    annotations = runner_metadata(scale_set("dind"))["annotations"]
    containers = scale_set("dind").named("x-scale-set").inputs["spec"]["template"]["spec"]["initContainers"]
    assert annotations[SKIP].split(";") == sorted(container["name"] for container in containers)
    assert SKIP not in runner_metadata(scale_set("none"))["annotations"]


@pytest.mark.parametrize("mode", MODES)
def test_without_an_identity_nothing_speaks_of_one(mode: RunnerMode) -> None:
    monitor = deploy(lambda: RunnerScaleSet("x", arguments(mode)))
    assert "azure.workload.identity" not in str([one.inputs for one in monitor.registrations])


def test_an_identity_where_untrusted_work_runs_is_refused() -> None:
    with pytest.raises(ValueError, match="node pool 'lin' takes untrusted work: use a trusted pool, or give no ident"):
        scale_set("none", node_pool=replace(LINUX, trust="untrusted"))
