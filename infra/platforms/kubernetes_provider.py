"""The provider `cluster`, through which every Kubernetes object of a stack is made.

Owns its switches, which are the same on every platform, and what makes it another provider. Its resource name is state:
every object refers to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypedDict

import pulumi
from pulumi_kubernetes import Provider

NAME: Final = "cluster"


class _Switches(TypedDict):
    enable_secret_mutable: bool
    enable_config_map_mutable: bool


# A rotated token or an edited hook template is an update. By default it would be a replacement, and what depends on the
# object would follow.
_SWITCHES: Final[_Switches] = {"enable_secret_mutable": True, "enable_config_map_mutable": True}


def of_context(context: str) -> Provider:
    """The cluster that the user's kubeconfig names so."""
    return Provider(NAME, context=context, **_SWITCHES)


def of_cluster(
    cluster_id: pulumi.Input[str], kubeconfig: pulumi.Input[str], *, after: Sequence[pulumi.Resource]
) -> Provider:
    """A cluster of Azure, by its credential.

    Args:
        cluster_id: ARM id, in plain text where it can be told. It alone tells the provider which cluster this is:
            otherwise a renewed certificate, or any change of the cluster in a preview, would look like another cluster
            and plan the replacement of everything in it.
        kubeconfig: is made a secret here.
        after: node pools. Objects are made after them and deleted before them, so that there is a node for what waits
            to run, and for what must end in order.
    """
    return Provider(
        NAME,
        cluster_identifier=cluster_id,
        kubeconfig=pulumi.Output.secret(kubeconfig),
        opts=pulumi.ResourceOptions(depends_on=list(after)),
        **_SWITCHES,
    )
