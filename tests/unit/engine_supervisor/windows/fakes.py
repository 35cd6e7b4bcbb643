"""A Windows of the tests' own behind the adapter's seams: a service manager that does what dockerd asks of it, a
registry, HNS, and programs that are not run but noted.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine_supervisor.adapters.windows import seams
from engine_supervisor.adapters.windows.host import WindowsHost
from engine_supervisor.adapters.windows.seams import Finished, Registration, ServiceError, Status
from engine_supervisor.ports import Failed
from engine_supervisor.settings import Prune, Rollout, Settings
from engine_supervisor.world import Running, Target

SYSTEM = r"C:\Windows\System32"
TARGET = Target(version="29.2.1", configuration="0123456789ab")
OTHER = Target(version="29.2.1", configuration="ba9876543210")


class Services:
    """Keeps services, and notes what is asked."""

    def __init__(self) -> None:
        self.found: dict[str, Registration] = {
            name: Registration(command_line=r"C:\Windows\system32\svchost.exe -k NetSvcs", start=2, recovers=True)
            for name in ("hns", "vmcompute")
        }
        self.states: dict[str, Status] = {}
        self.asked: list[tuple[Any, ...]] = []
        self.errors: dict[str, list[int]] = {}
        self.stays = 0
        """How many looks a service that is asked to stop survives."""
        self.lingers = 0
        """How many looks a deleted service is still there."""
        self._deleted: str | None = None

    def registration(self, name: str) -> Registration | None:
        if name == self._deleted:
            if self.lingers == 0:
                self.found.pop(name, None)
                self._deleted = None
            self.lingers -= 1
        return self.found.get(name)

    def status(self, name: str) -> Status | None:
        if name not in self.found:
            return None
        status = self.states.get(name, Status(state=Running.STOPPED))
        if status.state is Running.STOPPING:
            if self.stays <= 0:
                self.states[name] = Status(state=Running.STOPPED)
            self.stays -= 1
        return status

    def start_on_demand(self, name: str) -> None:
        self._note("start_on_demand", name)
        self.found[name] = Registration(
            command_line=self.found[name].command_line, start=3, recovers=self.found[name].recovers
        )

    def never_recover(self, name: str) -> None:
        self._note("never_recover", name)
        self.found[name] = Registration(
            command_line=self.found[name].command_line, start=self.found[name].start, recovers=False
        )

    def start(self, name: str) -> None:
        self._note("start", name)
        self.states[name] = Status(state=Running.RUNNING, pid=4711)

    def control(self, name: str, code: int) -> None:
        self._note("control", name, code)
        if code == seams.CONTROL_STOP:
            self.states[name] = Status(state=Running.STOPPING, pid=self.states[name].pid)

    def delete(self, name: str) -> None:
        self._note("delete", name)
        self._deleted = name

    def register(self, name: str, command_line: str) -> None:
        self.found[name] = Registration(command_line=command_line, start=2, recovers=True)

    def _note(self, what: str, name: str, *more: Any) -> None:
        self.asked.append((what, name, *more))
        if name not in self.found:
            raise ServiceError(1060, "The specified service does not exist as an installed service.")
        if codes := self.errors.get(what):
            raise ServiceError(codes.pop(0), "The service manager refuses.")


@dataclass
class Kernel:
    boot: int = 7
    uptime: float = 100.0
    began: dict[int, float] = field(default_factory=lambda: {4711: 1_700_000_000.25})
    ended: list[int] = field(default_factory=list)
    short: dict[str, str] = field(default_factory=dict)
    library: bool = True
    on_end: Callable[[], None] = lambda: None

    def boot_id(self) -> int:
        return self.boot

    def uptime_seconds(self) -> float:
        return self.uptime

    def process_began_at(self, pid: int) -> float | None:
        return self.began.get(pid)

    def end_process(self, pid: int) -> None:
        self.ended.append(pid)
        self.on_end()

    def long_path(self, path: str) -> str:
        for short, long in self.short.items():
            if path.upper().startswith(short.upper()):
                return long + path[len(short) :]
        return path

    def loads(self, library: str) -> bool:
        return self.library


@dataclass
class Networks:
    all: list[dict[str, Any]] = field(default_factory=list)
    points: tuple[str, ...] = ()
    deleted: list[str] = field(default_factory=list)
    destroyed: list[str] = field(default_factory=list)
    error: Exception | None = None
    stuck: frozenset[str] = frozenset()
    """Layers that cannot be destroyed."""

    def endpoints(self) -> tuple[str, ...]:
        return self.points

    def networks(self) -> tuple[Mapping[str, Any], ...]:
        if self.error:
            raise self.error
        return tuple(self.all)

    def delete_network(self, identity: str) -> None:
        self.deleted.append(identity)

    def destroy_layer(self, folder: str) -> None:
        if Path(folder).name in self.stuck:
            raise Failed(f"DestroyLayer {Path(folder).name}: 0x80070005")
        self.destroyed.append(Path(folder).name)


class Registry:
    def __init__(self) -> None:
        self.keys: dict[str, dict[str, Any]] = {
            r"SOFTWARE\Microsoft\Windows NT\CurrentVersion": {"CurrentBuildNumber": "20348"}
        }

    def value(self, key: str, name: str) -> Any:
        return self.values(key).get(name)

    def values(self, key: str) -> Mapping[str, Any]:
        return self.keys.get(key, {})


class Windows:
    """One node. `ran` is every program that was run; `answers` what those print, by a part of their command line."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "install"
        self.image = folder / "image"
        self.data = folder / "data"
        self.services = Services()
        self.kernel = Kernel()
        self.networks = Networks()
        self.registry = Registry()
        self.ran: list[list[str]] = []
        self.answers: dict[str, Finished] = {}
        self.time = 1_700_000_000.0
        self.clock_set = 0.0
        """How far somebody has set the clock."""
        self.instances: dict[str, int] = {}
        self.ship("29.2.1")

    def ship(self, version: str) -> None:
        """Make the image one of this version."""
        folder = self.image / "docker"
        folder.mkdir(parents=True, exist_ok=True)
        contents = {"docker.exe": b"the client", "dockerd.exe": b"the engine " + version.encode()}
        for name, content in contents.items():
            (folder / name).write_bytes(content)
        manifest = {
            "version": version,
            "files": {
                name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
                for name, content in contents.items()
            },
        }
        (folder / "manifest.json").write_text(json.dumps(manifest))

    def run(self, argv: Sequence[str], *, seconds: float) -> Finished:
        self.ran.append(list(argv))
        line = " ".join(argv)
        for part, answer in self.answers.items():
            if part in line:
                return answer
        if "--register-service" in argv:
            stored = subprocess.list2cmdline(
                [argv[0], "--run-service", *(a for a in argv[1:] if a != "--register-service")]
            )
            self.services.register("docker", stored)
        if "--unregister-service" in argv:
            self.services.delete("docker")
        return Finished(code=0)

    def pause(self, seconds: float) -> None:
        self.time += seconds

    def node(self) -> seams.Node:
        return seams.Node(
            run=self.run,
            registry=self.registry,
            services=self.services,
            kernel=self.kernel,
            networks=self.networks,
            environment={"SYSTEMROOT": r"C:\Windows", "PROGRAMDATA": str(self.folder / "ProgramData")},
            pipes=lambda: self.instances,
            now=lambda: self.time + self.clock_set,
            monotonic=lambda: self.time,
            pause=self.pause,
        )

    def host(self, **daemon: Any) -> WindowsHost:
        return WindowsHost(
            self.settings(**daemon), self.image, reload_hash=lambda found: str(found.get("debug")), node=self.node()
        )

    def installed(self, target: Target = TARGET) -> WindowsHost:
        """A host with the version and the configuration of a target."""
        host = self.host()
        host.install(target.version)
        host.configure(target, "{}")
        self.ran.clear()
        return host

    def registered(self, target: Target = TARGET) -> WindowsHost:
        host = self.installed(target)
        host.register(target)
        self.ran.clear()
        self.services.asked.clear()
        return host

    def running(self, target: Target = TARGET) -> WindowsHost:
        host = self.registered(target)
        self.services.states["docker"] = Status(state=Running.RUNNING, pid=4711)
        return host

    @property
    def state(self) -> Path:
        return self.folder / "ProgramData" / "buildfleet" / "docker-engine"

    def settings(self, **daemon: Any) -> Settings:
        return Settings(
            stack="dev",
            pool="win22",
            daemon_set="docker-engine-win22",
            slots=(),
            version="29.2.1",
            daemon=daemon,
            data_root=str(self.data),
            install_root=str(self.root),
            feature="require",
            existing="refuse",
            keep_data=False,
            rollout=Rollout(wait_minutes=60, at_limit="postpone", pause_minutes=10),
            smoke_images={},
            prepull={},
            prepull_blocks=False,
            prune=Prune(every_hours=24, unused_hours=168, below_bytes=0, floor_bytes=0),
            credential_specs={},
            port=9324,
            engine_metrics_port=None,
            firewall=True,
            build_slots=None,
        )
