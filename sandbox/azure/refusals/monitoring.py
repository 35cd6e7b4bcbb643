"""Log workspaces, diagnostics, managed Prometheus, budgets.

Sources: resource-name-rules (operationalInsights, insights, monitor); azure-monitor/logs/data-retention-configure (30
to 730 days); azure-aks-docs monitor-aks-reference (categories); cost-management tutorial-acm-create-budgets and the
schema of Microsoft.Consumption 2024-08-01 (five notifications, fifty addresses); read 2026-08-21.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sandbox.azure.errors import Refusal
from sandbox.azure.refusals.common import between, items, name, one_of, refused, required
from sandbox.azure.values import UNKNOWN, Object, is_known, list_at, number_at, object_at, text_at, value_at

CLUSTER_LOGS: Final = (
    "cloud-controller-manager",
    "cluster-autoscaler",
    "csi-azuredisk-controller",
    "csi-azurefile-controller",
    "csi-snapshot-controller",
    "fleet-mcs-controller-manager",
    "fleet-member-agent",
    "fleet-member-net-controller-manager",
    "guard",
    "kube-apiserver",
    "kube-audit",
    "kube-audit-admin",
    "kube-controller-manager",
    "kube-scheduler",
)
_DESTINATIONS: Final = ("workspaceId", "storageAccountId", "eventHubAuthorizationRuleId", "marketplacePartnerId")
_GRAINS: Final = ("Annually", "BillingAnnual", "BillingMonth", "BillingQuarter", "Monthly", "Quarterly")


def workspace(inputs: Object) -> Iterator[Refusal]:
    """Name, SKU, retention."""
    words = "4 to 63 letters, digits and hyphens, with a letter or digit at both ends"
    yield from name(inputs, "workspaceName", r"[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]", words)
    yield from one_of(inputs, "sku.name", ("CapacityReservation", "LACluster", "PerGB2018"))
    retention = number_at(inputs, "retentionInDays")
    if retention is not None and retention != -1:
        yield from between(inputs, "retentionInDays", 30, 730, "days")


def diagnostic_setting(inputs: Object) -> Iterator[Refusal]:
    """Somewhere to send to, something to send, and categories that a cluster has."""
    yield from name(inputs, "name", r"[^<>*%&:\\?+/]{1,260}", "1 to 260 characters without < > * % & : \\ ? + /")
    yield from required(inputs, ["resourceUri"])
    if all(value_at(inputs, key) is None for key in _DESTINATIONS):
        yield refused(
            "workspaceId", None, "a workspace, storage account, event hub or partner", "name one", "BadRequest"
        )
    if not any(value_at(inputs, key) not in (None, []) for key in ("logs", "metrics")):
        yield refused("logs", None, "at least one category of logs or metrics", "add one", "BadRequest")
    on_cluster = "/managedclusters/" in (text_at(inputs, "resourceUri") or "").lower()
    for path, log in items(inputs, "logs"):
        category, group = (value_at(log, key) for key in ("category", "categoryGroup"))
        if (category is None) == (group is None):
            yield refused(path, log, "category or categoryGroup, and not both", "keep one", "BadRequest")
        if on_cluster and isinstance(category, str):
            yield from one_of(log, "category", CLUSTER_LOGS, f"{path}.category")
        if number_at(log, "retentionPolicy.days"):
            allowed = "0: retention is the destination's"
            yield refused(f"{path}.retentionPolicy.days", log["retentionPolicy"]["days"], allowed, "leave it out")


def monitor_workspace(inputs: Object) -> Iterator[Refusal]:
    """The name of an Azure Monitor workspace."""
    words = "4 to 44 letters, digits and hyphens, with a letter or digit at both ends"
    yield from name(inputs, "azureMonitorWorkspaceName", r"[A-Za-z0-9][A-Za-z0-9-]{2,42}[A-Za-z0-9]", words)


def endpoint(inputs: Object) -> Iterator[Refusal]:
    """The name of a data collection endpoint, and its kind."""
    words = "3 to 44 letters, digits and hyphens, with a letter or digit at both ends"
    yield from name(inputs, "dataCollectionEndpointName", r"[A-Za-z0-9][A-Za-z0-9-]{1,42}[A-Za-z0-9]", words)
    yield from one_of(inputs, "kind", ("Linux", "Windows"))


def rule(inputs: Object) -> Iterator[Refusal]:
    """The name of a data collection rule, and flows whose destinations exist."""
    yield from name(
        inputs,
        "dataCollectionRuleName",
        r"[\w][\w.() -]{1,62}[\w)]",
        "3 to 64 letters, digits and characters of -_.()",
    )
    yield from one_of(inputs, "kind", ("Linux", "Windows"))
    destinations = object_at(inputs, "destinations")
    known = {
        text_at(item, "name")
        for kind in destinations
        for _, item in items(destinations, kind)
        if isinstance(item, dict)
    } | {text_at(item, "name") for item in destinations.values() if isinstance(item, dict)}
    if not is_known(value_at(inputs, "destinations")):
        return
    for path, flow in items(inputs, "dataFlows"):
        for target in list_at(flow, "destinations") or []:
            if isinstance(target, str) and target not in known:
                have = ", ".join(sorted(item for item in known if item)) or "none"
                yield refused(f"{path}.destinations", target, f"a name in destinations: {have}", "correct it")


def association(inputs: Object) -> Iterator[Refusal]:
    """A rule or an endpoint; the latter under one fixed name."""
    yield from required(inputs, ["associationName", "resourceUri"])
    rule_id, endpoint_id = (value_at(inputs, key) for key in ("dataCollectionRuleId", "dataCollectionEndpointId"))
    if (rule_id is None) == (endpoint_id is None):
        allowed = "dataCollectionRuleId or dataCollectionEndpointId, and not both"
        yield refused("dataCollectionRuleId", rule_id, allowed, "keep one")
    fixed = "configurationAccessEndpoint"
    named = text_at(inputs, "associationName")
    if named is not None and endpoint_id is not None and rule_id is None and named != fixed:
        yield refused("associationName", named, f"{fixed} for an endpoint", f"write {fixed}")


def budget(inputs: Object) -> Iterator[Refusal]:
    """Name, amount, period, and notifications that reach somebody."""
    words = "1 to 63 letters, digits, hyphens and underscores"
    yield from name(inputs, "budgetName", r"[\w-]{1,63}", words)
    yield from required(inputs, ["scope", "amount", "category", "timeGrain", "timePeriod.startDate"])
    amount = value_at(inputs, "amount")
    if isinstance(amount, int | float) and amount <= 0:
        yield refused("amount", amount, "more than 0", "correct it")
    yield from one_of(inputs, "category", ("Cost", "ReservationUtilization"))
    yield from one_of(inputs, "timeGrain", _GRAINS)
    start = text_at(inputs, "timePeriod.startDate")
    if start is not None and re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])-01(T00:00:00(\.0+)?Z?)?", start) is None:
        yield refused("timePeriod.startDate", start, "the first of a month", "write it like 2026-12-01")
    notifications = object_at(inputs, "notifications")
    if len(notifications) > 5:
        yield refused("notifications", notifications, "at most five", "merge some")
    for key, notification in sorted(notifications.items()):
        path = f"notifications.{key}"
        yield from between(notification, "threshold", 0, 1000, "percent", f"{path}.threshold")
        yield from one_of(
            notification, "operator", ("EqualTo", "GreaterThan", "GreaterThanOrEqualTo"), f"{path}.operator"
        )
        yield from one_of(notification, "thresholdType", ("Actual", "Forecasted"), f"{path}.thresholdType")
        told = [list_at(notification, part) for part in ("contactEmails", "contactRoles", "contactGroups")]
        if isinstance(notification, dict) and not any(told) and UNKNOWN not in notification.values():
            yield refused(path, notification, "a mail address, role or action group", "add contactEmails")
        if len(told[0] or []) > 50:
            yield refused(f"{path}.contactEmails", told[0], "at most 50 addresses", "use an action group")
