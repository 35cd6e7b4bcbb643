"""The hook template, the model of the hooks' merge, and the lint that tells traps before a job falls into them."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from components.github.caches import check_caches
from components.github.hook_lint import lint, service_problems
from components.github.hook_merge import HookError, job_pod, service_container_name
from components.github.hook_template import HookTemplate, JobPart
from components.github.job_template import job_resources, job_template, runner_resources
from components.github.modes import HOOKS, HookVersion, RunnerMode
from tests.unit.components.pod_security import baseline_problems

RESOURCES = {"requests": {"cpu": "2", "memory": "8Gi"}, "limits": {"memory": "8Gi"}}
SELECTOR = {"agentpool": "lin", "kubernetes.io/os": "linux"}
TOLERATIONS = [{"key": "buildfleet.dev/purpose", "operator": "Equal", "value": "build", "effect": "NoSchedule"}]
HOOK_MODES: list[RunnerMode] = list(HOOKS)


def template(mode: RunnerMode = "cached-privileged-kubernetes", **changes: Any) -> HookTemplate:
    arguments: dict[str, Any] = {
        "stack": "prod",
        "scale_set": "app-1",
        "service_account": "app-1-job",
        "node_selector": SELECTOR,
        "tolerations": TOLERATIONS,
        "resources": RESOURCES,
        "caches": ("/var/lib/docker", "/home/dev/cache") if mode == "cached-privileged-kubernetes" else (),
    }
    return job_template(mode, **(arguments | changes))


def merged(mode: RunnerMode, services: tuple[str, ...] = (), **changes: Any) -> dict[str, Any]:
    return job_pod(template(mode, **changes).document(), version=HOOKS[mode].version, services=services)


def container(pod: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in pod["spec"]["containers"] if each["name"] == name)
    return found


def test_the_template_of_a_privileged_job_is_exactly_this() -> None:
    assert template().document() == {
        "metadata": {
            "labels": {"buildfleet.dev/component": "github-job", "buildfleet.dev/runner-set": "app-1"},
            "annotations": {"cluster-autoscaler.kubernetes.io/safe-to-evict": "false"},
        },
        "spec": {
            "affinity": {
                "podAntiAffinity": {
                    "requiredDuringSchedulingIgnoredDuringExecution": [
                        {
                            "labelSelector": {
                                "matchLabels": {
                                    "buildfleet.dev/component": "github-job",
                                    "buildfleet.dev/runner-set": "app-1",
                                }
                            },
                            "mismatchLabelKeys": ["runner-pod"],
                            "topologyKey": "kubernetes.io/hostname",
                        }
                    ]
                }
            },
            "automountServiceAccountToken": False,
            "containers": [
                {
                    "name": "$job",
                    "resources": RESOURCES,
                    "securityContext": {"privileged": True, "runAsGroup": 0, "runAsUser": 0},
                    "volumeMounts": [
                        {"name": "cgroup", "mountPath": "/sys/fs/cgroup", "mountPropagation": "Bidirectional"},
                        {"name": "devices", "mountPath": "/dev"},
                        {"name": "cache-home-dev-cache-a8c57edb", "mountPath": "/home/dev/cache"},
                        {"name": "cache-var-lib-docker-ce73cd33", "mountPath": "/var/lib/docker"},
                    ],
                }
            ],
            "enableServiceLinks": False,
            "nodeSelector": SELECTOR,
            "serviceAccountName": "app-1-job",
            "terminationGracePeriodSeconds": 30,
            "tolerations": TOLERATIONS,
            "volumes": [
                {"name": "cgroup", "hostPath": {"path": "/sys/fs/cgroup", "type": "Directory"}},
                {"name": "devices", "hostPath": {"path": "/dev", "type": "Directory"}},
                {
                    "name": "cache-home-dev-cache-a8c57edb",
                    "hostPath": {
                        "path": "/var/lib/buildfleet/caches/prod/app-1/home-dev-cache-a8c57edb",
                        "type": "DirectoryOrCreate",
                    },
                },
                {
                    "name": "cache-var-lib-docker-ce73cd33",
                    "hostPath": {
                        "path": "/var/lib/buildfleet/caches/prod/app-1/var-lib-docker-ce73cd33",
                        "type": "DirectoryOrCreate",
                    },
                },
            ],
        },
    }


def test_the_text_is_the_same_whatever_the_order_of_the_inputs() -> None:
    turned = template(caches=("/home/dev/cache", "/var/lib/docker"), node_selector=dict(reversed(SELECTOR.items())))
    assert turned.text() == template().text()


def test_the_text_is_json_and_the_hooks_read_it_as_yaml() -> None:
    text = template().text()
    assert yaml.safe_load(text) == json.loads(text) == template().document()


@pytest.mark.parametrize("mode", HOOK_MODES)
def test_our_templates_hit_no_trap(mode: RunnerMode) -> None:
    assert lint(template(mode).document(), version=HOOKS[mode].version) == []


@pytest.mark.parametrize("mode", HOOK_MODES)
def test_the_hooks_own_parts_of_the_job_pod_stay(mode: RunnerMode) -> None:
    bare = job_pod({"spec": {}}, version=HOOKS[mode].version)
    pod = merged(mode)
    for key in ("initContainers", "securityContext", "restartPolicy"):
        assert pod["spec"].get(key) == bare["spec"].get(key)
    if HOOKS[mode].shares_volume:
        assert pod["spec"]["affinity"] == bare["spec"]["affinity"]
    names = [volume["name"] for volume in pod["spec"]["volumes"]]
    assert names[: len(bare["spec"]["volumes"])] == [volume["name"] for volume in bare["spec"]["volumes"]]
    job, bare_job = container(pod, "job"), container(bare, "job")
    assert (job["command"], job["args"]) == (["tail"], ["-f", "/dev/null"])
    assert job["volumeMounts"][: len(bare_job["volumeMounts"])] == bare_job["volumeMounts"]


@pytest.mark.parametrize("mode", HOOK_MODES)
def test_job_pods_run_on_the_pool_without_a_token_and_away_from_the_autoscaler(mode: RunnerMode) -> None:
    pod = merged(mode)
    assert pod["spec"]["nodeSelector"] == SELECTOR
    assert pod["spec"]["tolerations"] == TOLERATIONS
    assert pod["spec"]["automountServiceAccountToken"] is False
    assert pod["spec"]["serviceAccountName"] == "app-1-job"
    assert pod["metadata"]["annotations"] == {"cluster-autoscaler.kubernetes.io/safe-to-evict": "false"}
    assert pod["metadata"]["labels"]["runner-pod"] == "runner-abcde"


@pytest.mark.parametrize("mode", HOOK_MODES)
def test_the_job_pod_of_a_dead_runner_is_gone_within_a_minute_although_it_ignores_sigterm(mode: RunnerMode) -> None:
    pod = merged(mode)
    assert (container(pod, "job")["command"], container(pod, "job")["args"]) == (["tail"], ["-f", "/dev/null"])
    assert pod["spec"]["terminationGracePeriodSeconds"] <= 60


@pytest.mark.parametrize("mode", HOOK_MODES)
def test_only_the_container_job_of_the_cached_mode_is_privileged(mode: RunnerMode) -> None:
    pod = merged(mode, services=("docker.io/library/redis:8",))
    privileged = [
        each["name"] for each in pod["spec"]["containers"] if each.get("securityContext", {}).get("privileged")
    ]
    assert privileged == (["job"] if mode == "cached-privileged-kubernetes" else [])
    assert not {"hostPID", "hostIPC", "hostNetwork"} & pod["spec"].keys()


@pytest.mark.parametrize("mode", ["kubernetes", "kubernetes-novolume"])
def test_job_pods_of_the_plain_modes_pass_the_baseline_level(mode: RunnerMode) -> None:
    pod = merged(mode)
    assert baseline_problems(pod["spec"]) == []
    assert "securityContext" not in container(pod, "job")


def test_a_job_is_accounted_for_once() -> None:
    for mode in ("kubernetes-novolume", "cached-privileged-kubernetes"):
        assert job_resources(mode, RESOURCES) == RESOURCES
        assert runner_resources(mode, RESOURCES) != RESOURCES
    assert runner_resources("kubernetes", RESOURCES) == RESOURCES
    with_disk = {
        "requests": {"cpu": "2", "memory": "8Gi", "ephemeral-storage": "20Gi"},
        "limits": {"memory": "8Gi", "ephemeral-storage": "20Gi"},
    }
    assert job_resources("kubernetes", with_disk) == {
        "requests": {"cpu": "10m", "ephemeral-storage": "16Mi", "memory": "16Mi"},
        "limits": {"memory": "8Gi", "ephemeral-storage": "20Gi"},
    }


def test_jobs_without_caches_may_share_a_node() -> None:
    assert "affinity" not in template(caches=()).document()["spec"]


def test_services_need_the_mount_that_unprivileged_containers_may_have() -> None:
    problems = service_problems(template().document(), version="0.8.1")
    assert [(each.rule, each.path) for each in problems] == [
        ("hook-template-propagation", "job pod, container 'a-service'")
    ]
    assert service_problems(template(services=True).document(), version="0.8.1") == []


@pytest.mark.parametrize("mode", ["kubernetes", "kubernetes-novolume"])
def test_services_work_in_the_plain_modes(mode: RunnerMode) -> None:
    assert service_problems(template(mode).document(), version=HOOKS[mode].version) == []


def test_an_empty_part_is_left_out_since_null_breaks_the_hooks() -> None:
    empty = HookTemplate(
        job=JobPart(),
        labels={},
        annotations={},
        service_account="app-job",
        node_selector={},
        tolerations=(),
    )
    assert empty.document() == {
        "metadata": {},
        "spec": {
            "automountServiceAccountToken": False,
            "containers": [{"name": "$job"}],
            "enableServiceLinks": False,
            "serviceAccountName": "app-job",
            "terminationGracePeriodSeconds": 30,
        },
    }


# The merge, rule by rule.

LEAKY = {"spec": {"containers": [{"name": "$job", "volumeMounts": [{"name": "v", "mountPath": "/v"}]}]}}


def test_0_8_1_gives_the_mounts_of_the_job_to_services_and_0_7_0_does_not() -> None:
    def paths(version: HookVersion) -> list[str]:
        pod = job_pod(LEAKY, version=version, services=["redis:8"])
        return [mount["mountPath"] for mount in container(pod, "redis")["volumeMounts"]]

    assert paths("0.8.1") == ["/__e", "/__w", "/github", "/v"]
    assert paths("0.7.0") == ["/__w"]


def test_0_8_1_gives_the_mounts_of_a_service_to_the_job() -> None:
    part = {"spec": {"containers": [{"name": "$redis", "volumeMounts": [{"name": "v", "mountPath": "/v"}]}]}}
    pod = job_pod(part, version="0.8.1", services=["redis:8"])
    assert [mount["mountPath"] for mount in container(pod, "job")["volumeMounts"]] == ["/__e", "/__w", "/github", "/v"]


@pytest.mark.parametrize(
    ("image", "name"),
    [("redis", "redis"), ("ghcr.io/contoso/redis:8", "redis"), ("redis@sha256:0a", "redis@sha256")],
)
def test_a_service_is_named_after_the_last_part_of_its_image(image: str, name: str) -> None:
    assert service_container_name(image) == name


@pytest.mark.parametrize("version", ["0.7.0", "0.8.1"])
def test_lists_of_a_container_are_appended_and_the_rest_is_replaced_but_name_and_image(version: HookVersion) -> None:
    part = {
        "name": "$job",
        "image": "ignored",
        "env": [{"name": "CI", "value": "maybe"}],
        "ports": [{"containerPort": 80}],
        "command": ["sleep"],
        "args": ["1d"],
    }
    job = container(job_pod({"spec": {"containers": [part]}}, version=version), "job")
    assert job["name"] == "job"
    assert "image" not in job
    assert [each["name"] for each in job["env"]] == ["GITHUB_ACTIONS", "CI", "CI"]
    assert job["ports"] == [{"containerPort": 80}]
    assert (job["command"], job["args"]) == (["sleep"], ["1d"])


@pytest.mark.parametrize("version", ["0.7.0", "0.8.1"])
def test_other_containers_are_added_and_parts_without_a_container_dropped(version: HookVersion) -> None:
    sidecar = {"name": "proxy", "image": "proxy:1"}
    pod = job_pod({"spec": {"containers": [{"name": "$nobody", "tty": True}, sidecar]}}, version=version)
    assert [each["name"] for each in pod["spec"]["containers"]] == ["job", "proxy"]
    assert container(pod, "proxy") == sidecar


def test_metadata_is_overwritten_but_for_the_name() -> None:
    metadata = {"name": "mine", "namespace": "there", "labels": {"runner-pod": "x", "a": "b"}}
    pod = job_pod({"metadata": metadata, "spec": {}}, version="0.8.1")
    assert pod["metadata"]["name"] == "runner-abcde-workflow"
    assert pod["metadata"]["labels"] == {"runner-pod": "x", "a": "b"}


def test_null_containers_make_the_hooks_throw_and_a_null_env_does_not() -> None:
    with pytest.raises(HookError, match=r"spec\.containers is null"):
        job_pod({"spec": {"containers": None}}, version="0.8.1")
    job = container(job_pod({"spec": {"containers": [{"name": "$job", "env": None}]}}, version="0.8.1"), "job")
    assert len(job["env"]) == 2


def test_null_volumes_drop_the_hooks_own() -> None:
    assert job_pod({"spec": {"volumes": None}}, version="0.8.1")["spec"]["volumes"] is None


def test_the_merge_leaves_the_template_as_it_was() -> None:
    before = copy.deepcopy(LEAKY)
    job_pod(LEAKY, version="0.8.1", services=["redis"])
    assert before == LEAKY


# The lint: each trap, put into a template of ours, is found; and it is found alone.

Change = Callable[[dict[str, Any]], object]


def job_part(document: dict[str, Any]) -> dict[str, Any]:
    part: dict[str, Any] = document["spec"]["containers"][0]
    return part


TRAPS: list[tuple[str, HookVersion, Change, str]] = [
    ("empty", "0.8.1", lambda d: d.update(spec={}), "hook-template-empty"),
    ("no spec", "0.8.1", lambda d: d.pop("spec"), "hook-template-empty"),
    (
        "T1: a mount over one of the hooks",
        "0.8.1",
        lambda d: job_part(d)["volumeMounts"].append({"name": "devices", "mountPath": "/__w"}),
        "hook-template-mount-path",
    ),
    (
        "T1: the job and a service mount at the same path",
        "0.8.1",
        lambda d: d["spec"]["containers"].append(
            {"name": "$redis", "volumeMounts": [{"name": "devices", "mountPath": "/dev"}]}
        ),
        "hook-template-mount-path",
    ),
    ("T2", "0.8.1", lambda d: d["spec"].update(initContainers=[{"name": "a"}]), "hook-template-init-containers"),
    ("T3", "0.8.1", lambda d: d["spec"].update(securityContext={"runAsUser": 0}), "hook-template-fs-group"),
    ("T4: containers", "0.8.1", lambda d: d["spec"].update(containers=None), "hook-template-null-list"),
    ("T4: volumes", "0.8.1", lambda d: d["spec"].update(volumes=None), "hook-template-null-list"),
    ("T4: mounts", "0.8.1", lambda d: job_part(d).update(volumeMounts=None), "hook-template-null-list"),
    ("T5: command", "0.8.1", lambda d: job_part(d).update(command=["sleep", "1d"]), "hook-template-command-args"),
    ("T5: args", "0.8.1", lambda d: job_part(d).update(args=["1d"]), "hook-template-command-args"),
    (
        "T6: a volume of the hooks",
        "0.8.1",
        lambda d: d["spec"]["volumes"].append({"name": "github", "emptyDir": {}}),
        "hook-template-volume-name",
    ),
    (
        "T6: a volume of the older hooks",
        "0.7.0",
        lambda d: d["spec"].setdefault("volumes", []).append({"name": "work", "emptyDir": {}}),
        "hook-template-volume-name",
    ),
    ("T7", "0.8.1", lambda d: d["spec"].update(imagePullSecrets=[{"name": "a"}]), "hook-template-pull-secrets"),
    ("T8: node", "0.8.1", lambda d: d["spec"].update(nodeName="a"), "hook-template-replaces-hook"),
    ("T8: restart", "0.7.0", lambda d: d["spec"].update(restartPolicy="Always"), "hook-template-replaces-hook"),
    ("T8: the binding to the claim", "0.7.0", lambda d: d["spec"].update(affinity={}), "hook-template-replaces-hook"),
    ("label", "0.8.1", lambda d: d["metadata"]["labels"].update({"runner-pod": "x"}), "hook-template-runner-label"),
    ("sidecar", "0.8.1", lambda d: d["spec"]["containers"].append({"name": "a"}), "hook-template-sidecar-image"),
    (
        "unknown volume",
        "0.8.1",
        lambda d: job_part(d)["volumeMounts"].append({"name": "a", "mountPath": "/a"}),
        "hook-template-mount-volume",
    ),
    (
        "propagation",
        "0.8.1",
        lambda d: job_part(d)["securityContext"].update(privileged=False),
        "hook-template-propagation",
    ),
]


@pytest.mark.parametrize(("version", "change", "rule"), [each[1:] for each in TRAPS], ids=[each[0] for each in TRAPS])
def test_a_trap_is_found_and_told_with_its_fix(version: HookVersion, change: Change, rule: str) -> None:
    document = template("kubernetes" if version == "0.7.0" else "cached-privileged-kubernetes").document()
    services = ["redis:8"] if rule == "hook-template-mount-path" else []
    before = {each.rule for each in lint(document, version=version, services=services)}
    change(document)
    problems = [each for each in lint(document, version=version, services=services) if each.rule not in before]
    assert {each.rule for each in problems} == {rule}
    assert all(each.path and each.given and each.allowed and each.fix for each in problems)


@pytest.mark.parametrize("change", [("initContainers", [{"name": "a"}]), ("securityContext", {"runAsUser": 0})])
def test_what_only_breaks_0_8_1_is_allowed_for_0_7_0(change: tuple[str, Any]) -> None:
    document = template("kubernetes").document()
    document["spec"][change[0]] = change[1]
    assert lint(document, version="0.7.0") == []


def test_a_pod_security_context_that_keeps_the_group_is_allowed() -> None:
    document = template().document()
    document["spec"]["securityContext"] = {"fsGroup": 1001}
    assert lint(document, version="0.8.1") == []


absolute_paths = st.lists(st.from_regex(r"\A[a-zA-Z0-9._ -]{1,12}\Z"), min_size=1, max_size=4).map(
    lambda parts: "/" + "/".join(parts)
)


@given(st.lists(absolute_paths, max_size=4, unique=True))
def test_any_caches_that_are_accepted_make_a_template_without_problems(caches: list[str]) -> None:
    try:
        check_caches(caches)
    except ValueError:
        return
    assert lint(template(caches=tuple(caches)).document(), version="0.8.1") == []
