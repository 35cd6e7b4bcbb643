"""The policy pack, asked by the real engine.

The programs register plain JSON, and a provider that returns what it is given makes them, so that each wrong thing can
be written as it is. Our own stacks are previewed in the sandbox.
"""

from __future__ import annotations

import datetime
import json
import re
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.echo_provider import echoing
from bench.programs.registering import SECRET, UNKNOWN
from infra.policy_config import configuration
from rules.paths import split
from rules.policies import node
from rules.policies.catalogue import RULES
from rules.policies.resource import Resource
from rules.policies.rule import Rule
from rules.policies.settings import from_config, to_config
from sandbox.control_plane import Binaries
from tests.engine.driver import Sandbox
from tests.engine.pulumi_cli import Outcome, Project, make_installed
from tests.unit.policies.case import Case, changed
from tests.unit.policies.scenes import FLEET, docker_agent, linux_agent, with_spec, workload
from tests.unit.policies.test_rules import ALL

pytestmark = pytest.mark.engine

ROOT = Path(__file__).resolve().parents[2]
PACK = ROOT / "policy"
STACKS = {
    "dev": ROOT / "Pulumi.dev.yaml",
    "aks": ROOT / "Pulumi.aks.yaml",
    "azure-local": ROOT / "Pulumi.azure-local.yaml",
    "everything": Path(__file__).parent / "stacks" / "Pulumi.everything.yaml",
}
PROGRAM = f"""
import json, os, sys

sys.path.insert(0, {str(ROOT)!r})

from bench.programs.registering import register_all

with open(os.environ["GIVEN_RESOURCES"]) as file:
    register_all(json.load(file))
"""
AT_ONCE = 2
"""Previews beside each other: each waits for processes to start half of its time."""
AGENT = "kubernetes:apps/v1:Deployment"


class Shop:
    """One program, previewed with any resources and any configuration; a preview neither locks nor saves."""

    def __init__(self, project: Project, folder: Path) -> None:
        self.project = project
        self._folder = folder

    def run(
        self,
        resources: list[dict[str, Any]],
        settings: Mapping[str, Any] | None,
        *command: str,
        name: str = "trial",
        pack: Path = PACK,
    ) -> Outcome:
        given = self._folder / f"{name}.resources.json"
        given.write_text(json.dumps(resources))
        options = ["--policy-pack", str(pack)]
        if settings is not None:
            file = self._folder / f"{name}.settings.json"
            file.write_text(json.dumps(settings))
            options += ["--policy-pack-config", str(file)]
        return self.project.run(*(command or ("preview",)), *options, GIVEN_RESOURCES=str(given))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    home = tmp_path_factory.mktemp("home")
    folder = tmp_path_factory.mktemp("shop")
    with echoing("kubernetes", "azure-native") as provider:
        project = Project(folder / "project", make_installed(home, {}), home, provider)
        project.write(PROGRAM)
        yield Shop(project, folder)


def written(resource: Resource, name: str | None = None) -> dict[str, Any]:
    """A case's resource as the program registers it."""
    inputs: dict[str, Any] = json.loads(json.dumps(dict(resource.inputs), default=_unknown))
    for path in sorted(resource.secret_paths):
        value: Any = inputs
        for key in split(path):
            value = value[key]
        inputs = changed(inputs, path, {SECRET: value})
    chain = resource.urn.split("::")[2].split("$") if resource.urn else []
    return {
        "type": resource.type,
        "name": name or resource.name,
        "inputs": inputs,
        "component": chain[-2] if len(chain) > 1 else None,
        "protect": resource.options.protect,
        "ignoreChanges": list(resource.options.ignore_changes),
        "timeouts": dict(resource.options.custom_timeouts),
    }


def _unknown(value: object) -> dict[str, bool]:
    assert value is node.UNKNOWN
    return {UNKNOWN: True}


def settings_of(case: Case, rule: Rule[Any]) -> dict[str, Any]:
    """The profile production for the case's fleet, with the rule that it is about at the level mandatory."""
    options = {rule.id: case.options} if case.options else None
    fleet = replace(case.fleet, profile="production", strict=True)
    return to_config(fleet, RULES, levels={rule.id: "mandatory"}, options=options)


def violations(output: str) -> set[tuple[str, str]]:
    """Rule and resource of each violation that stops; of one of the whole stack the stack's own name."""
    found = re.findall(r"^ +- \[mandatory\] (?:\[severity: \w+\] )? *(\S+)  \(\S+: (\S+)\)$", output, re.MULTILINE)
    return {(rule, name) for rule, name in found}


# Each rule, asked by the engine.


@pytest.fixture(scope="module")
def previews(shop: Shop) -> Iterator[dict[str, Future[Outcome]]]:
    with ThreadPoolExecutor(max_workers=AT_ONCE) as executor:
        yield {
            found.rule.id: executor.submit(
                shop.run,
                [written(resource) for resource in found.fails[0].resources],
                settings_of(found.fails[0], found.rule),
                name=found.rule.id,
            )
            for found in ALL.values()
        }


@pytest.mark.parametrize("rule", ALL)
def test_a_program_that_does_the_wrong_thing_is_stopped_in_preview(
    rule: str, previews: dict[str, Future[Outcome]]
) -> None:
    outcome = previews[rule].result()
    names = {resource.name for resource in ALL[rule].fails[0].resources} | {"trial-test"}
    assert outcome.code != 0, outcome.output
    assert {name for told, name in violations(outcome.output) if told == rule} & names, outcome.output


def test_every_form_of_every_wrong_thing_is_named_by_the_engine(shop: Shop) -> None:
    every = {
        f"{found.rule.id}-{index}": (found.rule.id, case)
        for found in ALL.values()
        if found.rule.check is not None
        for index, case in enumerate(found.fails)
        if case.fleet == FLEET and not case.options
    }
    assert len(every) > 200
    resources = [written(case.resources[0], name) for name, (_, case) in every.items()]
    levels = {rule: "mandatory" for rule, _ in every.values()}
    outcome = shop.run(resources, to_config(FLEET, RULES, levels=levels), name="every")
    assert outcome.code != 0
    assert not {(rule, name) for name, (rule, _) in every.items()} - violations(outcome.output)


# What is not known, what is configured, what is mended.


def agent(**more: Any) -> dict[str, Any]:
    return written(workload(with_spec(linux_agent(), **more), "azdo-agents"), "agent")


def relaxed(**fleet: Any) -> dict[str, Any]:
    """The profile production, with the cluster's own rules as advice: the trial has no cluster."""
    return to_config(replace(FLEET, **fleet), RULES, levels={"in-cluster-twin-present": "advisory"})


def test_what_is_right_passes(shop: Shop) -> None:
    outcome = shop.run([agent()], relaxed())
    assert outcome.code == 0, outcome.output


def test_an_input_that_is_not_known_yet_stops_a_strict_preview_and_is_named(shop: Shop) -> None:
    outcome = shop.run([agent(hostNetwork={UNKNOWN: True})], relaxed())
    assert outcome.code != 0
    assert violations(outcome.output) == {("policy-inputs-known", "agent")}
    assert "spec.template.spec.hostNetwork: not known yet" in outcome.output


def test_where_it_is_not_strict_it_is_told(shop: Shop) -> None:
    outcome = shop.run([agent(hostNetwork={UNKNOWN: True})], relaxed(strict=False))
    assert outcome.code == 0, outcome.output
    assert re.search(r"\[advisory\] .*policy-inputs-known", outcome.output)


def test_a_configuration_that_is_not_sound_is_one_error_before_anything_is_judged(shop: Shop) -> None:
    wrong = {"fleet-settings": {"profil": "dev"}, "host-proces-confined": "mandatory"}
    outcome = shop.run([agent(hostNetwork=True)], wrong)
    assert outcome.code != 0
    assert outcome.output.count("error: ") == 1, outcome.output
    assert "the configuration has 2 mistakes; no resource was judged" in outcome.output
    assert 'did you mean "host-process-confined"?' in outcome.output
    assert not violations(outcome.output)


def test_a_waiver_lets_it_through_and_is_told(shop: Shop) -> None:
    waiver = {
        "rule": "host-namespaces-confined",
        "urn": f"{AGENT}::agent",
        "reason": "a trial",
        "owner": "platform-team",
        "expires": _in_days(30),
    }
    settings = relaxed()
    settings["fleet-settings"]["waivers"] = [waiver]
    outcome = shop.run([agent(hostNetwork=True)], settings)
    assert outcome.code == 0, outcome.output
    assert f"waived by platform-team until {waiver['expires']}: a trial" in outcome.output
    settings["fleet-settings"]["waivers"] = [{**waiver, "expires": "2026-01-01"}]
    outcome = shop.run([agent(hostNetwork=True)], settings)
    assert {rule for rule, _ in violations(outcome.output)} == {"waiver-valid", "host-namespaces-confined"}


def _in_days(days: int) -> str:
    return (datetime.date.today() + datetime.timedelta(days=days)).isoformat()


def test_no_message_shows_what_the_program_calls_secret(shop: Shop) -> None:
    spec = docker_agent()
    spec["containers"][0]["image"] = {SECRET: "hunter2.example.com/agent:latest"}
    spec["containers"][0]["env"] = [{"name": "TOKEN", "value": {SECRET: "correct-horse-battery"}}]
    outcome = shop.run([written(workload(spec, "azdo-agents-docker"), "agent")], relaxed())
    assert ("image-registry-allowlist", "agent") in violations(outcome.output)
    assert "a secret (not shown)" in outcome.output
    assert "hunter2" not in outcome.output
    assert "correct-horse" not in outcome.output


def test_what_is_mended_keeps_its_secrets_in_the_state(shop: Shop) -> None:
    mending = next(rule for rule in RULES if rule.remedy is not None and rule.id == "job-survives-drain")
    spec = with_spec(linux_agent())
    spec["containers"][0]["env"] = [{"name": "TOKEN", "value": {SECRET: "correct-horse-battery"}}]
    one = written(workload(spec, "azdo-agents"), "agent")
    del one["inputs"]["spec"]["template"]["metadata"]["annotations"]
    settings = relaxed()
    settings |= {"no-inline-secrets": "disabled", mending.id: "remediate"}
    outcome = shop.run([one], settings, "up", "--yes", "--skip-preview")
    assert outcome.code == 0, outcome.output
    state = json.dumps(shop.project.state()["agent"])
    assert "safe-to-evict" in state
    assert "correct-horse" not in state
    saved = shop.project.run("stack", "export", "--file", str(shop.project.folder / "state.json"))
    assert saved.code == 0, saved.output


# Ways to start it, and a state without a program.


@pytest.mark.parametrize("pack", [PACK, PACK / "serve"], ids=["by a language host", "by itself"])
def test_the_pack_starts_on_every_way(shop: Shop, pack: Path) -> None:
    outcome = shop.run([agent(hostNetwork=True)], relaxed(), pack=pack)
    assert ("host-namespaces-confined", "agent") in violations(outcome.output)


def test_the_pack_starts_as_the_official_host_starts_it(shop: Shop, tmp_path: Path) -> None:
    # Without a language plugin for packs the engine looks for a script, which has to do what that host does.
    command = [sys.executable, "-u", "-m", "pulumi.policy"]
    script = tmp_path / "pack"
    script.write_text(f'#!/bin/sh\ncd {PACK}\nexec {" ".join(command)} "$@" {PACK}\n')
    script.chmod(0o755)
    outcome = shop.run([agent(hostNetwork=True)], relaxed(), pack=script)
    assert ("host-namespaces-confined", "agent") in violations(outcome.output)


def test_a_saved_state_is_judged_without_its_program_and_its_passphrase(shop: Shop) -> None:
    spec = with_spec(linux_agent(), hostNetwork=True)
    spec["containers"][0]["env"] = [{"name": "TOKEN", "value": {SECRET: "correct-horse-battery"}}]
    resources = [written(workload(spec, "azdo-agents"), "agent")]
    assert shop.run(resources, {"all": "disabled"}, "up", "--yes", "--skip-preview").code == 0
    file = shop.project.folder / "exported.json"
    assert shop.project.run("stack", "export", "--file", str(file)).code == 0
    settings = shop.project.folder / "analyze.json"
    settings.write_text(json.dumps(relaxed()))
    command = [
        "policy",
        "analyze",
        "--file",
        str(file),
        "--policy-pack",
        str(PACK),
        "--policy-pack-config",
        str(settings),
    ]
    outcome = shop.project.run_without_stack(*command, PULUMI_CONFIG_PASSPHRASE="another")
    assert outcome.code != 0
    assert ("host-namespaces-confined", "agent") in violations(outcome.output), outcome.output


# Our own stacks.


@pytest.mark.parametrize("stack", STACKS)
def test_our_own_stacks_pass_the_profile_production_without_a_waiver(
    stack: str, tmp_path: Path, binaries: Binaries
) -> None:
    fleet = from_config(configuration(STACKS[stack], stack=stack), RULES).fleet
    settings = to_config(replace(fleet, profile="production", strict=True), RULES)
    assert "waivers" not in settings["fleet-settings"]
    file = tmp_path / "settings.json"
    file.write_text(json.dumps(settings))
    sandbox = Sandbox(tmp_path / "sandbox", binaries.kubectl, stack=stack, file=STACKS[stack])
    try:
        done = sandbox.run("preview", "--policy-pack", str(PACK), "--policy-pack-config", str(file))
    finally:
        sandbox.erase()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "buildfleet@v" in done.stdout
    assert not violations(done.stdout)
