"""KEDA and the Actions Runner Controller: what their charts are told, and what waits for them."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi_kubernetes.core.v1 import ConfigMap

from components.github.listener import listener_template
from components.kubernetes.confined_namespace import ConfinedNamespace, ConfinedNamespaceArgs
from components.operators.keda import (
    NAMESPACE,
    SERVICE_ACCOUNT,
    KedaOperator,
    KedaOperatorArgs,
    WorkloadIdentity,
    keda_values,
)
from components.operators.runner_controller import RunnerController, RunnerControllerArgs, controller_values
from rules.tables.charts import ARC, KEDA
from tests.unit.components.mocks import RecordingMonitor, deploy
from tests.unit.components.pod_security import restricted_problems

RELEASE = "kubernetes:helm.sh/v3:Release"
NAMESPACE_TYPE = "kubernetes:core/v1:Namespace"
CONTROLLER: dict[str, Any] = {
    "stack": "dev",
    "version": "0.14.2",
    "namespace": "arc-systems",
    "service_account": "arc-gha-rs-controller",
}


def keda(**changes: Any) -> RecordingMonitor:
    return deploy(lambda: KedaOperator("keda", KedaOperatorArgs(stack="dev", version="2.19.0", **changes)))


def controller(**changes: Any) -> RecordingMonitor:
    return deploy(lambda: RunnerController("arc", RunnerControllerArgs(**(CONTROLLER | changes))))


def test_an_operator_is_a_namespace_and_a_release_that_is_all_or_nothing() -> None:
    for monitor, name, token in (
        (keda(), "keda", "buildfleet:index:KedaOperator"),
        (controller(), "arc", "buildfleet:index:RunnerController"),
    ):
        assert monitor.summary() == [
            (token, name),
            (NAMESPACE_TYPE, f"{name}-namespace"),
            (RELEASE, f"{name}-release"),
        ]
        release = monitor.only(RELEASE)
        assert release.parent_name == name
        assert release.inputs["atomic"] is True
        assert release.inputs["skipAwait"] is False
        assert release.inputs["timeout"] == 600
        assert release.inputs["name"] == name
        assert release.custom_timeouts == ("20m", "20m", ""), "a rollback is waited for too"


def test_kedas_chart_comes_from_its_repository_in_the_version_that_is_asked_for() -> None:
    inputs = keda().only(RELEASE).inputs
    assert inputs["chart"] == "keda"
    assert inputs["repositoryOpts"] == {"repo": KEDA.repository}
    assert inputs["version"] == "2.19.0"
    assert inputs["namespace"] == NAMESPACE


def test_the_controllers_chart_is_an_oci_artifact_and_so_has_no_repository() -> None:
    inputs = controller().only(RELEASE).inputs
    assert inputs["chart"] == ARC.name
    assert inputs["chart"].startswith("oci://")
    assert "repositoryOpts" not in inputs
    assert inputs["version"] == "0.14.2"
    assert inputs["namespace"] == "arc-systems"


def test_only_kedas_chart_upgrades_its_definitions_so_the_controllers_are_upgraded_by_hand() -> None:
    assert KEDA.updates_definitions
    assert not ARC.updates_definitions


@pytest.mark.parametrize(
    "values",
    [
        keda_values(KedaOperatorArgs(stack="dev", version="2.19.0")),
        controller_values(RunnerControllerArgs(**CONTROLLER)),
    ],
)
def test_operators_run_on_linux_and_on_system_pools_that_are_kept_for_them(values: dict[str, Any]) -> None:
    assert values["nodeSelector"] == {"kubernetes.io/os": "linux"}
    assert values["tolerations"] == [{"key": "CriticalAddonsOnly", "operator": "Exists"}]


def test_each_program_of_keda_has_its_replicas_resources_and_budget_under_the_charts_own_spelling() -> None:
    values = keda_values(KedaOperatorArgs(stack="dev", version="2.19.0", replicas=3))
    assert {program: values[program]["replicaCount"] for program in ("operator", "metricsServer", "webhooks")} == {
        "operator": 3,
        "metricsServer": 3,
        "webhooks": 3,
    }
    assert set(values["resources"]) == set(values["podDisruptionBudget"]) == {"operator", "metricServer", "webhooks"}
    assert all("requests" in each and "memory" in each["limits"] for each in values["resources"].values())


def test_a_single_replica_has_no_budget_that_would_block_every_drain() -> None:
    assert "podDisruptionBudget" not in keda_values(KedaOperatorArgs(stack="dev", version="2.19.0", replicas=1))


def test_keda_takes_on_an_identity_only_where_one_is_given() -> None:
    assert "podIdentity" not in keda().only(RELEASE).inputs["values"]
    values = keda(identity=WorkloadIdentity(client_id="client", tenant_id="tenant")).only(RELEASE).inputs["values"]
    assert values["podIdentity"] == {"azureWorkload": {"enabled": True, "clientId": "client", "tenantId": "tenant"}}
    assert values["serviceAccount"]["operator"] == {"create": True, "name": SERVICE_ACCOUNT}


def test_scale_sets_find_the_controller_by_the_account_that_is_given() -> None:
    values = controller(service_account="arc").only(RELEASE).inputs["values"]
    assert values["serviceAccount"] == {"create": True, "name": "arc"}


def test_the_account_default_is_refused_before_the_chart_refuses_it() -> None:
    with pytest.raises(ValueError, match="'default' is the namespace's own; give another name"):
        controller(service_account="default")


def test_the_controller_watches_every_namespace_as_runners_are_in_two() -> None:
    assert "watchSingleNamespace" not in controller_values(RunnerControllerArgs(**CONTROLLER))["flags"]


def test_namespaces_refuse_what_is_above_their_level_and_audit_the_rest() -> None:
    prefix = "pod-security.kubernetes.io"
    for monitor, level in ((keda(), "restricted"), (controller(), "baseline")):
        labels = monitor.only(NAMESPACE_TYPE).inputs["metadata"]["labels"]
        assert labels[f"{prefix}/enforce"] == labels[f"{prefix}/warn"] == level
        assert labels[f"{prefix}/audit"] == "restricted"
        assert {labels[f"{prefix}/{mode}-version"] for mode in ("enforce", "audit", "warn")} == {"v1.36"}
        assert labels["buildfleet.dev/stack"] == "dev"


def test_the_controllers_own_pod_and_its_listeners_would_pass_restricted() -> None:
    values = controller_values(RunnerControllerArgs(**CONTROLLER))
    context = {**values["podSecurityContext"], **values["securityContext"]}
    pod = {"containers": [{"name": "manager", "securityContext": context}]}
    assert restricted_problems(pod) == []
    assert restricted_problems(listener_template()["spec"]) == []


def test_a_listener_may_run_on_a_system_pool_as_every_other_pool_keeps_it_off() -> None:
    spec = listener_template()["spec"]
    assert spec["tolerations"] == [{"key": "CriticalAddonsOnly", "operator": "Exists"}]
    assert spec["nodeSelector"] == {"kubernetes.io/os": "linux"}
    assert spec["terminationGracePeriodSeconds"] == 60, "the controller takes it from here even if it is missing"


@pytest.mark.parametrize("preview", [False, True])
def test_what_takes_its_namespace_waits_for_the_release_and_is_deleted_before_it(preview: bool) -> None:
    def program() -> None:
        operator = KedaOperator("keda", KedaOperatorArgs(stack="dev", version="2.19.0"))
        made = ConfinedNamespace(
            "agents",
            ConfinedNamespaceArgs(
                namespace="azdo-agents",
                stack="dev",
                environment="dev",
                owner="us",
                confinement="agents",
                operators=[operator.release],
            ),
        )
        ConfigMap("consumer", metadata={"name": "c", "namespace": made.namespace})

    consumer = deploy(program, preview=preview).named("consumer")
    assert {urn.split("::")[-1] for urn in consumer.dependencies} == {"agents-namespace", "keda-release"}
    assert consumer.inputs["metadata"]["namespace"] == "azdo-agents", "known in previews too"
