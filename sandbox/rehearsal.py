"""One stack, rehearsed on this machine: a real engine and a real API server, simulated nodes, and a simulated Azure.

Owns the order of things: read and check the stack file, start the cluster, make what the stack file takes for granted
(nodes of a cluster that is not its own, resources that it brings by id), run the engine, tell what came of it. Refuses
to touch anything outside its own folder, `.sandbox/STACK`.

The engine's checkpoints are skipped, since writing them is most of what `up` costs on a file backend. A run that is
killed therefore leaves objects that the state does not know. A mark in the folder tells that a run began and did not
end, and which process it was; the next one ends that process and starts from an empty sandbox. With `checkpoints` it
goes on instead.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path

import yaml

from infra.settings.aks import AksPlatform
from infra.settings.load import secret_names, validate
from infra.settings.report import InvalidStack
from infra.settings.stack import StackSettings
from sandbox import (
    event_log,
    pending,
    preview_first,
    report,
    run_lock,
    simulated_azure,
    stack_check,
    stack_file,
    teardown,
)
from sandbox.control_plane import Binaries, ControlPlane
from sandbox.control_plane import stop as stop_cluster
from sandbox.control_plane.files import PRIVATE_DIRECTORY
from sandbox.crds import install as install_crds
from sandbox.engine import QUIET, UNASKED, Engine
from sandbox.nodes import simulate
from sandbox.plugins.install import Installed
from sandbox.plugins.install import install as install_plugins
from sandbox.policies import Policies
from sandbox.programs import control_plane_binaries
from sandbox.run_mark import RunMark
from sandbox.simulated_pools import simulated_pools
from toolchain import binaries

ROOT = Path(__file__).resolve().parents[1]
NOTES = "sandbox/azure/notes.py"

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
    """The sandbox of one stack; `path` is its stack file, by default `Pulumi.STACK.yaml` of this checkout.

    With `checkpoints` the engine saves its state after every step, so that a run that was killed can be gone on with.
    """

    stack: str
    path: Path | None = None
    checkpoints: bool = False
    events: Path | None = None
    """File for the engine's log of a preview."""
    policies: Policies = field(default_factory=Policies)
    """Packs that `up` and `preview` have to pass."""

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
        """The stack's settings; a rehearsal has a placeholder for every secret that they name.

        Raises `RehearsalError` for a file with mistakes.
        """
        try:
            sections = self.file.sections
            return validate(sections, secrets=secret_names(sections), file=self.file.path.name, stack=self.stack)
        except InvalidStack as error:
            raise RehearsalError(str(error)) from error

    def check(self) -> int:
        """Refuse a stack file with mistakes, else tell what ends soon and what is only an example; do nothing else."""
        self._refuse_mistakes()
        print("\n".join(stack_check.lines(self.file.path.name, self.file.sections, date.today())))
        return 0

    def up(self) -> int:
        """Bring the stack up, or up to date, and show what runs where."""
        settings, packs = self.settings, self.policies.options
        with self._locked():
            engine = self._ready()
            if simulated_azure.is_met(settings) and (code := preview_first.run(engine)) != 0:
                return code
            code = self._mark.during(
                lambda started: engine.run("up", "--refresh", *UNASKED, *packs, started=started),
                checkpoints=self.checkpoints,
            )
            if code != 0:
                print(
                    f"The update failed; see above. `make up STACK={self.stack}` goes on, "
                    f"`make down STACK={self.stack}` ends it. Logs of the cluster: {self._cluster_directory / 'logs'}"
                )
                return code
            if not simulated_azure.makes_nodes(settings):
                simulate(engine.kubeconfig, simulated_pools(settings))
            self._show()
            return code

    def preview(self) -> int:
        """Show what `up` would do; the sandbox is started for it and stays."""
        self._refuse_mistakes()
        packs = self.policies.options
        with self._locked():
            engine = self._ready()
            try:
                return engine.run("preview", *QUIET, *packs, *event_log.options(self.events))
            finally:
                event_log.close(
                    self.events,
                    self._plugins.simulated(azure=simulated_azure.is_met(self.settings)),
                    refusals_shown=self._plugins.kubernetes.source == "stand-in",
                )

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
        """Destroy the stack, check that nothing of it is left in the cluster and in Azure, then end the cluster."""
        if not self.directory.exists():
            print(f"There is no sandbox of stack {self.stack}; nothing to do.")
            return 0
        with self._locked():
            self._end_resumable_run()
            if self._mark.is_set():
                print(
                    "The last run did not end, so its state is not complete: the sandbox is erased without a destroy."
                )
            elif (code := self._destroy()) != 0:
                return code
            self._erase()
            self._lock_file.unlink()
        print(f"The sandbox of stack {self.stack} is gone: no process is left, {self.directory} is deleted.")
        return 0

    def erase(self) -> None:
        """End the cluster and delete the folder, whatever state they and the stack file are in."""
        with self._locked():
            self._erase()
            self._lock_file.unlink()

    def engine(self) -> Engine:
        """The stack's engine, with its plugins in place."""
        return Engine(
            executable=self._plugins.pulumi,
            program=ROOT,
            stack=self.stack,
            directory=self.directory,
            kubeconfig=self._cluster_directory / "kubeconfig",
            plugins=self._plugins.environment,
            azure=self._azure_directory,
            checkpoints=self.checkpoints,
        )

    def is_running(self) -> bool:
        """Whether any process of the sandbox runs."""
        return self.directory.exists() and self._existing_cluster().status().running

    def _refuse_mistakes(self) -> None:
        """Read the settings before anything is started."""
        _ = self.settings

    def _ready(self) -> Engine:
        """The engine, with everything in place that it needs."""
        self._end_resumable_run()
        lost = self._mark.is_set()
        self._start_anew_if_need_be()
        print("\n".join(self._head(checkpoints_told=lost)), flush=True)
        cluster = ControlPlane(self._cluster_directory, self._binaries, context=self._context)
        cluster.start()
        install_crds(cluster.kubeconfig, self._binaries)
        engine = self.engine()
        simulated_azure.prepare(
            self._azure_directory,
            cluster.kubeconfig,
            self.settings,
            before=stack_file.read(engine.stack_file).sections if engine.stack_file.exists() else {},
        )
        if not simulated_azure.makes_nodes(self.settings):
            simulate(cluster.kubeconfig, simulated_pools(self.settings), keep_surplus=True)
        engine.prepare()
        engine.unlock()
        _adopt_pending(engine)
        self.file.copy(engine.stack_file)
        missing = stack_file.missing_placeholders(engine.stack_file, secret_names(self.file.sections))
        platform = self.settings.platform
        password = platform.windows.admin_password_secret if isinstance(platform, AksPlatform) else None
        engine.set_secrets(stack_file.placeholders(missing, windows_password=password))
        return engine

    def _head(self, *, checkpoints_told: bool) -> list[str]:
        """What serves this run, and what is simulated by it: in full on the first run of a sandbox."""
        kept = "The engine keeps its checkpoints" if self.checkpoints else "No checkpoints are kept"
        what = "goes on" if self.checkpoints else "starts anew"
        about = "A real API server and engine; nodes are simulated, no container runs."
        if self.checkpoints or not checkpoints_told:
            about += f" {kept}: after a run that is killed the next {what}."
        azure: list[str] = []
        if simulated_azure.is_met(self.settings):
            azure = self._plugins.azure_report()
            if self.engine().state_file.exists():
                azure = [azure[0], f"  What is not checked: {NOTES}"]
        built = [self._plugins.docker_build_report()] if self.settings.images.build is not None else []
        return [about, *self._plugins.report, *built, *azure]

    def _end_resumable_run(self) -> None:
        if self._mark.is_resumable():
            print("The last run was killed. It kept checkpoints: this one goes on from them.")
            self._mark.end_engine()

    def _start_anew_if_need_be(self) -> None:
        known = self._known_context()
        if self._mark.is_set():
            print(
                "The last run was killed and kept no checkpoints, so this one starts anew from an empty sandbox. "
                f"With `make up STACK={self.stack} CHECKPOINTS=1` the next goes on instead."
            )
        elif known is not None and known != self._context:
            # Its state was made under the old name, and an engine asks for a provider as the state knows it.
            print(
                f"The cluster's context was {known} and is {self._context} now: starting anew, with an empty sandbox."
            )
        else:
            return
        self._erase()
        self._make_directory()

    def _destroy(self) -> int:
        engine = self.engine()
        if not engine.stack_file.exists():
            return 0
        self._existing_cluster().start()
        engine.unlock()
        _adopt_pending(engine)
        code = teardown.destroy(engine, self._mark)
        if code != 0:
            print("The destroy failed, so the sandbox is kept to look at. To erase it all the same: make clean")
        return code

    def _erase(self) -> None:
        """End the engine of a run that was killed, and the cluster; delete the folder."""
        self._mark.end_engine()
        stop_cluster(self._cluster_directory, erase=True)
        shutil.rmtree(self.directory, ignore_errors=True)

    def _show(self) -> None:
        kubectl = binaries.survey(["kubectl"])[0].found
        path = "kubectl" if kubectl is None or kubectl.origin == "PATH" else str(kubectl.path)
        kubeconfig = self._cluster_directory / "kubeconfig"
        azure = simulated_azure.found(self._azure_directory, kubeconfig)
        lines = simulated_azure.summary(azure) if azure else []
        print(report.table(kubeconfig, self.stack, kubectl=path, azure=lines))

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
    def _azure_directory(self) -> Path:
        return simulated_azure.directory(self.directory)

    @property
    def _mark(self) -> RunMark:
        return RunMark(self.directory)

    @property
    def _lock_file(self) -> Path:
        return folder() / f"{self.stack}.lock"

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with ExitStack() as stack:
            try:
                stack.enter_context(run_lock.held(self._lock_file))
            except BlockingIOError as error:
                raise RehearsalError(
                    f"Another rehearsal of stack {self.stack} is under way; wait for it to end."
                ) from error
            self._make_directory()
            yield

    def _make_directory(self) -> None:
        """The sandbox's folder, its owner's only: its kubeconfig opens the API server."""
        for directory in (self.directory, self.directory / "pulumi-home"):
            directory.mkdir(mode=PRIVATE_DIRECTORY, parents=True, exist_ok=True)


def _adopt_pending(engine: Engine) -> None:
    if adopted := pending.adopt(engine):
        print(f"Its creates that were under way are looked for: {', '.join(adopted)}.")
