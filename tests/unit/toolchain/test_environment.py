"""The Python environment and its stamp; and that an old Python can read the sentence meant for it."""

from __future__ import annotations

import ast
import importlib.util
import sys
from pathlib import Path

import pytest

from toolchain import __main__ as entry
from toolchain import cli, environment
from toolchain.errors import MissingPrerequisite, ToolchainError

from .conftest import Machine

# A python that makes an environment with a python like itself in it, and logs what it is asked to do.
PYTHON = """#!/bin/sh
echo "bytecode=${{PYTHONDONTWRITEBYTECODE-on}} $*" >> "{calls}"
case "$*" in
*venv*) /bin/mkdir -p .venv/bin; /bin/cp "$0" .venv/bin/python ;;
*"pip install"*) [ ! -e "{fail}" ] || {{ echo "no matching distribution"; exit 1; }} ;;
esac
"""


class Checkout:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.calls_file = folder / "calls"
        self.fail = folder / "fail"

    @property
    def calls(self) -> list[str]:
        return self.calls_file.read_text().splitlines() if self.calls_file.exists() else []


@pytest.fixture
def checkout(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    folder = machine.folder / "checkout"
    (folder / "infra").mkdir(parents=True)
    (folder / "requirements-dev.txt").write_text("one==1 --hash=sha256:00\n")
    made = Checkout(folder)
    python = machine.path / "python3"
    python.write_text(PYTHON.format(calls=made.calls_file, fail=made.fail))
    python.chmod(0o755)
    monkeypatch.setattr(environment, "CHECKOUT", folder)
    monkeypatch.setattr(sys, "executable", str(python))
    return made


def test_it_is_made_once_and_again_when_the_requirements_change(checkout: Checkout) -> None:
    environment.ensure()
    assert not environment.outstanding()
    made = len(checkout.calls)
    environment.ensure()
    assert len(checkout.calls) == made
    (checkout.folder / "requirements-dev.txt").write_text("one==2 --hash=sha256:00\n")
    environment.ensure()
    assert len(checkout.calls) == 2 * made


def test_an_environment_of_another_checkout_that_is_linked_here_is_not_emptied(checkout: Checkout) -> None:
    other = checkout.folder.parent / "other"
    (other / "bin").mkdir(parents=True)
    (other / "bin" / "python").write_text("theirs")
    (checkout.folder / ".venv").symlink_to(other)
    environment.ensure()
    assert (other / "bin" / "python").read_text() == "theirs"
    assert not (checkout.folder / ".venv").is_symlink()


def test_a_package_without_a_hash_is_refused_by_pip(checkout: Checkout) -> None:
    environment.ensure()
    assert any("pip install" in call and "--require-hashes" in call for call in checkout.calls)


def test_bytecode_is_written_for_all_packages_and_ours_even_where_it_is_switched_off(
    checkout: Checkout, machine: Machine
) -> None:
    machine.set(PYTHONDONTWRITEBYTECODE="1")
    environment.ensure()
    (compiled,) = [call for call in checkout.calls if "compileall" in call]
    assert compiled.endswith("site-packages infra")
    assert compiled.startswith("bytecode=on ")


def test_an_installation_that_failed_is_made_anew_and_names_its_log(checkout: Checkout, machine: Machine) -> None:
    environment.ensure()
    (checkout.folder / "requirements-dev.txt").write_text("one==2 --hash=sha256:00\n")
    checkout.fail.touch()
    with pytest.raises(ToolchainError, match="no matching distribution") as refusal:
        environment.ensure()
    assert str(machine.cache / "logs" / "environment.log") in str(refusal.value)
    checkout.fail.unlink()
    # Even for the requirements that it was made from before: what is in it now is not known.
    (checkout.folder / "requirements-dev.txt").write_text("one==1 --hash=sha256:00\n")
    assert environment.outstanding()


def test_an_environment_without_its_python_is_made_anew(checkout: Checkout) -> None:
    environment.ensure()
    environment.python().unlink()
    environment.python().symlink_to("/nowhere/python3")
    assert environment.outstanding()


def test_a_python_without_ensurepip_is_refused_with_the_command_that_installs_it(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "ensurepip" else object())
    with pytest.raises(MissingPrerequisite, match="`apt-get install python3-venv`"):
        environment.ensure()
    assert checkout.calls == []


def test_prepare_makes_no_environment_where_go_is_missing(
    checkout: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["prepare", "--say", "Rehearses."]) == 1
    assert checkout.calls == []
    assert "Go 1.26.6 or newer is needed" in capsys.readouterr().err


def test_the_first_line_of_prepare_says_what_will_happen_and_how_long_it_takes(
    checkout: Checkout, machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.install_go()
    machine.set(FAKE_GO_FAILS="yes")
    assert cli.main(["prepare", "--say", "Rehearses."]) == 1
    first = capsys.readouterr().err.splitlines()[0]
    assert first == (
        "Rehearses. First, once: the Python environment (about 1 min) and 7 tools built from source "
        "(about 8 min 20 s on two cores, and the downloads)."
    )


def test_a_python_that_is_too_old_can_read_its_refusal() -> None:
    for name in ("__init__.py", "__main__.py"):
        source = (Path(entry.__file__).parent / name).read_text()
        ast.parse(source, feature_version=(3, 6))


def test_the_refusal_of_an_old_python_names_the_newer_one_of_the_machine(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    assert "is 3.9.2: `apt-get install python3.11 python3.11-venv`." in entry.refusal()
    machine.on_path("python3.12", "")
    assert "is 3.9.2: run `make PYTHON=python3.12 ...`." in entry.refusal()
