"""A proof that pods can use the engine of their node: the pipe is there, docker answers, an image is pulled and run.

Owns a Job for each Windows build pool that has nodes. The supervisor proves the engine from the node's side after each
start; this proves what an agent needs, a pod with the pipe mounted, once for each engine that the stack describes. Its
name carries a hash of that description, so another version or configuration is tested anew.

A pool without nodes would leave its Job pending, so the caller gives only pools that have some. The deadline ends the
wait where none of them takes the pod; it never hangs an update.

The Job says nothing of every node: it lands on one. It does not wait for a rollout either, which may take hours: while
an upgrade is pending, nodes have their former engine, and the Job may prove that one. The version that it found is in
its pod's termination message. Where the upgrade drains the pool's only node, the pod waits until that is open again,
so the deadline is for that too. It is no part of the name: Kubernetes lets a Job's deadline change, and another one
proves nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_kubernetes.batch.v1 import Job
from pulumi_kubernetes.core.v1 import ConfigMap, ServiceAccount

from components import contract
from components.docker_engine.build_job import REPLACE_UNREADY, engine_pod, job_spec
from components.docker_engine.build_request import REQUEST_FILE, document, smoke_request
from components.kubernetes.labels import object_labels, workload_labels
from components.kubernetes.manifest import content_hash, metadata, name_once_made, plain
from components.kubernetes.resources import ContainerResources
from components.platform import NodePool

COMPONENT: Final = "engine-smoke-test"
DEADLINE_MINUTES: Final = 30
"""On a node that is open: to pull the client's image, and to wait for the engine."""
MARGIN_MINUTES: Final = 5
"""Beside the deadline: what the API server and Pulumi take to see the end."""
RESOURCES: Final = ContainerResources(cpu="50m", memory="256Mi")


@dataclass(frozen=True, kw_only=True)
class SmokePool:
    """One pool that has nodes."""

    pool: NodePool
    client: str
    """docker-cli, made on a Windows that the pool's nodes run."""
    image: str
    """To pull and run: one that the pool's nodes run, with `cmd` in it."""
    engine: str
    """Any text that tells this engine from another: the test runs again when it changes."""
    namespace: pulumi.Input[str]
    """One that allows hostPath volumes, handed on when the pool's engine is ready."""


@dataclass(frozen=True, kw_only=True)
class EngineSmokeTestArgs:
    """What `EngineSmokeTest` needs."""

    stack: str
    namespace: pulumi.Input[str]
    """The same for all pools, before their engines are ready."""
    pools: Sequence[SmokePool]
    deadline_minutes: int = DEADLINE_MINUTES
    """For all tries, the pull of the client's image and the wait for a node and its engine among them. An engine's
    upgrade may keep a node closed, so add how long that may take."""
    pull_secret_names: Sequence[str] = ()


class EngineSmokeTest(pulumi.ComponentResource):
    """A Job for each Windows build pool that has nodes, and one service account without any rights."""

    jobs: Mapping[str, pulumi.Output[str]]
    """Name of the Job that passed, by node pool."""

    def __init__(self, name: str, args: EngineSmokeTestArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        pools = sorted(args.pools, key=lambda one: one.pool.name)
        for one in pools:
            if one.pool.os != "windows" or one.pool.purpose != "build":
                raise ValueError(
                    f"smoke test of node pool {one.pool.name}: it is a {one.pool.os} {one.pool.purpose} pool; "
                    "only Windows build pools have the engine"
                )
        super().__init__(
            "buildfleet:index:EngineSmokeTest",
            name,
            {
                "stack": args.stack,
                "namespace": args.namespace,
                "pools": {one.pool.name: {"client": one.client, "image": one.image} for one in pools},
                "deadlineMinutes": args.deadline_minutes,
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
        self.jobs = {one.pool.name: self._job(name, args, one, account) for one in pools}
        self.register_outputs({"jobs": self.jobs})

    def _job(
        self, name: str, args: EngineSmokeTestArgs, one: SmokePool, account: pulumi.Output[str]
    ) -> pulumi.Output[str]:
        instance = f"{COMPONENT}-{one.pool.name}"
        labels = workload_labels(
            stack=args.stack, component=COMPONENT, instance=instance, extra={contract.LABEL_POOL: one.pool.name}
        )
        request = document(smoke_request(one.image))

        def pod(config_map: pulumi.Input[str], service_account: pulumi.Input[str]) -> dict[str, object]:
            return engine_pod(
                pool=one.pool,
                command="smoke",
                image=one.client,
                config_map=config_map,
                service_account=service_account,
                resources=RESOURCES,
                pull_secret_names=args.pull_secret_names,
            )

        inputs = {"request": request, "engine": one.engine, "pod": pod("", ""), "labels": labels}
        job_name = f"{instance}-{content_hash(inputs)[:10]}"
        config = ConfigMap(
            f"{name}-{one.pool.name}-request",
            metadata=metadata(job_name, namespace=one.namespace, labels=object_labels(stack=args.stack)),
            immutable=True,
            data={REQUEST_FILE: request},
            opts=pulumi.ResourceOptions(parent=self),
        )
        job = Job(
            f"{name}-{one.pool.name}-job",
            metadata=metadata(job_name, namespace=one.namespace, labels=labels, annotations=REPLACE_UNREADY),
            spec=plain(
                job_spec(pod=pod(config.metadata.name, account), labels=labels, deadline_minutes=args.deadline_minutes)
            ),
            opts=pulumi.ResourceOptions(
                parent=self,
                custom_timeouts=pulumi.CustomTimeouts(create=f"{args.deadline_minutes + MARGIN_MINUTES}m"),
            ),
        )
        found: pulumi.Output[str] = job.metadata.name
        return found
