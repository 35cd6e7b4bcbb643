"""Rules of secrets: where they do not stand, and how long they live."""

from __future__ import annotations

from typing import Any, Final

from rules.policies.rule import Rule
from rules.policies.secrets import inline_secrets, long_lived_pat, secret_store_rotation

RULES: Final[tuple[Rule[Any], ...]] = (inline_secrets.RULE, long_lived_pat.RULE, secret_store_rotation.RULE)
