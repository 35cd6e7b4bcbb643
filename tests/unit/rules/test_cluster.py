"""What an existing cluster lacks, from facts alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rules import cluster
from tests.unit.rules.cases import Check, passes, refused, text

TAINT = ("sku", "Windows", "NoSchedule")
POOL = cluster.Pool(
    path="nodePools[2]",
    name="win22",
    os="windows",
    selector={"agentpool": "win22"},
    taints=[TAINT],
    min_count=1,
    windows_build="10.0.20348",
)
NODE = cluster.Node(
    name="akswin22000000",
    labels={
        "agentpool": "win22",
        "kubernetes.io/os": "windows",
        "node.kubernetes.io/windows-build": "10.0.20348",
    },
    taints={TAINT},
    container_runtime="containerd://1.7.20",
)
NEEDS = cluster.Needs(
    context="dev",
    pools=[POOL],
    host_process="dockerEngine",
    native_sidecar="azureDevOps.agentPools[1].docker",
    keda="azureDevOps.agentPools[0].scaling",
    arc="github",
)
WITH_NAMESPACE = replace(NEEDS, stack="dev", namespaces={"docker-engine": "namespaces.dockerEngine"})
CLUSTER = cluster.Cluster(version=(1, 36), nodes=[NODE], crds={*cluster.KEDA_CRDS, *cluster.ARC_CRDS})


def with_node(**changes: Any) -> cluster.Cluster:
    return replace(CLUSTER, nodes=[replace(NODE, **changes)])


@passes(
    ("a cluster that has it all", lambda: cluster.check(NEEDS, CLUSTER)),
    ("nothing could be read", lambda: cluster.check(NEEDS, cluster.Cluster(version=None, nodes=None, crds=None))),
    (
        "an empty pool that may be empty",
        lambda: cluster.check(replace(NEEDS, pools=[replace(POOL, min_count=0)]), replace(CLUSTER, nodes=[])),
    ),
    (
        "an old cluster for a stack that needs nothing new",
        lambda: cluster.check(
            cluster.Needs(context="dev", pools=[]), cluster.Cluster(version=(1, 20), nodes=[], crds=set())
        ),
    ),
    ("a node that does not tell its build", lambda: cluster.check(NEEDS, with_node(labels=without_build()))),
    ("the first version with all of it", lambda: cluster.check(NEEDS, replace(CLUSTER, version=(1, 30)))),
    (
        "the first version with admission policies",
        lambda: cluster.check(replace(NEEDS, policies="policy"), replace(CLUSTER, version=(1, 31))),
    ),
    (
        "who may assign trust",
        lambda: cluster.trust(replace(NEEDS, trust="policy"), replace(CLUSTER, assigns_trust=True)),
    ),
    (
        "who may not, with policies that refuse nothing",
        lambda: cluster.trust(NEEDS, replace(CLUSTER, assigns_trust=False)),
    ),
    (
        "nobody knows who may",
        lambda: cluster.trust(replace(NEEDS, trust="policy"), CLUSTER),
    ),
    (
        "taints that come and go with a node's condition, or only advise",
        lambda: cluster.check(
            NEEDS,
            with_node(
                taints={
                    TAINT,
                    ("node.kubernetes.io/memory-pressure", "", "NoSchedule"),
                    ("spread", "", "PreferNoSchedule"),
                }
            ),
        ),
    ),
    (
        "a namespace of the stack's own",
        lambda: cluster.check(WITH_NAMESPACE, replace(CLUSTER, namespaces={"docker-engine": "dev"})),
    ),
    (
        "an old containerd where no engine is wanted",
        lambda: cluster.check(replace(NEEDS, host_process=None), with_node(container_runtime="containerd://1.6.28")),
    ),
)
def test_a_cluster_that_has_what_the_stack_needs_passes(check: Check) -> None:
    assert text(check()) == ""


def without_build() -> dict[str, str]:
    return {key: value for key, value in NODE.labels.items() if key != "node.kubernetes.io/windows-build"}


@refused(
    (
        "no node",
        lambda: cluster.check(NEEDS, replace(CLUSTER, nodes=[])),
        """
cluster-pool-found: nodePools[2].nodeSelector
  given: agentpool=win22: no node of context dev has these labels
  allowed: at least 1 (minCount) nodes with these labels
  fix: set nodeSelector to labels that the pool's nodes carry, or add nodes, or set minCount to 0
""",
    ),
    (
        "another operating system",
        lambda: cluster.check(NEEDS, with_node(labels={"agentpool": "win22", "kubernetes.io/os": "linux"})),
        """
cluster-pool-os: nodePools[2].os
  given: windows, but node akswin22000000 runs linux
  allowed: the operating system of the pool's nodes
  fix: set os to what the nodes run, or nodeSelector to labels of that pool alone
""",
    ),
    (
        "no taint",
        lambda: cluster.check(NEEDS, with_node(taints=set())),
        """
cluster-pool-taint: nodePools[2].taints
  given: nodes without it: akswin22000000
  allowed: sku=Windows:NoSchedule on every node of the pool, so that nothing else lands there
  fix: on AKS set it as a taint of the pool; elsewhere: kubectl taint nodes -l agentpool=win22
    sku=Windows:NoSchedule
""",
    ),
    (
        "containerd too old for HostProcess volumes",
        lambda: cluster.check(NEEDS, with_node(container_runtime="containerd://1.6.28")),
        """
cluster-containerd: nodePools[2]
  given: node akswin22000000 runs containerd://1.6.28
  allowed: containerd 1.7 or newer, for the volumes of HostProcess containers
  fix: upgrade the node image
""",
    ),
    (
        "a taint that agents would not tolerate",
        lambda: cluster.check(
            NEEDS, with_node(taints={TAINT, ("kubernetes.azure.com/scalesetpriority", "spot", "NoSchedule")})
        ),
        """
cluster-pool-tolerated: nodePools[2].taints
  given: nodes of the pool also have kubernetes.azure.com/scalesetpriority=spot:NoSchedule
  allowed: all taints of the pool's nodes, since agents tolerate these and no others
  fix: add {key: kubernetes.azure.com/scalesetpriority, value: 'spot', effect: NoSchedule} to taints, or take
    it off the nodes
""",
    ),
    (
        "a namespace of somebody else's",
        lambda: cluster.check(WITH_NAMESPACE, replace(CLUSTER, namespaces={"docker-engine": None})),
        """
cluster-namespace-taken: namespaces.dockerEngine
  given: namespace docker-engine is there already and belongs to no stack
  allowed: a name that is free, or a namespace with the label buildfleet.dev/stack=dev
  fix: give another name; two stacks on one cluster need different namespaces
""",
    ),
    (
        "too old for admission policies",
        lambda: cluster.check(replace(NEEDS, host_process=None, policies="policy"), replace(CLUSTER, version=(1, 30))),
        """
cluster-version: policy
  given: Kubernetes 1.30
  allowed: Kubernetes 1.31 or newer, for admission policies
  fix: upgrade the cluster
""",
    ),
    (
        "who may not assign trust",
        lambda: cluster.trust(replace(NEEDS, trust="policy"), replace(CLUSTER, assigns_trust=False)),
        """
cluster-trust-right: policy
  given: this identity may not update confinements.buildfleet.dev in context dev
  allowed: an identity with this right, as the policies let no other label the stack's namespaces
  fix: as an administrator, apply the ClusterRole buildfleet-assign-trust of docs/admission.md and bind it:
    kubectl --context dev create clusterrolebinding buildfleet-assign-trust
    --clusterrole=buildfleet-assign-trust --user=NAME (or --group, --serviceaccount)
""",
    ),
    (
        "too old for rootless BuildKit and for caches",
        lambda: cluster.check(
            replace(
                NEEDS,
                host_process=None,
                buildkit="azureDevOps.agentPools[4].docker",
                caches="github.runnerSets[0].caches",
            ),
            replace(CLUSTER, version=(1, 29)),
        ),
        """
cluster-version: azureDevOps.agentPools[4].docker
  given: Kubernetes 1.29
  allowed: Kubernetes 1.30 or newer, for AppArmor profiles of containers
  fix: upgrade the cluster
cluster-version: github.runnerSets[0].caches
  given: Kubernetes 1.29
  allowed: Kubernetes 1.31 or newer, for keeping the pods of two runners off one cache
  fix: upgrade the cluster
""",
    ),
    (
        "another Windows Server",
        lambda: cluster.check(
            NEEDS, with_node(labels={**NODE.labels, "node.kubernetes.io/windows-build": "10.0.26100"})
        ),
        """
cluster-pool-os-sku: nodePools[2].osSku
  given: node akswin22000000 runs Windows build 10.0.26100
  allowed: build 10.0.20348, which this osSku stands for
  fix: set osSku to what the nodes run, since container images must fit it
""",
    ),
    (
        "nothing that reads a PodMonitor",
        lambda: cluster.check(replace(NEEDS, prometheus="a", azure_prometheus="b"), CLUSTER),
        """
cluster-crds: a
  given: the cluster does not have podmonitors.monitoring.coreos.com, prometheusrules.monitoring.coreos.com
  allowed: the custom resource definitions of the Prometheus operator
  fix: install the Prometheus operator first:
    https://prometheus-operator.dev/docs/getting-started/installation/
cluster-crds: b
  given: the cluster does not have podmonitors.azmonitoring.coreos.com
  allowed: the custom resource definitions of Azure's managed Prometheus
  fix: install Azure's managed Prometheus first:
    https://learn.microsoft.com/azure/azure-monitor/containers/kubernetes-monitoring-enable
""",
    ),
    (
        "too old for the engine and native sidecars",
        lambda: cluster.check(NEEDS, replace(CLUSTER, version=(1, 25))),
        """
cluster-version: dockerEngine
  given: Kubernetes 1.25
  allowed: Kubernetes 1.30 or newer, for keeping Docker Engine's account to its own node
  fix: upgrade the cluster
cluster-version: azureDevOps.agentPools[1].docker
  given: Kubernetes 1.25
  allowed: Kubernetes 1.29 or newer, for native sidecar containers
  fix: upgrade the cluster
""",
    ),
    (
        "no definitions",
        lambda: cluster.check(NEEDS, replace(CLUSTER, crds=set())),
        """
cluster-crds: azureDevOps.agentPools[0].scaling
  given: the cluster does not have scaledjobs.keda.sh, triggerauthentications.keda.sh
  allowed: the custom resource definitions of KEDA
  fix: install KEDA first: https://keda.sh/docs/latest/deploy/
cluster-crds: github
  given: the cluster does not have autoscalingrunnersets.actions.github.com
  allowed: the custom resource definitions of the Actions Runner Controller
  fix: install the Actions Runner Controller first:
    https://docs.github.com/actions/concepts/runners/actions-runner-controller
""",
    ),
)
def test_what_a_cluster_lacks_is_told_with_the_setting_that_needs_it(check: Check, said: str) -> None:
    assert text(check()) == said


@pytest.mark.parametrize(
    ("printed", "version"),
    [("v1.36.3", (1, 36)), ("containerd://2.0.4", (2, 0)), ("v1.29.0-eks-1", (1, 29)), ("kwok", None)],
)
def test_the_major_and_minor_of_a_version_are_found_in_what_kubernetes_prints(
    printed: str, version: tuple[int, int] | None
) -> None:
    assert cluster.parse_version(printed) == version


def test_a_pool_that_may_be_empty_and_is_gets_a_word_and_no_refusal() -> None:
    empty = replace(POOL, min_count=0)
    assert cluster.pools_without_nodes(replace(NEEDS, pools=[empty]), replace(CLUSTER, nodes=[])) == [empty]
    assert cluster.pools_without_nodes(NEEDS, CLUSTER) == []
