"""Rules of container images."""

from __future__ import annotations

from typing import Any, Final

from rules.policies.images import (
    image_digest_pinned,
    image_registry_allowlist,
    image_sources_named,
)
from rules.policies.rule import Rule

RULES: Final[tuple[Rule[Any], ...]] = (
    image_digest_pinned.RULE,
    image_registry_allowlist.RULE,
    image_sources_named.RULE,
)
