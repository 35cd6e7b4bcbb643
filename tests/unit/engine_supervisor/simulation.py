"""Nodes, their pods and an API server, simulated in one process with a clock of their own, under the real core.

A test makes a `Simulation`, lets time pass with `run`, does things to nodes in between, and watches each action and
each round. What a start of the engine does on Windows is done here, too: at some moment before the engine answers,
every ordinary pod on the node loses its network for good.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from random import Random

from engine_supervisor import actions as act
from engine_supervisor.core import Decision, Wanted, decide, needs_cluster, pulled, remember, smoked, wanted
from engine_supervisor.journal import Journal, dump, load
from engine_supervisor.ports import SmokeResult
from engine_supervisor.settings import Prune, Rollout, Settings
from engine_supervisor.world import (
    Cluster,
    Disk,
    Engine,
    Feature,
    Host,
    Owner,
    Pod,
    Running,
    Service,
    Slot,
    World,
)

GIB = 1 << 30
LEASE = 600.0
BOOT = 60.0


class Failed(Exception):
    """An action did not succeed."""


def settings(**changes: object) -> Settings:
    """Settings of a pool with two slots and short times."""
    usual = Settings(
        stack="prod",
        pool="win22",
        daemon_set="docker-engine-win22",
        slots=("docker-engine-win22-0", "docker-engine-win22-1"),
        version="29.2.1",
        daemon={"data-root": r"D:\docker", "exec-opts": ["isolation=process"]},
        data_root=r"D:\docker",
        install_root=r"C:\Program Files\Buildfleet\docker-engine",
        feature="require",
        existing="refuse",
        keep_data=False,
        rollout=Rollout(wait_minutes=20, at_limit="postpone", pause_minutes=5),
        smoke_images={"20348": "mcr.microsoft.com/windows/nanoserver:ltsc2022"},
        prepull={"20348": ("servercore:ltsc2022",)},
        prepull_blocks=False,
        prune=Prune(every_hours=24, unused_hours=168, below_bytes=40 * GIB, floor_bytes=10 * GIB),
        credential_specs={},
        port=9323,
        engine_metrics_port=None,
        firewall=False,
        build_slots=None,
    )
    return replace(usual, **changes)  # type: ignore[arg-type]  # names and types are Settings' own


@dataclass
class SimulatedPod:
    """A pod as it is. What the API server tells of it may lag behind."""

    uid: str
    kind: str
    """`job`, `agent` (ends on SIGTERM, when its work is done), `daemon` or `host` (without a network of its own)."""
    bound_at: float
    taken_at: float = math.inf
    told_at: float = math.inf
    """When the kubelet's `startTime` reaches the API server."""
    ends_at: float = math.inf
    terminating: bool = False
    grace: int | None = None
    network: bool = True

    def told(self, now: float) -> Pod:
        return Pod(
            namespace="agents",
            name=f"{self.kind}-{self.uid}",
            uid=self.uid,
            started_at=float(int(self.taken_at)) if self.told_at <= now else None,
            ordinary=self.kind != "host",
            of_daemon_set=self.kind in ("daemon", "host"),
            of_job=self.kind == "job",
            uses_engine=self.kind in ("job", "agent"),
            terminating=self.terminating,
            grace_seconds=self.grace,
        )


@dataclass
class Node:
    """A node: what survives its supervisor, and the supervisor's own few variables."""

    name: str
    settings: Settings
    boot: int = 0
    booted_at: float = 0.0
    up: bool = True
    feature: Feature = Feature.PRESENT
    service: Service = field(default_factory=Service)
    answers: bool = False
    version_running: str | None = None
    starts: int = 0
    """Processes so far: what was scheduled for another one is void."""
    installed: set[str] = field(default_factory=set)
    configured: set[str] = field(default_factory=set)
    reload_hash: str | None = None
    free: int = 100 * GIB
    drive: bool = True
    journal: str | None = None
    unschedulable: bool = False
    cordoned_by_us: bool = False
    pods: list[SimulatedPod] = field(default_factory=list)
    asleep_until: float = 0.0
    """The supervisor is dead till then."""
    round: int = 0
    """Of its supervisor: a round that was scheduled for an earlier life is void."""
    looked_at: float = -math.inf
    decision: Decision | None = None
    dies_after: int | None = None
    """Actions that the supervisor still does before it is killed."""

    _read: tuple[str | None, Journal] = (None, Journal())
    _wanted: tuple[Settings, Wanted] | None = None

    @property
    def known(self) -> Journal:
        """The journal, read anew only where the file has changed."""
        if self.journal != self._read[0]:
            self._read = self.journal, (load(self.journal) if self.journal else None) or Journal()
        return self._read[1]

    @property
    def wanted(self) -> Wanted:
        if self._wanted is None or self._wanted[0] is not self.settings:
            self._wanted = self.settings, wanted(self.settings)
        return self._wanted[1]


@dataclass
class Lease:
    holder: str | None = None
    renewed_at: float = 0.0
    stopped: str | None = None


Watch = Callable[["Simulation", Node, World, Journal, act.Action], None]
"""Called before each action, with what it was decided on and the journal as it was written."""
RoundWatch = Callable[["Simulation", Node, World, Decision], None]


class Simulation:
    """The whole pool."""

    def __init__(self, given: Settings, nodes: int, seed: int, *, jobs_every: float | None = 240.0) -> None:
        self.now = 1_000_000.0
        self.random = Random(seed)
        self.nodes = [Node(name=f"win{number}", settings=given) for number in range(nodes)]
        self.leases = {name: Lease() for name in given.slots}
        self.jobs_every = jobs_every
        self.away_until = 0.0
        self.budget_until = 0.0
        """Disruption budgets refuse evictions of agents till then."""
        self.no_image_until = 0.0
        self.broken: set[str] = set()
        """Versions that cannot run a container."""
        self.dead: set[str] = set()
        """Versions that end instead of answering."""
        self.before_action: list[Watch] = []
        self.after_round: list[RoundWatch] = []
        self.calls = 0
        self.rounds = 0
        self._events: list[tuple[float, int, Callable[[], object]]] = []
        self._number = 0
        for node in self.nodes:
            self._bind(node, "daemon")
            self._bind(node, "host")
            self._bind(node, "agent")
            self.wake(node)
            self._next_job(node)

    # Time

    def at(self, when: float, what: Callable[[], object]) -> None:
        self._number += 1
        heapq.heappush(self._events, (max(when, self.now), self._number, what))

    def run(self, seconds: float, until: Callable[[], bool] | None = None) -> bool:
        """Let time pass; whether `until` came true, for which it is asked after each event."""
        end = self.now + seconds
        while self._events and self._events[0][0] <= end:
            self.now, _, what = heapq.heappop(self._events)
            what()
            if until is not None and until():
                return True
        self.now = end
        return until is not None and until()

    # Pods

    def _next_job(self, node: Node) -> None:
        if self.jobs_every is None:
            return

        def arrive() -> None:
            # Decided now, bound a moment later, whatever happens to the node in between.
            if node.up and not node.unschedulable and self.jobs_every is not None:
                self.at(self.now + self.random.uniform(0, 1), lambda: self.job(node))
            self._next_job(node)

        self.at(self.now + self.random.expovariate(1 / self.jobs_every), arrive)

    def job(self, node: Node, seconds: float | None = None) -> SimulatedPod:
        """A pod of a Job that works for so long."""
        pod = self._bind(node, "job")
        length = self.random.uniform(20, 1500) if seconds is None else seconds
        self._end(node, pod, self.now + length)
        return pod

    def _bind(self, node: Node, kind: str) -> SimulatedPod:
        self._number += 1
        pod = SimulatedPod(uid=f"{self._number}", kind=kind, bound_at=self.now)
        node.pods.append(pod)

        def take() -> None:
            if not node.up:
                self.at(self.now + 5, take)
                return
            pod.taken_at = self.now
            pod.told_at = self.now + self.random.uniform(0.1, 15)

        self.at(self.now + self.random.uniform(0, 3), take)
        return pod

    def _end(self, node: Node, pod: SimulatedPod, when: float) -> None:
        pod.ends_at = min(pod.ends_at, when)

        def end() -> None:
            if pod in node.pods and pod.ends_at <= self.now:
                node.pods.remove(pod)
                if pod.kind in ("daemon", "host"):
                    self.at(self.now + 2, lambda: self._return(node, pod.kind))
                elif pod.kind == "agent":
                    self.at(self.now + 5, lambda: self._return(node, "agent"))

        self.at(pod.ends_at, end)

    def _return(self, node: Node, kind: str) -> None:
        """A pod of a controller comes back: agents where nodes take pods, those of DaemonSets everywhere."""
        if kind != "agent":
            self._bind(node, kind)
            return
        open_nodes = [one for one in self.nodes if one.up and not one.unschedulable]
        if open_nodes:
            self._bind(self.random.choice(open_nodes), "agent")
        else:
            self.at(self.now + 30, lambda: self._return(node, "agent"))

    def _terminate(self, node: Node, uid: str, grace: int | None) -> None:
        for pod in node.pods:
            if pod.uid == uid:
                own = 600 if pod.kind == "agent" else 30
                seconds = own if grace is None else grace
                if pod.grace is None or seconds < pod.grace:
                    pod.terminating, pod.grace = True, seconds
                    self._end(node, pod, self.now + self.random.uniform(0, seconds))

    # What happens to nodes

    def crash(self, node: Node) -> None:
        """The engine's process ends."""
        if node.service.state in (Running.STARTING, Running.RUNNING):
            node.starts += 1
            node.answers, node.version_running = False, None
            node.service = replace(node.service, state=Running.STOPPED, pid=None, started_at=None)

    def silence(self, node: Node, seconds: float) -> None:
        """The engine does not answer for a while."""
        if node.answers:
            node.answers = False
            process = node.starts

            def speak() -> None:
                if node.starts == process and node.service.state is Running.RUNNING:
                    node.answers = True

            self.at(self.now + seconds, speak)

    def start_engine(self, node: Node) -> None:
        """The service is started, by whomever."""
        if node.service.owner is Owner.NOBODY:
            raise Failed("there is no service")
        if node.service.state is not Running.STOPPED or not node.up:
            return
        node.starts += 1
        process = node.starts
        node.service = replace(node.service, state=Running.STARTING, pid=process, started_at=self.now)
        version = node.service.target.version if node.service.target else "foreign"
        answer = self.now + self.random.uniform(3, 25)
        wipe = self.random.uniform(self.now + 0.5, answer)

        def cut() -> None:
            if node.starts == process:
                for pod in node.pods:
                    if pod.kind != "host" and pod.taken_at <= self.now:
                        pod.network = False

        def speak() -> None:
            if node.starts != process:
                return
            if version in self.dead or node.feature is not Feature.PRESENT:
                self.crash(node)
                return
            node.service = replace(node.service, state=Running.RUNNING)
            node.answers, node.version_running = True, version

        self.at(wipe, cut)
        self.at(answer, speak)

    def reboot(self, node: Node) -> None:
        if not node.up:
            return
        self.crash(node)
        node.up = False
        self.sleep(node, BOOT)

        def boot() -> None:
            node.up, node.boot, node.booted_at = True, node.boot + 1, self.now
            if node.feature is Feature.REBOOT_PENDING:
                node.feature = Feature.PRESENT
            for pod in node.pods:
                pod.network = True

        self.at(self.now + BOOT - 1, boot)

    def reimage(self, node: Node) -> None:
        """A new disk under the same name: pods are gone, the journal is lost."""
        self.reboot(node)
        for pod in list(node.pods):
            if pod.kind == "job":
                node.pods.remove(pod)
        node.service, node.journal, node.reload_hash = Service(), None, None
        node.installed, node.configured, node.free = set(), set(), 100 * GIB

    def sleep(self, node: Node, seconds: float) -> None:
        """The supervisor is killed, and comes back later."""
        node.dies_after, node.round = None, node.round + 1
        node.asleep_until = max(node.asleep_until, self.now + seconds)
        node.looked_at = -math.inf
        self.at(node.asleep_until, lambda: self.wake(node))

    def wake(self, node: Node) -> None:
        """A supervisor begins, if none runs."""
        if self.now >= node.asleep_until:
            node.round += 1
            self._round(node, node.round)

    # The supervisor's program

    def host(self, node: Node) -> Host:
        builds = [pod for pod in node.pods if pod.kind == "job" and pod.taken_at <= self.now]
        return Host(
            boot=f"boot-{node.boot}",
            booted_at=node.booted_at,
            build="20348",
            feature=node.feature,
            service=node.service,
            engine=Engine(
                answers=node.answers,
                version=node.version_running,
                containers_running=len(builds) if node.answers else 0,
                clients=len(builds) if node.answers else 0,
            ),
            installed=frozenset(node.installed),
            configured=frozenset(node.configured),
            reload_hash=node.reload_hash,
            disk=Disk(free_bytes=node.free, total_bytes=200 * GIB) if node.drive else None,
        )

    def cluster(self, node: Node) -> Cluster | None:
        self.calls += 1
        if self.now < self.away_until:
            return None
        return Cluster(
            node=node.name,
            unschedulable=node.unschedulable,
            cordoned_by_us=node.cordoned_by_us,
            labels={},
            pods=tuple(pod.told(self.now) for pod in node.pods),
            slots=tuple(
                Slot(
                    name=name,
                    holder=lease.holder,
                    expired=lease.holder is not None and self.now - lease.renewed_at > LEASE,
                    stopped=lease.stopped,
                )
                for name, lease in sorted(self.leases.items())
            ),
        )

    def _round(self, node: Node, number: int) -> None:
        if node.round != number or self.now < node.asleep_until:
            return
        self.rounds += 1
        seen = World(now=self.now, host=self.host(node), cluster=None, asked=False)
        asked = needs_cluster(seen, node.known, node.settings) or self.now - node.looked_at > 300
        if asked:
            seen = replace(seen, cluster=self.cluster(node), asked=True)
            if seen.cluster is not None:
                node.looked_at = self.now
        decision = decide(seen, remember(seen, node.known), node.settings)
        node.decision = decision
        for watch in self.after_round:
            watch(self, node, seen, decision)
        for step in self._steps(node, seen, decision):
            if node.dies_after is not None:
                if node.dies_after == 0:
                    self.sleep(node, self.random.choice((1.0, 20.0, 200.0)))
                    return
                node.dies_after -= 1
            try:
                step()
            except Failed:
                break
        if node.round == number:
            self.at(self.now + decision.wait_seconds, lambda: self._round(node, number))

    def _steps(self, node: Node, seen: World, decision: Decision) -> Iterator[Callable[[], None]]:
        def write() -> None:
            node.journal = dump(decision.journal)

        def do(action: act.Action) -> Callable[[], None]:
            def step() -> None:
                for watch in self.before_action:
                    watch(self, node, seen, decision.journal, action)
                self._act(node, action)

            return step

        if decision.journal != node.known:
            yield write
        for action in decision.actions:
            yield do(action)

    def _act(self, node: Node, action: act.Action) -> None:
        service, target = node.service, node.wanted.target
        match action:
            case act.InstallFeature():
                node.feature = Feature.REBOOT_PENDING
            case act.Reboot():
                self.reboot(node)
            case act.Install(version):
                if version != node.settings.version:
                    raise Failed("the image has another version")
                node.installed.add(version)
            case act.Configure(of):
                assert of == target
                node.configured.add(of.key)
            case act.Register(of):
                if service.state is not Running.STOPPED:
                    raise Failed("the service runs")
                if of.version not in node.installed or of.key not in node.configured:
                    raise Failed("the programs are not there")
                node.service = Service(owner=Owner.US, state=Running.STOPPED, target=of)
                node.reload_hash = node.wanted.reload_hash if of == target else node.reload_hash
            case act.Guard():
                node.service = replace(service, guarded=True)
            case act.Reload():
                node.reload_hash = node.wanted.reload_hash
            case act.StartEngine():
                self.start_engine(node)
            case act.StopEngine():
                self.crash(node)
            case act.Smoke():
                self._smoke(node)
            case act.Prepull(image):
                if self.now >= self.no_image_until:
                    node.journal = dump(pulled(node.known, image))
            case act.Prune():
                node.free = max(node.free, 100 * GIB)
            case act.Discard(keep):
                node.installed &= {*keep, service.target.version if service.target else ""}
            case _:
                self._ask(node, action)

    def _smoke(self, node: Node) -> None:
        if self.now < self.no_image_until:
            result = SmokeResult(outcome="no-image", reason="the registry does not answer")
        elif not node.answers or node.version_running in self.broken:
            result = SmokeResult(outcome="failed", reason="hcs::CreateComputeSystem: it does not work")
        else:
            result = SmokeResult(outcome="passed")
        node.journal = dump(smoked(node.known, result, self.now))

    def _ask(self, node: Node, action: act.Action) -> None:
        """An action on the API server."""
        self.calls += 1
        if self.now < self.away_until:
            raise Failed("the API server does not answer")
        match action:
            case act.TakeSlot(name):
                lease = self.leases[name]
                if lease.holder not in (None, node.name) and self.now - lease.renewed_at <= LEASE:
                    raise Failed("another was faster")
                lease.holder, lease.renewed_at = node.name, self.now
            case act.RenewSlot(name):
                lease = self.leases[name]
                if lease.holder != node.name:
                    raise Failed("it is another's")
                lease.renewed_at = self.now
            case act.FreeSlot(name):
                if self.leases[name].holder == node.name:
                    self.leases[name].holder = None
            case act.StopRollout(name, of):
                self.leases[name].stopped = of
            case act.Cordon():
                if node.unschedulable and not node.cordoned_by_us:
                    raise Failed("somebody else was faster")
                node.unschedulable = node.cordoned_by_us = True
            case act.Uncordon():
                if node.cordoned_by_us:
                    node.unschedulable = node.cordoned_by_us = False
            case act.Evict(pods, grace):
                for pod in pods:
                    if pod.terminating or not (self.now < self.budget_until and pod.name.startswith("agent")):
                        self._terminate(node, pod.uid, grace)
            case act.Delete(pods, grace):
                for pod in pods:
                    self._terminate(node, pod.uid, grace)
            case _:
                raise AssertionError(f"an action that nobody does: {action}")
