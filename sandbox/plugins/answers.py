"""Answers of a provider that every one of ours gives alike: a difference, a failure, a failure that keeps the resource.

Owns their form in the protocol. Refuses their content: what differs and what failed is each provider's to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn, TypeAlias

import grpc  # type: ignore[import-untyped]  # grpcio ships no types
from google.protobuf import any_pb2  # type: ignore[import-untyped]  # ships no types

from sandbox.plugins.bare_protocol import bare_pulumi
from sandbox.plugins.places import format_path
from sandbox.plugins.plan import Plan

with bare_pulumi():
    from pulumi.runtime.proto import provider_pb2 as pb
    from pulumi.runtime.proto import status_pb2

Context: TypeAlias = grpc.ServicerContext

_KINDS = {
    ("add", False): pb.PropertyDiff.ADD,
    ("add", True): pb.PropertyDiff.ADD_REPLACE,
    ("delete", False): pb.PropertyDiff.DELETE,
    ("delete", True): pb.PropertyDiff.DELETE_REPLACE,
    ("update", False): pb.PropertyDiff.UPDATE,
    ("update", True): pb.PropertyDiff.UPDATE_REPLACE,
}


def difference(found: Plan) -> pb.DiffResponse:
    """What differs, property by property."""
    details = {format_path(change.path): change for change in found.changes}
    return pb.DiffResponse(
        changes=pb.DiffResponse.DIFF_SOME if details else pb.DiffResponse.DIFF_NONE,
        diffs=sorted({str(change.path[0]) for change in found.changes}),
        replaces=[path for path, change in details.items() if change.replaces],
        deleteBeforeReplace=found.replaces and found.delete_first,
        hasDetailedDiff=True,
        detailedDiff={
            path: pb.PropertyDiff(kind=_KINDS[change.kind, change.replaces], inputDiff=True)
            for path, change in details.items()
        },
    )


def fail(context: Context, message: str, code: grpc.StatusCode = grpc.StatusCode.UNKNOWN) -> NoReturn:
    """End the call with an error."""
    context.abort(code, message)
    raise AssertionError("unreachable: abort raises")


def fail_and_keep(
    context: Context, message: str, *, resource_id: str, properties: Any, inputs: Any, reasons: Sequence[str]
) -> NoReturn:
    """End the call so that the resource stays in the state: what exists and is not in the state is lost.

    `properties` and `inputs` are the protocol's own structures.
    """
    failed = pb.ErrorResourceInitFailed(id=resource_id, properties=properties, reasons=reasons, inputs=inputs)
    detail = any_pb2.Any()
    detail.Pack(failed)
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=message, details=[detail])
    # Where gRPC's rich errors travel; the package that knows it is one dependency more for this line.
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    fail(context, message)
