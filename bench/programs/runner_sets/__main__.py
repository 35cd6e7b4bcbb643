"""N runner sets as our component makes them."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import pulumi
from pulumi_kubernetes import Provider

from bench.programs.sets import CONTEXT, NAMESPACE, POOL, URL, count
from components.github.arguments import ArcController, RunnerImages
from components.github.runner_set import RunnerSet, RunnerSetArgs
from components.kubernetes.resources import ContainerResources

provider = Provider("cluster", context=CONTEXT)
for index in range(count()):
    RunnerSet(
        f"bench-{index}",
        RunnerSetArgs(
            stack="bench",
            namespace=NAMESPACE,
            url=URL,
            credentials_secret="github-credentials",
            arc=ArcController(version="0.14.2", namespace="arc-systems", service_account="arc-gha-rs-controller"),
            runner_set=f"bench-{index}",
            mode="none",
            node_pool=POOL,
            images=RunnerImages(runner="ghcr.io/actions/actions-runner:2.336.0"),
            resources=ContainerResources(cpu="1", memory="4Gi"),
        ),
        opts=pulumi.ResourceOptions(provider=provider),
    )
