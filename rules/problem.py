"""The one shape in which every rule reports what is wrong."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One mistake, told so that its author can mend it without reading our code.

    `path` is where it stands in the caller's terms, for example `nodePools[2].name`. `given` is what stands there
    (never the value of a secret); `allowed` is what may stand there; `fix` is what to do. `rule` is the stable,
    kebab-case id of the rule.
    """

    rule: str
    path: str
    given: str
    allowed: str
    fix: str
