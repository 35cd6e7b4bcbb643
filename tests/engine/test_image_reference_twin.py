"""What an image is called: a real API server expands every reference as the policy pack does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from rules.policies.images import image_digest_pinned, image_registry_allowlist
from rules.policies.images.reference import Reference
from sandbox.control_plane import Binaries
from tests.engine.admission_plane import Client, bare_namespaces, put_namespaces, put_policies, running
from tests.unit.policies.image_references import REFERENCES
from tests.unit.policies.scenes import FLEET, docker_agent

pytestmark = pytest.mark.engine

NAMESPACE = "azdo-agents-docker"
RULES = (image_digest_pinned.RULE, image_registry_allowlist.RULE)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, binaries: Binaries) -> Iterator[Client]:
    with running(tmp_path_factory.mktemp("references"), binaries) as (_, api, found):
        put_namespaces(api, bare_namespaces(FLEET), ["azdo-agent"])
        put_policies(api, found, RULES, FLEET, warn=True)
        yield found


@pytest.mark.parametrize("text", REFERENCES)
def test_the_api_server_takes_a_reference_for_what_a_container_runtime_does(client: Client, text: str) -> None:
    repository, floats, pinned = REFERENCES[text]
    reference = Reference(repository=repository, tag=None, pinned=pinned)
    expected = {
        rule.id
        for rule, wrong in (
            (image_digest_pinned.RULE, floats or not (pinned or reference.within(FLEET.own_repositories))),
            (image_registry_allowlist.RULE, not reference.within(FLEET.registries)),
        )
        if wrong
    }
    spec: dict[str, Any] = docker_agent()
    spec["initContainers"][0]["image"] = text
    answer = client.ask({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "one"}, "spec": spec}, NAMESPACE)
    assert answer.code < 300, answer.message
    assert answer.rules == expected
