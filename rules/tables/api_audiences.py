"""For whom a token of a service account is: the API server, or somebody else.

A projected token without an audience is for the API server. It also takes those that `--api-audiences` names, which is
by default its issuer: `https://kubernetes.default.svc.cluster.local` of kubeadm and Azure Local, a host of Microsoft's
on AKS. Sources: https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/ and
https://learn.microsoft.com/azure/aks/use-oidc-issuer, read 2026-11. Of other issuers a rule cannot know.
"""

from __future__ import annotations

from typing import Final

API_AUDIENCE: Final = (
    r"^(https?://)?kubernetes(\.default(\.svc)?)?(/|:|$)|kubernetes\.default\.svc\.|"
    r"\.azmk8s\.io|\.oic\.(prod-)?aks\.azure\.|^(api|k3s|rke2)$"
)
"""In the syntax that Python's `re` and RE2 share; for texts of one line."""
TOKEN_SECRET: Final = "kubernetes.io/service-account-token"
"""Type of a Secret that the control plane fills with a token that never ends:
https://kubernetes.io/docs/concepts/configuration/secret/#serviceaccount-token-secrets."""
