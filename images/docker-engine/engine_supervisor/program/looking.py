"""How the world is seen: the node each round, the API server when it is needed, and at least every five minutes."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from engine_supervisor import ports
from engine_supervisor.program.clock import Clock
from engine_supervisor.program.log import Log
from engine_supervisor.world import World

LOOK_SECONDS: Final = 300.0
"""For what others do to the node's labels, its cordon and its build slots."""


class Eyes:
    """Look at one node and its cluster."""

    def __init__(self, host: ports.Host, docker: ports.Docker, cluster: ports.Cluster, clock: Clock, log: Log) -> None:
        self._host = host
        self._docker = docker
        self._cluster = cluster
        self._clock = clock
        self._log = log
        self._looked_at: float | None = None
        self.refused = ""
        """Why the API server refused the last look, in its words; empty where it did not."""

    def node(self) -> World:
        """The world without the cluster."""
        host = replace(self._host.look(), engine=self._docker.look())
        # The time after the pipe was asked: a pod that came before the answer has to count as older than it.
        return World(now=self._clock.now(), host=host, cluster=None, asked=False)

    @property
    def due(self) -> bool:
        """Whether the API server was last asked long ago."""
        return self._looked_at is None or self._clock.monotonic() - self._looked_at >= LOOK_SECONDS

    def cluster(self, world: World) -> World:
        """The world with the cluster, if the API server answers. One that refuses to tell is as good as away."""
        try:
            cluster = self._cluster.look()
        except (ports.Failed, ports.Away) as error:
            self._log.line("api-away", reason=str(error))
            self.refused = str(error) if isinstance(error, ports.Failed) else ""
            return replace(world, asked=True)
        self.refused = ""
        self._log.forget("api-away")
        self._looked_at = self._clock.monotonic()
        return replace(world, cluster=cluster, asked=True)
