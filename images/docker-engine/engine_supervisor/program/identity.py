"""Who this supervisor is: its node and its pod, from the environment that the DaemonSet sets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields


class InvalidIdentity(Exception):
    """The environment lacks what the DaemonSet sets; the message says what."""


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Node and pod of this process. Each field is the environment variable of its name in capitals."""

    node_name: str
    node_ip: str
    """Where metrics and probes are served."""
    pod_name: str
    pod_namespace: str
    pod_uid: str


def from_environment(environment: Mapping[str, str]) -> Identity:
    """The identity that environment variables tell."""
    names = {one.name: one.name.upper() for one in fields(Identity)}
    if missing := sorted(name for name in names.values() if not environment.get(name)):
        raise InvalidIdentity(
            f"not set: {', '.join(missing)}. The DaemonSet sets them; by hand, take them from the pod "
            "(`kubectl get pod -o yaml`): its node's name and address, its name, namespace and uid"
        )
    return Identity(**{field: environment[name] for field, name in names.items()})
