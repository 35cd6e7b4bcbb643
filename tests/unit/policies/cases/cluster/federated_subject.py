"""Cases of `federated-subject-exact`."""

from __future__ import annotations

from rules.policies.cluster.federated_subject import RULE
from rules.tables.azure_roles import AKS_RBAC_READER, CONTRIBUTOR, READER
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.cases.cluster.azure import (
    GITHUB,
    GROUP,
    federated,
    identity_urn,
    resource,
    role_assignment,
    template,
)
from tests.unit.policies.scenes import UNKNOWN

LINKED = resource("resources:Deployment", "sql", {"properties": {"templateLink": {"uri": "https://example.com/sql"}}})
AT_LINK = "properties.templateLink"
OURS = Case(title="an environment", resources=[federated("repo:contoso/ci:environment:prod")])
OF_PREVIEW = {"resourceName": [identity_urn("preview")]}
HAS_PREVIEW = {"principalId": [identity_urn("preview")]}
PREVIEW = Case(
    title="a pull request that reads",
    resources=[
        federated("repo:contoso/ci:pull_request", dependencies=OF_PREVIEW),
        role_assignment(READER, GROUP, UNKNOWN, dependencies=HAS_PREVIEW),
        role_assignment(AKS_RBAC_READER, UNKNOWN, UNKNOWN, dependencies=HAS_PREVIEW),
        role_assignment(CONTRIBUTOR, GROUP, UNKNOWN, dependencies={"principalId": [identity_urn("deploy")]}),
    ],
)

CASES = Cases(
    rule=RULE,
    passes=(
        OURS,
        PREVIEW,
        Case(title="GitHub's immutable subject", resources=[federated("repo:contoso@12/ci@345:ref:refs/heads/main")]),
        Case(
            title="a service account of a cluster that is not made yet",
            resources=[federated("system:serviceaccount:azdo-agents:azdo-agent", issuer=UNKNOWN, resourceName=UNKNOWN)],
        ),
        Case(
            title="a service connection of Azure DevOps",
            resources=[federated("sc://contoso/ci/prod", issuer="https://vstoken.dev.azure.com/11111111")],
        ),
        Case(
            title="a national cloud",
            resources=[federated("repo:contoso/ci:environment:prod", audiences=["api://AzureADTokenExchangeUSGov"])],
            options={"audiences": ["api://AzureADTokenExchangeUSGov"]},
        ),
    ),
    fails=(
        Case(title="any branch", resources=[federated("repo:contoso/ci:ref:refs/heads/*")], at=["subject"]),
        Case(title="any repository", resources=[federated("repo:contoso@12/*:environment:prod")], at=["subject"]),
        Case(title="nobody", resources=[federated("")], at=["subject"]),
        Case(
            title="an expression",
            resources=[
                federated(
                    None,
                    claimsMatchingExpression={
                        "languageVersion": 1,
                        "value": "claims['sub'] matches 'repo:contoso/ci:ref:refs/heads/*'",
                    },
                )
            ],
            at=["claimsMatchingExpression"],
        ),
        Case(
            title="any issuer, and tokens for anybody",
            resources=[
                federated("repo:contoso/ci:environment:prod", issuer="https://*", audiences=["api://other"]),
            ],
            at=["audiences", "issuer"],
        ),
        Case(
            title="pods of an issuer that nobody can trust, for no audience",
            resources=[federated("system:serviceaccount:a:b", issuer="http://cluster.example.com", audiences=[])],
            at=["audiences", "issuer"],
        ),
        Case(
            title="an audience too many",
            resources=[
                federated(
                    "repo:contoso/ci:environment:prod", audiences=["api://AzureADTokenExchange", "https://github.com"]
                )
            ],
            at=["audiences"],
        ),
        Case(
            title="a template",
            resources=[
                template(
                    {
                        "type": "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials",
                        "name": "deploy/pipeline",
                        "properties": {
                            "audiences": ["api://AzureADTokenExchange"],
                            "issuer": "https://token.actions.githubusercontent.com",
                            "subject": "repo:contoso/*",
                        },
                    }
                )
            ],
            at=["properties.template.resources[0].properties.subject"],
        ),
        Case(
            title="a generic resource, for nobody",
            resources=[
                resource(
                    "resources:Resource",
                    "generic",
                    {
                        "parentResourcePath": "userAssignedIdentities/deploy",
                        "properties": {"audiences": ["api://AzureADTokenExchange"], "issuer": GITHUB},
                        "resourceName": "pipeline",
                        "resourceProviderNamespace": "Microsoft.ManagedIdentity",
                        "resourceType": "federatedIdentityCredentials",
                    },
                )
            ],
            at=["properties.subject"],
        ),
    ),
    unknown=(
        Case(title="the subject", resources=[federated(UNKNOWN)], at=["subject"]),
        Case(
            title="whether there is an expression",
            resources=[federated("repo:contoso/ci:environment:prod", claimsMatchingExpression=UNKNOWN)],
            at=["claimsMatchingExpression"],
        ),
        Case(
            title="a template that is linked, and is of something else maybe",
            resources=[LINKED],
            at=[f"{AT_LINK}.{key}" for key in ("audiences", "claimsMatchingExpression", "issuer")],
        ),
        Case(
            title="the issuer of a pipeline's tokens",
            resources=[federated("repo:contoso/ci:environment:prod", issuer=UNKNOWN)],
            at=["issuer"],
        ),
        Case(
            title="whether a pull request has a role",
            resources=[federated("repo:contoso/ci:pull_request"), role_assignment(CONTRIBUTOR, GROUP, UNKNOWN)],
            at=["principalId"],
        ),
    ),
    mutations=(
        Mutation(of=OURS, path="subject", value="repo:contoso/*:environment:prod"),
        Mutation(of=OURS, path="issuer", value="http://token.actions.githubusercontent.com"),
        Mutation(of=OURS, path="audiences[0]", value="api://azureadtokenexchange"),
        Mutation(
            of=PREVIEW,
            path="roleDefinitionId",
            value=role_assignment(CONTRIBUTOR, GROUP).inputs["roleDefinitionId"],
            resource=1,
        ),
    ),
)
