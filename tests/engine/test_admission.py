"""What the API server refuses with the dev stack's policies, asked by kubectl; and that the stack's own work passes.

The tests share one sandbox with the dev stack in it, and a namespace of somebody else's.
"""

from __future__ import annotations

import copy
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lightkube.config.kubeconfig import KubeConfig

from components import contract
from infra.policy_config import configuration
from operations import admission
from operations.connection import Connection
from rules.policies.catalogue import RULES
from rules.policies.settings import from_config
from rules.tables.trust_right import GROUP, RESOURCE, VERB
from sandbox.control_plane import Api, Binaries
from tests.engine.admission_plane import Client, type_warnings
from tests.engine.driver import Sandbox
from tests.engine.pulumi_cli import Project, make_installed
from tests.engine.test_control_plane import wait_until
from tests.unit.policies.scenes import docker_agent, engine, linux_agent, windows_agent, workload

pytestmark = pytest.mark.engine

Spec = dict[str, Any]
TEAM = "team"
POLICIES = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies"
RUNNERS = "github-runners-docker"


class Cluster:
    """The dev stack's cluster, with kubectl."""

    def __init__(self, sandbox: Sandbox, binaries: Binaries) -> None:
        self.sandbox = sandbox
        self.kubeconfig = sandbox.kubeconfig
        self._kubectl = binaries.kubectl

    def kubectl(self, *arguments: str, stdin: object = None, user: str = "") -> tuple[int, str]:
        """Exit code, and all that it says."""
        done = subprocess.run(
            [
                str(self._kubectl),
                "--kubeconfig",
                str(self.kubeconfig),
                *([f"--as={user}"] if user else []),
                *arguments,
            ],
            input=None if stdin is None else json.dumps(stdin),
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    def applied(self, body: object, *arguments: str, user: str = "") -> tuple[int, str]:
        """The same of an object that is applied."""
        return self.kubectl("apply", *arguments, "-f", "-", stdin=body, user=user)

    def makes(self, body: object) -> None:
        """Apply an object that has to be admitted."""
        code, said = self.applied(body)
        assert code == 0, said


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory, binaries: Binaries) -> Iterator[Cluster]:
    sandbox = Sandbox(tmp_path_factory.mktemp("sandbox"), binaries.kubectl)
    try:
        sandbox.succeeds("up")
        made = Cluster(sandbox, binaries)
        made.makes({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": TEAM}})
        for namespace, account in ((TEAM, "azdo-agent"), (TEAM, "docker-engine"), ("docker-engine", "azdo-agent")):
            meta = {"name": account, "namespace": namespace}
            made.makes({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta})
        yield made
    finally:
        sandbox.erase()


def whole(spec: Spec, namespace: str, token: str = "core/v1:Pod", name: str = "wrong") -> dict[str, Any]:
    """An object of some kind with this pod in it, as somebody would apply it."""
    body: dict[str, Any] = copy.deepcopy(dict(workload(spec, namespace, token).inputs))
    body["metadata"]["name"] = name
    inner = body["spec"]
    if body["kind"] == "Deployment":
        inner["selector"] = {"matchLabels": {"app": name}}
        inner["template"]["metadata"]["labels"] = {"app": name}
    if body["kind"] == "CronJob":
        inner["jobTemplate"]["spec"]["template"]["spec"]["restartPolicy"] = "Never"
    if body["kind"] == "ScaledJob":
        inner["triggers"] = [{"type": "cron", "metadata": {}}]
    return body


def mounting(path: str) -> Spec:
    spec = windows_agent()
    spec["volumes"][0]["hostPath"]["path"] = path
    return spec


def changed(spec: Spec, **more: Any) -> Spec:
    return {**spec, **more}


def with_image(image: str) -> Spec:
    spec = linux_agent()
    spec["containers"][0]["image"] = image
    return spec


ON_SYSTEM = {"nodeSelector": {"agentpool": "system", "kubernetes.io/os": "linux"}, "tolerations": []}
NOT_ENGINE = {"serviceAccountName": "azdo-agent", "automountServiceAccountToken": False}
WRONG = [
    ("HostProcess among the agents", changed(engine(), **NOT_ENGINE), "azdo-agents-docker", "host-process-confined"),
    ("HostProcess elsewhere", engine(), TEAM, "host-process-confined"),
    (
        "HostProcess of another account",
        changed(engine(), **NOT_ENGINE),
        "docker-engine",
        "host-process",
    ),
    ("the pipe elsewhere", windows_agent(), TEAM, "docker-pipe-confined"),
    ("the pipe with slashes", mounting("//./pipe/docker_engine"), TEAM, "docker-pipe-confined"),
    ("the pipe in capitals", mounting(r"\\.\PIPE\Docker_Engine"), TEAM, "docker-pipe-confined"),
    ("the pipe, mixed", mounting(r"\\?\pipe/docker_engine/"), TEAM, "docker-pipe-confined"),
    ("another pipe", mounting(r"\\.\pipe\containerd-containerd"), "azdo-agents-docker", "cri-socket-forbidden"),
    ("privileged elsewhere", docker_agent(), TEAM, "privileged-confined"),
    ("everything tolerated", changed(linux_agent(), tolerations=[{"operator": "Exists"}]), TEAM, "tolerations-bounded"),
    ("an image from elsewhere", with_image("evil.example.com/agent:1"), "azdo-agents", "image-registry-allowlist"),
    ("an image of a neighbour", with_image("registry.example.com/buildfleet-x/a:1"), "azdo-agents", "image-registry"),
    ("agents on the system pool", changed(linux_agent(), **ON_SYSTEM), "azdo-agents", "build-workload-placement"),
    ("agents anywhere", changed(linux_agent(), nodeSelector={}), "azdo-agents", "build-workload-placement"),
]


@pytest.mark.parametrize(("spec", "namespace", "rule"), [pytest.param(*one[1:], id=one[0]) for one in WRONG])
def test_a_pod_that_breaks_a_rule_is_refused_with_the_rules_name(
    cluster: Cluster, spec: Spec, namespace: str, rule: str
) -> None:
    code, said = cluster.applied(whole(spec, namespace))
    assert code != 0
    assert "ValidatingAdmissionPolicy 'buildfleet-dev-" in said
    assert f": {rule}" in said


@pytest.mark.parametrize(
    "token",
    [
        "apps/v1:Deployment",
        "batch/v1:CronJob",
        "keda.sh/v1alpha1:ScaledJob",
        "actions.github.com/v1alpha1:AutoscalingRunnerSet",
    ],
)
def test_what_would_make_such_pods_is_refused_when_it_is_applied(cluster: Cluster, token: str) -> None:
    code, said = cluster.applied(whole(docker_agent(), TEAM, token))
    assert code != 0
    assert ": privileged-confined" in said
    code, said = cluster.applied(whole(with_image("evil.example.com/agent:1"), "azdo-agents", token))
    assert code != 0
    assert ": image-registry-allowlist" in said


def test_no_policy_has_a_warning_of_the_type_checker(cluster: Cluster) -> None:
    with Api(cluster.kubeconfig) as api:
        ours = api.get(POLICIES, labelSelector=contract.LABEL_POLICY_FAMILY)["items"]
        names = [item["metadata"]["name"] for item in ours]
        assert len(names) > 7
        assert not any(type_warnings(api, names).values())


def test_the_stacks_own_pods_run_and_were_judged(cluster: Cluster) -> None:
    """Each pod is asked for anew, as it was made, by the controller that made it."""
    pods = [
        pod
        for namespace in ("azdo-agents-docker", "docker-builds", "docker-engine")
        for pod in cluster.sandbox.items("pods", "-n", namespace)
    ]
    assert len(pods) >= 9
    with Api(cluster.kubeconfig) as api:
        client = Client(cluster.kubeconfig)
        for pod in pods:
            meta = pod["metadata"]
            kept = {key: meta[key] for key in ("labels", "annotations", "ownerReferences", "namespace") if key in meta}
            spec = {key: value for key, value in pod["spec"].items() if key != "nodeName"}
            body = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "again", **kept}, "spec": spec}
            answer = client.ask(body, meta["namespace"])
            assert (answer.code, answer.warnings) == (201, ()), (meta["name"], answer)
            # Elsewhere the same pod is nobody's: so it was the policies that let it pass.
            body["metadata"] = {**kept, "name": "again", "namespace": TEAM}
            spec["serviceAccountName"] = "azdo-agent"
            answer = client.ask(body, TEAM)
            privileged = any(c.get("securityContext", {}).get("privileged") for c in spec["containers"])
            if privileged or "hostNetwork" in spec:
                assert answer.code == 422, (meta["name"], answer)
        client.close()
        assert api.get(POLICIES)["items"]


def test_jobs_of_a_scaled_job_are_admitted_and_their_pods_run(cluster: Cluster) -> None:
    """KEDA's operator does not run here; what it makes of a ScaledJob is a Job with the template."""
    scaled = {
        item["metadata"]["name"]: item
        for namespace in ("azdo-agents", "azdo-agents-docker")
        for item in cluster.sandbox.items("scaledjobs", "-n", namespace)
    }
    assert scaled.keys() == {"linux-buildkit", "linux-plain", "windows-burst"}
    for name, item in scaled.items():
        namespace, target = item["metadata"]["namespace"], item["spec"]["jobTargetRef"]
        labels = {"scaledjob.keda.sh/name": name}
        target["template"]["metadata"].setdefault("labels", {}).update(labels)
        meta = {"name": f"{name}-x", "namespace": namespace, "labels": labels}
        cluster.makes({"apiVersion": "batch/v1", "kind": "Job", "metadata": meta, "spec": target})
        selector = ("-n", namespace, "-l", f"job-name={name}-x")
        wait_until(lambda selector=selector: cluster.sandbox.items("pods", *selector), f"a pod of {name}", 30)  # type: ignore[misc]
        cluster.kubectl("delete", "job", "-n", namespace, f"{name}-x", "--wait=false")


def test_runners_are_admitted_as_their_controller_makes_them(cluster: Cluster) -> None:
    """ARC's controller does not run here; it makes a set of runners, runners and pods of the same template."""
    client = Client(cluster.kubeconfig)
    sets = cluster.sandbox.items("autoscalingrunnersets", "-A")
    assert len(sets) == 5
    for item in sets:
        namespace, template = item["metadata"]["namespace"], item["spec"]["template"]
        head = {"apiVersion": "actions.github.com/v1alpha1", "metadata": {"name": "made", "namespace": namespace}}
        runner = {**template, "githubConfigUrl": "https://github.com/contoso/app"}
        owner = {"apiVersion": "actions.github.com/v1alpha1", "kind": "EphemeralRunner", "name": "made", "uid": "1"}
        meta = {"name": "made", "namespace": namespace, **template.get("metadata", {}), "ownerReferences": [owner]}
        made = [
            {**head, "kind": "EphemeralRunnerSet", "spec": {"replicas": 1, "ephemeralRunnerSpec": runner}},
            {**head, "kind": "EphemeralRunner", "spec": runner},
            {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": template["spec"]},
        ]
        for body in made:
            answer = client.ask(body, namespace, user="system:serviceaccount:arc-systems:arc-gha-rs-controller")
            # The controller has its rights by a chart that is not here; a refusal by RBAC says nothing of policies.
            if answer.code == 403:
                answer = client.ask(body, namespace)
            assert (answer.code, answer.warnings) == (201, ()), (item["metadata"]["name"], body["kind"], answer)
    client.close()


def job_pod(cluster: Cluster, image: str) -> dict[str, Any]:
    """A job's pod as the container hooks of runner set `app-1` make it."""
    [hook] = [
        item
        for item in cluster.sandbox.items("configmaps", "-n", RUNNERS)
        if item["metadata"]["name"] == "app-1-hook-template"
    ]
    template = json.loads(next(iter(hook["data"].values())))
    spec = template["spec"]
    spec["containers"] = [
        {**container, "name": container["name"].removeprefix("$"), "image": image} for container in spec["containers"]
    ]
    spec["restartPolicy"] = "Never"
    labels = {**template["metadata"]["labels"], "runner-pod": "app-1-runner-x"}
    meta = {**template["metadata"], "labels": labels, "name": "app-1-runner-x-workflow", "namespace": RUNNERS}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec}


def test_pods_of_jobs_are_admitted_with_any_image_and_no_more_of_the_node_than_the_template_gives(
    cluster: Cluster,
) -> None:
    runner = f"system:serviceaccount:{RUNNERS}:app-1-runner"
    body = job_pod(cluster, "ubuntu:24.04")
    code, said = cluster.applied(body, "--dry-run=server", "--server-side", user=runner)
    assert code == 0 or "cannot patch" in said, said
    client = Client(cluster.kubeconfig)
    answer = client.ask(body, RUNNERS, user=runner)
    assert (answer.code, answer.warnings) == (201, ()), answer
    # Somebody else's pod with that image is not the job of a workflow.
    assert client.ask(body, RUNNERS).code == 422
    body["spec"]["volumes"].append({"name": "root", "hostPath": {"path": "/etc"}})
    answer = client.ask(body, RUNNERS, user=runner)
    assert answer.code == 422
    assert "host-path-allowlist" in answer.message
    client.close()


EDITOR = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "ClusterRole",
    "metadata": {"name": "labels-things"},
    "rules": [{"apiGroups": [""], "resources": ["namespaces", "nodes"], "verbs": ["get", "list", "patch", "update"]}],
}


def test_labels_that_grant_trust_are_changed_by_those_who_may_assign_it(cluster: Cluster) -> None:
    cluster.makes(EDITOR)
    for user in ("jane", "deployer"):
        cluster.makes(bound("labels-things", user))
    may = {"apiGroups": [GROUP], "resources": [RESOURCE], "verbs": [VERB]}
    cluster.makes({**EDITOR, "metadata": {"name": "assigns-trust"}, "rules": [may]})
    cluster.makes(bound("assigns-trust", "deployer"))
    [node, *_] = cluster.sandbox.items("nodes", "-l", "agentpool=lin")
    name = node["metadata"]["name"]

    def label(user: str, *what: str) -> tuple[int, str]:
        return cluster.kubectl("label", "--overwrite", "--dry-run=server", *what, user=user)

    assert label("jane", "namespace", TEAM, "team=a")[0] == 0
    for what in (
        ("namespace", TEAM, "buildfleet.dev/confinement=engine"),
        ("namespace", "azdo-agents", "buildfleet.dev/confinement=agents-docker"),
        ("namespace", "azdo-agents", "buildfleet.dev/stack-"),
        ("namespace", "azdo-agents", "pod-security.kubernetes.io/enforce=restricted"),
        ("node", name, "buildfleet.dev/trust=untrusted"),
        ("node", name, "buildfleet.dev/pool=other"),
    ):
        code, said = label("jane", *what)
        assert code != 0, what
        assert ": trust-labels-protected: " in said, said
        # What a namespace is must still go with its level.
        assert ": trust-labels-protected: " not in label("deployer", *what)[1], what
    assert label("deployer", "node", name, "buildfleet.dev/pool=other")[0] == 0
    # By the back door of a status.
    client = Client(cluster.kubeconfig)
    cluster.makes({**EDITOR, "metadata": {"name": "status"}, "rules": [
        {"apiGroups": [""], "resources": ["nodes/status", "namespaces/status"], "verbs": ["patch"]}
    ]})  # fmt: skip
    cluster.makes(bound("status", "jane"))
    for path, key in ((f"/api/v1/nodes/{name}/status", "trust"), (f"/api/v1/namespaces/{TEAM}/status", "confinement")):
        patch = {"metadata": {"labels": {f"buildfleet.dev/{key}": "x"}}}
        answer = client.send("PATCH", path, patch, user="jane", dry_run=True)
        assert (answer.code, "trust-labels-protected" in answer.message) == (422, True), answer
    client.close()


def bound(role: str, user: str) -> dict[str, Any]:
    group = "rbac.authorization.k8s.io"
    return {
        "apiVersion": f"{group}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": f"{role}-{user}"},
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": role},
        "subjects": [{"apiGroup": group, "kind": "User", "name": user}],
    }


def test_a_container_that_is_added_to_a_running_pod_is_judged(cluster: Cluster) -> None:
    cluster.makes(whole(linux_agent(), TEAM, name="harmless"))
    path = f"/api/v1/namespaces/{TEAM}/pods/harmless/ephemeralcontainers"
    client = Client(cluster.kubeconfig)

    def added(**more: Any) -> tuple[int, str]:
        container = {"name": "debugger", "image": "busybox:1.37", **more}
        answer = client.send("PATCH", path, {"spec": {"ephemeralContainers": [container]}}, dry_run=True)
        return answer.code, answer.message

    assert added()[0] == 200
    code, said = added(securityContext={"privileged": True})
    assert (code, ": privileged-confined: " in said) == (422, True), said
    client.close()


def test_kubectl_debugs_a_pod_with_a_profile_that_gives_nothing_and_not_with_its_default(cluster: Cluster) -> None:
    """The default, general, lets the debugger trace all processes of the pod's node that it can see."""
    cluster.makes(whole(linux_agent(), TEAM, name="debugged"))

    def debug(*more: str) -> tuple[int, str]:
        return cluster.kubectl("debug", "-n", TEAM, "debugged", "--image=busybox:1.37", *more, "--", "true")

    for options in ([], ["--profile=general"], ["--profile=netadmin"], ["--profile=sysadmin"]):
        code, said = debug(*options)
        assert (code != 0, ": privileged-confined: " in said) == (True, True), (options, said)
    for profile in ("baseline", "restricted"):
        code, said = debug(f"--profile={profile}")
        assert code == 0, (profile, said)


def refused_when_made_again(cluster: Cluster) -> list[tuple[str, str, str]]:
    """What the command says that is run before `deny`."""
    fleet = from_config(configuration(Path("Pulumi.dev.yaml"), stack="dev"), RULES).fleet
    found = KubeConfig.from_file(cluster.kubeconfig).get()
    assert found is not None
    with Connection(found) as connection:
        result = admission.judged(connection, fleet)
    assert not result.notes
    # The stack's own workloads, and what they made, are among them.
    assert result.asked > 20
    return [(one.namespace, one.name, one.problem.rule) for one in result.refused]


def test_a_pod_from_before_the_policies_can_be_labelled_and_ended(cluster: Cluster, binaries: Binaries) -> None:
    binding = "validatingadmissionpolicybinding/buildfleet-dev-confinement"
    code, kept = cluster.kubectl("get", binding, "-o", "json")
    assert code == 0
    old = whole(docker_agent(), TEAM, name="old")
    old["metadata"]["finalizers"] = ["example.com/kept"]
    assert cluster.kubectl("delete", binding)[0] == 0
    wait_until(lambda: cluster.applied(old)[0] == 0, "the policy is not in force any more")
    again = json.loads(kept)
    again["metadata"] = {key: again["metadata"][key] for key in ("name", "labels")}
    cluster.makes(again)
    refused = whole(docker_agent(), TEAM, name="young")
    wait_until(lambda: cluster.applied(refused, "--dry-run=server")[0] != 0, "the policy is in force again")

    # Nobody is told of it, but by who asks.
    assert refused_when_made_again(cluster) == [(TEAM, "Pod/old", "privileged-confined")]

    assert cluster.kubectl("label", "pod", "-n", TEAM, "old", "seen=yes")[0] == 0
    patch = '{"spec": {"activeDeadlineSeconds": 60}}'
    code, said = cluster.kubectl("patch", "pod", "-n", TEAM, "old", "-p", patch)
    assert (code != 0, ": privileged-confined: " in said) == (True, True), said
    assert cluster.kubectl("delete", "pod", "-n", TEAM, "old", "--wait=false")[0] == 0
    patch = '{"metadata": {"finalizers": null}}'
    assert cluster.kubectl("patch", "pod", "-n", TEAM, "old", "-p", patch)[0] == 0
    wait_until(lambda: cluster.kubectl("get", "pod", "-n", TEAM, "old")[0] != 0, "the pod has ended")


PROGRAM = """
import json
import pulumi_kubernetes as k8s

k8s.apps.v1.Deployment("wrong", metadata=json.loads({metadata!r}), spec=json.loads({spec!r}))
"""


def test_a_refusal_shows_in_the_preview_of_any_program(cluster: Cluster, tmp_path: Path) -> None:
    home = tmp_path / "home"
    installed = make_installed(home, {"BUILDFLEET_KUBERNETES_PROVIDER": "stand-in"})
    project = Project(tmp_path / "program", installed, home, {"KUBECONFIG": str(cluster.kubeconfig)})
    body = whole(docker_agent(), TEAM, "apps/v1:Deployment")
    project.write(PROGRAM.format(metadata=json.dumps(body["metadata"]), spec=json.dumps(body["spec"])))
    outcome = project.run("preview")
    assert outcome.code != 0
    assert "privileged-confined: " in outcome.output
    assert "buildfleet-dev-confinement" in outcome.output


def test_a_preview_of_another_registry_and_pool_passes_though_the_policies_know_the_old_ones(
    cluster: Cluster, tmp_path: Path
) -> None:
    """The policies that are in force are those of before the change; the preview is of the change."""
    text = Path("Pulumi.dev.yaml").read_text()
    assert "registry.example.com/buildfleet" in text
    assert "nodePool: lin," in text
    changed_file = tmp_path / "Pulumi.dev.yaml"
    more = "    - {name: more, os: linux, purpose: build, minCount: 0, maxCount: 1}\n  buildfleet:images:"
    changed_file.write_text(
        text.replace("registry.example.com/buildfleet", "mirror.example.com/ci")
        .replace("nodePool: lin,", "nodePool: more,")
        .replace("  buildfleet:images:", more)
    )
    other = Sandbox(cluster.sandbox.folder, Path("kubectl"), stack="dev", file=changed_file)
    done = other.run("preview")
    assert done.returncode == 0, done.stdout + done.stderr
