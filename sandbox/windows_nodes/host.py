"""The simulated host behind the supervisor's port `Host`: the same promises as the real adapter, over the node's file.

Owns the translation from what the supervisor asks to what Windows does (`service_manager`, `machine`). Each method that
changes something is one step (`steps`).
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager

from engine_supervisor import world
from engine_supervisor.ports import Failed, Refused
from engine_supervisor.world import Target
from rules.tables.docker_engine import LINUX_ONLY_KEYS
from sandbox.windows_nodes import machine, service_manager
from sandbox.windows_nodes.steps import Steps
from sandbox.windows_nodes.store import State, Store


class SimulatedHost:
    """One node. `image_version` is the engine whose binaries are in the supervisor's image; `data_root` a path with a
    drive, from the settings; `reload_hash` tells that of a `daemon.json`."""

    def __init__(
        self, store: Store, *, image_version: str, data_root: str, reload_hash: Callable[[Mapping[str, object]], str]
    ) -> None:
        self._store = store
        self._steps = Steps(store, image_version)
        self._image_version = image_version
        self._data_root = data_root
        self._reload_hash = reload_hash

    def look(self) -> world.Host:
        """See `ports.Host`."""
        with self._settled() as state:
            drive = self._data_root[:2].upper()
            return world.Host(
                boot=f"boot-{state['boots']}",
                booted_at=state["booted_at"],
                build=state["build"],
                feature=world.Feature(state["feature"]),
                service=_service(state),
                engine=world.Engine(),
                installed=frozenset(state["versions"]),
                reload_hash=self._registered_reload_hash(state),
                disk=(
                    world.Disk(free_bytes=machine.free_bytes(state), total_bytes=state["disk"]["total"])
                    if drive in state["drives"]
                    else None
                ),
                configured=frozenset(state["configurations"]),
            )

    def acting(self) -> AbstractContextManager[None]:
        """See `ports.Host`."""
        return self._store.locked("acting.lock")

    def read_journal(self) -> str | None:
        """See `ports.Host`."""
        journal: str | None = self._store.read()["journal"]
        return journal

    def write_journal(self, text: str) -> None:
        """See `ports.Host`."""
        with self._step("write_journal") as state:
            state["journal"] = text

    def install_feature(self) -> None:
        """See `ports.Host`."""
        with self._step("install_feature") as state:
            if state["feature"] == "absent":
                state["feature"] = "reboot-pending"

    def reboot(self) -> None:
        """See `ports.Host`. The kubelet sees another boot, and ends the supervisor."""
        with self._step("reboot") as state:
            machine.reboot(state, time.time())

    def install(self, version: str) -> None:
        """See `ports.Host`."""
        with self._step("install") as state:
            if version != self._image_version:
                raise Refused(f"the image has Docker Engine {self._image_version}, and {version} is wanted")
            state["versions"] = sorted({*state["versions"], version})

    def configure(self, target: Target, text: str) -> None:
        """See `ports.Host`."""
        with self._step("configure") as state:
            _validate(state, target, text)
            state["configurations"][target.key] = text

    def register(self, target: Target) -> None:
        """See `ports.Host`."""
        with self._step("register") as state:
            if state["service"] is not None:
                service_manager.delete(state)
            service_manager.create(state, target)

    def guard(self) -> None:
        """See `ports.Host`."""
        with self._step("guard") as state:
            if state["service"] is None:
                raise Failed("OpenService FAILED 1060: The specified service does not exist as an installed service.")
            state["service"]["guarded"] = True

    def reload(self, target: Target, text: str) -> None:
        """See `ports.Host`."""
        with self._step("reload") as state:
            service = state["service"]
            if service is None or service["target"] != {
                "version": target.version,
                "configuration": target.configuration,
            }:
                raise Failed(f"reload: the service is not that of {target.key}")
            _validate(state, target, text)
            state["configurations"][target.key] = text

    def start_engine(self) -> None:
        """See `ports.Host`."""
        with self._step("start_engine") as state:
            service = state["service"]
            if service is None or service["state"] not in ("starting", "running"):
                service_manager.start(state, time.time())

    def stop_engine(self) -> None:
        """See `ports.Host`."""
        with self._step("stop_engine") as state:
            if state["service"] is not None and state["service"]["state"] != "stopped":
                service_manager.stop(state)

    def discard(self, keep: frozenset[str]) -> None:
        """See `ports.Host`."""
        with self._step("discard") as state:
            target = (state["service"] or {}).get("target")
            kept = {*keep, *([target["version"]] if target else [])}
            for version in [one for one in state["versions"] if one not in kept]:
                service_manager.delete_version(state, version)

    def write_credential_specs(self, specs: Mapping[str, str]) -> None:
        """See `ports.Host`."""
        if self._store.read()["credential_specs"] != dict(specs):
            with self._step("write_credential_specs") as state:
                state["credential_specs"] = dict(specs)

    def open_firewall(self, ports: Sequence[int]) -> None:
        """See `ports.Host`."""
        if self._store.read()["firewall"] != sorted(ports):
            with self._step("open_firewall") as state:
                state["firewall"] = sorted(ports)

    def endpoints(self) -> int:
        """See `ports.Host`."""
        state = self._store.read()
        return len(state["endpoints"]) + int(state["containers"]["running"])

    def engine_log(self) -> str:
        """See `ports.Host`."""
        return str(self._store.read()["engine_log"])

    def uninstall(self, *, data: bool) -> None:
        """See `ports.Host`."""
        with self._step("uninstall") as state:
            service = state["service"]
            if service is None or service["owner"] == "us":
                if service is not None and service["state"] != "stopped":
                    service_manager.stop(state)
                if service is not None:
                    service_manager.delete(state)
                state["nat_network"] = False
                if data:
                    state.update(images={}, containers={"running": 0, "stopped": 0}, credential_specs={})
            for version in list(state["versions"]):
                service_manager.delete_version(state, version)
            state.update(journal=None, firewall=[])

    @contextmanager
    def _step(self, name: str) -> Iterator[State]:
        with self._steps.step(name), self._settled() as state:
            yield state

    @contextmanager
    def _settled(self) -> Iterator[State]:
        with self._store.transaction() as state:
            machine.settle(state, time.time())
            yield state

    def _registered_reload_hash(self, state: State) -> str | None:
        target = (state["service"] or {}).get("target")
        text = state["configurations"].get(service_manager.configuration_key(target)) if target else None
        return None if text is None else self._reload_hash(json.loads(text))


def _service(state: State) -> world.Service:
    service = state["service"]
    if service is None:
        return world.Service()
    target = service["target"]
    return world.Service(
        owner=world.Owner(service["owner"]),
        state=world.Running(service["state"]),
        target=Target(**target) if target and service["owner"] == "us" else None,
        guarded=service["guarded"],
        pid=service["pid"],
        started_at=service["began_at"],
    )


def _validate(state: State, target: Target, text: str) -> None:
    """As `dockerd --validate` of the version does, which also looks for the feature."""
    if target.version not in state["versions"]:
        raise Failed(f"dockerd --validate: Docker Engine {target.version} is not installed")
    try:
        found = json.loads(text)
    except ValueError as error:
        raise Refused(
            f"dockerd --validate: unable to configure the Docker daemon with file daemon.json: {error}"
        ) from error
    if wrong := sorted(LINUX_ONLY_KEYS & found.keys()):
        raise Refused(
            "dockerd --validate: unable to configure the Docker daemon with file daemon.json: the following directives "
            f"don't match any configuration option: {', '.join(wrong)}"
        )
