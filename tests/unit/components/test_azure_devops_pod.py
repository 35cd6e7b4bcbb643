"""The pod of an agent, in each way to get containers: pure functions, no Pulumi."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from components import contract
from components.azure_devops.agent_pod import (
    AgentImages,
    AgentPod,
    agent_pod_spec,
    identity_annotations,
    identity_labels,
)
from components.azure_devops.auth import Pat, WorkloadIdentity
from components.azure_devops.docker_mode import MODES, Docker, confinement_of
from components.azure_devops.image_contract import TOKEN_FOLDER, VARIABLES, WORK_FOLDER
from components.kubernetes.lifecycle import finish_first
from components.kubernetes.resources import ContainerResources
from components.kubernetes.storage import DaemonStorage, EmptyDir, EphemeralClaim, HostPath
from components.platform import NodePool, OperatingSystem, Taint
from tests.unit.components.copying import check_copy
from tests.unit.components.pod_security import baseline_problems, restricted_problems

ALL: list[tuple[OperatingSystem, Docker]] = [(os, docker) for os, modes in MODES.items() for docker in modes]
IMAGES = AgentImages(agent="example.org/agent:1", docker="example.org/docker:dind", buildkit="example.org/buildkit:1")


def node_pool(os: OperatingSystem) -> NodePool:
    taint = Taint(key="sku", value="Windows", effect="NoSchedule")
    return NodePool(
        name="build",
        os=os,
        purpose="build",
        trust="trusted",
        node_selector={"agentpool": "build"},
        taints=(taint,) if os == "windows" else (),
    )


def spec(os: OperatingSystem, docker: Docker, **facts: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "organization_url": "https://dev.azure.com/contoso",
        "pool": "aks-pool",
        "node_pool": node_pool(os),
        "docker": docker,
        "images": IMAGES,
        "auth": Pat(secret_name="azure-devops-token"),
        "service_account": "azdo-agent",
        "resources": ContainerResources(cpu="1", memory="4Gi"),
        "job_timeout_minutes": 90,
        "run_once": True,
        "spread": {"app": "x"},
        **facts,
    }
    return agent_pod_spec(AgentPod(**given))


def agent(made: dict[str, Any]) -> dict[str, Any]:
    (container,) = made["containers"]
    assert container["name"] == "agent"
    return dict(container)


def environment(made: dict[str, Any]) -> dict[str, Any]:
    return {variable["name"]: variable.get("value") for variable in agent(made)["env"]}


@pytest.mark.parametrize(("os", "docker"), ALL)
def test_every_agent_has_its_own_account_without_a_token_and_time_to_finish(
    os: OperatingSystem, docker: Docker
) -> None:
    made = spec(os, docker)
    assert made["serviceAccountName"] == "azdo-agent"
    assert made["automountServiceAccountToken"] is False
    assert made["enableServiceLinks"] is False
    assert made["terminationGracePeriodSeconds"] == 90 * 60
    assert made["os"] == {"name": os}
    assert "hostNetwork" not in made
    assert "dnsPolicy" not in made
    assert not {"livenessProbe", "readinessProbe", "startupProbe"} & set(agent(made)), "a probe could kill a job"


@pytest.mark.parametrize(("os", "docker"), ALL)
def test_an_agent_is_told_to_stop_only_when_its_job_is_over(os: OperatingSystem, docker: Docker) -> None:
    assert agent(spec(os, docker))["lifecycle"] == finish_first(os, "Agent.Worker")


def test_the_modes_are_those_that_the_rules_know() -> None:
    assert set(get_args(Docker)) == {docker for _, docker in ALL}


def test_the_agents_tools_are_copied_into_a_folder_of_somebody_else() -> None:
    check_copy(spec("linux", "sidecar")["initContainers"][0]["command"])


@pytest.mark.parametrize(("os", "docker"), ALL)
def test_exactly_an_agent_that_is_root_may_be(os: OperatingSystem, docker: Docker) -> None:
    made = spec(os, docker)
    root = agent(made)["securityContext"].get("runAsUser") == 0
    assert environment(made).get("AGENT_ALLOW_RUNASROOT") == ("1" if root else None)


def test_an_agent_waits_longer_for_a_daemon_of_its_own_that_keeps_its_data() -> None:
    def seconds(storage: DaemonStorage) -> int:
        return int(environment(spec("linux", "in-agent", storage=storage))["BUILDFLEET_DOCKER_WAIT_SECONDS"])

    assert (seconds(EmptyDir()), seconds(HostPath(path="/mnt/docker"))) == (120, 300)


def test_buildkit_is_given_time_to_answer() -> None:
    (buildkit,) = spec("linux", "buildkit")["initContainers"]
    probe = buildkit["startupProbe"]
    assert (probe["timeoutSeconds"], probe["periodSeconds"] * probe["failureThreshold"]) == (10, 120)


@pytest.mark.parametrize(
    ("docker", "skipped"),
    [("none", None), ("in-agent", None), ("sidecar", "docker;externals"), ("buildkit", "buildkit")],
)
def test_the_identity_reaches_the_agent_alone(docker: Docker, skipped: str | None) -> None:
    identity = WorkloadIdentity(client_id="c")
    made = spec("linux", docker, auth=identity)
    assert identity_annotations(identity, made).get("azure.workload.identity/skip-containers") == skipped
    assert identity_annotations(Pat(secret_name="x"), made) == {}


@pytest.mark.parametrize(("os", "docker"), ALL)
def test_what_the_identity_webhook_sets_is_no_capability(os: OperatingSystem, docker: Docker) -> None:
    ignored = environment(spec(os, docker, auth=WorkloadIdentity(client_id="c")))["VSO_AGENT_IGNORE"].split(",")
    webhook = {"AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_FEDERATED_TOKEN_FILE", "AZURE_AUTHORITY_HOST"}
    assert webhook <= set(ignored)


@pytest.mark.parametrize(("os", "docker"), ALL)
def test_every_variable_is_in_the_image_contract_and_none_is_a_capability(os: OperatingSystem, docker: Docker) -> None:
    for made in (spec(os, docker), spec(os, docker, storage=HostPath(path="/mnt/docker"))):
        names = set(environment(made))
        assert names <= set(VARIABLES)
        assert names <= set(environment(made)["VSO_AGENT_IGNORE"].split(","))


@pytest.mark.parametrize(("os", "docker"), ALL)
def test_the_token_is_a_file_of_the_agent_alone_and_never_a_variable(os: OperatingSystem, docker: Docker) -> None:
    made = spec(os, docker)
    (token,) = [volume for volume in made["volumes"] if volume["name"] == "token"]
    assert token["secret"]["secretName"] == "azure-devops-token"
    assert token["secret"]["items"] == [{"key": "personalAccessToken", "path": "token"}]
    assert environment(made)["AZP_TOKEN_FILE"].startswith(TOKEN_FOLDER[os])
    assert "AZP_TOKEN" not in environment(made)
    assert not [v for v in agent(made)["env"] if "secretKeyRef" in v.get("valueFrom", {})]
    others = [mount["name"] for container in made.get("initContainers", []) for mount in container["volumeMounts"]]
    assert "token" not in others


def test_workload_identity_needs_no_secret_and_is_found_by_its_label() -> None:
    identity = WorkloadIdentity(client_id="11111111-2222-3333-4444-555555555555")
    made = spec("linux", "none", auth=identity)
    assert not [volume for volume in made["volumes"] if "secret" in volume]
    assert "AZP_TOKEN_FILE" not in environment(made)
    assert environment(made)["BUILDFLEET_AUTH"] == "workload-identity"
    assert identity_labels(identity) == {"azure.workload.identity/use": "true"}
    assert identity_labels(Pat(secret_name="x")) == {}


@pytest.mark.parametrize("os", ["linux", "windows"])
def test_an_agent_without_docker_would_pass_the_restricted_level(os: OperatingSystem) -> None:
    assert restricted_problems(spec(os, "none")) == []


@pytest.mark.parametrize(("os", "docker"), ALL)
def test_an_agent_goes_to_the_confined_namespace_exactly_if_baseline_refuses_it(
    os: OperatingSystem, docker: Docker
) -> None:
    refused = bool(baseline_problems(spec(os, docker)))
    assert confinement_of(docker) == ("agents-docker" if refused else "agents")


def test_beside_a_daemon_the_agent_itself_has_no_privilege() -> None:
    for docker in ("sidecar", "buildkit"):
        made = spec("linux", docker)
        assert restricted_problems({**made, "initContainers": []}) == [], docker


def test_only_the_daemon_is_privileged() -> None:
    made = spec("linux", "sidecar")
    assert baseline_problems(made) == ["docker: privileged"]
    assert baseline_problems(spec("linux", "in-agent")) == ["agent: privileged"]
    assert baseline_problems(spec("linux", "buildkit")) == [
        "buildkit: seccompProfile Unconfined",
        "buildkit: appArmorProfile Unconfined",
    ]


def test_agent_and_daemon_see_the_work_folder_and_the_agents_tools_at_the_same_paths() -> None:
    made = spec("linux", "sidecar")
    externals, daemon = made["initContainers"]
    seen = {mount["mountPath"]: mount["name"] for mount in daemon["volumeMounts"]}
    assert seen[WORK_FOLDER["linux"]] == "work"
    assert seen["/azp/externals"] == "externals"
    assert {m["mountPath"]: m["name"] for m in agent(made)["volumeMounts"]}[WORK_FOLDER["linux"]] == "work"
    assert externals["image"] == agent(made)["image"]
    assert "restartPolicy" not in externals, "it ends before the agent starts"


def test_agent_and_daemon_share_the_socket_and_its_group() -> None:
    made = spec("linux", "sidecar")
    _, daemon = made["initContainers"]
    assert f"--group={agent(made)['securityContext']['runAsGroup']}" in daemon["args"]
    assert environment(made)["DOCKER_HOST"] == contract.DOCKER_SOCKET_URL
    for container in (agent(made), daemon):
        assert {"name": "docker-socket", "mountPath": contract.DOCKER_SOCKET_DIRECTORY} in container["volumeMounts"]


def test_agent_and_buildkit_are_one_user_and_share_the_socket() -> None:
    made = spec("linux", "buildkit")
    (buildkit,) = made["initContainers"]
    assert buildkit["securityContext"]["runAsUser"] == agent(made)["securityContext"]["runAsUser"] == 1000
    assert buildkit["restartPolicy"] == "Always"
    assert f"--addr={environment(made)['BUILDKIT_HOST']}" in buildkit["args"]
    assert "DOCKER_HOST" not in environment(made)


def test_windows_agents_reach_the_engine_through_exactly_its_pipe() -> None:
    made = spec("windows", "host-engine")
    assert [volume["hostPath"] for volume in made["volumes"] if "hostPath" in volume] == [
        {"path": "\\\\.\\pipe\\docker_engine"}
    ], "a type would make the kubelet look for a file or folder"
    assert {"name": "docker-pipe", "mountPath": "\\\\.\\pipe\\docker_engine"} in agent(made)["volumeMounts"]
    assert environment(made)["DOCKER_HOST"] == "npipe:////./pipe/docker_engine"
    assert agent(made)["securityContext"] == {"windowsOptions": {"runAsUserName": "ContainerAdministrator"}}


def test_a_windows_agent_without_docker_is_an_ordinary_user() -> None:
    context = agent(spec("windows", "none"))["securityContext"]
    assert context["windowsOptions"] == {"runAsUserName": "ContainerUser"}


@pytest.mark.parametrize("docker", MODES["windows"])
def test_windows_pods_carry_no_linux_setting(docker: Docker) -> None:
    context = agent(spec("windows", docker))["securityContext"]
    linux_only = {"runAsUser", "runAsGroup", "seccompProfile", "capabilities", "allowPrivilegeEscalation", "privileged"}
    assert not linux_only & set(context), "the API server refuses them with spec.os windows"


@pytest.mark.parametrize(("os", "docker"), [case for case in ALL if case != ("windows", "host-engine")])
def test_no_other_pod_mounts_anything_of_the_node(os: OperatingSystem, docker: Docker) -> None:
    assert not [volume for volume in spec(os, docker)["volumes"] if "hostPath" in volume]


@pytest.mark.parametrize(("os", "docker"), ALL)
def test_every_mount_has_its_volume_and_every_volume_a_mount(os: OperatingSystem, docker: Docker) -> None:
    made = spec(os, docker)
    containers = [*made.get("initContainers", []), *made["containers"]]
    mounted = {mount["name"] for container in containers for mount in container["volumeMounts"]}
    assert mounted == {volume["name"] for volume in made["volumes"]}


@pytest.mark.parametrize("docker", ["sidecar", "in-agent"])
def test_the_daemons_data_lies_where_storage_says(docker: Docker) -> None:
    claim = spec("linux", docker, storage=EphemeralClaim(size="50Gi"))
    (volume,) = [volume for volume in claim["volumes"] if volume["name"] == "docker-data"]
    assert "ephemeral" in volume
    default = spec("linux", docker, storage=EmptyDir())
    assert {"name": "docker-data", "emptyDir": {}} in default["volumes"]


def test_an_agent_with_its_own_daemon_on_the_nodes_disk_knows_its_pod() -> None:
    made = spec("linux", "in-agent", storage=HostPath(path="/mnt/docker"))
    data = [mount for mount in agent(made)["volumeMounts"] if mount["name"] == "docker-data"]
    assert len(data) == 2
    assert all("$(POD_NAME)" in mount["subPathExpr"] for mount in data)
    assert {"POD_NAME", "POD_NAMESPACE"} <= set(environment(made))


def test_capabilities_are_variables_that_the_agent_reports() -> None:
    made = environment(spec("linux", "none", capabilities={"gpu": "yes"}))
    assert made["gpu"] == "yes"
    assert "gpu" not in made["VSO_AGENT_IGNORE"].split(",")


def test_an_agent_that_takes_one_job_also_gives_up_waiting_for_it() -> None:
    once = environment(spec("linux", "none", run_once=True))
    assert once["BUILDFLEET_RUN_ONCE"] == "1"
    assert int(once["BUILDFLEET_IDLE_MINUTES"]) > 0
    forever = environment(spec("linux", "none", run_once=False))
    assert forever["BUILDFLEET_RUN_ONCE"] == "0"
    assert "BUILDFLEET_IDLE_MINUTES" not in forever


@pytest.mark.parametrize(("docker", "missing"), [("sidecar", "docker"), ("buildkit", "buildkit")])
def test_a_daemon_without_an_image_is_refused(docker: Docker, missing: str) -> None:
    with pytest.raises(ValueError, match=f"needs the image '{missing}'; give images.{missing}"):
        spec("linux", docker, images=AgentImages(agent="example.org/agent:1"))


@pytest.mark.parametrize(("os", "docker"), ALL)
def test_the_same_arguments_make_the_same_pod(os: OperatingSystem, docker: Docker) -> None:
    one = spec(os, docker, capabilities={"b": "1", "a": "2"}, pull_secret_names=["y", "x"])
    assert one == spec(os, docker, capabilities={"a": "2", "b": "1"}, pull_secret_names=["x", "y"])
    assert one["imagePullSecrets"] == [{"name": "x"}, {"name": "y"}]
