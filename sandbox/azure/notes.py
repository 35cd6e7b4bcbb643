"""What this Azure does not check. Printed where a run says that Azure is simulated."""

from __future__ import annotations

from typing import Final

NOT_CHECKED: Final = (
    "who may do what: every request is allowed, whatever roles are assigned (but the kubelet identity's own)",
    "whether Entra users, groups, roles and policy definitions exist: only how their ids are written",
    "which VM sizes, zones and features a region or a subscription has: only how sizes are named",
    "prices, and quotas other than those that a test sets: there are 2000 vCPUs of each family",
    "patches of Kubernetes: every patch of a known minor is taken, and node image versions are examples",
    "that the API server has the version of kubernetesVersion: it has the sandbox's, only the nodes' kubelets change",
    "surge nodes, soak times and node images: nodes of an upgraded pool are drained and come back at once",
    "drains that a disruption budget keeps from ending: nodes go when the drain's time is over; AKS would give up",
    "routes, firewalls, DNS and egress: no packet is sent; subnets are not checked for free addresses",
    "KEDA, Defender, Azure Policy and CSI drivers of AKS: they are accepted as settings and not installed",
    "what policies assigned in Azure would deny, and locks",
    "how many nodes the autoscaler starts a pool with that states no count: here max(minCount, 1)",
    "an update's count on a pool of Azure Local that scales itself: the pool keeps its number, within its bounds",
    "deletes of AKS pools that a disruption budget would hold up: nodes and pods go at once, undrained as in AKS",
    "the outputs agentPoolProfiles of a cluster: Azure lists all pools there, so the official provider shows the "
    "property as changed once after a refresh that follows a new or deleted pool; here they are the inline pools",
    "errors that Azure tells only after minutes, other than those that a test injects",
    "deletes of identities in use: Azure lets them go and the cluster fails later; here they are refused",
    "the codes of refusals, in part: sandbox/azure/codes.py lists those that are guessed or stricter than Azure",
    "names outside this sandbox: registries and vaults of other tenants may have taken them",
)


def summary() -> str:
    """All of it, in one line."""
    return "; ".join(NOT_CHECKED)
