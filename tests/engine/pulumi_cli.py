"""The real `pulumi` command on a small program, with a home and a state of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandbox.plugins.install import Installed, install
from toolchain import binaries

SECONDS = 120
INHERITED = ("HOME", "LANG", "PATH", "TMPDIR")


def find_pulumi() -> Path:
    """The engine, found or built by the toolchain."""
    return binaries.ensure(["pulumi"])["pulumi"]


class Outcome:
    """What a command printed, and how it ended."""

    def __init__(self, code: int, output: str) -> None:
        self.code = code
        self.output = output

    @property
    def counts(self) -> dict[str, int]:
        """The summary: `{"created": 2, "unchanged": 1}`; in a preview `{"to create": 2}`."""
        summary = self.output.rpartition("Resources:")[2]
        found = re.findall(r"^ +(?:[-+~=<>]+ *)?(\d+) (to [a-z]+|[a-z]+)$", summary, re.MULTILINE)
        return {what: int(count) for count, what in found if what not in ("changes", "change")}


class Project:
    """One program with one stack. `installed` says which plugins serve it; `variables` are added to its environment."""

    def __init__(self, folder: Path, installed: Installed, home: Path, variables: Mapping[str, str]) -> None:
        self.folder = folder
        self.installed = installed
        self.environment = {
            **{name: os.environ[name] for name in INHERITED if name in os.environ},
            **installed.environment,
            "PULUMI_HOME": str(home),
            "PULUMI_BACKEND_URL": f"file://{folder}/state",
            "PULUMI_CONFIG_PASSPHRASE": "test",
            "PYTHONDONTWRITEBYTECODE": "1",
            **variables,
        }
        (folder / "state").mkdir(parents=True)
        self.write_settings({"toolchain": "pip", "virtualenv": sys.prefix})
        made = self.run("stack", "init")
        assert made.code == 0, made.output

    def write_settings(self, options: Mapping[str, str], **more: object) -> None:
        """Write Pulumi.yaml with these options of the runtime."""
        settings = {"name": "trial", "runtime": {"name": "python", "options": dict(options)}, **more}
        (self.folder / "Pulumi.yaml").write_text(json.dumps(settings))

    def write(self, program: str, path: str = "__main__.py") -> None:
        """Write the program, or a module of it."""
        target = self.folder / path
        target.parent.mkdir(exist_ok=True)
        target.write_text(textwrap.dedent(program))

    def run(self, *command: str, **variables: str) -> Outcome:
        """Run a command to its end, whatever that is."""
        return self._ended(self._arguments(command), variables)

    def run_without_stack(self, *command: str, **variables: str) -> Outcome:
        """Run a command that is about no stack."""
        return self._ended([str(self.installed.pulumi), *command, "--non-interactive", "--color", "never"], variables)

    def _ended(self, arguments: list[str], variables: Mapping[str, str]) -> Outcome:
        done = subprocess.run(
            arguments,
            cwd=self.folder,
            env={**self.environment, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=SECONDS,
            stdin=subprocess.DEVNULL,
        )
        return Outcome(done.returncode, done.stdout)

    def start(self, *command: str) -> subprocess.Popen[str]:
        """Start a command in a process group of its own, as a terminal does."""
        return subprocess.Popen(
            self._arguments(command),
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def preview(self, *options: str) -> Outcome:
        """`pulumi preview`."""
        return self.run("preview", "--diff", *options)

    def up(self, *options: str) -> Outcome:
        """`pulumi up`; fails the test if it fails."""
        outcome = self.try_up(*options)
        assert outcome.code == 0, outcome.output
        return outcome

    def try_up(self, *options: str) -> Outcome:
        """`pulumi up`, which may fail."""
        return self.run("up", "--yes", "--skip-preview", *options)

    def refresh(self) -> Outcome:
        """`pulumi refresh` that must find nothing; the exit code tells."""
        return self.run("refresh", "--yes", "--skip-preview", "--expect-no-changes", "--diff")

    def destroy(self) -> Outcome:
        """`pulumi destroy`; fails the test if it fails."""
        outcome = self.run("destroy", "--yes", "--skip-preview")
        assert outcome.code == 0, outcome.output
        return outcome

    def state(self) -> dict[str, dict[str, Any]]:
        """The custom resources in the state, by name, encrypted as it is stored."""
        file = self.folder / "state" / ".pulumi" / "stacks" / "trial" / "test.json"
        resources = json.loads(file.read_text())["checkpoint"]["latest"].get("resources", [])
        return {item["urn"].rpartition("::")[2]: item for item in resources if item.get("id")}

    def _arguments(self, command: tuple[str, ...]) -> list[str]:
        return [str(self.installed.pulumi), *command, "--stack", "test", "--non-interactive", "--color", "never"]


def interrupt(process: subprocess.Popen[str]) -> Outcome:
    """Ctrl-C, and what the command said until its end."""
    os.kill(process.pid, signal.SIGINT)
    output, _ = process.communicate(timeout=SECONDS)
    return Outcome(process.returncode, output)


def make_installed(home: Path, variables: Mapping[str, str]) -> Installed:
    """Install the plugins for this interpreter."""
    known = {"PATH": os.environ["PATH"], **variables}
    return install(home, python=Path(sys.executable), pulumi=find_pulumi(), variables=known)
