"""Cases of `runner-no-kube-api`."""

from __future__ import annotations

from typing import Any

from rules.policies.workloads.runner_no_kube_api import RULE
from rules.tables.api_audiences import TOKEN_SECRET
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.runner_scenes import (
    HOOKS,
    ON_PR,
    build,
    hook_runner,
    hook_template,
    job,
    runner_set,
    scaled_job,
)
from tests.unit.policies.scenes import (
    UNKNOWN,
    Resource,
    docker_agent,
    engine,
    kubernetes,
    linux_agent,
    with_spec,
    workload,
)

SPEC = "spec.template.spec"
TOKEN = "automountServiceAccountToken"
ENV = f"{SPEC}.containers[0].env"
AGENT = Case(title="an agent", resources=[workload(linux_agent(), "azdo-agents")])
CACHED = Case(
    title="jobs that are privileged, made by a runner that is not",
    resources=[runner_set(hook_runner(), "github-runners-docker")],
)


def account(namespace: object = "azdo-agents", token: str = "core/v1:ServiceAccount", **more: Any) -> Resource:
    return kubernetes(token, {"metadata": {"name": "azdo-agent", "namespace": namespace}, **more})


def without(spec: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in spec.items() if key not in keys}


def hooks(env: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    spec = hook_runner(**more)
    spec["containers"][0]["env"] = env
    return spec


def projecting(spec: dict[str, Any], **token: Any) -> dict[str, Any]:
    """A pod spec with a volume that projects a token, beside a folder of certificates."""
    sources = [{"configMap": {"name": "ca"}}, {"serviceAccountToken": {"path": "token", **token}}]
    return with_spec(spec, volumes=[{"name": "token", "projected": {"sources": sources}}])


def secret(kind: object, namespace: object = "azdo-agents") -> Resource:
    annotations = {"kubernetes.io/service-account.name": "azdo-agent"}
    return kubernetes(
        "core/v1:Secret", {"metadata": {"name": "t", "namespace": namespace, "annotations": annotations}, "type": kind}
    )


def named(spec: dict[str, Any], volume: str) -> dict[str, Any]:
    spec["volumes"][0]["name"] = volume
    return spec


AUDIENCE = f"{SPEC}.volumes[0].projected.sources[1].serviceAccountToken.audience"
ENTRA = "api://AzureADTokenExchange"
FEDERATED = Case(
    title="a token for Entra", resources=[workload(projecting(linux_agent(), audience=ENTRA), "azdo-agents")]
)
ACCOUNT = Case(title="an account", resources=[account(automountServiceAccountToken=False)])

CASES = Cases(
    rule=RULE,
    passes=(
        AGENT,
        CACHED,
        ACCOUNT,
        FEDERATED,
        Case(
            title="a runner that makes pods, with a token of its own life",
            resources=[runner_set(projecting(hook_runner(), expirationSeconds=600), "github-runners")],
        ),
        Case(
            title="the engine, with such a token",
            resources=[workload(projecting(engine()), "docker-engine", "apps/v1:DaemonSet")],
        ),
        Case(title="a token elsewhere", resources=[workload(projecting(linux_agent()), "web")]),
        Case(title="a Secret that is none", resources=[secret("Opaque")]),
        Case(title="a Secret with a token elsewhere", resources=[secret(TOKEN_SECRET, "web")]),
        Case(title="an agent with a daemon", resources=[scaled_job(docker_agent(), "azdo-agents-docker")]),
        Case(
            title="a runner that makes pods, where none is privileged",
            resources=[runner_set(hooks(HOOKS[:1]), "github-runners")],
        ),
        Case(
            title="for pull requests",
            resources=[runner_set(hook_runner(nodeSelector=ON_PR), "github-runners")],
        ),
        Case(title="a job's template", resources=[hook_template()]),
        Case(title="a build that notes its digest", resources=[job(build())]),
        Case(title="the engine", resources=[workload(engine(), "docker-engine", "apps/v1:DaemonSet")]),
        Case(title="an account elsewhere", resources=[account("arc-systems")]),
        Case(title="a patch of an account", resources=[account(token="core/v1:ServiceAccountPatch")]),
        Case(
            title="the other name of the same field",
            resources=[
                workload(
                    {**without(linux_agent(), "serviceAccountName"), "serviceAccount": "azdo-agent"}, "azdo-agents"
                )
            ],
        ),
        Case(title="anything elsewhere", resources=[workload(without(linux_agent(), TOKEN), "web")]),
    ),
    fails=(
        Case(
            title="a token for an agent",
            resources=[scaled_job(with_spec(linux_agent(), automountServiceAccountToken=True), "azdo-agents")],
            at=[f"spec.jobTargetRef.template.spec.{TOKEN}"],
        ),
        Case(
            title="no word about a token",
            resources=[workload(without(linux_agent(), TOKEN), "azdo-agents")],
            at=[f"{SPEC}.{TOKEN}"],
        ),
        Case(
            title="every pod's account",
            resources=[workload(with_spec(linux_agent(), serviceAccountName="default"), "azdo-agents", "core/v1:Pod")],
            at=["spec.serviceAccountName"],
        ),
        Case(
            title="no account",
            resources=[workload(without(linux_agent(), "serviceAccountName"), "azdo-agents")],
            at=[f"{SPEC}.serviceAccountName"],
        ),
        *(
            Case(
                title=f"a projected token for {audience or 'the API server'}",
                resources=[workload(projecting(linux_agent(), audience=audience), "azdo-agents")],
                at=[AUDIENCE],
            )
            for audience in (
                "",
                "kubernetes",
                "https://kubernetes.default.svc",
                "https://kubernetes.default.svc.cluster.local",
                "https://fleet-1234.hcp.westeurope.azmk8s.io",
                "https://westeurope.oic.prod-aks.azure.com/tenant/id/",
            )
        ),
        Case(
            title="a projected token that is for nobody by name",
            resources=[workload(projecting(linux_agent()), "azdo-agents")],
            at=[AUDIENCE],
        ),
        Case(
            title="one in a volume that has the name of the API server's own",
            resources=[
                workload(named(projecting(linux_agent()), "kube-api-access-abcde"), "azdo-agents", "core/v1:Pod")
            ],
            at=["spec.volumes[0].projected.sources[1].serviceAccountToken.audience"],
        ),
        Case(
            title="one for jobs",
            resources=[hook_template(volumes=projecting({})["volumes"])],
            at=['data["template.json"].spec.volumes[0].projected.sources[1].serviceAccountToken.audience'],
        ),
        Case(
            title="a build's label where no image is built",
            resources=[job(build(), "azdo-agents")],
            at=[f"{SPEC}.{TOKEN}"],
        ),
        Case(title="a token that never ends", resources=[secret(TOKEN_SECRET)], at=["type"]),
        Case(title="an account that gives a token", resources=[account()], at=[TOKEN]),
        Case(
            title="an account that gives one by its own word",
            resources=[account("github-runners", automountServiceAccountToken=True)],
            at=[TOKEN],
        ),
        Case(
            title="a HostProcess pod with another account",
            resources=[
                workload(with_spec(engine(), serviceAccountName="somebody"), "docker-engine", "apps/v1:DaemonSet")
            ],
            at=[f"{SPEC}.{TOKEN}"],
        ),
        Case(
            title="every pod's account for jobs",
            resources=[hook_template(serviceAccountName="default")],
            at=['data["template.json"].spec.serviceAccountName'],
        ),
        Case(
            title="a runner that makes pods where they may be privileged, as ARC's chart has it",
            resources=[runner_set(hooks(HOOKS[:1]), "github-runners-docker")],
            at=[ENV, ENV],
        ),
        Case(
            title="steps beside the runner's token",
            resources=[
                runner_set(
                    hooks([*HOOKS, {"name": "ACTIONS_RUNNER_REQUIRE_JOB_CONTAINER", "value": "false"}]),
                    "github-runners-docker",
                )
            ],
            at=[f"{ENV}[3].value"],
        ),
        Case(
            title="privileged jobs for pull requests",
            resources=[runner_set(hook_runner(nodeSelector=ON_PR), "github-runners-docker")],
            at=[f"{SPEC}.nodeSelector"],
        ),
        Case(
            title="a runner beside the engine",
            resources=[workload(hook_runner(automountServiceAccountToken=False), "docker-engine")],
            at=[ENV],
        ),
    ),
    unknown=(
        Case(
            title="for whom a token is",
            resources=[workload(projecting(linux_agent(), audience=UNKNOWN), "azdo-agents")],
            at=[AUDIENCE],
        ),
        Case(title="what a Secret is", resources=[secret(UNKNOWN)], at=["type"]),
        Case(title="an account's token", resources=[account(automountServiceAccountToken=UNKNOWN)], at=[TOKEN]),
        Case(
            title="a pod's token",
            resources=[workload(with_spec(linux_agent(), automountServiceAccountToken=UNKNOWN), "azdo-agents")],
            at=[f"{SPEC}.{TOKEN}"],
        ),
        Case(
            title="the account",
            resources=[workload(with_spec(linux_agent(), serviceAccountName=UNKNOWN), "azdo-agents")],
            at=[f"{SPEC}.serviceAccountName"],
        ),
    ),
    mutations=(
        Mutation(of=AGENT, path=f"{SPEC}.{TOKEN}", value=None),
        Mutation(of=AGENT, path=f"{SPEC}.serviceAccountName", value="default"),
        Mutation(of=ACCOUNT, path=TOKEN, value=None),
        Mutation(of=FEDERATED, path=AUDIENCE, value=None),
        Mutation(of=CACHED, path=f"{ENV}[2].value", value="false"),
        Mutation(of=CACHED, path=f"{ENV}[1].value", value=""),
        Mutation(of=CACHED, path=f"{SPEC}.nodeSelector.agentpool", value="pr"),
    ),
)
