"""What pods of a confined namespace may talk to.

Owns the NetworkPolicies as plain specs. Nobody may connect to a pod. A pod may connect to anything except:
- the instance metadata service and Azure's wire server, which hand out the node's identity and bootstrap secrets;
- the API server, where its addresses are given, but for the pods that have business there.

Policies add up and cannot forbid, so what must stay closed is left out of the one policy that opens egress.

Notes: `ipBlock.except` works with Calico and Cilium; Azure's own engine ignores it on Windows. DNS needs no rule of its
own, since it goes to pods, which stay open; Cilium does not match pods by `ipBlock`, hence the peer
`namespaceSelector: {}` beside it. A pod with hostNetwork is not covered by any NetworkPolicy, and neither is a
container that Docker Engine runs on a node.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components import contract


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """How far the network of a namespace is closed."""

    api_server_cidrs: Sequence[str] = ()
    """Addresses of the API server: its endpoints and the address of the service `kubernetes`, as CIDRs of either IP
    version. None given: it stays reachable."""
    api_server_allowed_for: Mapping[str, str] | None = None
    """Labels of the pods that may reach the API server all the same, for example runners that make job pods."""


def network_policies(network: NetworkArgs) -> dict[str, dict[str, Any]]:
    """The `spec` of each NetworkPolicy of a namespace, by its name.

    Raises ValueError for a CIDR that is none, or one with bits set behind its prefix.
    """
    closed = [contract.METADATA_CIDR, contract.WIRESERVER_CIDR, *network.api_server_cidrs]
    specs: dict[str, dict[str, Any]] = {
        "default-deny": {"podSelector": {}, "policyTypes": ["Egress", "Ingress"]},
        "allow-egress": {
            "podSelector": {},
            "policyTypes": ["Egress"],
            "egress": [{"to": [_everything(4, closed), _everything(6, closed), {"namespaceSelector": {}}]}],
        },
    }
    if network.api_server_cidrs and network.api_server_allowed_for:
        specs["allow-api-server"] = {
            "podSelector": {"matchLabels": dict(network.api_server_allowed_for)},
            "policyTypes": ["Egress"],
            "egress": [
                {"to": [{"ipBlock": {"cidr": str(_network(cidr))}} for cidr in sorted(set(network.api_server_cidrs))]}
            ],
        }
    return specs


def _everything(version: int, closed: Sequence[str]) -> dict[str, Any]:
    block: dict[str, Any] = {"cidr": "0.0.0.0/0" if version == 4 else "::/0"}
    excepted = sorted({str(network) for network in map(_network, closed) if network.version == version})
    if excepted:
        block["except"] = excepted
    return {"ipBlock": block}


def _network(cidr: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(cidr)
    except ValueError as error:
        raise ValueError(
            f"api_server_cidrs: {cidr!r} is not a CIDR ({error}); give addresses such as 10.0.0.1/32"
        ) from error
