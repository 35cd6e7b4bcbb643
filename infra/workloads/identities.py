"""Whose tokens the identities of a stack accept: the subjects of its workloads, told from settings alone.

A platform that makes identities asks here, before any workload is registered; so who may sign in as what is decided in
one place, beside the code that names the accounts.
"""

from __future__ import annotations

from components import contract
from infra.settings.azure_devops import WorkloadIdentityAuth
from infra.settings.stack import StackSettings
from infra.workloads.purposes import docker_of, purpose_of_agents, purpose_of_runners


def signs_in(settings: StackSettings) -> bool:
    """Whether agents sign in to Azure DevOps by an identity that this stack makes."""
    auth = settings.azure_devops.auth if settings.azure_devops else None
    return isinstance(auth, WorkloadIdentityAuth) and auth.client_id is None


def agent_subjects(settings: StackSettings) -> list[str]:
    """Of Azure DevOps agents: one account a namespace. Sorted.

    All agents where they sign in by the identity; where it is for jobs alone, those on trusted node pools. That no two
    levels of trust share an account then has been checked with the settings (rule `push-untrusted`).
    """
    if settings.azure_devops is None:
        return []
    pools = {pool.name: pool for pool in settings.node_pools}
    everybody = signs_in(settings)
    purposes = {
        purpose_of_agents(docker_of(agents, pools[agents.node_pool].os))
        for agents in settings.azure_devops.agent_pools
        if everybody or pools[agents.node_pool].trust == "trusted"
    }
    return sorted(
        subject(str(getattr(settings.namespaces, purpose)), contract.SERVICE_ACCOUNT_AZDO) for purpose in purposes
    )


def runner_subjects(settings: StackSettings) -> list[str]:
    """Of the jobs of GitHub runners on trusted node pools: one account a scale set. Sorted."""
    if settings.github is None:
        return []
    # Here, since the package loads all that runners are made of.
    from components.github.names import scale_set_names
    from components.github.workload_identity import identity_account

    trusted = {pool.name for pool in settings.node_pools if pool.trust == "trusted"}
    return sorted(
        subject(
            str(getattr(settings.namespaces, purpose_of_runners(runners))), identity_account(runners.mode, scale_set)
        )
        for runners in settings.github.runner_sets
        if runners.node_pool in trusted
        for scale_set in scale_set_names(runners.name, runners.instances)
    )


def subject(namespace: str, account: str) -> str:
    """What Kubernetes says of a service account in its tokens."""
    return f"system:serviceaccount:{namespace}:{account}"
