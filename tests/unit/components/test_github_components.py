"""Runner sets, scale sets and credentials as Pulumi sees them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from components.github import (
    AppCredentials,
    GitHubCredentials,
    GitHubCredentialsArgs,
    RunnerScaleSet,
    RunnerSet,
    RunnerSetArgs,
    TokenCredentials,
)
from components.github.caches import cache_directory, check_caches, slug
from components.github.credentials import secret_entries
from components.github.modes import HOOKS, RunnerMode
from components.github.names import check_scale_set_name, scale_set_names
from components.github.runner_set import scale_set_args
from components.kubernetes.storage import ExistingClaim, HostPath
from components.platform import NodePool
from tests.unit.components.mocks import SECRET, UNKNOWN, RecordingMonitor, Registration, deploy, strings_in
from tests.unit.components.test_github_pods import LINUX, MODES, WINDOWS, arguments

ACCOUNT = "kubernetes:core/v1:ServiceAccount"
BINDING = "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding"
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
ROLE = "kubernetes:rbac.authorization.k8s.io/v1:Role"
RUNNER_SET = "kubernetes:actions.github.com/v1alpha1:AutoscalingRunnerSet"
SCALE_SET = "buildfleet:index:GitHubRunnerScaleSet"
SECRET_TYPE = "kubernetes:core/v1:Secret"


def scale_set(mode: RunnerMode, **changes: Any) -> RecordingMonitor:
    return deploy(lambda: RunnerScaleSet("x", arguments(mode, **changes)))


def set_arguments(mode: RunnerMode = "none", **changes: Any) -> RunnerSetArgs:
    values = {
        key: value
        for key, value in vars(arguments(mode)).items()
        if key not in ("scale_set", "min_runners", "max_runners")
    }
    return RunnerSetArgs(**(values | {"runner_set": "app"} | changes))


def spec(registration: Registration) -> dict[str, Any]:
    return dict(registration.inputs["spec"])


BUDGET = "kubernetes:policy/v1:PodDisruptionBudget"


@pytest.mark.parametrize("mode", HOOKS)
def test_no_eviction_of_a_pod_of_a_running_job_is_allowed(mode: RunnerMode) -> None:
    monitor = scale_set(mode)
    budget = spec(monitor.only(BUDGET))
    template = json.loads(monitor.named("x-hook-template").inputs["data"]["template.json"])
    assert budget["selector"]["matchLabels"].items() <= template["metadata"]["labels"].items()
    assert budget["minAvailable"] > 100_000


@pytest.mark.parametrize("mode", MODES)
def test_a_scale_set_is_made_of_exactly_these(mode: RunnerMode) -> None:
    expected = [
        (RUNNER_SET, "x-scale-set"),
        (ACCOUNT, "x-runner"),
        (ROLE, "x-manager"),
        (BINDING, "x-manager-binding"),
        (SCALE_SET, "x"),
    ]
    if mode in HOOKS:
        expected += [
            (ROLE, "x-hooks"),
            (BINDING, "x-hooks-binding"),
            (ACCOUNT, "x-job"),
            (CONFIG_MAP, "x-hook-template"),
            (BUDGET, "x-jobs"),
        ]
    assert scale_set(mode).summary() == sorted(expected)


@pytest.mark.parametrize("mode", MODES)
def test_all_parts_are_children_with_names_of_their_own_in_the_given_namespace(mode: RunnerMode) -> None:
    monitor = scale_set(mode)
    children = [each for each in monitor.registrations if each.custom]
    assert {each.parent_name for each in children} == {"x"}
    assert {each.inputs["metadata"]["namespace"] for each in children} == {"runners"}
    assert {each.name: each.kubernetes_name for each in children} == {
        name: kubernetes
        for name, kubernetes in {
            "x-scale-set": "app",
            "x-runner": "app-runner",
            "x-manager": "app-manager",
            "x-manager-binding": "app-manager",
            "x-hooks": "app-hooks",
            "x-hooks-binding": "app-hooks",
            "x-job": "app-job",
            "x-jobs": "app-jobs",
            "x-hook-template": "app-hook-template",
        }.items()
        if mode in HOOKS or not name.startswith(("x-hook", "x-job"))
    }


def test_the_scale_set_carries_the_version_without_which_the_controller_deletes_it() -> None:
    monitor = scale_set("none", min_runners=2, max_runners=4, runner_group="builds", url="https://github.com/contoso/")
    registration = monitor.only(RUNNER_SET)
    metadata = registration.inputs["metadata"]
    assert metadata["labels"]["app.kubernetes.io/version"] == "0.14.2"
    assert "annotations" not in metadata
    assert "finalizers" not in metadata
    values = spec(registration)
    assert values.pop("template")["spec"]["containers"][0]["name"] == "runner"
    assert values.pop("listenerTemplate")["spec"]["containers"][0]["name"] == "listener"
    assert values == {
        "githubConfigUrl": "https://github.com/contoso",
        "githubConfigSecret": "github",
        "runnerScaleSetName": "app",
        "runnerGroup": "builds",
        "minRunners": 2,
        "maxRunners": 4,
    }


def test_labels_are_sorted_and_single_since_another_order_would_replace_the_set() -> None:
    monitor = scale_set("none", labels=["b", "a", "b"])
    assert spec(monitor.only(RUNNER_SET))["runnerScaleSetLabels"] == ["a", "b"]


def test_what_github_takes_only_once_replaces_the_set_and_the_old_one_goes_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    replaced_on: dict[str, list[str]] = {}
    register: Callable[[RecordingMonitor, Any], Any] = RecordingMonitor.RegisterResource

    def spy(self: RecordingMonitor, request: Any) -> Any:
        replaced_on[request.name] = list(request.replaceOnChanges)
        return register(self, request)

    monkeypatch.setattr(RecordingMonitor, "RegisterResource", spy)
    registration = scale_set("none").only(RUNNER_SET)
    assert replaced_on["x-scale-set"] == ["spec.githubConfigUrl", "spec.runnerScaleSetLabels"]
    assert registration.delete_before_replace
    assert registration.ignore_changes == ()


@pytest.mark.parametrize("mode", MODES)
def test_the_set_is_deleted_before_all_that_its_deletion_needs(mode: RunnerMode) -> None:
    monitor = scale_set(mode)
    others = {each.urn for each in monitor.registrations if each.custom and each.type != RUNNER_SET}
    assert others <= set(monitor.only(RUNNER_SET).dependencies)


def test_the_set_is_deleted_before_the_credentials() -> None:
    def program() -> None:
        credentials = GitHubCredentials(
            "c",
            GitHubCredentialsArgs(
                stack="prod", namespace="runners", secret="github", credentials=TokenCredentials(token="t")
            ),
        )
        RunnerScaleSet("x", arguments("none", credentials_secret=credentials.secret_name))

    monitor = deploy(program)
    assert monitor.only(SECRET_TYPE).urn in monitor.only(RUNNER_SET).dependencies
    assert spec(monitor.only(RUNNER_SET))["githubConfigSecret"] == "github"


def test_deleting_waits_for_running_jobs() -> None:
    assert scale_set("none", job_timeout_minutes=90).only(RUNNER_SET).custom_timeouts == ("", "", "105m")


def test_the_controller_gets_the_published_rights_and_no_others() -> None:
    monitor = scale_set("none")
    rbac = "rbac.authorization.k8s.io"
    assert monitor.named("x-manager").inputs["rules"] == [
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["create", "delete", "get"]},
        {"apiGroups": [""], "resources": ["pods/status"], "verbs": ["get"]},
        {
            "apiGroups": [""],
            "resources": ["secrets"],
            "verbs": ["create", "delete", "get", "list", "patch", "update"],
        },
        {
            "apiGroups": [""],
            "resources": ["serviceaccounts"],
            "verbs": ["create", "delete", "get", "list", "patch", "update"],
        },
        {
            "apiGroups": [rbac],
            "resources": ["rolebindings"],
            "verbs": ["create", "delete", "get", "patch", "update"],
        },
        {"apiGroups": [rbac], "resources": ["roles"], "verbs": ["create", "delete", "get", "patch", "update"]},
    ]
    binding = monitor.named("x-manager-binding").inputs
    assert binding["roleRef"] == {"apiGroup": rbac, "kind": "Role", "name": "app-manager"}
    assert binding["subjects"] == [
        {"kind": "ServiceAccount", "name": "arc-gha-rs-controller", "namespace": "arc-systems"}
    ]


@pytest.mark.parametrize("mode", list(HOOKS))
def test_a_runner_with_hooks_gets_the_rights_that_its_hooks_check_and_no_others(mode: RunnerMode) -> None:
    monitor = scale_set(mode)
    manage = ["create", "delete", "get", "list"]
    expected: list[dict[str, Any]] = [
        {"apiGroups": [""], "resources": ["pods"], "verbs": manage},
        {"apiGroups": [""], "resources": ["pods/exec"], "verbs": ["create", "get"]},
        {"apiGroups": [""], "resources": ["pods/log"], "verbs": ["get", "list", "watch"]},
        {"apiGroups": [""], "resources": ["secrets"], "verbs": manage},
    ]
    if mode == "kubernetes":
        expected.append({"apiGroups": ["batch"], "resources": ["jobs"], "verbs": manage})
    assert monitor.named("x-hooks").inputs["rules"] == expected
    assert monitor.named("x-hooks-binding").inputs["subjects"] == [
        {"kind": "ServiceAccount", "name": "app-runner", "namespace": "runners"}
    ]


@pytest.mark.parametrize("mode", MODES)
def test_no_account_hands_out_a_token_unasked(mode: RunnerMode) -> None:
    accounts = scale_set(mode).of_type(ACCOUNT)
    assert accounts
    assert all(each.inputs["automountServiceAccountToken"] is False for each in accounts)


def test_job_pods_pull_with_the_secrets_of_their_account() -> None:
    monitor = scale_set("kubernetes", pull_secret_names=["b", "a"])
    assert monitor.named("x-job").inputs["imagePullSecrets"] == [{"name": "a"}, {"name": "b"}]


@pytest.mark.parametrize("mode", list(HOOKS))
def test_the_pod_names_the_objects_that_are_made(mode: RunnerMode) -> None:
    monitor = scale_set(mode)
    pod = spec(monitor.only(RUNNER_SET))["template"]["spec"]
    assert pod["serviceAccountName"] == monitor.named("x-runner").kubernetes_name
    [volume] = [each for each in pod["volumes"] if each["name"] == "hook-template"]
    config_map = monitor.only(CONFIG_MAP)
    assert volume["configMap"]["name"] == config_map.kubernetes_name
    assert list(config_map.inputs["data"]) == ["template.json"]
    [path] = [
        each["value"]
        for each in pod["containers"][0]["env"]
        if each["name"] == "ACTIONS_RUNNER_CONTAINER_HOOK_TEMPLATE"
    ]
    assert path.endswith("/template.json")
    assert (
        f'"serviceAccountName": "{monitor.named("x-job").kubernetes_name}"'
        in config_map.inputs["data"]["template.json"]
    )


def test_a_scale_set_tells_its_inputs_and_outputs() -> None:
    monitor = scale_set("cached-privileged-kubernetes", caches=["/var/lib/docker"], max_runners=1)
    inputs = monitor.only(SCALE_SET).inputs
    assert inputs["mode"] == "cached-privileged-kubernetes"
    assert inputs["caches"] == ["/var/lib/docker"]
    assert inputs["nodePool"] == "lin"
    assert monitor.outputs_of("x") == {"scaleSet": "app", "serviceAccount": "app-runner"}


def test_a_preview_works_while_names_are_not_known_yet() -> None:
    unknown = pulumi.Output.from_input(pulumi.output.UNKNOWN)
    monitor = deploy(lambda: RunnerScaleSet("x", arguments("kubernetes", namespace=unknown)), preview=True)
    assert monitor.only(RUNNER_SET).inputs["metadata"]["namespace"] == UNKNOWN
    assert monitor.only(RUNNER_SET).kubernetes_name == "app"


# Runner sets.


def test_one_instance_is_one_scale_set_of_its_own_name() -> None:
    monitor = deploy(lambda: RunnerSet("r", set_arguments()))
    values = spec(monitor.only(RUNNER_SET))
    assert (values["runnerScaleSetName"], values["minRunners"], values["maxRunners"]) == ("app", 0, 10)
    assert "runnerScaleSetLabels" not in values
    assert [each.name for each in monitor.of_type(SCALE_SET)] == ["r-set"]
    assert monitor.named("r-set").parent_name == "r"
    assert monitor.outputs_of("r") == {"scaleSetNames": ["app"], "runsOn": "app"}


def test_instances_are_numbered_sets_of_one_runner_that_share_their_labels() -> None:
    monitor = deploy(lambda: RunnerSet("r", set_arguments(instances=3, labels=["gpu"])))
    sets = [spec(each) for each in monitor.of_type(RUNNER_SET)]
    assert [each["runnerScaleSetName"] for each in sets] == ["app-1", "app-2", "app-3"]
    assert {(each["minRunners"], each["maxRunners"]) for each in sets} == {(1, 1)}
    assert [each["runnerScaleSetLabels"] for each in sets] == [["app", "gpu"]] * 3
    assert [each.name for each in monitor.of_type(SCALE_SET)] == ["r-1", "r-2", "r-3"]
    assert {each.parent_name for each in monitor.of_type(SCALE_SET)} == {"r"}
    assert monitor.outputs_of("r") == {"scaleSetNames": ["app-1", "app-2", "app-3"], "runsOn": "app"}


def test_no_two_instances_share_a_cache_and_no_two_stacks_either() -> None:
    folders: list[str] = []
    for stack in ("prod", "dev"):
        args = set_arguments(
            "cached-privileged-kubernetes", stack=stack, instances=3, caches=["/var/lib/docker", "/home/dev/cache"]
        )
        monitor = deploy(lambda args=args: RunnerSet("r", args))  # type: ignore[misc]  # the default binds the loop's value
        for config_map in monitor.of_type(CONFIG_MAP):
            folders += [
                each
                for each in strings_in(json.loads(config_map.inputs["data"]["template.json"]))
                if each.startswith("/var/lib/buildfleet/caches/")
            ]
    assert len(folders) == 2 * 3 * 2
    assert len(set(folders)) == len(folders)


@pytest.mark.parametrize(
    "changes",
    [
        {"mode": "cached-privileged-kubernetes", "caches": ["/var/lib/docker"]},
        {"mode": "dind", "storage": HostPath(path="/mnt/docker")},
        {"mode": "dind", "storage": ExistingClaim(claim_name="data")},
    ],
)
def test_a_set_whose_data_has_room_for_one_defaults_to_one_runner(changes: dict[str, Any]) -> None:
    [args] = scale_set_args(set_arguments(**changes))
    assert args.max_runners == 1


# Refusals: what, value, allowed, fix.


@pytest.mark.parametrize(
    ("mode", "changes", "message"),
    [
        (
            "none",
            {"scale_set": "a" * 46},
            f"the scale set name '{'a' * 46}' has 46 characters, at most 45 are allowed: shorten it by 1; "
            "sets with instances add '-1' to '-N' to their name",
        ),
        (
            "none",
            {"scale_set": "my_app"},
            "the scale set name 'my_app' is not allowed: use lower-case letters, digits and hyphens, "
            "and start and end with a letter or digit",
        ),
        (
            "none",
            {"min_runners": 3, "max_runners": 2},
            "scale set 'app': 3 to 2 runners are not possible: "
            "allowed is 0 <= min_runners <= max_runners, and max_runners of at least 1",
        ),
        (
            "none",
            {"job_timeout_minutes": 0},
            "scale set 'app': a job_timeout_minutes of 0 is not allowed: set it to 1 or more",
        ),
        (
            "windows-host-engine",
            {"node_pool": LINUX},
            "scale set 'app': mode 'windows-host-engine' needs a windows pool, but node pool 'lin' is linux: "
            "choose another pool or mode",
        ),
        (
            "dind",
            {"node_pool": WINDOWS},
            "scale set 'app': mode 'dind' needs a linux pool, but node pool 'win22' is windows: "
            "choose another pool or mode",
        ),
        (
            "kubernetes",
            {"caches": ["/var/lib/docker"], "max_runners": 1},
            "scale set 'app': caches has no effect in mode 'kubernetes', only in 'cached-privileged-kubernetes': "
            "remove it or change the mode",
        ),
        (
            "cached-privileged-kubernetes",
            {"caches": ["/var/lib/docker"], "max_runners": 2},
            "scale set 'app': caches can serve one runner at a time, but max_runners is 2: "
            "set max_runners to 1, and use instances for more runners",
        ),
        (
            "dind",
            {"storage": HostPath(path="/mnt/docker"), "max_runners": 2},
            "scale set 'app': storage of kind HostPath can serve one runner at a time, but max_runners is 2: "
            "set max_runners to 1, and use instances for more runners",
        ),
        (
            "none",
            {"labels": ["a,b"]},
            "scale set 'app': the label 'a,b' is not allowed: use 1 to 255 characters without commas and "
            "surrounding spaces",
        ),
    ],
)
def test_arguments_that_cannot_work_are_refused_in_the_caller_s_terms(
    mode: RunnerMode, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=r".") as refusal:
        scale_set(mode, **changes)
    assert str(refusal.value) == message


@pytest.mark.parametrize("mode", ["dind", "cached-privileged-kubernetes", "windows-host-engine"])
def test_modes_that_make_jobs_root_are_refused_on_pools_for_untrusted_work(mode: RunnerMode) -> None:
    pool = WINDOWS if mode == "windows-host-engine" else LINUX
    untrusted = NodePool(**(vars(pool) | {"trust": "untrusted"}))
    with pytest.raises(ValueError, match=r"makes jobs root on their node, but node pool .* takes untrusted work"):
        scale_set(mode, node_pool=untrusted)


def test_modes_without_privileges_run_on_pools_for_untrusted_work() -> None:
    untrusted = NodePool(**(vars(LINUX) | {"trust": "untrusted"}))
    assert scale_set("kubernetes", node_pool=untrusted).of_type(RUNNER_SET)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"instances": 2, "max_runners": 3}, "with 2 instances each has exactly one runner"),
        ({"instances": 0}, "has 0 instances, at least 1 is allowed"),
        (
            {"mode": "dind", "instances": 2, "storage": ExistingClaim(claim_name="data")},
            "the claim 'data' cannot serve 2 instances",
        ),
    ],
)
def test_instances_that_contradict_other_settings_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        scale_set_args(set_arguments(**changes))


def test_the_names_of_instances_count_for_the_limit() -> None:
    assert scale_set_names("a" * 43, 9)[-1] == "a" * 43 + "-9"
    with pytest.raises(ValueError, match="at most 45"):
        scale_set_names("a" * 43, 10)


@pytest.mark.parametrize("name", ["a", "a-1", "0a", "a" * 45])
def test_names_that_kubernetes_takes_are_taken(name: str) -> None:
    check_scale_set_name(name)


@pytest.mark.parametrize(
    ("caches", "message"),
    [
        (["var/lib"], "give an absolute path"),
        (["/var/../etc"], "give an absolute path"),
        (["/var/"], "give an absolute path"),
        (["//var"], "give an absolute path"),
        (["/"], "'/' is needed"),
        (["/__w/x"], "'/__w' is needed"),
        (["/github"], "'/github' is needed"),
        (["/dev/shm"], "'/dev' is needed"),
        (["/a", "/a"], "the same as or inside '/a'"),
        (["/a/b", "/a-b", "/a"], "the cache '/a/b' is the same as or inside '/a'"),
    ],
)
def test_caches_that_cannot_be_mounted_are_refused(caches: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_caches(caches)


def test_paths_that_look_alike_have_folders_of_their_own() -> None:
    assert slug("/a/b") != slug("/a-b")
    assert slug("/A") != slug("/a")


def test_a_cache_never_leaves_the_folder_of_caches() -> None:
    with pytest.raises(ValueError, match="cannot be part of a path"):
        cache_directory(stack="../../etc", scale_set="app", path="/a")


# Credentials.


def credentials(kind: AppCredentials | TokenCredentials) -> RecordingMonitor:
    args = GitHubCredentialsArgs(stack="prod", namespace="runners", secret="github", credentials=kind)
    return deploy(lambda: GitHubCredentials("c", args))


@pytest.mark.parametrize("marked", [True, False])
def test_values_of_credentials_are_secret_and_stand_in_the_secret_alone(marked: bool) -> None:
    def program() -> None:
        key: pulumi.Input[str] = pulumi.Output.secret("hunter2") if marked else "hunter2"
        GitHubCredentials(
            "c",
            GitHubCredentialsArgs(
                stack="prod",
                namespace="runners",
                secret="github",
                credentials=AppCredentials(client_id="Iv1.x", installation_id=7, private_key=key),
            ),
        )

    monitor = deploy(program)
    assert not [each for each in monitor.registrations if "hunter2" in strings_in(each.inputs)]
    assert "hunter2" not in strings_in(monitor.outputs)
    assert monitor.named("c").inputs == {
        "stack": "prod",
        "namespace": "runners",
        "secret": "github",
        "kind": "app",
    }


def test_the_secret_has_the_name_that_scale_sets_ask_for() -> None:
    monitor = credentials(TokenCredentials(token="t"))
    secret = monitor.only(SECRET_TYPE)
    assert (secret.parent_name, secret.kubernetes_name) == ("c", "github")
    assert secret.inputs["stringData"] == SECRET
    assert monitor.outputs_of("c") == {"secretName": "github"}


@pytest.mark.parametrize(
    ("kind", "keys"),
    [
        (TokenCredentials(token="t"), ["github_token"]),
        (
            AppCredentials(client_id="Iv1.x", installation_id=7, private_key="k"),
            ["github_app_id", "github_app_installation_id", "github_app_private_key"],
        ),
    ],
)
def test_the_secret_has_the_keys_that_the_controller_reads(
    kind: AppCredentials | TokenCredentials, keys: list[str]
) -> None:
    entries = secret_entries(kind)
    assert sorted(entries) == keys
    assert entries.get("github_app_installation_id", "7") == "7"
    # Marked here, and not only by the type Secret, whose SDK class happens to know it.
    public = {"github_app_id", "github_app_installation_id"}
    assert {key for key, value in entries.items() if isinstance(value, pulumi.Output)} == set(keys) - public
