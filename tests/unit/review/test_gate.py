"""The gate: what it refuses, and what an approval is bound to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from review import drift, gate, kinds, protected
from review.__main__ import main
from review.log import Log
from review.page import render
from tests.unit.review.logs import DEPLOYMENT, POOL, deployment, end, finding, log, pool, same, step, urn

NAMESPACE = "kubernetes:core/v1:Namespace"
GENERIC = "azure-native:resources:Resource"
VERSIONED = "azure-native:keyvault/v20240401:Vault"


def refused(found: Log, *approved: str) -> list[str]:
    return gate.refusals(found, approvals=gate.approvals(approved))


@pytest.mark.parametrize("kind", [POOL, NAMESPACE, VERSIONED, *(k for k in kinds.PROTECTED if k != NAMESPACE)])
@pytest.mark.parametrize("operation", ["delete", "replace"])
def test_a_protected_kind_neither_goes_nor_is_replaced_without_a_yes(tmp_path: Path, kind: str, operation: str) -> None:
    found = log(tmp_path, step(operation, kind, "a", {}, None if operation == "delete" else {}), end())
    (told,) = refused(found)
    label = protected.label(protected.destructions(found))
    assert urn(kind, "a") in told
    assert label in told
    assert refused(found, f"bug, {label}\nother") == []


def test_a_pool_in_a_generic_resource_is_a_pool(tmp_path: Path) -> None:
    inputs = {
        "resourceProviderNamespace": "Microsoft.HybridContainerService",
        "parentResourcePath": "provisionedClusterInstances/default",
        "resourceType": "agentPools",
        "properties": {"count": 1},
    }
    assert refused(log(tmp_path, step("delete", GENERIC, "a", inputs, None), end()))
    assert not refused(log(tmp_path, step("delete", GENERIC, "a", {**inputs, "resourceType": "others"}, None), end()))


def test_what_is_not_protected_goes_and_what_the_program_protects_does_not(tmp_path: Path) -> None:
    assert refused(log(tmp_path, step("delete", DEPLOYMENT, "a", {}, None), end())) == []
    (told,) = refused(log(tmp_path, step("delete", DEPLOYMENT, "a", {}, None, protect=True), end()))
    assert "the program protects it" in told


def test_protection_is_not_taken_off_without_a_yes(tmp_path: Path) -> None:
    found = log(tmp_path, step("same", DEPLOYMENT, "a", {}, {}, was={"protect": True}), end())
    (told,) = refused(found)
    assert "unprotect" in told
    assert refused(log(tmp_path, step("same", DEPLOYMENT, "a", {}, {}, becomes={"protect": True}), end())) == []


def test_an_approval_is_for_exactly_one_set_and_not_for_a_larger_smaller_or_other_one(tmp_path: Path) -> None:
    a, b = step("delete", NAMESPACE, "a", {}, None), step("delete", NAMESPACE, "b", {}, None)
    other = step("replace", NAMESPACE, "a", {}, {})
    another = step("delete", NAMESPACE, "a", {}, None, was={"id": "another"})
    digests = [protected.digest(protected.destructions(log(tmp_path, *events, end())))
               for events in ([a], [b], [a, b], [other], [another])]  # fmt: skip
    assert len(set(digests)) == 5
    assert refused(log(tmp_path, a, b, end()), digests[0], digests[1])
    (told,) = refused(log(tmp_path, a, b, end()), digests[0])
    assert "The approvals that there are name another set." in told
    # What else the change does is no part of it, and neither is the order.
    harmless = step("update", DEPLOYMENT, "x", deployment(), deployment(2))
    assert refused(log(tmp_path, b, harmless, a, end()), digests[2]) == []


def test_an_approval_of_a_replacement_new_first_is_none_of_one_that_begins_with_the_deletion(tmp_path: Path) -> None:
    ops = ["create-replacement", "replace", "delete-replaced"]
    labels = []
    for order in (ops, ops[::-1]):
        events = [step(op, POOL, "a", pool("a"), None if op == "delete-replaced" else pool("a")) for op in order]
        found = log(tmp_path, *events, end())
        labels.append(protected.label(protected.destructions(found)))
        assert refused(found, labels[-1]) == []
    assert refused(found, labels[0]), "the old one first needs a yes of its own"
    assert len(set(labels)) == 2


def test_the_gate_of_azure_pipelines_tells_of_environments_and_that_another_set_was_approved(tmp_path: Path) -> None:
    found = log(tmp_path, step("delete", NAMESPACE, "a", {}, None), end())
    (told,) = gate.refusals(found, approvals=(), stack="test", system="azure")
    assert "approve the environment test-replace in this run of the pull request, or test in the run" in told
    (other,) = gate.refusals(found, approvals={"0" * 32}, stack="test", system="azure")
    assert "What was approved is another set: run it again" in other


@pytest.mark.parametrize("text", ["approve-destroy:", "approve-destroy:abc", "approve-destroy:all", "*", "A" * 32])
def test_what_is_no_digest_approves_nothing(text: str) -> None:
    assert gate.approvals([text]) == set()


def test_a_label_fits_into_what_github_takes(tmp_path: Path) -> None:
    found = protected.destructions(log(tmp_path, step("delete", NAMESPACE, "a", {}, None), end()))
    assert len(protected.label(found)) <= 50


def test_mandatory_findings_and_a_preview_without_an_end_shut_the_gate_whatever_is_approved(tmp_path: Path) -> None:
    (told,) = refused(log(tmp_path, finding("r", "mandatory", "m: 1; allowed: 2; fix: 3", urn(POOL, "a")), end()))
    assert "Mandatory rule r is broken" in told
    assert refused(log(tmp_path, finding("r", "advisory", "m", urn(POOL, "a")), end())) == []
    (told,) = refused(log(tmp_path, same(POOL, "a", pool("a"))))
    assert "The preview did not end" in told
    error = {"diagnosticEvent": {"severity": "error", "message": "no such stack"}}
    (told,) = refused(log(tmp_path, error, end("failed")))
    assert "no such stack" in told


def test_a_pack_that_was_left_out_shuts_the_gate(tmp_path: Path) -> None:
    without, with_it = log(tmp_path, end()), log(tmp_path, end(packs={"buildfleet|local|/x": "0.1.0"}))
    assert gate.refusals(with_it, approvals=(), packs=["buildfleet"]) == []
    (told,) = gate.refusals(without, approvals=(), packs=["buildfleet"])
    assert told.startswith("Policy pack buildfleet did not run.")


def test_the_command_prints_one_text_and_tells_by_its_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log(tmp_path, step("delete", NAMESPACE, "a", {}, None), end())
    events = ["--events", str(tmp_path / "events.json")]
    assert main(["gate", *events]) == 1
    shut = capsys.readouterr().out
    assert shut.startswith("The gate is shut, for 1 reason.\n")
    approved = tmp_path / "approved.txt"
    approved.write_text(shut.partition("label ")[2].split()[0] + "\n")
    assert main(["gate", *events, "--approved-file", str(approved)]) == 0
    assert (
        capsys.readouterr().out == "The gate is open. Approved: 1 protected resource go, lose a part or protection.\n"
    )
    assert main(["gate", "--events", str(tmp_path / "none")]) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_in_azure_pipelines_the_digest_is_handed_to_the_stage_that_asks_for_approval(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    events = ["--events", str(tmp_path / "events.json")]
    log(tmp_path, step("delete", NAMESPACE, "a", {}, None), end())
    assert main(["gate", *events, "--ask"]) == 0
    told = capsys.readouterr().out
    digest = told.partition("isOutput=true]")[2].split()[0]
    assert main(["gate", *events, "--approved", digest]) == 0
    log(tmp_path, end())
    assert main(["gate", *events, "--ask"]) == 0
    assert "destroys" not in capsys.readouterr().out.partition("The gate")[0][20:]
    log(tmp_path, finding("r", "mandatory", "m"), end())
    assert main(["gate", *events, "--ask"]) == 1, "nothing else is left to a later stage"


def drifted(folder: Path, kind: str, old: dict[str, object], new: dict[str, object] | None) -> Log:
    began = step("refresh", kind, "a", old, old)
    details = {"x": {"diffKind": "update"}}
    ended = {"resOutputsEvent": step("refresh", kind, "a", old, new, detailedDiff=details)["resourcePreEvent"]}
    return log(folder, began, ended, same(kind, "a", old), end())


def test_drift_is_what_somebody_changed_or_deleted_and_what_is_not_deployed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for found in (drifted(tmp_path, DEPLOYMENT, deployment(), deployment(3)), drifted(tmp_path, POOL, pool("a"), None)):
        assert drift.found(found)
        assert "1 thing changed outside of the program." in render(drift.drift(found), "text")
    assert main(["drift", "--events", str(tmp_path / "events.json")]) == 1
    pending = log(tmp_path, step("update", POOL, "a", pool("a"), pool("a", most=9)), end())
    assert "1 thing of the program not deployed." in render(drift.drift(pending), "text")
    assert drift.found(log(tmp_path, end("failed")))
    assert not drift.found(log(tmp_path, same(POOL, "a", pool("a")), end()))
    assert main(["drift", "--events", str(tmp_path / "events.json")]) == 0
    assert "There is no drift." in capsys.readouterr().out


def test_the_drift_of_a_rehearsal_is_called_that(tmp_path: Path) -> None:
    for line, title in (
        ({"cancelEvent": {}}, "Drift of stack"),
        ({"buildfleetRehearsal": {}}, "Drift of rehearsed stack"),
    ):
        assert render(drift.drift(log(tmp_path, line, end())), "text").startswith(title)


def test_what_an_autoscaler_did_and_what_only_a_cloud_answers_is_no_drift(tmp_path: Path) -> None:
    assert not drift.found(drifted(tmp_path, POOL, pool("a", count=1), pool("a", count=3)))
    assert not drift.found(drifted(tmp_path, POOL, pool("a"), pool("a")))
    assert drift.found(drifted(tmp_path, POOL, pool("a", count=1), pool("a", most=9, count=3)))


@pytest.mark.parametrize(
    "kind",
    [
        "azure-native_keyvault_v20240401:keyvault:Vault",
        "azure-native_containerservice_v20250901:containerservice:AgentPool",
        "azure-native:storage/v20230101preview:BlobContainer",
        "kubernetes:admissionregistration.k8s.io/v1beta1:ValidatingAdmissionPolicy",
        "kubernetes:apiextensions.k8s.io/v1beta1:CustomResourceDefinition",
    ],
)
def test_a_protected_kind_is_known_by_every_version_of_its_package_and_api(tmp_path: Path, kind: str) -> None:
    (told,) = refused(log(tmp_path, step("delete", kind, "a", {}, None), end()))
    assert urn(kind, "a") in told


def test_what_the_gate_must_not_let_go_is_in_its_table() -> None:
    admission = "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy"
    wanted = {admission, f"{admission}Binding", "azure-native:keyvault:Key", "kubernetes:helm.sh/v3:Release"}
    wanted |= {f"azure-native:{kind}" for kind in ("compute:Gallery", "compute:GalleryImageVersion", "compute:Disk")}
    wanted |= {"azure-native:storage:BlobContainer", "azure-native:network:VirtualNetworkGateway"}
    wanted |= {"azure-native:network:PublicIPAddress", "azure-native:network:PublicIPPrefix"}
    assert wanted <= set(kinds.PROTECTED)


@pytest.mark.parametrize("change", [{"result": None}, {"result": ""}, {"result": "ok"}, {"isPreview": False}])
def test_an_end_that_is_not_that_of_a_preview_which_succeeded_shuts_the_gate(
    tmp_path: Path, change: dict[str, object]
) -> None:
    odd = {"summaryEvent": {**end()["summaryEvent"], **change}}
    without = {"summaryEvent": {"isPreview": True, "resourceChanges": {}}}
    for events in ([odd], [odd, end()], [end(), odd], [without]):
        (told,) = refused(log(tmp_path, same(POOL, "a", pool("a")), *events))
        assert "The preview failed" in told


def test_the_log_has_to_be_of_the_stack_that_is_asked_for_and_of_no_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    events = ["gate", "--events", str(tmp_path / "events.json"), "--stack"]
    log(tmp_path, same(POOL, "a", pool("a")), end())
    assert main([*events, "test"]) == 0
    assert main([*events, "organization/trial/test"]) == 0
    assert main([*events, "prod"]) == 1
    assert "The log is not of stack prod alone, but of: test." in capsys.readouterr().out
    other = json.loads(json.dumps(same(POOL, "a", pool("a"))).replace("urn:pulumi:test::", "urn:pulumi:prod::"))
    for mixed in ([same(POOL, "a", pool("a")), other], [other, same(POOL, "a", pool("a"))], []):
        log(tmp_path, *mixed, end())
        assert main([*events, "test"]) == 1


def test_the_log_of_a_rehearsal_does_not_stand_for_the_real_stack(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    events = ["gate", "--events", str(tmp_path / "events.json"), "--real"]
    log(tmp_path, same(POOL, "a", pool("a")), end())
    assert main(events) == 0
    for line in ({"buildfleetRehearsal": {"stack": "test"}}, {"buildfleetRehearsal": None, "cancelEvent": {}}):
        log(tmp_path, same(POOL, "a", pool("a")), line, end())
        assert main(events) == 1
        assert "of a rehearsal" in capsys.readouterr().out
        assert main(events[:-1]) == 0
