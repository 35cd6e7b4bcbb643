"""The pack's process: a server on a port that the engine is told, until the engine goes."""

from __future__ import annotations

import gc
import os
import signal
import stat
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Thread
from typing import Any, Final, NoReturn

import grpc  # type: ignore[import-untyped]  # grpcio ships no types

from policy.servicer import Servicer
from rules.policies.rule import Rule

LARGEST: Final = 400 * 1024 * 1024
"""Bytes of a message, as in Pulumi's own packs: `AnalyzeStack` brings the whole stack in one."""
_OPTIONS: Final = [("grpc.max_receive_message_length", LARGEST), ("grpc.max_send_message_length", LARGEST)]
_ENDS: Final = {signal.SIGINT, signal.SIGTERM}


def serve(rules: Sequence[Rule[Any]]) -> NoReturn:
    """Serve the rules. The first line of the output is the port; the engine ends us by a signal, or by its own end."""
    # Before any other thread begins: a signal must not end one of those in the midst of an answer.
    signal.pthread_sigmask(signal.SIG_BLOCK, _ENDS)
    server = grpc.server(ThreadPoolExecutor(max_workers=8), options=_OPTIONS)
    Servicer(rules).add_to(server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    # Inputs are trees, which need no collector; with all resources kept for the end, it took a third of the time.
    gc.disable()
    print(port, flush=True)
    if stat.S_ISFIFO(os.fstat(sys.stdin.fileno()).st_mode):
        Thread(target=_leave_after_input, daemon=True).start()
    signal.sigwait(_ENDS)
    os._exit(0)


def _leave_after_input() -> NoReturn:
    # The engine never writes to our input, and an engine that is killed closes it.
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os._exit(0)
