"""Cases of `no-naked-or-default`."""

from __future__ import annotations

from rules.policies.workloads.no_naked_or_default import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.runner_scenes import hook_runner, hook_template, job, runner_set
from tests.unit.policies.scenes import EXEMPT, UNKNOWN, kubernetes, linux_agent, windows_agent, workload

AGENT = Case(title="an agent", resources=[workload(linux_agent(), "azdo-agents")])
OWNED = {"ownerReferences": [{"apiVersion": "batch/v1", "kind": "Job", "name": "build", "uid": "1"}]}

CASES = Cases(
    rule=RULE,
    passes=(
        AGENT,
        Case(title="a runner, and its listener elsewhere", resources=[runner_set(hook_runner(), "github-runners")]),
        Case(title="a job's template", resources=[hook_template()]),
        Case(title="a build", resources=[job(windows_agent())]),
        Case(
            title="a pod with an owner",
            resources=[
                kubernetes(
                    "core/v1:Pod",
                    {"metadata": {"name": "one", "namespace": "azdo-agents", **OWNED}, "spec": linux_agent()},
                )
            ],
        ),
        Case(title="a patch that names no namespace", resources=[workload(linux_agent(), None, "core/v1:PodPatch")]),
        Case(
            title="in a namespace that is exempt on purpose",
            resources=[workload(linux_agent(), "kube-system", "core/v1:Pod")],
            fleet=EXEMPT,
        ),
    ),
    fails=(
        Case(title="a bare pod", resources=[workload(linux_agent(), "azdo-agents", "core/v1:Pod")], at=["kind"]),
        Case(
            title="pods in a list",
            resources=[
                kubernetes(
                    "core/v1:PodList",
                    {"items": [{"kind": "Pod", "metadata": {"namespace": "web"}, "spec": linux_agent()}]},
                )
            ],
            at=["items[0].kind"],
        ),
        Case(title="the namespace default", resources=[workload(linux_agent(), "default")], at=["metadata.namespace"]),
        Case(title="no namespace", resources=[workload(linux_agent(), None)], at=["metadata.namespace"]),
        Case(
            title="both",
            resources=[workload(linux_agent(), "default", "core/v1:Pod")],
            at=["kind", "metadata.namespace"],
        ),
    ),
    unknown=(
        Case(title="the namespace", resources=[workload(linux_agent(), UNKNOWN)], at=["metadata.namespace"]),
        Case(
            title="its owners",
            resources=[
                kubernetes(
                    "core/v1:Pod",
                    {"metadata": {"namespace": "web", "ownerReferences": UNKNOWN}, "spec": linux_agent()},
                )
            ],
            at=["metadata.ownerReferences"],
        ),
    ),
    mutations=(
        Mutation(of=AGENT, path="metadata.namespace", value="default"),
        Mutation(of=AGENT, path="metadata.namespace", value=None),
    ),
)
