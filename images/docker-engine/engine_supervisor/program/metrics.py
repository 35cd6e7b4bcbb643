"""The metrics of one node's engine, and what each means: one table, from which the documentation is checked.

Refuses the default registry: only what stands in the table is published.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Final, Literal, get_args, get_type_hints

from prometheus_client import CollectorRegistry, Counter, Gauge
from prometheus_client.exposition import generate_latest

from engine_supervisor.journal import Kind
from engine_supervisor.ports import SmokeResult
from engine_supervisor.program.news import Outcome

PREFIX: Final = "buildfleet_docker_engine_"


@dataclass(frozen=True)
class Metric:
    """One row: name without the prefix, kind, help and labels."""

    name: str
    kind: Literal["gauge", "counter"]
    help: str
    labels: tuple[str, ...] = ()
    values: tuple[tuple[str, ...], ...] = ()
    """What each label may be, where that is known beforehand."""


_KINDS: Final[tuple[str, ...]] = get_args(Kind)
_OUTCOMES: Final[tuple[str, ...]] = get_args(Outcome)
_SMOKES: Final[tuple[str, ...]] = get_args(get_type_hints(SmokeResult)["outcome"])

TABLE: Final = (
    Metric("up", "gauge", "1: the engine answers on its pipe."),
    Metric("ready", "gauge", "1: builds can run; what the pod's readiness and the node's label say."),
    Metric("info", "gauge", "Always 1; the engine that answers, and the node's build.", ("version", "windows_build")),
    Metric("version_available_info", "gauge", "Always 1; the engine that the stack wants here.", ("version",)),
    Metric("start_time_seconds", "gauge", "When the engine's process began, since the epoch; 0: it does not run."),
    Metric("state_info", "gauge", "Always 1; the supervisor's word for what it does.", ("state",)),
    Metric("disk_free_bytes", "gauge", "Free on the volume of the data root."),
    Metric("disk_total_bytes", "gauge", "Size of the volume of the data root."),
    Metric("prune_below_bytes", "gauge", "Free space under which the store is cleaned at once."),
    Metric("prune_floor_bytes", "gauge", "Free space under which the node is not ready."),
    Metric("images", "gauge", "Images that the engine keeps."),
    Metric("image_bytes", "gauge", "Size of their layers, shared ones counted once."),
    Metric("containers", "gauge", "Containers that the engine keeps, running or not."),
    Metric("containers_running", "gauge", "Containers that run on the engine: builds, mostly."),
    Metric("hns_endpoints", "gauge", "Endpoints of the Host Networking Service on the node; a leak shows as growth."),
    Metric("prunes_total", "counter", "Prunes of the engine's store."),
    Metric("pruned_bytes_total", "counter", "What they gave back."),
    Metric(
        "starts_total",
        "counter",
        "Starts of the engine; `unwatched` is one by somebody else.",
        ("kind",),
        (("first", "rollback", "unwatched", *_KINDS),),
    ),
    Metric("upgrades_total", "counter", "Ends of operations on the node.", ("kind", "outcome"), (_KINDS, _OUTCOMES)),
    Metric("smokes_total", "counter", "Containers run to prove the engine.", ("outcome",), (_SMOKES,)),
    Metric(
        "evictions_total",
        "counter",
        "Pods taken off the node, by eviction or deletion.",
        ("by",),
        (("eviction", "deletion"),),
    ),
    Metric("evictions_refused_total", "counter", "Evictions that a disruption budget refused, once a pod and minute."),
    Metric("rollout_stopped", "gauge", "1: the wanted engine failed on some node, and no other goes to it."),
    Metric("pending", "gauge", "1: another engine or configuration is wanted and waits for its turn."),
    Metric("cordoned", "gauge", "1: the node is cordoned by the supervisor."),
    Metric("prepull_pending", "gauge", "Images to be pulled ahead that are not there yet."),
    Metric("prepull_failures_total", "counter", "Pulls ahead that failed; they are repeated."),
    Metric("last_round_timestamp_seconds", "gauge", "When the supervisor last looked, since the epoch."),
    Metric("round_failures_total", "counter", "Rounds that ended early.", ("reason",), (("away", "failed"),)),
    Metric("api_requests_total", "counter", "Requests to the API server.", ("verb", "resource")),
)


class Metrics:
    """The table's metrics with their values. Names are those of the table, without the prefix."""

    def __init__(self) -> None:
        """All at their start: 0, with every value of their labels that is known; others are absent.

        A counter that is born at 1 has increased by nothing, as Prometheus sees it.
        """
        self.registry = CollectorRegistry()
        self._gauges: dict[str, Gauge] = {}
        self._counters: dict[str, Counter] = {}
        self._messages: dict[str, dict[str, str]] = {}
        for row in TABLE:
            if row.kind == "gauge":
                self._gauges[row.name] = Gauge(PREFIX + row.name, row.help, row.labels, registry=self.registry)
            else:
                name = PREFIX + row.name.removesuffix("_total")
                counter = self._counters[row.name] = Counter(name, row.help, row.labels, registry=self.registry)
                for values in product(*row.values) if row.values else ():
                    counter.labels(*values)

    def set(self, name: str, value: float) -> None:
        """Set a gauge without labels."""
        self._gauges[name].set(value)

    def tell(self, name: str, labels: Mapping[str, str]) -> None:
        """Make a gauge whose labels are its message 1 for these labels, and absent for all others."""
        if self._messages.get(name) == labels:
            return
        self._messages[name] = dict(labels)
        gauge = self._gauges[name]
        gauge.clear()
        gauge.labels(**labels).set(1)

    def add(self, name: str, amount: float = 1, **labels: str) -> None:
        """Count."""
        counter = self._counters[name]
        (counter.labels(**labels) if labels else counter).inc(amount)

    def request(self, verb: str, resource: str) -> None:
        """Count a request to the API server."""
        self.add("api_requests_total", verb=verb, resource=resource)

    def value(self, name: str, **labels: str) -> float:
        """What a metric stands at; 0 for one that is absent."""
        found = self.registry.get_sample_value(PREFIX + name, labels)
        return 0.0 if found is None else found

    def text(self) -> bytes:
        """All of them in Prometheus' text format 0.0.4."""
        return generate_latest(self.registry)
