"""`pool-own-subnet` on many pools: each is told once, and the work grows as their number does."""

from __future__ import annotations

import pytest

from rules.policies.azure import Pool
from rules.policies.judge import judge_stack
from rules.policies.node import UNKNOWN, Unchecked
from rules.policies.node_pools.pool_own_subnet import RULE
from rules.policies.resource import Resource
from tests.unit.policies.cases.node_pools.pool_own_subnet import TRUSTED, UNTRUSTED_LABELS, subnet
from tests.unit.policies.scenes import FLEET, agent_pool


def told(resources: list[Resource]) -> list[tuple[str, str]]:
    return [
        (resource.name if resource else "", verdict.path if isinstance(verdict, Unchecked) else verdict.given)
        for resource, verdict in judge_stack(RULE, resources, RULE.context(FLEET))
    ]


def pool(name: str, **more: object) -> Resource:
    one = agent_pool(agentPoolName=name, **more)
    return Resource(type=one.type, name=name, inputs=one.inputs)


def test_a_pool_is_told_of_one_system_pool_and_of_one_other_trust() -> None:
    systems = [pool(name, mode="System", nodeLabels={}) for name in ("s1", "s2")]
    found = told([*systems, pool("a"), pool("b"), pool("p", nodeLabels=UNTRUSTED_LABELS)])
    system = ('a subnet that is shared with the system pool "s1"',)
    untrusted, trusted = (
        f'a subnet that is shared with builds of the trust "{one}"' for one in ("untrusted", "trusted")
    )
    assert found == [
        *(("a", one) for one in (*system, untrusted)),
        *(("b", one) for one in (*system, untrusted)),
        *(("p", one) for one in (*system, trusted)),
    ]  # fmt: skip


def test_a_build_pool_in_the_mode_system_is_not_told_of_itself() -> None:
    assert told([pool("a", mode="System"), pool("b")]) == [("b", 'a subnet that is shared with the system pool "a"')]
    assert told([pool("a", mode="System")]) == []


def test_what_is_not_known_of_a_pool_is_told_once_and_of_that_pool() -> None:
    builds = [pool("a"), pool("b")]
    assert told([*builds, pool("s", mode="System", nodeLabels={}, vnetSubnetID=UNKNOWN)]) == [("s", "vnetSubnetID")]
    assert told([*builds, pool("m", mode=UNKNOWN)]) == [("m", "mode")]
    no_trust = {**UNTRUSTED_LABELS, "buildfleet.dev/trust": UNKNOWN}
    assert told([*builds, pool("t", nodeLabels=no_trust)]) == [("t", 'nodeLabels["buildfleet.dev/trust"]')]
    assert told([pool("t", nodeLabels=no_trust)]) == []
    assert told([pool("s", mode="System", nodeLabels={}, vnetSubnetID=UNKNOWN)]) == []


def test_the_work_grows_with_the_number_of_pools_and_not_with_its_square(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = 0
    label = Pool.label

    def counted(self: Pool, key: str) -> str | None:
        nonlocal asked
        asked += 1
        return label(self, key)

    monkeypatch.setattr(Pool, "label", counted)
    work = []
    for number in (50, 100):
        asked = 0
        labels = [
            UNTRUSTED_LABELS if index % 2 else {**UNTRUSTED_LABELS, "buildfleet.dev/trust": f"t{index}"}
            for index in range(number)
        ]
        found = told(
            [pool(f"p{index}", nodeLabels=labels[index], vnetSubnetID=TRUSTED) for index in range(number)]
            + [subnet()] * number
        )
        assert len(found) == number
        work.append(asked)
    assert work[1] <= 2 * work[0]
