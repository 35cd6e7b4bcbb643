"""The engine's log of a preview in the sandbox.

Owns where it is written and the line that is added to it: what was simulated, which the engine cannot know and whoever
reads the log (`review/`) has to say.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

KEY: Final = "buildfleetRehearsal"
"""`review.log.REHEARSAL`; a test holds them equal."""


def options(path: Path | None) -> list[str]:
    """Options of `pulumi preview`; a log of an earlier run is removed, so that it is never taken for this one's."""
    if path is None:
        return []
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    return ["--event-log", str(path.absolute())]


def close(path: Path | None, simulated: Sequence[str], *, refusals_shown: bool) -> None:
    """Add what was simulated. `refusals_shown`: the Kubernetes provider tells refusals with code 403, too."""
    if path is not None:
        with path.open("a", encoding="utf-8") as log:
            log.write(json.dumps({KEY: {"simulated": list(simulated), "refusalsShown": refusals_shown}}) + "\n")


def refuse(path: Path | None, stack: str, message: str) -> None:
    """A log of a run that was refused before there was an engine: its reason, as the engine tells an error."""
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        events = (
            {KEY: {"stack": stack}},
            {"errorEvent": {"error": message}},
            {"summaryEvent": {"isPreview": True, "result": "failed"}},
        )
        path.write_text("".join(f"{json.dumps(event)}\n" for event in events), encoding="utf-8")
