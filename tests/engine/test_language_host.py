"""The stand-in language host, driven by the real engine."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from sandbox.plugins.install import Installed
from tests.engine.pulumi_cli import Project, interrupt, make_installed

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def installed(home: Path) -> Installed:
    return make_installed(home, {"BUILDFLEET_LANGUAGE_HOST": "stand-in"})


@pytest.fixture
def project(tmp_path: Path, installed: Installed, home: Path) -> Project:
    return Project(tmp_path / "project", installed, home, {})


@pytest.fixture
def other_interpreter(project: Project) -> Project:
    """The same packages by another path, which the host must take for another environment."""
    python = project.folder / "other" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    project.write_settings({"virtualenv": "other"})
    return project


def test_a_program_gets_its_settings_and_its_outputs_are_kept(project: Project) -> None:
    project.run("config", "set", "plain", "a value")
    project.run("config", "set", "--secret", "hidden", "a secret value")
    project.write(
        """
        import os
        import pulumi

        config = pulumi.Config()
        pulumi.export("plain", config.require("plain"))
        pulumi.export("hidden", config.require_secret("hidden"))
        pulumi.export("is_secret", pulumi.Output.from_input(config.require_secret("hidden")).is_secret())
        pulumi.export("where", [pulumi.get_project(), pulumi.get_stack(), pulumi.get_organization()])
        pulumi.export("dry", pulumi.runtime.is_dry_run())
        pulumi.export("directory", os.getcwd())
        pulumi.export("root", pulumi.runtime.get_root_directory())
        """
    )
    assert "a secret value" not in project.up().output
    outputs = project.run("stack", "output", "--json").output
    assert '"plain": "a value"' in outputs
    assert '"hidden": "[secret]"' in outputs
    assert '"dry": false' in outputs
    assert '"is_secret": true' in outputs
    assert "trial" in outputs
    assert f'"directory": "{project.folder}"' in outputs
    assert f'"root": "{project.folder}"' in outputs


def test_main_names_the_folder_of_the_program_and_its_modules_are_found_there(project: Project) -> None:
    project.write_settings({"virtualenv": sys.prefix}, main="infra")
    project.write("import neighbour\nimport pulumi\npulumi.export('answer', neighbour.ANSWER)\n", "infra/__main__.py")
    project.write("ANSWER = 42\n", "infra/neighbour.py")
    assert "answer: 42" in project.up().output


def test_a_program_does_not_find_the_hosts_own_checkout(project: Project) -> None:
    project.write("import components\n")
    outcome = project.preview()
    assert outcome.code != 0
    assert "No module named 'components'" in outcome.output


@pytest.mark.parametrize("fixture", ["project", "other_interpreter"])
def test_a_failing_program_shows_its_traceback_once_and_ends_at_once(
    request: pytest.FixtureRequest, fixture: str
) -> None:
    failing: Project = request.getfixturevalue(fixture)
    failing.write("def broken():\n    raise ValueError('the cause')\n\nbroken()\n")
    start = time.monotonic()
    outcome = failing.run("preview")
    assert outcome.code != 0
    assert outcome.output.count("ValueError: the cause") == 1
    assert "__main__.py" in outcome.output
    assert "language_host" not in outcome.output
    assert "runpy" not in outcome.output
    assert time.monotonic() - start < 4, "the engine waits five seconds for a host that does not end"


def test_a_failure_inside_an_apply_is_told_too(project: Project) -> None:
    project.write("import pulumi\npulumi.Output.from_input(1).apply(lambda n: n / 0)\n")
    outcome = project.run("preview")
    assert outcome.code != 0
    assert "ZeroDivisionError" in outcome.output


def test_a_run_error_is_its_message_without_a_traceback(project: Project) -> None:
    project.write("import pulumi\nraise pulumi.RunError('correct nodePools[0].name')\n")
    outcome = project.run("preview")
    assert outcome.code != 0
    details = outcome.output.partition("Diagnostics:")[2]
    assert details.count("correct nodePools[0].name") == 1
    assert "Traceback" not in outcome.output


def test_an_exit_code_is_an_error_and_exit_zero_is_none(project: Project) -> None:
    project.write("raise SystemExit(3)\n")
    outcome = project.run("preview")
    assert outcome.code != 0
    assert "non-zero exit code: 3" in outcome.output
    project.write("raise SystemExit(0)\n")
    assert project.run("preview").code == 0


@pytest.mark.parametrize("fixture", ["project", "other_interpreter"])
def test_prints_appear_as_they_are(request: pytest.FixtureRequest, fixture: str) -> None:
    printing: Project = request.getfixturevalue(fixture)
    printing.write("import sys\nprint('to the output')\nprint('to the errors', file=sys.stderr)\n")
    outcome = printing.run("preview")
    assert outcome.code == 0, outcome.output
    assert "to the output" in outcome.output
    assert "to the errors" in outcome.output


def test_another_interpreter_runs_the_program_in_a_process_of_its_own(other_interpreter: Project) -> None:
    other_interpreter.run("config", "set", "--secret", "hidden", "a secret value")
    other_interpreter.write(
        """
        import pulumi
        import sys

        hidden = pulumi.Config().require_secret("hidden")
        pulumi.export("hidden", hidden)
        pulumi.export("known", hidden.apply(lambda text: text == "a secret value"))
        pulumi.export("found", "sandbox.plugins.language_host.servicer" in sys.modules)
        """
    )
    assert "a secret value" not in other_interpreter.up().output
    outputs = other_interpreter.run("stack", "output", "--json", "--show-secrets").output
    assert '"known": true' in outputs
    assert '"found": false' in outputs


def test_an_environment_that_is_not_there_is_one_sentence(project: Project) -> None:
    project.write_settings({"virtualenv": "nowhere"})
    project.write("")
    outcome = project.run("preview")
    assert outcome.code != 0
    assert "runtime.options.virtualenv is nowhere" in outcome.output
    assert "python -m venv" in outcome.output


def test_a_program_that_never_ends_is_ended_by_ctrl_c(project: Project) -> None:
    project.write("import time\nprint('it runs', flush=True)\ntime.sleep(600)\n")
    process = project.start("preview")
    assert process.stdout is not None
    while "it runs" not in process.stdout.readline():
        assert process.poll() is None
    start = time.monotonic()
    assert interrupt(process).code != 0
    assert time.monotonic() - start < 10


@pytest.mark.parametrize("fixture", ["project", "other_interpreter"])
def test_nothing_goes_on_when_the_engine_is_killed(request: pytest.FixtureRequest, fixture: str) -> None:
    killed: Project = request.getfixturevalue(fixture)
    killed.write("import os, time\nprint('it runs as', os.getpid(), os.getppid(), flush=True)\ntime.sleep(600)\n")
    process = killed.start("preview")
    assert process.stdout is not None
    while "it runs as" not in (line := process.stdout.readline()):
        assert process.poll() is None
    process.kill()
    process.wait()
    program = Path("/proc") / line.split()[-2]
    deadline = time.monotonic() + 10
    while program.exists() and "zombie" not in (program / "status").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_python_policy_pack_sees_the_resources_and_can_refuse_them(project: Project) -> None:
    project.write("import pulumi\npulumi.ComponentResource('a:b:Forbidden', 'x')\n")
    project.write(f"runtime: {{name: python, options: {{virtualenv: {sys.prefix}}}}}\n", "pack/PulumiPolicy.yaml")
    project.write(
        """
        from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy

        def check(args, report):
            if args.resource_type == "a:b:Forbidden":
                report("there is a rule against it")

        PolicyPack(
            "pack",
            enforcement_level=EnforcementLevel.MANDATORY,
            policies=[ResourceValidationPolicy(name="rule", description="a rule", validate=check)],
        )
        """,
        "pack/__main__.py",
    )
    start = time.monotonic()
    outcome = project.run("preview", "--policy-pack", "pack")
    assert outcome.code != 0
    assert "there is a rule against it" in outcome.output
    assert time.monotonic() - start < 6, "a pack that outlives the engine's interest costs five seconds"
