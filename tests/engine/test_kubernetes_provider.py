"""The stand-in Kubernetes provider, driven by the real engine against the real API server."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.control_plane import Api, Binaries, ControlPlane
from sandbox.nodes import SimulatedPool, simulate
from sandbox.plugins.install import Installed, InstallError
from tests.engine.pulumi_cli import Project, interrupt, make_installed

pytestmark = pytest.mark.engine

HEAD = """\
import json
import pulumi
import pulumi_kubernetes as k8s

def name(text):
    return {"name": text, "namespace": NAMESPACE}

def pod(**more):
    return {"containers": [{"name": "main", "image": "registry.example.com/none:1"}], **more}

def deployment(spec, timeout="60s", **options):
    times = pulumi.CustomTimeouts(create=timeout, update=timeout, delete="60s")
    labels = {"app": "web"}
    template = {"metadata": {"labels": labels}, "spec": spec}
    shape = {"replicas": 1, "selector": {"match_labels": labels}, "template": template}
    opts = pulumi.ResourceOptions(custom_timeouts=times, **options)
    return k8s.apps.v1.Deployment("web", metadata=name("web"), spec=shape, opts=opts)

"""

EVERYTHING = """
k8s.core.v1.Namespace("ns", metadata={"name": NAMESPACE + "-own", "labels": {}})
k8s.core.v1.ConfigMap("config", metadata=name("config"), data={"a": "1"}, immutable=False)
k8s.core.v1.Secret("secret", metadata=name("secret"), string_data={"password": "correct horse"}, type="Opaque")
k8s.core.v1.ServiceAccount("account", metadata=name("account"), automount_service_account_token=False)
k8s.rbac.v1.Role("role", metadata=name("role"), rules=[{"api_groups": [""], "resources": ["pods"], "verbs": ["get"]}])
k8s.rbac.v1.RoleBinding(
    "binding",
    metadata=name("binding"),
    role_ref={"api_group": "rbac.authorization.k8s.io", "kind": "Role", "name": "role"},
    subjects=[{"kind": "ServiceAccount", "name": "account", "namespace": NAMESPACE}],
)
k8s.core.v1.Service(
    "service", metadata=name("service"), spec={"selector": {"app": "x"}, "ports": [{"port": 80, "name": "http"}]}
)
k8s.networking.v1.NetworkPolicy(
    "policy", metadata=name("policy"), spec={"pod_selector": {}, "policy_types": ["Ingress"], "ingress": []}
)
k8s.policy.v1.PodDisruptionBudget(
    "budget", metadata=name("budget"), spec={"min_available": "50%", "selector": {"match_labels": {"app": "x"}}}
)
k8s.apps.v1.DaemonSet(
    "agents",
    metadata=name("agents"),
    spec={
        "selector": {"match_labels": {"app": "x"}},
        "template": {
            "metadata": {"labels": {"app": "x"}, "annotations": {}},
            "spec": {
                "node_selector": {"none": "such"},
                "host_network": False,
                "tolerations": [],
                "volumes": [{"name": "scratch", "empty_dir": {"size_limit": "0.5Gi"}}],
                "containers": [
                    {
                        "name": "main",
                        "image": "registry.example.com/none:1",
                        "env": [{"name": "EMPTY", "value": ""}, {"name": "SET", "value": "1"}],
                        "resources": {"limits": {"cpu": "1000m", "memory": "1024Mi"}, "requests": {"cpu": "0.5"}},
                        "security_context": {"privileged": False, "allow_privilege_escalation": False},
                        "volume_mounts": [{"name": "scratch", "mount_path": "/scratch", "read_only": False}],
                    }
                ],
            },
        },
    },
)
"""
CUSTOM = """
definition = k8s.apiextensions.v1.CustomResourceDefinition(
    "definition",
    metadata={"name": f"things.{NAMESPACE}.example.com"},
    spec={
        "group": f"{NAMESPACE}.example.com",
        "scope": "Namespaced",
        "names": {"plural": "things", "kind": "Thing"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {
                    "open_apiv3_schema": {
                        "type": "object",
                        "properties": {
                            "spec": {"type": "object", "x_kubernetes_preserve_unknown_fields": True},
                        },
                    }
                },
            }
        ],
    },
)
k8s.apiextensions.CustomResource(
    "thing",
    api_version=f"{NAMESPACE}.example.com/v1",
    kind="Thing",
    metadata=name("thing"),
    spec={"limits": {"cpu": "1000m"}, "camelCase": True, "snake_case": 1, "none": None},
    opts=pulumi.ResourceOptions(depends_on=[definition]),
)
"""
CONFIG_MAP = 'k8s.core.v1.ConfigMap("config", metadata=name("config"), data={"a": "1"})\n'


class Trial:
    """One program with a namespace of its own."""

    def __init__(self, project: Project, api: Api, namespace: str) -> None:
        self.project = project
        self.api = api
        self.namespace = namespace

    def write(self, program: str) -> None:
        self.project.write(f"NAMESPACE = {self.namespace!r}\n{HEAD}{program}")

    def path(self, plural: str, name: str = "", group: str = "api/v1") -> str:
        return f"/{group}/namespaces/{self.namespace}/{plural}" + (f"/{name}" if name else "")

    def find(self, plural: str, name: str, group: str = "api/v1") -> dict[str, Any] | None:
        return self.api.find(self.path(plural, name, group))

    def get(self, plural: str, name: str, group: str = "api/v1") -> dict[str, Any]:
        return self.api.get(self.path(plural, name, group))


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory, binaries: Binaries) -> Iterator[ControlPlane]:
    made = ControlPlane(tmp_path_factory.mktemp("plane"), binaries, context="trial")
    made.start()
    simulate(made.kubeconfig, [SimulatedPool(name="lin", os="linux", count=1, vm_size="Standard_D4ds_v5")])
    yield made
    made.stop(erase=True)


@pytest.fixture(scope="module")
def api(plane: ControlPlane) -> Iterator[Api]:
    with Api(plane.kubeconfig) as made:
        yield made


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def installed(home: Path) -> Installed:
    return make_installed(home, {"BUILDFLEET_KUBERNETES_PROVIDER": "stand-in"})


Make = Callable[[Installed, Path], Trial]


@pytest.fixture
def make(tmp_path: Path, plane: ControlPlane, api: Api, request: pytest.FixtureRequest) -> Iterator[Make]:
    """Makes a trial for given plugins; what it leaves behind is removed."""
    namespaces: list[str] = []

    def make_trial(installed: Installed, home: Path) -> Trial:
        namespace = f"t{abs(hash(request.node.name)) % 10**8}-{len(namespaces)}"
        namespaces.append(namespace)
        api.create("/api/v1/namespaces", {"metadata": {"name": namespace}})
        project = Project(tmp_path / namespace, installed, home, {"KUBECONFIG": str(plane.kubeconfig)})
        return Trial(project, api, namespace)

    yield make_trial
    for namespace in namespaces:
        api.delete(f"/api/v1/namespaces/{namespace}")


@pytest.fixture
def trial(make: Make, installed: Installed, home: Path) -> Trial:
    return make(installed, home)


def test_objects_of_all_sorts_live_through_up_refresh_preview_and_destroy(trial: Trial) -> None:
    trial.write(EVERYTHING)
    assert trial.project.up().counts == {"created": 11}
    assert trial.get("configmaps", "config")["data"] == {"a": "1"}
    again = trial.project.up()
    assert again.counts == {"unchanged": 11}
    refreshed = trial.project.refresh()
    assert refreshed.code == 0, refreshed.output
    assert trial.project.up("--refresh").counts == {"unchanged": 11}
    previewed = trial.project.preview("--expect-no-changes")
    assert previewed.code == 0, previewed.output
    trial.project.destroy()
    assert trial.find("configmaps", "config") is None
    assert trial.find("daemonsets", "agents", "apis/apps/v1") is None
    assert trial.api.find(f"/api/v1/namespaces/{trial.namespace}-own") is None
    assert trial.project.state() == {}


def test_a_custom_resource_comes_after_its_definition_and_keeps_what_was_given(trial: Trial) -> None:
    trial.write(CUSTOM)
    assert trial.project.preview().counts == {"to create": 3}
    assert trial.project.up().counts == {"created": 3}
    thing = trial.get("things", "thing", f"apis/{trial.namespace}.example.com/v1")
    assert thing["spec"] == {"limits": {"cpu": "1000m"}, "camelCase": True, "snake_case": 1, "none": None}
    refreshed = trial.project.refresh()
    assert refreshed.code == 0, refreshed.output
    assert trial.project.up("--refresh").counts == {"unchanged": 3}
    # Takes up to half a minute: so often the garbage collector, which ends deletions, looks for new kinds.
    trial.project.destroy()
    assert trial.api.find(f"/apis/{trial.namespace}.example.com/v1") is None


def test_a_change_is_made_in_place_and_a_field_that_is_left_out_goes(trial: Trial) -> None:
    role = (
        'k8s.rbac.v1.Role("role", metadata={**name("role"), "labels": %s},'
        ' rules=[{"api_groups": [""], "resources": ["pods"], "verbs": %s}])\n'
    )
    trial.write(role % ({"one": "1", "two": "2"}, ["get"]))
    trial.project.up()
    uid = trial.get("roles", "role", "apis/rbac.authorization.k8s.io/v1")["metadata"]["uid"]
    trial.write(role % ({"one": "3"}, ["get", "list"]))
    previewed = trial.project.preview()
    assert previewed.counts == {"to update": 1, "unchanged": 1}
    assert trial.project.up().counts == {"updated": 1, "unchanged": 1}
    live = trial.get("roles", "role", "apis/rbac.authorization.k8s.io/v1")
    assert live["metadata"]["uid"] == uid
    assert live["metadata"]["labels"] == {"one": "3"}
    assert live["rules"][0]["verbs"] == ["get", "list"]


def test_a_new_name_makes_a_new_object_before_the_old_one_goes(trial: Trial) -> None:
    trial.write(CONFIG_MAP)
    trial.project.up()
    trial.write(CONFIG_MAP.replace('name("config")', 'name("renamed")'))
    assert trial.project.preview().counts == {"to replace": 1, "unchanged": 1}
    output = trial.project.up().output
    assert output.index("creating replacement") < output.index("deleting original")
    assert trial.find("configmaps", "config") is None
    assert trial.find("configmaps", "renamed") is not None


def test_a_field_that_cannot_be_changed_replaces_the_object_the_old_one_first(trial: Trial) -> None:
    program = (
        'k8s.apps.v1.DaemonSet("agents", metadata=name("agents"), spec={"selector": {"match_labels": %s}, '
        '"template": {"metadata": {"labels": %s}, "spec": pod(node_selector={"none": "such"})}})\n'
    )
    trial.write(program % ({"app": "a"}, {"app": "a"}))
    trial.project.up()
    trial.write(program % ({"app": "b"}, {"app": "b"}))
    previewed = trial.project.preview()
    assert previewed.code == 0, previewed.output
    assert previewed.counts == {"to replace": 1, "unchanged": 1}
    output = trial.project.up().output
    assert output.index("deleting original") < output.index("creating replacement")
    assert trial.get("daemonsets", "agents", "apis/apps/v1")["spec"]["selector"]["matchLabels"] == {"app": "b"}


def test_a_config_maps_data_replaces_it_and_its_labels_do_not(trial: Trial) -> None:
    trial.write(CONFIG_MAP)
    trial.project.up()
    trial.write(CONFIG_MAP.replace('"1"', '"2"'))
    assert trial.project.up().counts == {"replaced": 1, "unchanged": 1}
    trial.write(CONFIG_MAP.replace('"1"', '"2"').replace('name("config")', '{**name("config"), "labels": {"a": "b"}}'))
    assert trial.project.up().counts == {"updated": 1, "unchanged": 1}


def test_what_was_deleted_by_hand_is_made_again(trial: Trial) -> None:
    trial.write(CONFIG_MAP)
    trial.project.up()
    trial.api.delete(trial.path("configmaps", "config"))
    assert trial.project.refresh().code != 0
    trial.project.up("--refresh")
    assert trial.find("configmaps", "config") is not None


def test_what_was_changed_by_hand_is_shown_and_set_back_and_what_others_added_is_left(trial: Trial) -> None:
    trial.write('k8s.core.v1.ServiceAccount("a", metadata={**name("a"), "labels": {"ours": "1"}})\n')
    trial.project.up()
    body = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"labels": {"ours": "2", "theirs": "3"}}}
    trial.api.apply(trial.path("serviceaccounts", "a"), {**body, "metadata": {**body["metadata"], "name": "a"}})  # type: ignore[dict-item]  # a plain JSON object
    refreshed = trial.project.refresh()
    assert refreshed.code != 0
    assert "ours" in refreshed.output
    assert "theirs" not in refreshed.output
    assert trial.project.up("--refresh").counts == {"updated": 1, "unchanged": 1}
    assert trial.get("serviceaccounts", "a")["metadata"]["labels"] == {"ours": "1", "theirs": "3"}


@pytest.mark.parametrize(
    ("metadata", "data", "told"),
    [
        ('name("config")', '{"a": 1}', "field ConfigMap.data of type string"),
        ('{**name("config"), "finalizers": ["not a name"]}', '{"a": "1"}', "metadata.finalizers"),
        ('{**name("Not_A_Name")}', '{"a": "1"}', "metadata.name"),
    ],
)
def test_preview_shows_what_the_api_server_would_refuse_with_its_place(
    trial: Trial, metadata: str, data: str, told: str
) -> None:
    trial.write(f'k8s.core.v1.ConfigMap("config", metadata={metadata}, data={data})\n')
    outcome = trial.project.preview()
    assert outcome.code != 0
    assert told in outcome.output
    assert "the API server answers" in outcome.output


def test_preview_shows_an_unknown_field_and_creates_nothing(trial: Trial) -> None:
    trial.write(
        'k8s.apiextensions.CustomResource("x", api_version="apps/v1", kind="DaemonSet", metadata=name("x"), '
        'spec={"selector": {}, "template": {"spec": {**pod(), "tolerate": []}}})\n'
    )
    outcome = trial.project.preview()
    assert outcome.code != 0
    assert 'unknown field "spec.template.spec.tolerate"' in outcome.output
    assert trial.find("daemonsets", "x", "apis/apps/v1") is None


def test_preview_shows_what_pod_security_refuses(trial: Trial) -> None:
    labels = {"pod-security.kubernetes.io/enforce": "baseline"}
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": trial.namespace, "labels": labels}}
    trial.api.apply(f"/api/v1/namespaces/{trial.namespace}", namespace)
    trial.write('k8s.core.v1.Pod("p", metadata=name("p"), spec=pod(host_network=True))\n')
    outcome = trial.project.preview()
    assert outcome.code != 0
    assert "403 Forbidden" in outcome.output
    assert "hostNetwork=true" in outcome.output
    assert trial.find("pods", "p") is None


def test_preview_shows_what_an_admission_policy_refuses(trial: Trial) -> None:
    policies = "/apis/admissionregistration.k8s.io/v1"
    match = {
        "resourceRules": [
            {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"], "resources": ["configmaps"]}
        ]
    }
    validations = [{"expression": "'owner' in object.data", "message": "data.owner must say whose it is"}]
    spec = {"matchConstraints": match, "validations": validations}
    scope = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": trial.namespace}}}
    binding = {"policyName": trial.namespace, "validationActions": ["Deny"], "matchResources": scope}
    try:
        trial.api.create(
            f"{policies}/validatingadmissionpolicies", {"metadata": {"name": trial.namespace}, "spec": spec}
        )
        trial.api.create(
            f"{policies}/validatingadmissionpolicybindings", {"metadata": {"name": trial.namespace}, "spec": binding}
        )
        trial.write(CONFIG_MAP)
        deadline = time.monotonic() + 30
        # The API server enforces a new policy only after some seconds.
        while (outcome := trial.project.preview()).code == 0:
            assert time.monotonic() < deadline
        assert "data.owner must say whose it is" in outcome.output
        assert "422 Invalid" in outcome.output
        assert trial.find("configmaps", "config") is None
    finally:
        trial.api.delete(f"{policies}/validatingadmissionpolicybindings/{trial.namespace}")
        trial.api.delete(f"{policies}/validatingadmissionpolicies/{trial.namespace}")


def test_an_object_that_is_there_already_is_refused_and_left_alone(trial: Trial) -> None:
    trial.api.create(trial.path("configmaps"), {"metadata": {"name": "config"}, "data": {"a": "theirs"}})
    trial.write(CONFIG_MAP)
    outcome = trial.project.try_up()
    assert outcome.code != 0
    assert "already exists in the cluster" in outcome.output
    assert "config" not in trial.project.state()
    assert trial.get("configmaps", "config")["data"] == {"a": "theirs"}


def test_an_import_takes_an_object_over_without_changing_it(trial: Trial) -> None:
    ports = [{"port": 80, "name": "http"}]
    trial.api.create(trial.path("services"), {"metadata": {"name": "s"}, "spec": {"ports": ports}})
    before = trial.get("services", "s")
    trial.write(
        'k8s.core.v1.Service("s", metadata=name("s"), spec={"ports": [{"port": 80, "name": "http"}]}, '
        'opts=pulumi.ResourceOptions(import_=NAMESPACE + "/s"))\n'
    )
    assert trial.project.up().counts == {"created": 1, "imported": 1}
    assert trial.get("services", "s") == before
    assert trial.project.up().counts == {"unchanged": 2}
    assert trial.project.refresh().code == 0
    trial.write('k8s.core.v1.Service("s", metadata=name("s"), spec={"ports": [{"port": 81, "name": "http"}]})\n')
    assert trial.project.preview().counts == {"to update": 1, "unchanged": 1}
    assert trial.project.up().counts == {"updated": 1, "unchanged": 1}
    assert [port["port"] for port in trial.get("services", "s")["spec"]["ports"]] == [81]


def test_secrets_are_encrypted_in_the_state_and_absent_from_every_output(trial: Trial) -> None:
    text = "correct horse battery staple"
    trial.project.run("config", "set", "--secret", "password", text)
    trial.write(
        """
password = pulumi.Config().require_secret("password")
k8s.core.v1.Secret("plain", metadata=name("plain"), string_data={"password": "correct horse battery staple"})
k8s.core.v1.Secret("marked", metadata=name("marked"), string_data={"password": password})
k8s.core.v1.ConfigMap("map", metadata=name("map"), data={"open": "an open value", "hidden": password})
"""
    )
    outputs = [trial.project.preview().output, trial.project.up("--diff").output, trial.project.up("--refresh").output]
    state = str(trial.project.state())
    encoded = base64.b64encode(text.encode()).decode()
    for shown in (*outputs, state):
        assert text not in shown
        assert encoded not in shown
    assert "an open value" in state
    assert trial.get("secrets", "plain")["data"]["password"] == encoded
    assert trial.get("configmaps", "map")["data"]["hidden"] == text


def test_a_refused_secret_is_not_quoted(trial: Trial) -> None:
    trial.write('k8s.core.v1.Secret("s", metadata=name("s"), data={"password": "not/base64/$$$$"})\n')
    for outcome in (trial.project.preview(), trial.project.try_up()):
        assert outcome.code != 0
        assert "the API server answers" in outcome.output
        assert "not/base64" not in outcome.output


def test_a_wait_in_vain_says_for_what_and_keeps_the_object_and_the_next_up_heals_it(trial: Trial) -> None:
    trial.write('deployment(pod(node_selector={"none": "such"}), timeout="3s")\n')
    failed = trial.project.try_up()
    assert failed.code != 0
    assert "not within 3 s: 0 of 1 replicas are available" in failed.output
    assert "didn't match Pod's node affinity/selector" in failed.output
    assert trial.project.state()["web"]["id"] == f"{trial.namespace}/web"
    assert trial.project.state()["web"]["initErrors"]
    trial.write("deployment(pod())\n")
    assert trial.project.up().counts == {"updated": 1, "unchanged": 1}
    assert not trial.project.state()["web"].get("initErrors")
    assert trial.get("deployments", "web", "apis/apps/v1")["status"]["availableReplicas"] == 1


def test_an_unready_object_is_waited_for_again_though_nothing_changed(trial: Trial) -> None:
    trial.write('deployment(pod(node_selector={"late": "label"}), timeout="2s")\n')
    assert trial.project.try_up().code != 0
    refreshed = trial.project.run("refresh", "--yes", "--skip-preview")
    assert "replicas are available" in refreshed.output, refreshed.output
    node = trial.api.get("/api/v1/nodes")["items"][0]["metadata"]["name"]
    labelled = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": node, "labels": {"late": "label"}}}
    trial.api.apply(f"/api/v1/nodes/{node}", labelled)
    trial.write('deployment(pod(node_selector={"late": "label"}), timeout="60s")\n')
    trial.project.up()
    assert not trial.project.state()["web"].get("initErrors")


def test_skip_await_does_not_wait(trial: Trial) -> None:
    trial.write(
        'k8s.core.v1.Pod("p", metadata={**name("p"), "annotations": {"pulumi.com/skipAwait": "true"}}, '
        'spec=pod(node_selector={"none": "such"}))\n'
    )
    start = time.monotonic()
    trial.project.up()
    assert time.monotonic() - start < 20


def test_a_job_that_fails_fails_the_update_without_waiting_for_the_time_to_pass(trial: Trial) -> None:
    trial.write(
        'k8s.batch.v1.Job("j", metadata=name("j"), spec={"active_deadline_seconds": 1, "backoff_limit": 0, '
        '"template": {"spec": pod(restart_policy="Never", node_selector={"none": "such"})}})\n'
    )
    outcome = trial.project.try_up()
    assert outcome.code != 0
    assert "the job has failed: DeadlineExceeded" in outcome.output


def test_a_job_that_has_failed_is_made_again_by_the_next_update_where_it_asks_for_it(trial: Trial) -> None:
    program = (
        'k8s.batch.v1.Job("j", metadata={{**name("j"), "annotations": {{"pulumi.com/replaceUnready": "true"}}}}, '
        'spec={{"active_deadline_seconds": {seconds}, "backoff_limit": 0, '
        '"template": {{"spec": pod(restart_policy="Never", node_selector={{"late": "again"}})}}}})\n'
    )
    trial.write(program.format(seconds=1))
    assert trial.project.try_up().code != 0
    failed = trial.get("jobs", "j", "apis/batch/v1")["metadata"]["uid"]
    again = trial.project.try_up()
    assert "the job has failed: DeadlineExceeded" in again.output
    second = trial.get("jobs", "j", "apis/batch/v1")["metadata"]["uid"]
    assert second != failed, "nothing changed in the program, and it was tried again"
    node = trial.api.get("/api/v1/nodes")["items"][0]["metadata"]["name"]
    labelled = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": node, "labels": {"late": "again"}}}
    trial.api.apply(f"/api/v1/nodes/{node}", labelled)
    trial.write(program.format(seconds=120))
    trial.project.up()
    passed = trial.get("jobs", "j", "apis/batch/v1")["metadata"]["uid"]
    assert passed != second
    assert trial.project.up().counts == {"unchanged": 2}, "one that has passed is left alone"


def test_a_foreign_finalizer_is_named_and_the_wait_for_it_is_bounded(trial: Trial) -> None:
    times = "opts=pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(delete='7s'))"
    trial.write(
        f'k8s.core.v1.ConfigMap("config", metadata={{**name("config"), "finalizers": ["example.com/mine"]}}, {times})\n'
    )
    trial.project.up()
    outcome = trial.project.run("destroy", "--yes", "--skip-preview")
    assert outcome.code != 0
    assert "still waiting after" in outcome.output
    assert "example.com/mine" in outcome.output
    assert "config" in trial.project.state()
    live = trial.get("configmaps", "config")
    del live["metadata"]["finalizers"]
    trial.api.request("PUT", trial.path("configmaps", "config"), body=live)
    trial.project.destroy()
    assert trial.project.state() == {}


def test_ctrl_c_during_a_wait_keeps_the_object_in_the_state(trial: Trial) -> None:
    trial.write('deployment(pod(node_selector={"none": "such"}), timeout="120s")\n')
    process = trial.project.start("up", "--yes", "--skip-preview")
    deadline = time.monotonic() + 60
    while trial.find("deployments", "web", "apis/apps/v1") is None:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    start = time.monotonic()
    outcome = interrupt(process)
    assert outcome.code != 0
    assert time.monotonic() - start < 20
    assert "the update was cancelled while waiting" in outcome.output
    assert trial.project.state()["web"]["id"] == f"{trial.namespace}/web"
    trial.project.destroy()
    assert trial.find("deployments", "web", "apis/apps/v1") is None


def test_after_a_kill_no_plugin_goes_on_and_the_next_up_says_what_is_in_the_way(trial: Trial) -> None:
    trial.write('deployment(pod(node_selector={"none": "such"}), timeout="120s")\n')
    process = trial.project.start("up", "--yes", "--skip-preview")
    deadline = time.monotonic() + 60
    while trial.find("deployments", "web", "apis/apps/v1") is None:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    process.kill()
    process.wait()
    while plugins_in(trial.project.folder):
        assert time.monotonic() < deadline, "a plugin has outlived its engine"
        time.sleep(0.05)
    trial.project.run("cancel", "--yes")
    outcome = trial.project.try_up()
    assert outcome.code != 0
    assert "already exists in the cluster" in outcome.output


def plugins_in(folder: Path) -> list[str]:
    """The processes of this user's plugins that work in a folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if (entry / "cwd").readlink() == folder and b"sandbox.plugins" in (entry / "cmdline").read_bytes():
                found.append(entry.name)
        except OSError:
            continue
    return found


def test_ignored_changes_are_left_to_others(trial: Trial) -> None:
    trial.write('deployment(pod(), ignore_changes=["spec.replicas"])\n')
    trial.project.up()
    scale = trial.get("deployments", "web", "apis/apps/v1")
    scale["spec"]["replicas"] = 2
    trial.api.request("PUT", trial.path("deployments", "web", "apis/apps/v1"), body=scale)
    trial.write('deployment(pod(hostname="other"), ignore_changes=["spec.replicas"])\n')
    assert trial.project.up().counts == {"updated": 1, "unchanged": 1}
    assert trial.get("deployments", "web", "apis/apps/v1")["spec"]["replicas"] == 2


def test_an_object_without_a_name_gets_one_that_stays(trial: Trial) -> None:
    program = 'c = k8s.core.v1.ConfigMap("c", metadata={"namespace": NAMESPACE, "labels": %s}, data=%s)\n'
    trial.write(program % ({}, {"a": "1"}))
    trial.project.up()
    first = trial.project.state()["c"]["id"]
    assert first.startswith(f"{trial.namespace}/c-")
    trial.write(program % ({"x": "y"}, {"a": "1"}))
    assert trial.project.up().counts == {"updated": 1, "unchanged": 1}
    assert trial.project.state()["c"]["id"] == first
    trial.write(program % ({"x": "y"}, {"a": "2"}))
    output = trial.project.up().output
    assert output.index("creating replacement") < output.index("deleting original")
    assert trial.project.state()["c"]["id"] != first


def test_values_that_come_from_other_objects_are_unknown_in_preview_and_right_in_up(trial: Trial) -> None:
    trial.write(
        CONFIG_MAP.replace("k8s.core", "c = k8s.core", 1)
        + 'k8s.core.v1.ConfigMap("d", metadata=name("d"), data={"uid": c.metadata.uid, "name": c.metadata.name})\n'
    )
    previewed = trial.project.preview()
    assert previewed.code == 0, previewed.output
    assert previewed.counts == {"to create": 3}
    trial.project.up()
    data = trial.get("configmaps", "d")["data"]
    assert data == {"uid": trial.get("configmaps", "config")["metadata"]["uid"], "name": "config"}


LATE_CLUSTER = """
import os

cluster = k8s.core.v1.ConfigMap("cluster", metadata=name(CLUSTER), data={})
kubeconfig = cluster.metadata.uid.apply(lambda uid: open(os.environ["KUBECONFIG"]).read())
late = pulumi.ResourceOptions(
    provider=k8s.Provider("late", kubeconfig=pulumi.Output.secret(kubeconfig), enable_secret_mutable=True)
)
inside = k8s.core.v1.ConfigMap("inside", metadata=name("inside"), data={"a": VALUE}, opts=late)
k8s.core.v1.Secret("of", metadata=name("of"), string_data={"uid": inside.metadata.uid, "b": VALUE}, opts=late)
k8s.helm.v3.Release("chart", name="chart", chart="oci://example.com/x", version=VALUE, namespace=NAMESPACE, opts=late)
"""
"""A cluster that the same program makes: its kubeconfig is known only when it is there."""


def test_what_is_in_a_cluster_that_is_not_made_yet_is_previewed_and_made(trial: Trial) -> None:
    head = 'CLUSTER, VALUE = "one", "1.0.0"\n'
    trial.write(head + LATE_CLUSTER)
    previewed = trial.project.preview()
    assert previewed.code == 0, previewed.output
    assert previewed.counts == {"to create": 6}
    assert trial.find("configmaps", "inside") is None
    assert trial.project.up().counts == {"created": 6}
    assert trial.get("configmaps", "inside")["data"] == {"a": "1.0.0"}
    assert trial.project.up("--refresh").counts == {"unchanged": 6}
    state = (trial.project.folder / "state" / ".pulumi" / "stacks" / "trial" / "test.json").read_text()
    assert "certificate-authority" not in state, "a kubeconfig stays secret"
    # A new cluster: what was in the old one cannot be compared, and that is no reason to fail.
    trial.write(head.replace("one", "two") + LATE_CLUSTER)
    previewed = trial.project.preview()
    assert previewed.code == 0, previewed.output
    trial.project.up()
    assert trial.get("configmaps", "inside")["data"] == {"a": "1.0.0"}
    trial.project.destroy()
    assert trial.find("configmaps", "inside") is None


@pytest.mark.parametrize(
    ("change", "counts"),
    [
        ('Provider("p"', {"unchanged": 3}),
        ('Provider("p", enable_secret_mutable=True', {"to update": 1, "unchanged": 2}),
        ('Provider("p", cluster_identifier="b"', {"to replace": 2, "unchanged": 1}),
    ],
)
def test_what_is_in_a_cluster_is_planned_anew_only_for_another_identifier(
    trial: Trial, change: str, counts: dict[str, int]
) -> None:
    program = (
        'here = pulumi.ResourceOptions(provider=k8s.Provider("p", cluster_identifier="a"))\n'
        'k8s.core.v1.ConfigMap("config", metadata=name("config"), data={}, opts=here)\n'
    )
    trial.write(program)
    trial.project.up()
    identifier = "" if "cluster_identifier" in change else ', cluster_identifier="a"'
    trial.write(program.replace('Provider("p", cluster_identifier="a"', change + identifier))
    previewed = trial.project.preview()
    assert previewed.code == 0, previewed.output
    assert previewed.counts == counts


RELEASE = """
k8s.helm.v3.Release(
    "keda",
    name="keda",
    chart="keda",
    version=VERSION,
    namespace=NAMESPACE + "-keda",
    create_namespace=True,
    repository_opts={"repo": "https://charts.example.com"},
    values={"replicas": 2, "token": pulumi.Output.secret("correct horse")},
)
"""


def test_a_helm_release_lives_through_preview_up_refresh_upgrade_and_destroy_without_its_chart(trial: Trial) -> None:
    def releases() -> list[str]:
        found = trial.api.get(f"/api/v1/namespaces/{trial.namespace}-keda/secrets", labelSelector="owner=helm")
        return [item["metadata"]["name"] for item in found["items"]]

    trial.write('VERSION = "2.19.0"\n' + RELEASE)
    previewed = trial.project.preview()
    assert previewed.code == 0, previewed.output
    made = trial.project.up()
    assert made.counts == {"created": 2}
    assert "nothing of the chart keda 2.19.0 runs here" in made.output
    assert releases() == ["sh.helm.release.v1.keda.v1"]
    refreshed = trial.project.refresh()
    assert refreshed.code == 0, refreshed.output
    assert trial.project.up().counts == {"unchanged": 2}
    state = trial.project.state()["keda"]
    assert (state["outputs"]["status"]["revision"], state["outputs"]["resourceNames"]) == (1, {})
    assert "correct horse" not in str(state)
    trial.write('VERSION = "2.20.0"\n' + RELEASE)
    assert trial.project.up().counts == {"updated": 1, "unchanged": 1}
    assert releases() == ["sh.helm.release.v1.keda.v2"]
    trial.project.destroy()
    assert releases() == []
    trial.api.delete(f"/api/v1/namespaces/{trial.namespace}-keda")


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ('k8s.Provider("p", context="nowhere")', "no context nowhere; it has: trial."),
        ('k8s.Provider("p", kubeconfig="/no/such/file")', "names /no/such/file, which is not a file."),
        ('k8s.helm.v3.Release("r", chart="x")', "'x' is no address and no folder here"),
        ('k8s.helm.v4.Chart("r", chart="x")', "is not offered by the stand-in"),
        ('k8s.core.v1.ConfigMapPatch("r", metadata=name("x"))', "ConfigMapPatch is not offered"),
        ('k8s.core.v1.ConfigMapList("r", items=[])', "Make a resource of each item"),
        ('k8s.yaml.v2.ConfigGroup("g", yaml="a: b")', "is not offered by the stand-in"),
    ],
)
def test_what_is_not_offered_is_refused_with_a_sentence(trial: Trial, program: str, told: str) -> None:
    if program.startswith("k8s.Provider"):
        program = CONFIG_MAP.replace(", data=", f", opts=pulumi.ResourceOptions(provider={program}), data=")
    trial.write(program + "\n")
    outcome = trial.project.preview()
    assert outcome.code != 0
    assert told in outcome.output, outcome.output
    assert "kubernetes_provider" not in outcome.output, "our own traceback is not for the user"


def test_without_any_kubeconfig_nothing_is_reached(trial: Trial) -> None:
    trial.write(CONFIG_MAP)
    outcome = trial.project.run("preview", KUBECONFIG="")
    assert outcome.code != 0
    assert "there is no kubeconfig" in outcome.output


def test_the_official_provider_makes_the_same_plan(
    make: Make, installed: Installed, home: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other_home = tmp_path_factory.mktemp("official")
    try:
        official = make_installed(other_home, {"BUILDFLEET_KUBERNETES_PROVIDER": "official"})
    except InstallError as error:
        pytest.skip(str(error))
    plans = []
    for chosen, its_home in ((installed, home), (official, other_home)):
        trial = make(chosen, its_home)
        steps = []
        for program in (
            CONFIG_MAP,
            CONFIG_MAP.replace('"1"', '"2"'),
            CONFIG_MAP.replace('name("config")', '{**name("config"), "labels": {"a": "b"}}'),
            CONFIG_MAP.replace('name("config")', 'name("renamed")'),
        ):
            trial.write(program)
            steps.append((trial.project.preview().counts, trial.project.up().counts, trial.project.refresh().code))
        plans.append(steps)
    assert plans[0] == plans[1]
