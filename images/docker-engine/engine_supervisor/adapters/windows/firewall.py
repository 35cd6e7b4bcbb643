"""One inbound rule of Windows' firewall, for the ports of the supervisor and of the engine's metrics.

Rules are read from the registry, where each is one line of `Key=Value` parts between bars ([MS-GPFAS] 2.2.2): netsh's
own listing is translated with the system's language, and slow.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from engine_supervisor.adapters.windows.seams import Node
from engine_supervisor.ports import Failed

RULE: Final = "buildfleet docker-engine"
_RULES: Final = r"SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\FirewallRules"
_SECONDS: Final = 60.0


def open_ports(node: Node, ports: Sequence[int]) -> None:
    """Make our rule one for these TCP ports; no rule for none."""
    wanted = [sorted(set(ports))] if ports else []
    found = rules(node.registry.values(_RULES).values())
    if found == wanted:
        return
    netsh = node.system_program("netsh.exe")
    if found:
        _done(node, [netsh, "advfirewall", "firewall", "delete", "rule", f"name={RULE}"])
    if wanted:
        _done(
            node,
            [
                netsh,
                "advfirewall",
                "firewall",
                "add",
                "rule",
                f"name={RULE}",
                "dir=in",
                "action=allow",
                "protocol=TCP",
                f"localport={','.join(str(port) for port in wanted[0])}",
            ],
        )


def rules(lines: Iterable[Any]) -> list[list[int]]:
    """The ports of each rule of ours among all rules; a rule of ours that is not as we make it has none."""
    found = []
    for line in lines:
        parts = [part.partition("=") for part in str(line).split("|")]
        if not any(key == "Name" and value == RULE for key, _, value in parts):
            continue
        told = {key: value for key, _, value in parts}
        as_made = (told.get("Action"), told.get("Active"), told.get("Dir"), told.get("Protocol")) == (
            "Allow",
            "TRUE",
            "In",
            "6",
        )
        ports = sorted(int(value) for key, _, value in parts if key == "LPort" and value.isdigit())
        found.append(ports if as_made else [])
    return found


def _done(node: Node, argv: list[str]) -> None:
    done = node.run(argv, seconds=_SECONDS)
    if done.code != 0:
        raise Failed(f"dockerEngine.metrics.firewall: the firewall's rule {RULE!r}: netsh: {done.words}")
