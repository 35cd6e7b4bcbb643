"""One stack, rehearsed on this machine: a real engine and a real API server, simulated nodes.

Owns the order of things: read and check the stack file, start the cluster, make the nodes that the stack file asks for,
run the engine, tell what came of it. Refuses to touch anything outside its own folder, `.sandbox/STACK`.

The engine's checkpoints are skipped, since writing them is most of what `up` costs on a file backend. A run that is
killed therefore leaves objects that the state does not know. A mark in the folder tells that a run began and did not
end; the next one then starts from an empty sandbox.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from infra.settings.load import secret_names, validate
from infra.settings.report import InvalidStack
from infra.settings.stack import StackSettings
from sandbox import report, stack_file
from sandbox.control_plane import Binaries, ControlPlane
from sandbox.control_plane import stop as stop_cluster
from sandbox.crds import install as install_crds
from sandbox.engine import Engine
from sandbox.nodes import simulate
from sandbox.plugins.install import Installed
from sandbox.plugins.install import install as install_plugins
from sandbox.programs import control_plane_binaries
from sandbox.simulated_pools import simulated_pools
from toolchain import binaries

ROOT = Path(__file__).resolve().parents[1]
QUIET = ("--suppress-outputs", "--suppress-progress")


class RehearsalError(Exception):
    """The rehearsal cannot go on; the message is for the user."""


def folder() -> Path:
    """Where all sandboxes of this checkout live; `BUILDFLEET_SANDBOX` names another place, for tests."""
    return Path(os.environ.get("BUILDFLEET_SANDBOX", ROOT / ".sandbox"))


def erase_all() -> int:
    """Erase every sandbox of this checkout, and with them the folder."""
    for directory in sorted(path for path in folder().glob("*") if path.is_dir()):
        Rehearsal(directory.name).erase()
    shutil.rmtree(folder(), ignore_errors=True)
    return 0


@dataclass(frozen=True)
class Rehearsal:
    """The sandbox of one stack; `path` is its stack file, by default `Pulumi.STACK.yaml` of this checkout."""

    stack: str
    path: Path | None = None

    @property
    def directory(self) -> Path:
        return folder() / self.stack

    @cached_property
    def file(self) -> stack_file.StackFile:
        return stack_file.read(self.path or ROOT / f"Pulumi.{self.stack}.yaml")

    @cached_property
    def settings(self) -> StackSettings:
        """The stack's settings; a rehearsal has a placeholder for every secret that they name."""
        try:
            sections = self.file.sections
            return validate(sections, secrets=secret_names(sections), file=self.file.path.name)
        except InvalidStack as error:
            raise RehearsalError(str(error)) from error

    def up(self) -> int:
        """Bring the stack up, or up to date, and show what runs where."""
        with self._locked():
            code = self._change(self._ready(), "up", "--refresh")
            if code == 0:
                self._show()
            return code

    def preview(self) -> int:
        """Show what `up` would do; the sandbox is started for it and stays."""
        with self._locked():
            return self._ready().run("preview", *QUIET)

    def status(self) -> int:
        """Show what runs where, without changing anything."""
        if not self.directory.exists() or not self._cluster.status().running:
            print(f"The sandbox of stack {self.stack} is not running. Start it with: make up STACK={self.stack}")
            return 1
        self._show()
        return 0

    def down(self) -> int:
        """Destroy the stack, check that nothing of it is left in the cluster, then end the cluster."""
        if not self.directory.exists():
            print(f"There is no sandbox of stack {self.stack}; nothing to do.")
            return 0
        with self._locked():
            if self._mark.exists():
                print(
                    "The last run did not end, so its state is not complete: the sandbox is erased without a destroy."
                )
            else:
                code = self._destroy()
                if code != 0:
                    return code
            self._erase()
        print(f"The sandbox of stack {self.stack} is gone: no process is left, {self.directory} is deleted.")
        return 0

    def _destroy(self) -> int:
        engine = self.engine()
        if not engine.stack_file.exists():
            return 0
        self._cluster.start()
        engine.unlock()
        code = self._change(engine, "destroy")
        if code != 0:
            print("The destroy failed, so the sandbox is kept to look at. To erase it all the same: make clean")
            return code
        if left := report.left_behind(self._cluster.kubeconfig, self.stack):
            raise RehearsalError("After the destroy these objects are left:\n  " + "\n  ".join(left))
        print("After the destroy: no object of the stack is left in the cluster.")
        return 0

    def erase(self) -> None:
        """End the cluster and delete the folder, whatever state they and the stack file are in."""
        with self._locked():
            self._erase()

    def _erase(self) -> None:
        stop_cluster(self.directory / "cluster", erase=True)
        shutil.rmtree(self.directory, ignore_errors=True)

    def _ready(self) -> Engine:
        settings = self.settings
        if self._mark.exists():
            print("The last run was killed. A rehearsal keeps no checkpoints, so it starts anew from an empty sandbox.")
            self._erase()
            self.directory.mkdir(parents=True)
        print(
            f"Sandbox of stack {self.stack}: a real API server and engine; nodes are simulated, no container runs.",
            flush=True,
        )
        self._cluster.start()
        install_crds(self._cluster.kubeconfig, self._binaries)
        simulate(self._cluster.kubeconfig, simulated_pools(settings))
        print("\n".join(self._plugins.report), flush=True)
        engine = self.engine()
        engine.prepare()
        engine.unlock()
        self.file.copy(engine.stack_file)
        missing = stack_file.missing_placeholders(engine.stack_file, secret_names(self.file.sections))
        engine.set_secrets({f"{stack_file.NAMESPACE}{name}": stack_file.PLACEHOLDER for name in missing})
        return engine

    def _change(self, engine: Engine, *command: str) -> int:
        """Run a command that changes things. The mark stays where the engine was killed before it saved its state."""
        self._mark.touch()
        try:
            code = engine.run(*command, "--yes", "--skip-preview", *QUIET)
        except KeyboardInterrupt:
            self._mark.unlink()
            raise
        if code >= 0:
            self._mark.unlink()
        return code

    def engine(self) -> Engine:
        """The stack's engine, with its plugins in place."""
        return Engine(
            executable=self._plugins.pulumi,
            program=ROOT,
            stack=self.stack,
            directory=self.directory,
            kubeconfig=self._cluster.kubeconfig,
            plugins=self._plugins.environment,
        )

    @cached_property
    def _plugins(self) -> Installed:
        pulumi = binaries.ensure(["pulumi"])["pulumi"]
        return install_plugins(self.directory / "pulumi-home", python=Path(sys.executable), pulumi=pulumi)

    def _show(self) -> None:
        print(report.table(self._cluster.kubeconfig, self.stack))

    @cached_property
    def _binaries(self) -> Binaries:
        return control_plane_binaries()

    @cached_property
    def _cluster(self) -> ControlPlane:
        platform = self.settings.platform
        context = platform.context if platform.kind == "existing-cluster" else f"buildfleet-{self.stack}"
        return ControlPlane(self.directory / "cluster", self._binaries, context=context)

    @property
    def _mark(self) -> Path:
        return self.directory / "run-under-way"

    @contextmanager
    def _locked(self) -> Iterator[None]:
        folder().mkdir(parents=True, exist_ok=True)
        self.directory.mkdir(exist_ok=True)
        with (folder() / f"{self.stack}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise RehearsalError(
                    f"Another rehearsal of stack {self.stack} is under way; wait for it to end."
                ) from error
            yield
