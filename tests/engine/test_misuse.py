"""Mistakes, as a user makes them: each is told once and clearly, and nothing is created.

What each rule says is held by the unit rung. Here the real engine runs the real program on wrong stack files, past the
sandbox's own check of the file.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.engine import Engine
from sandbox.rehearsal import Rehearsal
from sandbox.stack_file import WINDOWS_PLACEHOLDER

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.engine

Config = dict[str, Any]


class Program:
    """The program, run by the real engine on a stack file of the test's own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.dev: Config = yaml.safe_load((ROOT / "Pulumi.dev.yaml").read_text())["config"]

    def up(self, config: Config, *, secrets: bool = True) -> str:
        """The diagnostics of an `up` that has to fail."""
        document = yaml.safe_load(self._engine.stack_file.read_text())
        kept = {key: value for key, value in document["config"].items() if secrets and isinstance(value, dict)}
        kept = {key: value for key, value in kept.items() if "secure" in value}
        trial = self._engine.directory / "trial.yaml"
        trial.write_text(yaml.safe_dump({**document, "config": {**config, **kept}}))
        arguments = self._engine.arguments(["up", "--yes", "--skip-preview", "--config-file", str(trial)])
        done = subprocess.run(
            arguments, env=self._engine.environment, capture_output=True, text=True, check=False, timeout=300
        )
        assert done.returncode != 0, done.stdout
        # The engine tells a failure twice when it is not on a terminal: as it happens, and at the end.
        return done.stdout.partition("\nDiagnostics:\n")[2] + done.stderr

    def registered(self) -> list[str]:
        """The types in the stack's state."""
        latest = json.loads(self._engine.state_file.read_text())["checkpoint"]["latest"] or {}
        return [resource["type"] for resource in latest.get("resources", [])]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    folder = tmp_path_factory.mktemp("misuse")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BUILDFLEET_SANDBOX", str(folder))
        rehearsal = Rehearsal("dev")
        rehearsal.preview()
        rehearsal.engine().set_secrets({"buildfleet:windowsAdminPassword": WINDOWS_PLACEHOLDER})
        yield Program(rehearsal.engine())
        rehearsal.erase()


def changed(config: Config, change: Callable[[Config], None]) -> Config:
    copy = deepcopy(config)
    change(copy)
    return copy


def section(name: str) -> str:
    return f"buildfleet:{name}"


def unknown_key(config: Config) -> None:
    config[section("nodePools")][1]["maxCont"] = 4


def aks_windows_name(config: Config) -> None:
    some_id = "11111111-1111-1111-1111-111111111111"
    config[section("platform")] = {
        "kind": "aks",
        "subscription": some_id,
        "tenant": some_id,
        "location": "westeurope",
        "kubernetesVersion": "1.35",
        "adminGroups": [some_id],
        "windows": {"adminPasswordSecret": "windowsAdminPassword"},
    }
    config[section("nodePools")][0]["minCount"] = 2
    config[section("nodePools")][2]["name"] = "windows1"
    for pool in config[section("azureDevOps")]["agentPools"]:
        pool["nodePool"] = pool["nodePool"].replace("win22", "windows1")
    for runners in config[section("github")]["runnerSets"]:
        runners["nodePool"] = runners["nodePool"].replace("win22", "windows1")


def node_pool_not_there(config: Config) -> None:
    config[section("azureDevOps")]["agentPools"][0]["nodePool"] = "win2"


def min_above_max(config: Config) -> None:
    config[section("nodePools")][1]["minCount"] = 5


def dind_on_windows(config: Config) -> None:
    config[section("github")]["runnerSets"][1]["nodePool"] = "win22"


def host_engine_on_linux(config: Config) -> None:
    config[section("azureDevOps")]["agentPools"][0]["nodePool"] = "lin"


def two_pools_of_one_name(config: Config) -> None:
    config[section("nodePools")].append(config[section("nodePools")][1])


def caches_that_the_mode_ignores(config: Config) -> None:
    config[section("github")]["runnerSets"][1]["caches"] = ["/var/cache/go"]


def no_context(config: Config) -> None:
    del config[section("platform")]["context"]


@pytest.mark.parametrize(
    ("change", "path", "says"),
    [
        (unknown_key, "nodePools[1].maxCont", "maxCount"),
        (aks_windows_name, "nodePools[2].name", "1 to 6 lower-case letters and digits"),
        (node_pool_not_there, "azureDevOps.agentPools[0].nodePool", "win22"),
        (min_above_max, "nodePools[1].minCount", "4"),
        (dind_on_windows, "github.runnerSets[1].mode", "windows-host-engine"),
        (host_engine_on_linux, "azureDevOps.agentPools[0].docker", "sidecar"),
        (two_pools_of_one_name, "nodePools[4].name", "lin"),
        (caches_that_the_mode_ignores, "github.runnerSets[1].caches", "cached-privileged-kubernetes"),
        (no_context, "platform.context", "context"),
    ],
)
def test_a_mistake_gets_one_message_with_its_path_and_nothing_is_created(
    program: Program, change: Callable[[Config], None], path: str, says: str
) -> None:
    output = program.up(changed(program.dev, change))
    assert output.count("has 1 mistake; nothing was changed.") == 1, output
    assert f"buildfleet:{path}  (" in output
    assert says in output.split(f"buildfleet:{path}  (")[1]
    assert "Traceback" not in output
    assert [kind for kind in program.registered() if kind != "pulumi:pulumi:Stack"] == []


def test_a_missing_secret_is_named_with_the_command_that_sets_it(program: Program) -> None:
    output = program.up(program.dev, secrets=False)
    assert "has 2 mistakes; nothing was changed." in output
    assert "pulumi config set --secret azureDevOpsToken" in output
    assert "pulumi config set --secret githubAppKey" in output
    assert [kind for kind in program.registered() if kind != "pulumi:pulumi:Stack"] == []


def test_a_context_that_the_kubeconfig_does_not_have_is_refused_not_guessed(program: Program) -> None:
    def other_context(config: Config) -> None:
        config[section("platform")]["context"] = "production"

    output = program.up(changed(program.dev, other_context))
    assert "platform.context" in output
    assert "'production'" in output
    assert "kubectl config get-contexts" in output
    assert [kind for kind in program.registered() if kind != "pulumi:pulumi:Stack"] == []


def test_an_existing_cluster_is_told_what_it_lacks_before_anything_is_created(program: Program) -> None:
    def more_than_there_is(config: Config) -> None:
        config[section("nodePools")][1]["nodeSelector"] = {"agentpool": "linux"}
        config[section("nodePools")][2]["taints"] = [{"key": "dedicated", "value": "ci", "effect": "NoSchedule"}]

    output = program.up(changed(program.dev, more_than_there_is))
    assert "lacks what the stack needs; nothing was changed." in output
    assert "buildfleet:nodePools[1].nodeSelector  (cluster-pool-found)" in output
    assert "buildfleet:nodePools[2].taints  (cluster-pool-taint)" in output
    assert "kubectl taint nodes -l agentpool=win22 dedicated=ci:NoSchedule" in output
    assert [kind for kind in program.registered() if kind != "pulumi:pulumi:Stack"] == []


def test_twelve_mistakes_in_one_file_give_twelve_messages_in_one_run(program: Program) -> None:
    def twelve(config: Config) -> None:
        unknown_key(config)
        node_pool_not_there(config)
        dind_on_windows(config)
        two_pools_of_one_name(config)
        no_context(config)
        pools = config[section("nodePools")]
        agents = config[section("azureDevOps")]["agentPools"]
        sets = config[section("github")]["runnerSets"]
        pools[0]["minCount"] = 3
        pools[3]["osSku"] = "Windows2019"
        agents[1]["scaling"] = {"kind": "keda", "min": 5, "max": 4}
        agents[2]["docker"] = "host-engine"
        agents[3]["storage"] = {"kind": "existingClaim"}
        sets[0]["maxRunners"] = 4
        config[section("dockerEngine")]["version"] = "1.2.3"

    output = program.up(changed(program.dev, twelve))
    assert "has 12 mistakes; nothing was changed." in output, output
    assert len(re.findall(r"^ +given ", output, re.MULTILINE)) == 12, output
