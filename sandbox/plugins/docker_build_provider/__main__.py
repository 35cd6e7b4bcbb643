"""The provider's process: `pulumi-resource-docker-build [FLAGS] ENGINE_ADDRESS`, one for each Provider resource."""

from __future__ import annotations

import gc
import sys
from concurrent.futures import ThreadPoolExecutor

import grpc  # type: ignore[import-untyped]  # grpcio ships no types

from sandbox.plugins import process
from sandbox.plugins.docker_build_provider.servicer import Servicer


def main() -> None:
    """Serve until the engine interrupts this process."""
    if len(sys.argv) < 2:
        sys.exit("pulumi-resource-docker-build is started by the pulumi command, which gives it the engine's address.")
    process.leave_with_the_engine()
    server = grpc.server(ThreadPoolExecutor(max_workers=8), options=process.UNLIMITED)
    Servicer().add_to(server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    process.announce(port)
    gc.enable()  # the launcher has switched it off
    server.wait_for_termination()


if __name__ == "__main__":
    main()
