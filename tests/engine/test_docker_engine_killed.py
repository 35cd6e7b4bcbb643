"""The supervisor is killed at each step of an install and of an upgrade, and goes on.

Killed after each step, and before the first: nothing changes between two steps, so that is before each as well. The
steps are those of a node where nobody is killed, spread over the nodes of three pools, on each of which the supervisor
is killed several times. All nodes are worked on at once, since each has a slot.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import pytest

from sandbox.control_plane import Binaries
from sandbox.windows_nodes import faults
from tests.engine.windows_nodes import NEXT, VERSION, Windows, eventually, settings

pytestmark = pytest.mark.engine

POOLS = ("killed1", "killed2", "killed3")
POOL_NODES = 4
"""In each pool, with as many slots."""
HASTE = 4.0
"""More of it, and this machine is busy with the API server."""
Point = tuple[str, int, Literal["before", "after"]]
"""A step's name, which of this name, and when the supervisor is killed."""


@pytest.fixture(scope="module")
def windows(tmp_path_factory: pytest.TempPathFactory, binaries: Binaries) -> Iterator[Windows]:
    made = Windows(tmp_path_factory.mktemp("killed") / "sandbox", binaries)
    made.start()
    try:
        yield made
    finally:
        made.stop()


def steps(windows: Windows, node: str, version: str) -> list[tuple[str, int]]:
    """What supervisors of this version's image did on a node: each step's name, and which of this name it was."""
    names = [step["name"] for step in windows.state(node)["steps"] if step["version"] == version]
    return [(name, names[: index + 1].count(name)) for index, name in enumerate(names)]


def pool_settings(pool: str, version: str) -> dict[str, object]:
    return settings(pool, version=version, slots=[f"docker-engine-{pool}-{slot}" for slot in range(POOL_NODES)])


def test_a_supervisor_that_is_killed_at_any_step_of_an_install_or_an_upgrade_goes_on(windows: Windows) -> None:
    [model] = windows.scale("model", 1)
    windows.agents("model", "model", 1)
    eventually(lambda: windows.state(model)["endpoints"], "an agent is there before the engine")
    windows.deploy("model", pool_settings("model", VERSION))
    windows.await_ready(model)
    expected = {VERSION: steps(windows, model, VERSION)}
    windows.deploy("model", pool_settings("model", NEXT))
    windows.await_ready(model, version=NEXT)
    expected[NEXT] = steps(windows, model, NEXT)
    for version, names in (
        (VERSION, ("install", "configure", "register", "start_engine", "evict", "smoke")),
        (NEXT, ("take", "cordon", "stop_engine", "register", "start_engine", "smoke", "uncordon", "free")),
    ):
        assert {(name, 1) for name in names} <= set(expected[version])
    windows.discard("model")

    nodes = [node for pool in POOLS for node in windows.scale(pool, POOL_NODES, haste=HASTE)]
    for version in (VERSION, NEXT):
        points: list[Point] = [
            (expected[version][0][0], 1, "before"),
            *((name, nth, "after") for name, nth in expected[version]),
        ]
        for index, (name, nth, when) in enumerate(points):
            # Neighbours go to different nodes: each is killed early and late.
            faults.kill(windows.store(nodes[index % len(nodes)]), name, version=version, when=when, nth=nth)
        for pool in POOLS:
            if version == VERSION:
                windows.agents(pool, pool, POOL_NODES)
            windows.deploy(pool, pool_settings(pool, version))

        def spared(version: str = version) -> list[tuple[str, str, str]]:
            """Steps of which the first was never struck. A later one of its kind may not come again after a kill."""
            return [
                (node, kill["step"], kill["when"])
                for node in nodes
                for kill in windows.state(node)["faults"].get("kills", [])
                if kill["nth"] == 1 and kill["version"] == version
            ]

        eventually(lambda: not spared(), lambda: f"{spared()}", 180)
        windows.await_ready(*nodes, version=version, seconds=120)
    windows.check(*nodes)
