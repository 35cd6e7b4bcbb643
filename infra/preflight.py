"""What an existing cluster lacks, told before anything is registered.

Owns the reading of the cluster and the list of what a stack needs of it; `rules.cluster` compares the two. Refuses to
change anything, and to judge what it may not read: an identity that cannot list nodes gets a warning that says so.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx2
import pulumi
from lightkube.config.client_adapter import Client, ConnectionParams
from lightkube.config.kubeconfig import KubeConfig
from lightkube.core.exceptions import ConfigError

from infra.platforms import node_pools
from infra.settings.azure_devops import KedaScaling
from infra.settings.report import blocks
from infra.settings.stack import StackSettings
from rules import cluster
from rules.tables.windows import WINDOWS_SKUS

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
"""A definition with a pod template in it is a megabyte; that it is there is all we ask."""
SECONDS = 10
"""How long each of the three requests may take."""


def run(settings: StackSettings, context: str) -> None:
    """Check the cluster behind `context`; raises `pulumi.RunError` with everything that is missing."""
    needs = needs_of(settings, context)
    facts = read(context, [*cluster.KEDA_CRDS, *cluster.ARC_CRDS])
    problems = cluster.check(needs, facts)
    if problems:
        raise pulumi.RunError(
            f"The cluster of context {context} lacks what the stack needs; nothing was changed.\n\n{blocks(problems)}"
        )
    for pool in cluster.pools_without_nodes(needs, facts):
        labels = ",".join(f"{key}={value}" for key, value in sorted(pool.selector.items()))
        pulumi.log.warn(
            f"{pool.path}: no node of context {context} has the labels {labels} at the moment; with minCount 0 that "
            "may be right. Agents of this pool wait until there is one."
        )


def needs_of(settings: StackSettings, context: str) -> cluster.Needs:
    """What the stack asks of a cluster, each with the setting that asks for it."""
    agent_pools = settings.azure_devops.agent_pools if settings.azure_devops else []
    runner_sets = settings.github.runner_sets if settings.github else []
    windows = {pool.name for pool in settings.node_pools if pool.os == "windows"}
    sidecar = [
        f"azureDevOps.agentPools[{index}].docker"
        for index, pool in enumerate(agent_pools)
        if pool.docker in ("sidecar", "buildkit") or (pool.docker is None and pool.node_pool not in windows)
    ] + [f"github.runnerSets[{index}].mode" for index, runners in enumerate(runner_sets) if runners.mode == "dind"]
    keda = [
        f"azureDevOps.agentPools[{index}].scaling"
        for index, pool in enumerate(agent_pools)
        if isinstance(pool.scaling, KedaScaling)
    ]
    return cluster.Needs(
        context=context,
        pools=[
            cluster.Pool(
                path=f"nodePools[{index}]",
                name=pool.name,
                os=pool.os,
                selector=node_pools.own_labels(pool),
                taints=[(taint.key, taint.value, taint.effect) for taint in node_pools.taints(pool)],
                min_count=pool.min_count,
                windows_build=WINDOWS_SKUS[pool.os_sku].build if pool.os_sku else None,
            )
            for index, pool in enumerate(settings.node_pools)
        ],
        host_process="dockerEngine" if settings.docker_engine else None,
        native_sidecar=sidecar[0] if sidecar else None,
        keda=keda[0] if keda else None,
        arc="github" if settings.github else None,
    )


def read(context: str, crds: list[str]) -> cluster.Cluster:
    """Version, nodes and the presence of `crds`, by GET alone."""
    with _connect(context) as client:
        try:
            version = client.get("/version")
        except httpx2.TransportError as error:
            raise pulumi.RunError(
                f"buildfleet:platform.context: the API server of context {context!r} cannot be reached: {error}. "
                f"Nothing was changed. Check it with: kubectl --context {context} version"
            ) from error
        nodes = _get(client, "/api/v1/nodes", context, "list nodes")
        present = [
            _get(
                client,
                f"{CRDS}/{name}",
                context,
                f"get the CRD {name}",
            )
            for name in crds
        ]
    return cluster.Cluster(
        version=cluster.parse_version(version.json()["gitVersion"]) if version.status_code == 200 else None,
        nodes=None if nodes is None else [_node(item) for item in nodes["items"]],
        crds=None if None in present else {name for name, found in zip(crds, present, strict=True) if found},
    )


def _connect(context: str) -> httpx2.Client:
    # Not lightkube's from_env(): inside a pod, an agent of ours for instance, it would take the cluster that the pod
    # runs on and leave the context aside.
    files = os.environ.get("KUBECONFIG", str(Path.home() / ".kube" / "config"))
    for name in files.split(os.pathsep):
        try:
            config = KubeConfig.from_file(name).get(context)
        except (ConfigError, OSError):
            continue
        assert config is not None
        return Client(config, ConnectionParams(timeout=httpx2.Timeout(SECONDS)))
    raise pulumi.RunError(
        f"buildfleet:platform.context: {context!r} is not in {files}. Nothing was changed. Allowed: a context of the "
        "kubeconfig ($KUBECONFIG, else ~/.kube/config); list them with: kubectl config get-contexts -o name"
    )


def _get(client: httpx2.Client, path: str, context: str, action: str) -> Mapping[str, Any] | None:
    """The object, `{}` where there is none, or `None` with a warning where it may not be read."""
    response = client.get(path, headers={"Accept": METADATA if path.startswith(CRDS) else "application/json"})
    if response.status_code == 404:
        return {}
    if response.status_code in (401, 403):
        pulumi.log.warn(f"Not checked: this identity may not {action} in context {context}.")
        return None
    response.raise_for_status()
    found: Mapping[str, Any] = response.json()
    return found


def _node(item: Mapping[str, Any]) -> cluster.Node:
    return cluster.Node(
        name=item["metadata"]["name"],
        labels=item["metadata"].get("labels", {}),
        taints={(taint["key"], taint.get("value", ""), taint["effect"]) for taint in item["spec"].get("taints", [])},
        container_runtime=item.get("status", {}).get("nodeInfo", {}).get("containerRuntimeVersion", ""),
    )
