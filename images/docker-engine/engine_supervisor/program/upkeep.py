"""Figures that are dear to have: Docker's disk usage and the node's network endpoints, every five minutes."""

from __future__ import annotations

from typing import Final

from engine_supervisor import ports
from engine_supervisor.program.background import Background
from engine_supervisor.program.clock import Clock
from engine_supervisor.program.log import Log
from engine_supervisor.program.metrics import Metrics
from engine_supervisor.world import Host

EVERY_SECONDS: Final = 300.0
"""Docker adds sizes up for a long time on Windows; endpoints take a call into the Host Networking Service."""


class Upkeep:
    """Asks for the dear figures: Docker's in the background, since only they take minutes."""

    def __init__(
        self,
        host: ports.Host,
        docker: ports.Docker,
        background: Background,
        clock: Clock,
        log: Log,
        metrics: Metrics,
    ) -> None:
        self._host = host
        self._docker = docker
        self._background = background
        self._clock = clock
        self._log = log
        self._metrics = metrics
        self._asked_at: float | None = None

    def do(self, host: Host) -> None:
        """Take what has come, and ask again when it is time and the engine answers."""
        if done := self._background.collect("usage"):
            if isinstance(done.value, ports.Usage):
                self._tell(done.value)
            elif isinstance(done.error, ports.Failed | ports.Away):
                self._log.line("usage-failed", reason=str(done.error))
            elif done.error is not None:
                raise done.error
        now = self._clock.monotonic()
        if not host.engine.answers or (self._asked_at is not None and now - self._asked_at < EVERY_SECONDS):
            return
        self._asked_at = now
        self._background.start("usage", None, self._docker.usage)
        try:
            self._metrics.set("hns_endpoints", self._host.endpoints())
        except (ports.Failed, ports.Away) as error:
            self._log.line("endpoints-failed", reason=str(error))

    def _tell(self, usage: ports.Usage) -> None:
        self._metrics.set("images", usage.images)
        self._metrics.set("image_bytes", usage.image_bytes)
        self._metrics.set("containers", usage.containers)
