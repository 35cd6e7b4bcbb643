"""The Analyzer protocol over a `Pack`.

Owns the translation of messages. A resource is decoded once: what `Analyze` has seen of its inputs is what the rules of
the stack judge at the end, where the engine sends outputs, in which other fields stand than the author wrote.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import grpc  # type: ignore[import-untyped]  # grpcio ships no types
from google.protobuf import empty_pb2  # type: ignore[import-untyped]  # ships no types

from policy import NAME, VERSION, values
from policy.describe import analyzer_info
from policy.findings import Finding
from policy.pack import Pack, Subject
from policy.protocol import LEVEL_NAMES, LEVELS, analyzer_pb2, analyzer_pb2_grpc, plugin_pb2
from rules.policies.resource import Options, Resource
from rules.policies.rule import Rule
from rules.policies.settings import LEVEL, InvalidSettings, from_config

if TYPE_CHECKING:
    from google.protobuf.empty_pb2 import Empty  # type: ignore[import-untyped]  # ships no types

_TIMEOUTS: Final = ("create", "update", "delete")


class Servicer(analyzer_pb2_grpc.AnalyzerServicer):
    """Serves some rules. Without a configuration their levels are those of the profile production."""

    def __init__(self, rules: Sequence[Rule[Any]]) -> None:
        self._rules = rules
        self._dry_run = False
        self._configuration = from_config({}, rules)
        self._pack = self._new_pack()
        self._seen: dict[str, Subject] = {}

    def add_to(self, server: grpc.Server) -> None:
        """Serve on `server`."""
        analyzer_pb2_grpc.add_AnalyzerServicer_to_server(self, server)

    def Handshake(
        self, request: analyzer_pb2.AnalyzerHandshakeRequest, context: grpc.ServicerContext
    ) -> analyzer_pb2.AnalyzerHandshakeResponse:
        """Nothing to agree on: the engine is never called back."""
        return analyzer_pb2.AnalyzerHandshakeResponse()

    def ConfigureStack(
        self, request: analyzer_pb2.AnalyzerStackConfigureRequest, context: grpc.ServicerContext
    ) -> analyzer_pb2.AnalyzerStackConfigureResponse:
        """Whether it is a preview. `pulumi policy analyze` does not say so, and knows all values."""
        self._dry_run = request.dry_run
        self._pack = self._new_pack()
        return analyzer_pb2.AnalyzerStackConfigureResponse()

    def GetAnalyzerInfo(self, request: Empty, context: grpc.ServicerContext) -> analyzer_pb2.AnalyzerInfo:
        """Every rule, with all that its module says."""
        return analyzer_info(self._rules)

    def GetPluginInfo(self, request: Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        """The version."""
        return plugin_pb2.PluginInfo(version=VERSION)

    def Configure(self, request: analyzer_pb2.ConfigureAnalyzerRequest, context: grpc.ServicerContext) -> Empty:
        """Take a configuration, or refuse it with all that is wrong with it."""
        document = {
            name: {LEVEL: LEVEL_NAMES[entry.enforcementLevel], **values.decode(entry.properties).inputs}
            for name, entry in sorted(request.policyConfig.items())
        }
        try:
            self._configuration = from_config(document, self._rules)
        except InvalidSettings as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        self._pack = self._new_pack()
        return empty_pb2.Empty()

    def Analyze(
        self, request: analyzer_pb2.AnalyzeRequest, context: grpc.ServicerContext
    ) -> analyzer_pb2.AnalyzeResponse:
        """Judge one resource."""
        subject = _subject(request)
        self._seen[request.urn] = subject
        return _response(self._pack.judge(subject))

    def AnalyzeStack(
        self, request: analyzer_pb2.AnalyzeStackRequest, context: grpc.ServicerContext
    ) -> analyzer_pb2.AnalyzeResponse:
        """Judge all resources together."""
        return _response(self._pack.judge_stack([self._with_dependencies(one) for one in request.resources]))

    def Remediate(
        self, request: analyzer_pb2.AnalyzeRequest, context: grpc.ServicerContext
    ) -> analyzer_pb2.RemediateResponse:
        """Mend what rules at the level `remediate` can mend."""
        response = analyzer_pb2.RemediateResponse()
        if not self._pack.remediates:
            return response
        properties, before = request.properties, _subject(request).resource
        for rule, after in self._pack.remedies(before):
            properties = values.patched(properties, dict(before.inputs), dict(after.inputs))
            before = after
            response.remediations.add(
                policyName=rule.id,
                policyPackName=NAME,
                policyPackVersion=VERSION,
                description=rule.title,
                properties=properties,
            )
        return response

    def Cancel(self, request: Empty, context: grpc.ServicerContext) -> Empty:
        """Nothing takes long; the signal that follows ends the process."""
        return request

    def _new_pack(self) -> Pack:
        self._seen = {}
        return Pack(self._rules, self._configuration, dry_run=self._dry_run)

    def _with_dependencies(self, message: analyzer_pb2.AnalyzerResource) -> Subject:
        subject = self._seen.get(message.urn) or _subject(message)
        dependencies = {key: tuple(sorted(value.urns)) for key, value in message.propertyDependencies.items()}
        if not dependencies:
            return subject
        # Another resource: what was read of the first leads back to that one.
        resource = replace(subject.resource, dependencies=dependencies)
        return Subject(resource=resource, secrets=subject.secrets)


def _subject(message: analyzer_pb2.AnalyzeRequest | analyzer_pb2.AnalyzerResource) -> Subject:
    decoded = values.decode(message.properties)
    resource = Resource(
        type=message.type,
        name=message.name,
        urn=message.urn,
        inputs=decoded.inputs,
        options=_options(message.options),
        secret_paths=frozenset(decoded.secrets),
    )
    return Subject(resource=resource, secrets=tuple(decoded.secret_texts()) if decoded.secrets else ())


def _options(message: analyzer_pb2.AnalyzerResourceOptions) -> Options:
    timeouts: Mapping[str, float] = {}
    if message.HasField("customTimeouts"):
        given = message.customTimeouts
        timeouts = {name: seconds for name in _TIMEOUTS if (seconds := getattr(given, name))}
    return Options(
        protect=message.protect,
        ignore_changes=tuple(message.ignoreChanges),
        custom_timeouts=timeouts,
        parent=message.parent or None,
    )


def _response(findings: Sequence[Finding]) -> analyzer_pb2.AnalyzeResponse:
    response = analyzer_pb2.AnalyzeResponse()
    for finding in findings:
        response.diagnostics.add(
            policyName=finding.rule,
            policyPackName=NAME,
            policyPackVersion=VERSION,
            message=finding.message,
            urn=finding.urn,
            enforcementLevel=LEVELS[finding.level],
        )
    return response
