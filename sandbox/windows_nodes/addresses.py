"""Where a simulated node's supervisor listens: an address of loopback of its own for each node of each sandbox.

All nodes use the same port, as on a real cluster, and two sandboxes have nodes of the same names.
"""

from __future__ import annotations

import hashlib
from pathlib import Path


def address(sandbox: Path, node: str) -> str:
    """The node's address below 127.0.0.0/8. `sandbox` is the folder of the control plane."""
    digest = hashlib.sha256(f"{sandbox.absolute()}\n{node}".encode()).digest()
    # Not 127.0.x.y, where everything else listens.
    return f"127.{64 + digest[0] % 190}.{digest[1]}.{1 + digest[2] % 254}"
