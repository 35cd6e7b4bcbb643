"""The cluster port through the official client, against an API server in memory with real TLS."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from kubernetes.config import incluster_config

from bench.simulated_api import ApiServer, api_server
from bench.simulated_node import NAMESPACE, MemoryApi, SimulatedClock, SimulatedNode, settings
from engine_supervisor import names
from engine_supervisor.adapters.kubernetes import (
    RULES,
    KubernetesCluster,
    NoServiceAccount,
    access,
    connect,
    service_account_folder,
)
from engine_supervisor.adapters.kubernetes.connection import ApiError, Connection
from engine_supervisor.adapters.kubernetes.pods import evict
from engine_supervisor.ports import Away, Failed
from engine_supervisor.world import Pod
from sandbox.control_plane import pki

NODE = "win22000000"
SLOT = "docker-engine-win22-0"


@pytest.fixture(scope="module")
def files() -> Mapping[str, bytes]:
    return pki.make()


class World:
    """A server with a node, and a cluster port that speaks to it."""

    def __init__(self, server: ApiServer, clock: SimulatedClock) -> None:
        self.server, self.api, self.clock = server, server.api, clock
        self.sim = SimulatedNode(settings(), clock, server.api)
        self.counted: list[tuple[str, str]] = []
        self.connection = connect(server.environment, lambda verb, resource: self.counted.append((verb, resource)))
        self.cluster = self.port()

    def port(self, node: str = NODE) -> KubernetesCluster:
        return KubernetesCluster(
            self.connection,
            node=node,
            namespace=NAMESPACE,
            daemon_set="docker-engine-win22",
            pod=self.sim.identity.pod_name,
            pod_uid=self.sim.identity.pod_uid,
            slots=(SLOT,),
            now=self.clock.now,
        )

    @property
    def node(self) -> dict[str, Any]:
        return self.api.find("nodes", None, NODE)

    @property
    def lease(self) -> dict[str, Any]:
        return self.api.find("leases", NAMESPACE, SLOT)

    def pod(self, name: str) -> Pod:
        return next(pod for pod in self.cluster.look().pods if pod.name == name)


@pytest.fixture
def world(tmp_path: Path, files: Mapping[str, bytes], monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    # The node's, which leads away from the cluster.
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    clock = SimulatedClock()
    with api_server(MemoryApi(clock), tmp_path, files) as server:
        world = World(server, clock)
        yield world
        world.connection.close()


def test_a_look_tells_node_pods_and_slots_in_one_request_each(world: World) -> None:
    world.sim.pod("build", owner=("Job", "build"))
    world.node["metadata"]["labels"] = {names.NODE_ENGINE: "ready", "kubernetes.io/os": "windows"}
    seen = world.cluster.look()
    assert sorted(world.counted) == [("get", "leases"), ("get", "nodes"), ("list", "pods")]
    assert (seen.node, seen.unschedulable, seen.cordoned_by_us) == (NODE, False, False)
    assert seen.labels == {names.NODE_ENGINE: "ready"}
    assert [slot.name for slot in seen.slots] == [SLOT]
    pods = {pod.name: pod for pod in seen.pods}
    agent, build, ours = pods[f"agent-{NODE}"], pods["build"], pods[world.sim.identity.pod_name]
    assert (agent.ordinary, agent.uses_engine, agent.of_job, agent.of_daemon_set) == (True, True, False, False)
    assert (build.of_job, build.uses_engine) == (True, False)
    assert (ours.ordinary, ours.of_daemon_set) == (False, True)
    assert agent.started_at == world.clock.now()


def test_only_pods_of_the_node_that_have_not_ended_are_asked_for(world: World) -> None:
    asked: list[Mapping[str, str]] = []
    request = world.api.request

    def noted(*arguments: Any, **named: Any) -> Any:
        asked.append(named["query"])
        return request(*arguments, **named)

    world.api.request = noted  # type: ignore[method-assign]  # looks over its shoulder
    world.cluster.look()
    selector = f"spec.nodeName={NODE},status.phase!=Succeeded,status.phase!=Failed"
    assert {"fieldSelector": selector} in asked


def test_a_pipe_written_with_slashes_is_the_pipe(world: World) -> None:
    found = world.sim.pod("agent", engine=True)
    found["spec"]["volumes"][0]["hostPath"]["path"] = "//./pipe/docker_engine"
    assert world.pod("agent").uses_engine


def test_a_cordon_is_marked_and_lifted_with_its_mark(world: World) -> None:
    world.cluster.cordon("an upgrade")
    assert world.node["spec"]["unschedulable"] is True
    assert world.node["metadata"]["annotations"] == {names.NODE_ENGINE_CORDON: "an upgrade"}
    assert world.cluster.look().cordoned_by_us
    world.cluster.cordon("again")
    world.cluster.uncordon()
    assert "unschedulable" not in world.node["spec"]
    assert world.node["metadata"]["annotations"] == {}


def test_another_ones_cordon_is_neither_taken_nor_lifted(world: World) -> None:
    world.node["spec"]["unschedulable"] = True
    with pytest.raises(Failed, match="cordoned by somebody else"):
        world.cluster.cordon("an upgrade")
    world.cluster.uncordon()
    assert world.node["spec"] == {"unschedulable": True}
    assert names.NODE_ENGINE_CORDON not in world.node["metadata"].get("annotations", {})


def test_a_cordon_that_came_between_reading_and_writing_is_not_taken_for_ours(world: World) -> None:
    request, raced = world.api.request, False

    def race(verb: Any, resource: Any, **named: Any) -> Any:
        nonlocal raced
        if verb == "patch" and not raced:
            raced = True
            world.node["spec"]["unschedulable"] = True
            world.api._touch(world.node)
        return request(verb, resource, **named)

    world.api.request = race  # type: ignore[method-assign]  # somebody is faster
    with pytest.raises(Failed, match="cordoned by somebody else"):
        world.cluster.cordon("an upgrade")
    assert names.NODE_ENGINE_CORDON not in world.node["metadata"].get("annotations", {})


def test_a_change_of_something_else_in_between_is_no_obstacle(world: World) -> None:
    request, races = world.api.request, 2

    def race(verb: Any, resource: Any, **named: Any) -> Any:
        nonlocal races
        if verb == "patch" and races:
            races -= 1
            world.api._touch(world.node)
        return request(verb, resource, **named)

    world.api.request = race  # type: ignore[method-assign]  # the kubelet writes its status
    world.cluster.cordon("an upgrade")
    assert world.node["spec"]["unschedulable"] is True


def test_an_eviction_carries_the_uid_and_the_grace_and_a_budget_may_refuse_it(world: World) -> None:
    agent = world.pod(f"agent-{NODE}")
    world.api.budget = "Cannot evict pod as it would violate the pod's disruption budget."
    assert world.cluster.evict([agent], 30) == {agent.uid: world.api.budget}
    world.api.budget = None
    assert world.cluster.evict([agent], 30) == {}
    assert [pod.name for pod in world.cluster.look().pods] == [world.sim.identity.pod_name]
    assert world.cluster.evict([agent], None) == {}, "one that is gone is no failure"


def test_another_pod_of_the_same_name_is_left_alone(world: World) -> None:
    agent = world.pod(f"agent-{NODE}")
    world.sim.pod(agent.name)["metadata"]["uid"] = "another"
    world.cluster.delete([agent], 30)
    assert world.cluster.evict([agent], 30) == {}
    assert world.pod(agent.name).uid == "another"


def test_pods_are_deleted_by_uid(world: World) -> None:
    agent = world.pod(f"agent-{NODE}")
    world.cluster.delete([agent], None)
    assert agent.name not in {pod.name for pod in world.cluster.look().pods}


def test_an_eviction_in_a_namespace_that_is_being_deleted_is_no_failure(world: World) -> None:
    agent = world.pod(f"agent-{NODE}")
    world.server.answer = (403, {"message": "no", "details": {"causes": [{"reason": "NamespaceTerminating"}]}})
    assert world.cluster.evict([agent], 30) == {}
    world.server.answer = (403, {"message": "no"})
    with pytest.raises(Failed, match="403 no"):
        world.cluster.evict([agent], 30)


@pytest.mark.parametrize("code", [403, 422])
def test_an_eviction_that_is_refused_leaves_no_other_untried(world: World, code: int) -> None:
    agent = world.pod(f"agent-{NODE}")
    asked: list[str] = []

    class Refusing:
        def request(self, verb: str, resource: object, *, name: str, **rest: object) -> None:
            asked.append(name)
            raise ApiError("create pods/eviction", code, f"no {name}", frozenset())

    with pytest.raises(Failed, match=f"{code} no first"):
        evict(cast(Connection, Refusing()), [replace(agent, name="first"), replace(agent, name="second")], 30)
    assert asked == ["first", "second"]


def test_two_budgets_for_a_pod_are_a_refusal_and_a_broken_api_server_is_none(world: World) -> None:
    agent = world.pod(f"agent-{NODE}")
    world.server.answer = (500, {"message": "This pod has more than one PodDisruptionBudget"})
    assert world.cluster.evict([agent], 30) == {agent.uid: "This pod has more than one PodDisruptionBudget"}
    world.server.answer = (503, {"message": "no"})
    with pytest.raises(Away):
        world.cluster.evict([agent], 30)


def test_a_slot_is_taken_renewed_and_given_back(world: World) -> None:
    world.cluster.take(SLOT)
    taken = dict(world.lease["spec"])
    assert taken["holderIdentity"] == NODE
    assert taken["leaseDurationSeconds"] == 600
    world.clock.time += 30
    world.cluster.renew(SLOT)
    assert world.lease["spec"]["renewTime"] > taken["renewTime"]
    assert world.lease["spec"]["acquireTime"] == taken["acquireTime"]
    world.cluster.free(SLOT)
    assert world.cluster.look().slots[0].holder is None


def test_a_slot_of_another_node_is_not_ours_until_it_has_expired(world: World) -> None:
    other = world.port("win22000001")
    other.take(SLOT)
    with pytest.raises(Failed, match="held by win22000001"):
        world.cluster.take(SLOT)
    with pytest.raises(Failed, match="held by win22000001, no longer by this node"):
        world.cluster.renew(SLOT)
    world.cluster.free(SLOT)
    assert world.cluster.look().slots[0].holder == "win22000001"
    world.clock.time += 600
    assert not world.cluster.look().slots[0].expired, "clocks differ"
    world.clock.time += 60
    assert world.cluster.look().slots[0].expired
    world.cluster.take(SLOT)
    assert world.lease["spec"]["holderIdentity"] == NODE
    assert world.lease["spec"]["leaseTransitions"] == 2


def test_of_two_nodes_that_want_a_slot_at_once_one_is_told_no(world: World) -> None:
    request, raced = world.api.request, False

    def race(verb: Any, resource: Any, **named: Any) -> Any:
        nonlocal raced
        if verb == "update" and not raced:
            raced = True
            world.port("win22000001").take(SLOT)
        return request(verb, resource, **named)

    world.api.request = race  # type: ignore[method-assign]  # another node is faster
    with pytest.raises(Failed, match="another node was faster"):
        world.cluster.take(SLOT)
    assert world.lease["spec"]["holderIdentity"] == "win22000001"


def test_a_stopped_rollout_is_noted_and_survives_the_slots_return(world: World) -> None:
    world.cluster.take(SLOT)
    world.cluster.stop_rollout(SLOT, "29.3.0-abc")
    world.cluster.free(SLOT)
    assert world.cluster.look().slots[0].stopped == "29.3.0-abc"


def test_a_lease_that_is_not_there_is_no_slot(world: World) -> None:
    world.api.remove("leases", NAMESPACE, SLOT)
    assert world.cluster.look().slots == ()


def test_marks_are_written_where_they_differ_and_nowhere_else(world: World) -> None:
    world.cluster.look()
    labels = {names.NODE_ENGINE: "ready", names.NODE_ENGINE_VERSION: "29.2.1"}
    for _ in range(3):
        world.cluster.mark(labels, 2)
    assert [call for call in world.counted if call[0] == "patch"] == [("patch", "nodes"), ("patch", "nodes/status")]
    assert world.node["status"]["allocatable"] == {names.RESOURCE_BUILD_SLOT: "2"}
    world.node["status"]["capacity"][names.RESOURCE_BUILD_SLOT] = "0"
    world.cluster.look()
    world.cluster.mark(labels, 2)
    assert world.node["status"]["capacity"] == {names.RESOURCE_BUILD_SLOT: "2"}, "a kubelet that began anew zeroes it"
    world.cluster.mark(dict.fromkeys(labels), None)
    assert world.node["metadata"]["labels"] == {}
    assert world.node["status"]["capacity"] == {}


def test_a_patch_is_a_merge_patch_and_the_rest_json(world: World) -> None:
    world.cluster.cordon("an upgrade")
    world.cluster.take(SLOT)
    assert world.server.content_types == {("patch", "application/merge-patch+json"), ("update", "application/json")}


def test_the_fate_of_the_daemon_set(world: World) -> None:
    assert world.cluster.fate() == "stays"
    found = world.api.find("daemonsets", NAMESPACE, "docker-engine-win22")
    found["metadata"]["deletionTimestamp"] = world.api.time()
    assert world.cluster.fate() == "goes"
    world.api.remove("daemonsets", NAMESPACE, "docker-engine-win22")
    assert world.cluster.fate() == "goes"
    for code in (401, 403, 500, 503):
        world.server.answer = (code, {"message": "no"})
        assert world.cluster.fate() == "unknown", code


def test_events_are_on_node_pod_and_daemon_set_with_what_kubectl_finds_them_by(world: World) -> None:
    world.cluster.look()
    world.cluster.event("Warning", "DockerEngineRefused", "x" * 2000)
    regarding = {event["regarding"]["kind"]: event for event in world.api.every("events")}
    assert regarding["Node"]["metadata"]["namespace"] == "default"
    assert regarding["Pod"]["regarding"]["uid"] == world.sim.identity.pod_uid
    assert regarding["DaemonSet"]["regarding"]["uid"] == "uid-docker-engine-win22"
    for event in regarding.values():
        assert len(event["note"].encode()) == 1024
        assert event["reportingController"] == names.REPORTING_CONTROLLER
    world.cluster.event("Warning", "DockerEngineRefused", "x" * 2000)
    assert len(world.api.every("events")) == 3, "the same within ten minutes"
    world.clock.time += 600
    world.cluster.event("Warning", "DockerEngineRefused", "x" * 2000)
    assert len(world.api.every("events")) == 6


def test_an_event_never_raises(world: World) -> None:
    for code in (403, 404, 500):
        world.server.answer = (code, {"message": "no"})
        world.cluster.event("Normal", "DockerEngineReady", "It answers.")


@pytest.mark.parametrize("code", [401, 429, 500, 503])
def test_an_api_server_that_is_busy_or_broken_is_away_at_once(world: World, code: int) -> None:
    world.server.answer = (code, {"message": "try again"})
    with pytest.raises(Away, match=f"{code} try again"):
        world.cluster.look()


def test_a_refusal_names_the_request_and_the_api_servers_words(world: World) -> None:
    world.server.answer = (403, {"message": 'cannot get resource "nodes"'})
    with pytest.raises(ApiError, match=r'refuses get nodes win22000000: 403 cannot get resource "nodes"'):
        world.cluster.look()


def test_a_node_that_is_gone_is_told_in_a_sentence(world: World) -> None:
    world.api.remove("nodes", None, NODE)
    with pytest.raises(Failed, match="the node win22000000 is not in the cluster any more"):
        world.cluster.look()


def test_an_api_server_that_is_gone_is_away(tmp_path: Path, files: Mapping[str, bytes]) -> None:
    clock = SimulatedClock()
    with api_server(MemoryApi(clock), tmp_path, files) as server:
        server.drop = True
        world = World(server, clock)
        world.cluster.look()
    with pytest.raises(Away, match="does not answer get nodes"):
        world.cluster.look()
    world.connection.close()


def test_one_connection_serves_all_requests_and_one_that_was_closed_meanwhile_is_made_anew(world: World) -> None:
    for _ in range(3):
        world.cluster.look()
    assert world.server.connections == 1
    world.server.drop = True
    for _ in range(2):
        world.cluster.look()
    assert world.server.connections > 1


def test_the_token_file_is_read_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    (world.server.folder / "token").write_text("second-token")
    world.cluster.look()
    assert set(world.server.tokens) == {"bearer first-token"}
    later = datetime.datetime.now() + datetime.timedelta(minutes=2)
    monkeypatch.setattr(incluster_config, "datetime", SimpleNamespace(datetime=SimpleNamespace(now=lambda: later)))
    world.cluster.look()
    assert world.server.tokens[-1] == "bearer second-token"


def test_every_request_is_in_the_table_that_the_role_is_made_from(world: World) -> None:
    agent = world.pod(f"agent-{NODE}")
    cluster = world.cluster
    cluster.cordon("x")
    cluster.uncordon()
    cluster.take(SLOT)
    cluster.renew(SLOT)
    cluster.stop_rollout(SLOT, "t")
    cluster.free(SLOT)
    cluster.evict([agent], 30)
    cluster.delete([agent], 30)
    cluster.mark({names.NODE_ENGINE: "ready"}, 2)
    cluster.event("Normal", "DockerEngineReady", "It answers.")
    cluster.fate()
    allowed = {(verb, rule.resource) for rule in RULES for verb in rule.verbs}
    assert set(world.counted) == allowed
    scopes = {rule.resource: rule.scope for rule in RULES}
    for resource, namespace in world.api.namespaces:
        within = {"namespace": {NAMESPACE}, "namespace+default": {NAMESPACE, "default"}}.get(scopes[resource])
        assert within is None or namespace in within
    for rule in RULES:
        assert f"| {rule.group or 'core'} | {rule.resource} | {', '.join(rule.verbs)} |" in (access.__doc__ or "")


def test_the_service_account_is_found_below_the_mount_point_and_at_the_usual_path(tmp_path: Path) -> None:
    mounted = tmp_path / "var/run/secrets/kubernetes.io/serviceaccount"
    mounted.mkdir(parents=True)
    (mounted / "token").write_text("t")
    assert service_account_folder({"CONTAINER_SANDBOX_MOUNT_POINT": str(tmp_path)}) == mounted
    with pytest.raises(NoServiceAccount, match="no service account token in /nowhere"):
        service_account_folder({"SERVICE_ACCOUNT_FOLDER": "/nowhere"})


def test_without_an_api_server_in_the_environment_it_says_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("t")
    with pytest.raises(NoServiceAccount, match="Service host/port"):
        connect({"SERVICE_ACCOUNT_FOLDER": str(tmp_path)})
