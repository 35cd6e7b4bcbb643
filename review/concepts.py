"""What a resource is to its readers: a node pool, an agent pool, a namespace.

Owns the table of words, by component and by type of resource, and which component a resource is part of. A resource of
a program that has none of our components is told by its own kind.

A type is somebody else's text. Its last part is taken as a noun where no table has one, and is written as `Given`
(`shown`): only the words of this module's tables are ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from review.log import STACK_TYPE, Log, State
from review.page import Given, Part
from review.resources import resource
from review.words import counted


@dataclass(frozen=True, kw_only=True)
class Concept:
    """A word for a kind of thing."""

    noun: str
    prefix: str = ""
    """What the names of its components begin with in our program, and readers need not see."""
    main: tuple[str, ...] = ()
    """Ends of the types of which one is the thing itself: to replace that is to replace the thing."""


_OURS: Final = "buildfleet:index:"

COMPONENTS: Final[Mapping[str, Concept]] = {
    "AdmissionPolicies": Concept(noun="admission policies"),
    "AksCluster": Concept(noun="cluster", main=(":ManagedCluster",)),
    "AksNetwork": Concept(noun="network", main=(":VirtualNetwork",)),
    "AksNodePool": Concept(noun="node pool", prefix="pool-", main=(":AgentPool",)),
    "AzureDevOpsAgentCredentials": Concept(noun="agents' credentials"),
    "AzureDevOpsAgentPool": Concept(noun="agent pool", main=(":Deployment", ":StatefulSet", ":ScaledJob")),
    "AzureLocalCluster": Concept(noun="cluster", main=(":ConnectedCluster", "resources:Resource")),
    "AzureLocalNodePool": Concept(noun="node pool", prefix="pool-", main=("resources:Resource",)),
    "BuiltImage": Concept(noun="image"),
    "ClusterDiagnostics": Concept(noun="diagnostics"),
    "ClusterIdentities": Concept(noun="cluster identities", main=(":UserAssignedIdentity",)),
    "ConfinedNamespace": Concept(noun="namespace", main=(":Namespace",)),
    "ContainerRegistry": Concept(noun="registry", main=(":Registry",)),
    "CostBudget": Concept(noun="budget"),
    "DeploymentIdentities": Concept(noun="deployment identities", main=(":UserAssignedIdentity",)),
    "EngineSmokeTest": Concept(noun="smoke test"),
    "GitHubCredentials": Concept(noun="runners' credentials"),
    "GitHubRunnerScaleSet": Concept(noun="runner scale set", main=(":AutoscalingRunnerSet",)),
    "GitHubRunnerSet": Concept(noun="runner set", main=(":AutoscalingRunnerSet",)),
    "ImageBuild": Concept(noun="image build"),
    "ImagePrepuller": Concept(noun="image prepuller"),
    "KedaOperator": Concept(noun="KEDA operator", main=(":Release",)),
    "KeyVault": Concept(noun="key vault", main=(":Vault",)),
    "LogWorkspace": Concept(noun="log workspace", main=(":Workspace",)),
    "Maintenance": Concept(noun="maintenance windows"),
    "ManagedPrometheus": Concept(noun="Prometheus"),
    "PolicyAssignments": Concept(noun="Azure policy assignments"),
    "PreviewAccess": Concept(noun="preview access"),
    "RegistryAccess": Concept(noun="registry access"),
    "RunnerController": Concept(noun="runner controller", main=(":Release",)),
    "WindowsDockerEngine": Concept(noun="docker engine", main=(":DaemonSet",)),
    "WorkloadIdentity": Concept(noun="identity", main=(":UserAssignedIdentity",)),
}
"""Our components, by the last part of their token. A test holds that none is missing."""

KINDS: Final[Mapping[str, str]] = {
    "azure-native:authorization:RoleAssignment": "role assignment",
    "azure-native:containerregistry:Registry": "registry",
    "azure-native:containerservice:AgentPool": "node pool",
    "azure-native:containerservice:ManagedCluster": "cluster",
    "azure-native:hybridcontainerservice:AgentPool": "node pool",
    "azure-native:hybridcontainerservice:ProvisionedClusterInstance": "cluster",
    "azure-native:keyvault:Vault": "key vault",
    "azure-native:kubernetes:ConnectedCluster": "cluster",
    "azure-native:managedidentity:UserAssignedIdentity": "identity",
    "azure-native:network:VirtualNetwork": "network",
    "azure-native:resources:ResourceGroup": "resource group",
    "kubernetes:apps/v1:DaemonSet": "DaemonSet",
    "kubernetes:apps/v1:Deployment": "Deployment",
    "kubernetes:apps/v1:StatefulSet": "StatefulSet",
    "kubernetes:batch/v1:CronJob": "CronJob",
    "kubernetes:batch/v1:Job": "Job",
    "kubernetes:core/v1:ConfigMap": "ConfigMap",
    "kubernetes:core/v1:Namespace": "namespace",
    "kubernetes:core/v1:Secret": "Secret",
    "kubernetes:core/v1:Service": "Service",
    "kubernetes:core/v1:ServiceAccount": "ServiceAccount",
    "kubernetes:helm.sh/v3:Release": "Helm release",
    "pulumi:providers:azure-native": "provider",
    "pulumi:providers:kubernetes": "provider",
}
"""Words for types of resources, without versions of Azure's API; others are called by their kind."""

ORDER: Final = (
    "resource group",
    "network",
    "cluster",
    "node pool",
    "registry",
    "key vault",
    "identity",
    "namespace",
    "docker engine",
    "agent pool",
    "runner set",
)
"""What is told first; everything else follows by name."""

_ANY: Final = "resource"
_STACK: Final = "stack"
_NOUNS: Final = frozenset({*(one.noun for one in COMPONENTS.values()), *KINDS.values(), _ANY, _STACK})
"""All words that are ours."""


def word(state: State) -> str:
    """What a resource is called: a word of ours, or the last part of its type, which is for `shown` alone."""
    concept = of_component(state.type)
    known = concept.noun if concept else KINDS.get(resource(state).kind)
    own = state.type.rpartition(":")[2].strip()
    # A type that ends like one of our words is not that.
    return known or (own if own and own not in _NOUNS else _ANY)


def shown(noun: str) -> Part:
    """A noun as it is written on a page."""
    return noun if noun in _NOUNS else Given(noun, 60)


def tally(count: int, noun: str) -> list[Part]:
    """`2 node pools`; of a noun that is not ours "2 `Deployment`"."""
    return [counted(count, noun)] if noun in _NOUNS else [f"{count} ", Given(noun, 60)]


def of_component(type_: str) -> Concept | None:
    """The concept of one of our components."""
    return COMPONENTS.get(type_.removeprefix(_OURS)) if type_.startswith(_OURS) else None


def rank(noun: str) -> tuple[int, str]:
    """Where a thing stands in a list."""
    return (ORDER.index(noun) if noun in ORDER else len(ORDER), noun)


class Family:
    """Which component each resource of a log is part of."""

    def __init__(self, log: Log) -> None:
        self._states: dict[str, State] = {}
        for step in log.steps:
            # Of two steps for one URN the one that stays.
            if step.urn not in self._states or not step.leftover:
                self._states[step.urn] = step.state
        for step in log.drifted:
            self._states.setdefault(step.urn, step.state)

    def owner(self, state: State) -> State:
        """The outermost of our components around a resource, or the resource itself."""
        found, above, seen = state, state, {state.urn}
        while (parent := self._states.get(above.parent)) is not None and parent.urn not in seen:
            seen.add(parent.urn)
            above = parent
            if of_component(above.type):
                found = above
        return found

    def state(self, urn: str) -> State | None:
        """What is known of a resource."""
        return self._states.get(urn)

    def title(self, urn: str) -> tuple[str, str]:
        """Noun and name of a resource's owner; of the stack itself, or of what is not known, its own."""
        state = self._states.get(urn)
        if state is None or state.type == STACK_TYPE:
            return (_STACK, urn.rpartition("::")[2]) if urn else (_STACK, "")
        return name(self.owner(state))


def name(state: State) -> tuple[str, str]:
    """Noun and name of a thing."""
    concept = of_component(state.type)
    return word(state), state.name.removeprefix(concept.prefix) if concept else state.name
