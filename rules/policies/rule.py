"""What a rule is: its promise, its check, its settings and, for some, its twin in the cluster.

Owns the shape that the policy pack, the catalogue in docs/, the cluster's policies and the tests all read. A rule's
module says everything about it; nothing about a rule stands anywhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Generic, Literal, TypeVar

from rules.policies.fleet import Fleet
from rules.policies.node import Verdict
from rules.policies.resource import Resource

Level = Literal["disabled", "advisory", "mandatory"]
Severity = Literal["low", "medium", "high", "critical"]
Group = Literal[
    "node pools",
    "workloads",
    "namespaces",
    "images",
    "secrets",
    "rbac",
    "network",
    "cluster",
    "cost",
    "the pack itself",
]
Family = Literal["confinement", "workloads", "namespaces", "trust", "network", "rbac"]
"""Which ValidatingAdmissionPolicy a twin is part of. See `rules.policies.twin`."""

Subject = TypeVar("Subject", contravariant=True)
Read = TypeVar("Read")


@dataclass(frozen=True, kw_only=True)
class Option:
    """One setting of a rule, beside its level."""

    default: object
    """A plain JSON value."""
    schema: Mapping[str, object]
    """JSON Schema of it, with a `description` that tells units."""


@dataclass(frozen=True, kw_only=True)
class Levels:
    """The level of a rule in each profile."""

    production: Level
    dev: Level


MANDATORY: Final = Levels(production="mandatory", dev="mandatory")
ADVISORY: Final = Levels(production="advisory", dev="advisory")
PRODUCTION_ONLY: Final = Levels(production="mandatory", dev="advisory")
"""Stops production, is told elsewhere."""


@dataclass(frozen=True, kw_only=True)
class Reference:
    """Where a rule is asked for by others."""

    framework: str
    """For example `CIS Kubernetes 1.12`, `Azure Policy`, `PSRule for Azure`, `Pod Security Standards`, `Checkov`."""
    id: str
    """The id there: `5.2.2`, `AZR-000036`, `CKV_AZURE_170`."""


@dataclass(frozen=True, kw_only=True)
class Twin:
    """The same rule for the API server: an expression in CEL that is true where the object is allowed.

    It may use the variables that `rules.policies.twin` lists for its family. `message` is CEL too where
    `is_expression`; either begins with what is wrong, as the rule's id is put in front of it.
    """

    family: Family
    expression: str
    message: str
    is_expression: bool = False


@dataclass(frozen=True, kw_only=True)
class Context:
    """What a check knows beside its subject."""

    fleet: Fleet
    options: Mapping[str, Any]
    """Every option of the rule, with the default where it was not set."""


@dataclass(frozen=True, kw_only=True)
class Rule(Generic[Read]):
    """One rule.

    `read` finds the subjects of the rule in a resource, for example every pod spec; `check` judges one of them. A stack
    rule gives `check_stack` instead, which sees all subjects of all resources at once, each with its resource.
    """

    id: str
    """Kebab-case, and for ever: configurations and waivers name it."""
    group: Group
    title: str
    """What it demands, as one sentence without the final stop, for messages and the catalogue."""
    why: str
    """What goes wrong without it; one or two sentences."""
    fix: str
    """What to do about a violation."""
    severity: Severity
    levels: Levels
    read: Callable[[Resource], Sequence[Read]]
    check: Callable[[Read, Context], Iterator[Verdict]] | None = None
    check_stack: (
        Callable[[Sequence[tuple[Resource, Read]], Context], Iterator[tuple[Resource | None, Verdict]]] | None
    ) = None
    options: Mapping[str, Option] = field(default_factory=dict)
    references: Sequence[Reference] = ()
    remedy: Callable[[Resource, Context], dict[str, object] | None] | None = None
    """New inputs with the fix in them, or `None`: nothing to mend. Only where the fix adds something that cannot break
    what is there."""
    twins: Sequence[Twin] = ()
    """One for each thing that is told in words of its own; all of them are asked."""

    def __post_init__(self) -> None:
        if (self.check is None) == (self.check_stack is None):
            raise ValueError(f"rule {self.id}: give check or check_stack, one of the two")

    def context(self, fleet: Fleet, given: Mapping[str, Any] | None = None) -> Context:
        """A context in which each option has what was given or its default."""
        options = {name: option.default for name, option in self.options.items()}
        return Context(fleet=fleet, options={**options, **(given or {})})
