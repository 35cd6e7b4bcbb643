"""What the things of a stack are called in Azure.

Everything is called after the stack, so that two environments in one subscription never meet, and a name tells where to
look. Registries and vaults have names that nobody else in Azure may have, and so end in a hash of subscription and
stack.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rules import names

PREFIX: Final = "buildfleet"


@dataclass(frozen=True, kw_only=True)
class AzureNames:
    """The names of one stack."""

    stack: str
    subscription: str

    @property
    def resource_group(self) -> str:
        """The group that everything is in."""
        return self._of(names.RESOURCE_GROUP)

    @property
    def node_resource_group(self) -> str:
        """The group that AKS makes for the nodes."""
        return self._of(names.NODE_RESOURCE_GROUP, "nodes")

    @property
    def cluster(self) -> str:
        """The cluster, and first part of its DNS name, which is the shorter of the two."""
        return self._of(names.DNS_PREFIX)

    @property
    def virtual_network(self) -> str:
        """The nodes' network."""
        return self._of(names.VIRTUAL_NETWORK)

    @property
    def workspace(self) -> str:
        """The Log Analytics workspace."""
        return self._of(names.WORKSPACE)

    @property
    def metrics(self) -> str:
        """What managed Prometheus consists of."""
        return self._of(names.DATA_COLLECTION, "metrics")

    @property
    def budget(self) -> str:
        """The budget."""
        return self._of(names.BUDGET)

    @property
    def registry(self) -> str:
        """The registry."""
        return names.unique(names.REGISTRY, PREFIX, self.stack, scope=self.subscription)

    @property
    def vault(self) -> str:
        """The key vault."""
        return names.unique(names.VAULT, PREFIX, self.stack, scope=self.subscription)

    def identity(self, purpose: str) -> str:
        """The identity for `purpose`: `control-plane`, `kubelet`, `agents`, `runners`."""
        return self._of(names.IDENTITY, purpose)

    def _of(self, limit: names.Limit, *parts: str) -> str:
        return names.fit(limit, PREFIX, self.stack, *parts)
