"""Cases of `opaque-chart-forbidden`."""

from __future__ import annotations

from typing import Any

from rules.policies.workloads.opaque_chart import RELEASE, RULE
from rules.tables.charts import ARC, KEDA
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.scenes import UNKNOWN, Resource


def release(chart: object, repository: object = None, version: object = "2.19.0", **more: Any) -> Resource:
    inputs: dict[str, Any] = {"chart": chart, "name": "thing", "values": {}, **more}
    if repository is not None:
        inputs["repositoryOpts"] = {"repo": repository}
    if version is not None:
        inputs["version"] = version
    return Resource(type=RELEASE, name="thing", inputs=inputs)


KEDAS = Case(title="KEDA", resources=[release(KEDA.name, KEDA.repository)])
ARCS = Case(title="ARC's controller", resources=[release(ARC.name, version="0.14.2")])

RIGHT = {
    "image": {"keda": {"registry": UNKNOWN, "tag": "2.19.0"}},
    "securityContext": {"operator": {"privileged": False, "runAsNonRoot": True}},
    "podSecurityContext": {"operator": {"windowsOptions": {"hostProcess": False}}},
    "hostNetwork": False,
    "volumes": {"keda": {"extraVolumes": [{"name": "ca", "emptyDir": {}}]}},
}
WRONG = {
    "values.securityContext.operator.privileged": {"securityContext": {"operator": {"privileged": True}}},
    "values.podSecurityContext.windowsOptions.hostProcess": {
        "podSecurityContext": {"windowsOptions": {"hostProcess": True}}
    },
    "values.hostNetwork": {"hostNetwork": True},
    "values.operator.hostPID": {"operator": {"hostPID": True}},
    "values.volumes.keda.extraVolumes[0].hostPath": {
        "volumes": {"keda": {"extraVolumes": [{"name": "a", "hostPath": {"path": "/var/run"}}]}}
    },
}

CASES = Cases(
    rule=RULE,
    passes=(
        KEDAS,
        Case(
            title="rewritten by nothing",
            resources=[release(KEDA.name, KEDA.repository, postrender="", valueYamlFiles=[])],
        ),
        ARCS,
        Case(title="with values", resources=[release("keda", KEDA.repository, values=RIGHT)]),
        Case(title="with a slash at its end", resources=[release("keda", f"{KEDA.repository}/")]),
        Case(
            title="a Chart, whose objects are seen",
            resources=[Resource(type="kubernetes:helm.sh/v4:Chart", name="web", inputs={"chart": "nginx"})],
        ),
        Case(
            title="one that was looked at",
            resources=[release("oci://ghcr.io/contoso/web", version="1.0.0-rc.1")],
            options={"charts": ["oci://ghcr.io/contoso/web"]},
        ),
    ),
    fails=(
        Case(
            title="rewritten by a program",
            resources=[release(KEDA.name, KEDA.repository, postrender="/opt/rewrite.sh")],
            at=["postrender"],
        ),
        Case(
            title="values in files",
            resources=[release(KEDA.name, KEDA.repository, valueYamlFiles=["values.yaml"])],
            at=["valueYamlFiles"],
        ),
        *(
            Case(title=path, resources=[release("keda", KEDA.repository, values=values)], at=[path])
            for path, values in WRONG.items()
        ),
        Case(title="any", resources=[release("nginx", "https://charts.example.com")], at=["chart"]),
        Case(title="KEDA's name elsewhere", resources=[release("keda", "https://charts.example.com")], at=["chart"]),
        Case(title="a folder", resources=[release("./charts/web")], at=["chart"]),
        Case(title="no version", resources=[release("keda", KEDA.repository, None)], at=["version"]),
        Case(title="a range", resources=[release("keda", KEDA.repository, ">=2.0.0")], at=["version"]),
        Case(title="both", resources=[release("web", version="1.x")], at=["chart", "version"]),
        Case(
            title="none is allowed",
            resources=[release("keda", KEDA.repository)],
            options={"charts": []},
            at=["chart"],
        ),
    ),
    unknown=(
        Case(
            title="what rewrites it, and files",
            resources=[release(KEDA.name, KEDA.repository, postrender=UNKNOWN, valueYamlFiles=UNKNOWN)],
            at=["postrender", "valueYamlFiles"],
        ),
        Case(title="all values", resources=[release("keda", KEDA.repository, values=UNKNOWN)], at=["values"]),
        Case(
            title="what a container may",
            resources=[
                release("keda", KEDA.repository, values={"securityContext": {"operator": {"privileged": UNKNOWN}}})
            ],
            at=["values.securityContext.operator.privileged"],
        ),
        Case(
            title="volumes",
            resources=[release("keda", KEDA.repository, values={"volumes": {"keda": {"extraVolumes": [UNKNOWN]}}})],
            at=["values.volumes.keda.extraVolumes[0]"],
        ),
        Case(title="the chart", resources=[release(UNKNOWN)], at=["chart"]),
        Case(title="where it is from", resources=[release("keda", UNKNOWN)], at=["repositoryOpts.repo"]),
        Case(title="the version", resources=[release("keda", KEDA.repository, UNKNOWN)], at=["version"]),
    ),
    mutations=(
        Mutation(of=KEDAS, path="postrender", value="rewrite"),
        Mutation(of=KEDAS, path="chart", value="keda-add-ons-http"),
        Mutation(of=KEDAS, path="repositoryOpts", value=None),
        Mutation(of=KEDAS, path="version", value="2.19"),
        Mutation(of=KEDAS, path="values", value={"hostNetwork": True}),
        Mutation(of=ARCS, path="chart", value="oci://ghcr.io/somebody/gha-runner-scale-set-controller"),
        Mutation(of=ARCS, path="version", value=None),
    ),
)
