"""The fleet that a change is judged by: what its stack file loosens does not count before it is merged or granted."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra import policy_config
from infra.fleet_change import judged
from infra.policy_overrides import InvalidOverrides, read
from infra.settings.report import PREFIX
from rules.policies.catalogue import RULES
from rules.policies.fleet import Fleet, FleetPool
from rules.policies.settings import from_config
from tests.unit.infra.test_workloads import ROOT

BASE = Fleet(
    profile="production",
    stack="prod",
    engine_namespaces=["docker-engine"],
    docker_namespaces=["azdo-agents-docker"],
    agent_namespaces=["azdo-agents"],
    exempt_namespaces=["kube-system", "storage-driver"],
    pools=[
        FleetPool(name="lin", os="linux", selector={"pool": "lin"}),
        FleetPool(name="pr", os="linux", selector={"pool": "pr"}, trust="untrusted"),
        FleetPool(name="system", os="linux", selector={"pool": "system"}, purpose="system"),
    ],
    registries=["contoso.azurecr.io", "docker.io/library/docker"],
    own_repositories=["contoso.azurecr.io/buildfleet"],
    host_paths=["/var/lib/ci"],
)


def changed(name: str, **facts: Any) -> FleetPool:
    [pool] = [one for one in BASE.pools if one.name == name]
    return replace(pool, **facts)


def with_pool(pool: FleetPool) -> dict[str, Any]:
    return {"pools": [*(one for one in BASE.pools if one.name != pool.name), pool]}


LOOSER: dict[str, tuple[dict[str, Any], str, Callable[[Fleet], bool], dict[str, Any]]] = {
    "profile": ({"profile": "dev"}, "profile", lambda one: one.profile == "production", {"profile": "dev"}),
    "exempt namespace": (
        {"exempt_namespaces": [*BASE.exempt_namespaces, "ci"]},
        "exemptNamespaces: ci",
        lambda one: "ci" not in one.exempt_namespaces,
        {"exemptNamespaces": ["ci"]},
    ),
    "engine namespace": (
        {"engine_namespaces": ["docker-engine", "ci"]},
        "namespaces.engine: ci",
        lambda one: one.confinement("ci") == "agents",
        {"namespaces": {"engine": ["ci"]}},
    ),
    "docker namespace": (
        {"docker_namespaces": ["ci"]},
        "namespaces.docker: ci",
        lambda one: one.confinement("ci") == "agents",
        {"namespaces": {"docker": ["ci"]}},
    ),
    "from agents to docker": (
        {"docker_namespaces": ["azdo-agents"], "agent_namespaces": []},
        "namespaces.docker: azdo-agents",
        lambda one: one.confinement("azdo-agents") == "agents",
        {"namespaces": {"docker": ["azdo-agents"]}},
    ),
    "from docker to engine": (
        {"engine_namespaces": ["azdo-agents-docker"], "docker_namespaces": []},
        "namespaces.engine: azdo-agents-docker",
        lambda one: one.confinement("azdo-agents-docker") == "agents",
        {"namespaces": {"engine": ["azdo-agents-docker"]}},
    ),
    "engine account": (
        {"engine_accounts": ["docker-engine", "default"]},
        "engineAccounts: default",
        lambda one: list(one.engine_accounts) == ["docker-engine"],
        {"engineAccounts": ["docker-engine", "default"]},
    ),
    "registry": (
        {"registries": [*BASE.registries, "evil.example.io"]},
        "registries: evil.example.io",
        lambda one: list(one.registries) == list(BASE.registries),
        {"registries": ["evil.example.io"]},
    ),
    "only other registries": (
        {"registries": ["evil.example.io"]},
        "registries: evil.example.io",
        lambda one: bool(one.registries) and "evil.example.io" not in one.registries,
        {"registries": ["evil.example.io"]},
    ),
    "a prefix of a repository": (
        {"registries": ["docker.io"]},
        "registries: docker.io",
        lambda one: list(one.registries) == ["docker.io/library/docker"],
        {"registries": ["docker.io"]},
    ),
    "own repository": (
        {"own_repositories": ["docker.io/library"]},
        "ownRepositories: docker.io/library",
        lambda one: list(one.own_repositories) == [],
        {"ownRepositories": ["docker.io/library"]},
    ),
    "host path": (
        {"host_paths": ["/var/lib"]},
        "hostPaths: /var/lib",
        lambda one: list(one.host_paths) == ["/var/lib/ci"],
        {"hostPaths": ["/var/lib"]},
    ),
    "trust": (
        with_pool(changed("pr", trust="trusted")),
        "pools.trust: pr",
        lambda one: {pool.name: pool.trust for pool in one.pools}["pr"] == "untrusted",
        {"pools": [{"name": "pr", "os": "linux", "selector": {}, "trust": "trusted"}]},
    ),
    "purpose": (
        with_pool(changed("system", purpose="build")),
        "pools.purpose: system",
        lambda one: {pool.name: pool.purpose for pool in one.pools}["system"] == "system",
        {"pools": [{"name": "system", "os": "linux", "selector": {}, "purpose": "build"}]},
    ),
    "another name for an untrusted pool": (
        {"pools": [FleetPool(name="fast", os="linux", selector={"pool": "pr", "zone": "1"})]},
        "pools.trust: fast",
        lambda one: [pool.trust for pool in one.pools] == ["untrusted"],
        {"pools": [{"name": "fast", "os": "linux", "selector": {}, "trust": "trusted"}]},
    ),
}


@pytest.mark.parametrize("name", LOOSER)
def test_what_a_change_loosens_is_left_out_and_told_unless_the_base_grants_it(name: str) -> None:
    facts, told, holds, granted = LOOSER[name]
    change = replace(BASE, **facts)
    assert not holds(change)
    found = judged(BASE, change, {})
    assert holds(found.fleet)
    [line] = found.left_out
    assert line.startswith(told)
    again = judged(BASE, change, granted)
    assert again.left_out == []
    assert not holds(again.fleet)


def test_what_is_stricter_and_what_gives_no_right_counts_at_once() -> None:
    added = FleetPool(name="new", os="windows", selector={"pool": "new"})
    change = replace(
        BASE,
        docker_namespaces=[],
        agent_namespaces=["azdo-agents", "azdo-agents-docker", "teams"],
        exempt_namespaces=["kube-system"],
        pools=[changed("lin", trust="untrusted"), *BASE.pools[1:], added],
        registries=["contoso.azurecr.io/buildfleet"],
        host_paths=["/var/lib/ci/one", "/var/lib/buildfleet/caches/prod"],
    )
    found = judged(BASE, change, {})
    assert found.left_out == []
    assert found.fleet == replace(change, pools=list(change.pools))
    assert judged(replace(BASE, profile="dev"), BASE, {}).fleet.profile == "production"


def test_no_pools_and_no_registries_are_no_way_to_be_judged_by_less() -> None:
    found = judged(BASE, replace(BASE, pools=[], registries=[]), {})
    assert found.fleet.pools == list(BASE.pools)
    assert found.fleet.registries == sorted(BASE.registries)


@pytest.mark.parametrize("name", ["dev", "aks", "azure-local"])
def test_a_stack_that_is_not_changed_is_judged_as_it_stands(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    file = ROOT / f"Pulumi.{name}.yaml"
    assert policy_config.main(["--stack", name, "--file", str(file), "--base-file", str(file)]) == 0
    shown = capsys.readouterr()
    assert json.loads(shown.out) == policy_config.configuration(file, stack=name)
    assert shown.err == ""


def write(folder: Path, name: str, **sections: Any) -> Path:
    document = yaml.safe_load((ROOT / "Pulumi.aks.yaml").read_text())
    document["config"] |= {f"{PREFIX}{key}": value for key, value in sections.items()}
    file = folder / name
    file.write_text(yaml.safe_dump(document))
    return file


def test_a_changed_stack_file_does_not_loosen_its_own_judge(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    base = write(tmp_path, "base.yaml")
    policy = {"registries": ["evil.example.io"], "ownRepositories": ["evil.example.io"], "exemptNamespaces": ["ci"]}
    change = write(tmp_path, "change.yaml", policy=policy, namespaces={"azureDevOpsDocker": "mine"})
    arguments = ["--stack", "aks", "--file", str(change)]
    assert policy_config.main(arguments) == 0
    alone = capsys.readouterr()
    assert "evil.example.io" in alone.out
    assert alone.err == ""
    assert policy_config.main([*arguments, "--base-file", str(base)]) == 0
    shown = capsys.readouterr()
    assert "evil.example.io" not in shown.out
    assert len(shown.err.splitlines()) == 4
    found = from_config(json.loads(shown.out), RULES).fleet
    assert found.confinement("mine") == "agents"
    assert "ci" not in found.exempt_namespaces


def test_a_stack_that_is_new_is_told_to_have_nothing_to_be_held_against(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path, "change.yaml")
    missing = tmp_path / "Pulumi.aks.yaml"
    assert policy_config.main(["--stack", "aks", "--file", str(file), "--base-file", str(missing)]) == 0
    assert capsys.readouterr().err.startswith("Pulumi.aks.yaml: the base has no such stack")


WAIVER = {
    "rule": "cost-ceiling",
    "urn": "azure-native:containerservice:AgentPool::lin",
    "reason": "a test",
    "owner": "platform",
    "expires": "2027-01-31",
}


def test_overrides_set_levels_options_and_waivers_over_what_the_stack_file_says(tmp_path: Path) -> None:
    file = tmp_path / "aks.json"
    rule = {"enforcementLevel": "advisory", "maxNodes": 12}
    file.write_text(json.dumps({"cost-ceiling": rule, "fleet-settings": {"waivers": [WAIVER], "registries": ["x.io"]}}))
    overrides = read(file, RULES)
    stack = ROOT / "Pulumi.aks.yaml"
    document, lines = policy_config.configuration_of_change(stack, None, overrides, stack="aks")
    found = from_config(document, RULES)
    assert found.levels["cost-ceiling"] == "advisory"
    assert found.options["cost-ceiling"] == {"maxNodes": 12}
    assert [one.owner for one in found.waivers] == ["platform"]
    # A grant allows nothing by itself.
    assert "x.io" not in found.fleet.registries
    assert lines == []


def test_overrides_replace_the_levels_of_a_profile(tmp_path: Path) -> None:
    stack = ROOT / "Pulumi.dev.yaml"
    made = policy_config.configuration(stack, stack="dev")
    assert len(made) > 1
    file = tmp_path / "dev.json"
    file.write_text(json.dumps({"all": "mandatory"}))
    document, _ = policy_config.configuration_of_change(stack, None, read(file, RULES), stack="dev")
    assert set(from_config(document, RULES).levels.values()) == {"mandatory"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "this is not JSON"),
        ("[]", "allowed is one object"),
        ('{"cost-cieling": "advisory"}', "cost-ceiling"),
        ('{"cost-ceiling": {"maxNodes": "many"}}', "maxNodes"),
        ('{"fleet-settings": {"waivers": [{"rule": "cost-ceiling"}]}}', "waivers"),
        ('{"fleet-settings": {"stack": "prod"}}', "follows from the stack file"),
    ],
)
def test_overrides_that_mean_nothing_stop_the_preview(
    text: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "aks.json"
    file.write_text(text)
    with pytest.raises(InvalidOverrides, match=told):
        read(file, RULES)
    stack = str(ROOT / "Pulumi.aks.yaml")
    assert policy_config.main(["--stack", "aks", "--file", stack, "--overrides", str(file)]) == 1
    shown = capsys.readouterr()
    assert (shown.out, str(file) in shown.err) == ("", True)


def test_the_example_of_overrides_in_the_docs_is_sound(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "pull-requests.md").read_text()
    file = tmp_path / "prod.json"
    file.write_text(text.partition("```json\n")[2].partition("```")[0])
    found = read(file, RULES)
    assert found.entries["cost-ceiling"]
    assert found.shared["waivers"]
    assert found.granted
