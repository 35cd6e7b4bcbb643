"""Image builds, the smoke test and the prepuller: what is made, what it may do, and when it is made anew."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pulumi
import pytest

from components import contract
from components.docker_engine.build_request import (
    Build,
    ConfigMapContext,
    ExistingRegistrySecret,
    GitContext,
    InlineContext,
    RegistryIdentity,
    RegistryPassword,
)
from components.docker_engine.engine_smoke_test import EngineSmokeTest, EngineSmokeTestArgs, SmokePool
from components.docker_engine.image_build import ImageBuild, ImageBuildArgs
from components.docker_engine.image_prepuller import ImagePrepuller, ImagePrepullerArgs, PrepullPool
from components.kubernetes.resources import ContainerResources
from components.platform import NodePool, Taint
from image_build.request import Folder, Git, read_build, read_smoke
from tests.unit.components.mocks import SECRET, RecordingMonitor, deploy, strings_in

JOB = "kubernetes:batch/v1:Job"
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
INLINE = InlineContext(files={"Dockerfile": "FROM x\n", "app/main.txt": "hello"})
BUILD = Build(context=INLINE, tags=["contoso.azurecr.io/web:1.0"], memory_gib=4)
PASSWORD = "hunter2-hunter2"


def pool(name: str = "win22", **facts: Any) -> NodePool:
    given: dict[str, Any] = {
        "os": "windows",
        "purpose": "build",
        "trust": "trusted",
        "node_selector": {"agentpool": name},
        "taints": (Taint(key="sku", value="Windows", effect="NoSchedule"),),
        "os_sku": "Windows2022",
        **facts,
    }
    return NodePool(name=name, **given)


def arguments(**changes: Any) -> ImageBuildArgs:
    given: dict[str, Any] = {
        "stack": "dev",
        "name": "web",
        "namespace": "docker-builds",
        "pool": pool(),
        "image": "example.org/docker-cli:1-ltsc2022",
        "build": BUILD,
        "resources": ContainerResources(cpu="1", memory="4Gi"),
        **changes,
    }
    return ImageBuildArgs(**given)


def made(**changes: Any) -> RecordingMonitor:
    return deploy(lambda: ImageBuild("web", arguments(**changes)))


def build(**changes: Any) -> Build:
    return Build(**{"context": INLINE, "tags": BUILD.tags, **changes})


def pod(monitor: RecordingMonitor) -> dict[str, Any]:
    spec: dict[str, Any] = monitor.only(JOB).inputs["spec"]["template"]["spec"]
    return spec


def request(monitor: RecordingMonitor, folder: Path) -> Path:
    """The document that the Job's pod reads, as a file."""
    path = folder / "request.json"
    path.write_text(monitor.only(CONFIG_MAP).inputs["data"]["request.json"])
    return path


def test_a_build_is_a_job_with_its_request_its_account_and_one_right() -> None:
    monitor = made()
    assert monitor.summary() == [
        ("buildfleet:index:ImageBuild", "web"),
        (JOB, "web-job"),
        (CONFIG_MAP, "web-request"),
        ("kubernetes:core/v1:ServiceAccount", "web-account"),
        ("kubernetes:rbac.authorization.k8s.io/v1:Role", "web-role"),
        ("kubernetes:rbac.authorization.k8s.io/v1:RoleBinding", "web-binding"),
    ]
    assert {r.parent_name for r in monitor.registrations if r.custom} == {"web"}
    job = monitor.only(JOB)
    assert monitor.named("web-role").inputs["rules"] == [
        {"apiGroups": ["batch"], "resources": ["jobs"], "resourceNames": [job.kubernetes_name], "verbs": ["patch"]}
    ]
    assert {monitor.named("web-role").urn, monitor.named("web-binding").urn} <= set(job.dependencies)
    assert not job.delete_before_replace


def test_the_program_reads_what_the_component_writes(tmp_path: Path) -> None:
    found = read_build(request(made(build=build(args={"A": "1"}, target="final", memory_gib=2)), tmp_path))
    assert found.tags == ("contoso.azurecr.io/web:1.0",)
    assert found.args == {"A": "1"}
    assert (found.target, found.memory_bytes, found.push) == ("final", 2 * 2**30, True)
    assert found.context == Folder(path=r"C:\buildfleet\context")
    monitor = made(build=build(context=GitContext(url="https://x.org/r", ref="v1", subfolder="a", token=PASSWORD)))
    assert read_build(request(monitor, tmp_path)).context == Git(
        url="https://x.org/r", ref="v1", subfolder="a", token_file=r"C:\buildfleet\git\token"
    )
    job = read_build(request(monitor, tmp_path)).job
    assert job is not None
    assert (job.name, job.annotation) == (monitor.only(JOB).kubernetes_name, contract.ANNOTATION_DIGEST)


def test_the_pod_is_an_ordinary_one_with_the_pipe_as_agents_have_it() -> None:
    spec = pod(made())
    (container,) = spec["containers"]
    assert "hostNetwork" not in spec
    assert "securityContext" not in spec
    assert container["securityContext"] == {"windowsOptions": {"runAsUserName": "ContainerAdministrator"}}
    pipe = next(volume for volume in spec["volumes"] if "hostPath" in volume)
    assert pipe["hostPath"] == {"path": contract.DOCKER_PIPE}
    assert {"name": pipe["name"], "mountPath": contract.DOCKER_PIPE} in container["volumeMounts"]
    assert container["command"] == [r"C:\python\python.exe"]
    assert container["args"] == ["-m", "image_build", "build", "--request", r"C:\buildfleet\request\request.json"]
    assert container["resources"] == {"requests": {"cpu": "1", "memory": "4Gi"}, "limits": {"memory": "4Gi"}}


def test_an_eviction_is_no_failure_and_a_hopeless_request_is_not_tried_again() -> None:
    spec = made(timeout_minutes=90).only(JOB).inputs["spec"]
    assert spec["backoffLimit"] == 2
    assert spec["activeDeadlineSeconds"] == 90 * 60
    assert "ttlSecondsAfterFinished" not in spec
    assert spec["podFailurePolicy"]["rules"] == [
        {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]},
        {"action": "FailJob", "onExitCodes": {"operator": "In", "values": [2]}},
    ]
    assert made(timeout_minutes=90).only(JOB).custom_timeouts[0] == "95m"


def test_a_job_that_has_failed_is_made_again_by_the_next_update() -> None:
    for job in (made().only(JOB), *smoke().of_type(JOB)):
        assert job.inputs["metadata"]["annotations"] == {"pulumi.com/replaceUnready": "true"}


def test_inline_files_get_back_their_paths() -> None:
    monitor = made()
    data = monitor.only(CONFIG_MAP).inputs["data"]
    volume = next(volume for volume in pod(monitor)["volumes"] if volume["name"] == "context")
    paths = {item["path"]: data[item["key"]] for item in volume["configMap"]["items"]}
    assert paths == INLINE.files
    assert monitor.only(CONFIG_MAP).inputs["immutable"] is True


def test_a_config_map_that_is_there_is_mounted() -> None:
    volumes = pod(made(build=build(context=ConfigMapContext(name="web-context"))))["volumes"]
    assert {"name": "context", "configMap": {"name": "web-context"}} in volumes


def job_name(**changes: Any) -> Any:
    return made(**changes).only(JOB).kubernetes_name


ANEW: dict[str, dict[str, Any]] = {
    "context": {"build": build(context=InlineContext(files={"Dockerfile": "FROM y\n"}))},
    "tag": {"build": build(tags=["contoso.azurecr.io/web:1.1"])},
    "argument": {"build": build(args={"A": "1"})},
    "target": {"build": build(target="other")},
    "push": {"build": build(push=False)},
    "memory": {"build": build(memory_gib=5)},
    "client": {"image": "example.org/docker-cli:2-ltsc2022"},
    "pool": {"pool": pool("win25")},
    "rerun": {"rerun": "2"},
    "reserved": {"resources": ContainerResources(cpu="2", memory="4Gi")},
    "secret's name": {"credentials": ExistingRegistrySecret(name="registry")},
}


def test_a_build_runs_anew_when_something_of_it_changes_and_only_then() -> None:
    names = {what: job_name(**{"build": build(), **changes}) for what, changes in ANEW.items()}
    names["nothing"] = job_name(build=build())
    assert len(set(names.values())) == len(names)
    assert job_name(build=build()) == names["nothing"]
    assert all(len(name) <= 51 + 11 and name.startswith("web-") for name in names.values())
    assert job_name(build=build(), timeout_minutes=5) == names["nothing"], "a Job's deadline can be changed"
    one, other = (RegistryPassword(server="x.io", username="u", password=text) for text in ("a", "b"))
    assert job_name(credentials=one) == job_name(credentials=other), "another password makes no other image"


def test_no_secret_is_anywhere_but_in_a_secret() -> None:
    context = GitContext(url="https://x.org/r", ref="v1", token=PASSWORD)
    credentials = RegistryPassword(server="ghcr.io", username="bot", password=PASSWORD)
    monitor = made(build=build(context=context), credentials=credentials)
    secrets = monitor.of_type("kubernetes:core/v1:Secret")
    assert [secret.kubernetes_name for secret in secrets] == ["web-git", "web-registry"]
    assert [secret.inputs["data"] for secret in secrets] == [SECRET, SECRET]
    for registration in monitor.registrations:
        text = " ".join(strings_in(registration.inputs))
        assert PASSWORD not in text
        assert base64.b64encode(PASSWORD.encode()).decode() not in text
    mounts = {mount["name"]: mount["mountPath"] for mount in pod(monitor)["containers"][0]["volumeMounts"]}
    assert mounts["registry"] == r"C:\buildfleet\registry"
    assert mounts["git"] == r"C:\buildfleet\git"


@pytest.mark.parametrize(
    ("server", "key"),
    [
        ("ghcr.io", "ghcr.io"),
        ("docker.io", "https://index.docker.io/v1/"),
        ("index.docker.io", "https://index.docker.io/v1/"),
    ],
)
def test_the_registrys_secret_has_the_form_that_docker_reads(server: str, key: str) -> None:
    found: list[str] = []

    def program() -> None:
        from components.docker_engine.build_access import _docker_config

        text = _docker_config(RegistryPassword(server=server, username="bot", password=PASSWORD))
        pulumi.Output.unsecret(text).apply(found.append)

    deploy(program)
    config = json.loads(base64.b64decode(found[0]))
    assert base64.b64decode(config["auths"][key]["auth"]).decode() == f"bot:{PASSWORD}"


def test_a_workload_identity_is_the_accounts_and_the_program_exchanges_its_token(tmp_path: Path) -> None:
    monitor = made(credentials=RegistryIdentity(client_id="client", tenant_id="tenant"))
    account = monitor.only("kubernetes:core/v1:ServiceAccount")
    assert account.kubernetes_name == "image-build-web"
    assert account.inputs["metadata"]["annotations"] == {
        "azure.workload.identity/client-id": "client",
        "azure.workload.identity/tenant-id": "tenant",
    }
    labels = monitor.only(JOB).inputs["spec"]["template"]["metadata"]["labels"]
    assert labels["azure.workload.identity/use"] == "true"
    found = read_build(request(monitor, tmp_path))
    assert found.exchange == ("contoso.azurecr.io",)
    assert found.registry_config is None


def test_what_is_not_pushed_gets_no_access_to_the_api_server() -> None:
    monitor = made(build=build(push=False))
    assert pod(monitor)["automountServiceAccountToken"] is False
    assert not monitor.of_type("kubernetes:rbac.authorization.k8s.io/v1:Role")
    assert pod(made())["automountServiceAccountToken"] is True


def test_builds_count_as_users_of_the_engine() -> None:
    slot = contract.RESOURCE_BUILD_SLOT
    assert pod(made(most_per_node=3))["containers"][0]["resources"]["requests"][slot] == "1"
    monitor = made(most_per_node=1)
    assert "podAntiAffinity" in pod(monitor)["affinity"]
    assert monitor.only(JOB).inputs["spec"]["template"]["metadata"]["labels"][contract.LABEL_DOCKER] == "host-engine"


def test_the_digest_that_the_pod_noted_is_the_builds_output() -> None:
    digest = "sha256:" + "ab" * 32
    noted = {JOB: {"metadata": {"name": "web-1", "annotations": {contract.ANNOTATION_DIGEST: digest}}}}
    monitor = deploy(lambda: ImageBuild("web", arguments()), outputs=noted)
    assert monitor.outputs_of("web") == {
        "image": "contoso.azurecr.io/web:1.0",
        "digest": digest,
        "reference": f"contoso.azurecr.io/web@{digest}",
    }
    # Where nothing noted it, the tag is all there is.
    assert made().outputs_of("web")["reference"] == "contoso.azurecr.io/web:1.0"
    assert made().outputs_of("web").get("digest") is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"pool": pool(os="linux")}, "only Windows build pools"),
        ({"build": build(tags=[])}, "tags is empty"),
        ({"name": ""}, "write 1 to 40 lower-case letters"),
        ({"name": "w" * 41}, "write 1 to 40 lower-case letters"),
        ({"name": "Web"}, "write 1 to 40 lower-case letters"),
        ({"build": build(tags=["web:1.0"])}, "names no registry"),
        ({"build": build(tags=["contoso/web:1.0"])}, "names no registry"),
        ({"build": build(dockerfile="Other")}, "no 'Other'"),
    ],
)
def test_a_build_that_cannot_be_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        made(**changes)


def smoke(deadline_minutes: int = 30, **changes: Any) -> RecordingMonitor:
    given: dict[str, Any] = {
        "pool": pool(),
        "client": "example.org/docker-cli:1-ltsc2022",
        "image": "mcr.microsoft.com/windows/nanoserver:ltsc2022",
        "engine": "29.2.1",
        "namespace": "docker-builds",
        **changes,
    }
    other = {**given, "pool": pool("win25")}
    return deploy(
        lambda: EngineSmokeTest(
            "smoke",
            EngineSmokeTestArgs(
                stack="dev",
                namespace="docker-builds",
                pools=[SmokePool(**other), SmokePool(**given)],
                deadline_minutes=deadline_minutes,
            ),
        )
    )


def test_each_pool_is_tested_by_a_job_of_its_own(tmp_path: Path) -> None:
    monitor = smoke()
    assert [r.name for r in monitor.of_type(JOB)] == ["smoke-win22-job", "smoke-win25-job"]
    job = monitor.named("smoke-win22-job")
    assert job.inputs["spec"]["template"]["spec"]["nodeSelector"]["agentpool"] == "win22"
    assert job.inputs["spec"]["template"]["spec"]["containers"][0]["args"][2] == "smoke"
    (tmp_path / "request.json").write_text(monitor.named("smoke-win22-request").inputs["data"]["request.json"])
    assert read_smoke(tmp_path / "request.json").image == "mcr.microsoft.com/windows/nanoserver:ltsc2022"
    assert not monitor.of_type("kubernetes:rbac.authorization.k8s.io/v1:Role")
    assert monitor.outputs_of("smoke") == {
        "jobs": {r.name.split("-")[1]: r.kubernetes_name for r in monitor.of_type(JOB)}
    }


def test_the_smoke_test_cannot_hang_an_update() -> None:
    job = smoke().named("smoke-win22-job")
    assert job.inputs["spec"]["activeDeadlineSeconds"] == 30 * 60
    assert job.custom_timeouts[0] == "35m"


def test_another_deadline_is_no_other_smoke_test() -> None:
    longer = smoke(deadline_minutes=90).named("smoke-win22-job")
    assert longer.inputs["spec"]["activeDeadlineSeconds"] == 90 * 60
    assert longer.custom_timeouts[0] == "95m"
    assert longer.kubernetes_name == smoke().named("smoke-win22-job").kubernetes_name


def test_the_smoke_test_runs_again_for_another_engine_and_only_then() -> None:
    def name(**changes: Any) -> Any:
        return smoke(**changes).named("smoke-win22-job").kubernetes_name

    assert name() == name()
    assert len({name(), name(engine="29.3.0"), name(image="other"), name(client="other")}) == 4


def test_only_windows_build_pools_are_tested() -> None:
    with pytest.raises(ValueError, match="only Windows build pools"):
        smoke(pool=pool(purpose="system"))


def prepuller(*pools: PrepullPool) -> RecordingMonitor:
    arguments = ImagePrepullerArgs(
        stack="dev", namespace="docker-builds", pause="pause:1", pools=pools, pull_secret_names=["b", "a"]
    )
    return deploy(lambda: ImagePrepuller("prepull", arguments))


def test_each_image_is_an_init_container_that_ends_at_once() -> None:
    monitor = prepuller(PrepullPool(pool=pool(), images=["z:1", "a:1", "z:1"]))
    daemon_set = monitor.only("kubernetes:apps/v1:DaemonSet")
    spec = daemon_set.inputs["spec"]["template"]["spec"]
    assert [(one["image"], one["command"]) for one in spec["initContainers"]] == [
        ("a:1", ["cmd.exe", "/c", "exit 0"]),
        ("z:1", ["cmd.exe", "/c", "exit 0"]),
    ]
    assert [one["image"] for one in spec["containers"]] == ["pause:1"]
    assert spec["tolerations"] == [{"key": "sku", "operator": "Equal", "value": "Windows", "effect": "NoSchedule"}]
    assert spec["imagePullSecrets"] == [{"name": "a"}, {"name": "b"}]
    assert "volumes" not in spec
    assert spec["securityContext"] == {"windowsOptions": {"runAsUserName": "ContainerUser"}}


def test_an_update_does_not_wait_for_the_pulls() -> None:
    daemon_set = prepuller(PrepullPool(pool=pool(), images=["a:1"])).only("kubernetes:apps/v1:DaemonSet")
    assert daemon_set.inputs["metadata"]["annotations"] == {"pulumi.com/skipAwait": "true"}


@pytest.mark.parametrize(
    "wrong", [PrepullPool(pool=pool(), images=[]), PrepullPool(pool=pool(os="linux"), images=["a"])]
)
def test_a_pool_with_nothing_to_pull_is_refused(wrong: PrepullPool) -> None:
    with pytest.raises(ValueError, match="prepull on node pool win22"):
        prepuller(wrong)
