"""What a container gets of its node.

Owns how requests and limits follow from three quantities:
- memory is both request and limit. Windows has no out-of-memory killer: a node whose memory is promised twice does not
  kill one build, it grinds to a halt with all of them. On Linux it keeps one build from evicting another;
- CPU is a request without a limit, so that a build uses what is idle and still gets its share of a busy node;
- ephemeral storage, when given, is both, so that a runaway build is evicted before the node's disk is full.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ContainerResources:
    """Kubernetes quantities, for example `500m`, `4Gi`."""

    cpu: str
    memory: str
    ephemeral_storage: str | None = None
    """`None`: not accounted, and bounded by the node's disk alone."""

    def to_spec(self) -> dict[str, dict[str, str]]:
        """The container's `resources`."""
        bounded = {"memory": self.memory}
        if self.ephemeral_storage is not None:
            bounded["ephemeral-storage"] = self.ephemeral_storage
        return {"requests": {"cpu": self.cpu, **bounded}, "limits": dict(bounded)}
