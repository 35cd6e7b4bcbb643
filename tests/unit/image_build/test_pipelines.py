"""The ready pipelines: that they load, ask for what they need, and run what the Job runs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from image_build import steps

FOLDER = Path(__file__).resolve().parents[3] / "pipelines"
IMAGE = "$env:IMAGE"


def quoted(word: str) -> str:
    """As PowerShell takes a word: what has braces is a block to it, unless it is quoted."""
    return f"'{word}'" if "{" in word else word


COMMANDS = [
    " ".join(map(quoted, command)) for command in (steps.engine_version(), steps.pull(IMAGE), steps.smoke(IMAGE))
]


def loaded(name: str) -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load((FOLDER / name).read_text())
    return found


def azure_steps() -> list[dict[str, Any]]:
    (job,) = loaded("azure-pipelines-engine-smoke.yml")["jobs"]
    found: list[dict[str, Any]] = job["steps"]
    return found


def github_job() -> dict[str, Any]:
    found: dict[str, Any] = loaded("github-engine-smoke.yml")["jobs"]["engine-smoke"]
    return found


def test_both_pipelines_run_the_commands_of_the_job() -> None:
    assert [step["powershell"] for step in azure_steps() if "powershell" in step][1:] == COMMANDS
    assert [step["run"] for step in github_job()["steps"]][1:] == COMMANDS


def test_both_pipelines_look_for_the_pipe_first_and_say_what_is_wrong_without_it() -> None:
    azure = next(step["powershell"] for step in azure_steps() if "checkout" not in step)
    github = github_job()["steps"][0]["run"]
    for script in (azure, github):
        assert r"Test-Path '\\.\pipe\docker_engine'" in script
        assert "Docker engine pipe not available" in script


def test_the_azure_pipeline_runs_on_the_pool_that_it_is_given_and_only_when_asked() -> None:
    pipeline = loaded("azure-pipelines-engine-smoke.yml")
    assert pipeline["trigger"] == pipeline["pr"] == "none"
    assert [one["name"] for one in pipeline["parameters"]] == ["pool", "image"]
    (job,) = pipeline["jobs"]
    assert job["pool"]["name"] == "${{ parameters.pool }}"
    assert job["steps"][0] == {"checkout": "none"}


def test_the_github_workflow_runs_on_the_label_that_it_is_given_with_no_rights() -> None:
    workflow = loaded("github-engine-smoke.yml")
    # YAML 1.1 reads the key `on` as a truth value.
    assert list(workflow[True]["workflow_dispatch"]["inputs"]) == ["runner", "image"]
    assert workflow["permissions"] == {}
    assert github_job()["runs-on"] == "${{ inputs.runner }}"


@pytest.mark.parametrize("name", ["azure-pipelines-engine-smoke.yml", "github-engine-smoke.yml"])
def test_no_input_is_part_of_a_commands_text(name: str) -> None:
    steps_ = azure_steps() if name.startswith("azure") else github_job()["steps"]
    for step in steps_:
        for key in ("script", "powershell", "run"):
            assert "${{" not in step.get(key, "")
            # cmd puts a variable's text into the line before it reads the line.
            assert not re.search("%[A-Z]+%", step.get(key, ""))
        assert "script" not in step, "a script is cmd's"
        assert step.get("shell", "powershell") == "powershell"


@pytest.mark.parametrize("name", ["azure-pipelines-engine-smoke.yml", "github-engine-smoke.yml"])
def test_a_smoke_test_ends_by_itself(name: str) -> None:
    jobs = loaded(name)["jobs"]
    job = jobs[0] if isinstance(jobs, list) else jobs["engine-smoke"]
    assert (job.get("timeoutInMinutes") or job.get("timeout-minutes")) == 30
