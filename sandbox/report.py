"""What a rehearsal shows of the cluster: the table at the end of `make up`, and what a destroy left behind.

Reads only. Everything is found by the published labels, so that the table shows what the cluster has and not what the
program meant to make.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from components import contract
from sandbox.control_plane import Api
from sandbox.control_plane.components import ENGINE
from sandbox.windows_nodes import reports

Object = Mapping[str, Any]

HEADINGS = ("WHAT", "NAMESPACE", "NAME", "READY", "WHERE")

SIMULATED = """\
Simulated: the nodes and their containers (kwok). Pods are really admitted, scheduled, drained and evicted; no image is
pulled and nothing runs in them. Except for Docker Engine's: its supervisor is the real program, a process a node, and
acts on the real API server; Windows and the engine below it are simulated. KEDA and ARC: their objects are checked by
the API server, but their controllers do not run, so ScaledJobs and runner sets make no pods. Secrets are
placeholders."""


def table(kubeconfig: Path, stack: str, *, kubectl: str, azure: Sequence[str] = ()) -> str:
    """What runs where, what is simulated, what to try next.

    `kubectl` is the one that fits this cluster; `azure` are lines on what the simulated Azure has.
    """
    selector = f"{contract.LABEL_STACK}={stack}"
    with Api(kubeconfig) as api:
        pods = _list(api, "/api/v1/pods", selector)
        sets = _list(api, "/apis/apps/v1/daemonsets", selector)
        rows = [
            *_workloads(sets, "Docker Engine", pods),
            *_workloads(_list(api, "/apis/apps/v1/deployments", selector), "Azure DevOps agents", pods),
            *map(_scaled_job, _list(api, "/apis/keda.sh/v1alpha1/scaledjobs", selector)),
            *map(_runner_set, _list(api, "/apis/actions.github.com/v1alpha1/autoscalingrunnersets", selector)),
        ]
        nodes = _list(api, "/api/v1/nodes", "")
        engines = _engines(kubeconfig.parent, pods)
    return "\n".join(
        [
            "",
            f"What runs where in stack {stack} ({len(nodes)} simulated nodes)",
            "",
            *_columns([HEADINGS, *rows]),
            "",
            *(["Docker Engine by its supervisor's own report", "", *engines, ""] if engines else []),
            *([*azure, ""] if azure else []),
            SIMULATED,
            "",
            "Try next:",
            f"  {shlex.join([kubectl, '--kubeconfig', str(kubeconfig)])} get pods -A -o wide",
            f"  make preview STACK={stack}    what a change of Pulumi.{stack}.yaml would do",
            f"  make status STACK={stack}     this table again",
            f"  make down STACK={stack}       destroy the stack, then end the sandbox",
        ]
    )


def left_behind(kubeconfig: Path, stack: str) -> list[str]:
    """Every object in the cluster that carries the stack's label, of any kind, as `kind namespace/name`."""
    left = []
    with Api(kubeconfig) as api:
        for path, kind in _listable(api):
            for item in _list(api, path, f"{contract.LABEL_STACK}={stack}"):
                metadata = item["metadata"]
                left.append(f"{kind} {metadata.get('namespace', '-')}/{metadata['name']}")
    return sorted(left)


def nodes_left(kubeconfig: Path) -> list[str]:
    """Every node in the cluster, as `left_behind` names objects."""
    with Api(kubeconfig) as api:
        return [f"Node -/{item['metadata']['name']}" for item in _list(api, "/api/v1/nodes", "")]


def _list(api: Api, path: str, selector: str) -> list[Object]:
    items: list[Object] = api.get(path, labelSelector=selector)["items"]
    return sorted(items, key=lambda item: (item["metadata"].get("namespace", ""), item["metadata"]["name"]))


def _listable(api: Api) -> Iterator[tuple[str, str]]:
    """Path and kind of everything that can be listed in the cluster, of each group in its preferred version."""
    paths = ["/api/v1", *(f"/apis/{group['preferredVersion']['groupVersion']}" for group in api.get("/apis")["groups"])]
    for path in paths:
        for resource in api.get(path)["resources"]:
            if "list" in resource["verbs"] and "/" not in resource["name"]:
                yield f"{path}/{resource['name']}", resource["kind"]


def _workloads(items: Sequence[Object], what: str, pods: Sequence[Object]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for item in items:
        metadata, status = item["metadata"], item.get("status", {})
        labels = item["spec"]["selector"]["matchLabels"].items()
        own = [
            pod
            for pod in pods
            if pod["metadata"]["namespace"] == metadata["namespace"] and labels <= pod["metadata"]["labels"].items()
        ]
        wanted = status.get("desiredNumberScheduled", item["spec"].get("replicas", 0))
        ready = status.get("numberReady", status.get("readyReplicas", 0))
        where = sorted({pod["spec"].get("nodeName", "not scheduled") for pod in own})
        rows.append((what, metadata["namespace"], metadata["name"], f"{ready}/{wanted}", ", ".join(where) or "-"))
    return rows


def _engines(sandbox: Path, pods: Sequence[Object]) -> list[str]:
    """One line a node with an engine's pod."""
    told = sorted(
        (pod["spec"]["nodeName"], reports.tell(sandbox, pod))
        for pod in pods
        if pod["metadata"]["labels"].get(contract.LABEL_COMPONENT) == ENGINE and pod["spec"].get("nodeName")
    )
    width = max((len(node) for node, _ in told), default=0)
    return [f"  {node.ljust(width)}  {what}" for node, what in told]


def _scaled_job(item: Object) -> tuple[str, ...]:
    spec = item["spec"]
    selector = spec["jobTargetRef"]["template"]["spec"]["nodeSelector"]
    jobs = f"{spec.get('minReplicaCount', 0)}-{spec.get('maxReplicaCount', 100)} jobs"
    return ("Azure DevOps agents", item["metadata"]["namespace"], item["metadata"]["name"], jobs, _selector(selector))


def _runner_set(item: Object) -> tuple[str, ...]:
    spec = item["spec"]
    runners = f"{spec.get('minRunners', 0)}-{spec['maxRunners']} runners"
    where = _selector(spec["template"]["spec"]["nodeSelector"])
    return ("GitHub runners", item["metadata"]["namespace"], item["metadata"]["name"], runners, where)


def _selector(labels: Mapping[str, str]) -> str:
    return "nodes " + ",".join(f"{key}={value}" for key, value in sorted(labels.items()) if key != contract.LABEL_OS)


def _columns(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    return [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
