"""ClusterRoles that are an operator's, by name.

Owns the option `operators` of the rules of roles. cert-manager writes its certificate into webhooks, KEDA scales
whatever has a scale: their charts bring ClusterRoles that no other program should have, and who installs them cannot
change that. So they are named, one by one, with the namespace whose service accounts alone may have them. A namespace
of the fleet is never an operator's: builds run there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from rules.policies.node import Node
from rules.policies.rule import Context, Option
from rules.words import given, listed

_NAME: Final = "operators"
_TEXT: Final[Mapping[str, Any]] = {"type": "string", "minLength": 1}
OPTIONS: Final[Mapping[str, Option]] = {
    _NAME: Option(
        default=[],
        schema={
            "type": "array",
            "uniqueItems": True,
            "items": {
                "type": "object",
                "required": ["role", "namespace"],
                "additionalProperties": False,
                "properties": {
                    "role": {**_TEXT, "description": "name of the ClusterRole, the whole of it"},
                    "namespace": {
                        **_TEXT,
                        "description": "namespace of the service accounts that have it; none of the fleet's",
                    },
                },
            },
            "description": "ClusterRoles of operators, which may have more, each with the namespace whose service "
            "accounts alone are bound to it, for example {role: keda-operator, namespace: keda}",
        },
    )
}


def operators(context: Context) -> dict[str, frozenset[str]]:
    """The namespaces of operators by the name of their ClusterRole."""
    found: dict[str, frozenset[str]] = {}
    for one in context.options[_NAME]:
        if one["namespace"] not in context.fleet.own_namespaces:
            found[one["role"]] = found.get(one["role"], frozenset()) | {one["namespace"]}
    return found


def advice(context: Context, name: str | None) -> str:
    """What the option can do for a role that is refused; an entry that does not count is told."""
    named = {one["namespace"] for one in context.options[_NAME] if one["role"] == name}
    ours = sorted(named.intersection(context.fleet.own_namespaces))
    if not ours:
        return f"or name the role in the option {_NAME} of this rule, if it is an operator's"
    return (
        f"and give the operator a namespace of its own: in the option {_NAME} of this rule "
        f"{listed(map(given, ours), 'and')} does not count, as builds run in the fleet's"
    )


def is_account_of(subject: Node, namespaces: Collection[str]) -> bool:
    """Whether a subject of a binding is a service account in one of these. Raises `NotKnown`."""
    return subject.get("kind").text() == "ServiceAccount" and subject.get("namespace").text() in namespaces
