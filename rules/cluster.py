"""What a cluster that is not ours must have before our workloads are put on it.

Owns the comparison of facts read from a cluster with what a stack needs of it. Reads nothing itself: the facts come
from whoever can reach the cluster, and a fact that could not be read is `None` and is not judged here.

The least versions, with their sources:
- admission policies are stable, and tokens of pods name their node, from Kubernetes 1.30, which together keep the
  engine's account to its node: https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/ and
  .../validating-admission-policy/ (read 2026-11). HostProcess containers are older: stable from 1.26
- the expressions of our policies use `cidr()`, which came with Kubernetes 1.30: an API server takes a function into new
  policies one version later, so that it could be rolled back (k8s.io/apiserver pkg/cel/environment/base.go,
  `DefaultCompatibilityVersion`, read 2026-11)
- who has the right of `rules.policies.namespaces.trust_labels`, the API server says itself
- native sidecars are on by default from Kubernetes 1.29:
  https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/ (read 2026-08)
- `appArmorProfile` is a field of pods from Kubernetes 1.30: https://kubernetes.io/docs/tutorials/security/apparmor/
  (read 2026-11)
- `mismatchLabelKeys` of pod affinity is on by default from Kubernetes 1.31:
  https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/ (read 2026-11)
- bind mounts in HostProcess containers need containerd 1.7: the HostProcess page above, "Volume mounts" (read 2026-08)
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from rules.problem import Problem
from rules.tables.trust_right import GROUP, RESOURCE, VERB

Version = tuple[int, int]

CONFINED_ENGINE_SINCE: Version = (1, 30)
ADMISSION_POLICIES_SINCE: Version = (1, 31)
NATIVE_SIDECAR_SINCE: Version = (1, 29)
APP_ARMOR_FIELD_SINCE: Version = (1, 30)
MISMATCH_LABEL_KEYS_SINCE: Version = (1, 31)
HOST_PROCESS_CONTAINERD: Version = (1, 7)

CONTROLLERS_TAINTS = ("node.kubernetes.io/", "node.cloudprovider.kubernetes.io/")
"""Taints that come and go with a node's condition; no pool lists them."""

KEDA_CRDS = ("scaledjobs.keda.sh", "triggerauthentications.keda.sh")
ARC_CRDS = ("autoscalingrunnersets.actions.github.com",)
PROMETHEUS_CRDS = ("podmonitors.monitoring.coreos.com", "prometheusrules.monitoring.coreos.com")
AZURE_PROMETHEUS_CRDS = ("podmonitors.azmonitoring.coreos.com",)


@dataclass(frozen=True, kw_only=True)
class Node:
    """What was read of one node. `taints` are (key, value, effect)."""

    name: str
    labels: Mapping[str, str]
    taints: Collection[tuple[str, str, str]]
    container_runtime: str


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """What was read of the cluster; `None` where it could not be read."""

    version: Version | None
    nodes: Sequence[Node] | None
    crds: Collection[str] | None
    namespaces: Mapping[str, str | None] | None = None
    """Those of the stack's namespaces that are there, each with the stack that its label names, if any."""
    assigns_trust: bool | None = None
    """Whether who asks may update the virtual resource `confinements.buildfleet.dev`."""


@dataclass(frozen=True, kw_only=True)
class Pool:
    """What the stack says of one pool.

    `path` is its place in the stack file; `selector` finds its nodes and leaves the operating system out;
    `windows_build` is the Windows build that its OS SKU stands for, for example `10.0.20348`.
    """

    path: str
    name: str
    os: str
    selector: Mapping[str, str]
    taints: Sequence[tuple[str, str, str]]
    min_count: int
    windows_build: str | None = None


@dataclass(frozen=True, kw_only=True)
class Needs:
    """What the stack needs of the cluster. Each flag's path names the setting that asks for it."""

    context: str
    pools: Sequence[Pool]
    stack: str = ""
    namespaces: Mapping[str, str] = field(default_factory=dict)
    """Name of each namespace that the stack makes, and the setting that names it."""
    policies: str | None = None
    trust: str | None = None
    """Where policies refuse: the labels of the stack's namespaces take the right to assign trust."""
    host_process: str | None = None
    native_sidecar: str | None = None
    buildkit: str | None = None
    caches: str | None = None
    keda: str | None = None
    arc: str | None = None
    prometheus: str | None = None
    azure_prometheus: str | None = None


def parse_version(text: str) -> Version | None:
    """The major and minor of a version in text, for example `(1, 36)` of `v1.36.3`; `None` where there is none."""
    found = re.search(r"(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2])) if found else None


def check(needs: Needs, cluster: Cluster) -> list[Problem]:
    """Everything that the cluster lacks, in the order of the stack file."""
    problems: list[Problem] = []
    for pool in needs.pools:
        problems += _pool(needs, pool, cluster.nodes)
    if cluster.version is not None:
        problems += _version(needs.policies, cluster.version, ADMISSION_POLICIES_SINCE, "admission policies")
        problems += _version(
            needs.host_process,
            cluster.version,
            CONFINED_ENGINE_SINCE,
            "keeping Docker Engine's account to its own node",
        )
        problems += _version(needs.native_sidecar, cluster.version, NATIVE_SIDECAR_SINCE, "native sidecar containers")
        problems += _version(needs.buildkit, cluster.version, APP_ARMOR_FIELD_SINCE, "AppArmor profiles of containers")
        problems += _version(
            needs.caches, cluster.version, MISMATCH_LABEL_KEYS_SINCE, "keeping the pods of two runners off one cache"
        )
    if cluster.crds is not None:
        problems += _crds(needs.keda, cluster.crds, KEDA_CRDS, "KEDA", "https://keda.sh/docs/latest/deploy/")
        problems += _crds(
            needs.arc,
            cluster.crds,
            ARC_CRDS,
            "the Actions Runner Controller",
            "https://docs.github.com/actions/concepts/runners/actions-runner-controller",
        )
        problems += _crds(
            needs.prometheus,
            cluster.crds,
            PROMETHEUS_CRDS,
            "the Prometheus operator",
            "https://prometheus-operator.dev/docs/getting-started/installation/",
        )
        problems += _crds(
            needs.azure_prometheus,
            cluster.crds,
            AZURE_PROMETHEUS_CRDS,
            "Azure's managed Prometheus",
            "https://learn.microsoft.com/azure/azure-monitor/containers/kubernetes-monitoring-enable",
        )
    return problems + _namespaces(needs, cluster.namespaces or {})


def trust(needs: Needs, cluster: Cluster) -> list[Problem]:
    """The right that who deploys the stack needs. Apart from `check`: who only previews has no need of it."""
    if needs.trust is None or cluster.assigns_trust is not False:
        return []
    right = f"{VERB} {RESOURCE}.{GROUP}"
    return [
        Problem(
            rule="cluster-trust-right",
            path=needs.trust,
            given=f"this identity may not {right} in context {needs.context}",
            allowed="an identity with this right, as the policies let no other label the stack's namespaces",
            fix="as an administrator, apply the ClusterRole buildfleet-assign-trust of docs/admission.md and bind it: "
            f"kubectl --context {needs.context} create clusterrolebinding buildfleet-assign-trust "
            "--clusterrole=buildfleet-assign-trust --user=NAME (or --group, --serviceaccount)",
        )
    ]


def pools_without_nodes(needs: Needs, cluster: Cluster) -> list[Pool]:
    """Pools that may have no node at the moment, and have none: worth a word, not a mistake."""
    if cluster.nodes is None:
        return []
    return [pool for pool in needs.pools if pool.min_count == 0 and not _nodes_of(pool, cluster.nodes)]


def _nodes_of(pool: Pool, nodes: Sequence[Node]) -> list[Node]:
    return [node for node in nodes if all(node.labels.get(key) == value for key, value in pool.selector.items())]


def _labels(labels: Mapping[str, str]) -> str:
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items()))


def _pool(needs: Needs, pool: Pool, all_nodes: Sequence[Node] | None) -> list[Problem]:
    if all_nodes is None:
        return []
    nodes = _nodes_of(pool, all_nodes)
    if not nodes and pool.min_count > 0:
        return [
            Problem(
                rule="cluster-pool-found",
                path=f"{pool.path}.nodeSelector",
                given=f"{_labels(pool.selector)}: no node of context {needs.context} has these labels",
                allowed=f"at least {pool.min_count} (minCount) nodes with these labels",
                fix="set nodeSelector to labels that the pool's nodes carry, or add nodes, or set minCount to 0",
            )
        ]
    problems = []
    for node in nodes:
        os = node.labels.get("kubernetes.io/os", "an unknown operating system")
        if os != pool.os:
            problems.append(
                Problem(
                    rule="cluster-pool-os",
                    path=f"{pool.path}.os",
                    given=f"{pool.os}, but node {node.name} runs {os}",
                    allowed="the operating system of the pool's nodes",
                    fix="set os to what the nodes run, or nodeSelector to labels of that pool alone",
                )
            )
            continue
        problems += _node(needs, pool, node)
    return [*problems, *_missing_taints(pool, nodes), *_foreign_taints(pool, nodes)]


def _node(needs: Needs, pool: Pool, node: Node) -> list[Problem]:
    if pool.os != "windows":
        return []
    problems = []
    runtime = parse_version(node.container_runtime) if node.container_runtime.startswith("containerd://") else None
    if needs.host_process is not None and (runtime is None or runtime < HOST_PROCESS_CONTAINERD):
        problems.append(
            Problem(
                rule="cluster-containerd",
                path=pool.path,
                given=f"node {node.name} runs {node.container_runtime or 'an unknown container runtime'}",
                allowed="containerd 1.7 or newer, for the volumes of HostProcess containers",
                fix="upgrade the node image",
            )
        )
    build = node.labels.get("node.kubernetes.io/windows-build", "")
    if pool.windows_build is not None and build and build != pool.windows_build:
        problems.append(
            Problem(
                rule="cluster-pool-os-sku",
                path=f"{pool.path}.osSku",
                given=f"node {node.name} runs Windows build {build}",
                allowed=f"build {pool.windows_build}, which this osSku stands for",
                fix="set osSku to what the nodes run, since container images must fit it",
            )
        )
    return problems


def _missing_taints(pool: Pool, nodes: Sequence[Node]) -> list[Problem]:
    problems = []
    for taint in pool.taints:
        bare = sorted(node.name for node in nodes if taint not in node.taints)
        if not bare:
            continue
        key, value, effect = taint
        problems.append(
            Problem(
                rule="cluster-pool-taint",
                path=f"{pool.path}.taints",
                given=f"nodes without it: {', '.join(bare)}",
                allowed=f"{key}={value}:{effect} on every node of the pool, so that nothing else lands there",
                fix=f"on AKS set it as a taint of the pool; elsewhere: kubectl taint nodes -l {_labels(pool.selector)} "
                f"{key}={value}:{effect}",
            )
        )
    return problems


def _foreign_taints(pool: Pool, nodes: Sequence[Node]) -> list[Problem]:
    """Taints that our pods would not tolerate, since they tolerate exactly what the pool lists."""
    foreign = {
        taint
        for node in nodes
        for taint in node.taints
        if taint not in pool.taints and taint[2] != "PreferNoSchedule" and not taint[0].startswith(CONTROLLERS_TAINTS)
    }
    return [
        Problem(
            rule="cluster-pool-tolerated",
            path=f"{pool.path}.taints",
            given=f"nodes of the pool also have {key}={value}:{effect}",
            allowed="all taints of the pool's nodes, since agents tolerate these and no others",
            fix=f"add {{key: {key}, value: {value!r}, effect: {effect}}} to taints, or take it off the nodes",
        )
        for key, value, effect in sorted(foreign)
    ]


def _namespaces(needs: Needs, there: Mapping[str, str | None]) -> list[Problem]:
    """A namespace of somebody else's would be taken over silently, and deleted with all in it by a destroy."""
    return [
        Problem(
            rule="cluster-namespace-taken",
            path=path,
            given=f"namespace {name} is there already and belongs to {there[name] or 'no stack'}",
            allowed=f"a name that is free, or a namespace with the label buildfleet.dev/stack={needs.stack}",
            fix="give another name; two stacks on one cluster need different namespaces",
        )
        for name, path in sorted(needs.namespaces.items())
        if name in there and there[name] != needs.stack
    ]


def _version(path: str | None, version: Version, least: Version, what: str) -> list[Problem]:
    if path is None or version >= least:
        return []
    return [
        Problem(
            rule="cluster-version",
            path=path,
            given=f"Kubernetes {version[0]}.{version[1]}",
            allowed=f"Kubernetes {least[0]}.{least[1]} or newer, for {what}",
            fix="upgrade the cluster",
        )
    ]


def _crds(path: str | None, present: Collection[str], wanted: Sequence[str], what: str, where: str) -> list[Problem]:
    missing = [name for name in wanted if name not in present]
    if path is None or not missing:
        return []
    return [
        Problem(
            rule="cluster-crds",
            path=path,
            given=f"the cluster does not have {', '.join(missing)}",
            allowed=f"the custom resource definitions of {what}",
            fix=f"install {what} first: {where}",
        )
    ]
