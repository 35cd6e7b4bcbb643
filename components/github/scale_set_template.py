"""The pod template and the hook template of a scale set, from its arguments.

Owns the way from `RunnerScaleSetArgs` to plain pod specs. Makes no resource.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from components import contract
from components.docker_engine import clients
from components.github import dind, linux_runner
from components.github.arguments import RunnerScaleSetArgs, WorkVolume
from components.github.exclusive import alone_on_node
from components.github.hook_lint import lint, service_problems
from components.github.hook_runner import hook_runner
from components.github.hook_template import HookTemplate
from components.github.job_template import job_template, runner_resources
from components.github.modes import HOOKS
from components.github.parts import RunnerParts
from components.github.runner_pod import runner_pod
from components.github.windows_runner import windows_runner
from components.github.workload_identity import job_account, pod_annotations, pod_labels, runner_account
from components.kubernetes.labels import workload_labels
from components.kubernetes.manifest import content_hash
from components.kubernetes.placement import placement
from components.kubernetes.storage import DaemonStorage, EmptyDir, HostPath, outlives_pod

RUNNER_COMPONENT: Final = "github-runner"


def hook_template_name(scale_set: str) -> str:
    """Name of the ConfigMap with the hook template."""
    return f"{scale_set}-hook-template"


def hook_template(args: RunnerScaleSetArgs) -> HookTemplate | None:
    """The hook template of the scale set; `None` in modes without hooks.

    Raises:
        ValueError: jobs would fail with it.
    """
    hooks = HOOKS.get(args.mode)
    if hooks is None:
        return None
    place = placement(args.node_pool)
    template = job_template(
        args.mode,
        stack=args.stack,
        scale_set=args.scale_set,
        service_account=job_account(args.scale_set),
        node_selector=place["nodeSelector"],
        tolerations=place.get("tolerations", ()),
        resources=args.resources.to_spec(),
        caches=args.caches,
        services=args.services,
        extra_labels=pod_labels(args.identity),
    )
    document = template.document()
    problems = lint(document, version=hooks.version)
    if args.services:
        problems += service_problems(document, version=hooks.version)
    if problems:
        told = "; ".join(f"{each.path}: {each.given}, allowed: {each.allowed}, fix: {each.fix}" for each in problems)
        raise ValueError(f"scale set {args.scale_set!r}: every job would fail on the hook template: {told}")
    return template


def pod_template(args: RunnerScaleSetArgs, template: HookTemplate | None) -> dict[str, Any]:
    """The template of the runner's pod; `template` is the scale set's hook template."""
    component = RUNNER_COMPONENT if template is None else contract.COMPONENT_HOOK_RUNNER
    labels = workload_labels(
        stack=args.stack,
        component=component,
        instance=args.scale_set,
        extra={contract.LABEL_RUNNER_SET: args.scale_set},
    )
    place = placement(args.node_pool)
    if args.storage is not None and outlives_pod(args.storage):
        place["affinity"] = alone_on_node(
            {contract.LABEL_COMPONENT: component, contract.LABEL_RUNNER_SET: args.scale_set}
        )
    on_engine = args.mode == "windows-host-engine"
    most = args.most_per_node if on_engine else None
    place.update(clients.affinity(most))
    parts = _parts(args)
    # With hooks it is the job's pod that runs the steps, and the template's labels that tell so.
    identity = args.identity if template is None else None
    return runner_pod(
        parts,
        image=args.images.runner,
        resources=clients.resources(runner_resources(args.mode, args.resources.to_spec()), most),
        placement=place,
        service_account=runner_account(args.scale_set),
        uses_api=template is not None,
        job_timeout_minutes=args.job_timeout_minutes,
        labels={**labels, **(clients.LABELS if on_engine else {}), **pod_labels(identity)},
        annotations=pod_annotations(identity, others=(str(one["name"]) for one in parts.init_containers)),
        config_hash=None if template is None else content_hash(template.document()),
        pull_secret_names=args.pull_secret_names,
    )


def _parts(args: RunnerScaleSetArgs) -> RunnerParts:
    hooks = HOOKS.get(args.mode)
    if hooks is not None:
        return hook_runner(
            hooks,
            runner_image=args.images.runner,
            template_name=hook_template_name(args.scale_set),
            work_claim=_work_claim(args.work_volume or WorkVolume()) if hooks.shares_volume else None,
        )
    if args.mode == "dind":
        assert args.images.docker is not None, "checked with the arguments"
        return dind.dind(
            runner_image=args.images.runner,
            docker_image=args.images.docker,
            daemon_resources=args.resources,
            storage=_storage(args),
        )
    return windows_runner() if args.node_pool.os == "windows" else linux_runner.plain()


def _work_claim(work: WorkVolume) -> dict[str, Any]:
    claim: dict[str, Any] = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": work.size}}}
    if work.storage_class is not None:
        claim["storageClassName"] = work.storage_class
    return claim


def _storage(args: RunnerScaleSetArgs) -> DaemonStorage:
    storage = args.storage or EmptyDir()
    if isinstance(storage, HostPath):
        # Runner pods never have the same name twice: a folder for each pod would keep nothing and fill the disk. The
        # scale set has one runner at a time, so the folder is the scale set's.
        return replace(storage, owner=f"{args.stack}/{args.scale_set}")
    return storage
