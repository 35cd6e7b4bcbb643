"""The program: settings, then a platform, then the workloads on it.

Everything that can be wrong with a stack file or an existing cluster is told before the first resource is registered.
"""

from __future__ import annotations

import gc
import sys
from pathlib import Path

# `main: infra` makes this folder the import root; the rooms are beside it.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
# Loading the SDKs makes hundreds of thousands of objects that live to the end; looking for garbage among them is wasted
# time. `main` loads most of them, those of the platform and of the workloads that a stack has.
gc.disable()

import pulumi

from infra import config, platforms, workloads


def main() -> None:
    """Bring one stack up."""
    settings = config.load()
    stack = pulumi.get_stack()
    platform = platforms.make(settings, stack=stack, secret=config.secret)
    deployed = workloads.deploy(settings, platform, stack=stack, secret=config.secret)
    for name, value in platform.outputs.items():
        pulumi.export(name, value)
    pulumi.export("namespaces", deployed.namespaces)
    pulumi.export("dockerEngine", deployed.docker_engine)
    pulumi.export("agentPools", deployed.agent_pools)
    pulumi.export("runnerSets", deployed.runner_sets)
    pulumi.export("builds", deployed.builds)


main()
# From here on the event loop runs, and leaves garbage behind. What is there by now stays.
gc.freeze()
gc.enable()
