"""What both programs with runner sets have in common."""

from __future__ import annotations

from typing import Final

import pulumi

from components.platform import NodePool, Taint

CONTEXT: Final = "buildfleet-dev"
NAMESPACE: Final = "github-runners"
URL: Final = "https://github.com/contoso/app"
POOL: Final = NodePool(
    name="lin",
    os="linux",
    purpose="build",
    trust="trusted",
    node_selector={"agentpool": "lin", "kubernetes.io/os": "linux"},
    taints=(Taint(key="buildfleet.dev/purpose", value="build", effect="NoSchedule"),),
)


def count() -> int:
    """How many sets to make: the number in the stack's name."""
    return int(pulumi.get_stack().removeprefix("n"))
