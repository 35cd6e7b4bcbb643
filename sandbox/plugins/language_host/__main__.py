"""The host's process: `pulumi-language-python [FLAGS] ENGINE_ADDRESS`."""

from __future__ import annotations

import contextlib
import gc
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import NoReturn

import grpc  # type: ignore[import-untyped]  # grpcio ships no types

from sandbox.plugins import process
from sandbox.plugins.language_host.program import Outcome, Request, run
from sandbox.plugins.language_host.servicer import Servicer

CHECKOUT = Path(__file__).resolve().parents[3]


def main() -> NoReturn:
    """Serve until the engine interrupts this process; the program, when asked for, runs on this thread."""
    if len(sys.argv) < 2:
        sys.exit("pulumi-language-python is started by the pulumi command, which gives it the engine's address.")
    jobs: SimpleQueue[tuple[Request, Future[Outcome]]] = SimpleQueue()
    servicer = Servicer(sys.argv[-1], jobs)
    process.leave_with_the_engine(servicer.end_children)
    server = grpc.server(ThreadPoolExecutor(max_workers=16), options=process.UNLIMITED)
    servicer.add_to(server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    process.announce(port)
    while True:
        request, outcome = jobs.get()
        _hide_checkout()
        gc.freeze()
        gc.enable()  # the launcher has switched it off
        try:
            outcome.set_result(run(request))
        except BaseException as error:
            outcome.set_exception(error)


def _hide_checkout() -> None:
    # The launcher put it on the path for the host's own modules. A program must find what it imports by its own
    # means, or it would run here and nowhere else.
    with contextlib.suppress(ValueError):
        sys.path.remove(str(CHECKOUT))


if __name__ == "__main__":
    main()
