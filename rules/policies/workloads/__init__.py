"""Rules of pods: what they may do to their node, and where they run."""

from __future__ import annotations

from typing import Any, Final

from rules.policies.rule import Rule
from rules.policies.workloads import host_namespaces

RULES: Final[tuple[Rule[Any], ...]] = (host_namespaces.RULE,)
