"""What an existing cluster lacks, told before anything is registered.

Owns the reading of the cluster and the list of what a stack needs of it; `rules.cluster` compares the two. Who only
previews, a pull request for instance, is told of a right that it lacks, and is stopped in an update. Refuses to
change anything, and to judge what it may not read: an identity that cannot list nodes gets a warning that says so.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx2
import pulumi
from lightkube.config.client_adapter import Client, ConnectionParams
from lightkube.config.kubeconfig import KubeConfig, SingleConfig
from lightkube.config.models import User

from components import contract
from infra.fleet import policy_of
from infra.platforms import node_pools
from infra.settings.azure_devops import AgentPool, KedaScaling
from infra.settings.github import RunnerSet
from infra.settings.model import to_key
from infra.settings.report import blocks
from infra.settings.stack import StackSettings
from infra.workloads.purposes import docker_of, purposes
from rules import cluster
from rules.tables.trust_right import GROUP, RESOURCE, VERB
from rules.tables.windows import WINDOWS_SKUS

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
"""A definition with a pod template in it is a megabyte; that it is there is all we ask."""
SECONDS = 10
"""How long each of the requests may take."""


def run(settings: StackSettings, context: str, *, stack: str) -> None:
    """Check the cluster behind `context`; raises `pulumi.RunError` with everything that is missing."""
    needs = needs_of(settings, context, stack=stack)
    # Each definition is a request, so only those that are rarely there are asked for by need.
    monitoring = [
        *(cluster.PROMETHEUS_CRDS if needs.prometheus else ()),
        *(cluster.AZURE_PROMETHEUS_CRDS if needs.azure_prometheus else ()),
    ]
    crds = [*cluster.KEDA_CRDS, *cluster.ARC_CRDS, *monitoring]
    facts = read(context, crds, sorted(needs.namespaces), trust=needs.trust is not None)
    problems, right = cluster.check(needs, facts), cluster.trust(needs, facts)
    if right and pulumi.runtime.is_dry_run():
        pulumi.log.warn(f"An update by this identity would be stopped.\n\n{blocks(right)}")
    else:
        problems += right
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


def needs_of(settings: StackSettings, context: str, *, stack: str) -> cluster.Needs:
    """What the stack asks of a cluster, each with the setting that asks for it."""
    agent_pools = settings.azure_devops.agent_pools if settings.azure_devops else ()
    runner_sets = settings.github.runner_sets if settings.github else ()
    systems = {pool.name: pool.os for pool in settings.node_pools}
    policy = policy_of(settings)

    def agents(wanted: Callable[[AgentPool], bool], key: str) -> str | None:
        found = (index for index, pool in enumerate(agent_pools) if wanted(pool))
        return next((f"azureDevOps.agentPools[{index}].{key}" for index in found), None)

    def runners(wanted: Callable[[RunnerSet], bool], key: str) -> str | None:
        found = (index for index, runner_set in enumerate(runner_sets) if wanted(runner_set))
        return next((f"github.runnerSets[{index}].{key}" for index in found), None)

    def docker(pool: AgentPool) -> str:
        return docker_of(pool, systems[pool.node_pool])

    return cluster.Needs(
        context=context,
        stack=stack,
        namespaces={
            getattr(settings.namespaces, purpose): f"namespaces.{to_key(purpose)}" for purpose in purposes(settings)
        },
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
        policies="policy" if policy is not None else None,
        trust="policy" if policy is not None and policy.action == "deny" else None,
        host_process="dockerEngine" if settings.docker_engine else None,
        native_sidecar=agents(lambda pool: docker(pool) in ("sidecar", "buildkit"), "docker")
        or runners(lambda runner_set: runner_set.mode == "dind", "mode"),
        buildkit=agents(lambda pool: docker(pool) == "buildkit", "docker"),
        caches=runners(lambda runner_set: bool(runner_set.caches), "caches"),
        keda=agents(lambda pool: isinstance(pool.scaling, KedaScaling), "scaling"),
        arc="github" if settings.github else None,
        prometheus=_pod_monitor(settings, "prometheus-operator"),
        azure_prometheus=_pod_monitor(settings, "azure"),
    )


def _pod_monitor(settings: StackSettings, kind: str) -> str | None:
    engine = settings.docker_engine
    return "dockerEngine.monitoring.podMonitor" if engine and engine.monitoring.pod_monitor == kind else None


def read(context: str, crds: Sequence[str], namespaces: Sequence[str], *, trust: bool = False) -> cluster.Cluster:
    """Version, nodes and the presence of `crds` and `namespaces`, by GET; with `trust` whether the identity may assign
    trust, by a review, which the API server answers and does not keep."""
    with connect(context) as client:
        try:
            version = _get(client, "/version", context, "read the version")
            nodes = _get(client, "/api/v1/nodes", context, "list nodes")
            definitions = {name: _get(client, f"{CRDS}/{name}", context, f"get the CRD {name}") for name in crds}
            found = {name: _get(client, f"/api/v1/namespaces/{name}", context, "get namespaces") for name in namespaces}
            assigns_trust = may_assign_trust(client, context) if trust else None
        except httpx2.HTTPError as error:
            raise pulumi.RunError(
                f"buildfleet:platform.context: the API server of context {context!r} cannot be reached: {error}. "
                f"Nothing was changed. Check it with: kubectl --context {context} version"
            ) from error
    return cluster.Cluster(
        version=cluster.parse_version(version["gitVersion"]) if version else None,
        nodes=None if nodes is None else [_node(item) for item in nodes["items"]],
        crds=None if None in definitions.values() else {name for name, one in definitions.items() if one},
        namespaces={
            name: one["metadata"].get("labels", {}).get(contract.LABEL_STACK) for name, one in found.items() if one
        },
        assigns_trust=assigns_trust,
    )


def may_assign_trust(client: httpx2.Client, context: str) -> bool | None:
    """Whether this identity may; `None` with a warning where it may not ask."""
    body = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": {"group": GROUP, "resource": RESOURCE, "verb": VERB}},
    }
    response = client.post(REVIEWS, json=body)
    if response.status_code in (401, 403):
        pulumi.log.warn(f"Not checked: this identity may not ask for its own rights in context {context}.")
        return None
    response.raise_for_status()
    return bool(response.json()["status"]["allowed"])


def connect(context: str) -> httpx2.Client:
    # Not lightkube's from_env(): inside a pod, an agent of ours for instance, it would take the cluster that the pod
    # runs on and leave the context aside.
    paths = os.environ.get("KUBECONFIG", str(Path.home() / ".kube" / "config"))
    files = [KubeConfig.from_file(name) for name in paths.split(os.pathsep) if name and Path(name).is_file()]
    found = next((file for file in files if context in file.contexts), None)
    if found is None:
        raise pulumi.RunError(
            f"buildfleet:platform.context: {context!r} is not in {paths}. Nothing was changed. Allowed: a context of "
            "the kubeconfig ($KUBECONFIG, else ~/.kube/config); list them with: kubectl config get-contexts -o name"
        )
    entry = found.contexts[context]
    # As kubectl merges files: what a context refers to may stand in another one.
    server = next((file.clusters[entry.cluster] for file in files if entry.cluster in file.clusters), None)
    user = next((file.users[entry.user] for file in files if entry.user in file.users), User())
    if server is None:
        raise pulumi.RunError(
            f"buildfleet:platform.context: {context!r} refers to the cluster {entry.cluster!r}, which is not in "
            f"{paths}. Nothing was changed."
        )
    config = SingleConfig(context_name=context, context=entry, cluster=server, user=user, fname=found.fname)
    return Client(config, ConnectionParams(timeout=httpx2.Timeout(SECONDS)))


def _get(client: httpx2.Client, path: str, context: str, action: str) -> Mapping[str, Any] | None:
    """The object, `{}` where there is none, or `None` with a warning where it may not be read."""
    whole = not path.startswith((CRDS, "/api/v1/namespaces/"))
    response = client.get(path, headers={"Accept": "application/json" if whole else METADATA})
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
