"""A Windows build pool that a stack does not have any more: the next `up` leaves nothing of the engine on its nodes.

By the real Pulumi engine, since it is its order that matters: what is updated comes before what is deleted, so rights
that the remaining pools share would be gone when the removed pool's supervisors need them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from components import contract
from sandbox.control_plane import Api
from sandbox.engine import UNASKED
from sandbox.rehearsal import Rehearsal
from sandbox.windows_nodes import places

pytestmark = pytest.mark.engine

SYSTEM = {"name": "system", "os": "linux", "purpose": "system", "vmSize": "Standard_D4ds_v5"}
WINDOWS = {"os": "windows", "purpose": "build", "vmSize": "Standard_D8ds_v5", "osSku": "Windows2022"}
ONE = {"minCount": 1, "maxCount": 1}
POOLS = [{**SYSTEM, **ONE}, {"name": "stays", **WINDOWS, **ONE}, {"name": "goes", **WINDOWS, **ONE}]


@pytest.fixture
def rehearsal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rehearsal]:
    monkeypatch.setenv("BUILDFLEET_SANDBOX", str(tmp_path / "sandbox"))
    config = {
        "environment": {"name": "dev", "owner": "platform-team"},
        "platform": {"kind": "existing-cluster", "context": "buildfleet-dev"},
        "nodePools": POOLS,
        "images": {"repository": "registry.example.com/buildfleet", "tag": "0.1.0"},
        # Without the smoke test's Jobs, which would only take time.
        "dockerEngine": {"version": "29.2.1", "smokeTest": False, "agentsPerNode": 2},
    }
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_text(yaml.safe_dump({"config": {f"buildfleet:{key}": value for key, value in config.items()}}))
    made = Rehearsal("dev", path=file)
    yield made
    made.erase()


def node_of(pool: str, rehearsal: Rehearsal) -> dict[str, Any]:
    with Api(rehearsal.engine().kubeconfig) as api:
        [node] = api.get("/api/v1/nodes", labelSelector=f"agentpool={pool}")["items"]
    return dict(node)


def host_of(pool: str, rehearsal: Rehearsal) -> dict[str, Any]:
    cluster = rehearsal.engine().kubeconfig.parent
    return places.store(cluster, node_of(pool, rehearsal)["metadata"]["name"]).read()


def test_the_nodes_of_a_pool_that_is_removed_are_cleaned_and_those_of_others_are_left_alone(
    rehearsal: Rehearsal,
) -> None:
    assert rehearsal.up() == 0
    assert host_of("goes", rehearsal)["service"] is not None
    before = host_of("stays", rehearsal)
    engine = rehearsal.engine()
    document = yaml.safe_load(engine.stack_file.read_text())
    document["config"]["buildfleet:nodePools"] = POOLS[:2]
    del document["config"]["buildfleet:dockerEngine"]["agentsPerNode"]
    engine.stack_file.write_text(yaml.safe_dump(document))
    # Not by the rehearsal: that would take the nodes away, too.
    assert engine.run("up", *UNASKED) == 0
    left = host_of("goes", rehearsal)
    assert (left["service"], left["versions"], left["firewall"], left["journal"]) == (None, [], [], None)
    node = node_of("goes", rehearsal)
    assert {contract.NODE_ENGINE, contract.NODE_ENGINE_VERSION}.isdisjoint(node["metadata"]["labels"])
    assert contract.RESOURCE_BUILD_SLOT not in node["status"]["capacity"]
    assert len(host_of("stays", rehearsal)["starts"]) == len(before["starts"]) == 1
