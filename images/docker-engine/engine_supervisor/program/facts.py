"""What an operator needs of a node, as one document, without changing anything.

Each part is asked on its own: what cannot be had says why, and the rest is there all the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, is_dataclass, replace
from enum import Enum
from typing import Any

from engine_supervisor import core, ports
from engine_supervisor.journal import Journal
from engine_supervisor.program.clock import Clock
from engine_supervisor.program.identity import Identity
from engine_supervisor.program.journal_file import JournalFile
from engine_supervisor.settings import Settings
from engine_supervisor.world import Cluster, Host, World


def facts(
    settings: Settings,
    identity: Identity,
    host: ports.Host,
    docker: ports.Docker,
    cluster: ports.Cluster,
    clock: Clock,
) -> dict[str, Any]:
    """The document: plain data, in the order in which one reads it."""
    wanted = core.wanted(settings)
    node = _try(lambda: replace(host.look(), engine=docker.look()))
    seen = _try(cluster.look)
    found = _try(JournalFile(host).read)
    journal = found if isinstance(found, Journal) else Journal()
    return {
        "node": identity.node_name,
        "pod": f"{identity.pod_namespace}/{identity.pod_name}",
        "stack": settings.stack,
        "pool": settings.pool,
        "now": clock.now(),
        "wanted": {"target": wanted.target.key, "reload_hash": wanted.reload_hash},
        "next": _next(node, seen, journal, settings, clock.now()),
        "host": node,
        "images": _try(docker.usage),
        "hns_endpoints": _try(host.endpoints),
        "engine_log": _try(host.engine_log),
        "journal": "none" if found is None else found,
        "cluster": seen,
        "daemon_set": _try(cluster.fate),
    }


def text(document: dict[str, Any]) -> str:
    """The document as JSON."""
    return json.dumps(document, indent=2, default=_plain)


def _next(node: object, seen: object, journal: Journal, settings: Settings, now: float) -> Any:
    """What the supervisor would decide now, which tells what it waits for."""
    if not isinstance(node, Host):
        return "unknown"
    cluster = seen if isinstance(seen, Cluster) else None
    world = World(now=now, host=node, cluster=cluster, asked=True)
    decision = core.decide(world, core.remember(world, journal), settings)
    return {"report": decision.report, "actions": [str(action) for action in decision.actions]}


def _try(ask: Callable[[], object]) -> Any:
    try:
        return ask()
    except (ports.Failed, ports.Away) as error:
        return {"error": str(error)}


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, frozenset):
        return sorted(value)
    return str(value)
