"""The ResourceProvider protocol, translated to `image`."""

from __future__ import annotations

from importlib.metadata import version
from typing import TypeAlias

import grpc  # type: ignore[import-untyped]  # grpcio ships no types
from google.protobuf import empty_pb2  # type: ignore[import-untyped]  # ships no types

from sandbox.plugins import codec
from sandbox.plugins.answers import fail
from sandbox.plugins.bare_protocol import bare_pulumi
from sandbox.plugins.docker_build_provider import image
from sandbox.plugins.places import type_of

with bare_pulumi():
    from pulumi.runtime.proto import plugin_pb2, provider_pb2_grpc
    from pulumi.runtime.proto import provider_pb2 as pb

Context: TypeAlias = grpc.ServicerContext


class Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """One `docker-build` Provider resource of a program."""

    def add_to(self, server: grpc.Server) -> None:
        """Serve on `server`."""
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(self, server)

    def GetPluginInfo(self, request: empty_pb2.Empty, context: Context) -> plugin_pb2.PluginInfo:
        """The version of the SDK that is installed: the one that it serves."""
        return plugin_pb2.PluginInfo(version=version("pulumi-docker-build"))

    def CheckConfig(self, request: pb.CheckRequest, context: Context) -> pb.CheckResponse:
        """Provider arguments are taken as they are."""
        return pb.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: pb.DiffRequest, context: Context) -> pb.DiffResponse:
        """A provider is never replaced."""
        return pb.DiffResponse(changes=pb.DiffResponse.DIFF_NONE)

    def Configure(self, request: pb.ConfigureRequest, context: Context) -> pb.ConfigureResponse:
        """Nothing to choose."""
        return pb.ConfigureResponse(supportsPreview=True)

    def Check(self, request: pb.CheckRequest, context: Context) -> pb.CheckResponse:
        """Refuse what could not be built."""
        if type_of(request.urn) != image.TYPE:
            fail(context, f"the sandbox's docker-build provider knows {image.TYPE} only, not {type_of(request.urn)}")
        reasons = image.refusals(codec.decode(request.news))
        return pb.CheckResponse(inputs=request.news, failures=[pb.CheckFailure(reason=reason) for reason in reasons])

    def Diff(self, request: pb.DiffRequest, context: Context) -> pb.DiffResponse:
        """What is built anew."""
        found = image.changed(codec.decode(request.old_inputs), codec.decode(request.news), codec.decode(request.olds))
        return pb.DiffResponse(changes=pb.DiffResponse.DIFF_SOME if found else pb.DiffResponse.DIFF_NONE, diffs=found)

    def Create(self, request: pb.CreateRequest, context: Context) -> pb.CreateResponse:
        """As if it had been built and pushed."""
        inputs = codec.decode(request.properties)
        if request.preview:
            return pb.CreateResponse(properties=codec.encode(image.planned(inputs)))
        outputs = image.built(inputs)
        return pb.CreateResponse(id=outputs["digest"], properties=codec.encode(outputs))

    def Read(self, request: pb.ReadRequest, context: Context) -> pb.ReadResponse:
        """As it was: nobody deletes what is in no registry."""
        return pb.ReadResponse(id=request.id, properties=request.properties, inputs=request.inputs)

    def Update(self, request: pb.UpdateRequest, context: Context) -> pb.UpdateResponse:
        """Built anew."""
        inputs = codec.decode(request.news)
        outputs = image.planned(inputs) if request.preview else image.built(inputs)
        return pb.UpdateResponse(properties=codec.encode(outputs))

    def Delete(self, request: pb.DeleteRequest, context: Context) -> empty_pb2.Empty:
        """Nothing is there."""
        return empty_pb2.Empty()

    def Cancel(self, request: empty_pb2.Empty, context: Context) -> empty_pb2.Empty:
        """Nothing waits."""
        return request
