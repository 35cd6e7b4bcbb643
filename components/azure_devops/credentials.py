"""What the agents of one namespace authenticate with.

Owns the service account of the agents and, for a token of the stack, the Secret with it. One service account a
namespace, not one an agent pool: a federated credential names exactly one, and an identity takes at most 20 of them.
It has no rights in the cluster and no token of it.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_kubernetes.core.v1 import Secret, ServiceAccount

from components import contract
from components.azure_devops.auth import Auth, Pat, Token, WorkloadIdentity
from components.kubernetes.labels import object_labels
from components.kubernetes.manifest import metadata, name_once_made

SECRET_NAME: Final = "azure-devops-token"


@dataclass(frozen=True, kw_only=True)
class AgentCredentialsArgs:
    """What `AgentCredentials` needs."""

    stack: str
    namespace: pulumi.Input[str]
    auth: Token | Auth
    """`Token`: a Secret is made of it. `Pat`: the Secret is there already. `WorkloadIdentity`: there is none."""
    job_identity: pulumi.Input[str] | None = None
    """Client id of an Entra identity that jobs can take on, where `auth` is none. Only pods that ask for it get its
    token."""


class AgentCredentials(pulumi.ComponentResource):
    """Service account of the agents of a namespace, and the Secret with their token if there is one to make."""

    service_account: pulumi.Output[str]
    """Name of the service account."""
    auth: Auth
    """For `AgentPoolArgs.auth`."""

    def __init__(self, name: str, args: AgentCredentialsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(
            "buildfleet:index:AzureDevOpsAgentCredentials",
            name,
            {"stack": args.stack, "namespace": args.namespace, "auth": type(args.auth).__name__},
            opts,
        )
        labels = object_labels(stack=args.stack)
        account = ServiceAccount(
            f"{name}-account",
            metadata=metadata(
                contract.SERVICE_ACCOUNT_AZDO,
                namespace=args.namespace,
                labels=labels,
                annotations=_identity_annotations(args),
            ),
            automount_service_account_token=False,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.service_account = name_once_made(contract.SERVICE_ACCOUNT_AZDO, account)
        if isinstance(args.auth, Token):
            key = Pat(secret_name=SECRET_NAME).key
            secret = Secret(
                f"{name}-token",
                metadata=metadata(SECRET_NAME, namespace=args.namespace, labels=labels),
                type="Opaque",
                data={key: pulumi.Output.secret(args.auth.token).apply(_base64)},
                opts=pulumi.ResourceOptions(parent=self),
            )
            self.auth = Pat(secret_name=secret.metadata.name, key=key)
        else:
            self.auth = args.auth
        self.register_outputs({"serviceAccount": self.service_account})


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _identity_annotations(args: AgentCredentialsArgs) -> dict[str, pulumi.Input[str]]:
    auth = args.auth
    if not isinstance(auth, WorkloadIdentity):
        return {} if args.job_identity is None else {"azure.workload.identity/client-id": args.job_identity}
    annotations: dict[str, pulumi.Input[str]] = {"azure.workload.identity/client-id": auth.client_id}
    if auth.tenant_id is not None:
        annotations["azure.workload.identity/tenant-id"] = auth.tenant_id
    return annotations
