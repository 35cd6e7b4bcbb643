"""What Prometheus and Grafana are given of the engines: a PodMonitor, alert rules, a dashboard; each by argument.

Owns the objects and the labels `stack`, `pool` and `node` of what is scraped, which rules and dashboard rely on.
Refuses to install what reads them: a cluster has a Prometheus operator, Azure's managed Prometheus, or nothing.
Azure's keeps alert rules as resources of Azure and reads no PrometheusRule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.core.v1 import ConfigMap

from components import contract
from components.docker_engine.alerts import alert_rules
from components.docker_engine.dashboard import dashboard_json
from components.docker_engine.supervisor_pod import PORT_NAME
from components.kubernetes.manifest import metadata

PodMonitorKind = Literal["off", "prometheus-operator", "azure"]

API_VERSIONS: Final[Mapping[PodMonitorKind, str]] = {
    "prometheus-operator": "monitoring.coreos.com/v1",
    "azure": "azmonitoring.coreos.com/v1",
}
"""Azure's own is the operator's under another group: Microsoft Learn "Customize collection using CRDs (Service and Pod
Monitors)", read 2026-08."""
GRAFANA_LABEL: Final = "grafana_dashboard"
"""Which ConfigMaps the sidecar of Grafana's chart loads."""
_SCRAPE: Final = "30s"


@dataclass(frozen=True, kw_only=True)
class MonitoringArgs:
    """What is made."""

    pod_monitor: PodMonitorKind = "off"
    alerts: bool = False
    """Needs a Prometheus operator."""
    dashboard: bool = False


def monitoring_resources(
    parent: pulumi.Resource,
    name: str,
    args: MonitoringArgs,
    *,
    labels: Mapping[str, str],
    namespace: pulumi.Input[str],
    selector: Mapping[str, str],
    job: str,
) -> list[pulumi.Resource]:
    """Register what is asked for.

    Args:
        parent: whose children they are.
        name: their names begin with it.
        args: what is asked for.
        labels: of the objects.
        namespace: of the engine.
        selector: labels that find the supervisors' pods.
        job: what Prometheus calls the PodMonitor's targets: `NAMESPACE/NAME`.
    """
    stack, object_name = selector[contract.LABEL_STACK], job.rpartition("/")[2]
    own = pulumi.ResourceOptions(parent=parent)
    made: list[pulumi.Resource] = []

    def custom(suffix: str, api_version: str, kind: str, spec: dict[str, Any]) -> CustomResource:
        return CustomResource(
            f"{name}-{suffix}",
            api_version=api_version,
            kind=kind,
            metadata=metadata(object_name, namespace=namespace, labels=labels),
            spec=spec,
            opts=own,
        )

    if args.pod_monitor != "off":
        made.append(custom("monitor", API_VERSIONS[args.pod_monitor], "PodMonitor", pod_monitor_spec(selector)))
    if args.alerts:
        rules = {"groups": [{"name": object_name, "rules": alert_rules(stack=stack, job=job)}]}
        made.append(custom("alerts", API_VERSIONS["prometheus-operator"], "PrometheusRule", rules))
    if args.dashboard:
        made.append(
            ConfigMap(
                f"{name}-dashboard",
                metadata=metadata(
                    f"{object_name}-dashboard", namespace=namespace, labels={**labels, GRAFANA_LABEL: "1"}
                ),
                data={f"{object_name}-{stack}.json": dashboard_json(stack=stack)},
                opts=own,
            )
        )
    return made


def pod_monitor_spec(selector: Mapping[str, str]) -> dict[str, Any]:
    """Spec of the PodMonitor."""
    return {
        "selector": {"matchLabels": dict(selector)},
        "podMetricsEndpoints": [
            {
                "port": PORT_NAME,
                "path": "/metrics",
                "interval": _SCRAPE,
                "relabelings": [
                    _label("__meta_kubernetes_pod_node_name", "node"),
                    _label(_meta(contract.LABEL_POOL), "pool"),
                    _label(_meta(contract.LABEL_STACK), "stack"),
                ],
            }
        ],
    }


def _meta(label: str) -> str:
    """A pod's label, as Prometheus calls it."""
    return "__meta_kubernetes_pod_label_" + "".join(one if one.isalnum() else "_" for one in label)


def _label(source: str, target: str) -> dict[str, Any]:
    return {"sourceLabels": [source], "targetLabel": target, "action": "replace"}
