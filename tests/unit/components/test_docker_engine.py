"""Docker Engine on Windows nodes: what is made, what waits for what, and what its supervisor may do."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

import pytest

from components import contract
from components.docker_engine import clients, rights
from components.docker_engine.configuration import DaemonArgs, daemon_configuration
from components.docker_engine.engine_smoke_test import EngineSmokeTest, EngineSmokeTestArgs, SmokePool
from components.docker_engine.image_prepuller import ImagePrepuller, ImagePrepullerArgs, PrepullPool
from components.docker_engine.supervisor_settings import EngineArgs, RolloutArgs
from components.docker_engine.windows_docker_engine import EnginePoolArgs, WindowsDockerEngine, WindowsDockerEngineArgs
from components.platform import NodePool, Taint
from engine_supervisor.adapters.kubernetes.access import RULES
from rules.engine_nodes import LONGEST_POOL_NAME
from rules.tables.docker_engine import RESERVED_KEYS
from tests.unit.components.mocks import RecordingMonitor, deploy

TAINT = Taint(key="sku", value="Windows", effect="NoSchedule")
DAEMON_SET = "kubernetes:apps/v1:DaemonSet"


def pool(name: str = "win22", **facts: Any) -> NodePool:
    given: dict[str, Any] = {
        "os": "windows",
        "purpose": "build",
        "trust": "trusted",
        "node_selector": {"agentpool": name},
        "taints": (TAINT,),
        "os_sku": "Windows2022",
        **facts,
    }
    return NodePool(name=name, **given)


def on(
    nodes: NodePool | None = None, image: str = "example.org/docker-engine:1-29.2.1", **engine: Any
) -> EnginePoolArgs:
    return EnginePoolArgs(pool=nodes or pool(), image=image, engine=EngineArgs(**{"version": "29.2.1", **engine}))


def engine(*pools: EnginePoolArgs, **args: Any) -> RecordingMonitor:
    given: dict[str, Any] = {
        "stack": "dev",
        "namespace": "docker-engine",
        "namespace_name": "docker-engine",
        "pools": pools or (on(),),
        **args,
    }
    return deploy(lambda: WindowsDockerEngine("engine", WindowsDockerEngineArgs(**given)))


def pod(monitor: RecordingMonitor) -> dict[str, Any]:
    spec: dict[str, Any] = monitor.only(DAEMON_SET).inputs["spec"]["template"]["spec"]
    return spec


def container(monitor: RecordingMonitor) -> dict[str, Any]:
    (only,) = pod(monitor)["containers"]
    return dict(only)


def test_each_pool_has_daemon_set_settings_and_slots_of_its_own_and_all_share_account_and_rights() -> None:
    monitor = engine(on(pool("win25", os_sku="Windows2025")), on(rollout=RolloutArgs(slots=2)))
    assert monitor.summary() == [
        ("buildfleet:index:WindowsDockerEngine", "engine"),
        ("kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy", "engine-confinement"),
        ("kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicyBinding", "engine-confinement-binding"),
        ("kubernetes:apps/v1:DaemonSet", "engine-win22"),
        ("kubernetes:apps/v1:DaemonSet", "engine-win25"),
        ("kubernetes:coordination.k8s.io/v1:Lease", "engine-win22-slot-0"),
        ("kubernetes:coordination.k8s.io/v1:Lease", "engine-win22-slot-1"),
        ("kubernetes:coordination.k8s.io/v1:Lease", "engine-win25-slot-0"),
        ("kubernetes:core/v1:ConfigMap", "engine-win22-settings"),
        ("kubernetes:core/v1:ConfigMap", "engine-win25-settings"),
        ("kubernetes:core/v1:ServiceAccount", "engine-account"),
        ("kubernetes:rbac.authorization.k8s.io/v1:ClusterRole", "engine-nodes"),
        ("kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding", "engine-nodes-binding"),
        ("kubernetes:rbac.authorization.k8s.io/v1:Role", "engine-events"),
        ("kubernetes:rbac.authorization.k8s.io/v1:Role", "engine-win22-slots"),
        ("kubernetes:rbac.authorization.k8s.io/v1:Role", "engine-win25-slots"),
        ("kubernetes:rbac.authorization.k8s.io/v1:RoleBinding", "engine-events-binding"),
        ("kubernetes:rbac.authorization.k8s.io/v1:RoleBinding", "engine-win22-slots-binding"),
        ("kubernetes:rbac.authorization.k8s.io/v1:RoleBinding", "engine-win25-slots-binding"),
        ("kubernetes:scheduling.k8s.io/v1:PriorityClass", "engine-priority"),
    ]
    assert {r.parent_name for r in monitor.registrations if r.custom} == {"engine"}
    assert monitor.outputs_of("engine") == {
        "daemonSetNames": {"win22": "docker-engine-win22", "win25": "docker-engine-win25"}
    }


def test_two_stacks_share_a_cluster_as_what_is_cluster_scoped_has_the_stacks_name() -> None:
    monitor = engine(stack="blue")
    everywhere = {
        one.inputs["metadata"]["name"]
        for one in monitor.registrations
        if one.custom and "namespace" not in one.inputs["metadata"]
    }
    assert everywhere == {"buildfleet-blue-docker-engine"}
    assert pod(monitor)["priorityClassName"] == "buildfleet-blue-docker-engine"


def test_the_selectors_of_two_pools_never_meet() -> None:
    monitor = engine(on(pool("win25")), on())
    one, other = (r.inputs["spec"] for r in monitor.of_type(DAEMON_SET))
    assert one["selector"] != other["selector"]
    assert one["selector"]["matchLabels"].items() <= one["template"]["metadata"]["labels"].items()
    assert not one["selector"]["matchLabels"].items() <= other["template"]["metadata"]["labels"].items()


def test_the_pod_is_a_host_process_on_its_pool_alone_and_mounts_nothing_of_the_node() -> None:
    spec = pod(engine())
    assert spec["securityContext"] == {"windowsOptions": {"hostProcess": True, "runAsUserName": "NT AUTHORITY\\SYSTEM"}}
    assert spec["hostNetwork"] is True
    assert spec["os"] == {"name": "windows"}
    assert spec["nodeSelector"] == {"agentpool": "win22", "kubernetes.io/os": "windows"}
    assert spec["tolerations"] == [{"key": "sku", "operator": "Equal", "value": "Windows", "effect": "NoSchedule"}]
    assert spec["serviceAccountName"] == "docker-engine"
    assert [volume for volume in spec["volumes"] if "configMap" not in volume] == []


def test_the_image_is_the_pools_as_it_has_one_version_of_the_engine() -> None:
    monitor = engine(on(), on(pool("win25", os_sku="Windows2025"), image="example.org/docker-engine:1-29.3.0"))
    images = {
        one.name: one.inputs["spec"]["template"]["spec"]["containers"][0]["image"]
        for one in monitor.of_type(DAEMON_SET)
    }
    assert images == {
        "engine-win22": "example.org/docker-engine:1-29.2.1",
        "engine-win25": "example.org/docker-engine:1-29.3.0",
    }


def test_the_supervisor_runs_and_takes_its_leave_with_the_same_settings() -> None:
    made = container(engine())
    sandbox = "%CONTAINER_SANDBOX_MOUNT_POINT%"
    settings = ["--settings", rf"{sandbox}\buildfleet\engine\settings.json"]
    start = [rf"{sandbox}\python\python.exe", "-m", "engine_supervisor"]
    assert made["command"] == [*start, "run", *settings]
    assert made["lifecycle"]["preStop"]["exec"]["command"] == [*start, "leave", *settings]
    assert made["volumeMounts"] == [{"name": "settings", "mountPath": "/buildfleet/engine", "readOnly": True}]
    assert {one["name"] for one in made["env"]} == {"NODE_IP", "NODE_NAME", "POD_NAME", "POD_NAMESPACE", "POD_UID"}


def test_its_last_words_are_what_kubernetes_tells_of_its_end() -> None:
    assert container(engine())["terminationMessagePolicy"] == "FallbackToLogsOnError"


def test_liveness_is_the_supervisors_and_readiness_the_engines() -> None:
    made = container(engine(on(port=9400)))
    probes = {key: made[key]["httpGet"] for key in ("startupProbe", "livenessProbe", "readinessProbe")}
    assert {key: probe["path"] for key, probe in probes.items()} == {
        "startupProbe": "/livez",
        "livenessProbe": "/livez",
        "readinessProbe": "/readyz",
    }
    assert {probe["port"] for probe in probes.values()} == {9400}
    assert made["ports"] == [{"name": "metrics", "containerPort": 9400, "hostPort": 9400, "protocol": "TCP"}]


def test_a_node_that_is_not_ready_does_not_hold_up_the_update_of_the_others() -> None:
    strategy = engine().only(DAEMON_SET).inputs["spec"]["updateStrategy"]
    assert strategy == {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%"}}


def test_an_uninstallation_has_its_time_its_rights_and_its_slots_and_a_destroy_never_hangs() -> None:
    monitor = engine()
    daemon_set = monitor.only(DAEMON_SET)
    assert pod(monitor)["terminationGracePeriodSeconds"] == 300
    assert daemon_set.custom_timeouts == ("30m", "60m", "15m")
    others = {one.urn for one in monitor.registrations if one.custom and one.name != "engine-win22"}
    assert others == set(daemon_set.dependencies), "made before it, and deleted after it"


def test_a_pool_that_is_removed_keeps_the_right_to_ask_for_its_daemon_set_until_its_pods_are_gone() -> None:
    monitor = engine(on(), on(pool("win25", os_sku="Windows2025")))
    for name, other in (("win22", "win25"), ("win25", "win22")):
        needed = monitor.named(f"engine-{name}").dependencies
        for kind in ("slots", "slots-binding", "slot-0"):
            assert monitor.named(f"engine-{name}-{kind}").urn in needed, "made before it, and deleted after it"
            assert monitor.named(f"engine-{other}-{kind}").urn not in needed
        alone = engine(on(pool(name))).named(f"engine-{name}-slots").inputs
        assert monitor.named(f"engine-{name}-slots").inputs == alone, "another pool's removal does not change it"
    both = monitor.named("engine-nodes").inputs
    assert both == engine(on(build_slots=2)).named("engine-nodes").inputs, "neither does it change what all share"


def test_the_account_is_confined_before_it_may_do_anything() -> None:
    monitor = engine()
    binding = monitor.named("engine-nodes-binding")
    confinement = monitor.named("engine-confinement-binding")
    assert confinement.urn in binding.dependencies
    assert monitor.named("engine-confinement").urn in confinement.dependencies


def test_a_slot_is_a_lease_whose_spec_is_its_holders() -> None:
    lease = engine().named("engine-win22-slot-0").inputs
    assert set(lease) == {"apiVersion", "kind", "metadata"}
    assert lease["metadata"]["name"] == "docker-engine-win22-0"
    assert "annotations" not in lease["metadata"], "where the supervisor notes a rollout that it stopped"


def granted(rules: list[dict[str, Any]]) -> dict[tuple[str, str], set[str]]:
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for rule in rules:
        for group in rule["apiGroups"]:
            for resource in rule["resources"]:
                found[group, resource] |= set(rule["verbs"])
    return dict(found)


def test_the_supervisor_may_do_what_it_does_and_nothing_else() -> None:
    monitor = engine(on(build_slots=2))
    rules = {name: monitor.named(f"engine-{name}").inputs["rules"] for name in ("nodes", "win22-slots", "events")}
    wanted: dict[str, dict[tuple[str, str], set[str]]] = {name: {} for name in rules}
    where = {"cluster": ["nodes"], "namespace": ["win22-slots"], "namespace+default": ["win22-slots", "events"]}
    for rule in RULES:
        for role in where[rule.scope]:
            wanted[role][rule.group, rule.resource] = set(rule.verbs)
    assert {name: granted(some) for name, some in rules.items()} == wanted
    assert monitor.named("engine-events").inputs["metadata"]["namespace"] == "default"


def test_in_its_namespace_it_has_objects_by_name_alone() -> None:
    role = engine(on(rollout=RolloutArgs(slots=2)), on(pool("win25"))).named("engine-win22-slots").inputs
    named = {rule["resources"][0]: rule.get("resourceNames") for rule in role["rules"]}
    assert named == {
        "leases": ["docker-engine-win22-0", "docker-engine-win22-1"],
        "daemonsets": ["docker-engine-win22"],
        "events": None,
    }
    assert role["metadata"]["name"] == "docker-engine-win22"


def test_build_slots_can_be_taken_back_from_nodes_that_offer_none_any_more() -> None:
    assert ("", "nodes/status") in granted(engine(on(build_slots=None)).named("engine-nodes").inputs["rules"])


def test_what_the_component_was_given_is_in_its_inputs_for_policies_and_previews() -> None:
    monitor = engine(on(daemon=DaemonArgs(data_root="D:\\docker")), ready_minutes=7)
    inputs = monitor.named("engine").inputs
    told = json.loads(monitor.named("engine-win22-settings").inputs["data"]["settings.json"])
    assert inputs["pools"] == {"win22": {"image": "example.org/docker-engine:1-29.2.1", "settings": told}}
    assert told["data_root"] == "D:\\docker"
    assert inputs["readyMinutes"] == 7


def test_the_confinement_is_of_the_engines_account_and_refuses() -> None:
    spec = rights.policy_spec(namespace="engine-b")
    (condition,) = spec["matchConditions"]
    assert condition["expression"] == "request.userInfo.username == 'system:serviceaccount:engine-b:docker-engine'"
    assert spec["failurePolicy"] == "Fail"
    assert "Deny" in rights.binding_spec(policy="x")["validationActions"]


def test_a_change_of_the_settings_makes_new_pods() -> None:
    def annotation(**args: Any) -> str:
        spec = engine(on(**args)).only(DAEMON_SET).inputs["spec"]
        return str(spec["template"]["metadata"]["annotations"][contract.ANNOTATION_CONFIG_HASH])

    assert annotation() == annotation()
    assert annotation() != annotation(daemon=DaemonArgs(further={"debug": True}))
    assert annotation() != annotation(keep_data=True)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (pool("lin", os="linux"), "it is a linux build pool"),
        (pool("winsys", purpose="system"), "it is a windows system pool"),
        (pool("bare", taints=()), "the pool has no taint"),
        (pool("old", os_sku="Windows2019"), "os_sku is 'Windows2019'; allowed are Windows2022, Windows2025"),
    ],
)
def test_a_pool_that_is_no_tainted_windows_build_pool_is_refused(wrong: NodePool, reason: str) -> None:
    with pytest.raises(ValueError, match=f"node pool {wrong.name}: .*{reason}"):
        engine(on(), on(wrong))


def test_the_longest_name_of_a_pool_is_just_short_enough_for_every_name_and_label_that_is_made() -> None:
    def longest(nodes: NodePool) -> int:
        smoke = SmokePool(pool=nodes, client="a.io/c:1", image="a.io/i:1", engine="x", namespace="b")
        keep = PrepullPool(pool=nodes, images=("a.io/i:1",))
        monitor = deploy(
            lambda: [
                WindowsDockerEngine(
                    "engine",
                    WindowsDockerEngineArgs(stack="s", namespace="n", namespace_name="n", pools=[on(nodes)]),
                ),
                EngineSmokeTest("smoke", EngineSmokeTestArgs(stack="s", namespace="b", pools=[smoke])),
                ImagePrepuller("keep", ImagePrepullerArgs(stack="s", namespace="b", pause="a.io/p:1", pools=[keep])),
            ]
        )
        made = [one.inputs["metadata"] for one in monitor.registrations if one.custom]
        return max(len(text) for one in made for text in (one["name"], *one["labels"].values()))

    assert longest(pool("a" * LONGEST_POOL_NAME)) == 63
    assert longest(pool("a" * (LONGEST_POOL_NAME + 1))) == 64


def test_a_pool_given_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="a node pool is given twice"):
        engine(on(), on())


@pytest.mark.parametrize("key", [*sorted(RESERVED_KEYS), "HOSTS", "Data-Root"])
def test_a_configuration_cannot_open_another_door(key: str) -> None:
    with pytest.raises(ValueError, match=f"'{key}' cannot be set here"):
        daemon_configuration(DaemonArgs(further={key: "tcp://0.0.0.0:2375"}))


def test_isolation_is_the_users_to_choose() -> None:
    made = daemon_configuration(DaemonArgs(further={"exec-opts": ["isolation=hyperv"]}))
    assert made["exec-opts"] == ["isolation=hyperv"]


def test_what_is_not_given_is_not_in_the_daemons_configuration() -> None:
    assert sorted(daemon_configuration(DaemonArgs())) == ["data-root", "exec-opts", "hosts", "log-driver", "log-opts"]


def test_one_client_a_node_is_a_condition_that_autoscalers_understand() -> None:
    (term,) = clients.affinity(1)["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert term == {
        "labelSelector": {"matchLabels": {"buildfleet.dev/docker": "host-engine"}},
        "namespaceSelector": {},
        "topologyKey": "kubernetes.io/hostname",
    }
    assert clients.resources({"requests": {"cpu": "1"}}, 1) == {"requests": {"cpu": "1"}}


def test_more_clients_a_node_are_counted_by_what_the_node_offers() -> None:
    assert clients.affinity(3) == {}
    assert clients.resources({"requests": {"cpu": "1"}, "limits": {}}, 3) == {
        "requests": {"cpu": "1", "buildfleet.dev/docker-build-slot": "1"},
        "limits": {"buildfleet.dev/docker-build-slot": "1"},
    }
    assert clients.affinity(None) == {}
    assert clients.resources({"limits": {}}, None) == {"limits": {}}


def test_the_namespace_of_an_engine_may_be_any() -> None:
    monitor = engine(namespace="engine-b", namespace_name="engine-b")
    namespaces = {one.inputs["metadata"].get("namespace") for one in monitor.registrations if one.custom} - {
        None,
        rights.NODE_EVENTS_NAMESPACE,
    }
    assert namespaces == {"engine-b"}
