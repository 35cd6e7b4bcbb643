"""What the engine is told of the rules: names, levels, schemas and where more is to be read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from policy import NAME, VERSION
from policy.protocol import LEVELS, SEVERITIES, analyzer_pb2
from rules.policies import settings
from rules.policies.rule import Rule

DOCUMENT: Final = "docs/policies.md"


def analyzer_info(rules: Sequence[Rule[Any]]) -> analyzer_pb2.AnalyzerInfo:
    """The pack. The levels told are those of the profile production: the engine fills them in where none is given."""
    info = analyzer_pb2.AnalyzerInfo(
        name=NAME,
        displayName="Buildfleet",
        version=VERSION,
        supportsConfig=True,
        description="Node pools, Windows and Docker builds, and what may run beside them",
    )
    info.policies.append(_settings())
    for rule in rules:
        info.policies.append(_policy(rule))
    return info


def _policy(rule: Rule[Any]) -> analyzer_pb2.PolicyInfo:
    described = analyzer_pb2.PolicyInfo(
        name=rule.id,
        displayName=rule.title,
        description=rule.why,
        message=rule.title,
        enforcementLevel=LEVELS[rule.levels.production],
        policy_type=(analyzer_pb2.POLICY_TYPE_RESOURCE if rule.check is not None else analyzer_pb2.POLICY_TYPE_STACK),
        severity=SEVERITIES[rule.severity],
        tags=[rule.group, *(f"{one.framework}: {one.id}" for one in rule.references)],
        remediation_steps=rule.fix,
        url=f"{DOCUMENT}#{rule.id}",
    )
    if rule.references:
        first = rule.references[0]
        described.framework.name = first.framework
        described.framework.reference = first.id
    if rule.options:
        described.configSchema.properties.update(settings.schema(rule))
    return described


def _settings() -> analyzer_pb2.PolicyInfo:
    described = analyzer_pb2.PolicyInfo(
        name=settings.ID,
        displayName="settings that all rules share",
        description="A configuration that is not sound is refused before any resource is judged, at every level.",
        message="the configuration of the pack is sound",
        enforcementLevel=LEVELS["mandatory"],
        policy_type=analyzer_pb2.POLICY_TYPE_RESOURCE,
        url=f"{DOCUMENT}#{settings.ID}",
    )
    described.configSchema.properties.update(settings.PROPERTIES)
    return described
