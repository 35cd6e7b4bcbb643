"""Names of scale sets and instances, within the Actions Runner Controller's limit.

Refuses a name that the controller could not turn into the names of its own objects.
"""

from __future__ import annotations

import re
from typing import Final

from rules.names import RUNNER_SCALE_SET

SCALE_SET_NAME_LIMIT: Final = RUNNER_SCALE_SET.longest
"""Characters."""

_SCALE_SET_NAME: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")


def check_scale_set_name(name: str) -> None:
    """Refuse a scale set name that is too long or no Kubernetes name.

    Raises:
        ValueError: with the name, what is allowed, and the fix.
    """
    if len(name) > SCALE_SET_NAME_LIMIT:
        raise ValueError(
            f"the scale set name {name!r} has {len(name)} characters, at most {SCALE_SET_NAME_LIMIT} are allowed: "
            f"shorten it by {len(name) - SCALE_SET_NAME_LIMIT}; sets with instances add '-1' to '-N' to their name"
        )
    if not _SCALE_SET_NAME.fullmatch(name):
        raise ValueError(
            f"the scale set name {name!r} is not allowed: use lower-case letters, digits and hyphens, "
            "and start and end with a letter or digit"
        )


def scale_set_names(name: str, instances: int) -> tuple[str, ...]:
    """The names of the scale sets of a runner set: NAME alone, or `NAME-1` to `NAME-N` for N > 1 instances.

    Raises:
        ValueError: there are fewer instances than 1, or a name is longer than the controller can take.
    """
    if instances < 1:
        raise ValueError(f"runner set {name!r} has {instances} instances, at least 1 is allowed: set instances to 1")
    names = (name,) if instances == 1 else tuple(f"{name}-{index}" for index in range(1, instances + 1))
    for each in names:
        check_scale_set_name(each)
    return names
