"""A supervisor's program on a simulated node, with its log in memory."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

from bench.simulated_node import MemoryApi, SimulatedClock, SimulatedNode, settings
from engine_supervisor.program import Inline, Log, Metrics, Program
from engine_supervisor.settings import Settings


class Rig:
    """One node; `restarted` gives it another supervisor, as the kubelet does after a crash."""

    def __init__(self, node: SimulatedNode | None = None, clock: SimulatedClock | None = None, **other: Any) -> None:
        self.settings: Settings = settings(**other)
        if node is None:
            clock = clock or SimulatedClock()
            node = SimulatedNode(self.settings, clock, MemoryApi(clock))
        self.node, self.clock, self.api, self.host = node, node.clock, node.api, node.host
        self.stream = io.StringIO()
        self.metrics = Metrics()
        log = Log(node.name, self.clock, self.stream)
        self.program = Program(
            self.settings,
            node.identity,
            node.host,
            node.docker,
            node.cluster,
            self.clock,
            log,
            self.metrics,
            background=Inline,
        )

    def restarted(self, **other: Any) -> Rig:
        return Rig(self.node, **other)

    def turn(self, seconds: float, until: Callable[[], bool] = lambda: False) -> None:
        """Rounds for so long, or until something holds."""
        end = self.clock.time + seconds
        while self.clock.time < end and not until():
            wait = self.program.round()
            if self.program.given_up is not None:
                return
            self.clock.time += max(wait, 0.1)

    def ready(self) -> bool:
        return self.program.health.ready()[0]

    def until_ready(self, seconds: float = 600) -> Rig:
        self.turn(seconds, self.ready)
        assert self.ready(), self.program.health.ready()[1]
        return self

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines() if line.startswith("{")]

    @property
    def object(self) -> dict[str, Any]:
        """The Node object."""
        return self.api.find("nodes", None, self.node.name)

    def events(self) -> list[dict[str, Any]]:
        return self.api.every("events")
