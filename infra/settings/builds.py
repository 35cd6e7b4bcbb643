"""Image builds over the engine of Windows nodes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from infra.settings.model import (
    DnsLabel,
    Example,
    Guid,
    HttpsUrl,
    Means,
    ObjectName,
    Quantity,
    SecretName,
    Settings,
    Text,
)

FileContent = Annotated[str, Example("FROM mcr.microsoft.com/windows/nanoserver:ltsc2022")]
Tag = Annotated[Text, Example("contoso.azurecr.io/apps/web:1.4.0")]


class GitContext(Settings):
    """The files of a repository."""

    kind: Literal["git"]
    url: Annotated[HttpsUrl, Example("https://github.com/contoso/web")]
    """Without a name or a token in it."""
    ref: Annotated[
        str,
        Field(pattern=r"^[A-Za-z0-9][^\s~^:?*\[\\]*$", max_length=200),
        Means("a branch, a tag or a whole commit id", "v1.4.0"),
    ]
    """A branch, a tag or a whole commit id. The build runs anew when this text changes, not when a branch moves."""
    subfolder: Text | None = None
    """The context's folder in the repository. Default: its root."""
    token_secret: SecretName | None = None
    """Key of a secret of the stack: a token that may read the repository. Default: anybody may."""


class ConfigMapContext(Settings):
    """The files of a ConfigMap that is already in the namespace of builds. They have no folders."""

    kind: Literal["configMap"]
    name: DnsLabel
    """The build runs anew when this name changes, not when the content does."""


class InlineContext(Settings):
    """Files that stand here."""

    kind: Literal["inline"]
    files: Annotated[Mapping[str, FileContent], Field(min_length=1)]
    """Content by path, the Dockerfile among them. Together less than 1 MiB."""


Context = Annotated[GitContext | ConfigMapContext | InlineContext, Field(discriminator="kind")]


class NoCredentials(Settings):
    """A registry that takes pushes from anybody."""

    kind: Literal["none"]


class ExistingSecretCredentials(Settings):
    """A Secret of type `kubernetes.io/dockerconfigjson` that is already in the namespace of builds."""

    kind: Literal["existing-secret"]
    name: DnsLabel


class PasswordCredentials(Settings):
    """A name and a password, which becomes a Secret in the namespace of builds."""

    kind: Literal["password"]
    server: Annotated[Text, Example("ghcr.io")]
    """The registry, as the tags name it."""
    username: Annotated[Text, Example("contoso-bot")]
    password_secret: Annotated[SecretName, Example("ghcrPassword")]
    """Key of the secret with the password or token."""


class WorkloadIdentityCredentials(Settings):
    """An Entra identity that may push to the Azure registries of the tags, without any secret. It has a federated
    credential for `system:serviceaccount:NAMESPACE:image-build-NAME`, where NAMESPACE is `namespaces.builds`."""

    kind: Literal["workload-identity"]
    client_id: Guid
    tenant_id: Guid | None = None
    """Default: the tenant of the cluster."""


Credentials = Annotated[
    NoCredentials | ExistingSecretCredentials | PasswordCredentials | WorkloadIdentityCredentials,
    Field(discriminator="kind"),
]


class Build(Settings):
    """One image, built by a Job over the engine's pipe. `up` waits for it, and runs it anew when something of this
    changes."""

    name: ObjectName
    """Name of the build and of its Kubernetes objects."""
    node_pool: Annotated[str, Example("win22")]
    """A Windows build pool of this stack file."""
    trust: Literal["trusted", "untrusted"] = "trusted"
    """Whose Dockerfile and context it is; must be the node pool's level. A build is administrator of its node."""
    context: Context
    dockerfile: Text = "Dockerfile"
    """Path in the context."""
    target: Text | None = None
    """Stage to build. Default: the last."""
    args: Mapping[str, str] = {}
    """Build arguments. The image's history shows them, so none may be a secret."""
    tags: Annotated[tuple[Tag, ...], Field(min_length=1)]
    """Names of the image, each with its registry where it is pushed. The first is what outputs tell."""
    push: bool = True
    """Push all tags. Without, the image stays in the engine of the node that it was built on."""
    credentials: Credentials | None = None
    """How to sign in to the registry. Needed with `push`."""
    timeout_minutes: Annotated[int, Field(ge=1, le=1440)] = 60
    """For all tries together, at most three, and the wait for a node."""
    memory_gib: Annotated[int, Field(ge=1, le=1024)] = 4
    """Limit of each container of the build, and what the pod reserves on its node."""
    cpu: Quantity = "1"
    """What the pod reserves on its node. Docker on Windows cannot limit the CPUs of a build."""
    rerun: str = ""
    """Any text; another one builds anew."""
