"""The arguments of runner sets and scale sets, and what they may not say.

Owns the checks of plain values that the API server, the controller or the first job would otherwise refuse after half
of the deployment. Refuses combinations in which two daemons would share a data root, privileged modes on pools that
take untrusted work, and settings that the mode would ignore. Values that Pulumi learns during the update are not
checked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi

from components.github.caches import check_caches
from components.github.modes import RunnerMode, needs_docker_namespace, operating_systems
from components.github.names import check_scale_set_name
from components.github.workload_identity import check_identity
from components.kubernetes.resources import ContainerResources
from components.kubernetes.storage import DaemonStorage, outlives_pod
from components.platform import NodePool
from rules.runners import LABEL_LIMIT

_VERSION: Final = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")


@dataclass(frozen=True, kw_only=True)
class ArcController:
    """The Actions Runner Controller that is to serve the scale sets."""

    version: str
    """Its version, for example `0.14.2`. It deletes scale sets that do not carry its major and minor version."""
    namespace: pulumi.Input[str]
    service_account: pulumi.Input[str]
    """Its account, which each scale set lets into its namespace. Without the right name nothing ever starts."""


@dataclass(frozen=True, kw_only=True)
class RunnerImages:
    """The images of a runner's pod."""

    runner: pulumi.Input[str]
    docker: pulumi.Input[str] | None = None
    """A `docker:*-dind` image, for mode `dind`."""


@dataclass(frozen=True, kw_only=True)
class WorkVolume:
    """The claim that runner and job share in mode `kubernetes`, made for each runner and deleted with it."""

    size: str = "10Gi"
    storage_class: str | None = None
    """`None`: the cluster's default class."""


@dataclass(frozen=True, kw_only=True)
class RunnerArgs:
    """What one scale set and several instances of one have in common."""

    stack: str
    """Whose they are; part of the caches' folders on the node."""
    namespace: pulumi.Input[str]
    """Privileged by Pod Security if `modes.needs_docker_namespace(mode)`, else baseline is enough."""
    url: str
    """Repository, organization or enterprise, for example `https://github.com/contoso/app`."""
    credentials_secret: pulumi.Input[str]
    """Name of the Secret in the namespace, with ARC's `github_*` keys. Take it from `GitHubCredentials.secret_name`, so
    that the Secret outlives the scale set: the controller needs it to take its leave of GitHub."""
    arc: ArcController
    mode: RunnerMode
    node_pool: NodePool
    images: RunnerImages
    resources: ContainerResources
    """What a job gets. In mode `dind` runner and daemon get as much each: steps run in one, containers in the other."""
    labels: Sequence[str] = ()
    """Labels for `runs-on` beside the scale set's name. A change replaces the scale set: GitHub takes them once."""
    runner_group: str | None = None
    """`None`: GitHub's default group."""
    caches: Sequence[str] = ()
    """Folders of the job kept on the node; only in mode `cached-privileged-kubernetes`, for one runner at a time."""
    services: bool = False
    """Whether workflows may have `services:` in mode `cached-privileged-kubernetes`; see `hook_template`."""
    storage: DaemonStorage | None = None
    """Data root of the daemon in mode `dind`. `None`: an emptyDir."""
    work_volume: WorkVolume | None = None
    """In mode `kubernetes`. `None`: the defaults of `WorkVolume`."""
    job_timeout_minutes: int = 60
    """How long a runner that is drained or deleted may go on with its job."""
    pull_secret_names: Sequence[str] = ()
    """Secrets of the namespace with registry credentials."""
    most_per_node: int | None = None
    """In mode `windows-host-engine`: most agents and runners with the engine of one node; `None` leaves it to CPU and
    memory."""
    identity: pulumi.Input[str] | None = None
    """Client id of the Entra identity that jobs can take on, on trusted pools only; see `workload_identity`."""


@dataclass(frozen=True, kw_only=True)
class RunnerScaleSetArgs(RunnerArgs):
    """What `RunnerScaleSet` needs."""

    scale_set: str
    """Its name, in Kubernetes and on GitHub, and always a label for `runs-on`; at most 45 characters."""
    min_runners: int = 0
    """Idle runners kept ready."""
    max_runners: int = 10


def check(args: RunnerScaleSetArgs) -> None:
    """Refuse arguments that cannot work.

    Raises:
        ValueError: with the value, what is allowed, and the fix.
    """
    check_scale_set_name(args.scale_set)
    _check_numbers(args)
    _check_mode(args)
    _check_exclusive_data(args)
    check_identity(args.scale_set, args.identity, pool=args.node_pool.name, trust=args.node_pool.trust)
    for label in args.labels:
        if not label or len(label) > LABEL_LIMIT or label != label.strip() or "," in label:
            raise ValueError(
                f"scale set {args.scale_set!r}: the label {label!r} is not allowed: use 1 to {LABEL_LIMIT} characters "
                "without commas and surrounding spaces"
            )


def _check_numbers(args: RunnerScaleSetArgs) -> None:
    if not 0 <= args.min_runners <= args.max_runners or args.max_runners < 1:
        raise ValueError(
            f"scale set {args.scale_set!r}: {args.min_runners} to {args.max_runners} runners are not possible: "
            "allowed is 0 <= min_runners <= max_runners, and max_runners of at least 1"
        )
    if args.job_timeout_minutes < 1:
        raise ValueError(
            f"scale set {args.scale_set!r}: a job_timeout_minutes of {args.job_timeout_minutes} is not allowed: "
            "set it to 1 or more"
        )
    if not _VERSION.fullmatch(args.arc.version):
        raise ValueError(
            f"scale set {args.scale_set!r}: the ARC version {args.arc.version!r} is not allowed: "
            "give the controller's version in full, for example '0.14.2'"
        )


def _check_mode(args: RunnerScaleSetArgs) -> None:
    pool = args.node_pool
    needed = operating_systems(args.mode)
    if pool.os not in needed:
        raise ValueError(
            f"scale set {args.scale_set!r}: mode {args.mode!r} needs a {needed[0]} pool, "
            f"but node pool {pool.name!r} is {pool.os}: choose another pool or mode"
        )
    if pool.trust != "trusted" and needs_docker_namespace(args.mode):
        raise ValueError(
            f"scale set {args.scale_set!r}: mode {args.mode!r} makes jobs root on their node, "
            f"but node pool {pool.name!r} takes {pool.trust} work: use a trusted pool, "
            "or one of the modes none, kubernetes, kubernetes-novolume"
        )
    only_in = (
        ("caches", bool(args.caches), "cached-privileged-kubernetes"),
        ("services", args.services, "cached-privileged-kubernetes"),
        ("storage", args.storage is not None, "dind"),
        ("work_volume", args.work_volume is not None, "kubernetes"),
    )
    for name, given, mode in only_in:
        if given and args.mode != mode:
            raise ValueError(
                f"scale set {args.scale_set!r}: {name} has no effect in mode {args.mode!r}, only in {mode!r}: "
                "remove it or change the mode"
            )
    if args.mode == "dind" and args.images.docker is None:
        raise ValueError(f"scale set {args.scale_set!r}: mode 'dind' needs images.docker, a 'docker:*-dind' image")


def _check_exclusive_data(args: RunnerScaleSetArgs) -> None:
    check_caches(args.caches)
    kept = "caches" if args.caches else ""
    if args.storage is not None and outlives_pod(args.storage):
        kept = f"storage of kind {type(args.storage).__name__}"
    if kept and args.max_runners != 1:
        raise ValueError(
            f"scale set {args.scale_set!r}: {kept} can serve one runner at a time, but max_runners is "
            f"{args.max_runners}: set max_runners to 1, and use instances for more runners"
        )
