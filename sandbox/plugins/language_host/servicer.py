"""The LanguageRuntime protocol, as far as deployments and Python plugins need it.

Owns the translation between the engine's messages and `program` and `children`. A program runs on the main thread,
where signal handlers and event loops expect to be: `Run` hands its request over and waits for the outcome.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import grpc  # type: ignore[import-untyped]  # grpcio ships no types

from sandbox.plugins.bare_protocol import bare_pulumi
from sandbox.plugins.language_host import children, interpreter
from sandbox.plugins.language_host.program import Outcome, Request

with bare_pulumi():
    from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

if TYPE_CHECKING:
    from google.protobuf.empty_pb2 import Empty  # type: ignore[import-untyped]  # ships no types

Job = tuple[Request, "Future[Outcome]"]
SCRIPT = Path(__file__).with_name("program.py")


class Servicer(language_pb2_grpc.LanguageRuntimeServicer):
    """One host. `engine` is the engine's address; what is put into `jobs` must be run on the main thread."""

    def __init__(self, engine: str, jobs: SimpleQueue[Job]) -> None:
        self._engine = engine
        self._jobs = jobs
        self._children = children.Children()

    def add_to(self, server: grpc.Server) -> None:
        """Serve on `server`."""
        language_pb2_grpc.add_LanguageRuntimeServicer_to_server(self, server)

    def GetPluginInfo(self, request: Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        """No version of its own: the host is part of the checkout."""
        return plugin_pb2.PluginInfo()

    def About(self, request: language_pb2.AboutRequest, context: grpc.ServicerContext) -> language_pb2.AboutResponse:
        """The interpreter that would run the program."""
        return language_pb2.AboutResponse(executable=sys.executable, version=platform.python_version())

    def GetRequiredPackages(
        self, request: language_pb2.GetRequiredPackagesRequest, context: grpc.ServicerContext
    ) -> language_pb2.GetRequiredPackagesResponse:
        """None in advance: each resource carries its provider's version, and the engine loads it then."""
        return language_pb2.GetRequiredPackagesResponse()

    def Run(self, request: language_pb2.RunRequest, context: grpc.ServicerContext) -> language_pb2.RunResponse:
        """Run the program; answers when it has ended."""
        try:
            python = interpreter.find(Path(request.info.root_directory), _options(request.info))
        except interpreter.InterpreterError as error:
            return language_pb2.RunResponse(error=str(error))
        wanted = _request(request, self._engine)
        if interpreter.is_ours(python):
            outcome: Future[Outcome] = Future()
            self._jobs.put((wanted, outcome))
            result = outcome.result()
        else:
            result = self._children.run_program(python, SCRIPT, wanted)
        return language_pb2.RunResponse(error=result.error, bail=result.bail)

    def RunPlugin(
        self, request: language_pb2.RunPluginRequest, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.RunPluginResponse]:
        """Run a policy pack or a provider written in Python, streaming its output."""
        folder = Path(request.info.program_directory)
        try:
            python = interpreter.find(Path(request.info.root_directory), _options(request.info))
        except interpreter.InterpreterError as error:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
        if request.kind == "analyzer":
            # The pack is the last argument; the engine's flags and address come before it.
            command = [str(python), "-u", "-m", "pulumi.policy", *request.args, str(folder)]
        else:
            command = [str(python), "-u", str(folder / request.info.entry_point), *request.args]
        directory = folder if request.kind == "analyzer" else Path(request.pwd)
        stop: Callable[[Callable[[], None]], Any] = context.add_callback
        for stream, chunk in self._children.run_plugin(command, directory, list(request.env), on_end=stop):
            if stream == "stdout":
                yield language_pb2.RunPluginResponse(stdout=chunk)
            elif stream == "stderr":
                yield language_pb2.RunPluginResponse(stderr=chunk)
            else:
                yield language_pb2.RunPluginResponse(exitcode=int(chunk))

    def Cancel(self, request: Empty, context: grpc.ServicerContext) -> Empty:
        """End what runs in other processes; this process ends by the signal that follows."""
        self.end_children()
        return request

    def end_children(self) -> None:
        """End what runs in other processes."""
        self._children.end()


def _options(info: language_pb2.ProgramInfo) -> dict[str, object]:
    return {name: value.string_value for name, value in info.options.fields.items()}


def _request(request: language_pb2.RunRequest, engine: str) -> Request:
    directory = Path(request.info.program_directory or request.pwd)
    entry = request.info.entry_point or "."
    return Request(
        program=str((directory / entry).absolute()),
        directory=request.pwd or str(directory),
        root_directory=request.info.root_directory,
        project=request.project,
        stack=request.stack,
        organization=request.organization or "organization",
        monitor=request.monitor_address,
        engine=engine,
        dry_run=request.dryRun,
        parallel=request.parallel,
        config=dict(request.config),
        config_secret_keys=list(request.configSecretKeys),
        arguments=list(request.args),
    )
