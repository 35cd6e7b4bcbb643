"""The supervisor on a Windows node: `python -m engine_supervisor run|leave|facts --settings FILE`.

Puts the real adapters together; everything else is the program's. `run` is the container's command, `leave` its
`preStop`, `facts` for operators: it prints what the node, the engine and the cluster tell, and changes nothing.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from engine_supervisor import settings as settings_file
from engine_supervisor.program import Identity, InvalidIdentity, Log, Metrics, Program, SystemClock, from_environment
from engine_supervisor.settings import InvalidSettings, Settings

MOUNT_POINT = "CONTAINER_SANDBOX_MOUNT_POINT"
"""Set in HostProcess containers: where the image's files are.
https://kubernetes.io/docs/tasks/configure-pod-container/create-hostprocess-pod/"""


def main(arguments: Sequence[str], environment: Mapping[str, str] = os.environ) -> int:
    """Run one command; its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # Windows' code page lacks most of what an engine, a path or a server may say.
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    parser = argparse.ArgumentParser(prog="python -m engine_supervisor", description=__doc__.partition("\n")[0])
    parser.add_argument("command", choices=("run", "leave", "facts"))
    parser.add_argument("--settings", type=Path, required=True, help="the document that the DaemonSet mounts")
    options = parser.parse_args(arguments)
    try:
        settings = settings_file.parse(options.settings.read_text(encoding="utf-8"))
        identity = from_environment(environment)
    except OSError as error:
        return _refuse(f"{options.settings}: {error.strerror or error}")
    except (InvalidSettings, InvalidIdentity) as error:
        return _refuse(str(error))
    if sys.platform != "win32":
        return _refuse("The engine supervisor looks after Docker Engine on Windows and runs only there.")
    return _command(str(options.command), settings, identity, environment)


def _command(command: str, settings: Settings, identity: Identity, environment: Mapping[str, str]) -> int:
    # Here, so that a mistake in the settings is told before anything is loaded that only Windows has.
    from engine_supervisor import core
    from engine_supervisor.adapters.docker_sdk import DockerEngine
    from engine_supervisor.adapters.kubernetes import KubernetesCluster, NoServiceAccount, connect
    from engine_supervisor.adapters.windows.host import WindowsHost
    from engine_supervisor.program import facts

    clock, metrics = SystemClock(), Metrics()
    try:
        connection = connect(environment, metrics.request)
    except NoServiceAccount as error:
        return _refuse(str(error))
    host = WindowsHost(settings, Path(environment.get(MOUNT_POINT, "C:\\")), reload_hash=core.reload_hash)
    docker = DockerEngine(clients=host.clients)
    cluster = KubernetesCluster(
        connection,
        node=identity.node_name,
        namespace=identity.pod_namespace,
        daemon_set=settings.daemon_set,
        pod=identity.pod_name,
        pod_uid=identity.pod_uid,
        slots=settings.slots,
    )
    if command == "facts":
        print(facts.text(facts.facts(settings, identity, host, docker, cluster, clock)))
        return 0
    program = Program(settings, identity, host, docker, cluster, clock, Log(identity.node_name, clock), metrics)
    if command == "leave":
        return 0 if program.leave() else 1
    return program.run()


def _refuse(reason: str) -> int:
    """One plain line: Kubernetes shows the last of them as why the container ended."""
    print(reason, flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
