"""Builds, the smoke test and the prepuller, from a stack file to what is registered."""

from __future__ import annotations

from typing import Any

import pytest

from infra.settings.load import secret_names, validate
from infra.settings.report import InvalidStack
from infra.workloads.purposes import purposes
from tests.unit.components.mocks import RecordingMonitor, strings_in
from tests.unit.infra.test_workloads import Sections, deployed, dev

JOB = "kubernetes:batch/v1:Job"
PREPULLER = "buildfleet:index:ImagePrepuller"
BUILD = {
    "name": "web",
    "nodePool": "win22",
    "context": {"kind": "inline", "files": {"Dockerfile": "FROM mcr.microsoft.com/windows/nanoserver:ltsc2022\n"}},
    "tags": ["registry.example.com/web:1.0"],
    "credentials": {"kind": "existing-secret", "name": "registry"},
}
FROM_GIT = {
    "name": "api",
    "nodePool": "win25",
    "context": {"kind": "git", "url": "https://github.com/contoso/api", "ref": "main", "tokenSecret": "gitToken"},
    "tags": ["ghcr.io/contoso/api:1.0"],
    "credentials": {"kind": "password", "server": "ghcr.io", "username": "bot", "passwordSecret": "ghcrPassword"},
    "memoryGiB": 8,
    "cpu": "2",
    "timeoutMinutes": 90,
}


def stack(*builds: dict[str, Any], agents: bool = False, **engine: Any) -> Sections:
    """The dev stack; without agents and runners, unless they matter."""
    sections = dev()
    if not agents:
        del sections["azureDevOps"], sections["github"]
    sections["builds"] = list(builds)
    sections["dockerEngine"] = {**sections["dockerEngine"], **engine}
    return sections


def job(monitor: RecordingMonitor, name: str) -> dict[str, Any]:
    inputs: dict[str, Any] = monitor.named(f"{name}-job").inputs
    return inputs


def rules(sections: Sections) -> str:
    with pytest.raises(InvalidStack) as refused:
        validate(sections, secrets=secret_names(sections))
    return str(refused.value)


def test_a_build_becomes_a_job_on_its_pool_with_a_client_that_fits() -> None:
    monitor, outcome = deployed(stack(BUILD, FROM_GIT))
    web, api = job(monitor, "web"), job(monitor, "api")
    assert web["metadata"]["namespace"] == "docker-builds"
    assert web["spec"]["template"]["spec"]["nodeSelector"]["agentpool"] == "win22"
    images = [one["spec"]["template"]["spec"]["containers"][0]["image"] for one in (web, api)]
    assert images == [f"registry.example.com/buildfleet/docker-cli:0.1.0-ltsc20{year}" for year in (22, 25)]
    assert api["spec"]["activeDeadlineSeconds"] == 90 * 60
    assert api["spec"]["template"]["spec"]["containers"][0]["resources"]["requests"] == {"cpu": "2", "memory": "8Gi"}
    assert sorted(outcome.builds) == ["api", "web"]


def test_secrets_of_builds_are_secrets_of_the_stack() -> None:
    monitor, _ = deployed(stack(FROM_GIT))
    assert [r.name for r in monitor.of_type("kubernetes:core/v1:Secret") if r.parent_name == "api"] == [
        "api-git",
        "api-registry",
    ]
    for registration in monitor.registrations:
        assert not [text for text in strings_in(registration.inputs) if text.startswith("value of ")]


def test_a_build_comes_after_the_engine_of_its_pool() -> None:
    monitor, _ = deployed(stack(BUILD))
    engine = next(r for r in monitor.of_type("kubernetes:apps/v1:DaemonSet") if r.kubernetes_name.endswith("-win22"))
    assert engine.urn in monitor.named("web-job").dependencies


def test_builds_may_reach_the_api_server_where_others_may_not() -> None:
    sections = stack(BUILD)
    sections["network"] = {"apiServerCidrs": ["10.0.0.1/32"]}
    monitor, _ = deployed(sections)
    policy = next(
        r
        for r in monitor.of_type("kubernetes:networking.k8s.io/v1:NetworkPolicy")
        if r.inputs["metadata"]["namespace"] == "docker-builds" and r.kubernetes_name == "allow-api-server"
    )
    wanted = policy.inputs["spec"]["podSelector"]["matchLabels"]
    assert wanted.items() <= job(monitor, "web")["spec"]["template"]["metadata"]["labels"].items()


def test_each_pool_that_has_nodes_is_smoke_tested_with_an_image_that_fits() -> None:
    monitor, _ = deployed(stack())
    jobs = [r.name for r in monitor.of_type(JOB)]
    assert jobs == ["engine-smoke-test-win22-job", "engine-smoke-test-win25-job"]
    request = monitor.named("engine-smoke-test-win25-request").inputs["data"]["request.json"]
    assert "mcr.microsoft.com/windows/nanoserver:ltsc2025" in request


def test_a_pool_that_may_be_empty_is_left_out() -> None:
    sections = stack()
    for pool in sections["nodePools"]:
        if pool["name"] == "win25":
            pool["minCount"] = 0
    monitor, _ = deployed(sections)
    assert [r.name for r in monitor.of_type(JOB)] == ["engine-smoke-test-win22-job"]


def test_the_smoke_test_is_a_setting() -> None:
    monitor, outcome = deployed(stack(smokeTest=False))
    assert not monitor.of_type(JOB)
    assert "docker-builds" not in outcome.namespaces


def smoke_name(**engine: Any) -> Any:
    return job(deployed(stack(**engine))[0], "engine-smoke-test-win22")["metadata"]["name"]


def test_another_engine_is_tested_anew_and_another_way_to_watch_it_is_not() -> None:
    assert smoke_name() == smoke_name()
    assert smoke_name(mirrors=["https://mirror.example.com"]) != smoke_name()
    assert smoke_name(rollout={"slots": 2}) == smoke_name()
    assert smoke_name(nodePools=[{"name": "win25", "dataRoot": r"D:\docker"}]) == smoke_name()
    assert smoke_name(nodePools=[{"name": "win22", "dataRoot": r"D:\docker"}]) != smoke_name()


def test_a_smoke_test_outlasts_an_upgrade_that_drains_the_only_node() -> None:
    def tested(**engine: Any) -> dict[str, Any]:
        return job(deployed(stack(**engine))[0], "engine-smoke-test-win22")

    hour, day = tested(rollout={"waitMinutes": 60}), tested(rollout={"waitMinutes": 1440})
    assert hour["spec"]["activeDeadlineSeconds"] == (30 + 60) * 60
    assert day["spec"]["activeDeadlineSeconds"] == (30 + 1440) * 60
    assert hour["metadata"]["name"] == day["metadata"]["name"], "the wait alone proves nothing else"


def test_nodes_pull_the_images_of_their_own_agents_and_what_fits_them() -> None:
    further = ["example.com/a:ltsc2025", "example.com/b:1"]
    monitor, _ = deployed(stack(agents=True, nodePrepull={"agents": True, "images": further}))
    assert monitor.only(PREPULLER).inputs["images"] == {
        "win22": [
            "example.com/b:1",
            "registry.example.com/buildfleet/azure-devops-agent:0.1.0-ltsc2022",
            "registry.example.com/buildfleet/github-runner:0.1.0-ltsc2022",
        ],
        "win25": [
            "example.com/a:ltsc2025",
            "example.com/b:1",
            "registry.example.com/buildfleet/azure-devops-agent:0.1.0-ltsc2025",
        ],
    }
    assert not deployed(stack())[0].of_type(PREPULLER)


def test_the_namespaces_that_are_needed_are_those_that_are_made() -> None:
    for sections in (
        stack(),
        stack(BUILD),
        stack(BUILD, smokeTest=False),
        stack(agents=True, nodePrepull={"agents": True}),
    ):
        settings = validate(sections, secrets=secret_names(sections))
        _, outcome = deployed(sections)
        assert [str(getattr(settings.namespaces, one)) for one in purposes(settings)] == sorted(
            outcome.namespaces, key=lambda name: purposes_order(settings, name)
        )


def purposes_order(settings: Any, name: str) -> int:
    return [str(getattr(settings.namespaces, one)) for one in purposes(settings)].index(name)


def test_what_a_build_may_not_be_is_told_before_anything_is_registered() -> None:
    linux = {**BUILD, "nodePool": "lin"}
    assert "which is a Linux pool" in rules(stack(linux))
    newer = {**BUILD, "context": {"kind": "inline", "files": {"Dockerfile": "FROM x:ltsc2025\n"}}}
    assert "made on ltsc2025" in rules(stack(newer))
    assert "builds[0].args.TOKEN" in rules(stack({**BUILD, "args": {"TOKEN": "hunter2"}}))
    assert "hunter2" not in rules(stack({**BUILD, "args": {"TOKEN": "hunter2"}}))
    without = stack(BUILD)
    del without["dockerEngine"]
    assert "no dockerEngine in the stack file" in rules(without)
    client = stack(BUILD)
    client["images"]["dockerCli"] = "example.com/docker-cli:1-ltsc2025"
    assert "images.dockerCli" in rules(client)


def test_the_clients_image_is_ours_or_the_stacks_own() -> None:
    sections = stack(BUILD)
    sections["images"]["dockerCli"] = "example.com/docker-cli:1-ltsc2022"
    monitor, _ = deployed(sections)
    assert job(monitor, "web")["spec"]["template"]["spec"]["containers"][0]["image"] == (
        "example.com/docker-cli:1-ltsc2022"
    )
