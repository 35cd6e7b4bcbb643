"""The engine's last words: its errors in the Application log, and its panic if it died of one.

As a service dockerd logs to the event log, under the service's name. What it writes to standard error goes to
`<data root>/panic.log` while it runs: its whole log, and the panic or fatal error of Go that ends it
(moby/moby daemon/command/service_windows.go, `initPanicFile`, read 2026-11).
"""

from __future__ import annotations

import xml.etree.ElementTree as xml
from pathlib import Path
from typing import Final

from engine_supervisor.adapters.windows import files
from engine_supervisor.adapters.windows.seams import Node
from engine_supervisor.adapters.windows.services import NAME
from engine_supervisor.ports import Failed

_COUNT: Final = 3
_MINUTES: Final = 15
_LONGEST: Final = 600
_TAIL_BYTES: Final = 256 * 1024
"""Of panic.log: a panic is followed by the stacks of the goroutines."""
_DEATHS: Final = ("panic:", "fatal error:")
"""How the Go runtime begins its last words."""
_NAMESPACE: Final = "{http://schemas.microsoft.com/win/2004/08/events/event}"


def last_words(node: Node, data_root: Path) -> str:
    """The newest errors of the last minutes, oldest first; empty when there are none or they cannot be read."""
    newest = f"TimeCreated[timediff(@SystemTime) <= {_MINUTES * 60_000}]"
    try:
        asked = node.run(
            [
                node.system_program("wevtutil.exe"),
                "query-events",
                "Application",
                f"/query:*[System[Provider[@Name='{NAME}'] and (Level=1 or Level=2) and {newest}]]",
                f"/count:{_COUNT}",
                "/reversedirection:true",
                "/format:xml",
            ],
            seconds=30,
        )
        said = list(reversed(messages(asked.output))) if asked.code == 0 else []
        log = files.tail(data_root / "panic.log", _TAIL_BYTES) or ""
    except Failed:
        return ""
    said += [line.strip() for line in log.splitlines() if line.startswith(_DEATHS)][-1:]
    return "; ".join(said)[-_LONGEST:]


def messages(output: str) -> list[str]:
    """The messages of the events that wevtutil prints, one element after the other without a root."""
    try:
        root = xml.fromstring(f"<all>{output}</all>")
    except xml.ParseError:
        return []
    found = []
    for event in root:
        data = [" ".join((one.text or "").split()) for one in event.iter(f"{_NAMESPACE}Data")]
        found.append(" ".join(word for word in data if word))
    return [message for message in found if message]
