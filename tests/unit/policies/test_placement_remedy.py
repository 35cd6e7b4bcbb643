"""What `build-workload-placement` adds by itself, and where it keeps its hands off."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rules.policies.judge import judge
from rules.policies.workloads.build_workload_placement import RULE
from tests.unit.policies.scenes import FLEET, UNKNOWN, linux_agent, windows_agent, with_spec, workload

CONTEXT = RULE.context(FLEET)


def mended(resource: Any) -> dict[str, object] | None:
    assert RULE.remedy is not None
    return RULE.remedy(resource, CONTEXT)


def nameless(**more: Any) -> dict[str, Any]:
    """A Windows agent's spec without `os`."""
    return with_spec({key: value for key, value in windows_agent().items() if key != "os"}, **more)


@pytest.mark.parametrize("token", ["apps/v1:Deployment", "batch/v1:CronJob", "keda.sh/v1alpha1:ScaledJob"])
def test_a_windows_pod_gets_its_operating_system_from_its_selector_and_passes_then(token: str) -> None:
    resource = workload(nameless(), "azdo-agents-docker", token)
    assert list(judge(RULE, resource, CONTEXT))
    inputs = mended(resource)
    assert inputs is not None
    assert inputs == workload({**nameless(), "os": {"name": "windows"}}, "azdo-agents-docker", token).inputs
    assert resource.inputs == workload(nameless(), "azdo-agents-docker", token).inputs, "what was given stays as it is"
    assert list(judge(RULE, replace(resource, inputs=inputs), CONTEXT)) == []


@pytest.mark.parametrize(
    "resource",
    [
        workload(windows_agent(), "azdo-agents-docker"),
        workload(linux_agent(), "azdo-agents"),
        workload(nameless(), "shop"),
        workload(nameless(nodeSelector=UNKNOWN), "azdo-agents-docker"),
        workload(nameless(), "azdo-agents-docker", "batch/v1:Job"),
        workload(nameless(), "azdo-agents-docker", "core/v1:Pod"),
        workload(nameless(), "azdo-agents-docker", "apps/v1:DeploymentPatch"),
        workload(nameless(securityContext={"fsGroup": 1000}), "azdo-agents-docker"),
        workload(nameless(shareProcessNamespace=False), "azdo-agents-docker"),
    ],
    ids=[
        "it is there",
        "Linux needs none",
        "not of the fleet",
        "the selector is not known",
        "a Job cannot change",
        "a pod cannot change",
        "a patch",
        "a group of Linux",
        "shared processes",
    ],
)
def test_nothing_is_added_where_it_is_not_needed_or_may_break_the_pod(resource: Any) -> None:
    assert mended(resource) is None
