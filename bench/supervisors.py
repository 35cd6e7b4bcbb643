"""What the engine supervisor costs a node and the API server: `python -m bench supervisor`.

First as processes: the real program with its real adapters, each against a small engine on a socket and an API server
in memory over TLS. Then five hundred programs in one process, whose clock is set: what the API server gets of them in
an hour without events, and in one in which each engine crashes.
"""

from __future__ import annotations

import argparse
import heapq
import io
import os
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, Final

from bench.simulated_api import ApiServer, api_server
from bench.simulated_node import (
    NAMESPACE,
    MemoryApi,
    SimulatedClock,
    SimulatedDocker,
    SimulatedHost,
    SimulatedNode,
    settings,
)
from engine_supervisor.adapters.docker_sdk import DockerEngine
from engine_supervisor.adapters.kubernetes import KubernetesCluster, connect
from engine_supervisor.program import Inline, Log, Metrics, Program, SystemClock, from_environment
from sandbox.control_plane import pki

ROOT: Final = Path(__file__).parents[1]
PORT: Final = 19477
WARM_SECONDS: Final = 20.0
"""The first look at the disk usage and the end of the watch for late pods are not idleness."""
GOALS: Final = "goals: 1 % of a core, 100 MB"
HOUR: Final = 3600.0
TICKS: Final = os.sysconf("SC_CLK_TCK")


class EngineOnSocket(BaseHTTPRequestHandler):
    """What an idle engine is asked."""

    def do_GET(self) -> None:
        """Answer."""
        body = (
            b'{"Version":"29.2.1","ApiVersion":"1.52","ContainersRunning":0,'
            b'"LayersSize":5368709120,"Images":[],"Containers":[]}'
        )
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: Any, **named: Any) -> None:
        """Nothing."""

    def address_string(self) -> str:
        """A socket of this kind has none."""
        return "socket"


class Sockets(socketserver.ThreadingUnixStreamServer):
    """Its server."""

    daemon_threads = True


@contextmanager
def engine_on(path: Path) -> Iterator[None]:
    """An engine on a socket, until the end of the block."""
    server = Sockets(str(path), EngineOnSocket)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


class Supervisor:
    """A supervisor as a process of its own."""

    def __init__(self, number: int, server: ApiServer, socket: Path) -> None:
        node = SimulatedNode(settings(), SimulatedClock(time.time()), server.api, f"win22{number:06}")
        self.url = f"http://127.0.0.{number + 2}:{PORT}"
        environment = {
            **server.environment,
            "PATH": os.environ.get("PATH", ""),
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "images" / "docker-engine")]),
            "NODE_NAME": node.name,
            "NODE_IP": f"127.0.0.{number + 2}",
            "POD_NAME": node.identity.pod_name,
            "POD_NAMESPACE": NAMESPACE,
            "POD_UID": node.identity.pod_uid,
            "DOCKER_SOCKET": f"unix://{socket}",
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.supervisors", "process"], env=environment, stdout=subprocess.DEVNULL
        )

    def await_ready(self, seconds: float = 120) -> None:
        """Return when builds could run."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                with urllib.request.urlopen(f"{self.url}/readyz", timeout=5):
                    return
            except (urllib.error.URLError, OSError) as error:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit(f"{self.url} does not become ready: {error}") from error
            time.sleep(0.2)

    def cpu_seconds(self) -> float:
        """What it has used so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def megabytes(self) -> tuple[float, float]:
        """Resident now, and at most so far."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        values = {line.split(":")[0]: line.split()[1] for line in lines if line.startswith(("VmRSS", "VmHWM"))}
        return int(values["VmRSS"]) / 1000, int(values["VmHWM"]) / 1000

    def end(self) -> None:
        """Ask it to end, as the kubelet does."""
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def processes(count: int, seconds: float) -> None:
    """So many supervisors at once, idle for so long."""
    with tempfile.TemporaryDirectory(prefix="buildfleet-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        stack.enter_context(engine_on(folder / "docker.sock"))
        server = stack.enter_context(api_server(MemoryApi(SystemClock()), folder, pki.make()))
        supervisors = []
        for number in range(count):
            supervisor = Supervisor(number, server, folder / "docker.sock")
            stack.callback(supervisor.end)
            supervisors.append(supervisor)
        for supervisor in supervisors:
            supervisor.await_ready()
        time.sleep(WARM_SECONDS)
        before, began = [one.cpu_seconds() for one in supervisors], time.monotonic()
        time.sleep(seconds)
        taken = time.monotonic() - began
        shares = [(one.cpu_seconds() - used) / taken for one, used in zip(supervisors, before, strict=True)]
        sizes = [one.megabytes() for one in supervisors]
    print(
        f"{count} idle supervisor process(es), {taken:.0f} s: {100 * sum(shares) / count:.2f} % of a core each "
        f"(most {100 * max(shares):.2f} %), {max(now for now, _ in sizes):.0f} MB "
        f"(at most so far {max(peak for _, peak in sizes):.0f} MB); {GOALS}",
        flush=True,
    )


def process(environment: Mapping[str, str]) -> int:
    """One supervisor with its real adapters; only the node below it is simulated."""
    identity = from_environment(environment)
    wanted, clock, metrics = settings(port=PORT, smoke_images={}), SystemClock(), Metrics()
    cluster = KubernetesCluster(
        connect(environment, metrics.request),
        node=identity.node_name,
        namespace=identity.pod_namespace,
        daemon_set=wanted.daemon_set,
        pod=identity.pod_name,
        pod_uid=identity.pod_uid,
        slots=wanted.slots,
    )
    host, docker = SimulatedHost(clock, starts_in=0.0), DockerEngine(environment["DOCKER_SOCKET"])
    log = Log(identity.node_name, clock)
    return Program(wanted, identity, host, _Answering(host, docker), cluster, clock, log, metrics).run()


class _Answering(SimulatedDocker):
    """The real adapter from when the simulated service runs: the socket is there all the time."""

    def __init__(self, host: SimulatedHost, docker: DockerEngine) -> None:
        super().__init__(host)
        self._docker = docker

    def look(self) -> Any:
        """See `ports.Docker`."""
        return self._docker.look() if self._host.answers else super().look()

    def usage(self) -> Any:
        """See `ports.Docker`."""
        return self._docker.usage()


class Fleet:
    """Supervisors in one process, whose common clock is set."""

    def __init__(self, count: int) -> None:
        """Install on all nodes."""
        self.count, self.clock, self.rounds = count, SimulatedClock(), 0
        self.nodes: list[SimulatedNode] = []
        self._programs: list[Program] = []
        self._due: list[tuple[float, int]] = []
        # An API server of its own for each: they share nothing but a Lease that nobody takes here.
        for number in range(count):
            wanted = settings()
            node = SimulatedNode(wanted, self.clock, MemoryApi(self.clock), f"win22{number:06}")
            log = Log(node.name, self.clock, io.StringIO())
            program = Program(
                wanted,
                node.identity,
                node.host,
                node.docker,
                node.cluster,
                self.clock,
                log,
                Metrics(),
                background=Inline,
            )
            self.nodes.append(node)
            self._programs.append(program)
            heapq.heappush(self._due, (self.clock.time + number * 0.01, number))

    def turn(self, seconds: float, at: Sequence[tuple[float, Callable[[], None]]] = ()) -> None:
        """Let so much time pass; `at` are events, by the seconds from now."""
        end, events = self.clock.time + seconds, sorted((self.clock.time + when, n) for n, (when, _) in enumerate(at))
        while self._due and self._due[0][0] < end:
            due, number = heapq.heappop(self._due)
            while events and events[0][0] <= due:
                at[events.pop(0)[1]][1]()
            self.clock.time = due
            self.rounds += 1
            heapq.heappush(self._due, (due + self._programs[number].round(), number))
        self.clock.time = end

    def taken(self) -> Counter[tuple[str, str]]:
        """Requests since the last time, by verb and resource."""
        total: Counter[tuple[str, str]] = Counter()
        for node in self.nodes:
            total += node.api.requests
            node.api.requests.clear()
        return total

    def ready(self) -> int:
        """How many nodes builds can run on."""
        return sum(program.health.ready()[0] for program in self._programs)


def fleet(count: int, idle_hours: float) -> None:
    """So many nodes: installed, idle, and each with one crash."""
    began = time.monotonic()
    nodes = Fleet(count)
    nodes.turn(0.25 * HOUR)
    _requests(f"{count} nodes, the installation", nodes.taken(), count, nodes.ready())
    nodes.turn(idle_hours * HOUR)
    idle = nodes.taken()
    hourly = idle.total() / count / idle_hours
    _requests(f"{count} nodes, {idle_hours:g} idle hours", idle, count, nodes.ready(), hours=idle_hours)
    crashes = [(n * 1800 / count, node.host.crash) for n, node in enumerate(nodes.nodes)]
    nodes.turn(HOUR, crashes)
    crash = nodes.taken()
    _requests(f"{count} nodes, an hour with a crash of each engine", crash, count, nodes.ready())
    daily = 23 * hourly + crash.total() / count
    print(f"    a node with one crash a day: {daily / 24:.1f} requests an hour; a kubelet's heartbeat alone: 360")
    taken = time.monotonic() - began
    print(
        f"    {nodes.rounds} rounds in {taken:.0f} s, {1000 * taken / nodes.rounds:.2f} ms each with its simulated node"
    )


def _requests(title: str, found: Counter[tuple[str, str]], count: int, ready: int, hours: float = 1.0) -> None:
    each = found.total() / count / hours
    kinds = ", ".join(f"{verb} {what} {n / count / hours:.1f}" for (verb, what), n in sorted(found.items()))
    print(
        f"{title}: {each:.1f} requests a node{' and hour' if hours != 1 else ''} ({kinds}); {ready} ready", flush=True
    )


def supervisors(*, quick: bool) -> None:
    """All figures."""
    window = 20.0 if quick else 60.0
    processes(1, window)
    processes(10, window)
    fleet(50 if quick else 500, 1.0 if quick else 2.0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=["process"], help="one supervisor, as `processes` starts it")
    parser.parse_args()
    sys.exit(process(os.environ))
