"""The administrator's kubeconfig of a cluster on Azure Local.

Owns the only credential that a program can use there: the one for users needs a proxy to Azure Arc, which nothing of
Pulumi can hold open. It holds a client certificate, is always secret here, and works within the site's network alone.
"""

from __future__ import annotations

import base64

import pulumi
from pulumi_azure_native import hybridcontainerservice


def admin_kubeconfig(
    cluster_id: str, *, after: pulumi.CustomResource | None, opts: pulumi.InvokeOptions
) -> pulumi.Output[str]:
    """The kubeconfig, secret; unknown until the cluster is there.

    Args:
        cluster_id: ARM id of the connected cluster.
        after: the instance of a cluster that is made here; `None` for one that is there already.
        opts: names the provider.
    """
    asked = pulumi.Output.from_input(cluster_id)
    if after is not None:
        # Its id is unknown until it exists, and so is then what is asked for.
        asked = pulumi.Output.all(cluster_id, after.id).apply(lambda ids: str(ids[0]))
    found = hybridcontainerservice.list_provisioned_cluster_instance_admin_kubeconfig_output(
        connected_cluster_resource_uri=asked, opts=opts
    )
    text = found.apply(lambda answer: base64.b64decode(answer.properties.kubeconfigs[0].value).decode())
    return pulumi.Output.secret(text)
