"""What `make check` reminds of in a file in which nothing is wrong."""

from __future__ import annotations

from datetime import date
from typing import Any

from sandbox.stack_check import lines

SECTIONS: dict[str, Any] = {
    "environment": {"name": "prod", "owner": "platform-team"},
    "platform": {"kind": "aks", "kubernetesVersion": "1.36", "tenant": "8b3f2a54-6f0c-4c33-9c55-0d1d7f5c1e0a"},
    "nodePools": [{"name": "w22", "os": "windows", "purpose": "build", "osSku": "Windows2022"}],
}


def test_a_file_in_which_nothing_ends_soon_is_said_to_be_right_and_no_more() -> None:
    assert lines("Pulumi.prod.yaml", SECTIONS, date(2026, 11, 22)) == ["Pulumi.prod.yaml: nothing is wrong."]


def test_what_azure_retires_soon_is_told_with_path_and_day() -> None:
    told = "\n".join(lines("Pulumi.prod.yaml", SECTIONS, date(2028, 6, 1)))
    assert "What ends soon:" in told
    assert "buildfleet:platform.kubernetesVersion: support of Kubernetes 1.36 on" in told
    assert "buildfleet:nodePools[0].osSku: support of Windows2022 on" in told


def test_what_has_ended_is_told_apart_and_not_called_right() -> None:
    told = lines("Pulumi.prod.yaml", SECTIONS, date(2027, 6, 30))
    assert told[0] == "Pulumi.prod.yaml: no mistake, but it uses what has ended."
    assert told[1] == "What has ended:"
    assert told[2].startswith("  buildfleet:platform.kubernetesVersion: support of Kubernetes 1.36 on 2027-06-30")
    assert "What ends soon:" not in told
    both = lines("Pulumi.prod.yaml", SECTIONS, date(2028, 6, 1))
    assert both.index("What has ended:") < both.index("What ends soon:")


def test_what_looks_like_an_example_is_told_with_path_and_value() -> None:
    example = {**SECTIONS, "platform": {**SECTIONS["platform"], "tenant": "22222222-2222-2222-2222-222222222222"}}
    told = lines("Pulumi.prod.yaml", example, date(2026, 11, 22))
    assert told[1:] == [
        "What looks like an example and not like yours:",
        "  buildfleet:platform.tenant: 22222222-2222-2222-2222-222222222222",
    ]
