"""Simulated nodes, made from node pools.

Owns the Node objects that stand for a stack's pools: names, labels, taints, capacity and versions as AKS gives them.
kwok plays their kubelets. Pods are admitted, scheduled, evicted and deleted for real; no container runs, no image is
pulled, no network is set up. Refuses to touch any node that it did not make.
"""

from sandbox.nodes.draining import drain
from sandbox.nodes.pool import SimulatedPool
from sandbox.nodes.reconcile import simulate

__all__ = ["SimulatedPool", "drain", "simulate"]
