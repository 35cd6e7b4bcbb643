"""Pods of the node: what they are to the engine, their eviction and their deletion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from engine_supervisor import names
from engine_supervisor.adapters.kubernetes.connection import (
    CONFLICT,
    FORBIDDEN,
    NOT_FOUND,
    PODS,
    TOO_MANY,
    ApiError,
    Connection,
    Object,
)
from engine_supervisor.ports import Failed
from engine_supervisor.world import Pod

ENDED: Final = ("Succeeded", "Failed")
TERMINATING_NAMESPACE: Final = "NamespaceTerminating"
"""Cause of the refusal of an eviction in a namespace that is being deleted: its pods are, too."""


def on_node(connection: Connection, node: str) -> list[Object]:
    """The pods of a node that have not ended, as objects."""
    selector = ",".join([f"spec.nodeName={node}", *(f"status.phase!={phase}" for phase in ENDED)])
    found = connection.request("list", PODS, query={"fieldSelector": selector})
    return list(found.get("items") or ())


def pod(found: Object) -> Pod:
    """What a pod is to the engine."""
    metadata, spec, status = found["metadata"], found.get("spec") or {}, found.get("status") or {}
    owners = {owner.get("kind") for owner in metadata.get("ownerReferences") or () if owner.get("controller")}
    volumes = spec.get("volumes") or ()
    return Pod(
        namespace=metadata["namespace"],
        name=metadata["name"],
        uid=metadata["uid"],
        started_at=seconds(status.get("startTime")),
        ordinary=not spec.get("hostNetwork") and status.get("phase") not in ENDED,
        of_daemon_set="DaemonSet" in owners,
        of_job="Job" in owners,
        uses_engine=any(_is_pipe((volume.get("hostPath") or {}).get("path")) for volume in volumes),
        terminating=metadata.get("deletionTimestamp") is not None,
        grace_seconds=metadata.get("deletionGracePeriodSeconds"),
    )


def seconds(time: str | None) -> float | None:
    """RFC 3339 to seconds since the epoch."""
    return None if time is None else datetime.fromisoformat(time).timestamp()


def evict(connection: Connection, pods: Sequence[Pod], grace_seconds: int | None) -> Mapping[str, str]:
    """Ask for evictions; the refusals of disruption budgets by uid. Each is tried before another refusal is raised."""
    refusals: dict[str, str] = {}
    failed: Failed | None = None
    for one in pods:
        body: Object = {
            "apiVersion": "policy/v1",
            "kind": "Eviction",
            "metadata": {"name": one.name, "namespace": one.namespace},
            "deleteOptions": _options(one, grace_seconds),
        }
        try:
            connection.request(
                "create", PODS, namespace=one.namespace, name=one.name, subresource="eviction", body=body
            )
        except ApiError as error:
            if error.code == TOO_MANY or error.code >= 500:
                refusals[one.uid] = error.message
            elif not _is_gone(error):
                failed = failed or error
    if failed is not None:
        raise failed
    return refusals


def delete(connection: Connection, pods: Sequence[Pod], grace_seconds: int | None) -> None:
    """Delete these pods; each is tried before the first refusal is raised."""
    failed: Failed | None = None
    for one in pods:
        body = {"apiVersion": "v1", "kind": "DeleteOptions", **_options(one, grace_seconds)}
        try:
            connection.request("delete", PODS, namespace=one.namespace, name=one.name, body=body)
        except ApiError as error:
            if not _is_gone(error):
                failed = failed or error
    if failed is not None:
        raise failed


def _options(one: Pod, grace_seconds: int | None) -> Object:
    grace = {} if grace_seconds is None else {"gracePeriodSeconds": grace_seconds}
    return {"preconditions": {"uid": one.uid}, **grace}


def _is_gone(error: ApiError) -> bool:
    """Gone, another of the same name by now, or going with its namespace: the next look tells."""
    return error.code in (NOT_FOUND, CONFLICT) or (error.code == FORBIDDEN and TERMINATING_NAMESPACE in error.causes)


def _is_pipe(path: object) -> bool:
    return isinstance(path, str) and path.replace("/", "\\").lower() == names.DOCKER_PIPE
