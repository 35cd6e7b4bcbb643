"""The azure-native provider is the sandbox's own, always, and a run says so."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.azure.notes import NOT_CHECKED
from sandbox.plugins.install import Installed, install


@pytest.fixture
def installed(tmp_path: Path) -> Installed:
    pulumi = tmp_path / "pulumi"
    pulumi.write_text("#!/bin/sh\necho v3.256.0\n")
    pulumi.chmod(0o755)
    official = tmp_path / "user" / ".pulumi" / "plugins" / "resource-azure-native-v3.99.0"
    official.mkdir(parents=True)
    (official / "pulumi-resource-azure-native").write_text("the real one\n")
    return install(
        tmp_path / "home", python=Path(sys.executable), pulumi=pulumi, variables={}, user_home=tmp_path / "user"
    )


def test_the_stand_in_is_installed_even_where_an_official_one_is(installed: Installed, tmp_path: Path) -> None:
    found = list((tmp_path / "home" / "plugins").glob("resource-azure-native-v*/pulumi-resource-azure-native"))
    assert len(found) == 1
    assert "sandbox.plugins.azure_native_provider.__main__" in found[0].read_text()
    assert os.access(found[0], os.X_OK)
    done = subprocess.run([found[0]], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "pulumi-resource-azure-native is started by the pulumi command" in done.stderr


def test_a_run_with_azure_says_that_it_is_simulated_and_what_is_not_checked(installed: Installed) -> None:
    first, *more = installed.azure_report()
    assert first.startswith("azure-native provider: stand-in (sandbox/plugins/azure_native_provider): Azure is simul")
    told = " ".join(line.strip() for line in more)
    assert NOT_CHECKED
    assert all(note.partition(":")[0] in told for note in NOT_CHECKED)
    assert max(len(line) for line in more) <= 116
    assert not any("azure" in line for line in installed.report), "other runs have nothing to do with Azure"


def test_no_word_of_that_is_broken_at_a_hyphen(installed: Installed, monkeypatch: pytest.MonkeyPatch) -> None:
    word = "words-that-belong-together"
    monkeypatch.setattr("sandbox.azure.notes.NOT_CHECKED", ("x" * 60 + f" {word}",))
    assert any(word in line for line in installed.azure_report())
