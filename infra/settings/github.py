"""GitHub Actions runners, by the Actions Runner Controller's runner scale sets."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from infra.settings.model import DnsLabel, Example, Folder, HttpsUrl, ObjectName, Quantity, SecretName, Settings, Text
from infra.settings.resources import Resources
from infra.settings.storage import DaemonStorage

RunnerMode = Literal[
    "none", "dind", "kubernetes", "kubernetes-novolume", "cached-privileged-kubernetes", "windows-host-engine"
]


class AppAuth(Settings):
    """A GitHub App, from the stack's secrets."""

    kind: Literal["app"]
    client_id: Annotated[Text, Example("Iv1.0123456789abcdef")]
    """Client id (or app id, quoted) of the App."""
    installation_id: Annotated[int, Field(ge=1)]
    private_key_secret: Annotated[SecretName, Example("githubAppKey")]
    """Key of the secret with the App's private key (PEM)."""


class PatAuth(Settings):
    """A personal access token, from the stack's secrets."""

    kind: Literal["pat"]
    secret: Annotated[SecretName, Example("githubToken")]
    """Key of the secret: `pulumi config set --secret KEY`."""


class ExistingSecretAuth(Settings):
    """A Kubernetes Secret that is already in each runners' namespace, with ARC's `github_*` keys."""

    kind: Literal["existing-secret"]
    name: DnsLabel


Auth = Annotated[AppAuth | PatAuth | ExistingSecretAuth, Field(discriminator="kind")]


class WorkVolume(Settings):
    """The volume that runner and job share in mode `kubernetes`."""

    size: Quantity = "10Gi"
    storage_class: DnsLabel | None = None
    """Default: the platform's."""


class RunnerSet(Settings):
    """Runners of one kind."""

    name: ObjectName
    """Name of the scale set, at most 40 characters; with `instances` the sets are `NAME-1` to `NAME-N`."""
    url: Annotated[HttpsUrl, Example("https://github.com/contoso/app")]
    """Repository, organization or enterprise, for example `https://github.com/contoso/app`."""
    mode: RunnerMode
    """How jobs get containers. On Windows pools only `windows-host-engine`."""
    node_pool: Annotated[str, Example("lin")]
    """Node pool of this stack file the runners run on."""
    instances: Annotated[int, Field(ge=1, le=100)] = 1
    """More than 1: as many sets of exactly one runner, each with caches of its own. Excludes `minRunners` and
    `maxRunners`."""
    min_runners: Annotated[int, Field(ge=0, le=1000)] | None = None
    """Idle runners kept ready. Default: 0."""
    max_runners: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Most runners. Default: 10; 1 with `caches` or storage of kind `hostPath` or `existingClaim`, and then no more."""
    labels: tuple[str, ...] = ()
    """Further labels for `runs-on`. Sets with `instances` all carry NAME. GitHub takes them only when a set is made."""
    runner_group: str | None = None
    caches: tuple[Folder, ...] = ()
    """Folders of the job kept on the node, an own copy for each instance. Needed in mode
    `cached-privileged-kubernetes`, and only there; without `instances` the set has one runner."""
    services: bool = False
    """Whether workflows in mode `cached-privileged-kubernetes` may have `services:`. The container hooks give them the
    job's mounts, which an unprivileged container may not have while jobs can manage control groups; with `true` jobs
    see the node's control groups without that right."""
    trust: Literal["trusted", "untrusted"] = "trusted"
    """Whose workflows use the set; must be the node pool's level."""
    storage: DaemonStorage | None = None
    """Data root of the daemon in mode `dind`; `hostPath` with one runner a set only. Default: `emptyDir`."""
    work_volume: WorkVolume | None = None
    """In mode `kubernetes`. Default: 10Gi of the platform's class."""
    image: str | None = None
    """Default: the runner image of `images`."""
    resources: Resources = Resources()
    job_timeout_minutes: Annotated[int, Field(ge=1, le=1440)] = 60
    """A runner that is drained or deleted may finish its job for this long."""


class GitHub(Settings):
    """Runners of one GitHub account."""

    auth: Auth
    runner_sets: Annotated[tuple[RunnerSet, ...], Field(min_length=1)]
