"""Cases of `no-long-lived-pat`."""

from __future__ import annotations

from rules.policies.secrets.long_lived_pat import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.cases.secrets.inline_secrets import FROM_SECRET, agent, secret
from tests.unit.policies.scenes import UNKNOWN, Resource, kubernetes, linux_agent, workload

OWNER = 'metadata.annotations["buildfleet.dev/owner"]'
EXPIRES = 'metadata.annotations["buildfleet.dev/expires"]'


def token(annotations: object, key: str = "personalAccessToken") -> Resource:
    body = {"metadata": {"name": "azure-devops-token", "annotations": annotations}, "data": {key: "YWJj"}}
    return kubernetes("core/v1:Secret", body, secret_paths=frozenset({"data"}))


KNOWN = Case(
    title="a token with an owner and a last day",
    resources=[token({"buildfleet.dev/owner": "platform-team", "buildfleet.dev/expires": "2026-12-31"})],
)
FILE = Case(title="an agent whose token is a file", resources=[agent({"name": "AZP_TOKEN_FILE", "value": "/run/t"})])

CASES = Cases(
    rule=RULE,
    passes=(
        KNOWN,
        FILE,
        Case(title="an App", resources=[secret(stringData={"github_app_id": "1", "github_app_private_key": "k"})]),
        Case(title="workload identity", resources=[workload(linux_agent(), "azdo-agents")]),
        Case(title="a pull secret", resources=[secret(data={".dockerconfigjson": "e30="})]),
    ),
    fails=(
        Case(title="a token without either", resources=[token({})], at=[OWNER, EXPIRES]),
        Case(title="that of ARC", resources=[token({}, "github_token")], at=[OWNER, EXPIRES]),
        Case(
            title="a last day that is none",
            resources=[token({"buildfleet.dev/owner": "me", "buildfleet.dev/expires": "soon"})],
            at=[EXPIRES],
        ),
        Case(
            title="in the environment", resources=[agent(FROM_SECRET)], at=["spec.template.spec.containers[0].env[0]"]
        ),
    ),
    unknown=(
        Case(title="what the Secret holds", resources=[secret(data=UNKNOWN)], at=["data"]),
        Case(title="its annotations", resources=[token(UNKNOWN)], at=[EXPIRES]),
    ),
    mutations=(
        Mutation(of=KNOWN, path=EXPIRES, value=None),
        Mutation(of=KNOWN, path=OWNER, value=""),
        Mutation(of=KNOWN, path=EXPIRES, value="31.12.2026"),
        Mutation(of=FILE, path="spec.template.spec.containers[0].env[1]", value=FROM_SECRET),
    ),
)
