"""What the sandbox's engine may see of the machine it runs on."""

from __future__ import annotations

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
    assert environment["PULUMI_BACKEND_URL"] == f"file://{tmp_path}/sandbox/state"
    assert environment["PULUMI_CONFIG_PASSPHRASE"] == PASSPHRASE


def test_a_run_is_of_the_program_and_what_writes_to_a_stack_file_is_not(tmp_path: Path) -> None:
    trial = engine(tmp_path)
    assert str(tmp_path / "program") in trial.arguments(["up"])
    assert trial.stack_file.is_relative_to(tmp_path / "sandbox")


def test_a_run_off_a_terminal_prints_lines(tmp_path: Path) -> None:
    assert "--non-interactive" in engine(tmp_path).arguments(["up"])
