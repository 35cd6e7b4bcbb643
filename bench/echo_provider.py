"""A provider for any type that returns what it is given: for programs whose resources nobody makes.

Owns as much of the protocol as previews and updates need. Attached by `PULUMI_DEBUG_PROVIDERS`, it answers for every
package that is named there, and serves one command after the other until it is stopped.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import grpc  # type: ignore[import-untyped]  # grpcio ships no types
from google.protobuf import empty_pb2  # type: ignore[import-untyped]  # ships no types

from sandbox.plugins.bare_protocol import bare_pulumi

with bare_pulumi():
    from pulumi.runtime.proto import plugin_pb2, provider_pb2_grpc
    from pulumi.runtime.proto import provider_pb2 as pb

if TYPE_CHECKING:
    from google.protobuf.empty_pb2 import Empty  # type: ignore[import-untyped]  # ships no types

VARIABLE: Final = "PULUMI_DEBUG_PROVIDERS"
_UNLIMITED: Final = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


class EchoProvider(provider_pb2_grpc.ResourceProviderServicer):
    """Accepts everything, changes nothing, and makes ids of names."""

    def Handshake(
        self, request: pb.ProviderHandshakeRequest, context: grpc.ServicerContext
    ) -> pb.ProviderHandshakeResponse:
        """Secrets and outputs keep their marks."""
        return pb.ProviderHandshakeResponse(accept_secrets=True)

    def Attach(self, request: plugin_pb2.PluginAttach, context: grpc.ServicerContext) -> Empty:
        """Nothing to do: the engine is never called back."""
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        """A version that no SDK asks for."""
        return plugin_pb2.PluginInfo(version="0.0.1")

    def CheckConfig(self, request: pb.CheckRequest, context: grpc.ServicerContext) -> pb.CheckResponse:
        """As given."""
        return pb.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: pb.DiffRequest, context: grpc.ServicerContext) -> pb.DiffResponse:
        """No difference."""
        return pb.DiffResponse(changes=pb.DiffResponse.DIFF_NONE)

    def Configure(self, request: pb.ConfigureRequest, context: grpc.ServicerContext) -> pb.ConfigureResponse:
        """Secrets are sent as secrets, and previews call `Create`."""
        return pb.ConfigureResponse(acceptSecrets=True, supportsPreview=True, acceptResources=True)

    def Check(self, request: pb.CheckRequest, context: grpc.ServicerContext) -> pb.CheckResponse:
        """As given."""
        return pb.CheckResponse(inputs=request.news)

    def Diff(self, request: pb.DiffRequest, context: grpc.ServicerContext) -> pb.DiffResponse:
        """Whether the inputs differ."""
        same = request.old_inputs == request.news
        return pb.DiffResponse(changes=pb.DiffResponse.DIFF_NONE if same else pb.DiffResponse.DIFF_SOME)

    def Create(self, request: pb.CreateRequest, context: grpc.ServicerContext) -> pb.CreateResponse:
        """The inputs are the outputs."""
        made = "" if request.preview else request.urn.rpartition("::")[2]
        return pb.CreateResponse(id=made, properties=request.properties)

    def Update(self, request: pb.UpdateRequest, context: grpc.ServicerContext) -> pb.UpdateResponse:
        """The inputs are the outputs."""
        return pb.UpdateResponse(properties=request.news)

    def Delete(self, request: pb.DeleteRequest, context: grpc.ServicerContext) -> Empty:
        """Nothing was made."""
        return empty_pb2.Empty()

    def Cancel(self, request: Empty, context: grpc.ServicerContext) -> Empty:
        """The end of one command; the next one is served, too."""
        return empty_pb2.Empty()


@contextmanager
def echoing(*packages: str) -> Iterator[dict[str, str]]:
    """While open, a provider for these packages is served; yields the engine's variable for it."""
    server = grpc.server(ThreadPoolExecutor(max_workers=32), options=_UNLIMITED)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(EchoProvider(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield {VARIABLE: ",".join(f"{package}:{port}" for package in packages)}
    finally:
        server.stop(None).wait()
