"""Everything that the supervisor asks of the API server, as RBAC has to grant it; the component's roles are made alike.

| group | resource | verbs | where | names |
| --- | --- | --- | --- | --- |
| core | nodes | get, patch | cluster | cannot be narrowed to the own node by RBAC |
| core | nodes/status | patch | cluster | as nodes; to offer build slots, and to take them back |
| core | pods | delete, list | cluster | lists those of the node; deletes what no budget can protect any more |
| core | pods/eviction | create | cluster | |
| coordination.k8s.io | leases | get, update | engine's namespace | the pool's slots |
| apps | daemonsets | get | engine's namespace | our own |
| events.k8s.io | events | create | engine's namespace, `default` | those of nodes are in `default` |

A test holds the requests of the adapter against this table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal


@dataclass(frozen=True)
class Rule:
    """One rule; `group` is empty for the core's."""

    group: str
    resource: str
    """With the subresource, as RBAC writes it."""
    verbs: tuple[str, ...]
    scope: Literal["cluster", "namespace", "namespace+default"]


RULES: Final = (
    Rule("", "nodes", ("get", "patch"), "cluster"),
    Rule("", "nodes/status", ("patch",), "cluster"),
    Rule("", "pods", ("delete", "list"), "cluster"),
    Rule("", "pods/eviction", ("create",), "cluster"),
    Rule("coordination.k8s.io", "leases", ("get", "update"), "namespace"),
    Rule("apps", "daemonsets", ("get",), "namespace"),
    Rule("events.k8s.io", "events", ("create",), "namespace+default"),
)
