"""Images of this project that a stack builds itself, from a stack file to what is registered."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest
from pulumi_kubernetes import Provider

from components.platform import Platform
from infra import workloads
from infra.platforms import node_pools
from infra.settings.load import secret_names, validate
from infra.settings.report import InvalidStack
from tests.unit.components.mocks import SECRET, RecordingMonitor, deploy
from tests.unit.infra.test_workloads import Sections, dev

IMAGE = "docker-build:index:Image"
DIGEST = "@sha256:" + "0" * 64
LOGIN = {"username": "bot", "passwordSecret": "registryPassword"}


def deployed(sections: Sections, kind: str = "dev") -> RecordingMonitor:
    settings = validate(sections, secrets=secret_names(sections))

    def program() -> None:
        platform = Platform(
            provider=Provider("cluster", context=f"buildfleet-{kind}"),
            node_pools={pool.name: node_pools.facts(pool) for pool in settings.node_pools},
        )
        workloads.deploy(settings, platform, stack=kind, secret=lambda name: pulumi.Output.secret(f"value of {name}"))

    return deploy(program, outputs={IMAGE: {"ref": "registry.example.com/buildfleet/built" + DIGEST}})


def stack(*, name: str = "dev", images: dict[str, Any] | None = None, **engine: Any) -> Sections:
    sections = dev(name)
    for section in ("azureDevOps", "github"):
        sections.pop(section, None)
    sections.pop("registry", None)
    sections["images"] = {**sections.get("images", {}), "build": {"builder": "fleet"}, **(images or {})}
    sections["dockerEngine"] = {**sections["dockerEngine"], **engine}
    return sections


def built(monitor: RecordingMonitor) -> dict[str, dict[str, Any]]:
    return {one.inputs["tags"][0]: one.inputs for one in monitor.registrations if one.type == IMAGE}


def engine_image(monitor: RecordingMonitor, pool: str) -> str:
    spec = monitor.named(f"docker-engine-{pool}").inputs["spec"]["template"]["spec"]
    return str(spec["containers"][0]["image"])


def test_each_image_that_the_pools_need_is_built_once_from_the_pinned_release() -> None:
    monitor = deployed(stack())
    repository = "registry.example.com/buildfleet"
    assert built(monitor).keys() == {
        f"{repository}/docker-engine:0.1.0-29.2.1",
        f"{repository}/docker-cli:0.1.0-ltsc2022",
        f"{repository}/docker-cli:0.1.0-ltsc2025",
    }
    arguments = built(monitor)[f"{repository}/docker-engine:0.1.0-29.2.1"]["buildArgs"]
    assert arguments["DOCKER_VERSION"] == "29.2.1"
    assert len(arguments["DOCKER_SHA256"]) == 64
    base = built(monitor)[f"{repository}/docker-cli:0.1.0-ltsc2025"]["buildArgs"]["WINDOWS"]
    assert base.partition("@")[0].endswith(":ltsc2025")


def test_a_release_that_the_stack_adds_is_what_its_image_is_built_from() -> None:
    release = {"version": "29.3.0", "url": "https://mirror.contoso.com/docker-29.3.0.zip", "sha256": "a1" * 32}
    monitor = deployed(stack(version="29.3.0", releases=[release]))
    arguments = built(monitor)["registry.example.com/buildfleet/docker-engine:0.1.0-29.3.0"]["buildArgs"]
    wanted = {"DOCKER_VERSION": "29.3.0", "DOCKER_URL": release["url"], "DOCKER_SHA256": release["sha256"]}
    assert wanted.items() <= arguments.items()


def test_the_engine_runs_by_the_digest_that_was_pushed() -> None:
    assert engine_image(deployed(stack()), "win22").endswith(DIGEST)


def test_the_smoke_test_waits_for_its_client() -> None:
    monitor = deployed(stack())
    waits = [one for one in monitor.registrations if one.type == "kubernetes:batch/v1:Job" and one.dependencies]
    images = [one.urn for one in monitor.registrations if one.type == IMAGE and "docker-cli" in one.inputs["tags"][0]]
    assert len(waits) == len(images) == 2
    assert all(set(one.dependencies) & set(images) for one in waits)


def test_an_image_that_the_stack_names_is_not_built() -> None:
    named = {"dockerEngine": "registry.example.com/mine:1", "dockerCli": "registry.example.com/cli:1"}
    monitor = deployed(stack(images=named))
    assert built(monitor) == {}
    assert engine_image(monitor, "win22") == "registry.example.com/mine:1"


def test_where_azures_policies_compare_references_pods_name_the_tag() -> None:
    sections = stack(name="aks", images={"repository": "registry.example.com/buildfleet", "tag": "0.1.0"})
    monitor = deployed(sections, "aks")
    pool = next(one["name"] for one in sections["nodePools"] if one["os"] == "windows")
    assert engine_image(monitor, pool) == "registry.example.com/buildfleet/docker-engine:0.1.0-29.2.1"
    assert built(monitor)


def test_the_password_of_a_push_is_a_secret() -> None:
    monitor = deployed(stack(images={"build": {"login": LOGIN}}))
    registries = [one["registries"][0] for one in built(monitor).values()]
    assert registries
    assert all(one["password"] == SECRET and one["username"] == "bot" for one in registries)
    assert all(one["address"] == "registry.example.com" for one in registries)


def test_a_stack_that_builds_no_image_does_not_load_what_builds_them() -> None:
    sections = stack()
    del sections["images"]["build"]
    assert built(deployed(sections)) == {}


def test_a_build_for_the_registry_that_the_same_update_makes_is_refused() -> None:
    sections = stack(name="aks")
    assert "repository" not in sections["images"]
    with pytest.raises(InvalidStack, match="image-build-registry"):
        validate(sections, secrets=secret_names(sections))
