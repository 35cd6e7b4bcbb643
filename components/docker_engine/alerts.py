"""When somebody has to look at an engine: alert rules for Prometheus, as plain data.

Owns thresholds. The metrics are the supervisor's (`engine_supervisor.program.metrics`); a test holds the names equal.
Severity `critical` is for what keeps builds from running, `warning` for what will.

Refuses to alert on having no target at all: a stack whose pools are scaled to 0 has none. A node without a supervisor's
pod is a matter of its DaemonSet, which kube-state-metrics tells of.
"""

from __future__ import annotations

from typing import Any, Final

PREFIX: Final = "buildfleet_docker_engine_"


def alert_rules(*, stack: str, job: str) -> list[dict[str, Any]]:
    """The rules of one stack, whose targets Prometheus has under `job`."""

    def metric(name: str, more: str = "") -> str:
        return PREFIX + name + f'{{stack="{stack}"{more}}}'

    rolled_back = metric("upgrades_total", ', outcome="rolled-back"')
    unplanned = metric("starts_total", ', kind=~"repair|unwatched"')

    return [
        _rule(
            "DockerEngineNotReady",
            f"{metric('ready')} == 0",
            wait="15m",
            severity="critical",
            summary="Docker Engine on {{ $labels.node }} has not been ready for 15 minutes.",
            action="kubectl get events -A --field-selector involvedObject.name={{ $labels.node }}",
        ),
        _rule(
            "DockerEngineRolloutStopped",
            f"max by (pool, namespace) ({metric('rollout_stopped')}) == 1",
            wait="1m",
            severity="warning",
            summary="The wanted engine failed on a node of pool {{ $labels.pool }}, and no other goes to it.",
            action="kubectl get leases -n {{ $labels.namespace }} -o yaml",
        ),
        _rule(
            "DockerEngineRolledBack",
            f"increase({rolled_back}[1h]) > 0",
            wait="0m",
            severity="warning",
            summary="{{ $labels.node }} went back to its former engine: the wanted one ran no container.",
            action="kubectl logs -n {{ $labels.namespace }} {{ $labels.pod }}",
        ),
        _rule(
            "DockerEngineDiskLow",
            # Before the first look at the disk both its numbers are 0.
            f"{metric('disk_free_bytes')} < {metric('prune_below_bytes')} and {metric('disk_total_bytes')} > 0",
            wait="1h",
            severity="warning",
            summary="For an hour the disk with Docker's data has had less free on {{ $labels.node }} than dockerEngine."
            "prune.belowGiB, and pruning does not help.",
            action="docker system df on the node; a larger osDiskSizeGB, or fewer images in prepull",
        ),
        _rule(
            "DockerEngineCrashes",
            f"sum by (node, pool) (increase({unplanned}[6h])) > 2",
            wait="0m",
            severity="critical",
            summary="Docker Engine on {{ $labels.node }} had to be started again and again; each start cuts off the "
            "builds on the node.",
            action="the event log Application of the node, source docker",
        ),
        _rule(
            "DockerEngineSupervisorSilent",
            f'up{{job="{job}"}} == 0 or time() - {metric("last_round_timestamp_seconds")} > 900',
            wait="10m",
            severity="critical",
            summary="Nobody looks after Docker Engine on {{ $labels.node }}: its supervisor does not answer or does "
            "not move.",
            action="kubectl describe pod {{ $labels.pod }} -n {{ $labels.namespace }}",
        ),
    ]


def _rule(alert: str, expression: str, *, wait: str, severity: str, summary: str, action: str) -> dict[str, Any]:
    return {
        "alert": alert,
        "expr": expression,
        "for": wait,
        "labels": {"severity": severity},
        "annotations": {"summary": summary, "action": action},
    }
