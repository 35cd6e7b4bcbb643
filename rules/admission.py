"""The section `policy`: settings of the cluster's admission policies that make no sense together.

Refuses what its author would believe to be in force and is not: an exemption of nothing, and one that would take the
stack's own namespaces from under the rules that are there for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from rules.paths import at
from rules.policies.fleet import SYSTEM_NAMESPACES
from rules.problem import Problem
from rules.words import given

_SECTION: Final = "policy"
_EXEMPT: Final = "exemptNamespaces"


def switched_off(written: Mapping[str, object]) -> Iterator[Problem]:
    """No setting of policies that are not made. `written` are the keys that the author wrote, with their values."""
    if written.get("enabled") is not False:
        return
    for key, value in written.items():
        if key != "enabled" and value not in (None, [], ()):
            yield Problem(
                rule="setting-unused",
                path=at(_SECTION, key),
                given=given(value),
                allowed="nothing beside policy.enabled: false, with which no policy is made",
                fix=f"remove {key}, or enabled",
            )


def exemptions(written: Mapping[str, object], namespaces: Mapping[str, str | None]) -> Iterator[Problem]:
    """An exempt namespace is somebody else's, and would be judged without the exemption.

    `namespaces` are the stack's own: path to name.
    """
    named = _texts(written.get(_EXEMPT))
    if named and written.get("scope") == "stack":
        yield Problem(
            rule="setting-unused",
            path=at(_SECTION, _EXEMPT),
            given=given(named),
            allowed="nothing with policy.scope: stack, by which only the stack's own namespaces are judged",
            fix=f"remove {_EXEMPT}, or scope",
        )
        return
    own = {name: path for path, name in namespaces.items() if name is not None and not path.startswith("arc.")}
    for index, name in enumerate(named):
        path = at(_SECTION, _EXEMPT, index)
        if name in own:
            yield Problem(
                rule="policy-exempt-own",
                path=path,
                given=given(name),
                allowed=f"namespaces of others; this one is {own[name]}, which the policies are there for",
                fix="remove it; policy.action: warn tells what would be refused, and refuses nothing",
            )
        elif name in SYSTEM_NAMESPACES:
            yield Problem(
                rule="policy-exempt-system",
                path=path,
                given=given(name),
                allowed="namespaces that would be judged; the cluster's own never are",
                fix="remove it",
            )


def check(written: Mapping[str, object], namespaces: Mapping[str, str | None]) -> Iterator[Problem]:
    """All rules of the section."""
    off = list(switched_off(written))
    yield from off or exemptions(written, namespaces)


def _texts(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
