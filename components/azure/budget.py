"""A monthly amount, and who is told before it is passed.

Owns one budget. It stands at the subscription and counts the environment's resource groups by name: the machines of the
pools, most of the bill, lie in a second group that AKS makes, and a budget of one group would not see them.

It tells and stops nothing. Mails go out at 80 % spent, in time to act, and at 100 % forecast, when the month will end
above the amount if nothing changes. Costs arrive with a delay of up to a day.
https://learn.microsoft.com/azure/cost-management-billing/costs/tutorial-acm-create-budgets, 2026-11

Whoever makes it needs Cost Management Contributor at the subscription.

Refuses a budget without an amount, without anybody to tell, or that counts nothing: a budget without groups would count
the whole subscription.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import consumption

from components.azure.scope import AzureScope


@dataclass(frozen=True, kw_only=True)
class CostBudgetArgs:
    """What `CostBudget` needs."""

    scope: AzureScope
    budget: str
    """Name, unique in the subscription."""
    monthly_amount: int
    """In the currency of the subscription."""
    resource_groups: Sequence[str]
    """Names of the groups that are counted, that of the nodes among them."""
    contacts: Sequence[str]
    """Mail addresses, 1 to 50."""
    start: str
    """First of a month, for example `2026-12-01`. At creation not before the current month."""


class CostBudget(pulumi.ComponentResource):
    """A budget with two notifications."""

    def __init__(self, name: str, args: CostBudgetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        _check(args)
        groups = sorted(args.resource_groups)
        contacts = sorted(args.contacts)
        super().__init__(
            "buildfleet:index:CostBudget",
            name,
            {
                "budget": args.budget,
                "monthlyAmount": args.monthly_amount,
                "resourceGroups": groups,
                "contacts": contacts,
                "start": args.start,
            },
            opts,
        )
        consumption.Budget(
            f"{name}-budget",
            budget_name=args.budget,
            scope=f"/subscriptions/{args.scope.subscription}",
            category="Cost",
            amount=args.monthly_amount,
            time_grain="Monthly",
            time_period=consumption.BudgetTimePeriodArgs(start_date=f"{args.start}T00:00:00Z"),
            filter=consumption.BudgetFilterArgs(
                dimensions=consumption.BudgetComparisonExpressionArgs(
                    name="ResourceGroupName", operator="In", values=groups
                )
            ),
            notifications={
                "spent-80": _notification(80, "Actual", contacts),
                "forecast-100": _notification(100, "Forecasted", contacts),
            },
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})


def _notification(percent: int, kind: str, contacts: Sequence[str]) -> consumption.NotificationArgs:
    return consumption.NotificationArgs(
        enabled=True,
        operator="GreaterThanOrEqualTo",
        threshold=percent,
        threshold_type=kind,
        contact_emails=list(contacts),
    )


def _check(args: CostBudgetArgs) -> None:
    where = f"budget {args.budget}"
    if args.monthly_amount < 1:
        raise ValueError(f"{where}: the amount is {args.monthly_amount}; give at least 1")
    if not 1 <= len(args.contacts) <= 50:
        raise ValueError(f"{where}: {len(args.contacts)} contacts given; Azure takes 1 to 50")
    if not args.resource_groups:
        raise ValueError(f"{where}: no resource group given, so it would count the whole subscription; name the groups")
    if re.fullmatch(r"20[0-9]{2}-(0[1-9]|1[0-2])-01", args.start) is None:
        raise ValueError(f"{where}: the start is {args.start!r}; allowed is the first of a month, like 2026-12-01")
