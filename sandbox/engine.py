"""The real Pulumi engine, run so that nothing real can be reached by it.

Owns the environment of every engine run in the sandbox: a state, a home and a passphrase of its own and the sandbox's
kubeconfig. No credential or kubeconfig of the user gets in: the environment is made from a short list of names, not
inherited. The stack's configuration lives in a project folder of the sandbox, because some commands of the engine write
to the stack file they find, and the user's is not theirs to write.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox import engine_lines

PROJECT = "buildfleet"
ORGANIZATION = "organization"
"""What a `file://` backend calls the owner of all its stacks."""

INHERITED = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "TERM", "TMPDIR", "NO_COLOR", "CI", "COLUMNS")

QUIET = ("--suppress-outputs", "--suppress-progress")

UNASKED = ("--yes", "--skip-preview", *QUIET)
"""Options of a command that changes things and is not to ask."""

PASSPHRASE = "rehearsal"
"""Protects placeholders only."""

PIPE_SECONDS = 5.0
"""How long the output of an engine that has ended may take to be shown."""

AZURE_VARIABLE = "BUILDFLEET_AZURE"
"""By which the stand-in of azure-native finds the simulated Azure."""


class Terminated(KeyboardInterrupt):
    """SIGTERM or SIGHUP: as Ctrl-C, but the engine was not told by the terminal."""


class EngineError(Exception):
    """A command of the engine that should not fail has failed; its output was printed."""


@dataclass(frozen=True, kw_only=True)
class Engine:
    """How to run `pulumi` for one stack in one sandbox."""

    executable: Path
    program: Path
    """The checkout: the folder of the real `Pulumi.yaml`."""
    stack: str
    directory: Path
    """Where state, home and configuration are kept."""
    kubeconfig: Path
    plugins: Mapping[str, str]
    """What the plugins add to the environment."""
    azure: Path | None = None
    """Folder of the simulated Azure."""
    checkpoints: bool = False
    """Save the state after every step, as with a real stack: slower, and the next run goes on where one was killed."""

    @property
    def stack_file(self) -> Path:
        """The rehearsal's copy of the stack file."""
        return self._project / f"Pulumi.{self.stack}.yaml"

    @property
    def state_file(self) -> Path:
        """Where the file backend keeps the stack's state."""
        return self._state / ".pulumi" / "stacks" / PROJECT / f"{self.stack}.json"

    @property
    def environment(self) -> dict[str, str]:
        """The whole environment of a run."""
        inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
        azure = {} if self.azure is None else {AZURE_VARIABLE: str(self.azure)}
        # The file backend writes the whole state twice a resource. A rehearsal may lose it, and says so.
        unsaved = {} if self.checkpoints else {"PULUMI_SKIP_CHECKPOINTS": "true"}
        return {
            **inherited,
            **self.plugins,
            **azure,
            **unsaved,
            "KUBECONFIG": str(self.kubeconfig),
            # Without it the engine has no option `--event-log`; it adds options and nothing else.
            "PULUMI_DEBUG_COMMANDS": "true",
            # Without its `.attrs` file beside each state: that one is written in place, and an engine that is killed
            # while it does leaves it empty, after which no command reads the state ("failed to load checkpoint: EOF").
            "PULUMI_BACKEND_URL": f"file://{self._state}?metadata=skip",
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_HOME": str(self.directory / "pulumi-home"),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }

    def prepare(self) -> None:
        """Make the state and the stack in it, where they are not there yet."""
        for directory in (self._state, self._project):
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self._project / "Pulumi.yaml").write_text(f"name: {PROJECT}\nruntime: python\n")
        if self.state_file.exists():
            return
        self._run_here("stack", "init", "--no-select", "--secrets-provider", "passphrase")

    def set_secrets(self, values: Mapping[str, str]) -> None:
        """Put placeholders into the rehearsal's stack file; `values` are in a command line, so nothing real is."""
        if values:
            settings = [part for key, value in sorted(values.items()) for part in ("--secret", f"{key}={value}")]
            self._run_here("config", "set-all", *settings)

    def unprotect(self) -> bool:
        """Take the protection off every resource in the state. True if there was one."""
        if not any(resource.get("protect") for resource in self._resources()):
            return False
        self._run_here("state", "unprotect", "--all", "--yes")
        return True

    def ids(self, package: str) -> list[str]:
        """The ids that the stack's resources of a package have, by its state, for example of `azure-native`."""
        mine = (item for item in self._resources() if item.get("id") and item["type"].startswith(f"{package}:"))
        return sorted({str(resource["id"]) for resource in mine})

    def is_empty(self) -> bool:
        """Whether the state has no resource, as before the first update."""
        return not self._resources()

    def is_half_known(self) -> bool:
        """Whether the state has something that was under way when its engine was killed."""
        return bool(self._latest().get("pending_operations"))

    def export(self) -> dict[str, Any]:
        """The state as `pulumi stack export` gives it; secrets stay encrypted."""
        file = self.directory / "export.json"
        self._run_here("stack", "export", "--file", str(file))
        document: dict[str, Any] = json.loads(file.read_text())
        file.unlink()
        return document

    def replace_state(self, document: Mapping[str, Any]) -> None:
        """Take an exported document for the state."""
        file = self.directory / "import.json"
        file.write_text(json.dumps(document))
        self._run_here("stack", "import", "--file", str(file))
        file.unlink()

    def unlock(self) -> bool:
        """Unlock what a killed run left locked, while holding the sandbox's own lock. True if there was one."""
        if not any((self._state / ".pulumi" / "locks").rglob("*.json")):
            return False
        self._run_here("cancel", "--yes")
        return True

    def run(self, *command: str, output: int | None = None, started: Callable[[int], None] | None = None) -> int:
        """Run one command on the program and return its exit code.

        `output` is as in `subprocess`, by default shown, off a terminal without what stays as it is; `started` is told
        the engine's pid. On Ctrl-C the engine, which got the same signal from the terminal, is waited for: it ends what
        is under way and saves its state, then KeyboardInterrupt goes on. A second Ctrl-C ends it at once, without
        saving: EngineError.
        """
        arguments = [*self.arguments(command), "--config-file", str(self.stack_file)]
        return self._run(arguments, output, started)

    def destroy(self, *, started: Callable[[int], None] | None = None) -> int:
        """Delete everything in the state, then the stack itself; as `run`.

        In the sandbox's own project, which needs no program: the engine deletes the stack file that it finds, too.
        """
        return self._run(self.arguments(["destroy", "--remove", *UNASKED], self._project), None, started)

    def _run(self, arguments: Sequence[str], output: int | None, started: Callable[[int], None] | None) -> int:
        picked = output is None and not sys.stdout.isatty()
        stdout = subprocess.PIPE if picked else output
        with subprocess.Popen(
            arguments, env=self.environment, stdout=stdout, stderr=output, text=True, errors="replace"
        ) as process:
            shown = _show(process)
            if started is not None:
                started(process.pid)
            interrupts = 0
            while process.returncode is None:
                try:
                    process.wait()
                except KeyboardInterrupt as interrupt:
                    interrupts += 1
                    if isinstance(interrupt, Terminated):
                        process.send_signal(signal.SIGINT)
            if shown is not None:
                # Not for ever: what outlives an engine that was killed may hold the pipe.
                shown.join(PIPE_SECONDS)
        if interrupts == 1:
            raise KeyboardInterrupt
        if interrupts > 1:
            raise EngineError("Interrupted twice: the engine ended without saving its state. `make up` starts anew.")
        return process.returncode

    def _run_here(self, *command: str) -> None:
        arguments = self.arguments(command, self._project)
        done = subprocess.run(arguments, env=self.environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise EngineError(f"pulumi {command[0]} {command[1]} failed:\n{done.stdout}{done.stderr}")

    def arguments(self, command: Sequence[str], folder: Path | None = None) -> list[str]:
        """The full command line, on the program or on another project's folder; no secret may be in it."""
        stack = f"{ORGANIZATION}/{PROJECT}/{self.stack}"
        # On a terminal the engine draws a tree that it keeps up to date; anywhere else it prints a line an event.
        display = [] if sys.stdout.isatty() else ["--non-interactive"]
        return [str(self.executable), *command, "--cwd", str(folder or self.program), "--stack", stack, *display]

    def _resources(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._latest().get("resources") or []
        return found

    def _latest(self) -> dict[str, Any]:
        if not self.state_file.exists():
            return {}
        found: dict[str, Any] = json.loads(self.state_file.read_text())["checkpoint"].get("latest") or {}
        return found

    @property
    def _state(self) -> Path:
        return self.directory / "state"

    @property
    def _project(self) -> Path:
        return self.directory / "project"


def _show(process: subprocess.Popen[str]) -> threading.Thread | None:
    """Show the lines of interest of a command with a pipe, in a thread, as they come."""
    # Taken from the process, whose end would otherwise wait for the thread.
    pipe, process.stdout = process.stdout, None
    if pipe is None:
        return None

    def copy() -> None:
        with pipe:
            for line in engine_lines.of_interest(pipe):
                with contextlib.suppress(BrokenPipeError):  # who reads us may go: the engine has to end its work
                    print(line, end="", flush=True)

    thread = threading.Thread(target=copy, daemon=True)
    thread.start()
    return thread
