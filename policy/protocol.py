"""The messages of Pulumi's Analyzer protocol."""

from __future__ import annotations

from typing import Final

# Python's SDK is on the way in most routes: Pulumi's own host starts a pack by `python -m pulumi.policy`.
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc, plugin_pb2

__all__ = ["LEVELS", "LEVEL_NAMES", "SEVERITIES", "analyzer_pb2", "analyzer_pb2_grpc", "plugin_pb2"]

LEVELS: Final = {
    "advisory": analyzer_pb2.ADVISORY,
    "mandatory": analyzer_pb2.MANDATORY,
    "disabled": analyzer_pb2.DISABLED,
    "remediate": analyzer_pb2.REMEDIATE,
}
LEVEL_NAMES: Final = {number: name for name, number in LEVELS.items()}
SEVERITIES: Final = {
    "low": analyzer_pb2.POLICY_SEVERITY_LOW,
    "medium": analyzer_pb2.POLICY_SEVERITY_MEDIUM,
    "high": analyzer_pb2.POLICY_SEVERITY_HIGH,
    "critical": analyzer_pb2.POLICY_SEVERITY_CRITICAL,
}
