"""The configuration of the policy pack as JSON: what `pulumi --policy-pack-config FILE` takes.

Owns the form. The entry `fleet-settings` holds what all rules share, a fleet and its waivers; every other entry is that
of a rule: its level, alone as a text or as `enforcementLevel`, and its options. `to_config` writes it, `from_config`
reads it and refuses keys, rules, levels and values that mean nothing, all of them at once.

Refuses to tell a level that was given from one that was not: the engine hands on one level a rule, with defaults filled
in. So the levels of a profile stand in its file, and `profile` alone changes no level.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args

from rules.paths import at
from rules.policies import json_schema, waivers
from rules.policies.fleet import Fleet, FleetPool, FleetTaint
from rules.policies.rule import Rule
from rules.policies.waivers import Waiver
from rules.problem import Problem
from rules.words import given, listed, meant

ID: Final = "fleet-settings"
ALL: Final = "all"
"""The entry that sets the level of every rule; the engine's own."""
LEVEL: Final = "enforcementLevel"

GivenLevel = Literal["disabled", "advisory", "mandatory", "remediate"]
LEVELS: Final[tuple[str, ...]] = get_args(GivenLevel)


_USUAL: Final = Fleet()


def _texts(description: str, default: Sequence[str] = ()) -> dict[str, Any]:
    items = {"type": "string", "minLength": 1}
    return {"type": "array", "items": items, "uniqueItems": True, "default": list(default), "description": description}


_TAINT: Final[Mapping[str, Any]] = {
    "type": "object",
    "required": ["key", "value", "effect"],
    "additionalProperties": False,
    "properties": {
        "key": {"type": "string", "minLength": 1, "description": "key of the taint"},
        "value": {"type": "string", "description": "value of the taint, which may be empty"},
        "effect": {
            "type": "string",
            "enum": ["NoSchedule", "PreferNoSchedule", "NoExecute"],
            "description": "what it does to pods without a toleration",
        },
    },
}
_POOL: Final[Mapping[str, Any]] = {
    "type": "object",
    "required": ["name", "os", "selector"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "minLength": 1, "description": "name of the pool, for messages"},
        "os": {"type": "string", "enum": ["linux", "windows"], "description": "operating system of its nodes"},
        "purpose": {
            "type": "string",
            "enum": ["system", "build"],
            "default": "build",
            "description": "system: for the cluster's own parts",
        },
        "trust": {
            "type": "string",
            "enum": ["trusted", "untrusted"],
            "default": "trusted",
            "description": "untrusted: builds of code that nobody has reviewed",
        },
        "selector": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "description": "labels that each of its nodes has",
        },
        "taints": {"type": "array", "items": _TAINT, "description": "taints that each of its nodes has"},
        "osSku": {"type": "string", "description": "its OS SKU in Azure, for example Windows2022"},
    },
}

PROPERTIES: Final[Mapping[str, Mapping[str, Any]]] = {
    "profile": {
        "type": "string",
        "enum": ["production", "dev"],
        "default": "production",
        "description": "what the environment is; levels are those of the rules' own entries",
    },
    "strict": {
        "type": "boolean",
        "default": True,
        "description": "whether a preview fails where a mandatory rule meets a value that is not known yet, and an "
        "update, too, where an ARM template hides one",
    },
    "stack": {"type": "string", "description": "value of the label buildfleet.dev/stack on the fleet's own namespaces"},
    "namespaces": {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "engine": _texts("where HostProcess pods may be, and nothing else is", _USUAL.engine_namespaces),
            "docker": _texts(
                "where pods may have a privileged Docker daemon, or the pipe of their node", _USUAL.docker_namespaces
            ),
            "agents": _texts("where agents run that need neither", _USUAL.agent_namespaces),
        },
        "description": "the fleet's own namespaces, by what may be in them",
    },
    "exemptNamespaces": _texts("namespaces that are not judged: others' own, or the cluster's, such as kube-system"),
    "engineAccounts": _texts("service accounts of HostProcess pods in the engine's namespaces", _USUAL.engine_accounts),
    "pools": {"type": "array", "items": _POOL, "description": "node pools; without any, rules judge by selectors"},
    "poolKeys": _texts("node labels that name a pool, where pools is empty", _USUAL.pool_keys),
    "registries": _texts("registries and repositories that images may come from, as prefixes; without any, all"),
    "ownRepositories": _texts("those of them that the fleet's owners alone push to: a tag there needs no digest"),
    "hostPaths": _texts("folders of Linux nodes that pods with a Docker daemon may mount, with all below"),
    "waivers": {
        "type": "array",
        "items": waivers.SCHEMA,
        "description": "violations that are accepted until a day, at most "
        f"{waivers.LONGEST.days} days ahead; each becomes advice that names owner and day",
    },
}
_WHOLE: Final[Mapping[str, Any]] = {"type": "object", "additionalProperties": False, "properties": PROPERTIES}
_NAMESPACES: Final = {"engine": "engine_namespaces", "docker": "docker_namespaces", "agents": "agent_namespaces"}
_LISTS: Final = {
    "exemptNamespaces": "exempt_namespaces",
    "engineAccounts": "engine_accounts",
    "poolKeys": "pool_keys",
    "registries": "registries",
    "ownRepositories": "own_repositories",
    "hostPaths": "host_paths",
}


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """A pack's configuration, read and found sound."""

    fleet: Fleet = field(default_factory=Fleet)
    waivers: Sequence[Waiver] = ()
    levels: Mapping[str, GivenLevel] = field(default_factory=dict)
    """By id, for every rule."""
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By id, those that were given."""


class InvalidSettings(Exception):
    """A configuration that is refused, with everything that is wrong with it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        count = f"{len(self.problems)} mistake{'' if len(self.problems) == 1 else 's'}"
        blocks = [
            f"{one.path}  ({one.rule})\n  given    {one.given}\n  allowed  {one.allowed}\n  fix      {one.fix}"
            for one in self.problems
        ]
        super().__init__("\n\n".join([f"the configuration has {count}; no resource was judged", *blocks]))


def schema(rule: Rule[Any]) -> dict[str, Mapping[str, Any]]:
    """The properties of a rule's entry, by name; the level is not one of them."""
    # `null` is no value of most types, and as a default says nothing.
    return {
        name: option.schema if option.default is None else {**option.schema, "default": option.default}
        for name, option in rule.options.items()
    }


def from_config(document: Mapping[str, Any], rules: Sequence[Rule[Any]]) -> Configuration:
    """A configuration from its JSON form. Raises `InvalidSettings` with all that is wrong.

    A rule whose entry says no level has that of `all`, else that of the profile production.
    """
    problems = list(_problems(document, rules))
    if problems:
        raise InvalidSettings(problems)
    shared = _entry(document.get(ID, {}))
    every = _entry(document.get(ALL, {})).get(LEVEL)
    entries = {rule.id: _entry(document.get(rule.id, {})) for rule in rules}
    return Configuration(
        fleet=_fleet(shared),
        waivers=tuple(Waiver(**one) for one in shared.get("waivers", ())),
        levels={rule.id: entries[rule.id].get(LEVEL) or every or rule.levels.production for rule in rules},
        options={
            key: options
            for key, entry in entries.items()
            if (options := {name: value for name, value in entry.items() if name != LEVEL})
        },
    )


def to_config(
    fleet: Fleet,
    rules: Sequence[Rule[Any]],
    *,
    waivers: Iterable[Waiver] = (),
    levels: Mapping[str, GivenLevel] | None = None,
    options: Mapping[str, Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """The JSON form of a fleet, with the levels of its profile where they are not those of production.

    `levels` and `options` are by id of the rule, and win.
    """
    wanted: dict[str, Any] = {rule.id: rule.levels.dev for rule in rules if _differs(rule, fleet)}
    wanted |= levels or {}
    entries: dict[str, Any] = {ID: _shared(fleet, waivers)}
    for key in sorted({*wanted, *(options or {})}):
        level = {LEVEL: wanted[key]} if key in wanted else {}
        more = dict((options or {}).get(key, {}))
        entries[key] = {**level, **more} if more else wanted[key]
    return entries


def _differs(rule: Rule[Any], fleet: Fleet) -> bool:
    return fleet.profile == "dev" and rule.levels.dev != rule.levels.production


def _entry(value: Any) -> dict[str, Any]:
    return {LEVEL: value} if isinstance(value, str) else {key: one for key, one in value.items() if one is not None}


def _problems(document: Mapping[str, Any], rules: Sequence[Rule[Any]]) -> Iterator[Problem]:
    known = {rule.id: rule for rule in rules}
    for key, value in document.items():
        if not isinstance(value, (str, dict)):
            allowed = f"a level ({listed(LEVELS)}) or a map with {LEVEL} and options"
            yield Problem(rule=ID, path=key, given=given(value), allowed=allowed, fix="write one of the two")
            continue
        entry = _entry(value)
        level = entry.pop(LEVEL, None)
        if level is not None and level not in LEVELS:
            fix = meant(str(level), LEVELS, "choose one")
            path = key if isinstance(value, str) else at(key, LEVEL)
            yield Problem(rule=ID, path=path, given=given(level), allowed=listed(LEVELS), fix=fix)
        if key == ID:
            yield from json_schema.problems(entry, _WHOLE, key, ID)
        elif key in known:
            whole = {"type": "object", "additionalProperties": False, "properties": schema(known[key])}
            yield from json_schema.problems(entry, whole, key, ID)
        elif key == ALL:
            for name, option in entry.items():
                fix = "give options to the rule itself"
                yield Problem(rule=ID, path=at(key, name), given=given(option), allowed=LEVEL, fix=fix)
        else:
            fix = meant(key, [*known, ID], "remove it")
            yield Problem(rule=ID, path=key, given=given(value), allowed="the id of a rule of this pack", fix=fix)
    yield from _waived(_entry(document.get(ID) or {}).get("waivers"), known)


def _waived(entries: object, rules: Mapping[str, object]) -> Iterator[Problem]:
    """A waiver of a rule that is none: it would wait for ever. What time makes of it is for `waiver-valid`."""
    for index, one in enumerate(entries if isinstance(entries, list) else []):
        name = one.get("rule") if isinstance(one, dict) else None
        if isinstance(name, str) and name not in rules:
            path = at(ID, "waivers", index, "rule")
            fix = meant(name, rules, "remove the waiver")
            yield Problem(rule=ID, path=path, given=given(name), allowed="the id of a rule of this pack", fix=fix)


def _fleet(shared: Mapping[str, Any]) -> Fleet:
    more: dict[str, Any] = {name: shared[name] for name in ("profile", "strict", "stack") if name in shared}
    namespaces = shared.get("namespaces", {})
    more |= {name: tuple(namespaces[key]) for key, name in _NAMESPACES.items() if key in namespaces}
    more |= {name: tuple(shared[key]) for key, name in _LISTS.items() if key in shared}
    return Fleet(**more, pools=tuple(_pool(one) for one in shared.get("pools", ())))


def _pool(one: Mapping[str, Any]) -> FleetPool:
    more = {name: one[name] for name in ("purpose", "trust") if name in one}
    return FleetPool(
        name=one["name"],
        os=one["os"],
        selector=dict(one["selector"]),
        taints=tuple(FleetTaint(**taint) for taint in one.get("taints", ())),
        os_sku=one.get("osSku"),
        **more,
    )


def _shared(fleet: Fleet, waivers: Iterable[Waiver]) -> dict[str, Any]:
    shared: dict[str, Any] = {"profile": fleet.profile, "strict": fleet.strict}
    if fleet.stack is not None:
        shared["stack"] = fleet.stack
    shared["namespaces"] = {key: sorted(getattr(fleet, name)) for key, name in _NAMESPACES.items()}
    shared |= {
        key: sorted(value) for key, name in _LISTS.items() if (value := getattr(fleet, name)) != getattr(_USUAL, name)
    }
    if fleet.pools:
        shared["pools"] = [_written(pool) for pool in sorted(fleet.pools, key=lambda pool: pool.name)]
    written = [{name: getattr(one, name) for name in waiver_fields()} for one in waivers]
    return {**shared, "waivers": written} if written else shared


def _written(pool: FleetPool) -> dict[str, Any]:
    written: dict[str, Any] = {
        "name": pool.name,
        "os": pool.os,
        "purpose": pool.purpose,
        "trust": pool.trust,
        "selector": dict(sorted(pool.selector.items())),
    }
    if pool.taints:
        written["taints"] = [{"key": one.key, "value": one.value, "effect": one.effect} for one in pool.taints]
    return {**written, "osSku": pool.os_sku} if pool.os_sku is not None else written


def waiver_fields() -> list[str]:
    """The keys of a waiver, in their order."""
    return list(waivers.SCHEMA["properties"])
