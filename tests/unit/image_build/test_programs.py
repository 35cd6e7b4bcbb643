"""The program of builds and smoke tests, from its command line to its last word, in a world without Windows."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from image_build import context, engine, registry, steps, windows
from image_build.__main__ import main
from image_build.note import note
from image_build.ports import Answer, Away, Failed, Finished, Permanent
from image_build.request import Git, InvalidRequest, Job, read_build, read_smoke
from image_build.windows import Windows
from tests.unit.image_build.fake import FakeWorld, docker

DIGEST = "sha256:" + "ab" * 32
TAG = "contoso.azurecr.io/web:1.0"
SECRET = "hunter2-hunter2"


def asked(folder: Path, **changes: Any) -> Path:
    """A request file for a build of a mounted folder."""
    context = folder / "mounted"
    (context / "..data").mkdir(parents=True, exist_ok=True)
    (context / "..data" / "hidden").write_text("the kubelet's")
    (context / "Dockerfile").write_text("FROM mcr.microsoft.com/windows/nanoserver:ltsc2022\n")
    document = {
        "format": 1,
        "tags": [TAG],
        "push": True,
        "dockerfile": "Dockerfile",
        "target": None,
        "args": {},
        "memory_bytes": None,
        "context": {"kind": "folder", "path": str(context)},
        "registry_config": None,
        "exchange": [],
        "engine_wait_seconds": 60,
        "job": None,
        **changes,
    }
    path = folder / "request.json"
    path.write_text(json.dumps(document))
    return path


def run(world: FakeWorld, request: Path, command: str = "build") -> int:
    return main([command, "--request", str(request)], world)


def test_a_build_is_built_pushed_and_told_by_its_digest(tmp_path: Path) -> None:
    world = FakeWorld(docker())
    assert run(world, asked(tmp_path, tags=[TAG, "contoso.azurecr.io/web:latest"])) == 0
    assert world.steps() == ["engine", "context", "credentials", "build", "push", "push", "digest", "end"]
    assert world.last() == {"image": TAG, "digest": DIGEST}
    assert [command for command in world.ran if command[1] == "push"] == [
        ["docker", "push", TAG],
        ["docker", "push", "contoso.azurecr.io/web:latest"],
    ]


def test_the_command_line_of_a_build_has_all_that_was_asked_for_in_a_fixed_order(tmp_path: Path) -> None:
    request = read_build(
        asked(tmp_path, tags=["a/b:1", "a/b:2"], target="final", args={"B": "2", "A": "1"}, memory_bytes=2**30)
    )
    assert steps.build(request, context="C:\\c", dockerfile="C:\\c\\Dockerfile") == [
        *("docker", "build", "--file", "C:\\c\\Dockerfile", "--tag", "a/b:1", "--tag", "a/b:2"),
        *("--build-arg", "A=1", "--build-arg", "B=2", "--target", "final", "--memory", "1073741824", "C:\\c"),
    ]


def test_the_context_of_a_config_map_is_copied_without_the_kubelets_own_folders(tmp_path: Path) -> None:
    seen: list[str] = []

    def build(command: Sequence[str], environment: Mapping[str, str]) -> Finished:
        seen.extend(sorted(entry.name for entry in Path(command[-1]).iterdir()))
        assert environment["DOCKER_BUILDKIT"] == "0"
        return Finished(0, "")

    assert run(FakeWorld({**docker(), "docker build": build}), asked(tmp_path)) == 0
    assert seen == ["Dockerfile"]


def test_an_image_that_is_not_pushed_has_an_id_and_no_digest(tmp_path: Path) -> None:
    world = FakeWorld(docker())
    assert run(world, asked(tmp_path, push=False)) == 0
    assert world.last() == {"image": TAG, "digest": None, "id": "sha256:1234"}
    assert not [command for command in world.ran if command[1] == "push"]


def test_a_pipe_that_comes_late_is_waited_for_and_one_that_never_comes_is_told(tmp_path: Path) -> None:
    late = FakeWorld(docker(), pipe_from=30)
    assert run(late, asked(tmp_path)) == 0
    never = FakeWorld(docker(), pipe_from=1e9)
    assert run(never, asked(tmp_path)) == 1
    assert never.last()["reason"].startswith("Docker engine pipe not available")
    assert never.ran == []


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        ("Cannot connect to the Docker daemon at npipe:////./pipe/docker_engine.", "nobody answers"),
        ("error during connect: Get http://%2F%2F.%2Fpipe: file not found", "nobody answers"),
        ("open //./pipe/docker_engine: Access is denied.", "administrators only"),
        ("Error: client version 1.24 is too old. Minimum supported API version is 1.44", "newer docker-cli image"),
    ],
)
def test_what_docker_says_of_a_silent_engine_is_told_with_cause_and_fix(said: str, cause: str) -> None:
    world = FakeWorld({"docker version": lambda *_: Finished(1, said)})
    with pytest.raises(Failed) as failed:
        engine.wait(world, 20)
    assert said in str(failed.value)
    assert cause in str(failed.value)
    assert world.time >= 20


def test_a_failed_build_may_be_tried_again_and_one_that_cannot_succeed_may_not(tmp_path: Path) -> None:
    world = FakeWorld({**docker(), "docker build": lambda *_: Finished(1, "RUN: exit code 3221225781")})
    assert run(world, asked(tmp_path)) == 1
    assert "3221225781" in world.last()["reason"]
    missing = FakeWorld(docker())
    assert run(missing, asked(tmp_path, dockerfile="other/Dockerfile")) == 2
    assert missing.last() == {
        "step": "context",
        "outcome": "failed",
        "reason": "dockerfile: other/Dockerfile is not in the context, which has Dockerfile",
        "final": True,
    }
    outside = FakeWorld(docker())
    assert run(outside, asked(tmp_path, dockerfile="../request.json")) == 2


def test_credentials_of_a_secret_reach_docker_by_a_file_and_nothing_else(tmp_path: Path) -> None:
    auth = base64.b64encode(f"robot:{SECRET}".encode()).decode()
    mounted = tmp_path / "config.json"
    mounted.write_text(json.dumps({"auths": {"ghcr.io": {"auth": auth}}, "credsStore": "desktop"}))
    found: list[dict[str, Any]] = []

    def push(_: Sequence[str], environment: Mapping[str, str]) -> Finished:
        found.append(json.loads((Path(environment["DOCKER_CONFIG"]) / "config.json").read_text()))
        return Finished(0, "")

    world = FakeWorld({**docker(), "docker push": push})
    assert run(world, asked(tmp_path, registry_config=str(mounted))) == 0
    assert found == [{"auths": {"ghcr.io": {"auth": auth}}}]
    assert SECRET not in world.everything()
    assert auth not in world.everything()


@pytest.mark.parametrize("server", ["docker.io", "index.docker.io", registry.DOCKER_HUB_KEY])
def test_the_credentials_of_docker_hub_are_where_docker_looks_for_them(tmp_path: Path, server: str) -> None:
    mounted = tmp_path / "mounted.json"
    mounted.write_text(json.dumps({"auths": {server: {"auth": "x"}}}))
    registry.write_config(FakeWorld(), tmp_path / "docker", mounted=str(mounted), exchange=[], environment={})
    auths = json.loads((tmp_path / "docker" / "config.json").read_text())["auths"]
    assert auths["https://index.docker.io/v1/"] == {"auth": "x"}


@pytest.mark.parametrize(
    ("tag", "told"),
    [
        ("docker.io/contoso/web:1.0", "contoso/web"),
        ("index.docker.io/contoso/web:1.0", "contoso/web"),
        ("docker.io/library/web:1.0", "web"),
        ("docker.io/library/web:1.0", "library/web"),
        ("docker.io/web:1.0", "web"),
        ("localhost:5000/library/web:1.0", "localhost:5000/library/web"),
    ],
)
def test_a_digest_is_found_under_the_name_that_docker_has_for_an_image(tmp_path: Path, tag: str, told: str) -> None:
    world = FakeWorld(docker(tag=told))
    assert run(world, asked(tmp_path, tags=[tag])) == 0
    assert world.last()["digest"] == DIGEST


def test_a_digest_of_another_registry_is_not_taken(tmp_path: Path) -> None:
    world = FakeWorld(docker(tag="contoso/web"))
    assert run(world, asked(tmp_path)) == 0
    assert world.last()["digest"] is None


def test_a_secret_that_is_no_docker_configuration_is_told_without_its_content(tmp_path: Path) -> None:
    for content in (SECRET, json.dumps({"password": SECRET})):
        (tmp_path / "config.json").write_text(content)
        world = FakeWorld(docker())
        assert run(world, asked(tmp_path, registry_config=str(tmp_path / "config.json"))) == 2
        assert "registry credentials" in world.last()["reason"]
        assert SECRET not in world.everything()


def identity(folder: Path) -> dict[str, str]:
    (folder / "federated").write_text("federated-token\n")
    return {
        "AZURE_CLIENT_ID": "client",
        "AZURE_TENANT_ID": "tenant",
        "AZURE_FEDERATED_TOKEN_FILE": str(folder / "federated"),
        "AZURE_AUTHORITY_HOST": "https://login.example.com/",
    }


def test_a_workload_identity_is_exchanged_at_entra_and_at_the_registry(tmp_path: Path) -> None:
    world = FakeWorld(
        servers={
            "https://login.example.com/tenant/oauth2/v2.0/token": lambda *_: Answer(200, '{"access_token": "entra"}'),
            "https://contoso.azurecr.io/oauth2/exchange": lambda *_: Answer(200, '{"refresh_token": "refresh"}'),
        }
    )
    registry.write_config(
        world, tmp_path / "docker", mounted=None, exchange=["contoso.azurecr.io"], environment=identity(tmp_path)
    )
    first, second = (parse_qs(request[2]) for request in world.requests)
    assert first["client_assertion"] == ["federated-token"]
    assert first["scope"] == ["https://containerregistry.azure.net/.default"]
    assert second == {"grant_type": ["access_token"], "service": ["contoso.azurecr.io"], "access_token": ["entra"]}
    written = json.loads((tmp_path / "docker" / "config.json").read_text())
    assert base64.b64decode(written["auths"]["contoso.azurecr.io"]["auth"]) == (
        b"00000000-0000-0000-0000-000000000000:refresh"
    )


def test_a_token_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    absent = tmp_path / "absent"
    variables = {
        "AZURE_CLIENT_ID": "a",
        "AZURE_TENANT_ID": "b",
        "AZURE_FEDERATED_TOKEN_FILE": str(absent),
        "AZURE_AUTHORITY_HOST": "https://login.example.com/",
    }
    with pytest.raises(Failed, match=r"^workload identity: .*absent cannot be read: No such file"):
        registry.write_config(
            FakeWorld(), tmp_path / "d", mounted=None, exchange=["a.azurecr.io"], environment=variables
        )
    git = Git(url="https://git.example.com/x", ref="main", subfolder="", token_file=str(absent))
    with pytest.raises(Permanent, match=r"^context\.tokenSecret: .*absent cannot be read: .*the key `absent`"):
        context.prepare(FakeWorld(), git, tmp_path / "context")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (
            Answer(401, '{"error": "invalid_client", "error_description": "AADSTS70021: No match.\\nTrace"}'),
            "AADSTS70021",
        ),
        (Answer(500, "<html>"), "HTTP 500"),
        (Answer(200, "[]"), "HTTP 200"),
    ],
)
def test_a_refused_exchange_is_told_in_the_servers_words_and_without_tokens(
    tmp_path: Path, answer: Answer, said: str
) -> None:
    world = FakeWorld(servers={"https://login.example.com/": lambda *_: answer})
    with pytest.raises(Failed, match=said) as failed:
        registry.write_config(
            world, tmp_path, mounted=None, exchange=["contoso.azurecr.io"], environment=identity(tmp_path)
        )
    assert "federated-token" not in str(failed.value)


def test_a_pod_without_the_webhooks_variables_is_told_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(Failed, match=r"AZURE_CLIENT_ID.*azure\.workload\.identity/use"):
        registry.write_config(FakeWorld(), tmp_path, mounted=None, exchange=["contoso.azurecr.io"], environment={})


def git(folder: Path, **changes: Any) -> dict[str, Any]:
    (folder / "token").write_text(f"{SECRET}\n")
    return {
        "kind": "git",
        "url": "https://example.com/contoso/web",
        "ref": "v1",
        "subfolder": "app",
        "token_file": str(folder / "token"),
        **changes,
    }


def cloned(command: Sequence[str], _: Mapping[str, str]) -> Finished:
    folder = Path(command[command.index("-C") + 1])
    (folder / "app").mkdir()
    (folder / "app" / "Dockerfile").write_text("FROM x\n")
    (folder / ".git").mkdir()
    return Finished(0, "")


def test_a_repository_is_fetched_with_a_token_that_only_git_sees_and_for_its_server_alone(tmp_path: Path) -> None:
    commands = {"init": lambda *_: Finished(0, ""), "fetch": cloned, "checkout": lambda *_: Finished(0, "")}
    world = FakeWorld({**docker(), **commands, "rev-parse": lambda *_: Finished(0, "c0ffee\n")})
    assert run(world, asked(tmp_path, context=git(tmp_path))) == 0
    assert SECRET not in world.everything()
    fetch = next(index for index, command in enumerate(world.ran) if "fetch" in command)
    assert world.ran[fetch][-3:] == ["--", "https://example.com/contoso/web", "v1"]
    assert world.environments[fetch]["GIT_CONFIG_KEY_0"] == "http.https://example.com/.extraHeader"
    header = world.environments[fetch]["GIT_CONFIG_VALUE_0"]
    assert base64.b64decode(header.split()[-1]).decode() == f"buildfleet:{SECRET}"
    assert not [e for c, e in zip(world.ran, world.environments, strict=True) if c[0] == "docker" and "GIT" in str(e)]
    assert json.loads(world.lines[1])["commit"] == "c0ffee"


def test_a_folder_outside_of_the_repository_is_refused(tmp_path: Path) -> None:
    commands = {"init": lambda *_: Finished(0, ""), "fetch": cloned, "checkout": lambda *_: Finished(0, "")}
    world = FakeWorld({**docker(), **commands, "rev-parse": lambda *_: Finished(0, "c0ffee\n")})
    assert run(world, asked(tmp_path, context=git(tmp_path, subfolder="../.."))) == 2
    assert "context.subfolder" in world.last()["reason"]


@pytest.mark.parametrize("key", ["url", "ref"])
def test_what_git_would_take_for_an_option_is_refused(tmp_path: Path, key: str) -> None:
    world = FakeWorld(docker())
    assert run(world, asked(tmp_path, context=git(tmp_path, **{key: "--upload-pack=calc.exe"}))) == 2
    assert world.ran == []


def account(folder: Path) -> Path:
    for name, text in (("token", "api-token"), ("namespace", "docker-builds"), ("ca.crt", "")):
        (folder / name).write_text(text)
    return folder


def test_the_digest_is_noted_on_the_builds_own_job(tmp_path: Path) -> None:
    world = FakeWorld(servers={"https://": lambda *_: Answer(200, "{}")})
    job = Job(name="web-1", annotation="buildfleet.dev/image-digest")
    environment = {"KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443"}
    assert note(world, job, DIGEST, environment=environment, account=account(tmp_path)) is None
    ((method, url, body, headers, authority),) = world.requests
    assert (method, url.split("?")[0]) == (
        "PATCH",
        "https://[fd00::1]:443/apis/batch/v1/namespaces/docker-builds/jobs/web-1",
    )
    assert json.loads(body) == {"metadata": {"annotations": {"buildfleet.dev/image-digest": DIGEST}}}
    assert headers["Authorization"] == "Bearer api-token"
    assert authority == tmp_path / "ca.crt"


def test_a_digest_that_cannot_be_noted_is_no_failure_of_the_build(tmp_path: Path) -> None:
    world = FakeWorld(docker())
    job = {"name": "web-1", "annotation": "buildfleet.dev/image-digest"}
    assert run(world, asked(tmp_path, job=job)) == 0
    line = json.loads(world.lines[-2])
    assert line["digest"] == DIGEST
    assert line["not_noted"]


def smoke(folder: Path) -> Path:
    path = folder / "smoke.json"
    path.write_text(json.dumps({"format": 1, "image": "x:ltsc2022", "engine_wait_seconds": 10}))
    return path


def test_a_smoke_test_pulls_and_runs_an_image(tmp_path: Path) -> None:
    world = FakeWorld(docker())
    assert run(world, smoke(tmp_path), "smoke") == 0
    assert world.ran[1:] == [
        ["docker", "pull", "x:ltsc2022"],
        ["docker", "run", "--rm", "x:ltsc2022", "cmd", "/c", "echo", "the", "engine", "runs", "containers"],
    ]
    assert world.last() == {"image": "x:ltsc2022", "version": "29.2.1"}


@pytest.mark.parametrize(
    ("command", "ended", "said"),
    [
        ("docker pull", Finished(1, "i/o timeout"), "cannot be pulled"),
        ("docker run", Finished(0, "something else"), "did not run"),
        ("docker run", Finished(125, "hcs: failed"), "did not run"),
    ],
)
def test_a_smoke_test_that_fails_says_at_which_step_and_why(
    tmp_path: Path, command: str, ended: Finished, said: str
) -> None:
    world = FakeWorld({**docker(), command: lambda *_: ended})
    assert run(world, smoke(tmp_path), "smoke") == 1
    assert said in world.last()["reason"]
    assert ended.output in world.last()["reason"]


def test_a_request_of_another_release_is_refused(tmp_path: Path) -> None:
    for changes in ({"format": 2}, {"colour": "red"}, {"context": {"kind": "tar"}}, {"tags": []}):
        with pytest.raises(InvalidRequest):
            read_build(asked(tmp_path, **changes))
    (tmp_path / "request.json").write_text("{")
    with pytest.raises(InvalidRequest, match="not JSON"):
        read_smoke(tmp_path / "request.json")
    with pytest.raises(InvalidRequest, match="cannot be read"):
        read_smoke(tmp_path / "absent.json")


@pytest.mark.parametrize(
    ("tag", "name"),
    [("a.io/b:1", "a.io/b"), ("a.io:5000/b", "a.io:5000/b"), ("a.io:5000/b:1", "a.io:5000/b"), ("b", "b")],
)
def test_an_images_repository_is_told_from_its_port_and_its_tag(tag: str, name: str) -> None:
    assert steps.repository(tag) == name


class Trust:
    """A TLS context that only remembers what it is to trust."""

    def __init__(self, cafile: str | None = None) -> None:
        self.trusted = [cafile]

    def load_verify_locations(self, cafile: str) -> None:
        self.trusted.append(cafile)


def test_the_cloud_is_trusted_by_gits_roots_too_and_the_api_server_by_its_own_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Trust] = []

    def unreachable(*_: Any, context: Trust, **__: Any) -> None:
        made.append(context)
        raise OSError("no route to host")

    bundle = tmp_path / "ca-bundle.crt"
    bundle.touch()
    monkeypatch.setattr(windows, "CA_BUNDLE", bundle)
    monkeypatch.setattr("image_build.windows.ssl.create_default_context", Trust)
    monkeypatch.setattr(windows, "urlopen", unreachable)
    for authority in (None, tmp_path / "ca.crt"):
        with pytest.raises(Away, match="no route to host"):
            Windows().request("POST", "https://example.com", body="", headers={}, authority=authority)
    assert [one.trusted for one in made] == [[None, str(bundle)], [str(tmp_path / "ca.crt")]]


def test_a_real_process_is_shown_kept_and_ended_in_time(capfd: pytest.CaptureFixture[str]) -> None:
    world = Windows()
    spoken = world.run([sys.executable, "-c", "import os; print(os.environ['A'])"], environment={"A": "b"}, shown=True)
    assert spoken == Finished(0, "b\n")
    assert capfd.readouterr().err == "b\n"
    ended = world.run([sys.executable, "-c", "import time; time.sleep(60)"], seconds=0.2)
    assert ended.code == 124
    assert world.run(["/nowhere/docker"]).code == 127
