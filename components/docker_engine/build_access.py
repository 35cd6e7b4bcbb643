"""What a build may do and know: its service account, the one right that it has, and its Secrets.

A build has an account of its own, because a federated credential of an Entra identity names exactly one. The account
may patch one object: the build's Job, which gets the digest as an annotation.

Refuses to put a secret anywhere but in a Secret: the pod mounts it as a file.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import pulumi
from pulumi_kubernetes.core.v1 import Secret, ServiceAccount
from pulumi_kubernetes.rbac.v1 import Role, RoleBinding

from components.docker_engine.build_request import (
    GIT_TOKEN,
    Build,
    Credentials,
    ExistingRegistrySecret,
    GitContext,
    RegistryIdentity,
    RegistryPassword,
)
from components.kubernetes.manifest import metadata, name_once_made, plain

DOCKER_CONFIG_KEY: Final = ".dockerconfigjson"
"""Key in a Secret of type `kubernetes.io/dockerconfigjson`."""
DOCKER_HUB_KEY: Final = "https://index.docker.io/v1/"
"""Where docker looks for the credentials of Docker Hub, and nowhere else: moby registry/config.go, `IndexServer`, read
2026-11."""
_DOCKER_HUB: Final = ("docker.io", "index.docker.io")


def account_name(build: str) -> str:
    """The service account of a build: who federates an identity with it has to know."""
    return f"image-build-{build}"


def secret_name(build: str, kind: Literal["registry", "git"]) -> str:
    """The Secret that is made for a build: who may read it is told before."""
    return f"{build}-{kind}"


def pod_labels(credentials: Credentials | None) -> dict[str, str]:
    """The label by which the workload identity webhook finds a pod."""
    return {"azure.workload.identity/use": "true"} if isinstance(credentials, RegistryIdentity) else {}


def secret_kinds(build: Build, credentials: Credentials | None) -> list[str]:
    """What is mounted from Secrets: `registry`, `git`."""
    registry = isinstance(credentials, ExistingRegistrySecret | RegistryPassword)
    git = isinstance(build.context, GitContext) and build.context.token is not None
    return [kind for kind, there in (("registry", registry), ("git", git)) if there]


class Access:
    """The account and the Secrets of one build, as children of its component."""

    def __init__(
        self,
        parent: pulumi.Resource,
        name: str,
        *,
        build: str,
        namespace: pulumi.Input[str],
        labels: Mapping[str, str],
        credentials: Credentials | None,
    ) -> None:
        self._opts = pulumi.ResourceOptions(parent=parent)
        self._name = name
        self._build = build
        self._namespace = namespace
        self._labels = labels
        self._credentials = credentials
        account = ServiceAccount(
            f"{name}-account",
            metadata=self._metadata(account_name(build), annotations=_identity(credentials)),
            automount_service_account_token=False,
            opts=self._opts,
        )
        self.service_account = name_once_made(account_name(build), account)

    def to_patch(self, job: str) -> list[pulumi.Resource]:
        """Let the account patch this Job; what has to be there before the Job runs."""
        role = Role(
            f"{self._name}-role",
            metadata=self._metadata(account_name(self._build)),
            rules=_parts([{"apiGroups": ["batch"], "resources": ["jobs"], "resourceNames": [job], "verbs": ["patch"]}]),
            opts=self._opts,
        )
        subject = {"kind": "ServiceAccount", "name": self.service_account, "namespace": self._namespace}
        binding = RoleBinding(
            f"{self._name}-binding",
            metadata=self._metadata(account_name(self._build)),
            role_ref=plain({"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": role.metadata.name}),
            subjects=_parts([subject]),
            opts=self._opts,
        )
        return [role, binding]

    def secrets(self, build: Build) -> dict[str, pulumi.Input[str]]:
        """Names of the Secrets to mount, by `secret_kinds`; makes those that are ours."""
        found: dict[str, pulumi.Input[str]] = {}
        credentials, context = self._credentials, build.context
        if isinstance(credentials, ExistingRegistrySecret):
            found["registry"] = credentials.name
        elif isinstance(credentials, RegistryPassword):
            kind = "kubernetes.io/dockerconfigjson"
            found["registry"] = self._secret("registry", kind, {DOCKER_CONFIG_KEY: _docker_config(credentials)})
        if isinstance(context, GitContext) and context.token is not None:
            token = pulumi.Output.secret(context.token).apply(_base64)
            found["git"] = self._secret("git", "Opaque", {GIT_TOKEN: token})
        return found

    def _secret(
        self, kind: Literal["registry", "git"], type_: str, data: Mapping[str, pulumi.Input[str]]
    ) -> pulumi.Output[str]:
        secret = Secret(
            f"{self._name}-{kind}",
            metadata=self._metadata(secret_name(self._build, kind)),
            type=type_,
            data=dict(data),
            opts=self._opts,
        )
        found: pulumi.Output[str] = secret.metadata.name
        return found

    def _metadata(self, name: str, annotations: Mapping[str, pulumi.Input[str]] | None = None) -> Any:
        return metadata(name, namespace=self._namespace, labels=self._labels, annotations=annotations)


def _parts(items: Sequence[Mapping[str, Any]]) -> Any:
    return [plain(item) for item in items]


def _identity(credentials: Credentials | None) -> dict[str, pulumi.Input[str]] | None:
    if not isinstance(credentials, RegistryIdentity):
        return None
    annotations: dict[str, pulumi.Input[str]] = {"azure.workload.identity/client-id": credentials.client_id}
    if credentials.tenant_id is not None:
        annotations["azure.workload.identity/tenant-id"] = credentials.tenant_id
    return annotations


def _docker_config(credentials: RegistryPassword) -> pulumi.Output[str]:
    server = DOCKER_HUB_KEY if credentials.server in _DOCKER_HUB else credentials.server

    def encode(password: str) -> str:
        auth = _base64(f"{credentials.username}:{password}")
        return _base64(json.dumps({"auths": {server: {"auth": auth}}}, sort_keys=True))

    return pulumi.Output.secret(credentials.password).apply(encode)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
