"""What the lanes tell the review of themselves, and that no lane deploys what is older than what is deployed."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest

from review.__main__ import main
from tests.unit.review.pipeline_files import PIPELINES, azure, azure_jobs, commands, github, github_jobs

ROOT = PIPELINES.parent


def make(*arguments: str, path: str = "/usr/bin:/bin") -> subprocess.CompletedProcess[str]:
    command = ["make", "-f", "Makefile", *arguments]
    return subprocess.run(command, cwd=ROOT, env={"PATH": path}, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("system", ["github", "azure"])
@pytest.mark.parametrize("origin", ["branch", "fork", "base"])
def test_what_the_makefile_says_to_the_review_is_what_the_review_takes(system: str, origin: str) -> None:
    targets = ("summary", "gate", "comment", "not-older", "drift", "approvals", "review")
    done = make("-n", *targets, "REAL=1", "ASK=1", f"SYSTEM={system}", f"ORIGIN={origin}", "APPROVED=file")
    found = [one for line in done.stdout.replace("\\\n", "").splitlines() for one in re.split(r"; |\|\|?", line)]
    said = [shlex.split(one.partition(" -m review ")[2].partition(" > ")[0]) for one in found if " -m review " in one]
    assert {one[0] for one in said} == {"summary", "gate", "comment", "not-older", "drift", "approvals"}
    for one in said:
        # With --help it ends once all others are understood.
        with pytest.raises(SystemExit) as end, contextlib.redirect_stdout(io.StringIO()):
            main([*one, "--help"])
        assert end.value.code == 0, one
        if one[0] == "summary":
            assert one[one.index("--system") + 1] == system
            assert one[one.index("--origin") + 1] == origin
        if one[0] in ("gate", "comment"):
            assert one[one.index("--system") + 1] == system


def test_each_lane_says_whose_program_it_has_read_and_in_which_system_it_is() -> None:
    branch = dict(github_jobs(github(PIPELINES / "github-preview-branch.yml")))
    assert "ORIGIN" not in branch["gate"]["env"]  # the Makefile's own: branch
    for name in ("github-preview-fork.yml", "github-comment.yml"):
        (job,) = github(PIPELINES / name)["jobs"].values()
        assert job["env"]["ORIGIN"] == "fork"
    assert github(PIPELINES / "github-deploy-stack.yml")["env"]["ORIGIN"] == "base"
    asked = {}
    for file in ("azure-pipelines-pr-stages.yml", "azure-pipelines-deploy.yml"):
        document = azure(PIPELINES / file)
        for stage, job, steps in azure_jobs(document):
            if re.search(r"Makefile (summary|gate|comment|review)", str(steps)):
                known: dict[str, Any] = {**document.get("variables", {}), **job["variables"]}
                assert known["SYSTEM"] == "azure", stage
                asked[stage.partition("_")[0]] = known.get("ORIGIN", "branch")
    assert asked == {"fork": "fork", "judge": "branch", "replace": "branch", "plan": "base", "up": "base"}


def test_no_newer_commit_was_deployed_before_each_plan_and_right_before_each_update() -> None:
    lanes = [job["steps"] for _, job in github_jobs(github(PIPELINES / "github-deploy-stack.yml"))]
    lanes += [steps for _, _, steps in azure_jobs(azure(PIPELINES / "azure-pipelines-deploy.yml"))]
    for steps in lanes:
        # Whether a commit is an ancestor is not to be seen in a part of the history.
        (depth,) = (step.get("fetchDepth", step.get("with", {}).get("fetch-depth")) for step in steps if fetches(step))
        assert str(depth) == "0"
        ran = [step.get("run", step.get("bash", step.get("inputs", {}).get("inlineScript", ""))) for step in steps]
        ran = [one for one in ran if one]
        asked = [index for index, one in enumerate(ran) if one == "make -f Makefile not-older REAL=1"]
        updates = [index for index, one in enumerate(ran) if one.startswith("pulumi up")]
        if updates:
            assert [index + 1 for index in asked] == updates
        else:
            (preview,) = (index for index, one in enumerate(ran) if one.startswith("pulumi preview"))
            assert len(asked) == 1
            assert asked[0] < preview


def fetches(step: dict[str, Any]) -> bool:
    return "checkout" in step or step.get("uses", "").startswith("actions/checkout@")


def stubs(folder: Path, history: str) -> tuple[str, str]:
    """A `pulumi` that says this, and a review that tells what it was given."""
    (folder / "pulumi").write_text(f'#!/bin/sh\necho "pulumi $*" >&2\n{history}\n')
    (folder / "review").write_text('#!/bin/sh\necho "review $*"; cat\n')
    for name in ("pulumi", "review"):
        (folder / name).chmod(0o755)
    return f"{folder}:/usr/bin:/bin", f"REVIEW={folder}/review"


def test_the_review_is_asked_with_the_last_entries_of_the_real_stacks_history(tmp_path: Path) -> None:
    path, review = stubs(tmp_path, "echo '[{\"version\": 3}]'")
    done = make("not-older", "STACK=prod", "REAL=1", review, path=path)
    assert done.returncode == 0
    assert done.stderr == "pulumi stack history --stack prod --json --page-size 25\n"
    assert done.stdout == 'review not-older --stack prod --history -\n[{"version": 3}]\n'


def test_a_history_that_could_not_be_read_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    path, review = stubs(tmp_path, "exit 6")
    done = make("not-older", "STACK=prod", "REAL=1", review, path=path)
    assert done.returncode != 0
    assert "review" not in done.stdout
    done = make("not-older", "STACK=prod", review, path=path)
    assert done.returncode != 0
    assert "REAL=1" in done.stderr


def test_logs_that_could_not_be_deleted_fail_the_run() -> None:
    (step,) = (
        step
        for _, job in github_jobs(github(PIPELINES / "github-preview-branch.yml"))
        for step in job["steps"]
        if "--method DELETE" in step.get("run", "")
    )
    # Only a shell that is named has pipefail: https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax
    assert step["shell"] == "bash"
    assert "artifacts?per_page=100" in step["run"]
    script = f"gh() {{ echo broken >&2; return 1; }}; {step['run']}"
    for options, code in ((["-eo", "pipefail"], 1), (["-e"], 0)):
        done = subprocess.run(["bash", *options, "-c", script], capture_output=True, text=True, check=False)
        assert (done.returncode != 0) == bool(code)


def test_azure_takes_the_stages_of_a_pull_request_from_main() -> None:
    document = azure(PIPELINES / "azure-pipelines-pr.yml")
    (repository,) = document["resources"]["repositories"]
    assert (repository["type"], repository["ref"]) == ("git", "refs/heads/main")
    file, _, alias = document["extends"]["template"].partition("@")
    assert alias == repository["repository"]
    assert (ROOT / file).is_file()
    # Variables of the file that a pull request may change reach every step; those of a job win.
    assert not {"variables", "parameters", "stages", "jobs"} & set(document)
    assert "variables" not in azure(ROOT / file)
    # A pull request could give the stages no stack to judge, or a machine of its author's to log in from.
    text = (ROOT / file).read_text()
    assert not re.search("parameters", re.sub(r"(?m)^ *#.*$", "", text))
    assert re.findall(r"each stack in (.+?) \}\}", text) == ["split('dev,aks', ',')", "split('test,prod', ',')"]
    loops = ("${{ stack }}", "${{ replace(stack, '-', '_') }}", "${{ each stack in ")
    assert all(one.startswith(loops) for one in re.findall(r"\$\{\{.*", text))
    assert f"path `{file}`" in (ROOT / "docs" / "pull-requests.md").read_text()
    for stage, job, steps in azure_jobs(azure(ROOT / file)):
        if "$BASE" in str(steps):
            assert job["variables"]["BASE"] == "origin/main", stage
        if "pulumi " in str(steps):
            assert job["variables"]["PULUMI_BACKEND_URL"].startswith("azblob://"), stage
        assert not {"vmImage", "name"}.isdisjoint(job["pool"]), stage
    assert not list(commands(PIPELINES / "azure-pipelines-pr.yml"))
