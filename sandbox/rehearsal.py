"""One stack, rehearsed on this machine: a real engine and a real API server, simulated nodes.

Owns the order of things: read and check the stack file, start the cluster, make the nodes that the stack file asks for,
run the engine, tell what came of it. Refuses to touch anything outside its own folder, `.sandbox/STACK`.

The engine's checkpoints are skipped, since writing them is most of what `up` costs on a file backend. A run that is
killed therefore leaves objects that the state does not know. A mark in the folder tells that a run began and did not
end, and which process it was; the next one ends that process and starts from an empty sandbox.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import yaml

from infra.settings.load import secret_names, validate
from infra.settings.report import InvalidStack
from infra.settings.stack import StackSettings
from sandbox import report, stack_file
from sandbox.control_plane import Binaries, ControlPlane
from sandbox.control_plane import stop as stop_cluster
from sandbox.crds import install as install_crds
from sandbox.engine import UNASKED, Engine
from sandbox.nodes import simulate
from sandbox.plugins.install import Installed
from sandbox.plugins.install import install as install_plugins
from sandbox.programs import control_plane_binaries
from sandbox.run_mark import RunMark
from sandbox.simulated_pools import simulated_pools
from toolchain import binaries

ROOT = Path(__file__).resolve().parents[1]
QUIET = ("--suppress-outputs", "--suppress-progress")

_STACK = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


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

    def __post_init__(self) -> None:
        if not _STACK.fullmatch(self.stack):
            raise RehearsalError(
                f"{self.stack!r} is no name of a stack: letters, digits, '.', '_' and '-', from a letter or digit."
            )

    @property
    def directory(self) -> Path:
        """Everything of this sandbox."""
        return folder() / self.stack

    @cached_property
    def file(self) -> stack_file.StackFile:
        """The user's stack file."""
        return stack_file.read(self.path or ROOT / f"Pulumi.{self.stack}.yaml")

    @cached_property
    def settings(self) -> StackSettings:
        """The stack's settings; a rehearsal has a placeholder for every secret that they name."""
        try:
            sections = self.file.sections
            return validate(sections, secrets=secret_names(sections), file=self.file.path.name, stack=self.stack)
        except InvalidStack as error:
            raise RehearsalError(str(error)) from error

    def check(self) -> int:
        """Refuse a stack file with mistakes, and do nothing else."""
        return 0 if self.settings else 1

    def up(self) -> int:
        """Bring the stack up, or up to date, and show what runs where."""
        settings = self.settings
        with self._locked():
            engine = self._ready()
            code = self._mark.during(lambda started: engine.run("up", "--refresh", *UNASKED, started=started))
            if code != 0:
                print(
                    f"The update failed; see above. `make up STACK={self.stack}` goes on, "
                    f"`make down STACK={self.stack}` ends it. Logs of the cluster: {self._cluster_directory / 'logs'}"
                )
                return code
            simulate(engine.kubeconfig, simulated_pools(settings))
            self._show()
            return code

    def preview(self) -> int:
        """Show what `up` would do; the sandbox is started for it and stays."""
        self.check()
        with self._locked():
            return self._ready().run("preview", *QUIET)

    def status(self) -> int:
        """Show what runs where, without changing anything."""
        cluster = self._existing_cluster() if self.directory.exists() else None
        status = cluster.status() if cluster else None
        if cluster is None or status is None or not status.running:
            print(f"The sandbox of stack {self.stack} is not running. Start it with: make up STACK={self.stack}")
            return 0
        if not status.healthy:
            print(
                f"The sandbox of stack {self.stack} is not well. "
                f"`make up STACK={self.stack}` starts it again on its data."
            )
            for component in status.components:
                state = "healthy" if component.healthy else "ill" if component.running else "not running"
                print(f"  {component.name}: {state}  (log: {self._cluster_directory / 'logs' / component.name}.log)")
            return 1
        self._show()
        return 0

    def down(self) -> int:
        """Destroy the stack, check that nothing of it is left in the cluster, then end the cluster."""
        if not self.directory.exists():
            print(f"There is no sandbox of stack {self.stack}; nothing to do.")
            return 0
        with self._locked():
            if self._mark.is_set():
                print(
                    "The last run did not end, so its state is not complete: the sandbox is erased without a destroy."
                )
            elif (code := self._destroy()) != 0:
                return code
            self._erase()
        print(f"The sandbox of stack {self.stack} is gone: no process is left, {self.directory} is deleted.")
        return 0

    def erase(self) -> None:
        """End the cluster and delete the folder, whatever state they and the stack file are in."""
        with self._locked():
            self._erase()

    def engine(self) -> Engine:
        """The stack's engine, with its plugins in place."""
        return Engine(
            executable=self._plugins.pulumi,
            program=ROOT,
            stack=self.stack,
            directory=self.directory,
            kubeconfig=self._cluster_directory / "kubeconfig",
            plugins=self._plugins.environment,
        )

    def is_running(self) -> bool:
        """Whether any process of the sandbox runs."""
        return self.directory.exists() and self._existing_cluster().status().running

    def _ready(self) -> Engine:
        """The engine, with everything in place that it needs."""
        self._start_anew_if_need_be()
        print(
            "A real API server and engine; nodes are simulated, no container runs. No checkpoints are kept: a run",
            end=" ",
        )
        print("that is killed starts anew.")
        print("\n".join(self._plugins.report), flush=True)
        cluster = ControlPlane(self._cluster_directory, self._binaries, context=self._context)
        cluster.start()
        install_crds(cluster.kubeconfig, self._binaries)
        simulate(cluster.kubeconfig, simulated_pools(self.settings), keep_surplus=True)
        engine = self.engine()
        engine.prepare()
        engine.unlock()
        self.file.copy(engine.stack_file)
        missing = stack_file.missing_placeholders(engine.stack_file, secret_names(self.file.sections))
        engine.set_secrets({f"{stack_file.NAMESPACE}{name}": stack_file.PLACEHOLDER for name in missing})
        return engine

    def _start_anew_if_need_be(self) -> None:
        known = self._known_context()
        if self._mark.is_set():
            print("The last run was killed. A rehearsal keeps no checkpoints, so it starts anew from an empty sandbox.")
        elif known is not None and known != self._context:
            # Its state was made under the old name, and an engine asks for a provider as the state knows it.
            print(
                f"The cluster's context was {known} and is {self._context} now: starting anew, with an empty sandbox."
            )
        else:
            return
        self._erase()
        self.directory.mkdir(parents=True)

    def _destroy(self) -> int:
        engine = self.engine()
        if not engine.stack_file.exists():
            return 0
        cluster = self._existing_cluster()
        cluster.start()
        engine.unlock()
        if engine.unprotect():
            print(
                "Production protects its namespaces. A rehearsal takes that off; you would by `pulumi state unprotect`."
            )
        code = self._mark.during(lambda started: engine.destroy(started=started))
        if code != 0:
            print("The destroy failed, so the sandbox is kept to look at. To erase it all the same: make clean")
            return code
        if left := report.left_behind(cluster.kubeconfig, self.stack):
            raise RehearsalError("After the destroy these objects are left:\n  " + "\n  ".join(left))
        print("After the destroy: no object of the stack is left in the cluster.")
        return 0

    def _erase(self) -> None:
        """End the engine of a run that was killed, and the cluster; delete the folder."""
        self._mark.end_engine()
        stop_cluster(self._cluster_directory, erase=True)
        shutil.rmtree(self.directory, ignore_errors=True)
        self._lock_file.unlink(missing_ok=True)

    def _show(self) -> None:
        kubectl = binaries.survey(["kubectl"])[0].found
        path = "kubectl" if kubectl is None or kubectl.origin == "PATH" else str(kubectl.path)
        print(report.table(self._cluster_directory / "kubeconfig", self.stack, kubectl=path))

    @property
    def _context(self) -> str:
        """The name by which the stack file asks for its cluster."""
        platform = self.settings.platform
        return platform.context if platform.kind == "existing-cluster" else f"buildfleet-{self.stack}"

    def _known_context(self) -> str | None:
        """The name under which the cluster that is there was made."""
        try:
            document = yaml.safe_load((self._cluster_directory / "kubeconfig").read_text())
        except FileNotFoundError:
            return None
        return str(document["current-context"])

    def _existing_cluster(self) -> ControlPlane:
        """The cluster that is there, whatever the stack file says by now."""
        return ControlPlane(self._cluster_directory, self._binaries, context=self._known_context() or self.stack)

    @cached_property
    def _binaries(self) -> Binaries:
        return control_plane_binaries()

    @cached_property
    def _plugins(self) -> Installed:
        pulumi = binaries.ensure(["pulumi"])["pulumi"]
        return install_plugins(self.directory / "pulumi-home", python=Path(sys.executable), pulumi=pulumi)

    @property
    def _cluster_directory(self) -> Path:
        return self.directory / "cluster"

    @property
    def _mark(self) -> RunMark:
        return RunMark(self.directory)

    @property
    def _lock_file(self) -> Path:
        return folder() / f"{self.stack}.lock"

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.directory.mkdir(parents=True, exist_ok=True)
        with self._lock_file.open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise RehearsalError(
                    f"Another rehearsal of stack {self.stack} is under way; wait for it to end."
                ) from error
            yield
