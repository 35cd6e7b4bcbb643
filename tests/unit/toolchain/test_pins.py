"""The pins in the checkout itself: that they agree with each other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from toolchain import binaries, modules
from toolchain.errors import ToolchainError
from toolchain.pins import PINS

from .conftest import Machine

CHECKOUT = Path(__file__).parents[3]
REQUIREMENTS = sorted([*CHECKOUT.glob("requirements*.txt"), *CHECKOUT.glob("requirements/*.in")])


def test_the_sdk_that_programs_import_has_the_version_of_the_cli_that_runs_them() -> None:
    locked = re.search(r"^pulumi==(\S+)", (CHECKOUT / "requirements.txt").read_text(), re.MULTILINE)
    assert locked is not None
    assert f"v{locked[1]}" == binaries.pinned_version("pulumi")


def test_the_checkers_run_with_what_the_program_runs_with() -> None:
    program, development = (
        dict(re.findall(r"^([\w.-]+)==(\S+)", (CHECKOUT / name).read_text(), re.MULTILINE))
        for name in ("requirements.txt", "requirements-dev.txt")
    )
    assert {name: development.get(name) for name in program} == program


@pytest.mark.parametrize("path", REQUIREMENTS, ids=lambda path: path.name)
def test_no_requirements_file_names_a_host(path: Path) -> None:
    assert not re.search(r"://|--(extra-)?index-url|--find-links|--trusted-host", path.read_text())


@pytest.mark.parametrize("path", [p for p in REQUIREMENTS if p.suffix == ".txt"], ids=lambda path: path.name)
def test_every_locked_package_has_a_hash(path: Path) -> None:
    entries = re.split(r"\n(?=\S)", path.read_text().strip())
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("name", PINS)
def test_every_binary_has_a_pinned_version_and_its_checksum(name: str) -> None:
    pin = PINS[name]
    assert re.fullmatch(r"v\d+\.\d+\.\d+", binaries.pinned_version(name))
    assert f"{pin.module} {pin.version} h1:" in (modules.ROOT / pin.folder / "go.sum").read_text()


def test_a_module_without_a_checksum_is_not_downloaded(machine: Machine) -> None:
    machine.install_go()
    (machine.modules / "keda" / "go.sum").write_text("")
    with pytest.raises(ToolchainError, match=r"has no checksum of github\.com/kedacore/keda/v2"):
        modules.directory("github.com/kedacore/keda/v2")


def test_a_module_of_which_nothing_is_kept_is_refused(machine: Machine) -> None:
    with pytest.raises(ToolchainError, match=r"nothing is kept of the module example\.com/nothing; kept are "):
        modules.directory("example.com/nothing")


def test_every_module_that_is_kept_is_pinned_with_its_checksum() -> None:
    for name in modules.KEPT:
        (folder,) = (
            file.parent
            for file in modules.ROOT.glob("*/go.mod")
            if re.search(rf"^(require )?\s*{re.escape(name)} v", file.read_text(), re.MULTILINE)
        )
        assert f"{name} {modules.version(folder.name, name)} h1:" in (folder / "go.sum").read_text()


def test_what_is_kept_of_a_module_needs_neither_go_nor_its_cache_the_second_time(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    name = "github.com/kedacore/keda/v2"
    source = tmp_path / "source" / modules.KEPT[name]
    source.mkdir(parents=True)
    (source / "crd.yaml").write_text("kind: CustomResourceDefinition")
    (source / "crd.yaml").chmod(0o444)
    monkeypatch.setattr(modules, "_download", lambda _: tmp_path / "source")
    first = modules.directory(name)

    def no_go(_: str) -> Path:
        raise AssertionError("there is no Go")

    monkeypatch.setattr(modules, "_download", no_go)
    assert modules.directory(name) == first
    assert (first / modules.KEPT[name] / "crd.yaml").read_text() == "kind: CustomResourceDefinition"


def test_a_copy_of_a_module_that_was_interrupted_is_not_taken_for_a_whole_one(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    name = "github.com/kedacore/keda/v2"
    (tmp_path / "source" / modules.KEPT[name]).mkdir(parents=True)
    monkeypatch.setattr(modules, "_download", lambda _: tmp_path / "source")

    def interrupted(*_: Path) -> Path:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", interrupted)
        with pytest.raises(KeyboardInterrupt):
            modules.directory(name)
    assert (modules.directory(name) / modules.KEPT[name]).is_dir()
