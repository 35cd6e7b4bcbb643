"""A Windows node, its engine and its API server in memory, for supervisors without either: with a clock that is set.

As much of them as a supervisor at work touches. The sandbox has the thorough ones: a simulated host with faults, and a
real API server.
"""

from __future__ import annotations

import copy
import json
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from engine_supervisor import core, names, ports, world
from engine_supervisor.adapters.kubernetes import Connection, KubernetesCluster
from engine_supervisor.adapters.kubernetes.connection import ApiError, Object, Resource, Verb
from engine_supervisor.program import Clock, Identity
from engine_supervisor.settings import Prune, Rollout, Settings
from engine_supervisor.world import Owner, Running, Target

NAMESPACE = "docker-engine"
BUILD = "20348"


def settings(**other: Any) -> Settings:
    """A pool's engine as a stack file without any wishes has it."""
    return Settings(
        **{
            "stack": "bench",
            "pool": "win22",
            "daemon_set": "docker-engine-win22",
            "slots": ("docker-engine-win22-0",),
            "version": "29.2.1",
            "daemon": {"data-root": "C:\\ProgramData\\docker", "exec-opts": ["isolation=process"]},
            "data_root": "C:\\ProgramData\\docker",
            "install_root": "C:\\Program Files\\buildfleet\\docker",
            "feature": "require",
            "existing": "refuse",
            "keep_data": False,
            "rollout": Rollout(wait_minutes=60, at_limit="postpone", pause_minutes=30),
            "smoke_images": {BUILD: "mcr.microsoft.com/windows/nanoserver:ltsc2022"},
            "prepull": {},
            "prepull_blocks": False,
            "prune": Prune(every_hours=24, unused_hours=168, below_bytes=20 * 2**30, floor_bytes=10 * 2**30),
            "credential_specs": {},
            "port": 0,
            "engine_metrics_port": None,
            "firewall": True,
            "build_slots": 2,
            **other,
        }
    )


class SimulatedClock:
    """Time that passes only when somebody waits."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.time = now

    def now(self) -> float:
        """See `program.Clock`."""
        return self.time

    def monotonic(self) -> float:
        """See `program.Clock`."""
        return self.time

    def wait(self, woken: threading.Event, seconds: float) -> None:
        """See `program.Clock`."""
        if not woken.is_set():
            self.time += seconds


class SimulatedHost:
    """See `ports.Host`. What was asked of it is in `done`."""

    def __init__(self, clock: Clock, starts_in: float = 5.0) -> None:
        self._clock = clock
        self._booted_at = clock.now() - 60
        self._starts_in = starts_in
        self.target: Target | None = None
        self.owner = Owner.NOBODY
        self.state = Running.STOPPED
        self.started_at: float | None = None
        self.disk: world.Disk | None = world.Disk(free_bytes=100 * 2**30, total_bytes=256 * 2**30)
        self.installed: set[str] = set()
        self.configured: set[str] = set()
        self.reload_hash: str | None = None
        self.journal: str | None = None
        self.done: list[str] = []
        self.fails: dict[str, Exception] = {}
        """By method: what it raises instead."""
        self._acting = False

    def _do(self, what: str, *arguments: object) -> None:
        self.done.append(" ".join([what, *map(str, arguments)]))
        if what in self.fails:
            raise self.fails[what]

    def look(self) -> world.Host:
        """See `ports.Host`."""
        running = self.state is not Running.STOPPED
        return world.Host(
            boot="1",
            booted_at=self._booted_at,
            build=BUILD,
            feature=world.Feature.PRESENT,
            service=world.Service(
                owner=self.owner,
                state=self.state,
                target=self.target,
                pid=4711 if running else None,
                started_at=self.started_at if running else None,
            ),
            engine=world.Engine(),
            installed=frozenset(self.installed),
            reload_hash=self.reload_hash,
            disk=self.disk,
            configured=frozenset(self.configured),
        )

    @property
    def answers(self) -> bool:
        """Whether the pipe does."""
        if self.state is not Running.RUNNING or self.started_at is None:
            return False
        return self._clock.now() >= self.started_at + self._starts_in

    def crash(self) -> None:
        """End the engine's process."""
        self.state = Running.STOPPED

    @contextmanager
    def acting(self) -> Iterator[None]:
        """See `ports.Host`."""
        assert not self._acting, "two rounds at once"
        self._acting = True
        try:
            yield
        finally:
            self._acting = False

    def read_journal(self) -> str | None:
        """See `ports.Host`."""
        return self.journal

    def write_journal(self, text: str) -> None:
        """See `ports.Host`."""
        self._do("write_journal")
        self.journal = text

    def install_feature(self) -> None:
        """See `ports.Host`."""
        self._do("install_feature")

    def reboot(self) -> None:
        """See `ports.Host`."""
        self._do("reboot")

    def install(self, version: str) -> None:
        """See `ports.Host`."""
        self._do("install", version)
        self.installed.add(version)

    def configure(self, target: Target, text: str) -> None:
        """See `ports.Host`."""
        self._do("configure", target.key)
        self.configured.add(target.key)
        self.reload_hash = core.reload_hash(json.loads(text))

    def register(self, target: Target) -> None:
        """See `ports.Host`."""
        self._do("register", target.key)
        self.owner, self.target = Owner.US, target

    def guard(self) -> None:
        """See `ports.Host`."""
        self._do("guard")

    def reload(self, target: Target, text: str) -> None:
        """See `ports.Host`."""
        self._do("reload", target.key)
        self.reload_hash = core.reload_hash(json.loads(text))

    def start_engine(self) -> None:
        """See `ports.Host`."""
        self._do("start_engine")
        self.state, self.started_at = Running.RUNNING, self._clock.now()

    def stop_engine(self) -> None:
        """See `ports.Host`."""
        self._do("stop_engine")
        self.state = Running.STOPPED

    def discard(self, keep: frozenset[str]) -> None:
        """See `ports.Host`."""
        self._do("discard", *sorted(keep))
        self.installed &= keep

    def write_credential_specs(self, specs: Mapping[str, str]) -> None:
        """See `ports.Host`."""
        self._do("write_credential_specs", *sorted(specs))

    def open_firewall(self, ports: Sequence[int]) -> None:
        """See `ports.Host`."""
        self._do("open_firewall", *ports)

    def endpoints(self) -> int:
        """See `ports.Host`."""
        return 7

    def engine_log(self) -> str:
        """See `ports.Host`."""
        return ""

    def uninstall(self, *, data: bool) -> None:
        """See `ports.Host`."""
        self._do("uninstall", f"data={data}")
        self.owner, self.state, self.target, self.journal = Owner.NOBODY, Running.STOPPED, None, None
        self.installed.clear()
        self.configured.clear()


class SimulatedDocker:
    """See `ports.Docker`."""

    def __init__(self, host: SimulatedHost) -> None:
        self._host = host
        self.smokes: list[ports.SmokeResult] = []
        """What the next ones come to; then they pass."""
        self.unreachable: set[str] = set()
        """Images that cannot be pulled."""
        self.pulled: list[str] = []
        self.pruned: list[tuple[float, tuple[str, ...]]] = []

    def look(self) -> world.Engine:
        """See `ports.Docker`."""
        if not self._host.answers:
            return world.Engine()
        target = self._host.target
        return world.Engine(answers=True, version=target.version if target else "1.0.0", clients=0)

    def smoke(self, image: str) -> ports.SmokeResult:
        """See `ports.Docker`."""
        return self.smokes.pop(0) if self.smokes else ports.SmokeResult(outcome="passed", seconds=4.0)

    def pull(self, image: str) -> None:
        """See `ports.Docker`."""
        if image in self.unreachable:
            raise ports.Failed(f"{image}: its registry cannot be reached")
        self.pulled.append(image)

    def usage(self) -> ports.Usage:
        """See `ports.Docker`."""
        return ports.Usage(images=3, containers=1, image_bytes=5 * 2**30)

    def prune(self, *, unused_seconds: float, keep: Sequence[str]) -> ports.Pruned:
        """See `ports.Docker`."""
        self.pruned.append((unused_seconds, tuple(keep)))
        return ports.Pruned(images=2, containers=1, reclaimed_bytes=2**30)


class MemoryApi(Connection):
    """An API server in memory, behind the adapter's connection. Counts requests as RBAC names them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._version = 0
        self._objects: dict[tuple[str, str | None, str], Object] = {}
        self.requests: Counter[tuple[str, str]] = Counter()
        self.namespaces: set[tuple[str, str | None]] = set()
        """(Resource, namespace) of all requests."""
        self.away = False
        self.budget: str | None = None
        """What refuses evictions."""

    def add(self, plural: str, namespace: str | None, name: str, **parts: Any) -> Object:
        """Put an object there."""
        metadata = {"name": name, "uid": f"uid-{name}", **parts.pop("metadata", {})}
        metadata |= {"namespace": namespace} if namespace else {}
        found = {"metadata": metadata, **parts}
        self._objects[plural, namespace, name] = found
        self._touch(found)
        return found

    def find(self, plural: str, namespace: str | None, name: str) -> Object:
        """The object itself."""
        return self._objects[plural, namespace, name]

    def every(self, plural: str) -> list[Object]:
        """All objects of a kind."""
        return [found for (kind, _, _), found in list(self._objects.items()) if kind == plural]

    def remove(self, plural: str, namespace: str | None, name: str) -> None:
        """Take an object away."""
        del self._objects[plural, namespace, name]

    def close(self) -> None:
        """Nothing to close."""

    def request(
        self,
        verb: Verb,
        resource: Resource,
        *,
        namespace: str | None = None,
        name: str | None = None,
        subresource: str | None = None,
        query: Mapping[str, str] | None = None,
        body: Object | None = None,
    ) -> Object:
        """See `Connection`."""
        what = resource.plural + (f"/{subresource}" if subresource else "")
        self.requests[verb, what] += 1
        self.namespaces.add((what, namespace))
        if self.away:
            raise ports.Away("the API server does not answer: connection refused")
        told, body = f"{verb} {what} {name}", body or {}
        if verb == "list":
            node = (query or {}).get("fieldSelector", "").partition(",")[0].partition("=")[2]
            return {"items": copy.deepcopy([pod for pod in self.every("pods") if pod["spec"]["nodeName"] == node])}
        if verb == "create" and subresource is None:
            name = str(body["metadata"]["name"])
            if (resource.plural, namespace, name) in self._objects:
                raise ApiError(told, 409, "already exists", frozenset())
            return self.add(resource.plural, namespace, name, **copy.deepcopy(body))
        key = (resource.plural, namespace, str(name))
        found = self._objects.get(key)
        if found is None:
            raise ApiError(told, 404, "not found", frozenset())
        options = body.get("deleteOptions", body)
        if options.get("preconditions", {}).get("uid", found["metadata"]["uid"]) != found["metadata"]["uid"]:
            raise ApiError(told, 409, "the uid in the precondition is another", frozenset())
        if subresource == "eviction" and self.budget is not None:
            raise ApiError(told, 429, self.budget, frozenset())
        if verb == "delete" or subresource == "eviction":
            return self._objects.pop(key)
        if verb in ("update", "patch"):
            expected = body.get("metadata", {}).get("resourceVersion")
            if expected not in (None, found["metadata"]["resourceVersion"]):
                raise ApiError(told, 409, "the object has been modified", frozenset())
            merged = copy.deepcopy(body) if verb == "update" else _merge(found, body)
            self._objects[key] = found = merged
            self._touch(found)
        return copy.deepcopy(found)

    def _touch(self, found: Object) -> None:
        self._version += 1
        found["metadata"]["resourceVersion"] = str(self._version)

    def time(self) -> str:
        """The clock's time, as objects have it."""
        return datetime.fromtimestamp(self._clock.now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _merge(found: Any, patch: Any) -> Any:
    """RFC 7386."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(found) if isinstance(found, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = _merge(merged.get(key), value)
    return merged


class SimulatedNode:
    """One node with all that a supervisor needs."""

    def __init__(self, settings: Settings, clock: SimulatedClock, api: MemoryApi, name: str = "win22000000") -> None:
        """Adds the node, its supervisor's pod and an agent's to the API server; the pool's own, where they are not."""
        self.name, self.clock, self.api = name, clock, api
        self.host = SimulatedHost(clock)
        self.docker = SimulatedDocker(self.host)
        self.identity = Identity(
            node_name=name,
            node_ip="127.0.0.1",
            pod_name=f"{settings.daemon_set}-{name}",
            pod_namespace=NAMESPACE,
            pod_uid=f"uid-{settings.daemon_set}-{name}",
        )
        api.add("nodes", None, name, metadata={"labels": {}}, spec={}, status={"capacity": {}, "allocatable": {}})
        for slot in settings.slots:
            if ("leases", NAMESPACE, slot) not in api._objects:
                api.add("leases", NAMESPACE, slot)
        if ("daemonsets", NAMESPACE, settings.daemon_set) not in api._objects:
            api.add("daemonsets", NAMESPACE, settings.daemon_set)
        self.pod(
            self.identity.pod_name, namespace=NAMESPACE, owner=("DaemonSet", settings.daemon_set), host_network=True
        )
        self.pod(f"agent-{name}", engine=True)
        self.cluster = KubernetesCluster(
            api,
            node=name,
            namespace=NAMESPACE,
            daemon_set=settings.daemon_set,
            pod=self.identity.pod_name,
            pod_uid=self.identity.pod_uid,
            slots=settings.slots,
            now=clock.now,
        )

    def pod(
        self,
        name: str,
        *,
        namespace: str = "agents",
        owner: tuple[str, str] = ("ReplicaSet", "agents"),
        host_network: bool = False,
        engine: bool = False,
    ) -> Object:
        """A pod that the kubelet takes now."""
        kind, owner_name = owner
        volumes = [{"name": "pipe", "hostPath": {"path": names.DOCKER_PIPE}}] if engine else []
        reference = {"kind": kind, "name": owner_name, "uid": f"uid-{owner_name}", "controller": True}
        return self.api.add(
            "pods",
            namespace,
            name,
            metadata={"ownerReferences": [reference]},
            spec={"nodeName": self.name, "volumes": volumes, **({"hostNetwork": True} if host_network else {})},
            status={"phase": "Running", "startTime": self.api.time()},
        )
