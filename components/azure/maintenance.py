"""When an AKS cluster may be upgraded by itself.

Owns the two schedules: one for Kubernetes, one for the images of nodes. Their names are AKS's; with any other the
window would be of the old kind, which governs neither. Refuses windows for work that nobody asked for: what AKS does to
its own control plane is not ours to schedule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import containerservice

from components.azure.scope import AzureScope


@dataclass(frozen=True, kw_only=True)
class WeeklyWindow:
    """One window a week."""

    day: str
    """`Monday` to `Sunday`."""
    start: str
    """`02:00`."""
    hours: int
    """4 to 24."""
    utc_offset: str
    """`+01:00`."""


@dataclass(frozen=True, kw_only=True)
class MaintenanceArgs:
    """What `Maintenance` needs."""

    scope: AzureScope
    cluster: pulumi.Input[str]
    """The cluster's name, as the made cluster tells it."""
    kubernetes: WeeklyWindow
    """For upgrades of Kubernetes."""
    node_images: WeeklyWindow
    """For new images of nodes."""


class Maintenance(pulumi.ComponentResource):
    """Both schedules of a cluster."""

    schedules: Sequence[pulumi.Resource]
    """What is made: an operation on the cluster that comes later can wait for them."""

    def __init__(self, name: str, args: MaintenanceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        windows = {
            "kubernetes": ("aksManagedAutoUpgradeSchedule", args.kubernetes),
            "node-images": ("aksManagedNodeOSUpgradeSchedule", args.node_images),
        }
        super().__init__(
            "buildfleet:index:Maintenance",
            name,
            {"kubernetes": _text(args.kubernetes), "nodeImages": _text(args.node_images)},
            opts,
        )
        made: list[pulumi.Resource] = []
        for suffix, (schedule, window) in windows.items():
            made.append(
                containerservice.MaintenanceConfiguration(
                    f"{name}-{suffix}",
                    resource_group_name=args.scope.resource_group,
                    resource_name_=args.cluster,
                    config_name=schedule,
                    maintenance_window=_window(window),
                    # One operation on a cluster at a time.
                    opts=pulumi.ResourceOptions(parent=self, depends_on=list(made)),
                )
            )
        self.schedules = made
        self.register_outputs({})


def _window(window: WeeklyWindow) -> containerservice.MaintenanceWindowArgs:
    return containerservice.MaintenanceWindowArgs(
        schedule=containerservice.ScheduleArgs(
            weekly=containerservice.WeeklyScheduleArgs(day_of_week=window.day, interval_weeks=1)
        ),
        start_time=window.start,
        duration_hours=window.hours,
        utc_offset=window.utc_offset,
    )


def _text(window: WeeklyWindow) -> str:
    return f"{window.day} {window.start} {window.utc_offset}, {window.hours} h"
