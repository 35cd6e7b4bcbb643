"""The preflight's question for the right to assign trust: whom it stops, whom it warns, and what the docs tell them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pulumi
import pytest
import yaml

from infra import preflight
from rules import cluster
from rules.tables.trust_right import GROUP, RESOURCE, VERB
from tests.unit.infra.test_fleet import settings_of
from tests.unit.infra.test_workloads import ROOT, dev

NOBODY = cluster.Cluster(version=None, nodes=None, crds=None, assigns_trust=False)


def needs(**policy: Any) -> cluster.Needs:
    return preflight.needs_of(settings_of({**dev("dev"), "policy": policy}), "any", stack="dev")


def test_the_right_is_needed_where_policies_refuse() -> None:
    assert needs().trust == "policy"
    assert needs(action="warn").trust is None
    assert needs(enabled=False).trust is None


@pytest.mark.parametrize("preview", [True, False])
def test_who_may_not_assign_trust_is_warned_in_a_preview_and_stopped_in_an_update(
    preview: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    warned: list[str] = []
    asked: list[bool] = []

    def read(*_: object, trust: bool) -> cluster.Cluster:
        asked.append(trust)
        return NOBODY

    monkeypatch.setattr(preflight, "read", read)
    monkeypatch.setattr(pulumi.log, "warn", lambda text, *_: warned.append(text))
    monkeypatch.setattr(pulumi.runtime, "is_dry_run", lambda: preview)
    settings = settings_of(dev("dev"))
    if preview:
        preflight.run(settings, "any", stack="dev")
        assert "update confinements.buildfleet.dev" in warned[0]
    else:
        with pytest.raises(pulumi.RunError, match=r"update confinements\.buildfleet\.dev"):
            preflight.run(settings, "any", stack="dev")
        assert warned == []
    assert asked == [True]
    monkeypatch.setattr(preflight, "read", lambda *_, trust: replace(NOBODY, assigns_trust=True))
    preflight.run(settings, "any", stack="dev")


def test_the_role_of_the_docs_gives_the_right_that_is_asked_for() -> None:
    text = (ROOT / "docs" / "admission.md").read_text()
    documents = [yaml.safe_load(one) for one in re.findall(r"```yaml\n(.*?)```", text, re.S)]
    [role] = [one for one in documents if one.get("kind") == "ClusterRole"]
    assert role["rules"][0] == {"apiGroups": [GROUP], "resources": [RESOURCE], "verbs": [VERB]}
    assert f"--clusterrole={role['metadata']['name']}" in text
