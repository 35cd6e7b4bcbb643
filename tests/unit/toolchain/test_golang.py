"""Go: new enough, or one sentence that says how to get one that is."""

from __future__ import annotations

import pytest

from toolchain import binaries, build, golang
from toolchain.errors import MissingPrerequisite
from toolchain.pins import PINS

from .conftest import Machine


def test_without_go_and_pulumi_one_sentence_names_the_go_to_install_and_the_way_without(machine: Machine) -> None:
    with pytest.raises(MissingPrerequisite) as refusal:
        binaries.ensure(["pulumi"])
    text = str(refusal.value)
    assert "\n" not in text
    assert "Go 1.26.6 or newer is needed to build pulumi" in text
    assert "https://go.dev/dl/go1.26.6." in text
    assert "Pulumi 3.256.0 or newer on PATH" in text


def test_a_go_that_is_too_old_is_refused_with_both_versions(machine: Machine) -> None:
    machine.install_go("go1.19.8", "")
    with pytest.raises(MissingPrerequisite, match=r"Go 1\.26\.0 or newer .*go is go1\.19\.8: install 1\.26\.0 from"):
        binaries.ensure(["kwok"])


def test_a_go_that_may_not_fetch_a_newer_one_is_told_how_to_let_it(machine: Machine) -> None:
    machine.install_go("go1.24.1", "local")
    with pytest.raises(MissingPrerequisite, match="export GOTOOLCHAIN=auto"):
        binaries.ensure(["kwok"])


def test_a_go_that_fetches_the_right_one_is_used_and_what_it_builds_is_found_again(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.install_go("go1.24.1", "auto")
    # The two modules ask for different versions, so two different Gos would build.
    assert golang.require(["1.26.0"], "").version == "go1.26.0"
    machine.set(FAKE_TELLS=" ".join(PINS[name].version for name in ("kwok", "pulumi")))
    first = binaries.ensure(["kwok", "pulumi"])
    assert len(machine.builds) == 2
    capsys.readouterr()
    assert binaries.ensure(["kwok", "pulumi"]) == first
    assert capsys.readouterr().err == ""


def test_what_is_in_the_cache_needs_no_go(machine: Machine) -> None:
    machine.install_go()
    machine.go_builds("kwok")
    built = binaries.ensure(["kwok"])
    (machine.path / "go").unlink()
    assert binaries.ensure(["kwok"]) == built
    assert build.cached(PINS["kwok"], None) == built["kwok"]


def test_a_build_is_for_this_machine_whatever_the_user_cross_compiles_for(machine: Machine) -> None:
    machine.install_go()
    machine.set(GOOS="plan9", GOARCH="mips", GOPROXY="off")
    environment = golang.require(["1.26.0"], "").environment()
    assert not {"GOOS", "GOARCH"} & set(environment)
    assert environment["CGO_ENABLED"] == "0"
    assert environment["GOPROXY"] == "off"
