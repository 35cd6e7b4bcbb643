"""What the sandbox's engine may see of the machine it runs on."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.engine import PASSPHRASE, Engine


def engine(folder: Path) -> Engine:
    return Engine(
        executable=folder / "pulumi",
        program=folder / "program",
        stack="dev",
        directory=folder / "sandbox",
        kubeconfig=folder / "kubeconfig",
        plugins={"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true"},
    )


def test_no_credential_or_kubeconfig_of_the_user_gets_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AZURE_CLIENT_SECRET", "ARM_CLIENT_ID", "PULUMI_ACCESS_TOKEN", "GITHUB_TOKEN", "AZP_TOKEN"):
        monkeypatch.setenv(name, "real")
    monkeypatch.setenv("KUBECONFIG", "/real/kubeconfig")
    monkeypatch.setenv("PULUMI_BACKEND_URL", "https://real")
    environment = engine(tmp_path).environment
    assert [name for name, value in environment.items() if "real" in value] == []
    assert environment["KUBECONFIG"] == str(tmp_path / "kubeconfig")
    assert environment["PULUMI_BACKEND_URL"] == f"file://{tmp_path}/sandbox/state?metadata=skip"
    assert environment["PULUMI_CONFIG_PASSPHRASE"] == PASSPHRASE


def test_a_run_is_of_the_program_and_what_writes_to_a_stack_file_is_not(tmp_path: Path) -> None:
    trial = engine(tmp_path)
    assert str(tmp_path / "program") in trial.arguments(["up"])
    assert trial.stack_file.is_relative_to(tmp_path / "sandbox")


def test_a_run_off_a_terminal_prints_lines(tmp_path: Path) -> None:
    assert "--non-interactive" in engine(tmp_path).arguments(["up"])


def test_the_simulated_azure_is_named_only_where_there_is_one(tmp_path: Path) -> None:
    assert "BUILDFLEET_AZURE" not in engine(tmp_path).environment
    with_azure = replace(engine(tmp_path), azure=tmp_path / "azure")
    assert with_azure.environment["BUILDFLEET_AZURE"] == str(tmp_path / "azure")


def test_checkpoints_are_skipped_unless_they_are_asked_for(tmp_path: Path) -> None:
    assert engine(tmp_path).environment["PULUMI_SKIP_CHECKPOINTS"] == "true"
    assert "PULUMI_SKIP_CHECKPOINTS" not in replace(engine(tmp_path), checkpoints=True).environment


def test_the_ids_of_a_package_are_those_of_its_resources_in_the_state(tmp_path: Path) -> None:
    trial = engine(tmp_path)
    assert trial.ids("azure-native") == []
    resources = [
        {"type": "azure-native:resources:ResourceGroup", "id": "/b"},
        {"type": "azure-native:containerservice:AgentPool", "id": "/a"},
        {"type": "azure-native:resources:ResourceGroup"},
        {"type": "pulumi:providers:azure-native", "id": "provider"},
        {"type": "kubernetes:core/v1:Namespace", "id": "ns"},
        {"type": "buildfleet:index:Cluster"},
    ]
    trial.state_file.parent.mkdir(parents=True)
    trial.state_file.write_text(json.dumps({"checkpoint": {"latest": {"resources": resources}}}))
    assert trial.ids("azure-native") == ["/a", "/b"]
    trial.state_file.write_text(json.dumps({"checkpoint": {"latest": None}}))
    assert trial.ids("azure-native") == []


def test_a_state_with_something_under_way_is_half_known(tmp_path: Path) -> None:
    trial = engine(tmp_path)
    assert not trial.is_half_known()
    trial.state_file.parent.mkdir(parents=True)
    for pending, expected in (([{"type": "creating"}], True), ([], False), (None, False)):
        trial.state_file.write_text(json.dumps({"checkpoint": {"latest": {"pending_operations": pending}}}))
        assert trial.is_half_known() is expected


def test_a_state_is_empty_before_the_first_update_and_after_one_that_made_nothing(tmp_path: Path) -> None:
    trial = engine(tmp_path)
    assert trial.is_empty()
    trial.state_file.parent.mkdir(parents=True)
    for resources, expected in ((None, True), ([], True), ([{"type": "pulumi:pulumi:Stack"}], False)):
        trial.state_file.write_text(json.dumps({"checkpoint": {"latest": {"resources": resources}}}))
        assert trial.is_empty() is expected


def test_off_a_terminal_a_run_shows_what_changes_all_of_it_before_it_ends(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trial = engine(tmp_path)
    trial.executable.write_text(
        "#!/bin/sh\necho ' ~  a:b:C one refresh (0.1s) '\necho ' +  a:b:C two created (0.1s) '\n"
    )
    trial.executable.chmod(0o755)
    assert trial.run("up") == 0
    assert capsys.readouterr().out == " +  a:b:C two created (0.1s) \n"
