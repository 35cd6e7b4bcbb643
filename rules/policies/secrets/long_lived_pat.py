"""`no-long-lived-pat`: agents sign in by workload identity or as an App; a personal access token is the last resort.

What can be seen of a token is its key in a Secret, and whether a container gets it as an environment variable, where
every step of a job reads it. When it ends cannot be seen: an annotation tells, for people and for whoever reminds them.
So this rule advises, in production as well: a mandatory one would be met by a date that anybody can write, and the
documented way of agents by token, a Secret with their variable, would have to be waived for ever. A token in plain text
is for `no-inline-secrets`, which is mandatory.

Azure DevOps makes no new global tokens since 2026-03-15, and they stop on 2026-12-01.

Refuses to compare the day with today's: a rule says the same every day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from rules.policies.node import Node, Verdict, each_known, guarded
from rules.policies.objects import Object, objects
from rules.policies.pods import Container, Pod, pods
from rules.policies.resource import Resource
from rules.policies.rule import ADVISORY, Context, Reference, Rule
from rules.problem import Problem
from rules.words import given

ID: Final = "no-long-lived-pat"
OWNER: Final = "buildfleet.dev/owner"
EXPIRES: Final = "buildfleet.dev/expires"
"""Annotations of a Secret with a token: whom to ask, and its last day as 2026-12-31."""
KEYS: Final = ("AZP_TOKEN", "azdo-token", "azure-devops-token", "github_token", "pat", "personalAccessToken")
"""Under which a Secret has such a token: what ARC, KEDA and the images of agents read."""
VARIABLES: Final = ("AZP_TOKEN", "AZURE_DEVOPS_EXT_PAT", "GH_TOKEN", "GITHUB_PAT", "GITHUB_TOKEN", "RUNNER_TOKEN")
_DAY: Final = re.compile(r"^20\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")


def _read(resource: Resource) -> list[Object | Pod]:
    return [*(item for item in objects(resource) if item.kind == "Secret"), *pods(resource)]


def _check(subject: Object | Pod, context: Context) -> Iterator[Verdict]:
    if isinstance(subject, Pod):
        yield from each_known(subject.containers, _environment)
    else:
        for key in ("data", "stringData"):
            yield from guarded(_token(subject, subject.body.get(key)))


def _environment(container: Container) -> Iterator[Verdict]:
    for node in container.node.get("env").items():
        if node.get("name").text() in VARIABLES and node.get("valueFrom", "secretKeyRef").is_given:
            yield Problem(
                rule=ID,
                path=node.path,
                given=f"the token {node.get('name').text()} in the environment of {container.name}",
                allowed="a token in a file that jobs do not get",
                fix="mount the Secret as a file (AZP_TOKEN_FILE for agents of Azure DevOps), or use workload identity",
            )


def _token(item: Object, node: Node) -> Iterator[Verdict]:
    for key, _ in node.entries():
        if key not in KEYS:
            continue
        annotations = item.meta.get("annotations")
        owner, expires = annotations.get(OWNER), annotations.get(EXPIRES)
        day = expires.text()
        if day is None or not _DAY.match(day):
            yield Problem(
                rule=ID,
                path=expires.path,
                given=f"{given(day)}, on a Secret with a personal access token",
                allowed="the token's last day, at most 90 days ahead, such as 2026-12-31",
                fix="sign in by workload identity or as a GitHub App; else annotate the Secret and renew in time",
            )
        if not owner.text():
            yield Problem(
                rule=ID,
                path=owner.path,
                given=f"{given(owner.text())}, on a Secret with a personal access token",
                allowed="whom to ask about it",
                fix="sign in by workload identity or as a GitHub App; else annotate the Secret with an owner",
            )
        return


RULE: Final = Rule[Object | Pod](
    id=ID,
    group="secrets",
    title="agents sign in by workload identity or as an App; a personal access token has an owner and a last day, and "
    "is a file",
    why="A personal access token acts as a person until it ends; who reads that of the agents registers an agent of "
    "his own and gets jobs with their secrets. When it ends cannot be seen, so this stays advice.",
    fix="Use workload identity for Azure DevOps and an App for GitHub; else mount the token as a file, and annotate "
    f"its Secret with {OWNER} and {EXPIRES}.",
    severity="medium",
    levels=ADVISORY,
    read=_read,
    check=_check,
    references=(
        Reference(framework="Microsoft Learn", id="azure/devops/pipelines/agents/agent-authentication-options"),
        Reference(framework="CIS Kubernetes 1.12", id="5.4.2"),
    ),
)
