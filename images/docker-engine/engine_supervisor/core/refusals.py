"""What nothing but a person or another stack file changes. The node is given back, and the engine left as it is."""

from __future__ import annotations

from engine_supervisor.actions import Report
from engine_supervisor.core.decision import WAITING, Decision
from engine_supervisor.core.situation import Situation
from engine_supervisor.world import Feature, Owner


def refused(s: Situation) -> Decision | None:
    """An operation that meets a refusal ends: whoever has to come finds no cordon of ours."""
    reason = _reason(s)
    if reason is None:
        return None
    report = Report(ready=False, state="refused", reason=reason, refused=True)
    return s.decision(report, WAITING, journal=s.with_operation(None))


def _reason(s: Situation) -> str | None:
    if s.host.disk is None:
        return (
            f"The drive of the data root {s.settings.data_root} does not exist on this node. Set dockerEngine.dataRoot "
            "to a folder on a drive that every node of the pool has."
        )
    if s.service.owner is Owner.OTHER and s.settings.existing == "refuse":
        return (
            'The node has a service "docker" that Buildfleet did not install. Remove it, or set '
            "dockerEngine.existingService to adopt or replace."
        )
    if s.service.owner is Owner.NOBODY and s.host.engine.answers:
        return (
            "An engine that is no service named docker answers on the pipe of Docker Engine. Remove it: it can be "
            "neither adopted nor replaced."
        )
    if s.settings.feature == "require" and not s.runs:
        if s.host.feature is Feature.ABSENT:
            return (
                "The Windows feature Containers is not installed. Run `Install-WindowsFeature Containers -Restart` on "
                "the node, or set dockerEngine.containersFeature to install."
            )
        if s.host.feature is Feature.REBOOT_PENDING:
            return (
                "The Windows feature Containers takes effect with a reboot. Restart the node, or set "
                "dockerEngine.containersFeature to install."
            )
    return None
