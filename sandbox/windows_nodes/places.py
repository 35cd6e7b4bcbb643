"""The parts of a control plane's folder that belong to its simulated Windows nodes."""

from __future__ import annotations

from pathlib import Path

from sandbox.windows_nodes.store import Store


def stores(sandbox: Path) -> Path:
    """The nodes' files."""
    return sandbox / "windows-nodes"


def store(sandbox: Path, node: str) -> Store:
    """One node's store."""
    return Store(stores(sandbox), node)


def mounts(sandbox: Path) -> Path:
    """What the kubelet mounts into the engine's pods, a folder a pod."""
    return sandbox / "windows-nodes" / "pods"


def log(sandbox: Path, node: str) -> Path:
    """What the supervisor of a node writes, over all its restarts."""
    return sandbox / "logs" / "windows-nodes" / f"{node}.log"
