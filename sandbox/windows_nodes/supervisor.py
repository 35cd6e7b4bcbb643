"""The supervisor's program on a simulated node: its composition, where Windows and Docker are replaced.

The same loop, core and Kubernetes adapter as in the image, by the pod's own environment, settings and token. As the
image's, it ends with the reason as its last line where it cannot begin.
"""

from __future__ import annotations

from sandbox.windows_nodes.child import die_with_parent

if __name__ == "__main__":
    # Before the imports below, which take half a second: a parent that dies meanwhile leaves nothing behind.
    die_with_parent()

import argparse
import os
import sys
from pathlib import Path

from engine_supervisor import core
from engine_supervisor.adapters.kubernetes import KubernetesCluster, NoServiceAccount, connect
from engine_supervisor.program import InvalidIdentity, Log, Metrics, Program, from_environment
from engine_supervisor.settings import InvalidSettings, parse
from sandbox.windows_nodes.counted_cluster import CountedCluster
from sandbox.windows_nodes.docker import SimulatedDocker
from sandbox.windows_nodes.haste import HastyClock
from sandbox.windows_nodes.host import SimulatedHost
from sandbox.windows_nodes.pod_spec import image_version
from sandbox.windows_nodes.steps import Steps
from sandbox.windows_nodes.store import NoSuchNode, Store


def main(arguments: list[str]) -> int:
    """Run the supervisor, or let it say farewell; the exit code of the image's program."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.windows_nodes.supervisor", description=__doc__)
    parser.add_argument("--stores", type=Path, required=True, help="the folder of the nodes' files")
    parser.add_argument("--node", required=True)
    parser.add_argument("--image", required=True, help="of the pod; its tag says which engine is in it")
    parser.add_argument("command", choices=["run", "leave"])
    parser.add_argument("--settings", type=Path, required=True)
    options = parser.parse_args(arguments)
    try:
        program = _program(options.stores, options.node, options.image, options.settings)
        if options.command == "leave":
            return 0 if program.leave() else 1
        return program.run()
    except (InvalidIdentity, InvalidSettings, NoServiceAccount, NoSuchNode, OSError) as error:
        print(" ".join(str(error).split()))
        return 1


def _program(stores: Path, node: str, image: str, file: Path) -> Program:
    identity = from_environment(os.environ)
    settings = parse(file.read_text())
    store = Store(stores, node)
    clock, metrics = HastyClock(store.read()["faults"].get("haste")), Metrics()
    version = image_version(image) or settings.version
    host = SimulatedHost(store, image_version=version, data_root=settings.data_root, reload_hash=core.reload_hash)
    docker = SimulatedDocker(store, image_version=version)
    cluster = KubernetesCluster(
        connect(os.environ, metrics.request),
        node=identity.node_name,
        namespace=identity.pod_namespace,
        daemon_set=settings.daemon_set,
        pod=identity.pod_name,
        pod_uid=identity.pod_uid,
        slots=settings.slots,
        now=clock.now,
    )
    log = Log(identity.node_name, clock)
    counted = CountedCluster(Steps(store, version), cluster)
    return Program(settings, identity, host, docker, counted, clock, log, metrics)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
