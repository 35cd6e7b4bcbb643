"""A cluster that is not ours."""

from __future__ import annotations

from typing import Annotated, Literal

from infra.settings.model import Example, Settings, Text


class ExistingClusterPlatform(Settings):
    """Any Kubernetes cluster that is already there."""

    kind: Literal["existing-cluster"]
    context: Annotated[Text, Example("ci-prod")]
    """Context of the kubeconfig (`$KUBECONFIG`, else `~/.kube/config`). Never guessed: the current context is
    not used."""
    storage_class: str | None = None
    """For claims that name none. Default: the cluster's default class."""
    preflight: bool = True
    """Check nodes, taints, versions and CRDs of the cluster before anything is changed."""
