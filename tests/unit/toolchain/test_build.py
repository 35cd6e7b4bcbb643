"""Building: once, whole or not at all, one process at a time."""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from toolchain import binaries, build, cache, golang
from toolchain.errors import MissingPrerequisite, ToolchainError
from toolchain.pins import PINS

from .conftest import Machine


def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "what was waited for did not come"
        time.sleep(0.01)


def test_a_second_call_does_not_build_and_says_nothing(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    machine.install_go()
    machine.go_builds("kwok")
    first = binaries.ensure(["kwok"])
    capsys.readouterr()
    assert binaries.ensure(["kwok"]) == first
    assert len(machine.builds) == 1
    assert capsys.readouterr() == ("", "")


def test_only_what_is_asked_for_is_built(machine: Machine) -> None:
    machine.install_go()
    machine.go_builds("etcd")
    binaries.ensure(["etcd"])
    assert [line.split()[-1] for line in machine.builds] == ["go.etcd.io/etcd/server/v3"]


def test_the_versions_in_the_stamps_come_from_go_mod(machine: Machine) -> None:
    go_mod = machine.modules / "kubernetes" / "go.mod"
    go_mod.write_text(go_mod.read_text().replace("k8s.io/kubernetes v1.36.3", "k8s.io/kubernetes v1.37.4"))
    machine.install_go()
    machine.set(FAKE_TELLS="Kubernetes v1.37.4")
    binaries.ensure(["kube-apiserver"])
    assert "version.gitVersion=v1.37.4" in machine.builds[0]
    assert "version.gitMinor=37" in machine.builds[0]


@pytest.mark.parametrize("file", ["go.mod", "go.sum"])
def test_a_change_of_the_pins_asks_for_another_build(machine: Machine, file: str) -> None:
    before, of_another = build.recipe(PINS["kwok"]), build.recipe(PINS["etcd"])
    path = machine.modules / "kwok" / file
    path.write_text(path.read_text() + "\n")
    assert build.recipe(PINS["kwok"]) != before
    assert build.recipe(PINS["etcd"]) == of_another


def test_a_change_of_the_flags_or_of_go_asks_for_another_build(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.install_go()
    machine.go_builds("kwok")
    binaries.ensure(["kwok"])
    go = golang.require(["1.26.0"], "")
    assert build.cached(PINS["kwok"], go) is not None
    assert build.cached(PINS["kwok"], dataclasses.replace(go, version="go1.99.2")) is None
    monkeypatch.setattr(build, "_flags", lambda _: ["-race"])
    assert build.cached(PINS["kwok"], go) is None


def test_a_failed_build_leaves_nothing_and_names_its_log_its_last_lines_and_the_next_command(machine: Machine) -> None:
    machine.install_go()
    machine.set(FAKE_GO_FAILS="yes")
    with pytest.raises(ToolchainError) as refusal:
        binaries.ensure(["kwok"])
    text, log = str(refusal.value), machine.cache / "logs" / "kwok.log"
    assert "  undefined: Frobnicate" in text
    assert f"Log: {log}" in text
    assert "Frobnicate" in log.read_text()
    assert "python3 -m toolchain ensure kwok" in text
    assert machine.cached() == []


@pytest.mark.parametrize("told", ["kwok version v0.8.1", "kwok version v0.8.0-dev", "v10.8.0", ""])
def test_a_binary_that_tells_another_version_is_refused_and_not_kept(machine: Machine, told: str) -> None:
    machine.install_go()
    machine.set(FAKE_TELLS=told)
    with pytest.raises(ToolchainError, match=r"must tell 0\.8\.0"):
        binaries.ensure(["kwok"])
    assert machine.cached() == []


def is_running(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits for its parent to notice does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def toolchain(machine: Machine, *arguments: str) -> subprocess.Popen[str]:
    """The command line in a process of its own, on the test's machine but with the checkout's modules."""
    return subprocess.Popen(
        [sys.executable, "-m", "toolchain", *arguments],
        cwd=Path(__file__).parents[3],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A process that is started in the background may have inherited that SIGINT is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_build_ends_go_leaves_nothing_and_says_that_the_next_run_resumes(
    machine: Machine, number: signal.Signals
) -> None:
    machine.install_go()
    machine.set(FAKE_GO_HANGS="yes")
    with toolchain(machine, "ensure", "kwok") as command:
        until((machine.folder / "compiler").exists)
        compiler = int((machine.folder / "compiler").read_text())
        command.send_signal(number)
        _, said = command.communicate(timeout=20)
    assert command.returncode == 130
    assert "the next run resumes" in said
    assert "Traceback" not in said
    assert machine.cached() == []
    until(lambda: not is_running(compiler))


def test_what_a_killed_process_left_is_removed_by_the_next_build(machine: Machine) -> None:
    machine.install_go()
    machine.go_builds("kwok")
    left = machine.cache / "work" / "tmp1234"
    left.mkdir(parents=True)
    (left / "kwok").write_text("half a binary")
    binary = binaries.ensure(["kwok"])["kwok"]
    assert machine.cached() == [binary]


def test_a_second_process_waits_says_for_what_and_uses_what_the_first_has_built(machine: Machine) -> None:
    machine.install_go()
    machine.go_builds("kwok")
    first = contextlib.ExitStack()
    first.enter_context(cache.lock("build", "builds kwok v0.8.0"))
    with toolchain(machine, "ensure", "kwok") as second:
        assert second.stderr is not None
        assert "1 to build" in second.stderr.readline()
        assert f"Waiting: for process {os.getpid()}, which builds kwok v0.8.0" in second.stderr.readline()
        binary = build.build(PINS["kwok"], golang.require(["1.26.0"], ""), "first", 0)
        first.close()
        out, said = second.communicate(timeout=20)
    assert (second.returncode, out) == (0, f"kwok {binary}\n")
    assert "built by another process meanwhile" in said
    assert len(machine.builds) == 1


def test_the_lock_is_free_again_after_a_failure(machine: Machine) -> None:
    machine.install_go()
    machine.set(FAKE_GO_FAILS="yes")
    with pytest.raises(ToolchainError):
        binaries.ensure(["kwok"])
    with (machine.cache / "locks" / "build").open() as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_nothing_is_built_before_everything_that_must_be_built_can_be(machine: Machine) -> None:
    # Of the modules, one asks for a newer Go than the others.
    go_mod = machine.modules / "pulumi" / "go.mod"
    go_mod.write_text(go_mod.read_text().replace("go 1.26.6", "go 1.98.0"))
    machine.install_go("go1.27.0")
    with pytest.raises(MissingPrerequisite, match=r"Go 1\.98\.0 or newer is needed to build pulumi, kwok"):
        binaries.ensure(["kwok", "pulumi"])
    assert machine.builds == []


def test_an_unknown_name_is_refused_with_those_that_there_are(machine: Machine) -> None:
    with pytest.raises(ToolchainError, match=r"'helm' is no binary of the toolchain; there are etcd, kubectl"):
        binaries.ensure(["helm"])


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"BUILDFLEET_CACHE": "/own", "XDG_CACHE_HOME": "/xdg"}, "/own"),
        ({"BUILDFLEET_CACHE": "", "XDG_CACHE_HOME": "/xdg"}, "/xdg/buildfleet"),
        ({"BUILDFLEET_CACHE": "", "XDG_CACHE_HOME": "", "HOME": "/home/ada"}, "/home/ada/.cache/buildfleet"),
        ({"BUILDFLEET_CACHE": "", "XDG_CACHE_HOME": "relative", "HOME": "/home/ada"}, "/home/ada/.cache/buildfleet"),
    ],
)
def test_the_cache_lies_where_the_user_says_else_where_caches_lie(
    machine: Machine, variables: dict[str, str], expected: str
) -> None:
    machine.set(**variables)
    assert cache.directory() == Path(expected)
