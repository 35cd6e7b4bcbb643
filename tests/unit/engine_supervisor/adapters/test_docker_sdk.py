"""Docker Engine through the real SDK, against a small API on a unix socket."""

from __future__ import annotations

import json
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine_supervisor import world
from engine_supervisor.adapters import docker_prune, docker_sdk
from engine_supervisor.adapters.docker_sdk import DockerEngine
from engine_supervisor.ports import Away, Failed

from .docker_api import DockerApi, docker_api

SMOKE = "example.com/nanoserver:1"
DAY = 86400.0
NOW = 1_800_000_000.0
"""2027-01-15"""


@pytest.fixture
def served() -> Iterator[tuple[str, DockerApi]]:
    # Not tmp_path: the path of a unix socket may have 107 bytes.
    with tempfile.TemporaryDirectory() as folder, docker_api(Path(folder)) as found:
        yield found


@pytest.fixture
def api(served: tuple[str, DockerApi]) -> DockerApi:
    return served[1]


@pytest.fixture
def docker(served: tuple[str, DockerApi]) -> DockerEngine:
    return DockerEngine(served[0], smoke_seconds=0.2, now=lambda: NOW)


def test_a_look_tells_the_version_and_what_runs(docker: DockerEngine, api: DockerApi) -> None:
    api.containers = [{"Id": "a", "running": True}, {"Id": "b"}]
    assert docker.look() == world.Engine(answers=True, version="29.2.1", containers_running=1)


def test_an_engine_that_is_not_there_does_not_answer() -> None:
    assert DockerEngine("unix:///nowhere/docker.sock").look() == world.Engine()


def test_an_engine_that_refuses_its_version_does_not_answer(docker: DockerEngine, api: DockerApi) -> None:
    api.refuses["GET /version"] = (500, "starting")
    assert not docker.look().answers


def test_an_engine_that_hangs_does_not_answer(
    docker: DockerEngine, api: DockerApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(docker_sdk, "ANSWER_SECONDS", 0.2)
    api.hangs = {"GET /version"}
    began = time.monotonic()
    assert not docker.look().answers
    assert time.monotonic() - began < 0.4


def test_an_engine_that_is_too_busy_to_count_its_containers_is_busy(docker: DockerEngine, api: DockerApi) -> None:
    api.refuses["GET /info"] = (500, "no time")
    assert docker.look() == world.Engine(answers=True, version="29.2.1", containers_running=1)


def test_an_engine_that_is_too_old_for_our_api_works_and_is_busy_and_its_smoke_says_why(
    docker: DockerEngine, api: DockerApi
) -> None:
    api.newest = "1.43"
    assert docker.look() == world.Engine(answers=True, version="29.2.1", containers_running=1)
    with pytest.raises(Failed, match=r"client version 1\.44 is too new\. Maximum supported API version is 1\.43"):
        docker.smoke(SMOKE)


@pytest.mark.parametrize(
    ("counts", "clients"), [([3, 2], 2), ([1, 0], 0), ([2, 4], 2), ([0], 0), ([None], None), ([1, None], None)]
)
def test_a_connection_that_is_about_to_close_is_not_taken_for_a_build(
    served: tuple[str, DockerApi], counts: list[int | None], clients: int | None
) -> None:
    url, _ = served
    pauses: list[float] = []

    def count(ours: int) -> int | None:
        assert ours == 0, "ours are closed by now"
        return counts.pop(0)

    assert DockerEngine(url, clients=count, pause=pauses.append).look().clients == clients
    assert pauses in ([], [0.2])
    assert counts == []


def test_connections_of_ours_are_told_to_whoever_counts_those_of_builds(
    served: tuple[str, DockerApi],
) -> None:
    url, api = served
    own: list[int] = []

    def clients(ours: int) -> int:
        own.append(ours)
        return 0

    docker = DockerEngine(url, clients=clients)
    assert docker.look().clients == 0
    api.hangs = {"POST /images/create"}
    api.registry[SMOKE] = ""
    pull = threading.Thread(target=docker.pull, args=(SMOKE,))
    pull.start()
    awaited(lambda: "POST /images/create" in api.done)
    docker.look()
    pull.join()
    docker.look()
    assert own == [0, 1, 0]


def awaited(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_no_connection_outlives_its_request(served: tuple[str, DockerApi]) -> None:
    url, api = served

    def clients(ours: int) -> int:
        awaited(lambda: api.clients == 0)
        return 0

    assert DockerEngine(url, clients=clients).look().clients == 0


def test_the_smoke_is_a_container_under_process_isolation_that_leaves_nothing(
    docker: DockerEngine, api: DockerApi
) -> None:
    api.image(SMOKE)
    assert docker.smoke(SMOKE).outcome == "passed"
    assert api.created["Cmd"] == ["cmd", "/c", "ver"]
    assert api.created["HostConfig"]["Isolation"] == "process"
    assert api.containers == []
    assert "POST /images/create" not in api.done


def test_the_smoke_pulls_an_image_that_is_not_there(docker: DockerEngine, api: DockerApi) -> None:
    api.registry[SMOKE] = ""
    assert docker.smoke(SMOKE).outcome == "passed"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (None, "not in its registry"),
        ("pull access denied for example.com/nanoserver", "not in its registry, or not for this node or this account"),
        ("no matching manifest for windows/amd64 10.0.20348 in the manifest list", "not in its registry"),
        ("a Windows version 10.0.26100-based image is incompatible with a 10.0.20348 host", "not for the build"),
        ("dial tcp 10.0.0.1:443: i/o timeout", "its registry cannot be reached"),
    ],
)
def test_an_image_that_cannot_be_had_says_whose_fault_it_is(
    docker: DockerEngine, api: DockerApi, error: str | None, expected: str
) -> None:
    if error is not None:
        api.registry[SMOKE] = error
    result = docker.smoke(SMOKE)
    assert result.outcome == "no-image"
    assert expected in result.reason
    with pytest.raises(Failed, match=expected):
        docker.pull(SMOKE)


def test_a_registry_that_stalls_is_no_failure_of_the_engine(
    docker: DockerEngine, api: DockerApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(docker_sdk, "SILENCE_SECONDS", 0.1)
    api.registry[SMOKE] = ""
    api.stalls = True
    result = docker.smoke(SMOKE)
    assert result.outcome == "no-image"
    assert "its registry cannot be reached: the pull broke off" in result.reason


def test_a_smoke_that_ends_badly_tells_its_last_words(docker: DockerEngine, api: DockerApi) -> None:
    api.image(SMOKE)
    api.exit_code = 3221225781
    result = docker.smoke(SMOKE)
    assert result.outcome == "failed"
    assert result.reason == f"a container of {SMOKE} ended with 3221225781: the directory name is invalid"
    assert api.containers == []


def test_a_smoke_that_does_not_end_is_ended(docker: DockerEngine, api: DockerApi) -> None:
    api.image(SMOKE)
    api.runs_seconds = 0.5
    result = docker.smoke(SMOKE)
    assert result.outcome == "failed"
    assert "did not end within 0.2 s" in result.reason
    assert api.containers == []


def test_a_container_that_cannot_be_made_is_a_failure_in_the_engines_words(
    docker: DockerEngine, api: DockerApi
) -> None:
    api.image(SMOKE)
    api.refuses["POST /containers/create"] = (500, "hcs::CreateComputeSystem: The parameter is incorrect.")
    result = docker.smoke(SMOKE)
    assert result.outcome == "failed"
    assert "hcs::CreateComputeSystem: The parameter is incorrect." in result.reason


def test_what_a_killed_smoke_left_is_removed_by_the_next(docker: DockerEngine, api: DockerApi) -> None:
    api.image(SMOKE)
    api.containers = [
        {"Id": "left", "ImageID": "x", "Labels": {docker_sdk.SMOKE_LABEL: "true"}},
        {"Id": "build", "ImageID": "y", "Labels": {}},
    ]
    docker.smoke(SMOKE)
    assert [one["Id"] for one in api.containers] == ["build"]


def test_an_image_that_is_there_is_not_pulled_again(docker: DockerEngine, api: DockerApi) -> None:
    api.image(SMOKE)
    docker.pull(SMOKE)
    assert "POST /images/create" not in api.done


def test_usage_counts_layers_once(docker: DockerEngine, api: DockerApi) -> None:
    api.image("a:1", size=100)
    api.image("b:1", size=50)
    usage = docker.usage()
    assert (usage.images, usage.containers, usage.image_bytes) == (2, 0, 150)


def test_an_engine_that_is_gone_is_away_and_a_refusal_is_a_failure(docker: DockerEngine, api: DockerApi) -> None:
    with pytest.raises(Away, match="does not answer"):
        DockerEngine("unix:///nowhere/docker.sock").usage()
    api.refuses["GET /system/df"] = (500, "a layer is locked")
    with pytest.raises(Failed, match="a layer is locked"):
        docker.usage()


def names(api: DockerApi) -> list[str]:
    return [tag for one in api.images for tag in one["RepoTags"]]


def test_a_prune_spares_what_is_kept_used_young_or_built_upon(docker: DockerEngine, api: DockerApi) -> None:
    api.image("old:1")
    api.image("kept:1")
    api.image("used:1")
    api.image("young:1", Created=NOW - DAY)
    api.image("base:1", parent=True)
    api.image("tagged:1", Metadata={"LastTagTime": "2027-01-14T00:00:00.123456789Z"})
    api.containers = [{"Id": "c", "ImageID": "sha256:used:1"}]
    pruned = docker.prune(unused_seconds=7 * DAY, keep=["kept:1", "not-here:1"])
    assert names(api) == ["kept:1", "used:1", "young:1", "base:1", "tagged:1"]
    assert (pruned.images, pruned.containers, pruned.reclaimed_bytes) == (1, 1, 107)


def test_dangling_images_go_first_and_all_names_of_an_image_go(docker: DockerEngine, api: DockerApi) -> None:
    api.image("a:1", RepoTags=["a:1", "a:latest"])
    api.image("dangling", RepoTags=["<none>:<none>"], Created=5)
    docker.prune(unused_seconds=0, keep=[])
    removed = [step for step in api.done if step.startswith("DELETE")]
    assert removed == ["DELETE /images/sha256:dangling", "DELETE /images/a:1", "DELETE /images/a:latest"]


def test_a_prune_tells_the_engine_the_age_of_containers(docker: DockerEngine, api: DockerApi) -> None:
    asked: list[dict[str, str]] = []
    answer = api.answer

    def noted(method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
        if path == "/containers/prune":
            asked.append(query)
        return answer(method, path, query, body)

    api.answer = noted  # type: ignore[method-assign]  # looks over its shoulder
    docker.prune(unused_seconds=3600, keep=[])
    docker.prune(unused_seconds=0, keep=[])
    assert [json.loads(query.get("filters", "{}")) for query in asked] == [{"until": ["3600s"]}, {}]


def test_a_prune_ends_at_its_limit(docker: DockerEngine, api: DockerApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docker_prune, "LIMIT_SECONDS", -1.0)
    api.image("old:1")
    assert docker.prune(unused_seconds=0, keep=[]).images == 0
    assert names(api) == ["old:1"]
