"""Cases of `no-inline-secrets`. The tokens are made up, and of the length that real ones have."""

from __future__ import annotations

import base64
import json
from typing import Any

from rules.policies.secrets.inline_secrets import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.scenes import UNKNOWN, Resource, kubernetes, linux_agent, windows_agent, with_spec, workload

GITHUB = "ghp_" + "0aB1" * 9
AZURE_DEVOPS = "a2b3" * 13
NEW_AZURE_DEVOPS = "Ab3" * 25 + "c" + "AZDO" + "1x2y"
KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIB\n"
ENTRA = "abc8Q~" + "AbCdEfGhIjKlMnOpQrStUvWxYz012345"
GITLAB = "glpat-" + "0aB1" * 5
AWS = "AKIA" + "ABCD2345" * 2
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
ENV = "spec.template.spec.containers[0].env[0].value"
ARGS = "spec.template.spec.containers[0].args"
RELEASE = "kubernetes:helm.sh/v3:Release"
TEMPLATE = "{metadata: {annotations: {a: b}}, spec: {containers: [{name: $job, args: [hunter2]}]}}"


def with_env(*variables: dict[str, Any], **more: Any) -> dict[str, Any]:
    spec = linux_agent()
    spec["containers"][0].update({"env": list(variables), **more})
    return spec


def agent(*env: dict[str, Any], **more: Any) -> Resource:
    return workload(with_env(*env), "azdo-agents", **more)


def started(*arguments: object) -> Resource:
    return workload(with_env(args=list(arguments)), "azdo-agents")


def config(data: object, **more: Any) -> Resource:
    return kubernetes(
        "core/v1:ConfigMap", {"metadata": {"name": "c", "namespace": "azdo-agents"}, "data": data}, **more
    )


def secret(token: str = "core/v1:Secret", *, hidden: tuple[str, ...] = ("data",), **entries: object) -> Resource:
    body = {"metadata": {"name": "s", "namespace": "azdo-agents"}, "type": "Opaque", **entries}
    return kubernetes(token, body, secret_paths=frozenset(hidden))


def release(values: object, **more: Any) -> Resource:
    return Resource(type=RELEASE, name="keda", inputs={"chart": "keda", "values": values}, **more)


FROM_SECRET = {"name": "GITHUB_TOKEN", "valueFrom": {"secretKeyRef": {"name": "s", "key": "token"}}}
DEPLOYED = Case(
    title="an agent with a token in a file",
    resources=[
        agent(
            {"name": "AZP_TOKEN_FILE", "value": "/var/run/secrets/buildfleet/token"},
            {"name": "AZP_URL", "value": "https://dev.azure.com/contoso"},
            {"name": "PASSWORD", "value": "$(OTHER)"},
            FROM_SECRET,
        )
    ],
)
SECRET = Case(title="a Secret", resources=[secret(data={"personalAccessToken": "YWJj"})])
CONFIG = Case(
    title="a ConfigMap with certificates and flags",
    resources=[config({"ca.crt": CERTIFICATE, "token": "false", "daemon.json": json.dumps({"hosts": ["npipe://"]})})],
)
VALUES = Case(
    title="a release",
    resources=[release({"githubConfigSecret": "credentials", "operator": {"password": "", "image": "keda:2.19.0"}})],
)

CASES = Cases(
    rule=RULE,
    passes=(
        DEPLOYED,
        SECRET,
        CONFIG,
        VALUES,
        Case(title="the pipe's agent", resources=[workload(windows_agent(), "azdo-agents-docker")]),
        Case(title="a Secret in a state", resources=[secret(hidden=(), data="[secret]")]),
        Case(title="its entries in a state", resources=[secret(hidden=(), stringData={"token": "[secret]"})]),
        Case(title="an unknown secret", resources=[secret(data=UNKNOWN)]),
        Case(title="entries, each secret", resources=[secret(hidden=("data.a", "data.b"), data={"a": "1", "b": "2"})]),
        Case(
            title="a secret value of a release",
            resources=[release({"auth": {"token": GITHUB}}, secret_paths=frozenset({"values.auth.token"}))],
        ),
        Case(title="an address that is not known yet", resources=[agent({"name": "REGISTRY", "value": UNKNOWN})]),
        Case(
            title="options that read a file or another variable",
            resources=[
                started("--token-file=/run/token", "--password-stdin", "--token=$(TOKEN)", "--token", "--verbose")
            ],
        ),
        *(
            Case(title=f"a reference, {value}", resources=[agent({"name": "DB_PASSWORD", "value": value})])
            for value in (
                "$(NAME)",
                "${NAME}",
                "$NAME",
                "$(A)$(B)",
                "%NAME%",
                "{{ .Values.password }}",
                "$(HOME)/token",
            )
        ),
        *(
            Case(title=f"what a shell expands, {value}", resources=[started(f"--token={value}", "--password", value)])
            for value in (
                "$env:AZP_TOKEN",
                "${env:TOKEN}",
                "$token",
                "${TOKEN:-}",
                "${TOKEN:?is missing}",
                "$(cat $(pwd)/x)",
                "$(TOKEN)",
                "${HOME}/token",
            )
        ),
        *(
            Case(title=f"a path, {value}", resources=[agent({"name": "DB_PASSWORD", "value": value})])
            for value in ("/run/token", "/token.txt", "./token", "~/token", "../a/b", "C:\\run\\token", "c:/token")
        ),
        Case(
            title="a pod's template in a Secret",
            resources=[secret(data={"hook-template.yaml": base64.b64encode(TEMPLATE.encode()).decode()})],
        ),
        Case(
            title="hashes and digests", resources=[config({"sha": "0123456789abcdef" * 4, "of": "sha256:" + "ab" * 32})]
        ),
        Case(
            title="another provider",
            resources=[Resource(type="azure-native:keyvault:Vault", name="v", inputs={"tags": {"token": GITHUB}})],
        ),
    ),
    fails=(
        Case(title="a token of GitHub", resources=[agent({"name": "ANYTHING", "value": GITHUB})], at=[ENV]),
        Case(title="one of Azure DevOps", resources=[agent({"name": "ANYTHING", "value": AZURE_DEVOPS})], at=[ENV]),
        Case(title="a newer one", resources=[agent({"name": "ANYTHING", "value": NEW_AZURE_DEVOPS})], at=[ENV]),
        *(
            Case(title=f"one of {name}", resources=[agent({"name": "ANYTHING", "value": token})], at=[ENV])
            for name, token in (("Entra ID", ENTRA), ("GitLab", GITLAB), ("AWS", AWS))
        ),
        *(
            Case(
                title=f"what only begins like a reference or a path, {value}",
                resources=[agent({"name": "DB_PASSWORD", "value": value})],
                at=[ENV],
            )
            for value in (
                "/abcDEF123",
                "$ecret",
                "$(NAME)rest",
                "${NAME",
                "{{hunter2",
                "%hunter2",
                "/3kJx+stor/agekey==",
            )
        ),
        Case(title="a name that says it", resources=[agent({"name": "AZP_TOKEN", "value": "hunter2"})], at=[ENV]),
        Case(
            title="an address with a password",
            resources=[agent({"name": "P", "value": "http://me:pw@proxy"})],
            at=[ENV],
        ),
        Case(
            title="a connection string",
            resources=[agent({"name": "S", "value": "AccountName=a;AccountKey=abcdefgh12345678=="})],
            at=[ENV],
        ),
        Case(
            title="what the program says is secret",
            resources=[agent({"name": "ANYTHING", "value": "plain"}, secret_paths=frozenset({ENV}))],
            at=[ENV],
        ),
        Case(
            title="secret and not known yet",
            resources=[agent({"name": "ANYTHING", "value": UNKNOWN}, secret_paths=frozenset({ENV}))],
            at=[ENV],
        ),
        Case(title="an option", resources=[started("run", "--token=hunter2")], at=[f"{ARGS}[1]"]),
        *(
            Case(title=f"no reference of a shell, {value}", resources=[started("--token", value)], at=[f"{ARGS}[1]"])
            for value in ("${TOKEN:-hunter2}", "$(a", "hunter2$", "$env:", "pre$token")
        ),
        Case(title="an option and its value", resources=[started("--password", "hunter2")], at=[f"{ARGS}[1]"]),
        Case(title="in a shell", resources=[started("-c", f"login --with {GITHUB}")], at=[f"{ARGS}[1]"]),
        Case(
            title="in a CronJob's init container",
            resources=[
                workload(
                    with_spec(linux_agent(), initContainers=[{"name": "i", "env": [{"name": "PAT", "value": "x1"}]}]),
                    "azdo-agents",
                    "batch/v1:CronJob",
                )
            ],
            at=["spec.jobTemplate.spec.template.spec.initContainers[0].env[0].value"],
        ),
        Case(title="a key in a ConfigMap", resources=[config({"id": KEY})], at=["data.id"]),
        Case(title="a ConfigMap's entry", resources=[config({"githubToken": "hunter2"})], at=["data.githubToken"]),
        Case(
            title="a patch of a ConfigMap",
            resources=[kubernetes("core/v1:ConfigMapPatch", {"metadata": {"name": "c"}, "data": {"id": KEY}})],
            at=["data.id"],
        ),
        Case(
            title="an annotation",
            resources=[kubernetes("core/v1:ServiceAccount", {"metadata": {"annotations": {"note": GITHUB}}})],
            at=["metadata.annotations.note"],
        ),
        Case(title="a Secret in plain text", resources=[secret(hidden=(), data={"token": "YWJj"})], at=["data.token"]),
        Case(
            title="one plain entry beside a secret one",
            resources=[secret(hidden=("stringData.a",), stringData={"a": "1", "b": "2"})],
            at=["stringData.b"],
        ),
        Case(
            title="a patch of a Secret",
            resources=[secret("core/v1:SecretPatch", hidden=(), stringData={"token": "hunter2"})],
            at=["stringData.token"],
        ),
        Case(
            title="a list of Secrets",
            resources=[kubernetes("core/v1:SecretList", {"items": [{"data": {"token": "YWJj"}}]})],
            at=["items[0].data.token"],
        ),
        Case(title="a chart's value", resources=[release({"auth": {"token": "hunter2"}})], at=["values.auth.token"]),
        Case(title="one in a list", resources=[release({"extra": [GITHUB]})], at=["values.extra[0]"]),
    ),
    unknown=(
        Case(
            title="a variable whose name says it",
            resources=[agent({"name": "AZP_TOKEN", "value": UNKNOWN})],
            at=[ENV],
        ),
        Case(
            title="all variables",
            resources=[workload(with_env(env=UNKNOWN), "azdo-agents")],
            at=["spec.template.spec.containers[0].env"],
        ),
        Case(title="an option's value", resources=[started("--token", UNKNOWN)], at=[f"{ARGS}[1]"]),
        Case(title="a Secret's data", resources=[secret(hidden=(), data=UNKNOWN)], at=["data"]),
        Case(title="a Secret's entry", resources=[secret(hidden=(), data={"token": UNKNOWN})], at=["data.token"]),
        Case(title="a ConfigMap's data", resources=[config(UNKNOWN)], at=["data"]),
        Case(title="a chart's values", resources=[release(UNKNOWN)], at=["values"]),
        Case(title="a chart's token", resources=[release({"token": UNKNOWN})], at=["values.token"]),
    ),
    mutations=(
        Mutation(of=DEPLOYED, path="spec.template.spec.containers[0].env[1].value", value=GITHUB),
        Mutation(of=DEPLOYED, path="spec.template.spec.containers[0].env[2].value", value="hunter2"),
        Mutation(of=DEPLOYED, path="spec.template.metadata.annotations.note", value=KEY),
        Mutation(of=CONFIG, path='data["ca.crt"]', value=KEY),
        Mutation(of=SECRET, path="stringData", value={"more": "plain"}),
        Mutation(of=VALUES, path="values.operator.password", value="hunter2"),
    ),
)
