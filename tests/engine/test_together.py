"""Neighbours: two environments in one subscription, two stacks on one cluster. Neither notices the other."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.azure import Azure
from sandbox.control_plane import Binaries
from sandbox.engine import UNASKED, Engine
from sandbox.rehearsal import Rehearsal
from tests.engine.aks import AksSandbox, small
from tests.engine.driver import ROOT, changes

pytestmark = pytest.mark.engine


@pytest.fixture
def environments(
    tmp_path: Path, binaries: Binaries, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[AksSandbox, AksSandbox]]:
    monkeypatch.setenv("BUILDFLEET_AZURE_DIRECTORY", str(tmp_path / "azure"))
    both = (
        AksSandbox(tmp_path / "a", binaries.kubectl, stack="blue"),
        AksSandbox(tmp_path / "b", binaries.kubectl, stack="green"),
    )
    for environment in both:
        environment.edit(small)
    yield both
    for environment in both:
        environment.erase()


def test_two_environments_in_one_subscription_share_no_name_and_one_can_go_without_the_other(
    environments: tuple[AksSandbox, AksSandbox], tmp_path: Path
) -> None:
    blue, green = environments
    azure = Azure(tmp_path / "azure")
    blue.succeeds("up")
    of_blue = set(azure.resources())
    green.succeeds("up")
    of_green = set(azure.resources()) - of_blue
    assert len(of_green) == len(of_blue)
    assert {kind for _, kind in of_green} == {kind for _, kind in of_blue}
    assert set(changes(blue.succeeds("up"))) == {"unchanged"}
    blue.succeeds("down")
    assert set(azure.resources()) == of_green
    assert set(changes(green.succeeds("up"))) == {"unchanged"}


@pytest.fixture
def first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rehearsal]:
    monkeypatch.setenv("BUILDFLEET_SANDBOX", str(tmp_path / "sandbox"))
    rehearsal = Rehearsal("dev")
    assert rehearsal.up() == 0
    yield rehearsal
    rehearsal.erase()


def neighbour(first: Rehearsal, folder: Path) -> Engine:
    """The engine of a second stack on the first one's cluster: the dev stack with namespaces of its own."""
    known = first.engine()
    engine = replace(known, stack="second", directory=folder)
    folder.mkdir()
    (folder / "pulumi-home").symlink_to(known.directory / "pulumi-home")
    engine.prepare()
    document = yaml.safe_load((ROOT / "Pulumi.dev.yaml").read_text())
    names = ("dockerEngine", "azureDevOps", "azureDevOpsDocker", "github", "githubDocker")
    document["config"]["buildfleet:namespaces"] = {name: f"second-{name.lower()}" for name in names}
    # One Docker Engine a node: the second stack uses the first one's.
    del document["config"]["buildfleet:dockerEngine"]
    azure_devops = document["config"]["buildfleet:azureDevOps"]
    azure_devops["agentPools"] = [pool for pool in azure_devops["agentPools"] if pool["docker"] != "host-engine"]
    github = document["config"]["buildfleet:github"]
    github["runnerSets"] = [one for one in github["runnerSets"] if one["mode"] != "windows-host-engine"]
    written = yaml.safe_load(engine.stack_file.read_text()) if engine.stack_file.exists() else {}
    engine.stack_file.write_text(yaml.safe_dump({**written, **document}))
    engine.set_secrets({f"buildfleet:{name}": "placeholder" for name in ("azureDevOpsToken", "githubAppKey")})
    return engine


def objects(engine: Engine) -> set[tuple[str, str]]:
    """Every object of the stack in the cluster: type and id."""
    resources: list[dict[str, Any]] = json.loads(engine.state_file.read_text())["checkpoint"]["latest"]["resources"]
    return {(one["type"], one["id"]) for one in resources if one["type"].startswith("kubernetes:")}


def test_two_stacks_on_one_cluster_share_no_object_and_one_can_go_without_the_other(
    first: Rehearsal, tmp_path: Path
) -> None:
    second = neighbour(first, tmp_path / "second")
    assert second.run("up", *UNASKED) == 0
    assert len(objects(second)) > 30
    assert objects(first.engine()) & objects(second) == set()
    assert second.destroy() == 0
    arguments = [*first.engine().arguments(["preview", "--refresh", "--expect-no-changes"])]
    config = ["--config-file", str(first.engine().stack_file)]
    done = subprocess.run(
        [*arguments, *config],
        env={**os.environ, **first.engine().environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
