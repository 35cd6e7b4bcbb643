"""`pool-single-trust-level`: every build pool says whose work it takes, and no system pool takes untrusted work.

Work is placed by that label, and the rules about privileged work ask for it. Which work goes where is for
`work-trust-matches-pool`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rules.paths import at
from rules.policies.azure import Pool, pools
from rules.policies.fleet import PURPOSE_LABEL, TRUST_LABEL
from rules.policies.node import Verdict
from rules.policies.rule import MANDATORY, Context, Reference, Rule
from rules.problem import Problem
from rules.words import given, listed

ID: Final = "pool-single-trust-level"
LEVELS: Final = ("trusted", "untrusted")


def _check(pool: Pool, context: Context) -> Iterator[Verdict]:
    labels = pool.body.get("nodeLabels")
    trust = labels.get(TRUST_LABEL)
    if pool.is_system():
        if trust.text() == "untrusted":
            yield Problem(
                rule=ID,
                path=trust.path,
                given=given("untrusted"),
                allowed="trusted, or no such label: the cluster's own parts run on a system pool",
                fix="take the label away, and make a pool of mode User for untrusted work",
            )
        return
    if labels.get(PURPOSE_LABEL).text("build") != "build" or trust.text() in LEVELS:
        return
    yield Problem(
        rule=ID,
        path=at(labels.path, TRUST_LABEL),
        given=given(trust.value if trust.is_given else None),
        allowed=listed(LEVELS),
        fix=f"add the node label {TRUST_LABEL}: who can reach it by a pull request makes it untrusted; of a pool that "
        f"builds nothing, set {PURPOSE_LABEL} to what it is for",
    )


RULE: Final = Rule[Pool](
    id=ID,
    group="node pools",
    title="every build pool has one level of trust, as the label buildfleet.dev/trust of its nodes",
    why="A job with a Docker daemon can take its node and read what other jobs keep there. Work that anybody may send "
    "must not run where work with secrets runs, and only the pool can say which it is for.",
    fix="Label the pool's nodes buildfleet.dev/trust: trusted or untrusted, and make a pool for each level.",
    severity="high",
    levels=MANDATORY,
    read=pools,
    check=_check,
    references=(
        Reference(framework="GitHub", id="secure-use"),
        Reference(framework="Azure DevOps", id="separate agents per project"),
    ),
)
