"""The ready files for GitHub Actions and Azure Pipelines: what each lane may do, and that its steps are ours."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import check_jsonschema
import jsonschema
import pytest

from tests.unit.review.pipeline_files import AZURE, GITHUB, PIPELINES, azure, azure_jobs, commands, github, github_jobs

ROOT = PIPELINES.parent
MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = set(re.findall(r"^([a-z-]+):.*##", MAKEFILE, re.MULTILINE))
COMMAND = re.compile(
    r"make(?: -C \S+)? -f Makefile (?P<target>[a-z-]+)(?: [A-Z]+=\S+)*|pulumi (?:preview|up) --\S.*"
    r"|git(?: -C \S+)? worktree add .*|gh api .*|exit 1"
)
# The action, by whose version: a fork of an action under the same commit would be another one.
ACTIONS = {
    "actions/cache",
    "actions/cache/restore",
    "actions/checkout",
    "actions/download-artifact",
    "actions/setup-go",
    "actions/setup-python",
    "actions/upload-artifact",
    "azure/login",
    "pulumi/actions",
}

NAMES = [path.name for path in [*GITHUB, *AZURE]]


def schema(name: str) -> Any:
    folder = Path(check_jsonschema.__file__).parent / "builtin_schemas" / "vendor"
    return json.loads((folder / f"{name}.json").read_text())


def test_there_are_files_for_every_lane_of_both_systems() -> None:
    assert {"github-preview-fork.yml", "github-comment.yml", "github-preview-branch.yml"} <= set(NAMES)
    assert {"github-drift.yml", "github-deploy.yml", "github-deploy-stack.yml"} <= set(NAMES)
    assert {f"azure-pipelines-{lane}.yml" for lane in ("pr", "pr-stages", "drift", "deploy")} <= set(NAMES)


@pytest.mark.parametrize("path", GITHUB, ids=lambda path: path.name)
def test_a_workflow_is_one_by_githubs_schema(path: Path) -> None:
    problems = list(jsonschema.Draft7Validator(schema("github-workflows")).iter_errors(github(path)))
    assert not problems, problems[0]


@pytest.mark.parametrize("path", AZURE, ids=lambda path: path.name)
def test_a_pipeline_is_one_by_azures_schema_with_its_loops_written_out(path: Path) -> None:
    problems = list(jsonschema.Draft7Validator(schema("azure-pipelines")).iter_errors(azure(path)))
    assert not problems, problems[0]


@pytest.mark.parametrize("path", [*GITHUB, *AZURE], ids=lambda path: path.name)
def test_each_step_is_a_target_of_the_makefile_or_a_command_of_pulumi_or_git(path: Path) -> None:
    found = list(commands(path))
    if path.name not in ("github-deploy.yml", "azure-pipelines-pr.yml"):
        assert found
    for command in found:
        match = COMMAND.fullmatch(" ".join(command.split()))
        assert match, command
        assert match["target"] is None or match["target"] in TARGETS, command


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="needs shellcheck")
@pytest.mark.parametrize("path", [*GITHUB, *AZURE], ids=lambda path: path.name)
def test_every_command_is_clean_shell(path: Path) -> None:
    # Of Azure's macros nothing is in a command: they would be text before the shell saw it.
    script = "\n".join(commands(path))
    assert "$(" not in script
    assert "${{" not in script
    done = subprocess.run(
        ["shellcheck", "--shell", "bash", "-"], input=script, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", GITHUB, ids=lambda path: path.name)
def test_a_workflow_begins_with_no_permission_and_pins_every_action_by_its_commit(path: Path) -> None:
    document = github(path)
    assert document["permissions"] == {}
    for line in path.read_text().splitlines():
        if (found := re.search(r"uses: (\S+?)@(\S+)(.*)", line)) is not None:
            assert found[1] in ACTIONS
            assert re.fullmatch(r"[0-9a-f]{40}", found[2]), line
            assert re.fullmatch(r" # v\d+\.\d+\.\d+", found[3]), line
    for _, job in github_jobs(document):
        assert "permissions" in job
        for step in job.get("steps", []):
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False


def test_one_commit_of_an_action_is_used_everywhere() -> None:
    used: dict[str, set[str]] = {}
    for path in GITHUB:
        for name, commit in re.findall(r"uses: ([a-z]+/[a-z-]+)\S*?@([0-9a-f]{40} # \S+)", path.read_text()):
            used.setdefault(name, set()).add(commit)
    assert {name: len(commits) for name, commits in used.items()} == dict.fromkeys(used, 1)


def secrets_and_rights(document: Mapping[str, Any]) -> list[str]:
    """What a lane for forks may not have."""
    text = json.dumps(document)
    found = re.findall(
        r"secrets\.|github\.token|GITHUB_TOKEN|id-token|vars\.|self-hosted|\"environment\"|: \"write\"", text
    )
    return [*found, *(str(scope) for scope in document["jobs"] if document["jobs"][scope].get("secrets"))]


def test_the_lane_of_forks_has_no_secret_no_login_no_right_to_write_and_no_machine_of_ours() -> None:
    document = github(PIPELINES / "github-preview-fork.yml")
    assert secrets_and_rights(document) == []
    assert set(document["on"]) == {"pull_request"}
    for _, job in github_jobs(document):
        assert job["permissions"] == {"contents": "read"}
        assert job["runs-on"] == "ubuntu-24.04"
    # The same look at a lane that has them finds them.
    assert secrets_and_rights(github(PIPELINES / "github-preview-branch.yml"))


def test_the_lane_that_may_comment_on_forks_checks_out_the_default_branch_and_nothing_else() -> None:
    document = github(PIPELINES / "github-comment.yml")
    assert set(document["on"]) == {"workflow_run"}
    (job,) = document["jobs"].values()
    assert [step["with"]["ref"] for step in job["steps"] if "checkout" in step.get("uses", "")] == [
        "${{ github.event.repository.default_branch }}"
    ]
    assert job["permissions"] == {"actions": "read", "contents": "read", "pull-requests": "write"}
    text = (PIPELINES / "github-comment.yml").read_text()
    # Nothing that the pull request's author chooses is used: neither a branch's name nor a title nor a number.
    assert not re.search(r"workflow_run\.(head_branch|head_sha|head_repository|pull_requests|display_title)", text)


def test_no_workflow_runs_a_pull_requests_code_with_the_rights_of_the_base() -> None:
    for path in GITHUB:
        assert not {"pull_request_target", "issue_comment"} & set(github(path)["on"]), path.name


def test_the_job_that_runs_a_branchs_code_may_not_write_and_the_one_that_may_runs_the_base() -> None:
    jobs = dict(github_jobs(github(PIPELINES / "github-preview-branch.yml")))
    assert jobs["preview"]["permissions"] == {"contents": "read", "id-token": "write"}
    assert jobs["preview"]["environment"] == "${{ matrix.stack }}-preview"
    assert "id-token" not in jobs["gate"]["permissions"]
    checkouts = [step for step in jobs["gate"]["steps"] if "checkout" in step.get("uses", "")]
    assert [step["with"]["ref"] for step in checkouts] == ["${{ github.event.pull_request.base.ref }}"]
    (preview,) = (step["run"] for step in jobs["preview"]["steps"] if step.get("run", "").startswith("pulumi preview"))
    assert '--policy-pack "$GITHUB_WORKSPACE/base/policy"' in preview
    # A run that labels could skip would be a check that passes.
    assert "label" not in json.dumps({name: job["if"] for name, job in jobs.items()})


def test_the_base_of_a_preview_is_that_of_the_merge_and_never_that_of_the_last_push() -> None:
    for name in ("github-preview-branch.yml", "github-preview-fork.yml"):
        assert "base.sha" not in (PIPELINES / name).read_text()
        ran = [command for command in commands(PIPELINES / name) if "worktree" in command]
        assert ran == ['git -C change worktree add --detach "$GITHUB_WORKSPACE/base" HEAD^1']
    for stage, _, steps in azure_jobs(azure(PIPELINES / "azure-pipelines-pr-stages.yml")):
        ran = [step["bash"].split()[-1] for step in steps if "worktree" in step.get("bash", "")]
        assert ran == {"cache": [], "fork": ["HEAD^1"], "preview": ["HEAD^1"]}.get(stage.partition("_")[0], ['"$BASE"'])


def test_nothing_of_a_change_runs_before_the_base_has_read_its_stack_file() -> None:
    ran = list(commands(PIPELINES / "github-preview-branch.yml"))
    first = next(one for one in ran if one.startswith("make -C change") or "policy-config" in one)
    assert first.startswith("make -C base")
    for stage, _, steps in azure_jobs(azure(PIPELINES / "azure-pipelines-pr-stages.yml")):
        if stage.startswith("preview"):
            made = [step["bash"] for step in steps if "make" in step.get("bash", "")]
            assert made[-1] == "make -f Makefile environment"
            assert all(one.startswith('make -C "$PIPELINE_WORKSPACE/base" ') for one in made[:-1])


def test_what_a_ruleset_asks_for_has_one_name_and_is_there_for_forks_too() -> None:
    jobs = dict(github_jobs(github(PIPELINES / "github-preview-branch.yml")))
    reviewed = jobs["reviewed"]
    assert (reviewed["name"], reviewed["if"], reviewed["needs"]) == ("reviewed", "always()", ["preview", "gate"])
    assert "strategy" not in reviewed
    assert [step["run"] for step in reviewed["steps"]][-1] == "exit 1"
    docs = (ROOT / "docs" / "pull-requests.md").read_text()
    assert "check `reviewed`" in docs
    assert "`gate prod`" not in docs


def test_what_is_deployed_is_previewed_in_the_same_way() -> None:
    stacks = set(github(PIPELINES / "github-deploy.yml")["jobs"])
    for name in ("github-preview-branch.yml", "github-drift.yml"):
        for _, job in github_jobs(github(PIPELINES / name)):
            assert set(job.get("strategy", {}).get("matrix", {}).get("stack", stacks)) == stacks
    assert github(PIPELINES / "github-deploy.yml")["concurrency"]["queue"] == "max"
    for path in [*GITHUB, *AZURE]:
        for command in commands(path):
            if command.startswith("pulumi preview"):
                assert "--refresh" in command, path.name
    docs = (ROOT / "docs" / "pull-requests.md").read_text()
    assert {f"`{stack}{lane}`" for stack in stacks for lane in ("", "-drift", "-preview")} <= set(
        re.findall(r"`[a-z-]+`", docs)
    )


def test_gates_of_real_stacks_take_no_log_of_a_rehearsal() -> None:
    for path in [*GITHUB, *AZURE]:
        for command in commands(path):
            if re.search(r" gate\b", command):
                assert "REAL=1" in command, (path.name, command)


def test_logs_of_real_stacks_do_not_outlive_their_run() -> None:
    text = (PIPELINES / "github-preview-branch.yml").read_text()
    assert "retention-days: 1" in text
    jobs = dict(github_jobs(github(PIPELINES / "github-preview-branch.yml")))
    assert "--method DELETE" in jobs["reviewed"]["steps"][0]["run"]
    assert [name for name, job in jobs.items() if "actions" in job["permissions"]] == ["reviewed"]


def test_on_main_azures_pipeline_fills_the_cache_that_its_pull_requests_read() -> None:
    stages = {stage: steps for stage, _, steps in azure_jobs(azure(PIPELINES / "azure-pipelines-pr-stages.yml"))}
    [filled], [read] = (
        [step["inputs"] for step in stages[stage] if step.get("task") == "Cache@2"] for stage in ("cache", "fork")
    )
    assert filled == read
    assert [step["bash"] for step in stages["cache"] if "bash" in step] == [
        "make -f Makefile environment",
        "make -f Makefile tools",
    ]


def test_lanes_of_real_stacks_in_azure_look_first_for_what_their_machine_lacks() -> None:
    for path in AZURE:
        for stage, job, steps in azure_jobs(azure(path)):
            if job["pool"] != {"vmImage": "ubuntu-24.04"}:
                first = next(step["bash"] for step in steps if "make" in step.get("bash", ""))
                assert first.endswith(" machine"), (path.name, stage)


@pytest.mark.parametrize("lacks", ["az", "kubelogin", "pulumi", None])
def test_a_machine_is_told_all_that_it_lacks_in_one_line(lacks: str | None, tmp_path: Path) -> None:
    pinned = re.search(r"pulumi/pkg/v3 (v\S+)", (ROOT / "toolchain/modules/pulumi/go.mod").read_text())
    assert pinned
    for name in ("az", "kubelogin", "pulumi"):
        file = tmp_path / name
        file.write_text(f"#!/bin/sh\necho {'v3.0.0' if name == lacks else pinned[1]}\n")
        file.chmod(0o755)
    if lacks in ("az", "kubelogin"):
        (tmp_path / lacks).unlink()
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    command = ["make", "machine", f"PYTHON={sys.executable}"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if lacks is None:
        assert done.returncode == 0, done.stderr
        return
    what = f"Pulumi {pinned[1]}" if lacks == "pulumi" else lacks
    assert done.returncode != 0
    assert f"This machine lacks: {what}. Put" in done.stderr


@pytest.mark.parametrize("judged", [True, False])
def test_a_review_without_a_policy_pack_says_so_first_and_fails(judged: bool, tmp_path: Path) -> None:
    stub = tmp_path / "python"
    stub.write_text(f'#!/bin/sh\necho "ran $*"\n[ $2 != infra.policy_config ] || exit {0 if judged else 1}\n')
    stub.chmod(0o755)
    variables = [f"VENV={stub}", "PREPARE=true", "ENVIRONMENT=true", "REVIEW=true", f"POLICY={tmp_path}/policy.json"]
    done = subprocess.run(["make", "review", *variables], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "ran -m sandbox preview" in done.stdout
    assert (done.returncode == 0) == judged
    assert ("No policy pack was run" in done.stderr) != judged
    assert ("--policy-pack" in done.stdout) == judged


def test_no_paper_shows_a_deployment_that_goes_past_the_gate_or_an_action_that_is_not_pinned() -> None:
    for paper in [*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")]:
        assert not re.search(r"--skip-preview|pulumi up .*--yes|uses: \S+@v", paper.read_text()), paper.name


def test_every_job_has_an_end_and_every_workflow_knows_what_may_run_at_once() -> None:
    for path in GITHUB:
        document = github(path)
        for name, job in github_jobs(document):
            assert "timeout-minutes" in job or "uses" in job, (path.name, name)
        if path.name not in ("github-comment.yml", "github-deploy-stack.yml"):
            assert "concurrency" in document, path.name
    for path in AZURE:
        for _, job, _ in azure_jobs(azure(path)):
            assert "timeoutInMinutes" in job or "deployment" in job, path.name
    for name in ("github-deploy.yml", "github-drift.yml"):
        assert github(PIPELINES / name)["concurrency"]["cancel-in-progress"] is False


def test_an_update_comes_after_a_plan_the_gate_and_the_reviewers_of_its_environment() -> None:
    jobs = dict(github_jobs(github(PIPELINES / "github-deploy-stack.yml")))
    assert jobs["up"]["needs"] == "plan"
    assert jobs["up"]["environment"] == "${{ inputs.stack }}"
    for job in jobs.values():
        ran = [step["run"] for step in job["steps"] if "run" in step]
        order = [run.split()[3 if run.startswith("make") else 1] for run in ran]
        assert [one for one in order if one in ("preview", "approvals", "gate")] == ["preview", "approvals", "gate"]
    assert [run for run in ran if run.startswith("pulumi up")] == [ran[-1]]
    stages = [(stage, job, steps) for stage, job, steps in azure_jobs(azure(PIPELINES / "azure-pipelines-deploy.yml"))]
    assert [stage for stage, _, _ in stages] == ["plan_test", "up_test", "plan_prod", "up_prod"]
    for stage, job, _ in stages:
        assert ("environment" in job) == stage.startswith("up_")


def test_in_azure_the_lane_of_forks_has_no_service_connection_and_no_token() -> None:
    document = azure(PIPELINES / "azure-pipelines-pr-stages.yml")
    forks = [(job, steps) for stage, job, steps in azure_jobs(document) if stage == "fork"]
    others = [(job, steps) for stage, job, steps in azure_jobs(document) if stage.startswith("preview")]
    assert len(forks) == 2
    for job, steps in forks:
        text = json.dumps([job, steps])
        assert job["pool"] == {"vmImage": "ubuntu-24.04"}
        assert not re.search(r"AzureCLI|azureSubscription|AccessToken|environment\"|group\"|secret", text)
    assert "azureSubscription" in json.dumps(others)
    for _, _, steps in azure_jobs(document):
        assert all(step["persistCredentials"] == "false" for step in steps if "checkout" in step)


def test_who_approves_in_azure_approves_the_digest_of_that_run() -> None:
    stages = {
        stage: (job, steps) for stage, job, steps in azure_jobs(azure(PIPELINES / "azure-pipelines-pr-stages.yml"))
    }
    job, steps = stages["replace_prod"]
    assert job["environment"] == "prod-replace"
    assert job["variables"]["DIGEST"] == "$[stageDependencies.judge_prod.gate.outputs['gate.destroys']]"
    assert steps[-1]["bash"].endswith(" gate REAL=1")
    judge, judged = stages["judge_prod"]
    assert judge["job"] == "gate"
    assert judged[-1]["name"] == "gate"


def test_zizmor_finds_nothing() -> None:
    command = [
        str(Path(sys.executable).with_name("zizmor")),
        "--offline",
        "--no-progress",
        "--quiet",
        "--color",
        "never",
    ]
    done = subprocess.run([*command, *map(str, GITHUB)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_cli_that_the_pipelines_install_is_the_pinned_one() -> None:
    pinned = re.search(r"pulumi/pkg/v3 v(\S+)", (ROOT / "toolchain/modules/pulumi/go.mod").read_text())
    assert pinned
    found = {version for path in GITHUB for version in re.findall(r"pulumi-version: (\S+)", path.read_text())}
    assert found == {pinned[1]}
    go = re.search(r"^go (\S+)", (ROOT / "toolchain/modules/pulumi/go.mod").read_text(), re.MULTILINE)
    assert go
    assert f"version: {go[1]}" in (PIPELINES / "azure-pipelines-pr-stages.yml").read_text()
