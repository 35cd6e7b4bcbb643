"""An Entra identity for the jobs of agents that sign in by a token themselves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from components.azure_devops.auth import Pat, Token
from components.azure_devops.credentials import AgentCredentials, AgentCredentialsArgs
from tests.unit.components.mocks import deploy
from tests.unit.components.test_azure_devops import DEPLOYMENT, LINUX, agents, template

CLIENT = "00000000-0000-0000-0000-000000000001"
USE = "azure.workload.identity/use"


@pytest.mark.parametrize("auth", [Pat(secret_name="azdo"), Token(token="x")])
def test_the_account_carries_the_identity_that_jobs_take_on(auth: Pat | Token) -> None:
    def account(identity: str | None) -> dict[str, object]:
        args = AgentCredentialsArgs(stack="dev", namespace="azdo-agents", auth=auth, job_identity=identity)
        monitor = deploy(lambda: AgentCredentials("credentials", args))
        return dict(monitor.only("kubernetes:core/v1:ServiceAccount").inputs["metadata"].get("annotations", {}))

    assert account(CLIENT) == {"azure.workload.identity/client-id": CLIENT}
    assert account(None) == {}


def test_the_pod_gets_the_identitys_token_and_the_agent_keeps_its_own() -> None:
    made = template(agents(auth=Pat(secret_name="azdo"), job_identity=CLIENT).only(DEPLOYMENT))
    assert made["metadata"]["labels"][USE] == "true"
    env = {item["name"]: item.get("value") for item in made["spec"]["containers"][0]["env"]}
    assert env["BUILDFLEET_AUTH"] == "pat"
    plain = template(agents(auth=Pat(secret_name="azdo")).only(DEPLOYMENT))
    assert USE not in plain["metadata"]["labels"]


def test_an_identity_where_untrusted_work_runs_is_refused() -> None:
    with pytest.raises(ValueError, match="node pool lin takes untrusted work; use a trusted node pool, or give no job"):
        agents(auth=Pat(secret_name="azdo"), job_identity=CLIENT, node_pool=replace(LINUX, trust="untrusted"))
