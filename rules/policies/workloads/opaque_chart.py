"""`opaque-chart-forbidden`: what a chart makes is seen, or the chart is a known one.

A `helm.sh/v3:Release` is rendered by Helm inside of the provider; a policy pack sees its values and nothing of what
comes of them, HostProcess pods and administrators included (pulumi/pulumi-kubernetes#2057). `helm.sh/v4:Chart` makes
resources that are seen. Operators whose hooks and definitions only Helm handles are named in `charts`, and pinned: what
that version makes is known. Its values are searched for what gives a pod its node, under the names that Kubernetes has
for it, wherever they stand; names of a chart's own and images are not understood. What nobody sees is refused: values
in files, and a program that rewrites what the chart rendered. The cluster's form of the rules sees all of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from rules.policies.node import ABSENT, Node, Unchecked, Verdict, each_known, guarded
from rules.policies.objects import Object
from rules.policies.resource import Resource
from rules.policies.rule import MANDATORY, Context, Option, Reference, Rule
from rules.problem import Problem
from rules.tables.charts import ARC, KEDA, Chart
from rules.words import given, listed

ID: Final = "opaque-chart-forbidden"
RELEASE: Final = "kubernetes:helm.sh/v3:Release"
_CHARTS: Final = "charts"
_FLAGS: Final = ("hostIPC", "hostNetwork", "hostPID", "hostProcess", "privileged")
_HOST_PATH: Final = "hostPath"
_PARTS: Final = re.compile(rf"^({'|'.join((*_FLAGS, _HOST_PATH))}|windowsOptions)$|(securityContext|volumes)$", re.I)
_UNSEEN: Final[Mapping[str, tuple[str, str, str]]] = {
    "postrender": (
        "a program that rewrites what the chart rendered",
        "what the chart itself renders",
        "use helm.sh/v4:Chart and the resource option transforms, whose result is seen",
    ),
    "valueYamlFiles": ("values in files, which are not seen", "values in values", "write them in values"),
}
_EXACT: Final = re.compile(r"v?\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?")


def _address(chart: Chart) -> str:
    return chart.name if chart.repository is None else f"{chart.repository}/{chart.name}"


def _read(resource: Resource) -> list[Object]:
    return [Object(resource, resource.root, "Release", "helm.sh/v3")] if resource.type == RELEASE else []


def _check(item: Object, context: Context) -> Iterator[Verdict]:
    yield from guarded(_chart(item, [str(one) for one in context.options[_CHARTS]]))
    yield from guarded(_version(item))
    yield from each_known(list(_UNSEEN), lambda key: _unseen(item.body.get(key)))
    yield from _values(item.body.get("values"), of_pods=True)


def _chart(item: Object, known: list[str]) -> Iterator[Verdict]:
    chart, repository = item.body.get("chart"), item.body.get("repositoryOpts", "repo")
    name, where = chart.text(), repository.text()
    address = name if where is None else f"{where.rstrip('/')}/{name}"
    if address in known:
        return
    yield Problem(
        rule=ID,
        path=chart.path,
        given=given(address),
        allowed=f"as a Release, one of the charts {listed(known)}" if known else "no chart as a Release",
        fix="use helm.sh/v4:Chart, whose objects are seen, or add the chart to the rule's option charts",
    )


def _version(item: Object) -> Iterator[Verdict]:
    node = item.body.get("version")
    text = node.text()
    if text is None or not _EXACT.fullmatch(text):
        yield Problem(
            rule=ID,
            path=node.path,
            given=given(text),
            allowed="one version, such as 2.19.0, and no range",
            fix="name the version whose objects were looked at",
        )


def _unseen(node: Node) -> Iterator[Verdict]:
    if node.known() in (ABSENT, "", []):
        return
    what, allowed, fix = _UNSEEN[node.path]
    yield Problem(rule=ID, path=node.path, given=what, allowed=allowed, fix=fix)


def _values(node: Node, *, of_pods: bool) -> Iterator[Verdict]:
    """What is wrong at a value and below. `of_pods`: whether an unknown one may be a part of a pod that matters."""
    value = node.value
    if not node.is_known:
        if of_pods:
            yield Unchecked(path=node.path)
    elif isinstance(value, dict):
        for key, item in node.entries():
            if (key in _FLAGS and item.value is True) or (key == _HOST_PATH and isinstance(item.value, dict)):
                yield Problem(
                    rule=ID,
                    path=item.path,
                    given="true" if key in _FLAGS else "a volume of the node",
                    allowed=f"no {key} for a pod that is not seen",
                    fix="remove it, or use helm.sh/v4:Chart, whose pods are judged by what they are for",
                )
            else:
                yield from _values(item, of_pods=_PARTS.search(key) is not None)
    elif isinstance(value, list):
        for item in node.items():
            yield from _values(item, of_pods=of_pods)


RULE: Final = Rule[Object](
    id=ID,
    group="workloads",
    title="a chart is a Chart, whose objects are seen, or a Release of a known chart in one version, rewritten by "
    "nothing, with no value that gives a pod its node",
    why="What a Release makes is seen by no policy pack and in no preview.",
    fix="Use helm.sh/v4:Chart; for an operator that needs Helm's hooks, name its chart in the option charts, and its "
    "version.",
    severity="high",
    levels=MANDATORY,
    read=_read,
    check=_check,
    options={
        _CHARTS: Option(
            default=[_address(KEDA), _address(ARC)],
            schema={
                "type": "array",
                "items": {"type": "string", "minLength": 1},
                "description": "Charts that may be a Release: repository and name, "
                "https://kedacore.github.io/charts/keda, or the whole address oci://...",
            },
        )
    },
    references=(Reference(framework="Pulumi", id="pulumi/pulumi-kubernetes#2057"),),
)
