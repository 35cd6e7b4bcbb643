"""AKS on Azure Local: what a cluster to make needs, and what one to adopt has already."""

from __future__ import annotations

from dataclasses import replace

from rules import azure_local
from rules.azure_local import AzureLocalFacts
from rules.given import ABSENT
from rules.platform import PlatformFacts
from rules.pool_facts import PoolFacts
from tests.unit.rules.cases import Check, passes, refused, text

MADE = PlatformFacts(kind="azure-local", kubernetes_version="1.32", existing_cluster=ABSENT)
ADOPTED = replace(MADE, existing_cluster="/id")
FACTS = AzureLocalFacts(
    custom_location="/place",
    logical_network="/net",
    ssh_public_key="ssh-ed25519 AAAA",
    admin_groups=("group",),
    control_plane_size="Standard_A4_v2",
    control_plane_address=ABSENT,
    windows_node_pools=False,
)
NOTHING = replace(FACTS, custom_location=ABSENT, logical_network=ABSENT, ssh_public_key=ABSENT, admin_groups=())
LINUX = PoolFacts(path="nodePools[0]", os="linux", max_count=4)
WINDOWS = PoolFacts(path="nodePools[1]", os="windows", max_count=4)


@passes(
    ("made", lambda: azure_local.check(MADE, FACTS, [LINUX])),
    ("unknown pools", lambda: azure_local.check(MADE, FACTS, None)),
    ("adopted", lambda: azure_local.check(ADOPTED, NOTHING, [LINUX])),
    (
        "adopted, with what says nothing",
        lambda: azure_local.check(ADOPTED, replace(NOTHING, written={"adminGroups": [], "hybridBenefit": False}), []),
    ),
    ("unknown", lambda: azure_local.check(PlatformFacts(kind="azure-local"), AzureLocalFacts(), None)),
    ("another platform", lambda: azure_local.check(PlatformFacts(kind="aks"), NOTHING, [WINDOWS])),
    ("windows enabled", lambda: azure_local.check(MADE, replace(FACTS, windows_node_pools=True), [LINUX, WINDOWS])),
    (
        "a pool of unknown system",
        lambda: azure_local.check(MADE, replace(FACTS, windows_node_pools=True), [replace(LINUX, os=None), WINDOWS]),
    ),
    ("windows pool that is found", lambda: azure_local.check(ADOPTED, NOTHING, [WINDOWS])),
    (
        "as many pools and nodes as there may be",
        lambda: azure_local.check(MADE, FACTS, [replace(LINUX, max_count=12)] * 15 + [replace(LINUX, max_count=20)]),
    ),
    ("an address", lambda: azure_local.check(MADE, replace(FACTS, control_plane_address="192.168.10.5"), [LINUX])),
)
def test_clusters_that_azure_local_takes_pass(check: Check) -> None:
    assert text(check()) == ""


@refused(
    (
        "nothing of a cluster to make",
        lambda: azure_local.check(MADE, NOTHING, [LINUX]),
        """
azure-local-target: platform.customLocation
  given: nothing
  allowed: customLocation, logicalNetwork, sshPublicKey and adminGroups for a cluster to make, or
    existingCluster for one to adopt
  fix: give customLocation, the place, or the id of the cluster as existingCluster
azure-local-target: platform.logicalNetwork
  given: nothing
  allowed: customLocation, logicalNetwork, sshPublicKey and adminGroups for a cluster to make, or
    existingCluster for one to adopt
  fix: give logicalNetwork, the network of the nodes, or the id of the cluster as existingCluster
azure-local-target: platform.sshPublicKey
  given: nothing
  allowed: customLocation, logicalNetwork, sshPublicKey and adminGroups for a cluster to make, or
    existingCluster for one to adopt
  fix: give sshPublicKey, the key for the nodes, or the id of the cluster as existingCluster
azure-local-target: platform.adminGroups
  given: nothing
  allowed: customLocation, logicalNetwork, sshPublicKey and adminGroups for a cluster to make, or
    existingCluster for one to adopt
  fix: give adminGroups, the Entra groups that administer the cluster, or the id of the cluster as
    existingCluster
""",
    ),
    (
        "adopted and described",
        lambda: azure_local.check(
            ADOPTED,
            replace(
                NOTHING,
                written={
                    "customLocation": "/place",
                    "adminGroups": ["g"],
                    "controlPlane": {"count": 1},
                    "hybridBenefit": True,
                },
            ),
            [],
        ),
        """
azure-local-adopted: platform.customLocation
  given: "/place"
  allowed: nothing beside existingCluster: the adopted cluster has its own
  fix: remove customLocation, or existingCluster
azure-local-adopted: platform.adminGroups
  given: a list of 1
  allowed: nothing beside existingCluster: the adopted cluster has its own
  fix: remove adminGroups, or existingCluster
azure-local-adopted: platform.controlPlane
  given: a map with the keys count
  allowed: nothing beside existingCluster: the adopted cluster has its own
  fix: remove controlPlane, or existingCluster
azure-local-adopted: platform.hybridBenefit
  given: true
  allowed: nothing beside existingCluster: the adopted cluster has its own
  fix: remove hybridBenefit, or existingCluster
""",
    ),
    (
        "size of the control plane",
        lambda: azure_local.check(MADE, replace(FACTS, control_plane_size="Standard_D4s_v5"), [LINUX]),
        """
control-plane-size: platform.controlPlane.vmSize
  given: "Standard_D4s_v5"
  allowed: Standard_A2_v2, Standard_A4_v2, Standard_D16s_v3, Standard_D32s_v3, Standard_D4s_v3,
    Standard_D8s_v3 or Standard_K8S3_v1 (AKS on Azure Local)
  fix: did you mean "Standard_D4s_v3"?
""",
    ),
    (
        "address of the control plane",
        lambda: azure_local.check(MADE, replace(FACTS, control_plane_address="192.168.10.256"), [LINUX]),
        """
control-plane-address: platform.controlPlane.address
  given: "192.168.10.256"
  allowed: an IPv4 address of the logical network
  fix: write four numbers from 0 to 255, for example 192.168.10.5
""",
    ),
    (
        "windows not enabled",
        lambda: azure_local.check(MADE, FACTS, [LINUX, WINDOWS]),
        """
windows-pools-disabled: platform.windowsNodePools
  given: false
  allowed: true, as nodePools[1] is for Windows, which Azure Local does not have by default
  fix: run `Import-Module Support.AksArc; Invoke-SupportAksArcRemediation_EnableWindowsNodepool` on a machine
    of the Azure Local instance; once `az aksarc get-versions --custom-location ID` says that Windows2022 is
    ready, write windowsNodePools: true
""",
    ),
    (
        "windows alone",
        lambda: azure_local.check(MADE, replace(FACTS, windows_node_pools=True), [WINDOWS]),
        """
linux-pool-missing: nodePools
  given: no pool of Linux
  allowed: at least one pool with os: linux, on which the cluster's own agents run (AKS on Azure Local)
  fix: add one, for example {name: system, os: linux, purpose: system, vmSize: Standard_A4_v2, minCount: 1,
    maxCount: 2}
""",
    ),
    (
        "seventeen pools",
        lambda: azure_local.check(MADE, FACTS, [LINUX] * 17),
        """
pool-number: nodePools
  given: 17 pools
  allowed: at most 16 (AKS on Azure Local)
  fix: merge pools of the same size
""",
    ),
    (
        "more nodes than a cluster takes",
        lambda: azure_local.check(MADE, FACTS, [replace(LINUX, max_count=51)] * 4),
        """
pool-nodes: nodePools
  given: 204 nodes at most
  allowed: at most 200 in a cluster (AKS on Azure Local)
  fix: lower maxCount by 4 altogether, or make a second cluster
""",
    ),
)
def test_clusters_that_azure_local_refuses_are_refused_before(check: Check, said: str) -> None:
    assert text(check()) == said
