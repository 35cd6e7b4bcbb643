"""The identities that the workloads of a stack can take on, from settings.

One for the agents of Azure DevOps and one for the jobs of GitHub runners, each made only where something uses it. Which
service accounts may take it is the workloads' to say (`infra.workloads.identities`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pulumi

from components.azure.identity import Federation, WorkloadIdentity, WorkloadIdentityArgs, identity_id
from components.azure.registry_access import Principal
from infra.platforms.azure_scope import Azure
from infra.platforms.operators import keda_from, scales_by_keda
from infra.settings.stack import StackSettings
from infra.workloads.identities import agent_subjects, runner_subjects, signs_in, subject
from rules.names import FEDERATED_CREDENTIAL, fit

Kind = Literal["agents", "runners"]


@dataclass(frozen=True, kw_only=True)
class Identities:
    """What was made."""

    by_kind: Mapping[Kind, WorkloadIdentity]
    pushers: Mapping[str, Principal]
    """Whose jobs may push to the registry."""

    def client_id(self, kind: Kind) -> pulumi.Output[str] | None:
        """Of the identity, if there is one."""
        return self.by_kind[kind].client_id if kind in self.by_kind else None


def make(settings: StackSettings, azure: Azure, *, issuer: pulumi.Input[str]) -> Identities:
    """Register the identities that the stack needs. `issuer` is the cluster's."""
    made: dict[Kind, WorkloadIdentity] = {}
    for kind, subjects in sorted(wanted(settings).items()):
        made[kind] = WorkloadIdentity(
            f"{kind}-identity",
            WorkloadIdentityArgs(
                scope=azure.scope,
                identity_name=azure.names.identity(kind),
                federations=[
                    Federation(name=federation_name(one), issuer=issuer, subject=one) for one in sorted(subjects)
                ],
                protect=settings.environment.production,
            ),
            opts=azure.opts,
        )
    return Identities(
        by_kind=made,
        pushers={
            kind: Principal(
                key=identity_id(
                    resource_group_id=azure.scope.resource_group_id, identity_name=azure.names.identity(kind)
                ),
                principal_id=identity.principal_id,
            )
            for kind, identity in made.items()
            if kind in settings.registry.push
        },
    )


def wanted(settings: StackSettings) -> dict[Kind, Sequence[str]]:
    """The subjects of each identity that the stack needs; that Azure takes as many has been checked before."""
    found: dict[Kind, Sequence[str]] = {}
    own = signs_in(settings)
    if own or "agents" in settings.registry.push:
        found["agents"] = agent_subjects(settings)
        if own and scales_by_keda(settings):
            # KEDA asks for the queues of agents that have no token, as the agents would.
            found["agents"] = [*found["agents"], keda_subject(settings)]
    if "runners" in settings.registry.push:
        found["runners"] = runner_subjects(settings)
    return {kind: subjects for kind, subjects in found.items() if subjects}


def keda_subject(settings: StackSettings) -> str:
    """KEDA's own service account: the add-on's, or the chart's."""
    from components.operators.keda import NAMESPACE, SERVICE_ACCOUNT

    add_on = keda_from(settings, made=True) == "add-on"
    return subject("kube-system" if add_on else NAMESPACE, SERVICE_ACCOUNT)


def federation_name(subject_text: str) -> str:
    """`azdo-agents-azdo-agent` of `system:serviceaccount:azdo-agents:azdo-agent`."""
    return fit(FEDERATED_CREDENTIAL, *subject_text.split(":")[2:])
