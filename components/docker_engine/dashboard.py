"""A Grafana dashboard of one stack's engines, as JSON.

Owns which panels there are. The metrics are the supervisor's (`engine_supervisor.program.metrics`); a test holds the
names equal.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from components.docker_engine.alerts import PREFIX
from rules.names import Limit, fit

_COLUMNS: Final = 24
_WIDTH: Final = 12
_HEIGHT: Final = 8
_UID: Final = Limit(
    what="the uid of a dashboard",
    words="1 to 40 lower-case letters, digits and single hyphens (40: Grafana, Dashboard HTTP API, read 2026-11)",
    shortest=1,
    longest=40,
    separator="-",
    letter_first=True,
    hash_length=8,
)


@dataclass(frozen=True)
class _Panel:
    title: str
    expression: str
    """`{of}` stands for the selection of stack, pool and node; `{of, MORE}` is a narrower one."""
    legend: str
    unit: str = "short"
    kind: str = "timeseries"


_PANELS: Final = (
    _Panel("Nodes that are ready", f"sum by (pool) ({PREFIX}ready{{of}})", "{{pool}}", kind="stat"),
    _Panel(
        "Versions that answer",
        f'count by (pool, version, windows_build) ({PREFIX}info{{of, version!=""}})',
        "{{pool}}: {{version}} on {{windows_build}}",
        kind="stat",
    ),
    _Panel(
        "Versions wanted",
        f"count by (pool, version) ({PREFIX}version_available_info{{of}})",
        "{{pool}}: {{version}}",
        kind="stat",
    ),
    _Panel("What the supervisors do", f"count by (state) ({PREFIX}state_info{{of}})", "{{state}}"),
    _Panel("Free disk", f"{PREFIX}disk_free_bytes{{of}}", "{{node}}", "bytes"),
    _Panel(
        "Free disk, as a share",
        f"{PREFIX}disk_free_bytes{{of}} / {PREFIX}disk_total_bytes{{of}}",
        "{{node}}",
        "percentunit",
    ),
    _Panel("Images", f"{PREFIX}image_bytes{{of}}", "{{node}}", "bytes"),
    _Panel("Given back by pruning", f"increase({PREFIX}pruned_bytes_total{{of}}[1d])", "{{node}}", "bytes"),
    _Panel("Containers that run", f"{PREFIX}containers_running{{of}}", "{{node}}"),
    _Panel("Endpoints of the Host Networking Service", f"{PREFIX}hns_endpoints{{of}}", "{{node}}"),
    _Panel(
        "Starts of the engine", f"sum by (node, kind) (increase({PREFIX}starts_total{{of}}[1h]))", "{{node}}: {{kind}}"
    ),
    _Panel("Pods taken off nodes", f"sum by (node) (increase({PREFIX}evictions_total{{of}}[1h]))", "{{node}}"),
    _Panel("Age of the engine", f"time() - ({PREFIX}start_time_seconds{{of}} > 0)", "{{node}}", "s"),
    _Panel(
        "Nodes that wait for another engine, or are cordoned for one",
        f"{PREFIX}pending{{of}} + {PREFIX}cordoned{{of}}",
        "{{node}}",
    ),
)


def dashboard_json(*, stack: str) -> str:
    """The dashboard, the same text for the same stack."""
    dashboard = {
        "uid": fit(_UID, "buildfleet-engine", stack),
        "title": f"Docker Engine on Windows nodes: {stack}",
        "tags": ["buildfleet", "docker"],
        "timezone": "utc",
        "schemaVersion": 39,
        "refresh": "1m",
        "time": {"from": "now-24h", "to": "now"},
        "templating": {"list": [_source(), _variable("pool", stack), _variable("node", stack)]},
        "panels": [_panel(number, panel, stack) for number, panel in enumerate(_PANELS)],
    }
    return json.dumps(dashboard, indent=1, sort_keys=True) + "\n"


def _source() -> dict[str, Any]:
    return {"name": "source", "type": "datasource", "query": "prometheus", "label": "Prometheus"}


def _variable(label: str, stack: str) -> dict[str, Any]:
    query = f'label_values({PREFIX}up{{stack="{stack}"}}, {label})'
    return {
        "name": label,
        "type": "query",
        "datasource": {"type": "prometheus", "uid": "${source}"},
        "query": {"query": query, "refId": label},
        "refresh": 2,
        "includeAll": True,
        "multi": True,
        "current": {"text": "All", "value": "$__all"},
    }


def _panel(number: int, panel: _Panel, stack: str) -> dict[str, Any]:
    of = f'{{stack="{stack}", pool=~"$pool", node=~"$node"'
    left = number * _WIDTH % _COLUMNS
    return {
        "id": number + 1,
        "title": panel.title,
        "type": panel.kind,
        "datasource": {"type": "prometheus", "uid": "${source}"},
        "gridPos": {"h": _HEIGHT, "w": _WIDTH, "x": left, "y": number * _WIDTH // _COLUMNS * _HEIGHT},
        "fieldConfig": {"defaults": {"unit": panel.unit}, "overrides": []},
        "targets": [
            {"refId": "A", "expr": panel.expression.replace("{of", of), "legendFormat": panel.legend, "instant": False}
        ],
    }
