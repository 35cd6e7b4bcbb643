"""The registry: copies that it keeps, and who may push."""

from __future__ import annotations

from typing import Any

import pytest

from rules import registry, stack
from rules.agents import AgentPoolFacts, AzureDevOpsFacts
from rules.given import ABSENT
from rules.platform import PlatformFacts
from rules.pool_facts import PoolFacts
from rules.registry import CacheFacts
from rules.runners import RunnerSetFacts
from rules.stack import StackFacts
from tests.unit.rules.cases import Check, passes, refused, text

POOLS = [
    PoolFacts(path="nodePools[0]", name="lin", os="linux", purpose="build", trust="trusted"),
    PoolFacts(path="nodePools[1]", name="pr", os="linux", purpose="build", trust="untrusted"),
]
AGENTS = AzureDevOpsFacts(agent_pools=[AgentPoolFacts(path="a", node_pool="lin")])


def copy(index: int, source: str, target: str) -> CacheFacts:
    return CacheFacts(path=f"registry.cache[{index}]", source=source, target=target)


def runners(pool: str, instances: int) -> RunnerSetFacts:
    return RunnerSetFacts(path="r", name="app", node_pool=pool, instances=instances)


@passes(
    (
        "copies",
        lambda: registry.cache_rules(
            [
                copy(0, "mcr.microsoft.com/windows/servercore", "cache/windows/servercore"),
                copy(1, "docker.io/library/golang", "cache/golang"),
            ]
        ),
    ),
    ("unknown copies", lambda: registry.cache_rules([CacheFacts(path="a"), CacheFacts(path="b")])),
    ("pushers", lambda: registry.push(["agents", "runners"], {"agents": 2, "runners": 20})),
    ("unknown pushers", lambda: registry.push(["agents", "runners"], {})),
    ("trusted agents", lambda: registry.push_trusted(["agents"], [], [])),
    ("runners, whose accounts nobody shares", lambda: registry.push_trusted(["runners"], ["a"], [])),
    ("agents beside runners that untrusted ones could act as", lambda: registry.push_trusted(["agents"], [], ["a"])),
)
def test_registries_that_can_be_made_pass(check: Check) -> None:
    assert text(check()) == ""


@refused(
    (
        "a tag",
        lambda: registry.cache_rules([copy(0, "mcr.microsoft.com/windows/servercore:ltsc2022", "cache/windows")]),
        """
cache-source: registry.cache[0].source
  given: "mcr.microsoft.com/windows/servercore:ltsc2022"
  allowed: a registry and a repository, without a tag
  fix: write it like "mcr.microsoft.com/windows/servercore"
""",
    ),
    (
        "no registry",
        lambda: registry.cache_rules([copy(0, "golang", "cache/golang")]),
        """
cache-source: registry.cache[0].source
  given: "golang"
  allowed: a registry and a repository, without a tag
  fix: write it like "mcr.microsoft.com/windows/servercore"
""",
    ),
    (
        "no repository",
        lambda: registry.cache_rules([copy(0, "docker.io/library/golang", "Cache/golang/")]),
        """
cache-target: registry.cache[0].target
  given: "Cache/golang/"
  allowed: a repository: lower-case letters, digits, dots, underscores and hyphens between slashes
  fix: write it like "cache/windows/servercore"
""",
    ),
    (
        "one name",
        lambda: registry.cache_rules([copy(0, "a.io/b", "cache/b-c"), copy(1, "a.io/c", "cache/b/c")]),
        """
cache-duplicate: registry.cache[1].target
  given: "cache/b/c"
  allowed: a target that differs from others in the letters and digits of its last 50 characters;
    registry.cache[0] makes the same name
  fix: choose another target, or keep one of the two
""",
    ),
    (
        "nobody",
        lambda: registry.push(["agents", "runners"], {"agents": 1, "runners": 0}),
        """
push-nobody: registry.push[1]
  given: "runners"
  allowed: whose jobs run on trusted node pools of this stack; there are no such runners
  fix: remove it
""",
    ),
    (
        "too many",
        lambda: registry.push(["runners"], {"runners": 21}),
        """
push-accounts: registry.push[0]
  given: "runners", which are 21 service accounts
  allowed: at most 20 scale sets on trusted node pools: an identity trusts no more accounts
  fix: lower instances, or remove it
""",
    ),
    (
        "untrusted agents",
        lambda: registry.push_trusted(["runners", "agents"], ["azureDevOps.agentPools[1]"], []),
        """
push-untrusted: registry.push[1]
  given: "agents", whose identity untrusted agents can take on (azureDevOps.agentPools[1])
  allowed: agents with an identity that trusted ones have alone: untrusted ones sign in by the same, or share
    a service account, so their jobs could push the images that others run
  fix: remove it, or move those agents to another stack
""",
    ),
    (
        "untrusted runners that make pods",
        lambda: registry.push_trusted(["runners"], [], ["github.runnerSets[1]"]),
        """
push-untrusted: registry.push[0]
  given: "runners", whose accounts untrusted runners can give to pods (github.runnerSets[1])
  allowed: trusted runners in a namespace without untrusted ones that make pods: their jobs could push the
    images that others run
  fix: remove it, write mode: dind for the trusted runners in that namespace or mode: none for the untrusted
    ones, or move those to another stack
""",
    ),
)
def test_registries_that_cannot_be_made_are_refused(check: Check, said: str) -> None:
    assert text(check()) == said


def test_accounts_are_counted_on_trusted_pools_as_far_as_they_are_known() -> None:
    facts = StackFacts(pools=POOLS, azure_devops=AGENTS, runner_sets=[runners("lin", 3), runners("pr", 5)])
    assert stack.trusted_accounts(facts) == {"agents": 1, "runners": 3}
    nothing = StackFacts(pools=POOLS, azure_devops=ABSENT, runner_sets=ABSENT)
    assert stack.trusted_accounts(nothing) == {"agents": 0, "runners": 0}
    assert stack.trusted_accounts(StackFacts(pools=POOLS, azure_devops=AGENTS, runner_sets=[runners("x", 1)])) == {}
    assert stack.trusted_accounts(StackFacts()) == {}


def test_a_rule_of_the_cache_is_called_after_the_end_of_its_target() -> None:
    assert registry.cache_rule_name("cache/windows/servercore") == "cache-windows-servercore"
    assert registry.cache_rule_name("a") == "0000a"


@pytest.mark.parametrize("target", ["a", "cache/windows/servercore", "x" * 80, "--a--", "a/" * 60])
def test_names_of_cache_rules_are_legal(target: str) -> None:
    name = registry.cache_rule_name(target)
    assert 5 <= len(name) <= 50
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


def agents(index: int, pool: str, docker: str) -> AgentPoolFacts:
    return AgentPoolFacts(path=f"azureDevOps.agentPools[{index}]", name=f"a{index}", node_pool=pool, docker=docker)


@pytest.mark.parametrize(
    ("auth", "client_id", "docker", "with_the_identity"),
    [
        # They sign in by it, whatever their account is.
        ("workload-identity", ABSENT, ("sidecar", "none"), ["azureDevOps.agentPools[1]"]),
        # They have another to sign in by, and share the account of one that pushes.
        ("workload-identity", "id", ("sidecar", "buildkit"), ["azureDevOps.agentPools[1]"]),
        ("existing-secret", ABSENT, ("none", "none"), ["azureDevOps.agentPools[1]"]),
        # Their account is their own.
        ("workload-identity", "id", ("sidecar", "none"), []),
        (None, None, ("sidecar", "none"), []),
    ],
)
def test_an_untrusted_agent_has_the_identity_if_it_signs_in_by_it_or_shares_an_account(
    auth: str | None, client_id: Any, docker: tuple[str, str], with_the_identity: list[str]
) -> None:
    two = (agents(0, "lin", docker[0]), agents(1, "pr", docker[1]))
    section = AzureDevOpsFacts(auth_kind=auth, client_id=client_id, agent_pools=two)
    facts = StackFacts(
        platform=PlatformFacts(kind="aks"), pools=POOLS, azure_devops=section, runner_sets=ABSENT, push=["agents"]
    )
    assert stack.untrusted_with_the_identity(facts) == with_the_identity
    said = [problem.path for problem in stack.check(facts) if problem.rule == "push-untrusted"]
    assert said == (["registry.push[0]"] if with_the_identity else [])


@pytest.mark.parametrize(
    ("trusted", "untrusted", "found"),
    [
        ("none", "kubernetes-novolume", ["github.runnerSets[1]"]),
        ("kubernetes", "kubernetes", ["github.runnerSets[1]"]),
        # Its jobs make no pods.
        ("none", "none", []),
        # The trusted set is in the namespace of privileged ones.
        ("dind", "kubernetes-novolume", []),
        (None, "kubernetes", []),
    ],
)
def test_an_untrusted_runner_acts_as_a_trusted_one_if_it_makes_pods_in_its_namespace(
    trusted: str | None, untrusted: str, found: list[str]
) -> None:
    sets = [
        RunnerSetFacts(path=f"github.runnerSets[{index}]", name=f"r{index}", node_pool=pool, mode=mode, instances=1)
        for index, (pool, mode) in enumerate((("lin", trusted), ("pr", untrusted)))
    ]
    facts = StackFacts(
        platform=PlatformFacts(kind="aks"), pools=POOLS, azure_devops=ABSENT, runner_sets=sets, push=["runners"]
    )
    assert stack.untrusted_beside_trusted_runners(facts) == found
    said = [problem.path for problem in stack.check(facts) if problem.rule == "push-untrusted"]
    assert said == (["registry.push[0]"] if found else [])
