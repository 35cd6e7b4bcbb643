"""A stack in which every mode, storage, authentication and optional section stands at least once.

The dev stack is what a newcomer sees; this one is here so that nothing in the configuration reference is merely typed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from sandbox.control_plane import Binaries
from tests.engine.driver import Sandbox, changes

FILE = Path(__file__).parent / "stacks" / "Pulumi.everything.yaml"

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory, binaries: Binaries) -> Iterator[Sandbox]:
    sandbox = Sandbox(tmp_path_factory.mktemp("sandbox"), binaries.kubectl, stack="everything", file=FILE)
    yield sandbox
    sandbox.erase()


@pytest.fixture(scope="module")
def first_up(sandbox: Sandbox) -> str:
    return sandbox.succeeds("up")


def test_all_of_it_comes_up(first_up: str) -> None:
    assert set(changes(first_up)) == {"created"}
    assert re.search(r"docker-engine-win25 +1/1", first_up)


def test_a_second_up_changes_nothing(sandbox: Sandbox, first_up: str) -> None:
    assert set(changes(sandbox.succeeds("up"))) == {"unchanged"}


def test_everything_it_emits_is_accepted_by_a_strict_server_side_dry_run(sandbox: Sandbox, first_up: str) -> None:
    objects = sandbox.emitted()
    assert len(objects) > 70
    sandbox.dry_run_strictly(objects)


def test_agents_without_docker_pass_pod_security_and_run_where_it_is_enforced(sandbox: Sandbox, first_up: str) -> None:
    (namespace,) = sandbox.items("namespaces", "-l", "kubernetes.io/metadata.name=agents")
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "baseline"
    running = {
        pod["metadata"]["labels"]["buildfleet.dev/agent-pool"]: pod["spec"]["nodeName"]
        for pod in sandbox.items("pods", "-n", "agents")
        if pod["status"]["phase"] == "Running"
    }
    assert set(running) == {"fork-builds", "windows-plain"}
    assert running["windows-plain"].startswith("akswin25")


def test_the_pods_of_runners_and_scaled_jobs_are_admitted_where_they_will_be_made(
    sandbox: Sandbox, first_up: str
) -> None:
    """Their controllers do not run here, so their pods are asked for by a dry run: Pod Security, quotas and schema."""
    pods = []
    for item in [*sandbox.items("autoscalingrunnersets", "-A"), *sandbox.items("scaledjobs", "-A")]:
        spec = item["spec"]
        template = spec.get("jobTargetRef", spec)["template"]
        metadata = {**template.get("metadata", {}), "name": item["metadata"]["name"]}
        metadata["namespace"] = item["metadata"]["namespace"]
        pods.append({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]})
    assert len(pods) == 8
    sandbox.dry_run_strictly(pods)


def test_an_eviction_of_a_running_jobs_pod_is_refused(sandbox: Sandbox, first_up: str) -> None:
    (template,) = (
        json.loads(item["data"]["template.json"])
        for item in sandbox.items("configmaps", "-n", "runners")
        if item["metadata"]["name"] == "shared-hook-template"
    )
    job = {"name": "job", "image": "registry.example.com/job:1"}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {**template["metadata"], "name": "job", "namespace": "runners"},
        "spec": {**template["spec"], "containers": [job], "restartPolicy": "Never"},
    }
    # As the container hooks make it, whose pods alone may have any image.
    runner = "--as=system:serviceaccount:runners:shared-runner"
    sandbox.kube("create", runner, "-f", "-", stdin=json.dumps(pod))
    sandbox.kube("wait", "-n", "runners", "--for=condition=Ready", "pod/job", "--timeout=60s")
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "job", "namespace": "runners"}}
    path = "/api/v1/namespaces/runners/pods/job/eviction"
    with pytest.raises(AssertionError, match="disruption budget"):
        sandbox.kube("create", "--raw", path, "-f", "-", stdin=json.dumps(eviction))
    sandbox.kube("delete", "pod", "-n", "runners", "job", "--grace-period=0", "--force")


def test_a_change_of_each_kind_is_made_in_place(sandbox: Sandbox, first_up: str, tmp_path: Path) -> None:
    document = yaml.safe_load(FILE.read_text())
    config = document["config"]
    config["buildfleet:azureDevOps"]["agentPools"][0]["scaling"]["agents"] = 1
    config["buildfleet:azureDevOps"]["agentPools"][3]["scaling"]["max"] = 6
    config["buildfleet:github"]["runnerSets"][0]["maxRunners"] = 3
    config["buildfleet:github"]["runnerSets"][4]["caches"] = ["/var/lib/docker", "/var/cache/go"]
    changed = tmp_path / "changed.yaml"
    changed.write_text(yaml.safe_dump(document))
    other = Sandbox(sandbox.folder, Path("kubectl"), stack="everything", file=changed)
    assert set(changes(other.succeeds("up"))) == {"unchanged", "updated"}


def test_a_rehearsed_destroy_takes_the_protection_of_production_off_and_says_so(
    sandbox: Sandbox, first_up: str
) -> None:
    assert '"protect":true' in sandbox.state.read_text()
    output = sandbox.succeeds("down")
    assert "Production protects" in output
    assert "no object of the stack is left" in output
