"""The ResourceProvider protocol, translated to `operations`.

Owns messages, error statuses and log lines. Every call of the engine has a thread, because waits overlap.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from importlib.metadata import version
from threading import Event
from typing import NoReturn, TypeAlias, TypeVar

import grpc  # type: ignore[import-untyped]  # grpcio ships no types
from google.protobuf import empty_pb2  # type: ignore[import-untyped]  # ships no types

from sandbox.plugins.answers import difference, fail, fail_and_keep
from sandbox.plugins.bare_protocol import bare_pulumi
from sandbox.plugins.codec import CodecError, decode, encode
from sandbox.plugins.kubernetes_provider.connection import connect, is_other_cluster, settings
from sandbox.plugins.kubernetes_provider.errors import ProviderError
from sandbox.plugins.kubernetes_provider.helm_release import RELEASE, Releases
from sandbox.plugins.kubernetes_provider.operations import Operations, Result
from sandbox.plugins.kubernetes_provider.secrets import strip
from sandbox.plugins.places import type_of

with bare_pulumi():
    from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, plugin_pb2, provider_pb2_grpc
    from pulumi.runtime.proto import provider_pb2 as pb

Request = TypeVar("Request")
Answer = TypeVar("Answer")
Context: TypeAlias = grpc.ServicerContext


def _told(method: Callable[[Servicer, Request, Context], Answer]) -> Callable[[Servicer, Request, Context], Answer]:
    """Give the engine the text of our errors, without a traceback."""

    @functools.wraps(method)
    def wrapped(servicer: Servicer, request: Request, context: Context) -> Answer:
        try:
            return method(servicer, request, context)
        except (ProviderError, CodecError) as error:
            fail(context, str(error))

    return wrapped


class Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """One `kubernetes.Provider` resource of a program; `engine` is the engine's address."""

    def __init__(self, engine: str) -> None:
        self._engine = engine_pb2_grpc.EngineStub(grpc.insecure_channel(engine))
        self._cancelled = Event()
        self._operations: Operations | None = None
        self._releases: Releases | None = None

    def add_to(self, server: grpc.Server) -> None:
        """Serve on `server`."""
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(self, server)

    def GetPluginInfo(self, request: empty_pb2.Empty, context: Context) -> plugin_pb2.PluginInfo:
        """The version of the SDK that is installed: the one that it serves."""
        return plugin_pb2.PluginInfo(version=version("pulumi-kubernetes"))

    @_told
    def CheckConfig(self, request: pb.CheckRequest, context: Context) -> pb.CheckResponse:
        """Provider arguments, refused in preview where they can be."""
        settings(strip(decode(request.news)))
        return pb.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: pb.DiffRequest, context: Context) -> pb.DiffResponse:
        """What changes, and whether the provider is now that of another cluster."""
        old, new = strip(decode(request.old_inputs)), strip(decode(request.news))
        if is_other_cluster(old, new):
            return pb.DiffResponse(changes=pb.DiffResponse.DIFF_SOME, replaces=["clusterIdentifier"])
        return pb.DiffResponse(changes=pb.DiffResponse.DIFF_NONE if old == new else pb.DiffResponse.DIFF_SOME)

    @_told
    def Configure(self, request: pb.ConfigureRequest, context: Context) -> pb.ConfigureResponse:
        """Choose the cluster. Nothing is asked of it yet."""
        from sandbox.plugins.kubernetes_provider.client import Client

        chosen = settings(strip(decode(request.args)))
        client = Client(connect(chosen), self._cancelled)
        self._operations = Operations(chosen, client, self._cancelled)
        self._releases = Releases(chosen, client)
        return pb.ConfigureResponse(acceptSecrets=True, supportsPreview=True, supports_autonaming_configuration=True)

    @_told
    def Check(self, request: pb.CheckRequest, context: Context) -> pb.CheckResponse:
        """Name and spell the inputs."""
        naming = request.autonaming
        inputs, refusals = self._of(request.urn).check(
            type_of(request.urn),
            request.urn.rpartition("::")[2],
            decode(request.olds),
            decode(request.news),
            request.randomSeed,
            proposed=None if naming.mode == naming.DISABLE else naming.proposed_name,
        )
        failures = [pb.CheckFailure(property=refusal.property, reason=refusal.reason) for refusal in refusals]
        return pb.CheckResponse(inputs=encode(inputs), failures=failures)

    @_told
    def Diff(self, request: pb.DiffRequest, context: Context) -> pb.DiffResponse:
        """What changes, and whether by replacement."""
        found = self._of(request.urn).diff(
            decode(request.old_inputs), decode(request.news), list(request.ignoreChanges)
        )
        return difference(found)

    @_told
    def Create(self, request: pb.CreateRequest, context: Context) -> pb.CreateResponse:
        """Make an object, or say what it would be."""
        inputs = decode(request.properties)
        if request.preview:
            return pb.CreateResponse(properties=encode(self._of(request.urn).preview_create(inputs)))
        result = self._of(request.urn).create(inputs, request.timeout, self._log(request.urn))
        _fail_if_unready(context, result)
        return pb.CreateResponse(id=result.id, properties=encode(result.state))

    @_told
    def Read(self, request: pb.ReadRequest, context: Context) -> pb.ReadResponse:
        """The object as it is; an empty answer when it is gone."""
        known = decode(request.properties), decode(request.inputs)
        result = self._of(request.urn).read(type_of(request.urn), request.id, *known)
        if result is None:
            return pb.ReadResponse()
        _fail_if_unready(context, result)
        return pb.ReadResponse(id=result.id, properties=encode(result.state), inputs=encode(result.inputs))

    @_told
    def Update(self, request: pb.UpdateRequest, context: Context) -> pb.UpdateResponse:
        """Change an object, or say what it would become."""
        inputs, ignore = decode(request.news), list(request.ignoreChanges)
        if request.preview:
            return pb.UpdateResponse(properties=encode(self._of(request.urn).preview_update(inputs, ignore)))
        result = self._of(request.urn).update(inputs, ignore, request.timeout, self._log(request.urn))
        _fail_if_unready(context, result)
        return pb.UpdateResponse(properties=encode(result.state))

    @_told
    def Delete(self, request: pb.DeleteRequest, context: Context) -> empty_pb2.Empty:
        """Delete an object and wait until it is gone."""
        self._of(request.urn).delete(request.id, decode(request.properties), request.timeout, self._log(request.urn))
        return empty_pb2.Empty()

    def Invoke(self, request: pb.InvokeRequest, context: Context) -> pb.InvokeResponse:
        """Refused: none of the package's functions is offered."""
        _refuse(context, request.tok)

    def Construct(self, request: pb.ConstructRequest, context: Context) -> pb.ConstructResponse:
        """Refused: the components of Helm, YAML and Kustomize are not offered."""
        _refuse(context, request.type)

    def Cancel(self, request: empty_pb2.Empty, context: Context) -> empty_pb2.Empty:
        """End every wait; what exists goes into the state."""
        self._cancelled.set()
        return request

    def _of(self, urn: str) -> Operations | Releases:
        """What serves the type of a resource."""
        if self._operations is None or self._releases is None:
            raise ProviderError("the provider has not been configured")
        return self._releases if type_of(urn) == RELEASE else self._operations

    def _log(self, urn: str) -> Callable[[str, bool], None]:
        def log(message: str, passing: bool) -> None:
            self._engine.Log(
                engine_pb2.LogRequest(severity=engine_pb2.INFO, message=message, urn=urn, ephemeral=passing)
            )

        return log


def _fail_if_unready(context: Context, result: Result) -> None:
    """Fail in the way that keeps the object in the state: what exists and is not in the state is lost."""
    if not result.unready:
        return
    fail_and_keep(
        context,
        f"{result.id} is there and not ready",
        resource_id=result.id,
        properties=encode(result.state),
        inputs=encode(result.inputs),
        reasons=result.unready,
    )


def _refuse(context: Context, token: str) -> NoReturn:
    fail(
        context,
        f"{token} is not offered by the stand-in Kubernetes provider. Make a resource of each object, "
        "or install the official provider.",
        grpc.StatusCode.UNIMPLEMENTED,
    )
