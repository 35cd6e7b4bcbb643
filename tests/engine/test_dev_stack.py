"""The main job, as a user runs it: `up`, again, repair, refresh, `down` of the dev stack in a sandbox of its own.

The tests of this file share one sandbox and run in order; each says what the stack does at that point of its life.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.control_plane import Binaries
from tests.engine.driver import Sandbox, changes

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory, binaries: Binaries) -> Iterator[Sandbox]:
    folder = tmp_path_factory.mktemp("sandbox")
    sandbox = Sandbox(folder, binaries.kubectl)
    yield sandbox
    sandbox.erase()


@pytest.fixture(scope="module")
def first_up(sandbox: Sandbox) -> subprocess.CompletedProcess[str]:
    done = sandbox.run("up")
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def running_commands() -> str:
    """The command lines of every process, one a line; read from /proc, since `ps` is not everywhere."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return "\n".join(lines)


def test_up_ends_with_a_table_that_says_what_runs_where_and_what_is_simulated(
    first_up: subprocess.CompletedProcess[str],
) -> None:
    assert "What runs where in stack dev" in first_up.stdout
    assert re.search(r"docker-engine-win22 +2/2 +akswin22\d+, akswin22\d+", first_up.stdout)
    # By the supervisors' own word, which they only have once a container ran on their engine.
    assert len(re.findall(r"^  akswin2[25]\d+  29\.2\.1, \d+ GiB free$", first_up.stdout, re.MULTILINE)) == 3
    assert "Windows and the engine below it are simulated" in first_up.stdout
    assert "make down STACK=dev" in first_up.stdout


def test_up_says_which_engine_host_and_provider_served_it(first_up: subprocess.CompletedProcess[str]) -> None:
    assert "language host:" in first_up.stdout
    assert "kubernetes provider:" in first_up.stdout


def test_the_engine_runs_on_each_windows_build_node_and_nowhere_else(
    sandbox: Sandbox, first_up: subprocess.CompletedProcess[str]
) -> None:
    windows = {node["metadata"]["name"] for node in sandbox.items("nodes", "-l", "kubernetes.io/os=windows")}
    pods = sandbox.items("pods", "-n", "docker-engine")
    assert len(windows) == 3
    assert sorted(pod["spec"]["nodeName"] for pod in pods) == sorted(windows)
    assert {pod["status"]["phase"] for pod in pods} == {"Running"}


@pytest.mark.parametrize(("agents", "pool", "count"), [("windows-docker", "win22", 2), ("linux-docker", "lin", 2)])
def test_agents_run_on_the_nodes_of_their_pool(
    sandbox: Sandbox, first_up: subprocess.CompletedProcess[str], agents: str, pool: str, count: int
) -> None:
    nodes = {node["metadata"]["name"] for node in sandbox.items("nodes", "-l", f"agentpool={pool}")}
    pods = sandbox.items("pods", "-n", "azdo-agents-docker", "-l", f"buildfleet.dev/agent-pool={agents}")
    assert len(pods) == count
    assert {pod["spec"]["nodeName"] for pod in pods} <= nodes
    assert {pod["status"]["phase"] for pod in pods} == {"Running"}


def test_scale_sets_scaled_jobs_and_hook_templates_exist(
    sandbox: Sandbox, first_up: subprocess.CompletedProcess[str]
) -> None:
    sets = {item["metadata"]["name"] for item in sandbox.items("autoscalingrunnersets", "-A")}
    jobs = {item["metadata"]["name"] for item in sandbox.items("scaledjobs", "-A")}
    hooks = sandbox.items("configmaps", "-n", "github-runners-docker", "-l", "app.kubernetes.io/part-of=buildfleet")
    assert sets == {"app-1", "app-2", "app-dind", "app-jobs", "app-windows"}
    assert jobs == {"windows-burst", "linux-buildkit", "linux-plain"}
    assert len(hooks) == 2


def test_a_second_up_changes_nothing(sandbox: Sandbox, first_up: subprocess.CompletedProcess[str]) -> None:
    done = sandbox.run("up")
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(changes(done.stdout)) == {"unchanged"}


def test_two_previews_of_the_same_stack_file_are_the_same_byte_for_byte(
    sandbox: Sandbox, first_up: subprocess.CompletedProcess[str]
) -> None:
    def plan() -> str:
        done = sandbox.run("preview")
        assert done.returncode == 0, done.stdout + done.stderr
        # Resources are registered side by side and the engine prints each as it comes: only their order may differ.
        return "\n".join(sorted(line for line in done.stdout.splitlines() if not line.startswith("Duration")))

    assert plan() == plan()


def test_everything_the_program_emits_is_accepted_by_a_strict_server_side_dry_run(
    sandbox: Sandbox, first_up: subprocess.CompletedProcess[str]
) -> None:
    objects = sandbox.emitted()
    assert len(objects) > 40
    sandbox.dry_run_strictly(objects)


def test_no_placeholder_or_token_is_in_the_state_or_the_output_in_the_clear(
    sandbox: Sandbox, first_up: subprocess.CompletedProcess[str]
) -> None:
    for text in (sandbox.state.read_text(), first_up.stdout, first_up.stderr):
        assert "rehearsal-placeholder" not in text
        assert "cmVoZWFyc2FsLXBsYWNlaG9sZGVy" not in text


def test_a_deleted_daemon_set_is_back_after_the_next_up(
    sandbox: Sandbox, first_up: subprocess.CompletedProcess[str]
) -> None:
    sandbox.kube("delete", "daemonset", "-n", "docker-engine", "docker-engine-win22", "--wait")
    done = sandbox.run("up")
    assert done.returncode == 0, done.stdout + done.stderr
    assert changes(done.stdout).get("created") == 1
    names = {item["metadata"]["name"] for item in sandbox.items("daemonsets", "-n", "docker-engine")}
    assert "docker-engine-win22" in names


def test_down_leaves_no_object_and_no_process(sandbox: Sandbox, first_up: subprocess.CompletedProcess[str]) -> None:
    assert str(sandbox.folder) in running_commands(), (
        "the sandbox runs before, so that its absence afterwards means something"
    )
    done = sandbox.run("down")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no object of the stack is left" in done.stdout
    assert not (sandbox.folder / "dev").exists()
    assert str(sandbox.folder) not in running_commands()
