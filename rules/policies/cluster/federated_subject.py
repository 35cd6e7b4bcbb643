"""`federated-subject-exact`: an identity takes the tokens of one issuer, one subject and one audience.

Judges federated credentials of user-assigned identities, and for those of pull requests the roles of their identity: a
pull request is code that nobody has agreed to, so it may read and no more. That an identity is the same in both is seen
by what the inputs are made of. GitHub's subjects come in two forms, `repo:contoso/ci:...` and, of repositories made
after 2026-07-15, `repo:contoso@1/ci@2:...`; both end alike.

An issuer that is not known yet is no question where the subject is a service account's: it is the cluster's, which is
being made. Source: Microsoft Learn "Workload identity federation" and "Flexible federated identity credentials",
GitHub docs "OpenID Connect reference", read 2026-11.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from rules.federation import of_pull_request
from rules.policies.cluster.grants import SERVICE_ACCOUNT, Grant, identities_of
from rules.policies.cluster.owners import Told
from rules.policies.cluster.parts import FEDERATED_CREDENTIAL, ROLE_ASSIGNMENT, Part
from rules.policies.node import ABSENT, Unchecked, Verdict, each_known
from rules.policies.resource import Resource
from rules.policies.rule import MANDATORY, Context, Option, Reference, Rule
from rules.problem import Problem
from rules.tables.azure_roles import READING
from rules.words import NOTHING, given, listed

ID: Final = "federated-subject-exact"
_WILDCARD: Final = "*"


def _read(resource: Resource) -> list[Part]:
    return [*FEDERATED_CREDENTIAL(resource), *ROLE_ASSIGNMENT(resource)]


def _check(subjects: Sequence[tuple[Resource, Part]], context: Context) -> Told:
    grants = [Grant(one) for _, one in subjects if one.type is ROLE_ASSIGNMENT]
    for resource, one in subjects:
        if one.type is not FEDERATED_CREDENTIAL:
            continue
        for check in (_issuer, _subject, lambda part: _audience(part, context.options["audiences"])):
            yield from ((resource, verdict) for verdict in each_known([one], check))
        subject = one.body.get("subject").value
        if isinstance(subject, str) and of_pull_request(subject):
            yield from _reads_only(one, grants)


def _issuer(part: Part) -> Iterator[Verdict]:
    node, subject = part.body.get("issuer"), part.body.get("subject").value
    if not node.is_known and isinstance(subject, str) and subject.startswith(SERVICE_ACCOUNT):
        return
    issuer = node.text() or ""
    if not issuer.startswith("https://") or _WILDCARD in issuer:
        yield Problem(
            rule=ID,
            path=node.path,
            given=given(node.value) if node.is_given else NOTHING,
            allowed="the URL of one issuer, from https:// on",
            fix="write the issuer as its tokens have it, for example https://token.actions.githubusercontent.com",
        )


def _subject(part: Part) -> Iterator[Verdict]:
    expression = part.body.get("claimsMatchingExpression")
    if expression.known() is not ABSENT:
        yield Problem(
            rule=ID,
            path=expression.path,
            given="an expression",
            allowed="an exact subject: an expression takes tokens of branches and repositories that come later",
            fix="write one credential for each subject",
        )
        return
    node = part.body.get("subject")
    subject = node.text() or ""
    if not subject or _WILDCARD in subject:
        yield Problem(
            rule=ID,
            path=node.path,
            given=given(node.value) if node.is_given else NOTHING,
            allowed="one subject, letter by letter",
            fix="write one credential for each subject, for example repo:contoso/ci:environment:prod",
        )


def _audience(part: Part, allowed: Sequence[str]) -> Iterator[Verdict]:
    node = part.body.get("audiences")
    items = node.items()
    wrong = [item for item in items if item.text() not in allowed]
    if len(items) != 1 or wrong:
        yield Problem(
            rule=ID,
            path=node.path,
            given=listed((given(item.value) for item in items), "and") or NOTHING,
            allowed=f"{listed(map(given, allowed))}, and no other beside it",
            fix=f"write [{given(allowed[0]) if allowed else NOTHING}]",
        )


def _reads_only(credential: Part, grants: Sequence[Grant]) -> Told:
    """The identity that takes a pull request's token has reading roles alone."""
    own = identities_of(credential.resource, "resourceName")
    path = credential.body.get("subject").path
    for grant in grants:
        made_of = identities_of(grant.resource, "principalId")
        if not made_of and not grant.principal.is_known and not grant.resource.dependencies:
            # Nothing says for whom it is: it matters only if the role does more than read.
            if not grant.role_node.is_known or grant.role() not in READING:
                yield grant.resource, Unchecked(path=grant.principal.path)
        elif own & made_of:
            if not grant.role_node.is_known:
                yield grant.resource, Unchecked(path=grant.role_node.path)
            elif grant.role() not in READING:
                yield (
                    credential.resource,
                    Problem(
                        rule=ID,
                        path=path,
                        given=f"{given(credential.body.get('subject').value)}, for an identity that has "
                        f"{grant.role() or 'a role that is not known to read only'} ({grant.resource.name})",
                        allowed=f"for pull requests an identity with no other roles than {listed(READING)}",
                        fix="give pull requests an identity of their own, with Reader",
                    ),
                )


RULE: Final = Rule[Part](
    id=ID,
    group="cluster",
    title="federated credentials name one subject exactly, and a pull request's identity only reads",
    why="Whoever can get a token with a subject that fits is the identity. A pattern fits branches that anybody may "
    "make, and a pull request is anybody's code.",
    fix="Write issuer, subject and audience exactly, one credential each; give pull requests an identity of their own "
    "that has reading roles alone.",
    severity="critical",
    levels=MANDATORY,
    read=_read,
    check_stack=_check,
    options={
        "audiences": Option(
            default=["api://AzureADTokenExchange"],
            schema={
                "type": "array",
                "items": {"type": "string", "minLength": 1},
                "minItems": 1,
                "uniqueItems": True,
                "description": "audiences of which a credential has one; national clouds have others, for example "
                "api://AzureADTokenExchangeUSGov",
            },
        )
    },
    references=(
        Reference(framework="Azure Policy", id="2cc2e023-0dac-4046-875b-178f683929d5"),
        Reference(framework="GitHub documentation", id="OpenID Connect reference"),
    ),
)
