"""What an operator should look at first: pure judgements on what was gathered, each with the next step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from components import contract
from operations.gather import Gathered, Object

_FINE = ("Completed",)
_JOB_NAME = "batch.kubernetes.io/job-name"


def findings(found: Gathered) -> list[str]:
    """Everything that is not as it should be; empty when there is nothing."""
    return [*_nodes(found), *_pods(found), *_rollout(found), *_jobs(found)]


def engine_pod(found: Gathered, node: str) -> Object | None:
    """The engine's pod on a node."""
    return next((pod for pod in found.engine_pods if pod["spec"].get("nodeName") == node), None)


def reason(pod: Object) -> str | None:
    """Why a container of the pod does not run, or last ended, in the kubelet's and its own words."""
    for status in pod["status"].get("containerStatuses", []):
        waiting = status.get("state", {}).get("waiting", {})
        ended = status.get("state", {}).get("terminated") or status.get("lastState", {}).get("terminated") or {}
        words = [waiting.get("reason"), waiting.get("message"), ended.get("message")]
        if ended and not ended.get("message") and ended.get("reason") not in _FINE:
            words.append(f"exit code {ended.get('exitCode')}")
        told = [" ".join(str(word).split()) for word in words if word]
        if told:
            return "; ".join(told)
    return None


def _nodes(found: Gathered) -> Iterator[str]:
    if not found.daemon_sets:
        yield f"Stack {found.stack} has no engine in this cluster: no DaemonSet of it, so no node is its own."
    elif not found.nodes:
        yield "There is no Windows node. A pool with minCount 0 gets one when an agent or a build waits for it."
    for node in found.nodes:
        name, labels = node["metadata"]["name"], node["metadata"]["labels"]
        annotations = node["metadata"].get("annotations", {})
        pod = engine_pod(found, name)
        if pod is None and labels.get(contract.NODE_ENGINE) is not None:
            yield f"{name}: labelled by the engine, which has no pod there. See the DaemonSet's events."
        if pod is not None and labels.get(contract.NODE_ENGINE) != "ready":
            told = found.readyz.get(pod["metadata"]["name"]) or reason(pod) or "no reason known"
            yield f"{name}: the engine is not ready: {told}"
        if node["spec"].get("unschedulable"):
            ours = annotations.get(contract.NODE_ENGINE_CORDON)
            who = f"the engine's supervisor: {ours}. It lifts this itself." if ours else "somebody else, who lifts it."
            yield f"{name}: cordoned by {who}"
        if not _condition(node, "Ready"):
            yield f"{name}: the node is not Ready: the kubelet does not report."


def _pods(found: Gathered) -> Iterator[str]:
    for pod in found.engine_pods:
        name, told = pod["metadata"]["name"], reason(pod)
        statuses = pod["status"].get("containerStatuses", [])
        restarts = sum(one.get("restartCount", 0) for one in statuses)
        # One that is ready has overcome what it ended with.
        if told is not None and not all(one.get("ready") for one in statuses):
            yield f"{name} on {pod['spec'].get('nodeName', 'no node')}: {told} ({restarts} restarts)"
    for pod in found.pending:
        conditions = pod["status"].get("conditions", [])
        why = next((one.get("message") for one in conditions if one["type"] == "PodScheduled"), None)
        where = f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
        yield f"{where} waits for a node: {why or 'no reason given yet'}"


def _rollout(found: Gathered) -> Iterator[str]:
    nodes = {node["metadata"]["name"] for node in found.nodes}
    for lease in found.leases:
        name, holder = lease["metadata"]["name"], lease["spec"].get("holderIdentity")
        stopped = lease["metadata"].get("annotations", {}).get(contract.LEASE_STOPPED)
        if stopped:
            yield (
                f"Lease {name}: the rollout of {stopped} has stopped, as it failed on a node. When the cause is gone: "
                f"kubectl -n {lease['metadata']['namespace']} annotate lease {name} {contract.LEASE_STOPPED}-"
            )
        if holder and holder not in nodes:
            yield f"Lease {name}: held by {holder}, which is no node any more; it is free again when it expires."
    for one in found.daemon_sets:
        wanted, ready = one["status"].get("desiredNumberScheduled", 0), one["status"].get("numberReady", 0)
        if ready < wanted:
            yield f"DaemonSet {one['metadata']['name']}: {ready} of {wanted} nodes are ready."


def _jobs(found: Gathered) -> Iterator[str]:
    for job in found.jobs:
        failed = _condition(job, "Failed")
        if failed:
            name = job["metadata"]["name"]
            pods = [pod for pod in found.job_pods if pod["metadata"]["labels"].get(_JOB_NAME) == name]
            told = next((said for pod in reversed(pods) if (said := reason(pod)) is not None), "no pod of it is left")
            yield f"Job {name}: failed: {failed.get('reason', '')}: {failed.get('message', '')}; {told}"


def _condition(thing: Object, kind: str) -> Mapping[str, Any] | None:
    conditions = thing["status"].get("conditions", [])
    return next((one for one in conditions if one["type"] == kind and one["status"] == "True"), None)
