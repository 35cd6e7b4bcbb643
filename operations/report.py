"""The report: findings first, then each node, the rollout, builds, and what waits. And the bundle, one file a kind."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from components import contract
from operations.findings import engine_pod, findings, reason
from operations.gather import Gathered, Object

SIMULATED: Final = (
    "This is a sandbox: its nodes are simulated. The supervisors, and what they do to the API server, are real; the "
    "engine, containers and builds are not, and Jobs end without having run."
)
_METRICS: Final = ("up", "ready", "disk_free_bytes", "containers_running", "images", "hns_endpoints", "pending")
_NUMBER: Final = re.compile(r"[0-9.+e]+")
_PREFIX: Final = "buildfleet_docker_engine_"


def text(found: Gathered) -> str:
    """The report, for people."""
    return "\n".join(_lines(found)) + "\n"


def write(found: Gathered, folder: Path) -> list[Path]:
    """The bundle; returns its files."""
    documents = {
        "report.txt": text(found),
        "nodes.json": _json(found.nodes),
        "engine-pods.json": _json(found.engine_pods),
        "pending-pods.json": _json(found.pending),
        "daemon-sets.json": _json(found.daemon_sets),
        "leases.json": _json(found.leases),
        "jobs.json": _json(found.jobs),
        "job-pods.json": _json(found.job_pods),
        "events.json": _json(found.events),
        **{f"readyz/{pod}.txt": f"{said}\n" for pod, said in found.readyz.items()},
        **{f"metrics/{pod}.txt": said for pod, said in found.metrics.items()},
    }
    for name, content in documents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return [folder / name for name in sorted(documents)]


def _lines(found: Gathered) -> Iterator[str]:
    yield f"Docker Engine of stack {found.stack}, on {found.where}"
    if found.simulated:
        yield SIMULATED
    yield from found.notes
    yield ""
    told = findings(found)
    yield "What to look at" if told else "Nothing stands out."
    yield from (f"  - {one}" for one in told)
    for node in found.nodes:
        yield ""
        yield from _node(found, node)
    if found.leases:
        yield ""
        yield "Slots of the rollout"
        for lease in found.leases:
            holder = lease["spec"].get("holderIdentity")
            renewed = lease["spec"].get("renewTime")
            yield f"  {lease['metadata']['name']}: " + (f"held by {holder} since {renewed}" if holder else "free")
    if found.jobs:
        yield ""
        yield "Builds and smoke tests"
        for job in found.jobs:
            digest = job["metadata"].get("annotations", {}).get(contract.ANNOTATION_DIGEST)
            yield f"  {job['metadata']['name']}: {_outcome(job)}" + (f", {digest}" if digest else "")
    if found.pending:
        yield ""
        yield "Pods that wait for a node"
        for pod in found.pending:
            yield f"  {pod['metadata']['namespace']}/{pod['metadata']['name']}"
            yield from _events(found.events.get(f"Pod/{pod['metadata']['name']}", []))


def _node(found: Gathered, node: Object) -> Iterator[str]:
    name, labels = node["metadata"]["name"], node["metadata"]["labels"]
    info = node["status"].get("nodeInfo", {})
    version = labels.get(contract.NODE_ENGINE_VERSION, "none")
    yield f"Node {name} ({info.get('osImage', 'Windows')}, {info.get('containerRuntimeVersion', 'runtime unknown')})"
    yield f"  engine: {labels.get(contract.NODE_ENGINE, 'no label')}, version {version}"
    yield f"  schedulable: {'no' if node['spec'].get('unschedulable') else 'yes'}"
    cordon = node["metadata"].get("annotations", {}).get(contract.NODE_ENGINE_CORDON)
    if cordon:
        yield f"  cordoned by the supervisor: {cordon}"
    pod = engine_pod(found, name)
    pod_name = pod["metadata"]["name"] if pod else ""
    if pod is None:
        yield "  engine pod: none"
    else:
        yield f"  engine pod: {pod_name}, {pod['status'].get('phase', 'unknown')}"
        if (told := reason(pod)) is not None:
            yield f"  last said: {told}"
        if pod_name in found.readyz:
            yield f"  /readyz: {found.readyz[pod_name]}"
        values = _values(found.metrics.get(pod_name, ""))
        if values:
            yield "  metrics: " + ", ".join(f"{key} {value}" for key, value in values.items())
    events = [*found.events.get(f"Node/{name}", []), *found.events.get(f"Pod/{pod_name}", [])]
    # The supervisor tells its node, its pod and its DaemonSet the same.
    seen = {(event["reason"], event["message"]): event for event in events}
    if seen:
        yield "  events, the newest first"
        yield from _events(sorted(seen.values(), key=lambda event: str(event["time"]), reverse=True))


def _values(metrics: str) -> dict[str, str]:
    """The metrics that an operator asks for first."""
    found: dict[str, str] = {}
    for line in metrics.splitlines():
        name, _, value = line.partition(" ")
        if name.startswith(_PREFIX) and name.removeprefix(_PREFIX) in _METRICS and _NUMBER.fullmatch(value.strip()):
            found[name.removeprefix(_PREFIX)] = f"{float(value):.0f}"
    return {name: found[name] for name in _METRICS if name in found}


def _events(events: Sequence[Object]) -> Iterator[str]:
    for event in events:
        times = f" ({event['count']} times)" if event["count"] > 1 else ""
        yield f"    {event['time']} {event['type']} {event['reason']}: {event['message']}{times}"


def _outcome(job: Object) -> str:
    for condition in job["status"].get("conditions", []):
        if condition["type"] in ("Complete", "Failed") and condition["status"] == "True":
            return "passed" if condition["type"] == "Complete" else f"failed: {condition.get('reason', '')}"
    return "running" if job["status"].get("active") else "waiting"


def _json(part: object) -> str:
    return json.dumps(part, indent=1, sort_keys=True) + "\n"
