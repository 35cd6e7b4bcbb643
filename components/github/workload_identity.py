"""The Entra identity that a job can take on: to push an image or reach a vault without a stored secret.

Owns which account of a scale set it belongs to. A federated credential names exactly one account, and whoever runs
under it with the webhook's label gets a token, so it is the account of whatever runs the job's steps: the job's pod
where there is one, else the runner. A runner with hooks only passes work on and gets none.

The services of a job run in the job's pod and get the token too. The daemon of mode `dind` does not.

Refuses pools that take untrusted work: whose code runs there must not sign in as the environment.
Source: https://azure.github.io/azure-workload-identity/docs/topics/service-account-labels-and-annotations.html, read
2026-08.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pulumi

from components.github.modes import HOOKS, RunnerMode


def runner_account(scale_set: str) -> str:
    """Name of the runner's service account."""
    return f"{scale_set}-runner"


def job_account(scale_set: str) -> str:
    """Name of the service account of job pods."""
    return f"{scale_set}-job"


def identity_account(mode: RunnerMode, scale_set: str) -> str:
    """The account under which the steps of jobs run: for the subject of a federated credential."""
    return job_account(scale_set) if mode in HOOKS else runner_account(scale_set)


def account_annotations(identity: pulumi.Input[str] | None) -> Mapping[str, pulumi.Input[str]]:
    """What tells the webhook which identity an account has; `identity` is its client id."""
    return {} if identity is None else {"azure.workload.identity/client-id": identity}


def pod_labels(identity: pulumi.Input[str] | None) -> dict[str, str]:
    """The label by which the webhook finds a pod; it adds the token's volume and variables itself."""
    return {} if identity is None else {"azure.workload.identity/use": "true"}


def pod_annotations(identity: pulumi.Input[str] | None, *, others: Iterable[str]) -> dict[str, str]:
    """Keeps the webhook from giving the token to the containers beside the runner."""
    names = sorted(others)
    return {"azure.workload.identity/skip-containers": ";".join(names)} if identity is not None and names else {}


def check_identity(scale_set: str, identity: pulumi.Input[str] | None, *, pool: str, trust: str) -> None:
    """Refuse an identity where untrusted work runs.

    Raises:
        ValueError: with the pool, its trust, and the fix.
    """
    if identity is not None and trust != "trusted":
        raise ValueError(
            f"scale set {scale_set!r}: an identity would let jobs sign in to Azure, but node pool {pool!r} takes "
            f"{trust} work: use a trusted pool, or give no identity"
        )
