"""From an action to the port that carries it out.

What takes long goes into the background and is folded into the journal in a later round. Refuses to judge: what fails
raises, and the program ends the round.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, Literal, assert_never

from engine_supervisor import actions as act
from engine_supervisor import ports
from engine_supervisor.core import Wanted
from engine_supervisor.journal import Journal
from engine_supervisor.program.clock import Clock
from engine_supervisor.program.log import Log
from engine_supervisor.program.metrics import Metrics
from engine_supervisor.program.pulls import Pulls
from engine_supervisor.program.smokes import Smokes
from engine_supervisor.settings import Settings
from engine_supervisor.world import Pod

SEEN_PODS: Final = 1000
"""How many pods that were taken off the node are remembered, so that repeating an eviction is not counted twice."""

FIREWALL_SECONDS: Final = 300.0
"""Between tries of a firewall rule that cannot be set."""

FORGETTABLE: Final = (
    act.Prune,
    act.Discard,
    act.TakeSlot,
    act.RenewSlot,
    act.FreeSlot,
    act.StopRollout,
    act.Cordon,
    act.Uncordon,
    act.Evict,
    act.Delete,
)
"""What is done also when the journal cannot be written, or the node not equipped: what makes room on its disk, and what
the next supervisor finds in the cluster and puts right. Not what touches the engine, nor its start."""


class Hands:
    """Carries out actions on one node."""

    def __init__(
        self,
        settings: Settings,
        wanted: Wanted,
        host: ports.Host,
        docker: ports.Docker,
        cluster: ports.Cluster,
        pulls: Pulls,
        smokes: Smokes,
        event: Callable[[Literal["Normal", "Warning"], str, str], None],
        log: Log,
        metrics: Metrics,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._wanted = wanted
        self._host = host
        self._docker = docker
        self._cluster = cluster
        self._pulls = pulls
        self._smokes = smokes
        self._event = event
        self._log = log
        self._metrics = metrics
        self._clock = clock
        self._counted: dict[str, None] = {}
        self._equipped = False
        self._firewall_at: float | None = -math.inf
        """When its rule is set next; `None`: it is set."""

    def equip(self) -> None:
        """Once a process: what the node needs beside the engine, and has to fit the settings before any start."""
        self._open_firewall()
        if not self._equipped:
            self._host.write_credential_specs(self._settings.credential_specs)
            self._equipped = True

    def _open_firewall(self) -> None:
        """Metrics that cannot be scraped are no reason to leave a node without an engine."""
        now = self._clock.monotonic()
        if self._firewall_at is None or now < self._firewall_at:
            return
        settings = self._settings
        engine = () if settings.engine_metrics_port is None else (settings.engine_metrics_port,)
        try:
            self._host.open_firewall((settings.port, *engine) if settings.firewall else ())
            self._firewall_at = None
        except (ports.Failed, ports.Away) as error:
            self._firewall_at = now + FIREWALL_SECONDS
            told = (
                f"The firewall rule that dockerEngine.metrics.firewall asks for cannot be set: {error}. Where a group "
                "policy rules the firewall, open the ports there, and set dockerEngine.metrics.firewall to false."
            )
            self._log.line("firewall-failed", reason=told)
            self._event("Warning", "DockerEngineFirewall", told)

    def do(self, action: act.Action, journal: Journal, build: str) -> None:
        """Carry out one action; `build` is the node's. Raises `Failed`, `Refused` or `Away`."""
        host, cluster = self._host, self._cluster
        match action:
            case act.InstallFeature():
                host.install_feature()
            case act.Reboot():
                host.reboot()
            case act.Install(version):
                host.install(version)
            case act.Configure(target):
                host.configure(target, self._wanted.start_text)
            case act.Register(target):
                host.register(target)
            case act.Guard():
                host.guard()
            case act.Reload(target):
                host.reload(target, self._wanted.start_text)
            case act.StartEngine():
                host.start_engine()
                self._metrics.add("starts_total", kind=start_kind(journal))
            case act.StopEngine():
                host.stop_engine()
            case act.Smoke():
                self._smoke(journal, build)
            case act.Prepull(image):
                others = [one for one in self._settings.prepull.get(build, ()) if one not in journal.prepulled]
                self._pulls.start([image, *others], self._docker.pull)
            case act.Prune(unused_seconds):
                self._prune(unused_seconds, build)
            case act.Discard(keep):
                host.discard(keep)
            case act.TakeSlot(name):
                cluster.take(name)
            case act.RenewSlot(name):
                cluster.renew(name)
            case act.FreeSlot(name):
                cluster.free(name)
            case act.StopRollout(name, target):
                cluster.stop_rollout(name, target)
            case act.Cordon(reason):
                cluster.cordon(reason)
            case act.Uncordon():
                cluster.uncordon()
            case act.Evict(pods, grace_seconds):
                self._evict(pods, grace_seconds)
            case act.Delete(pods, grace_seconds):
                cluster.delete(pods, grace_seconds)
                self._count("deletion", pods)
            case _:
                assert_never(action)

    def keep(self, build: str) -> tuple[str, ...]:
        """Images that no prune removes: those pulled ahead, and the smoke's."""
        smoke = self._settings.smoke_images.get(build)
        return (*self._settings.prepull.get(build, ()), *([smoke] if smoke else ()))

    def _smoke(self, journal: Journal, build: str) -> None:
        self._smokes.start(journal, partial(self._docker.smoke, self._settings.smoke_images[build]))

    def _prune(self, unused_seconds: float, build: str) -> None:
        pruned = self._docker.prune(unused_seconds=unused_seconds, keep=self.keep(build))
        self._metrics.add("prunes_total")
        self._metrics.add("pruned_bytes_total", pruned.reclaimed_bytes)
        self._log.forget("pruned")
        self._log.line(
            "pruned", images=pruned.images, containers=pruned.containers, reclaimed_bytes=pruned.reclaimed_bytes
        )

    def _evict(self, pods: Sequence[Pod], grace_seconds: int | None) -> None:
        refusals = self._cluster.evict(pods, grace_seconds)
        self._count("eviction", [pod for pod in pods if pod.uid not in refusals])
        if refusals:
            self._metrics.add("evictions_refused_total", len(refusals))
            names = {pod.uid: f"{pod.namespace}/{pod.name}" for pod in pods}
            told = "; ".join(sorted(f"{names.get(uid, uid)}: {why}" for uid, why in refusals.items()))
            self._log.line("eviction-refused", reason=told)
            self._event("Warning", "DockerEngineEvictionRefused", told)

    def _count(self, by: str, pods: Sequence[Pod]) -> None:
        new = [pod.uid for pod in pods if pod.uid not in self._counted]
        if new:
            self._metrics.add("evictions_total", len(new), by=by)
        self._counted.update(dict.fromkeys(new))
        for uid in list(self._counted)[: max(0, len(self._counted) - SEEN_PODS)]:
            del self._counted[uid]


def start_kind(journal: Journal) -> str:
    """Why the engine is started, for the metric."""
    operation = journal.operation
    if operation is None:
        return "first"
    return "rollback" if operation.rolling_back else operation.kind
