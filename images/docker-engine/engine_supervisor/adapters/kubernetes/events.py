"""Events where people look: on the node, on the pod, and on the DaemonSet after an `up`.

An event's name is made of what it tells and of the ten minutes in which it does, so that a supervisor which is started
again and again tells it once: the second one exists already.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from engine_supervisor import names
from engine_supervisor.adapters.kubernetes.connection import EVENTS, ApiError, Connection
from engine_supervisor.ports import Away

WINDOW_SECONDS: Final = 600.0
NOTE_BYTES: Final = 1024
"""events.k8s.io/v1 refuses a longer note."""
CLUSTER_NAMESPACE: Final = "default"
"""Where the events of cluster-scoped objects are; the API server refuses them elsewhere."""


@dataclass(frozen=True)
class Regarding:
    """What an event is about."""

    api_version: str
    kind: str
    namespace: str | None
    name: str
    uid: str | None


class Events:
    """Events of one supervisor."""

    def __init__(self, connection: Connection, reporter: str, now: Callable[[], float]) -> None:
        """`reporter` is the pod's name."""
        self._connection = connection
        self._reporter = reporter
        self._now = now

    def tell(self, about: Sequence[Regarding], kind: Literal["Normal", "Warning"], reason: str, message: str) -> None:
        """One event on each; what cannot be told is not told."""
        now = self._now()
        note = message.encode()[:NOTE_BYTES].decode(errors="ignore")
        for one in about:
            told = f"{one.kind}/{one.name}/{self._reporter}/{reason}/{note}/{now // WINDOW_SECONDS:.0f}"
            namespace = one.namespace or CLUSTER_NAMESPACE
            regarding = {"apiVersion": one.api_version, "kind": one.kind, "name": one.name}
            regarding |= {"namespace": one.namespace} if one.namespace else {}
            regarding |= {"uid": one.uid} if one.uid else {}
            body = {
                "apiVersion": "events.k8s.io/v1",
                "kind": "Event",
                "metadata": {
                    "name": f"{one.name}.{hashlib.sha256(told.encode()).hexdigest()[:16]}",
                    "namespace": namespace,
                },
                "regarding": regarding,
                "eventTime": datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
                "type": kind,
                "reason": reason,
                "action": "Supervise",
                "note": note,
                "reportingController": names.REPORTING_CONTROLLER,
                "reportingInstance": self._reporter[:128],
            }
            try:
                self._connection.request("create", EVENTS, namespace=namespace, body=body)
            except Away:
                return
            except ApiError:
                # It is there already, or its namespace goes.
                continue
