"""The catalogue of the rules and the ready configurations, made from the rules' metadata.

`python -m policy.catalogue` writes them, `--check` says whether the committed ones are current.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from policy.describe import DOCUMENT
from rules.policies import settings, waivers
from rules.policies.catalogue import RULES
from rules.policies.fleet import Fleet
from rules.policies.rule import Rule
from rules.words import given, listed

ROOT: Final = Path(__file__).resolve().parents[1]
PROFILES: Final = "policy/profiles"
_TITLES: Final = {"rbac": "RBAC"}
"""Of groups whose name is no word."""

_INTRODUCTION = f"""\
<!-- Made by `python -m policy.catalogue`. Change the rules in rules/policies instead. -->

# Policies

The rules that this project holds its own stacks to, as a Pulumi policy pack for any program with `azure-native` or
`kubernetes`:

```sh
pulumi preview --policy-pack policy --policy-pack-config policy/profiles/production.json
```

[policies-elsewhere.md](policies-elsewhere.md) tells how to use it on a program that is not ours. Rules with a *twin*
are also asked by the API server, so that they hold for what does not come from Pulumi.

## Levels and profiles

`advisory` is told, `mandatory` stops a preview and an update, `disabled` is not asked. `remediate` mends what a rule
can mend and stops on the rest; no profile uses it, as it changes what the author wrote.

A profile is a file: `{PROFILES}/production.json` or `{PROFILES}/dev.json`. Copy one and change it. An entry
is the id of a rule with a level, or with a map of `{settings.LEVEL}` and the rule's options; the entry
`{settings.ALL}` sets the level of every rule. Pulumi hands a pack one level a rule, with its defaults filled in, so
`profile` alone changes none.

A key that the pack does not know, a value of a wrong type, a level that is none or a waiver of an unknown rule is
refused before any resource is judged, all mistakes at once. What the schema of an entry says Pulumi checks first, in
words of its own; an entry of an unknown name without a level it refuses as `invalid enforcement level ""`.

## What is not known in a preview

A rule that meets an output that is not known yet has not passed. Where it is mandatory, `policy-inputs-known` names
resource and place, and stops the preview while `strict` is on. In an update everything is known, and what is not stops
it in any case, but for what will never be: in an ARM template, what a link or an expression hides. `[parameters('a')]`
and `[variables('a')]` alone are read, with the values that the deployment gives or the template has by default. The
rest is told of once for each resource, and stops preview and update while `strict` is on, unless `policy-inputs-known`
is waived for it.

## Waivers

A waiver accepts violations of one rule by some resources until a day:

```json
{{
  "fleet-settings": {{
    "waivers": [
      {{
        "rule": "image-digest-pinned",
        "urn": "kubernetes:apps/v1:Deployment::legacy-*",
        "reason": "the vendor moves the tag; ticket 4711",
        "owner": "platform-team",
        "expires": "2027-01-31"
      }}
    ]
  }}
}}
```

`urn` is compared with TYPE::NAME of a resource: the type as it is, the name with the wildcards `*` and `?`, if it has
{waivers.LEAST} other characters in a row. A pattern that begins with `urn:pulumi:` is compared with the whole URN: it
names stack, project and type, and may have wildcards in the name, as above, and in the types of the parents. What is
waived is told as advice, with owner and day. A waiver that is past its day, or more than {waivers.LONGEST.days} days
from it, waives nothing and violates `waiver-valid`. One that nothing needs is told.

"""


def text(rules: Sequence[Rule[Any]] = RULES) -> str:
    """The whole document."""
    parts = [_INTRODUCTION, *_settings(), "## Rules\n\n", *_table(rules)]
    group = ""
    for rule in rules:
        if rule.group != group:
            group = rule.group
            parts.append(f"\n## {_TITLES.get(group, group.capitalize())}\n")
        parts += _rule(rule)
    return "".join(parts)


def profile(name: str, rules: Sequence[Rule[Any]] = RULES) -> str:
    """A ready configuration: the levels of a profile, those that differ from the pack's own."""
    fleet = Fleet(profile="dev", strict=False) if name == "dev" else Fleet()
    document = settings.to_config(fleet, rules)
    shared = {key: document[settings.ID][key] for key in ("profile", "strict")}
    return json.dumps({**document, settings.ID: shared}, indent=2) + "\n"


def documents() -> dict[str, str]:
    """Every generated file, by its path."""
    return {DOCUMENT: text(), **{f"{PROFILES}/{name}.json": profile(name) for name in ("dev", "production")}}


def _settings() -> Iterator[str]:
    yield f"## {settings.ID}\n\nThe entry that all rules share. No key is needed.\n\n"
    yield "| key | what for | default |\n| --- | --- | --- |\n"
    for key, schema in settings.PROPERTIES.items():
        yield f"| `{key}` | {_cell(schema['description'])} | {_default(schema)} |\n"
    yield "\nMembers of `namespaces`, `pools` and `waivers`:\n\n| key | what for | default |\n| --- | --- | --- |\n"
    for key in ("namespaces", "pools", "waivers"):
        schema = settings.PROPERTIES[key]
        inner = schema.get("items", schema)
        for name, member in inner["properties"].items():
            default = "needed" if name in inner.get("required", ()) else _default(member)
            mark = "[]" if "items" in schema else ""
            yield f"| `{key}{mark}.{name}` | {_cell(str(member['description']))} | {default} |\n"
    yield "\n"


def _table(rules: Sequence[Rule[Any]]) -> Iterator[str]:
    yield "| rule | demands that | production | dev | severity | twin |\n| --- | --- | --- | --- | --- | --- |\n"
    for rule in rules:
        twin = "yes" if rule.twins else ""
        yield (
            f"| [`{rule.id}`](#{rule.id}) | {_cell(rule.title)} | {rule.levels.production} | {rule.levels.dev} "
            f"| {rule.severity} | {twin} |\n"
        )


def _rule(rule: Rule[Any]) -> Iterator[str]:
    yield f"\n### {rule.id}\n\nDemands that {rule.title}.\n\n{rule.why}\n\n**Fix.** {rule.fix}\n\n"
    judged = "each resource" if rule.check is not None else "all resources together, at the end"
    yield f"- Level: {rule.levels.production} in production, {rule.levels.dev} in dev. Severity: {rule.severity}.\n"
    yield f"- Judges {judged}.\n"
    if rule.remedy is not None:
        yield "- Can mend what it finds, at the level `remediate`.\n"
    if rule.twins:
        families = sorted({f"`{twin.family}`" for twin in rule.twins})
        yield f"- In the cluster: {listed(families, 'and')}.\n"
    if rule.references:
        yield f"- Asked for by {listed((f'{one.framework} ({one.id})' for one in rule.references), 'and')}.\n"
    if rule.options:
        yield "\n| option | what for | default |\n| --- | --- | --- |\n"
        for name, option in rule.options.items():
            what, default = _cell(str(option.schema["description"])), _default({"default": option.default})
            yield f"| `{name}` | {what} | {default} |\n"


def _default(schema: Any) -> str:
    value = schema.get("default")
    if value is None:
        return "none"
    return f"`{_cell(json.dumps(value, ensure_ascii=False))}`" if value not in ([], {}) else given(value)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def main(arguments: Sequence[str]) -> int:
    """Write the files, or with `--check` compare them."""
    if list(arguments) not in ([], ["--check"]):
        print("usage: python -m policy.catalogue [--check]", file=sys.stderr)
        return 2
    stale = [path for path, wanted in documents().items() if not _is(ROOT / path, wanted)]
    if not arguments:
        for path in stale:
            (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
            (ROOT / path).write_text(documents()[path])
        return 0
    for path in stale:
        print(f"{path} is not what the rules say. Run `make policies` and commit it.", file=sys.stderr)
    return 1 if stale else 0


def _is(path: Path, wanted: str) -> bool:
    return path.is_file() and path.read_text() == wanted


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
