"""The section `policy`: the rules as the API server holds them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from infra.settings.model import DnsLabel, Means, Settings

Repository = Annotated[
    str,
    Field(pattern=r"^([a-z0-9-]+\.)+[a-z0-9-]+(:[0-9]+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*$"),
    Means("a registry, or a registry and a path, without tag and slash at the end", "contoso.azurecr.io/tools"),
]


class Policy(Settings):
    """Admission policies in the cluster: what the policy pack checks of a program, the API server checks of everybody.

    They are made where this section is written, and on a cluster that the stack makes. They need Kubernetes 1.31.
    """

    enabled: bool = True
    """`false`: none are made."""
    action: Literal["deny", "warn"] = "deny"
    """`warn` lets everything pass, and tells the client and the audit log what would be refused: for a while, on a
    cluster where others work."""
    scope: Literal["cluster", "stack"] = "cluster"
    """Where pods may have no right to their node but by a rule: in every namespace of the cluster, or in those of this
    stack alone. Namespaces of other stacks are left to the policies of their own, also where these stacks make none."""
    exempt_namespaces: tuple[DnsLabel, ...] = ()
    """Namespaces of others that are not judged with `scope: cluster`: those of a storage driver or of a security agent,
    for instance. The cluster's own, `kube-system` for one, never are. Making such a namespace takes the right to assign
    trust."""
    registries: tuple[Repository, ...] = ()
    """Further registries and repositories that images of agents and runners may come from. Those that the stack file
    names images of are known."""
    own_repositories: tuple[Repository, ...] = ()
    """Those of them that you alone push to: images of theirs may be named by a tag, where others need a digest."""
