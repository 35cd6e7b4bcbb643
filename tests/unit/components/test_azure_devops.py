"""AgentPool and AgentCredentials: which workload is made, when it is refused, and where secrets are."""

from __future__ import annotations

from typing import Any

import pytest

from components.azure_devops.agent_pod import AgentImages
from components.azure_devops.agent_pool import AgentPool, AgentPoolArgs
from components.azure_devops.auth import Pat, Token, WorkloadIdentity
from components.azure_devops.credentials import AgentCredentials, AgentCredentialsArgs
from components.azure_devops.keda import scaled_job_spec, trigger_authentication_spec, trigger_metadata
from components.azure_devops.scaling import Fixed, Keda
from components.kubernetes.resources import ContainerResources
from components.kubernetes.storage import EmptyDir, ExistingClaim, HostPath
from components.platform import NodePool, Taint
from tests.unit.components.mocks import SECRET, RecordingMonitor, Registration, deploy, strings_in

TOKEN = "pat-correct-horse"
LINUX = NodePool(
    name="lin",
    os="linux",
    purpose="build",
    trust="trusted",
    node_selector={"agentpool": "lin"},
    taints=(Taint(key="buildfleet.dev/purpose", value="build", effect="NoSchedule"),),
)
WINDOWS = NodePool(
    name="win22",
    os="windows",
    purpose="build",
    trust="trusted",
    node_selector={"agentpool": "win22"},
    taints=(Taint(key="sku", value="Windows", effect="NoSchedule"),),
    os_sku="Windows2022",
)
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
STATEFUL_SET = "kubernetes:apps/v1:StatefulSet"
SCALED_JOB = "kubernetes:keda.sh/v1alpha1:ScaledJob"
AUTHENTICATION = "kubernetes:keda.sh/v1alpha1:TriggerAuthentication"
BUDGET = "kubernetes:policy/v1:PodDisruptionBudget"


def agents(**args: Any) -> RecordingMonitor:
    given: dict[str, Any] = {
        "stack": "dev",
        "name": "linux-docker",
        "namespace": "azdo-agents-docker",
        "organization_url": "https://dev.azure.com/contoso",
        "pool": "aks-linux",
        "node_pool": LINUX,
        "docker": "sidecar",
        "images": AgentImages(agent="example.org/agent:1", docker="example.org/docker:dind"),
        "scaling": Fixed(agents=2),
        "auth": Pat(secret_name="azure-devops-token"),
        "service_account": "azdo-agent",
        "resources": ContainerResources(cpu="1", memory="4Gi"),
        **args,
    }
    return deploy(lambda: AgentPool("linux", AgentPoolArgs(**given)))


def template(registration: Registration) -> dict[str, Any]:
    spec = registration.inputs["spec"]
    made: dict[str, Any] = spec["jobTargetRef"]["template"] if "jobTargetRef" in spec else spec["template"]
    return made


def test_fixed_agents_are_a_deployment_with_a_budget() -> None:
    monitor = agents()
    assert monitor.summary() == [
        ("buildfleet:index:AzureDevOpsAgentPool", "linux"),
        (DEPLOYMENT, "linux-agents"),
        (BUDGET, "linux-budget"),
    ]
    assert {r.parent_name for r in monitor.registrations if r.custom} == {"linux"}
    assert {r.kubernetes_name for r in monitor.registrations if r.custom} == {"linux-docker"}
    assert monitor.only(DEPLOYMENT).inputs["spec"]["replicas"] == 2
    assert monitor.outputs_of("linux") == {"workloadKind": "Deployment", "workloadName": "linux-docker"}


def test_a_drain_is_never_blocked_by_the_budget() -> None:
    spec = agents(scaling=Fixed(agents=1)).only(BUDGET).inputs["spec"]
    assert spec["maxUnavailable"] == "50%", "rounded up: one of one"
    assert spec["unhealthyPodEvictionPolicy"] == "AlwaysAllow"


@pytest.mark.parametrize(
    ("storage", "scaling"),
    [(HostPath(path="/mnt/docker"), Fixed(agents=3)), (ExistingClaim(claim_name="data"), Fixed(agents=1))],
)
def test_agents_whose_data_outlives_the_pod_are_numbered_and_never_doubled(
    storage: HostPath | ExistingClaim, scaling: Fixed
) -> None:
    monitor = agents(storage=storage, scaling=scaling)
    assert [type_ for type_, _ in monitor.summary()] == ["buildfleet:index:AzureDevOpsAgentPool", STATEFUL_SET]
    spec = monitor.only(STATEFUL_SET).inputs["spec"]
    assert spec["replicas"] == scaling.agents
    assert spec["podManagementPolicy"] == "Parallel"
    assert monitor.outputs_of("linux")["workloadKind"] == "StatefulSet"


def test_agents_by_keda_are_a_scaled_job_with_its_authentication() -> None:
    monitor = agents(scaling=Keda(max=20), keda_version="2.19.0")
    assert monitor.summary() == [
        ("buildfleet:index:AzureDevOpsAgentPool", "linux"),
        (SCALED_JOB, "linux-agents"),
        (AUTHENTICATION, "linux-authentication"),
    ]
    spec = monitor.only(SCALED_JOB).inputs["spec"]
    assert spec["triggers"] == [
        {
            "type": "azure-pipelines",
            "metadata": {
                "poolName": "aks-linux",
                "organizationURLFromEnv": "AZP_URL",
                "targetPipelinesQueueLength": "1",
                "fetchUnfinishedJobsOnly": "true",
            },
            "authenticationRef": {"name": "linux-docker"},
        }
    ]
    assert (spec["minReplicaCount"], spec["maxReplicaCount"]) == (0, 20)
    assert [urn.split("::")[-1] for urn in monitor.only(SCALED_JOB).dependencies] == ["linux-authentication"]
    environment = {
        v["name"]: v.get("value") for v in template(monitor.only(SCALED_JOB))["spec"]["containers"][0]["env"]
    }
    assert environment["AZP_URL"] == "https://dev.azure.com/contoso", "KEDA reads it from the first container"
    assert environment["BUILDFLEET_RUN_ONCE"] == "1"


@pytest.mark.parametrize(
    ("scaling", "type_", "restart"),
    [(Fixed(agents=2), DEPLOYMENT, "Always"), (Keda(max=2), SCALED_JOB, "Never")],
)
def test_no_autoscaler_removes_a_busy_agent(scaling: Fixed | Keda, type_: str, restart: str) -> None:
    made = template(agents(scaling=scaling, job_timeout_minutes=90).only(type_))
    assert made["metadata"]["annotations"] == {"cluster-autoscaler.kubernetes.io/safe-to-evict": "false"}
    assert made["spec"]["terminationGracePeriodSeconds"] == 5400
    assert made["spec"]["restartPolicy"] == restart


def test_the_selector_is_part_of_the_pods_labels_and_differs_between_pools() -> None:
    one, other = agents(name="a").only(DEPLOYMENT), agents(name="b").only(DEPLOYMENT)
    for registration in (one, other):
        selector = registration.inputs["spec"]["selector"]["matchLabels"]
        labels = template(registration)["metadata"]["labels"]
        assert selector.items() <= labels.items()
        (spread,) = template(registration)["spec"]["topologySpreadConstraints"]
        assert spread["labelSelector"]["matchLabels"] == selector
    assert one.inputs["spec"]["selector"] != other.inputs["spec"]["selector"]


def test_pods_with_workload_identity_are_labelled_for_its_webhook() -> None:
    identity = WorkloadIdentity(client_id="11111111-2222-3333-4444-555555555555")
    made = template(agents(auth=identity).only(DEPLOYMENT))
    assert made["metadata"]["labels"]["azure.workload.identity/use"] == "true"
    assert made["metadata"]["annotations"] == {
        "azure.workload.identity/skip-containers": "docker;externals",
        "cluster-autoscaler.kubernetes.io/safe-to-evict": "false",
    }


def test_pulumi_waits_as_long_as_jobs_and_cold_nodes_take() -> None:
    assert agents(job_timeout_minutes=90).only(DEPLOYMENT).custom_timeouts == ("45m", "135m", "100m")
    numbered = agents(storage=HostPath(path="/mnt/docker"), scaling=Fixed(agents=3), job_timeout_minutes=90)
    assert numbered.only(STATEFUL_SET).custom_timeouts == ("45m", "315m", "100m"), "one after another"
    scaled = agents(scaling=Keda(max=3), job_timeout_minutes=90)
    assert scaled.only(SCALED_JOB).custom_timeouts == ("", "", "100m")


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"docker": "host-engine"}, "docker 'host-engine' does not exist on linux .* allowed are none, sidecar, in-agent"),
    ({"node_pool": WINDOWS}, "docker 'sidecar' does not exist on windows .* allowed are none, host-engine"),
    ({"storage": EmptyDir(), "docker": "none"}, "docker 'none' has none of ours; remove storage"),
    ({"storage": ExistingClaim(claim_name="data")}, "claim data can be the data root of one daemon only"),
    (
        {"storage": ExistingClaim(claim_name="data"), "scaling": Keda(max=1)},
        "claim data can be the data root of one daemon only",
    ),
    ({"storage": HostPath(path="/mnt/d"), "scaling": Keda(max=1)}, "would leave a folder below /mnt/d"),
    ({"demands": ["gpu"]}, "demands .gpu. have no effect with a fixed number"),
    ({"scaling": Keda(min=3, max=2)}, "from 3 to 2 agents"),
    ({"scaling": Keda(max=0)}, "from 0 to 0 agents"),
    ({"scaling": Fixed(agents=-1)}, "-1 agents"),
    ({"job_timeout_minutes": 0}, "job timeout 0 minutes"),
    ({"capabilities": {"AZP_TOKEN": "x"}}, "capability 'AZP_TOKEN' cannot be set"),
    ({"capabilities": {"docker_host": "x"}}, "capability 'docker_host' cannot be set"),
    ({"capabilities": {"Path": "x"}}, "capability 'Path' cannot be set"),
    ({"capabilities": {"has space": "x"}}, "capability 'has space' cannot be set"),
    ({"images": AgentImages(agent="example.org/agent:1")}, "needs the image 'docker'"),
    ({"scaling": Keda(max=1), "keda_version": "latest"}, "KEDA's version: 'latest'"),
    ({"scaling": Keda(max=1), "keda_version": "2.15.1"}, "KEDA's version: '2.15.1'; 2.16 and newer are supported"),
]


@pytest.mark.parametrize(("args", "reason"), REFUSED)
def test_what_would_not_do_as_it_says_is_refused(args: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        agents(**args)


@pytest.mark.parametrize("name", ["PATHFINDER", "gpu", "dotnet-8.0", "azure"])
def test_a_capability_may_have_any_other_name(name: str) -> None:
    assert agents(capabilities={name: "1"}).only(DEPLOYMENT)


@pytest.mark.parametrize(
    ("version", "fields"),
    [
        (None, {"requireAllDemands": "true"}),
        ("2.16.1", {"requireAllDemands": "true"}),
        ("2.17.3", {"requireAllDemandsAndIgnoreOthers": "true"}),
        ("2.18.0", {"requireAllDemandsAndIgnoreOthers": "true", "fetchUnfinishedJobsOnly": "true"}),
        ("v2.19", {"requireAllDemandsAndIgnoreOthers": "true", "fetchUnfinishedJobsOnly": "true"}),
    ],
)
def test_only_fields_that_this_keda_knows_are_used(version: str | None, fields: dict[str, str]) -> None:
    made = trigger_metadata(pool="aks", demands=["gpu", "docker"], keda_version=version)
    always = {
        "poolName": "aks",
        "organizationURLFromEnv": "AZP_URL",
        "targetPipelinesQueueLength": "1",
        "demands": "docker,gpu",
    }
    assert made == {**always, **fields}


def test_a_lost_agent_is_not_started_again_and_old_ones_finish_first() -> None:
    made = scaled_job_spec(
        scaling=Keda(min=1, max=5), template={}, trigger={}, authentication="a", job_timeout_minutes=60
    )
    job = made["jobTargetRef"]
    assert (job["backoffLimit"], job["parallelism"], job["completions"]) == (0, 1, 1)
    assert made["rollout"] == {"strategy": "gradual", "propagationPolicy": "foreground"}
    assert made["scalingStrategy"] == {"strategy": "default"}, "others count running jobs twice"


def test_a_pod_is_not_ended_before_it_can_start_wait_and_finish_its_job() -> None:
    made = scaled_job_spec(scaling=Keda(max=5), template={}, trigger={}, authentication="a", job_timeout_minutes=60)
    assert made["jobTargetRef"]["activeDeadlineSeconds"] == 60 * (45 + 30 + 60 + 10)


def test_keda_authenticates_as_the_agents_do() -> None:
    assert trigger_authentication_spec(Pat(secret_name="s", key="k")) == {
        "secretTargetRef": [{"parameter": "personalAccessToken", "name": "s", "key": "k"}]
    }
    assert trigger_authentication_spec(WorkloadIdentity(client_id="c", tenant_id="t")) == {
        "podIdentity": {"provider": "azure-workload", "identityId": "c", "identityTenantId": "t"}
    }


def credentials(auth: Token | Pat | WorkloadIdentity) -> tuple[RecordingMonitor, AgentCredentials]:
    made: list[AgentCredentials] = []
    args = AgentCredentialsArgs(stack="dev", namespace="azdo-agents", auth=auth)
    monitor = deploy(lambda: made.append(AgentCredentials("azdo", args)))
    return monitor, made[0]


def test_a_token_becomes_a_secret_and_is_in_the_clear_nowhere() -> None:
    monitor, made = credentials(Token(token=TOKEN))
    assert monitor.summary() == [
        ("buildfleet:index:AzureDevOpsAgentCredentials", "azdo"),
        ("kubernetes:core/v1:Secret", "azdo-token"),
        ("kubernetes:core/v1:ServiceAccount", "azdo-account"),
    ]
    assert SECRET in str(monitor.only("kubernetes:core/v1:Secret").inputs["data"])
    for registration in monitor.registrations:
        assert not [text for text in strings_in(registration.inputs) if "correct-horse" in text], registration.name
    assert isinstance(made.auth, Pat)
    assert made.auth.key == "personalAccessToken"
    assert TOKEN not in repr(Token(token=TOKEN))


def test_a_secret_that_is_there_is_used_and_not_made() -> None:
    existing = Pat(secret_name="azdo", key="token")
    monitor, made = credentials(existing)
    assert monitor.of_type("kubernetes:core/v1:Secret") == []
    assert made.auth == existing


def test_the_account_carries_the_identity_and_no_token_of_the_cluster() -> None:
    monitor, _ = credentials(WorkloadIdentity(client_id="c", tenant_id="t"))
    account = monitor.only("kubernetes:core/v1:ServiceAccount").inputs
    assert account["metadata"]["name"] == "azdo-agent"
    assert account["metadata"]["annotations"] == {
        "azure.workload.identity/client-id": "c",
        "azure.workload.identity/tenant-id": "t",
    }
    assert account["automountServiceAccountToken"] is False
