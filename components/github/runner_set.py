"""Runners of one kind, as a stack file names them: one scale set, or N isolated instances of one.

Owns the names and numbers of instances. More than one instance makes the scale sets `NAME-1` to `NAME-N` with exactly
one runner each, all with the label NAME, so that one `runs-on: NAME` reaches whichever is free. Each instance has
caches of its own: that is what instances are for.

Refuses minimum or maximum beside several instances, and one existing claim for several.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import pulumi

from components.github.arguments import RunnerArgs, RunnerScaleSetArgs
from components.github.names import scale_set_names
from components.github.runner_scale_set import RunnerScaleSet
from components.kubernetes.storage import ExistingClaim, outlives_pod
from rules.runners import DEFAULT_MAX_RUNNERS, DEFAULT_MIN_RUNNERS


@dataclass(frozen=True, kw_only=True)
class RunnerSetArgs(RunnerArgs):
    """What `RunnerSet` needs."""

    runner_set: str
    """NAME: of the scale set, or of its instances without their numbers; always a label for `runs-on`."""
    instances: int = 1
    min_runners: int | None = None
    """Idle runners kept ready. `None`: 0; with several instances each is always ready."""
    max_runners: int | None = None
    """`None`: 10, but 1 where runners share folders that have room for one."""


class RunnerSet(pulumi.ComponentResource):
    """One or several scale sets that one `runs-on` reaches."""

    scale_sets: Sequence[RunnerScaleSet]
    """By instance, in the order of their numbers."""
    scale_set_names: pulumi.Output[list[str]]
    runs_on: str
    """The label for `runs-on` that reaches all of them."""

    def __init__(self, name: str, args: RunnerSetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        definitions = scale_set_args(args)
        super().__init__(
            "buildfleet:index:GitHubRunnerSet",
            name,
            {
                "stack": args.stack,
                "runnerSet": args.runner_set,
                "namespace": args.namespace,
                "url": args.url,
                "mode": args.mode,
                "nodePool": args.node_pool.name,
                "instances": args.instances,
                "minRunners": args.min_runners,
                "maxRunners": args.max_runners,
                "labels": sorted(set(args.labels)),
            },
            opts,
        )
        own = pulumi.ResourceOptions(parent=self)
        suffixes = ["set"] if args.instances == 1 else [str(index) for index in range(1, args.instances + 1)]
        self.scale_sets = [
            RunnerScaleSet(f"{name}-{suffix}", definition, own)
            for suffix, definition in zip(suffixes, definitions, strict=True)
        ]
        self.scale_set_names = pulumi.Output.all(*(each.scale_set for each in self.scale_sets)).apply(list)
        self.runs_on = args.runner_set
        self.register_outputs({"scaleSetNames": self.scale_set_names, "runsOn": self.runs_on})


def scale_set_args(args: RunnerSetArgs) -> list[RunnerScaleSetArgs]:
    """The scale sets that a runner set consists of.

    Raises:
        ValueError: instances and numbers of runners contradict each other, or instances would share a claim.
    """
    several = args.instances > 1
    if several and (args.min_runners is not None or args.max_runners is not None):
        raise ValueError(
            f"runner set {args.runner_set!r}: with {args.instances} instances each has exactly one runner: "
            "remove min_runners and max_runners, or set instances to 1"
        )
    if several and isinstance(args.storage, ExistingClaim):
        raise ValueError(
            f"runner set {args.runner_set!r}: the claim {args.storage.claim_name!r} cannot serve {args.instances} "
            "instances: use storage of another kind, or set instances to 1"
        )
    exclusive = bool(args.caches) or (args.storage is not None and outlives_pod(args.storage))
    low, high = (1, 1) if several else (DEFAULT_MIN_RUNNERS, 1 if exclusive else DEFAULT_MAX_RUNNERS)
    shared = {field.name: getattr(args, field.name) for field in fields(RunnerArgs)}
    if several:
        shared["labels"] = [args.runner_set, *args.labels]
    return [
        RunnerScaleSetArgs(
            **shared,
            scale_set=scale_set,
            min_runners=low if args.min_runners is None else args.min_runners,
            max_runners=high if args.max_runners is None else args.max_runners,
        )
        for scale_set in scale_set_names(args.runner_set, args.instances)
    ]
