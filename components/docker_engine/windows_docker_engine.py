"""Docker Engine on Windows build nodes.

Owns, for each Windows build pool, a DaemonSet whose pod supervises the engine on each node, the document that tells it
what to do, the Leases by which nodes take turns, and the right to both; for all of them one account with its other
rights and a priority.

The fact behind the design: every start of dockerd on Windows removes the network endpoints of all ordinary pods already
on that node (moby/moby#45462, open). So the engine is a Windows service that outlives the pod, a rolling update of the
DaemonSet is harmless, and what is to become of a node's engine is the supervisor's decision (`images/docker-engine`).

What waits for what:
- a DaemonSet is complete when every node of its pool is ready, which is when the engine there has run a container; a
  pool without nodes is complete at once. A supervisor that refuses its node says why in its last words and in events on
  the DaemonSet, which are what a failed `up` prints;
- on a destroy, and when a pool is removed, its DaemonSet goes first, and its pods uninstall the engine while they still
  have account, rights and Leases. The time for it is limited: a node that does not answer fails the destroy, it does
  not hang it;
- those who need the engine take `daemon_set_names`.

No PodDisruptionBudget: a drain does not evict pods of a DaemonSet.

Refuses pools that are not Windows build pools, or that carry no taint: the engine would then share its nodes with pods
that never asked for it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pulumi
from pulumi_kubernetes.apps.v1 import DaemonSet
from pulumi_kubernetes.coordination.v1 import Lease
from pulumi_kubernetes.core.v1 import ConfigMap, ServiceAccount
from pulumi_kubernetes.scheduling.v1 import PriorityClass

from components import contract
from components.docker_engine.monitoring import MonitoringArgs, monitoring_resources
from components.docker_engine.supervisor_account import cluster_name, pool_rights, supervisor_account
from components.docker_engine.supervisor_pod import SETTINGS_FILE, supervisor_pod
from components.docker_engine.supervisor_settings import EngineArgs, daemon_set_name, lease_names, settings_document
from components.kubernetes.labels import object_labels, selector_labels, workload_labels
from components.kubernetes.manifest import content_hash, metadata, name_once_made, plain
from components.kubernetes.resources import ContainerResources
from components.platform import NodePool

COMPONENT: Final = "docker-engine"
PRIORITY: Final = 1_000_000_000
"""The highest that a class of ours may have: without the engine no agent of the node can work."""


@dataclass(frozen=True, kw_only=True)
class EnginePoolArgs:
    """The engine of one Windows build pool."""

    pool: NodePool
    image: pulumi.Input[str]
    """Of the supervisor, with the binaries of the engine's version."""
    engine: EngineArgs


@dataclass(frozen=True, kw_only=True)
class WindowsDockerEngineArgs:
    """What `WindowsDockerEngine` needs."""

    stack: str
    namespace: pulumi.Input[str]
    """A namespace whose Pod Security level is privileged, with nothing else in it."""
    namespace_name: str
    """The same as a plain text, for the admission policy."""
    pools: Sequence[EnginePoolArgs]
    pull_secret_names: Sequence[str] = ()
    ready_minutes: int = 30
    """How long the nodes of a pool may take to be ready; twice as long where pods are replaced. A cold node pulls,
    installs and runs a container before it is."""
    monitoring: MonitoringArgs = field(default_factory=MonitoringArgs)
    after: Sequence[pulumi.Resource] = ()
    """What lets a preview read the objects that are in no namespace of the stack: made before them and deleted after
    them. The others wait for it by the namespace's name."""
    resources: ContainerResources = field(
        # For the copying of binaries and the watching; the engine is a service and outside of this limit.
        default_factory=lambda: ContainerResources(cpu="100m", memory="256Mi")
    )


class WindowsDockerEngine(pulumi.ComponentResource):
    """A DaemonSet, its settings, Leases and Role for each Windows build pool; account, rights and priority for all."""

    daemon_set_names: Mapping[str, pulumi.Output[str]]
    """Name of the DaemonSet, by node pool. Take it to wait for the engine."""
    daemon_sets: Mapping[str, DaemonSet]
    """The same as resources, by node pool."""

    def __init__(self, name: str, args: WindowsDockerEngineArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        pools = sorted(args.pools, key=lambda one: one.pool.name)
        _check_pools([one.pool for one in pools])
        documents = {one.pool.name: settings_document(one.engine, stack=args.stack, pool=one.pool) for one in pools}
        super().__init__("buildfleet:index:WindowsDockerEngine", name, _props(args, pools, documents), opts)
        account, rights = supervisor_account(
            self,
            name,
            stack=args.stack,
            namespace=args.namespace,
            namespace_name=args.namespace_name,
            after=args.after,
        )
        priority = PriorityClass(
            f"{name}-priority",
            metadata=metadata(cluster_name(args.stack), labels=object_labels(stack=args.stack)),
            value=PRIORITY,
            global_default=False,
            description="Docker Engine on Windows build nodes: agents need it, so it is the last of theirs to go.",
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.after)),
        )
        # The pods uninstall the engine on a destroy, and need all of this until they are gone.
        needed = [account, priority, *rights]
        self.daemon_sets = {
            one.pool.name: _daemon_set(
                self,
                name,
                args,
                one,
                document=documents[one.pool.name],
                account=account,
                priority=priority,
                needed=[*needed, *_slots(self, name, args, one)],
            )
            for one in pools
        }
        monitoring_resources(
            self,
            name,
            args.monitoring,
            labels=object_labels(stack=args.stack),
            namespace=args.namespace,
            selector={contract.LABEL_STACK: args.stack, contract.LABEL_COMPONENT: COMPONENT},
            job=f"{args.namespace_name}/{COMPONENT}",
        )
        self.daemon_set_names = {pool: made.metadata.name for pool, made in self.daemon_sets.items()}
        self.register_outputs({"daemonSetNames": self.daemon_set_names})


def _slots(
    parent: WindowsDockerEngine, name: str, args: WindowsDockerEngineArgs, one: EnginePoolArgs
) -> list[pulumi.Resource]:
    """The pool's Leases, and the rights to them and to its DaemonSet.

    Without a `spec`: whoever holds one writes it, and what is not in the program is no drift.
    """
    labels = {**object_labels(stack=args.stack), contract.LABEL_POOL: one.pool.name}
    leases = lease_names(one.pool.name, one.engine.rollout.slots)
    return [
        *(
            Lease(
                f"{name}-{one.pool.name}-slot-{number}",
                metadata=metadata(lease, namespace=args.namespace, labels=labels),
                opts=pulumi.ResourceOptions(parent=parent),
            )
            for number, lease in enumerate(leases)
        ),
        *pool_rights(
            parent,
            f"{name}-{one.pool.name}",
            labels=labels,
            namespace=args.namespace,
            daemon_set=daemon_set_name(one.pool.name),
            leases=leases,
        ),
    ]


def _daemon_set(
    parent: WindowsDockerEngine,
    name: str,
    args: WindowsDockerEngineArgs,
    one: EnginePoolArgs,
    *,
    document: str,
    account: ServiceAccount,
    priority: PriorityClass,
    needed: Sequence[pulumi.Resource],
) -> DaemonSet:
    instance = daemon_set_name(one.pool.name)
    identity = {"stack": args.stack, "component": COMPONENT, "instance": instance}
    labels = workload_labels(**identity, extra={contract.LABEL_POOL: one.pool.name})
    files = {SETTINGS_FILE: document}
    config = ConfigMap(
        f"{name}-{one.pool.name}-settings",
        metadata=metadata(instance, namespace=args.namespace, labels=labels),
        data=files,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    pod = supervisor_pod(
        pool=one.pool,
        image=one.image,
        port=one.engine.port,
        service_account=name_once_made(contract.SERVICE_ACCOUNT_ENGINE, account),
        config_map=config.metadata.name,
        priority_class=priority.metadata.name,
        pull_secret_names=list(args.pull_secret_names),
        resources=args.resources,
    )
    return DaemonSet(
        f"{name}-{one.pool.name}",
        metadata=metadata(instance, namespace=args.namespace, labels=labels),
        spec=plain(
            {
                "selector": {"matchLabels": selector_labels(**identity)},
                # A node whose engine is not ready counts as unavailable; with a single one allowed it would hold up
                # the update of all others. Rounded up, so at least one.
                "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%"}},
                "revisionHistoryLimit": 3,
                "template": {
                    "metadata": {
                        "labels": labels,
                        "annotations": {contract.ANNOTATION_CONFIG_HASH: content_hash(files)},
                    },
                    "spec": pod,
                },
            }
        ),
        opts=pulumi.ResourceOptions(
            parent=parent,
            depends_on=list(needed),
            custom_timeouts=pulumi.CustomTimeouts(
                create=f"{args.ready_minutes}m", update=f"{2 * args.ready_minutes}m", delete="15m"
            ),
        ),
    )


def _props(
    args: WindowsDockerEngineArgs, pools: Sequence[EnginePoolArgs], documents: Mapping[str, str]
) -> dict[str, Any]:
    monitoring = args.monitoring
    return {
        "stack": args.stack,
        "namespace": args.namespace,
        "pools": {
            one.pool.name: {"image": one.image, "settings": json.loads(documents[one.pool.name])} for one in pools
        },
        "pullSecretNames": sorted(args.pull_secret_names),
        "readyMinutes": args.ready_minutes,
        "monitoring": {
            "podMonitor": monitoring.pod_monitor,
            "alerts": monitoring.alerts,
            "dashboard": monitoring.dashboard,
        },
        "resources": args.resources.to_spec(),
    }


def _check_pools(pools: Sequence[NodePool]) -> None:
    for pool in pools:
        if pool.os != "windows" or pool.purpose != "build":
            raise ValueError(
                f"Docker Engine on node pool {pool.name}: it is a {pool.os} {pool.purpose} pool; "
                "only Windows build pools can have the engine"
            )
        if not pool.taints:
            taint = f"{contract.TAINT_WINDOWS_KEY}={contract.TAINT_WINDOWS_VALUE}:{contract.TAINT_EFFECT}"
            raise ValueError(
                f"Docker Engine on node pool {pool.name}: the pool has no taint, so any Windows pod could land beside "
                f"the engine; give it {taint}"
            )
    names = [pool.name for pool in pools]
    if len(set(names)) != len(names):
        raise ValueError(f"Docker Engine: a node pool is given twice ({', '.join(names)}); give each once")
