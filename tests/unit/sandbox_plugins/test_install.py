"""Which plugins a run gets, and where the engine finds them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.plugins.install import Installed, InstallError, install

VERSION = "4.34.2"
PYTHON = f"#!/bin/sh\necho {VERSION} 3.29.0 0.0.22\n"


class Machine:
    """A machine with an engine, an interpreter, a home and a PATH."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pulumi = self.add("engine/pulumi", "#!/bin/sh\necho v3.256.0\n")
        self.python = self.add("venv/bin/python", PYTHON)
        self.home = folder / "pulumi-home"
        self.variables = {"PATH": f"{folder / 'path'}:/bin:/usr/bin"}

    def add(self, path: str, text: str = "#!/bin/sh\n") -> Path:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(0o755)
        return file

    def add_official_host(self, folder: str) -> Path:
        self.add(f"{folder}/pulumi-language-python-exec")
        return self.add(f"{folder}/pulumi-language-python")

    def add_official_provider(self, version: str) -> Path:
        return self.add(f"user/.pulumi/plugins/resource-kubernetes-v{version}/pulumi-resource-kubernetes")

    def install(self, **variables: str) -> Installed:
        known = {**self.variables, **variables}
        return install(
            self.home, python=self.python, pulumi=self.pulumi, variables=known, user_home=self.folder / "user"
        )

    @property
    def host(self) -> Path:
        return self.home / "plugins" / "language-python-v3.256.0" / "pulumi-language-python"

    @property
    def provider(self) -> Path:
        return self.home / "plugins" / f"resource-kubernetes-v{VERSION}" / "pulumi-resource-kubernetes"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_providers_that_would_reach_the_real_world_are_always_stand_ins(machine: Machine) -> None:
    machine.install()
    for package, version in (("azure-native", "3.29.0"), ("docker-build", "0.0.22")):
        file = machine.home / "plugins" / f"resource-{package}-v{version}" / f"pulumi-resource-{package}"
        assert f"sandbox.plugins.{package.replace('-', '_')}_provider" in file.read_text()


def test_without_official_parts_the_stand_ins_are_installed_and_named(machine: Machine) -> None:
    installed = machine.install()
    assert installed.report == [
        "language host: stand-in (sandbox/plugins/language_host)",
        "kubernetes provider: stand-in (sandbox/plugins/kubernetes_provider)",
    ]
    assert installed.pulumi == machine.pulumi
    for launcher in (machine.host, machine.provider):
        assert os.access(launcher, os.X_OK)
        assert str(machine.python) in launcher.read_text()


def test_installing_again_changes_nothing(machine: Machine) -> None:
    machine.install()
    before = {path: path.stat().st_mtime_ns for path in machine.home.rglob("*")}
    machine.install()
    assert {path: path.stat().st_mtime_ns for path in machine.home.rglob("*")} == before


def test_a_launcher_runs_the_module_whatever_the_folder_and_its_arguments(machine: Machine, tmp_path: Path) -> None:
    machine.python = Path(sys.executable)
    machine.install()
    elsewhere = tmp_path / "a folder"
    elsewhere.mkdir()
    for module in ("sandbox", "grpc"):
        (elsewhere / f"{module}.py").write_text("raise SystemExit('the wrong module')\n")
    done = subprocess.run([machine.host], cwd=elsewhere, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "is started by the pulumi command" in done.stderr


def test_an_official_host_beside_the_engine_is_used_as_it_is(machine: Machine) -> None:
    official = machine.add_official_host("engine")
    installed = machine.install()
    assert str(installed.language_host) == f"language host: official ({official})"
    assert not machine.host.exists()


def test_an_official_host_on_path_is_linked_in(machine: Machine) -> None:
    official = machine.add_official_host("path")
    assert machine.install().language_host.source == "official"
    assert machine.host.resolve() == official
    assert machine.host.with_name("pulumi-language-python-exec").exists()


def test_a_host_without_its_second_file_is_no_official_one(machine: Machine) -> None:
    machine.add("path/pulumi-language-python")
    assert machine.install().language_host.source == "stand-in"


def test_forcing_the_stand_in_host_gives_an_engine_that_has_no_other_beside_it(machine: Machine) -> None:
    machine.add_official_host("engine")
    installed = machine.install(BUILDFLEET_LANGUAGE_HOST="stand-in")
    assert installed.language_host.source == "stand-in"
    assert installed.pulumi != machine.pulumi
    assert installed.pulumi.read_bytes() == machine.pulumi.read_bytes()
    assert not installed.pulumi.is_symlink(), "the engine follows links to find what is beside it"
    assert not installed.pulumi.with_name("pulumi-language-python").exists()


def test_the_stand_in_takes_the_place_of_an_official_host_that_was_linked_before(machine: Machine) -> None:
    official = machine.add_official_host("path")
    machine.install()
    machine.install(BUILDFLEET_LANGUAGE_HOST="stand-in")
    assert "sandbox.plugins" in machine.host.read_text()
    assert official.read_text() == "#!/bin/sh\n", "the official file itself must not be written"


@pytest.mark.parametrize(
    ("version", "source"), [("4.34.2", "official"), ("4.100.0", "official"), ("4.34.1", "stand-in")]
)
def test_an_official_provider_is_used_if_it_is_not_older_than_the_sdk(
    machine: Machine, version: str, source: str
) -> None:
    official = machine.add_official_provider(version)
    assert machine.install().kubernetes.source == source
    assert (machine.provider.resolve() == official) == (source == "official")


def test_the_newest_official_provider_wins(machine: Machine) -> None:
    machine.add_official_provider("4.40.0")
    newest = machine.add_official_provider("4.100.0")
    assert machine.install().kubernetes.path == str(newest)


def test_a_half_downloaded_provider_is_not_used(machine: Machine) -> None:
    folder = machine.add_official_provider("4.40.0").parent
    folder.with_name(f"{folder.name}.partial").touch()
    assert machine.install().kubernetes.source == "stand-in"


def test_an_official_provider_on_path_is_used_if_it_says_a_version(machine: Machine) -> None:
    machine.add("path/pulumi-resource-kubernetes", "#!/bin/sh\necho v4.99.0\n")
    assert machine.install().kubernetes.source == "official"
    machine.add("path/pulumi-resource-kubernetes", "#!/bin/sh\nexit 1\n")
    assert machine.install().kubernetes.source == "stand-in"


def test_the_stand_in_provider_can_be_forced(machine: Machine) -> None:
    machine.add_official_provider("4.40.0")
    assert machine.install(BUILDFLEET_KUBERNETES_PROVIDER="stand-in").kubernetes.source == "stand-in"


@pytest.mark.parametrize("name", ["BUILDFLEET_LANGUAGE_HOST", "BUILDFLEET_KUBERNETES_PROVIDER"])
def test_an_official_part_that_is_not_there_is_one_clear_error(machine: Machine, name: str) -> None:
    with pytest.raises(InstallError, match=rf"^{name} is official, and no pulumi-.* unset {name}\.$"):
        machine.install(**{name: "official"})


@pytest.mark.parametrize("name", ["BUILDFLEET_LANGUAGE_HOST", "BUILDFLEET_KUBERNETES_PROVIDER"])
def test_another_choice_is_refused_with_what_is_allowed(machine: Machine, name: str) -> None:
    with pytest.raises(InstallError, match=f"{name} is ours; it must be official or stand-in"):
        machine.install(**{name: "ours"})


def test_a_missing_engine_and_a_missing_sdk_are_told(machine: Machine) -> None:
    machine.python.write_text("#!/bin/sh\nexit 1\n")
    with pytest.raises(InstallError, match=r"has not all of .*pulumi-kubernetes"):
        machine.install()
    machine.pulumi = machine.folder / "nowhere"
    with pytest.raises(InstallError, match="there is no Pulumi executable"):
        machine.install()
