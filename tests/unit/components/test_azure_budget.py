"""CostBudget: counts the environment's groups, and tells in time."""

from __future__ import annotations

from typing import Any

import pytest

from components.azure.budget import CostBudget, CostBudgetArgs
from tests.unit.components.mocks import RecordingMonitor, deploy
from tests.unit.components.test_azure_roles import SCOPE, SUBSCRIPTION


def made(**args: Any) -> RecordingMonitor:
    full: dict[str, Any] = {
        "scope": SCOPE,
        "budget": "buildfleet-prod",
        "monthly_amount": 8000,
        "resource_groups": ["buildfleet-prod-nodes", "buildfleet-prod"],
        "contacts": ["b@example.com", "a@example.com"],
        "start": "2026-12-01",
        **args,
    }
    return deploy(lambda: CostBudget("budget", CostBudgetArgs(**full)))


def test_it_stands_at_the_subscription_and_counts_the_groups_of_the_environment() -> None:
    budget = made().named("budget-budget")
    mails = {
        "contactEmails": ["a@example.com", "b@example.com"],
        "enabled": True,
        "operator": "GreaterThanOrEqualTo",
    }
    assert budget.inputs == {
        "amount": 8000,
        "budgetName": "buildfleet-prod",
        "category": "Cost",
        "filter": {
            "dimensions": {
                "name": "ResourceGroupName",
                "operator": "In",
                "values": ["buildfleet-prod", "buildfleet-prod-nodes"],
            }
        },
        "notifications": {
            "forecast-100": {**mails, "threshold": 100, "thresholdType": "Forecasted"},
            "spent-80": {**mails, "threshold": 80, "thresholdType": "Actual"},
        },
        "scope": f"/subscriptions/{SUBSCRIPTION}",
        "timeGrain": "Monthly",
        "timePeriod": {"startDate": "2026-12-01T00:00:00Z"},
    }
    assert budget.parent_name == "budget"


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"monthly_amount": 0}, "the amount is 0"),
        ({"contacts": []}, "0 contacts given; Azure takes 1 to 50"),
        ({"resource_groups": []}, "would count the whole subscription"),
        ({"start": "2026-12-02"}, "allowed is the first of a month"),
    ],
)
def test_a_budget_that_tells_nobody_or_counts_everything_is_refused(args: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        made(**args)
