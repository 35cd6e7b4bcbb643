"""How agents, and KEDA on their behalf, prove to Azure DevOps who they are."""

from __future__ import annotations

from dataclasses import dataclass, field

import pulumi


@dataclass(frozen=True, kw_only=True)
class Token:
    """A personal access token with the scope Agent Pools (read and manage), to be put into a Secret."""

    token: pulumi.Input[str] = field(repr=False)
    """A secret."""


@dataclass(frozen=True, kw_only=True)
class Pat:
    """A Secret in the agents' namespace that holds a personal access token."""

    secret_name: pulumi.Input[str]
    key: str = "personalAccessToken"


@dataclass(frozen=True, kw_only=True)
class WorkloadIdentity:
    """An Entra identity: a user of the organization and administrator of the agent pools.

    Needs a federated credential for the agents' service account and, with KEDA, one for KEDA's operator.
    """

    client_id: pulumi.Input[str]
    tenant_id: pulumi.Input[str] | None = None
    """`None`: the tenant that the workload identity webhook was installed with."""


Auth = Pat | WorkloadIdentity
