"""A stack file of one's own, made from another."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from infra.settings.stack import StackSettings
from sandbox.new_stack import ENVIRONMENT, NewStackError, create, derived, placeholders
from sandbox.stack_file import StackFileError, read

ROOT = Path(__file__).resolve().parents[3]

SOURCE = """\
# yaml-language-server: $schema=schema/stack.schema.json
# The example of something.
encryptionsalt: v1:salt
secretsprovider: azurekeyvault://theirs
config:
  # Whose it is.
  buildfleet:environment: {name: example, owner: platform-team}  # stays
  buildfleet:azureDevOpsToken:
    secure: v1:first
  # About the platform.
  buildfleet:platform: {kind: existing-cluster, context: contoso}
  buildfleet:githubAppKey: {secure: v1:second}
  buildfleet:github:
    auth: {kind: app, clientId: Iv1.0123456789abcdef, installationId: 1, privateKeySecret: githubAppKey}
"""
MADE = """\
# yaml-language-server: $schema=schema/stack.schema.json
config:
  # Whose it is.
  buildfleet:environment: {name: prod, owner: platform-team}  # stays
  # About the platform.
  buildfleet:platform: {kind: existing-cluster, context: contoso}
  buildfleet:github:
    auth: {kind: app, clientId: Iv1.0123456789abcdef, installationId: 1, privateKeySecret: githubAppKey}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.example.yaml").write_text(SOURCE)
    return tmp_path


def test_a_new_stack_is_the_source_under_its_own_name_without_anything_encrypted(folder: Path) -> None:
    create(folder, "prod", "example")
    assert (folder / "Pulumi.prod.yaml").read_text() == MADE
    assert (folder / "Pulumi.example.yaml").read_text() == SOURCE


def test_what_is_to_be_edited_set_and_run_is_named(folder: Path) -> None:
    told = create(folder, "prod", "example")
    for line in (
        "buildfleet:platform.context: contoso",
        "buildfleet:github.auth.clientId: Iv1.0123456789abcdef",
        "buildfleet:github.auth.installationId: 1",
        "make check STACK=prod",
        "make preview STACK=prod",
        "pulumi stack init prod --secrets-provider=azurekeyvault://VAULT.vault.azure.net/keys/KEY",
        "pulumi config set --secret buildfleet:githubAppKey --stack prod < FILE.pem",
        "pulumi preview --stack prod",
        "pulumi up --stack prod",
    ):
        assert line in told, told
    assert "v1:" not in told


def test_only_a_pem_key_is_read_from_a_file_since_the_prompt_takes_one_line(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.aks.yaml").write_text((ROOT / "Pulumi.aks.yaml").read_text())
    told = create(tmp_path, "prod", "aks").splitlines()
    assert "     pulumi config set --secret buildfleet:githubAppKey --stack prod < FILE.pem" in told
    assert "     pulumi config set --secret buildfleet:windowsAdminPassword --stack prod" in told


def test_what_the_next_steps_need_is_named_before_them(tmp_path: Path) -> None:
    for source in ("aks", "dev"):
        (tmp_path / f"Pulumi.{source}.yaml").write_text((ROOT / f"Pulumi.{source}.yaml").read_text())
    told = create(tmp_path, "prod", "aks")
    steps = ("make environment", "az login", "kubelogin on PATH", "bootstrap/azure_state.sh", "pulumi stack init")
    places = [told.index(step) for step in steps]
    assert places == sorted(places)
    assert "docs/state.md" in told[: told.index("pulumi stack init")]
    assert "kubelogin" not in create(tmp_path, "own", "dev")


def test_what_the_example_decided_is_to_be_decided_again(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.aks.yaml").write_text((ROOT / "Pulumi.aks.yaml").read_text())
    told = create(tmp_path, "prod", "aks").splitlines()
    decided = told[told.index("     and decide what the example decided:") :]
    for line in (
        "buildfleet:environment.owner: platform-team",
        "buildfleet:environment.tags.costCenter: 4711",
        "buildfleet:platform.location: westeurope",
        "buildfleet:platform.vcpuQuota.standardDDSv5Family: 350",
        "buildfleet:platform.budget.monthlyAmount: 8000",
    ):
        assert f"     {line}" in decided
    assert not [line for line in decided if "environment.name" in line or "kubernetesVersion" in line]


def test_without_a_name_it_says_that_stack_is_needed_and_writes_nothing(folder: Path) -> None:
    with pytest.raises(NewStackError, match=r"STACK is needed: .* make new STACK=prod FROM=example"):
        create(folder, None, "example")
    assert [path.name for path in folder.iterdir()] == ["Pulumi.example.yaml"]


def test_a_file_that_is_there_is_not_overwritten(folder: Path) -> None:
    mine = folder / "Pulumi.prod.yaml"
    mine.write_text("mine")
    with pytest.raises(NewStackError, match="is there already; nothing was changed"):
        create(folder, "prod", "example")
    assert mine.read_text() == "mine"


@pytest.mark.parametrize("stack", ["Prod", "../prod", "", "a_b", "x" * 41])
def test_a_name_that_no_stack_may_have_is_refused_with_one_that_it_may(folder: Path, stack: str) -> None:
    with pytest.raises(NewStackError, match=r"Perhaps STACK=[a-z]"):
        create(folder, stack, "example")
    assert [path.name for path in folder.iterdir()] == ["Pulumi.example.yaml"]


def test_a_source_that_is_not_there_names_those_that_are(folder: Path) -> None:
    with pytest.raises(StackFileError, match="Stacks here: example; name one with FROM=NAME"):
        create(folder, "prod", "nope")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("config:\n  buildfleet:environment: {owner: a}\n", "no buildfleet:environment.name"),
        ("config:\n  buildfleet:environment: {name: a, tags: {b: {secure: v1:x}}}\n", "has an encrypted value inside"),
        ("config: {buildfleet:environment: {name: a}, buildfleet:b: {secure: v1:x}}\n", "has its config in braces"),
        ("{config: {a: 1}}\n", "no config to copy"),
        ("- a\n", "no config to copy"),
    ],
)
def test_a_source_whose_secrets_or_name_cannot_be_told_apart_is_refused(text: str, told: str) -> None:
    with pytest.raises(NewStackError, match=told):
        derived(text, "prod")


def test_the_environments_name_is_shortened_to_what_the_settings_take() -> None:
    stack = "a-stack-with-quite-a-long-name"
    made = yaml.safe_load(derived(SOURCE, stack))["config"]["buildfleet:environment"]["name"]
    assert ENVIRONMENT.allows(made)
    assert made != yaml.safe_load(derived(SOURCE, f"{stack}r"))["config"]["buildfleet:environment"]["name"]
    limits = StackSettings.model_json_schema()["$defs"]["Environment"]["properties"]["name"]
    assert limits["maxLength"] == ENVIRONMENT.longest


@pytest.mark.parametrize("source", ["aks", "azure-local", "dev"])
def test_the_examples_can_be_copied_and_differ_in_their_name_only(source: str, tmp_path: Path) -> None:
    example = read(ROOT / f"Pulumi.{source}.yaml")
    (tmp_path / example.path.name).write_text(example.path.read_text())
    create(tmp_path, "mine", source)
    made = read(tmp_path / "Pulumi.mine.yaml").sections
    assert made["environment"]["name"] == "mine"
    assert {**made, "environment": {**made["environment"], "name": None}} == {
        **example.sections,
        "environment": {**example.sections["environment"], "name": None},
    }


def test_ids_of_the_example_are_placeholders_and_what_is_right_for_everybody_is_not() -> None:
    found = dict(placeholders(read(ROOT / "Pulumi.aks.yaml").sections))
    assert "buildfleet:platform.subscription" in found
    assert "buildfleet:platform.apiServer.authorizedRanges[0]" in found
    assert not [path for path in found if "nodePools" in path or "kubernetesVersion" in path]
