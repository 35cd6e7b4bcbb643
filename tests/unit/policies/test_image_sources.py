"""A fleet that does not say where its images come from is told so, in words of its configuration."""

from __future__ import annotations

import json
from pathlib import Path

from policy.findings import Finding
from policy.pack import Pack, Subject
from rules.policies.catalogue import RULES
from rules.policies.resource import Resource
from rules.policies.settings import ID, PROPERTIES, from_config
from tests.unit.policies.scenes import engine, linux_agent, with_spec, workload

PROFILES = Path(__file__).parents[3] / "policy" / "profiles"
OTHERS_IMAGE = [{"name": "supervisor", "image": "docker.io/somebody/engine:1@sha256:" + "0" * 64}]
ENGINE = workload(with_spec(engine(), containers=OTHERS_IMAGE), "docker-engine", "apps/v1:DaemonSet", name="engine")


def judged(*resources: Resource) -> list[Finding]:
    """What the profile production says at the end of a preview about where images come from."""
    pack = Pack(RULES, from_config(json.loads((PROFILES / "production.json").read_text()), RULES), dry_run=True)
    found = pack.judge_stack([Subject(resource=one) for one in resources])
    return [one for one in found if one.rule == "image-sources-named"]


def test_the_profile_production_alone_does_not_pass_any_image_in_silence() -> None:
    [found] = judged(ENGINE, workload(linux_agent(), "azdo-agents", name="agent"))
    assert found.level == "mandatory"
    assert found.urn == ""
    assert f"name them in {ID}: registries and ownRepositories" in found.message
    assert {"registries", "ownRepositories"} <= PROPERTIES.keys()


def test_a_program_without_the_fleets_namespaces_is_not_bothered() -> None:
    assert judged(workload(linux_agent(), "shop")) == []
