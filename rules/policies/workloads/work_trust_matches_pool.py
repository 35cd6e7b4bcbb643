"""`work-trust-matches-pool`: work of two levels of trust never shares a pool, as far as a pod tells.

Two things tell. A selector that several pools answer to lets the scheduler choose between their levels. And a pod may
say whose work it does, by the label `buildfleet.dev/trust`: the pool, or the selector itself, must say the same.

That work which can take its node (a privileged container, the pipe, an agent that stays) is on trusted pools is for the
rules of these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from rules.policies.fleet import TRUST_LABEL
from rules.policies.node import Verdict, each_known
from rules.policies.pods import Pod, pods
from rules.policies.rule import MANDATORY, Context, Reference, Rule, Twin
from rules.policies.twin import asked, asks_for
from rules.problem import Problem
from rules.words import given, listed

ID: Final = "work-trust-matches-pool"


def _check(pod: Pod, context: Context) -> Iterator[Verdict]:
    if context.fleet.confinement(pod.namespace()) is None:
        return
    parts: list[Callable[[Pod, Context], Iterator[Verdict]]] = [_one_level, _as_said]
    yield from each_known(parts, lambda part: part(pod, context))


def _one_level(pod: Pod, context: Context) -> Iterator[Verdict]:
    named = context.fleet.pools_named(pod.node_selector)
    if len({pool.trust for pool in named}) > 1:
        yield Problem(
            rule=ID,
            path=pod.spec.get("nodeSelector").path,
            given=f"a selector that {listed(sorted(f'{pool.name} ({pool.trust})' for pool in named), 'and')} answer to",
            allowed="pools of one level of trust",
            fix="add the label that names one pool",
        )


def _as_said(pod: Pod, context: Context) -> Iterator[Verdict]:
    label = pod.meta.get("labels", TRUST_LABEL)
    said = label.text()
    if not said:
        return
    levels: dict[str, str] = {pool.trust: f"pool {pool.name}" for pool in context.fleet.pools_named(pod.node_selector)}
    if level := pod.node_selector.get(TRUST_LABEL):
        levels[level] = "its selector"
    for level in sorted(levels.keys() - {said}):
        yield Problem(
            rule=ID,
            path=label.path,
            given=f"{given(said)}, on nodes of the level {given(level)} ({levels[level]})",
            allowed=f"{given(level)} there: whoever takes a node sees the work of everybody else on it",
            fix="place the work on a pool of its level of trust",
        )
        return


_SAID: Final = f"variables.meta.?labels[?'{TRUST_LABEL}'].orValue('')"
_ASKED: Final = f"!{asks_for(TRUST_LABEL)} || {asked(TRUST_LABEL)} in ['', {_SAID}]"

RULE: Final = Rule[Pod](
    id=ID,
    group="workloads",
    title="work runs on pools of its own level of trust",
    why="Code that takes a node, by a hole in the kernel if by nothing else, sees the secrets and workspaces of all "
    "that runs beside it.",
    fix="Name one pool in the selector, and place work of each level of trust on a pool of that level.",
    severity="high",
    levels=MANDATORY,
    read=pods,
    check=_check,
    references=(
        Reference(framework="GitHub", id="secure-use"),
        Reference(framework="Azure DevOps", id="separate agents per project"),
    ),
    twins=(
        Twin(
            family="workloads",
            expression="!variables.poolsNamed.exists(p, p.trust == 'trusted') || "
            "!variables.poolsNamed.exists(p, p.trust == 'untrusted')",
            message="pools of more than one level of trust answer to the selector",
        ),
        Twin(
            family="workloads",
            expression=f"{_SAID} == '' || (variables.poolsNamed.all(p, p.trust == {_SAID}) && ({_ASKED}))",
            message="the work is of another level of trust than the pool that it asks for",
        ),
    ),
)
