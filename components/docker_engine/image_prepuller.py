"""Agents' images on Windows nodes before the first agent is there.

Owns a DaemonSet for each pool, whose init containers are those images with a command that ends at once: so the kubelet
pulls them, with its own credentials, into containerd, which is where pods come from. Docker's own store is another; the
supervisor fills that one.

The pause image then keeps the pod, and keeps the kubelet from taking the images away as unused for as long as it has
no other use for the disk. After a start of the engine the supervisor deletes the pod, as it does all that is older; its
successor finds the images there.

An update does not wait for the pulls: they take long, and nothing needs them to be over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi_kubernetes.apps.v1 import DaemonSet
from pulumi_kubernetes.core.v1 import ServiceAccount

from components import contract
from components.kubernetes.labels import object_labels, selector_labels, workload_labels
from components.kubernetes.manifest import metadata, name_once_made, plain
from components.kubernetes.placement import placement
from components.kubernetes.resources import ContainerResources
from components.platform import NodePool

COMPONENT: Final = "image-prepuller"
SKIP_AWAIT: Final = "pulumi.com/skipAwait"
"""https://www.pulumi.com/registry/packages/kubernetes/installation-configuration/, read 2026-11"""
RESOURCES: Final = ContainerResources(cpu="10m", memory="256Mi")
"""Windows starts a handful of services in each container; with much less some images do not start at all."""


@dataclass(frozen=True, kw_only=True)
class PrepullPool:
    """What the nodes of one pool pull."""

    pool: NodePool
    """Windows; its images have `cmd` in them, as all on a base image of Windows have."""
    images: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class ImagePrepullerArgs:
    """What `ImagePrepuller` needs."""

    stack: str
    namespace: pulumi.Input[str]
    pause: str
    """The pause image."""
    pools: Sequence[PrepullPool]
    pull_secret_names: Sequence[str] = ()


class ImagePrepuller(pulumi.ComponentResource):
    """A DaemonSet for each pool, and one service account without any rights."""

    daemon_set_names: Mapping[str, pulumi.Output[str]]
    """By node pool."""

    def __init__(self, name: str, args: ImagePrepullerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        pools = sorted(args.pools, key=lambda one: one.pool.name)
        for one in pools:
            if one.pool.os != "windows" or not one.images:
                raise ValueError(
                    f"prepull on node pool {one.pool.name}: it is a {one.pool.os} pool with {len(one.images)} images; "
                    "give Windows pools with at least one image"
                )
        super().__init__(
            "buildfleet:index:ImagePrepuller",
            name,
            {
                "stack": args.stack,
                "namespace": args.namespace,
                "pause": args.pause,
                "images": {one.pool.name: sorted(set(one.images)) for one in pools},
            },
            opts,
        )
        made = ServiceAccount(
            f"{name}-account",
            metadata=metadata(COMPONENT, namespace=args.namespace, labels=object_labels(stack=args.stack)),
            automount_service_account_token=False,
            opts=pulumi.ResourceOptions(parent=self),
        )
        account = name_once_made(COMPONENT, made)
        names: dict[str, pulumi.Output[str]] = {}
        for one in pools:
            instance = f"{COMPONENT}-{one.pool.name}"
            identity = {"stack": args.stack, "component": COMPONENT, "instance": instance}
            labels = workload_labels(**identity, extra={contract.LABEL_POOL: one.pool.name})
            names[one.pool.name] = DaemonSet(
                f"{name}-{one.pool.name}",
                metadata=metadata(instance, namespace=args.namespace, labels=labels, annotations={SKIP_AWAIT: "true"}),
                spec=plain(
                    {
                        "selector": {"matchLabels": selector_labels(**identity)},
                        # A quarter of the nodes at a time, so that a new image does not meet the registry all at once.
                        "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%"}},
                        "revisionHistoryLimit": 1,
                        "template": {
                            "metadata": {"labels": labels},
                            "spec": prepull_pod(
                                one,
                                pause=args.pause,
                                service_account=account,
                                pull_secret_names=args.pull_secret_names,
                            ),
                        },
                    }
                ),
                opts=pulumi.ResourceOptions(parent=self),
            ).metadata.name
        self.daemon_set_names = names
        self.register_outputs({"daemonSetNames": self.daemon_set_names})


def prepull_pod(
    one: PrepullPool, *, pause: str, service_account: pulumi.Input[str], pull_secret_names: Sequence[str]
) -> dict[str, Any]:
    """The pod spec of one pool's DaemonSet."""

    def container(name: str, image: str, **more: Any) -> dict[str, Any]:
        resources = RESOURCES.to_spec()
        return {"name": name, "image": image, "imagePullPolicy": "IfNotPresent", "resources": resources, **more}

    spec: dict[str, Any] = {
        **placement(one.pool),
        "serviceAccountName": service_account,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": 0,
        "securityContext": {"windowsOptions": {"runAsUserName": "ContainerUser"}},
        "initContainers": [
            container(f"pull-{index}", image, command=["cmd.exe", "/c", "exit 0"])
            for index, image in enumerate(sorted(set(one.images)))
        ],
        "containers": [container("pause", pause)],
    }
    if pull_secret_names:
        spec["imagePullSecrets"] = [{"name": secret} for secret in sorted(pull_secret_names)]
    return spec
