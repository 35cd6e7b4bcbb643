"""What there is to know of the engine in a cluster, as plain data that may be handed to somebody else.

Owns which objects are read and which of their fields are kept. Refuses Secrets and ConfigMaps, commands, and the
environment of containers: of a pod there is where it runs, what its images are and how it fares. Texts of people's
programs, such as termination messages, have what looks like a token taken out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from components import contract
from operations.connection import Connection
from rules.words import may_be_secret

ENGINE: Final = "docker-engine"
_JOBS: Final = (contract.COMPONENT_IMAGE_BUILD, "engine-smoke-test")
_ANNOTATIONS: Final = (contract.NODE_ENGINE_CORDON, contract.LEASE_STOPPED, contract.ANNOTATION_DIGEST)
_SIMULATED: Final = f"{contract.DOMAIN}/simulated"
_META: Final = ("name", "namespace", "creationTimestamp", "deletionTimestamp")
_EVENTS: Final = 8
"""The newest of each object."""
_AUTHORITY: Final = re.compile(r"(://)[^/@\s]*@")

Object = Mapping[str, Any]


@dataclass(kw_only=True)
class Gathered:
    """The parts of a report, by object's name where there are several."""

    stack: str
    where: str
    simulated: bool = False
    nodes: list[Object] = field(default_factory=list)
    """Windows build nodes of the stack: those that its engine's DaemonSets select. Other stacks' are not its affair."""
    engine_pods: list[Object] = field(default_factory=list)
    pending: list[Object] = field(default_factory=list)
    """Pods of the stack that no node has taken."""
    daemon_sets: list[Object] = field(default_factory=list)
    leases: list[Object] = field(default_factory=list)
    jobs: list[Object] = field(default_factory=list)
    """Builds and smoke tests."""
    job_pods: list[Object] = field(default_factory=list)
    """Theirs, the newest of each last."""
    events: dict[str, list[Object]] = field(default_factory=dict)
    """By `Kind/name`, the newest first."""
    readyz: dict[str, str] = field(default_factory=dict)
    metrics: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def gather(connection: Connection, stack: str) -> Gathered:
    """Read it all, in a few lists and two questions to each engine pod."""
    of_stack = f"{contract.LABEL_STACK}={stack}"
    found = Gathered(stack=stack, where=connection.where)
    pods = connection.items("/api/v1/pods", labelSelector=of_stack)
    sets = connection.items("/apis/apps/v1/daemonsets", labelSelector=f"{of_stack},{contract.LABEL_NAME}={ENGINE}")
    nodes = connection.items("/api/v1/nodes", labelSelector=f"{contract.LABEL_OS}=windows")
    engines = [pod for pod in pods if _component(pod) == ENGINE]
    nodes = [node for node in nodes if _is_ours(node, sets, engines)]
    namespaces = sorted({one["metadata"]["namespace"] for one in [*pods, *sets]})
    found.simulated = any(_SIMULATED in node["metadata"].get("annotations", {}) for node in nodes)
    found.nodes = [trimmed(node) for node in _sorted(nodes)]
    found.engine_pods = [trimmed(pod) for pod in _sorted(engines)]
    found.pending = [trimmed(pod) for pod in _sorted(pods) if not pod["spec"].get("nodeName")]
    found.daemon_sets = [trimmed(one) for one in _sorted(sets)]
    for namespace in sorted({one["metadata"]["namespace"] for one in sets}):
        path = f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases"
        found.leases += [trimmed(one) for one in _sorted(connection.items(path)) if _name(one).startswith(f"{ENGINE}-")]
    for component in _JOBS:
        selector = f"{of_stack},{contract.LABEL_NAME}={component}"
        found.jobs += [trimmed(one) for one in _sorted(connection.items("/apis/batch/v1/jobs", labelSelector=selector))]
    of_jobs = [pod for pod in pods if _component(pod) in _JOBS]
    found.job_pods = [trimmed(pod) for pod in sorted(of_jobs, key=lambda pod: str(pod["status"].get("startTime", "")))]
    wanted = {f"Node/{_name(node)}" for node in nodes} | {f"Pod/{_name(pod)}" for pod in [*engines, *found.pending]}
    wanted |= {f"DaemonSet/{_name(one)}" for one in sets} | {f"Job/{_name(one)}" for one in found.jobs}
    # Those of nodes are in `default`, whatever the node.
    for namespace in sorted({*namespaces, "default"}):
        _collect(found.events, connection.items(f"/api/v1/namespaces/{namespace}/events", limit="2000"), wanted)
    for pod in _sorted(engines):
        port = _port(pod)
        if port is None:
            continue
        found.readyz[_name(pod)] = redacted(connection.ask_pod(pod, port, "/readyz").strip())
        found.metrics[_name(pod)] = connection.ask_pod(pod, port, "/metrics")
    found.notes = list(connection.notes)
    return found


def _is_ours(node: Object, sets: Sequence[Object], engines: Sequence[Object]) -> bool:
    """Whether a DaemonSet of the engine wants the node, or a pod of it is still there after the labels have changed."""
    labels = node["metadata"].get("labels", {}).items()
    selectors = [one["spec"]["template"]["spec"].get("nodeSelector", {}) for one in sets]
    return any(selector.items() <= labels for selector in selectors) or any(
        pod["spec"].get("nodeName") == _name(node) for pod in engines
    )


def trimmed(thing: Object) -> Object:
    """An object without what is secret, or nobody's business: names, labels, our annotations, state."""
    meta, spec, status = thing["metadata"], thing.get("spec", {}), thing.get("status", {})
    annotations = {key: text for key, text in meta.get("annotations", {}).items() if key in _ANNOTATIONS}
    kept: dict[str, Any] = {
        "metadata": {
            **{key: meta[key] for key in _META if key in meta},
            "labels": meta.get("labels", {}),
            **({"annotations": annotations} if annotations else {}),
        },
        "spec": {
            key: spec[key]
            for key in (
                *("nodeName", "unschedulable", "taints", "nodeSelector", "tolerations", "priorityClassName"),
                *("holderIdentity", "renewTime", "leaseDurationSeconds", "backoffLimit", "activeDeadlineSeconds"),
            )
            if key in spec
        },
        "status": {
            key: status[key]
            for key in (
                *("phase", "reason", "startTime", "completionTime", "podIP", "hostIP", "nodeInfo", "conditions"),
                *("succeeded", "failed", "active", "desiredNumberScheduled", "numberReady", "updatedNumberScheduled"),
            )
            if key in status
        },
    }
    if "containers" in spec:
        kept["spec"]["images"] = [container["image"] for container in spec["containers"]]
    for key in ("initContainerStatuses", "containerStatuses"):
        if key in status:
            kept["status"][key] = [
                {name: one[name] for name in ("name", "ready", "restartCount", "state", "lastState") if name in one}
                for one in status[key]
            ]
    cleaned: Object = _cleaned(kept)
    return cleaned


def redacted(text: str) -> str:
    """A text without words that look like tokens, and without the names and passwords of addresses."""
    words = re.split(r"(\s+)", _AUTHORITY.sub(r"\1***@", text))
    return "".join("(hidden)" if may_be_secret(word.strip("\"',;:()[]{}")) else word for word in words)


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, Mapping):
        return {key: _cleaned(item) for key, item in value.items()}
    return [_cleaned(item) for item in value] if isinstance(value, list) else value


def _collect(events: dict[str, list[Object]], items: Sequence[Object], wanted: set[str]) -> None:
    for item in sorted(items, key=_time, reverse=True):
        about = item.get("involvedObject", {})
        key = f"{about.get('kind')}/{about.get('name')}"
        if key in wanted and len(events.setdefault(key, [])) < _EVENTS:
            events[key].append(
                {
                    "time": _time(item),
                    "type": item.get("type", ""),
                    "reason": item.get("reason", ""),
                    "message": redacted(item.get("message", "")),
                    "count": item.get("count") or item.get("series", {}).get("count") or 1,
                }
            )


def _time(event: Object) -> str:
    series = event.get("series") or {}
    times = (series.get("lastObservedTime"), event.get("lastTimestamp"), event.get("eventTime"))
    return next((str(time) for time in times if time), str(event["metadata"].get("creationTimestamp", "")))


def _port(pod: Object) -> int | None:
    """Where the supervisor answers, as its readiness probe has it."""
    for container in pod["spec"]["containers"]:
        port = container.get("readinessProbe", {}).get("httpGet", {}).get("port")
        if isinstance(port, int):
            return port
    return None


def _component(pod: Object) -> str:
    return str(pod["metadata"].get("labels", {}).get(contract.LABEL_NAME, ""))


def _name(thing: Object) -> str:
    return str(thing["metadata"]["name"])


def _sorted(things: Sequence[Object]) -> list[Object]:
    return sorted(things, key=lambda one: (one["metadata"].get("namespace", ""), _name(one)))
