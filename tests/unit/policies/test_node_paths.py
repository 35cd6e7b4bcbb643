r"""One normal form for paths of nodes, and what leads to a runtime."""

from __future__ import annotations

import pytest

from rules.policies.node_paths import (
    goes_up,
    is_below,
    is_engine_mention,
    is_engine_pipe,
    is_pipe,
    is_runtime,
    is_runtime_mention,
    normal,
    pipes_named,
)


@pytest.mark.parametrize(
    ("written", "is_written"),
    [
        (r"\\.\pipe\docker_engine", "//pipe/docker_engine"),
        ("//./pipe/docker_engine/", "//pipe/docker_engine"),
        (r"\\?\Pipe\\docker_engine", "//Pipe/docker_engine"),
        ("////./pipe//docker_engine", "//pipe/docker_engine"),
        ("//", "//"),
        ("", ""),
        ("/", "/"),
        ("/run/./docker.sock//", "/run/docker.sock"),
        ("C:\\ci\\caches\\", "C:/ci/caches"),
        ("var/run", "var/run"),
        ("/a/../b", "/a/../b"),
    ],
)
def test_a_path_has_one_normal_form(written: str, is_written: str) -> None:
    assert normal(written) == is_written
    assert normal(normal(written)) == is_written


@pytest.mark.parametrize(
    ("path", "pipe", "engine", "runtime"),
    [
        ("//pipe/docker_engine", True, True, False),
        ("//PIPE/Docker_Engine", True, True, False),
        ("//pipe/docker_engine2", True, False, False),
        ("//pipe", True, False, False),
        ("//server/pipe/docker_engine", True, False, False),
        ("//GLOBALROOT/Device/NamedPipe/docker_engine", True, False, False),
        ("//pipe/containerd-containerd", True, False, True),
        ("/pipe/docker_engine", False, False, False),
        ("//pipes/docker_engine", False, False, False),
        ("/", False, False, True),
        ("//", False, False, True),
        ("/run", False, False, True),
        ("/VAR/RUN", False, False, True),
        ("/running", False, False, False),
        ("//run/docker.sock", False, False, True),
        ("/run/containerd/io.containerd.grpc.v1.cri", False, False, True),
        ("/mnt/x/my-docker-2.sock", False, False, True),
        ("/run/docker-images", False, False, False),
        ("/var/lib/docker", False, False, False),
    ],
)
def test_what_a_path_leads_to(path: str, pipe: bool, engine: bool, runtime: bool) -> None:
    assert (is_pipe(path), is_engine_pipe(path), is_runtime(path)) == (pipe, engine, runtime)


@pytest.mark.parametrize("path", ["/a/..", "../a", "/a/../b", "C:/a/.. /b", "C:/a/. ./b", "/a/.../b", "/a/ ../b"])
def test_a_step_upward_is_seen_with_blanks_and_dots_around_it(path: str) -> None:
    assert goes_up(path)


@pytest.mark.parametrize("path", ["/a/.b", "/a/b.", "/a/..b", "/a/b c/.d e", "C:/a"])
def test_dots_in_names_are_no_step_upward(path: str) -> None:
    assert not goes_up(path)


def test_folders_hold_what_is_below_them_and_windows_takes_any_capitals() -> None:
    folders = ("/var/lib/caches/", "C:\\CI\\")
    assert is_below("/var/lib/caches", folders)
    assert is_below("/var/lib/caches/a", folders)
    assert is_below("c:/ci/A", folders)
    assert not is_below("/var/lib/caches2", folders)
    assert not is_below("/var/lib/Caches/a", folders)
    assert not is_below("//var/lib/caches/a", folders)
    assert not is_below("/var/lib", folders)
    assert not is_below("/var/lib/caches", ())


@pytest.mark.parametrize(
    ("text", "pipes"),
    [
        ("npipe:////./pipe/docker_engine", ["//pipe/docker_engine"]),
        ("dockerd -H npipe:// --debug", ["//"]),
        (r"docker -H 'NPIPE:\\\\.\\PIPE\\docker_engine' ps", ["//pipe/docker_engine"]),
        (r"a=\\.\pipe\one;b=//?/pipe/two", ["//pipe/one", "//pipe/two"]),
        ("https://example.com/pipe/docker_engine", []),
        ("cat file | pipe/x", []),
    ],
)
def test_pipes_are_found_in_the_middle_of_a_command(text: str, pipes: list[str]) -> None:
    assert pipes_named(text) == pipes


def test_the_engine_and_other_runtimes_are_told_apart_by_the_names_of_pipes() -> None:
    assert is_engine_mention("//pipe/docker_engine")
    assert is_engine_mention("//")
    assert not is_engine_mention("//pipe/docker_engine_2")
    assert is_runtime_mention("//pipe/containerd-containerd")
    assert not is_runtime_mention("//pipe/docker_engine")
