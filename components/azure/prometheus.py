"""Azure's managed Prometheus for an AKS cluster.

Owns the metrics' workspace and the rule that brings the cluster's metrics there. The agents in the cluster are the
cluster's own part (`AddOns.prometheus` of `cluster`); either half without the other does nothing.

Refuses dashboards and alerts: what is worth an alert is said in the docs, and whom it wakes is not ours to know.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_azure_native import monitor

from components.azure.scope import AzureScope

_STREAM: Final = "Microsoft-PrometheusMetrics"
_DESTINATION: Final = "workspace"


@dataclass(frozen=True, kw_only=True)
class ManagedPrometheusArgs:
    """What `ManagedPrometheus` needs."""

    scope: AzureScope
    name: str
    """Of the workspace, the endpoint and the rule in Azure."""
    cluster: pulumi.Input[str]
    """ARM id of the cluster."""


class ManagedPrometheus(pulumi.ComponentResource):
    """Workspace, endpoint, rule, and the rule's association with the cluster."""

    query_endpoint: pulumi.Output[str]
    """Where metrics are asked for, for a Grafana of yours."""

    def __init__(self, name: str, args: ManagedPrometheusArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("buildfleet:index:ManagedPrometheus", name, {"name": args.name}, opts)
        scope = args.scope
        own = pulumi.ResourceOptions(parent=self)
        tags = dict(scope.tags)
        workspace = monitor.AzureMonitorWorkspace(
            f"{name}-workspace",
            resource_group_name=scope.resource_group,
            azure_monitor_workspace_name=args.name,
            location=scope.location,
            tags=tags,
            opts=own,
        )
        endpoint = monitor.DataCollectionEndpoint(
            f"{name}-endpoint",
            resource_group_name=scope.resource_group,
            data_collection_endpoint_name=args.name,
            location=scope.location,
            kind="Linux",
            tags=tags,
            opts=own,
        )
        rule = monitor.DataCollectionRule(
            f"{name}-rule",
            resource_group_name=scope.resource_group,
            data_collection_rule_name=args.name,
            location=scope.location,
            kind="Linux",
            data_collection_endpoint_id=endpoint.id,
            data_sources=monitor.DataCollectionRuleDataSourcesArgs(
                prometheus_forwarder=[
                    monitor.PrometheusForwarderDataSourceArgs(name="PrometheusDataSource", streams=[_STREAM])
                ]
            ),
            destinations=monitor.DataCollectionRuleDestinationsArgs(
                monitoring_accounts=[
                    monitor.MonitoringAccountDestinationArgs(account_resource_id=workspace.id, name=_DESTINATION)
                ]
            ),
            data_flows=[monitor.DataFlowArgs(streams=[_STREAM], destinations=[_DESTINATION])],
            tags=tags,
            opts=own,
        )
        monitor.DataCollectionRuleAssociation(
            f"{name}-association",
            association_name="ContainerInsightsMetricsExtension",
            resource_uri=args.cluster,
            data_collection_rule_id=rule.id,
            opts=own,
        )
        self.query_endpoint = workspace.metrics.apply(lambda metrics: str(metrics.prometheus_query_endpoint))
        self.register_outputs({"queryEndpoint": self.query_endpoint})
