"""Who acts for a cluster itself: the users of its control plane.

Sources: kubernetes/apiserver pkg/authentication/user/user.go and the names that kubeadm and AKS give their components;
the default `allowedUsers` of Azure Policy's deployment safeguards for AKS (policy 53a4a537-990c-495a-92e0-7c21a465442c,
"Cannot edit individual nodes"); read 2026-11. Of that list `nodeclient` is left out: it is what kubelets were called
before they had certificates of their own, and the accounts `node-controller`, `cloud-node-manager` and
`aci-connector-linux` of `kube-system`: they write taints, addresses and topology of nodes, and none of the labels by
which a pool is found. Of other objects all service accounts of `kube-system` act for the cluster, and need no list.
"""

from __future__ import annotations

from typing import Final

SYSTEM_USERS: Final = (
    "acsService",
    "aksService",
    "system:apiserver",
    "system:kube-controller-manager",
)
