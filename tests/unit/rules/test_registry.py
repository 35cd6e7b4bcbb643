"""The registry: copies that it keeps, and who may push."""

from __future__ import annotations

from rules import registry, stack
from rules.agents import AgentPoolFacts, AzureDevOpsFacts
from rules.given import ABSENT
from rules.pool_facts import PoolFacts
from rules.registry import CacheFacts
from rules.runners import RunnerSetFacts
from rules.stack import StackFacts
from tests.unit.rules.cases import Check, passes, refused, text

POOLS = [
    PoolFacts(path="nodePools[0]", name="lin", purpose="build", trust="trusted"),
    PoolFacts(path="nodePools[1]", name="pr", purpose="build", trust="untrusted"),
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
    assert len(registry.cache_rule_name("a/" * 60)) <= 50
