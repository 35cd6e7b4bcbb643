"""The ResourceProvider protocol, translated to `operations`.

Owns messages, error statuses and the provider's configuration. Every call of the engine has a thread, because waits
overlap. Nothing of a request is logged or quoted here: it holds secrets in plain text.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Final, TypeAlias, TypeVar

import grpc  # type: ignore[import-untyped]  # grpcio ships no types
from google.protobuf import empty_pb2  # type: ignore[import-untyped]  # ships no types

from sandbox.azure import Azure, AzureError, UnsupportedType
from sandbox.azure.azure import ZERO
from sandbox.azure.values import Object
from sandbox.plugins.answers import difference, fail, fail_and_keep
from sandbox.plugins.azure_native_provider.errors import PartialError, ProviderError
from sandbox.plugins.azure_native_provider.interrupts import Interrupts
from sandbox.plugins.azure_native_provider.naming import Autonaming
from sandbox.plugins.azure_native_provider.operations import Operations
from sandbox.plugins.azure_native_provider.retries import pace
from sandbox.plugins.azure_native_provider.wire import from_engine, to_engine
from sandbox.plugins.bare_protocol import bare_pulumi
from sandbox.plugins.places import type_of

with bare_pulumi():
    from pulumi.runtime.proto import plugin_pb2, provider_pb2_grpc
    from pulumi.runtime.proto import provider_pb2 as pb

DIRECTORY_VARIABLE: Final = "BUILDFLEET_AZURE"

Request = TypeVar("Request")
Answer = TypeVar("Answer")
Context: TypeAlias = grpc.ServicerContext


def _told(method: Callable[[Servicer, Request, Context], Answer]) -> Callable[[Servicer, Request, Context], Answer]:
    """Give the engine the text of our errors, without a traceback."""

    @functools.wraps(method)
    def wrapped(servicer: Servicer, request: Request, context: Context) -> Answer:
        try:
            return method(servicer, request, context)
        except PartialError as error:
            fail_and_keep(
                context,
                str(error),
                resource_id=error.resource_id,
                properties=to_engine(error.state),
                inputs=to_engine(error.inputs),
                reasons=[str(error)],
            )
        except (ProviderError, AzureError, UnsupportedType) as error:
            fail(context, str(error))

    return wrapped


class Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """One `azure-native` Provider resource of a program."""

    def __init__(self) -> None:
        self._interrupts = Interrupts()
        self._operations: Operations | None = None

    def add_to(self, server: grpc.Server) -> None:
        """Serve on `server`."""
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(self, server)

    def GetPluginInfo(self, request: empty_pb2.Empty, context: Context) -> plugin_pb2.PluginInfo:
        """The version of the SDK that is installed: the one that it serves."""
        return plugin_pb2.PluginInfo(version=version("pulumi-azure-native"))

    @_told
    def CheckConfig(self, request: pb.CheckRequest, context: Context) -> pb.CheckResponse:
        """Provider arguments are taken as they are, as the official provider does."""
        return pb.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: pb.DiffRequest, context: Context) -> pb.DiffResponse:
        """A provider is never replaced: its resources name their subscription in their ids."""
        same = from_engine(request.old_inputs) == from_engine(request.news)
        return pb.DiffResponse(changes=pb.DiffResponse.DIFF_NONE if same else pb.DiffResponse.DIFF_SOME)

    @_told
    def Configure(self, request: pb.ConfigureRequest, context: Context) -> pb.ConfigureResponse:
        """Choose the subscription, and the folder that is Azure."""
        given = from_engine(request.args)
        directory = _directory()
        location, subscription, tenant = (_text(given, name) for name in ("location", "subscriptionId", "tenantId"))
        if subscription is None:
            raise ProviderError(
                "the azure-native Provider names no subscription: give it subscription_id. Without it the official "
                "provider deploys into whatever subscription you are logged in to."
            )
        kubeconfig = os.environ.get("KUBECONFIG")
        azure = Azure(
            directory,
            kubeconfig=Path(kubeconfig) if kubeconfig else None,
            subscription=subscription,
            tenant=tenant or ZERO,
        )
        self._operations = Operations(
            azure, subscription=subscription, location=location, interrupts=self._interrupts, pace=pace(directory)
        )
        # Not acceptSecrets: without it the engine marks outputs by the paths of secret inputs, all by itself.
        return pb.ConfigureResponse(supportsPreview=True, supports_autonaming_configuration=True)

    @_told
    def Check(self, request: pb.CheckRequest, context: Context) -> pb.CheckResponse:
        """Complete the inputs, and refuse what Azure would refuse."""
        inputs, refusals = self._ready.check(
            type_of(request.urn),
            request.urn.rpartition("::")[2],
            from_engine(request.olds),
            from_engine(request.news),
            request.randomSeed,
            _autonaming(request),
        )
        # Without `property`: the engine would print the whole top-level value beside the reason, secrets included.
        failures = [pb.CheckFailure(reason=str(refusal)) for refusal in refusals]
        return pb.CheckResponse(inputs=to_engine(inputs), failures=failures)

    @_told
    def Diff(self, request: pb.DiffRequest, context: Context) -> pb.DiffResponse:
        """What changes, and whether by replacement."""
        found = self._ready.diff(
            type_of(request.urn),
            from_engine(request.old_inputs),
            from_engine(request.news),
            from_engine(request.olds),
            list(request.ignoreChanges),
        )
        return difference(found)

    @_told
    def Create(self, request: pb.CreateRequest, context: Context) -> pb.CreateResponse:
        """Make a resource, or say what is known of it."""
        token, inputs = type_of(request.urn), from_engine(request.properties)
        if request.preview:
            return pb.CreateResponse(properties=to_engine(self._ready.preview_create(token, inputs)))
        result = self._ready.create(token, inputs, request.timeout)
        return pb.CreateResponse(id=result.id, properties=to_engine(result.state))

    @_told
    def Read(self, request: pb.ReadRequest, context: Context) -> pb.ReadResponse:
        """The resource as it is; an empty answer when it is gone."""
        known = from_engine(request.properties), from_engine(request.inputs)
        result = self._ready.read(type_of(request.urn), request.id, *known)
        if result is None:
            return pb.ReadResponse()
        return pb.ReadResponse(id=result.id, properties=to_engine(result.state), inputs=to_engine(result.inputs))

    @_told
    def Update(self, request: pb.UpdateRequest, context: Context) -> pb.UpdateResponse:
        """Change a resource, or say what stays known of it."""
        token, inputs = type_of(request.urn), from_engine(request.news)
        if request.preview:
            known = self._ready.preview_update(token, inputs, from_engine(request.olds))
            return pb.UpdateResponse(properties=to_engine(known))
        result = self._ready.update(token, request.id, inputs, request.timeout)
        return pb.UpdateResponse(properties=to_engine(result.state))

    @_told
    def Delete(self, request: pb.DeleteRequest, context: Context) -> empty_pb2.Empty:
        """Delete a resource and wait until it is gone."""
        self._ready.delete(type_of(request.urn), request.id, request.timeout)
        return empty_pb2.Empty()

    @_told
    def Invoke(self, request: pb.InvokeRequest, context: Context) -> pb.InvokeResponse:
        """Answer a function of the package."""
        answer = self._ready.invoke(request.tok, from_engine(request.args))
        return pb.InvokeResponse(**{"return": to_engine(answer)})

    def Cancel(self, request: empty_pb2.Empty, context: Context) -> empty_pb2.Empty:
        """End every wait; what was begun goes into the state, and on in Azure."""
        self._interrupts.cancel()
        return request

    @property
    def _ready(self) -> Operations:
        if self._operations is None:
            raise ProviderError("the provider has not been configured")
        return self._operations


def _directory() -> Path:
    named = os.environ.get(DIRECTORY_VARIABLE)
    if not named:
        raise ProviderError(
            f"this azure-native provider is the sandbox's, whose Azure is simulated, and {DIRECTORY_VARIABLE} does not "
            "say in which folder. Run the rehearsal by `make up STACK=...`; for a real environment, install the "
            "official provider: `pulumi plugin install resource azure-native`."
        )
    return Path(named)


def _text(given: Object, name: str) -> str | None:
    value = given.get(name)
    return value if isinstance(value, str) and value else None


def _autonaming(request: pb.CheckRequest) -> Autonaming:
    if not request.HasField("autonaming"):
        return Autonaming()
    naming = request.autonaming
    match naming.mode:
        case naming.DISABLE:
            return Autonaming(mode="disable")
        case naming.ENFORCE:
            return Autonaming(mode="enforce", proposed=naming.proposed_name)
    return Autonaming(mode="propose", proposed=naming.proposed_name)
