"""A simulated Windows node in a folder, with the ports that a supervisor has to it."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from engine_supervisor import core
from engine_supervisor.world import Target
from sandbox.windows_nodes import machine
from sandbox.windows_nodes.docker import SimulatedDocker
from sandbox.windows_nodes.host import SimulatedHost
from sandbox.windows_nodes.store import Store

TARGET = Target(version="29.2.1", configuration="0123456789ab")
OTHER = Target(version="29.2.1", configuration="ba9876543210")
TEXT = json.dumps({"data-root": "C:\\ProgramData\\docker", "debug": False})


class Node:
    def __init__(
        self, folder: Path, *, image_version: str = "29.2.1", data_root: str = r"C:\ProgramData\docker"
    ) -> None:
        self.store = Store(folder, "akswin22000000")
        self.store.create(
            machine.fresh(node=self.store.node, build="20348", disk_bytes=128 * machine.GIB, now=time.time())
        )
        self.host = SimulatedHost(
            self.store, image_version=image_version, data_root=data_root, reload_hash=core.reload_hash
        )
        self.docker = SimulatedDocker(self.store, image_version=image_version)
        self.change(faults={"start_seconds": 0})

    def change(self, **values: Any) -> None:
        with self.store.transaction() as state:
            state.update(values)

    @property
    def state(self) -> dict[str, Any]:
        return self.store.read()

    def attach(self, uid: str, *, ago: float = 0) -> None:
        with self.store.transaction() as state:
            machine.attach(state, uid, f"agents/{uid}", time.time() - ago)

    def registered(self, target: Target = TARGET) -> None:
        self.host.install(target.version)
        self.host.configure(target, TEXT)
        self.host.register(target)

    def started(self) -> None:
        self.registered()
        self.host.start_engine()
        assert self.docker.look().answers
