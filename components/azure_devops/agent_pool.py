"""Azure DevOps agents of one kind.

Owns the workload that makes the agents' pods, chosen by what the pods need:

| scaling | storage | workload | why |
| --- | --- | --- | --- |
| fixed | ends with the pod | Deployment | the replacement starts while the old pod still finishes its job |
| fixed | outlives the pod | StatefulSet | never two pods of one name, so never two daemons on one data root |
| keda | ends with the pod | ScaledJob | one job a pod, and none while nothing is queued |

A Deployment gets a PodDisruptionBudget of half its pods, so that a drain of many nodes never takes all agents at once.
The others get none: a numbered agent's replacement waits for its predecessor's job, so a budget would make drains
serial; and a Job has no scale that a budget could reckon with. What lets jobs finish is the grace period in each case,
so a node pool's drain timeout must be as long as the longest job.

Refuses combinations that would do something else than they say; each error tells which. It does not decide whose
pipelines may use a node pool: settings and policies compare the trust levels.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.apps.v1 import Deployment, StatefulSet
from pulumi_kubernetes.policy.v1 import PodDisruptionBudget

from components import contract
from components.azure_devops.agent_pod import (
    AgentImages,
    AgentPod,
    agent_pod_spec,
    docker_labels,
    identity_annotations,
    identity_labels,
)
from components.azure_devops.auth import Auth, Pat, WorkloadIdentity
from components.azure_devops.docker_mode import MODES, Docker
from components.azure_devops.image_contract import STARTUP_MINUTES
from components.azure_devops.keda import (
    API_VERSION,
    scaled_job_spec,
    trigger_authentication_spec,
    trigger_metadata,
)
from components.azure_devops.scaling import Fixed, Keda, Scaling
from components.kubernetes.labels import selector_labels, workload_labels
from components.kubernetes.manifest import metadata, plain
from components.kubernetes.resources import ContainerResources
from components.kubernetes.storage import DaemonStorage, EmptyDir, ExistingClaim, HostPath, outlives_pod
from components.platform import NodePool
from rules.agents import OWN_DAEMON, capability_is_reserved

COMPONENT: Final = "azure-devops-agent"

_CAPABILITY = re.compile(r"^[A-Za-z_][A-Za-z0-9_.-]*$")


@dataclass(frozen=True, kw_only=True)
class AgentPoolArgs:
    """What `AgentPool` needs."""

    stack: str
    name: str
    """Name of the Kubernetes objects; agents are named after their pods, which begin with it."""
    namespace: pulumi.Input[str]
    """Of the kind that `docker_mode.confinement_of(docker)` tells."""
    organization_url: pulumi.Input[str]
    """For example `https://dev.azure.com/contoso`."""
    pool: str
    """Agent pool in Azure DevOps; it must exist."""
    node_pool: NodePool
    """Where the agents run; its operating system is theirs."""
    docker: Docker
    images: AgentImages
    scaling: Scaling
    auth: Auth
    """`AgentCredentials.auth`."""
    service_account: pulumi.Input[str]
    """`AgentCredentials.service_account`."""
    resources: ContainerResources
    """Of the agent."""
    daemon_resources: ContainerResources | None = None
    """Of the sidecar, with `sidecar` and `buildkit`."""
    storage: DaemonStorage | None = None
    """Data root of the daemon, with `sidecar` and `in-agent`. Default: `EmptyDir()`."""
    job_timeout_minutes: int = 60
    """How long a job may still run when its pod is drained or deleted."""
    capabilities: Mapping[str, str] = field(default_factory=dict)
    """Further capabilities; each becomes a variable of the agent's environment, which is how agents report them."""
    demands: Sequence[str] = ()
    """With `Keda`: only jobs with all these demands start an agent."""
    keda_version: str | None = None
    """With `Keda`: the version on the cluster; `None` means not known."""
    pull_secret_names: Sequence[str] = ()
    most_per_node: int | None = None
    """With `host-engine`: most agents and runners with the engine of one node."""
    job_identity: pulumi.Input[str] | None = None
    """Client id of an Entra identity that jobs can take on, where agents themselves sign in by a token; on trusted node
    pools only. The account must carry it too (`AgentCredentialsArgs.job_identity`)."""


class AgentPool(pulumi.ComponentResource):
    """The agents: a Deployment, a StatefulSet or a ScaledJob, and what belongs to it."""

    workload_kind: str
    """`Deployment`, `StatefulSet` or `ScaledJob`."""
    workload_name: pulumi.Output[str]
    """Its name in the namespace."""

    def __init__(self, name: str, args: AgentPoolArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        check_agent_pool(args)
        identity = {"stack": args.stack, "component": COMPONENT, "instance": args.name}
        selector = selector_labels(**identity)
        labels = workload_labels(
            **identity, extra={contract.LABEL_AGENT_POOL: args.name, contract.LABEL_POOL: args.node_pool.name}
        )
        template = _template(args, selector, labels)
        super().__init__(
            "buildfleet:index:AzureDevOpsAgentPool",
            name,
            {
                "stack": args.stack,
                "name": args.name,
                "namespace": args.namespace,
                "organizationUrl": args.organization_url,
                "pool": args.pool,
                "nodePool": args.node_pool.name,
                "os": args.node_pool.os,
                "trust": args.node_pool.trust,
                "docker": args.docker,
                "image": args.images.agent,
                "auth": type(args.auth).__name__,
                "jobTimeoutMinutes": args.job_timeout_minutes,
                "demands": sorted(args.demands),
                **_scaling_props(args.scaling),
            },
            opts,
        )
        meta = metadata(args.name, namespace=args.namespace, labels=labels)

        if isinstance(args.scaling, Keda):
            self.workload_kind = "ScaledJob"
            self.workload_name = self._scaled_job(name, args, args.scaling, meta, template)
        elif outlives_pod(_storage(args)):
            self.workload_kind = "StatefulSet"
            self.workload_name = self._stateful_set(name, args, args.scaling, meta, template, selector)
        else:
            self.workload_kind = "Deployment"
            self.workload_name = self._deployment(name, args, args.scaling, meta, template, selector)
        self.register_outputs({"workloadKind": self.workload_kind, "workloadName": self.workload_name})

    def _deployment(
        self,
        name: str,
        args: AgentPoolArgs,
        scaling: Fixed,
        meta: Any,
        template: dict[str, Any],
        selector: Mapping[str, str],
    ) -> pulumi.Output[str]:
        deployment = Deployment(
            f"{name}-agents",
            metadata=meta,
            spec=plain(
                {
                    "replicas": scaling.agents,
                    "selector": {"matchLabels": selector},
                    # One may be missing, so that a rollout also goes on where there is no room for one more.
                    "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 1}},
                    "progressDeadlineSeconds": 60 * (STARTUP_MINUTES + args.job_timeout_minutes),
                    "revisionHistoryLimit": 3,
                    "template": template,
                }
            ),
            opts=self._child(args, rounds=1),
        )
        PodDisruptionBudget(
            f"{name}-budget",
            metadata=meta,
            spec=plain(
                {
                    # Of one agent, this is one: a drain is never blocked.
                    "maxUnavailable": "50%",
                    "selector": {"matchLabels": selector},
                    # An agent that never got ready has no job to lose.
                    "unhealthyPodEvictionPolicy": "AlwaysAllow",
                }
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return _created_name(deployment)

    def _stateful_set(
        self,
        name: str,
        args: AgentPoolArgs,
        scaling: Fixed,
        meta: Any,
        template: dict[str, Any],
        selector: Mapping[str, str],
    ) -> pulumi.Output[str]:
        return _created_name(
            StatefulSet(
                f"{name}-agents",
                metadata=meta,
                spec=plain(
                    {
                        "replicas": scaling.agents,
                        "selector": {"matchLabels": selector},
                        # Only names the pods in DNS. There is no such Service, since nobody connects to an agent.
                        "serviceName": args.name,
                        "podManagementPolicy": "Parallel",
                        "updateStrategy": {"type": "RollingUpdate"},
                        "revisionHistoryLimit": 3,
                        "template": template,
                    }
                ),
                # Agents are replaced one after another, each after its job.
                opts=self._child(args, rounds=max(1, scaling.agents)),
            )
        )

    def _scaled_job(
        self, name: str, args: AgentPoolArgs, scaling: Keda, meta: Any, template: dict[str, Any]
    ) -> pulumi.Output[str]:
        authentication = CustomResource(
            f"{name}-authentication",
            api_version=API_VERSION,
            kind="TriggerAuthentication",
            metadata=meta,
            spec=trigger_authentication_spec(args.auth),
            opts=pulumi.ResourceOptions(parent=self),
        )
        scaled_job = CustomResource(
            f"{name}-agents",
            api_version=API_VERSION,
            kind="ScaledJob",
            metadata=meta,
            spec=scaled_job_spec(
                scaling=scaling,
                template=template,
                trigger=trigger_metadata(pool=args.pool, demands=args.demands, keda_version=args.keda_version),
                authentication=args.name,
                job_timeout_minutes=args.job_timeout_minutes,
            ),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[authentication],
                # Its Jobs are deleted first, and their pods end after the pipelines' jobs in them.
                custom_timeouts=pulumi.CustomTimeouts(delete=_deletion(args)),
            ),
        )
        return _created_name(scaled_job)

    def _child(self, args: AgentPoolArgs, *, rounds: int) -> pulumi.ResourceOptions:
        # Pulumi waits for pods: for a new node and its image at first, and for jobs to finish afterwards.
        job = args.job_timeout_minutes
        return pulumi.ResourceOptions(
            parent=self,
            custom_timeouts=pulumi.CustomTimeouts(
                create=f"{STARTUP_MINUTES}m",
                update=f"{STARTUP_MINUTES + job * rounds}m",
                delete=_deletion(args),
            ),
        )


def _deletion(args: AgentPoolArgs) -> str:
    return f"{10 + args.job_timeout_minutes}m"


def check_agent_pool(args: AgentPoolArgs) -> None:
    """Raise ValueError for arguments that contradict each other or the operating system."""
    where = f"agent pool {args.name}"
    os = args.node_pool.os
    if args.docker not in MODES[os]:
        raise ValueError(
            f"{where}: docker {args.docker!r} does not exist on {os} (node pool {args.node_pool.name}); "
            f"allowed are {', '.join(MODES[os])}"
        )
    if args.job_timeout_minutes < 1:
        raise ValueError(f"{where}: job timeout {args.job_timeout_minutes} minutes; give 1 or more")
    _check_scaling(where, args)
    _check_storage(where, args)
    if args.job_identity is not None and args.node_pool.trust != "trusted":
        raise ValueError(
            f"{where}: an identity would let jobs sign in to Azure, but node pool {args.node_pool.name} takes "
            f"{args.node_pool.trust} work; use a trusted node pool, or give no job_identity"
        )
    for capability in sorted(args.capabilities):
        if capability_is_reserved(capability) or not _CAPABILITY.fullmatch(capability):
            raise ValueError(
                f"{where}: capability {capability!r} cannot be set; allowed are letters, digits, '_', '.' and '-', "
                "and no name of the agent's own environment (AZP_, VSO_, BUILDFLEET_, AZURE_, KUBERNETES_, PATH, "
                "DOCKER_HOST, ...); choose another name"
            )


def _check_scaling(where: str, args: AgentPoolArgs) -> None:
    match args.scaling:
        case Fixed(agents=agents):
            if agents < 0:
                raise ValueError(f"{where}: {agents} agents; give 0 or more")
            if args.demands:
                raise ValueError(
                    f"{where}: demands ({', '.join(sorted(args.demands))}) have no effect with a fixed number of "
                    "agents; remove them, or scale by KEDA"
                )
        case Keda(min=fewest, max=most):
            if not 0 <= fewest <= most or most < 1:
                raise ValueError(f"{where}: from {fewest} to {most} agents; give 0 <= min <= max and max >= 1")


def _check_storage(where: str, args: AgentPoolArgs) -> None:
    if args.storage is not None and args.docker not in OWN_DAEMON:
        raise ValueError(
            f"{where}: storage is the data root of a daemon in the pod, and docker {args.docker!r} has none of ours; "
            "remove storage"
        )
    if isinstance(args.storage, ExistingClaim) and args.scaling != Fixed(agents=1):
        raise ValueError(
            f"{where}: the claim {args.storage.claim_name} can be the data root of one daemon only; "
            "use fixed scaling with exactly 1 agent, or an ephemeral claim"
        )
    if isinstance(args.storage, HostPath) and isinstance(args.scaling, Keda):
        raise ValueError(
            f"{where}: with KEDA each pod has a new name, so each would leave a folder below {args.storage.path} "
            "that is never used again; use an emptyDir or an ephemeral claim, or fixed scaling"
        )


def _storage(args: AgentPoolArgs) -> DaemonStorage:
    return args.storage if args.storage is not None else EmptyDir()


def _template(args: AgentPoolArgs, selector: Mapping[str, str], labels: Mapping[str, str]) -> dict[str, Any]:
    run_once = isinstance(args.scaling, Keda)
    auth = args.auth
    if isinstance(auth, Pat) and args.job_identity is not None:
        # For the webhook alone: the agent goes on to sign in by its token.
        auth = WorkloadIdentity(client_id=args.job_identity)
    spec = agent_pod_spec(
        AgentPod(
            organization_url=args.organization_url,
            pool=args.pool,
            node_pool=args.node_pool,
            docker=args.docker,
            images=args.images,
            auth=args.auth,
            service_account=args.service_account,
            resources=args.resources,
            daemon_resources=args.daemon_resources,
            job_timeout_minutes=args.job_timeout_minutes,
            run_once=run_once,
            spread=selector,
            storage=_storage(args),
            capabilities=args.capabilities,
            pull_secret_names=args.pull_secret_names,
            most_per_node=args.most_per_node,
        )
    )
    return {
        "metadata": {
            "labels": {**labels, **docker_labels(args.docker), **identity_labels(auth)},
            # The autoscaler does not look at grace periods longer than its own limit (10 minutes by default).
            "annotations": {contract.ANNOTATION_SAFE_TO_EVICT: "false", **identity_annotations(auth, spec)},
        },
        "spec": {**spec, "restartPolicy": "Never" if run_once else "Always"},
    }


def _scaling_props(scaling: Scaling) -> dict[str, Any]:
    if isinstance(scaling, Fixed):
        return {"scaling": "fixed", "agents": scaling.agents}
    return {
        "scaling": "keda",
        "min": scaling.min,
        "max": scaling.max,
        "pollingSeconds": scaling.polling_seconds,
    }


def _created_name(resource: Any) -> pulumi.Output[str]:
    name: pulumi.Output[str] = pulumi.Output.from_input(resource.metadata).apply(_name_of)
    return name


def _name_of(meta: Any) -> str:
    # By key, because a custom resource's metadata is a plain mapping; that of a typed one is read in the same way.
    return str(meta["name"])
