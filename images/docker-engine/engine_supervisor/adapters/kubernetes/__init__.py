"""The cluster port on the official client: this node, its pods, the rollout's Leases, our DaemonSet, events.

Speaks in plain JSON through the client's connection (TLS, the rotating token): its models would cost memory and drop
what they do not know. What it may do is in `access`, no more.
"""

from engine_supervisor.adapters.kubernetes.access import RULES, Rule
from engine_supervisor.adapters.kubernetes.cluster import KubernetesCluster
from engine_supervisor.adapters.kubernetes.connection import Connection
from engine_supervisor.adapters.kubernetes.service_account import NoServiceAccount, connect, service_account_folder

__all__ = [
    "RULES",
    "Connection",
    "KubernetesCluster",
    "NoServiceAccount",
    "Rule",
    "connect",
    "service_account_folder",
]
