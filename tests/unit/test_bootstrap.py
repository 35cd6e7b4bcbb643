"""The bootstrap of state and secrets, and the password's way into the state, with stand-ins for `az` and `pulumi`."""

from __future__ import annotations

import copy
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bootstrap.windows_password import CLUSTER, SECRET, replaced

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "bootstrap" / "azure_state.sh"
SUBSCRIPTION = "11111111-1111-1111-1111-111111111111"
DEPLOYERS = "22222222-2222-2222-2222-222222222222"
PREVIEWERS = "33333333-3333-3333-3333-333333333333"
NEEDED = {
    "--subscription": SUBSCRIPTION,
    "--location": "westeurope",
    "--account": "contosocistate",
    "--vault": "contoso-ci-state",
    "--deploy": DEPLOYERS,
}

AZ = """#!/bin/sh
printf '%s\\n' "$*" >> "$LOG"
case $* in
"keyvault show "*) [ -n "${VAULT_THERE-}" ] ;;
"keyvault show-deleted "*) [ -n "${VAULT_DELETED-}" ] ;;
"storage account create "*) [ -z "${ACCOUNT_REFUSED-}" ] ;;
esac
"""


def bootstrap(tmp_path: Path, *more: str, az: bool = True, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the script with a stand-in for `az`, or with none on PATH. What it was asked is in `tmp_path/log`."""
    tools = tmp_path / "bin"
    tools.mkdir(exist_ok=True)
    for name in ("cat", "grep", "sed"):
        (tools / name).unlink(missing_ok=True)
        (tools / name).symlink_to(str(shutil.which(name)))
    if az:
        (tools / "az").write_text(AZ)
        (tools / "az").chmod(0o755)
    needed = [part for option, value in NEEDED.items() if option not in more for part in (option, value)]
    return subprocess.run(
        ["/bin/sh", str(SCRIPT), *needed, *more],
        env={"PATH": str(tools), "LOG": str(tmp_path / "log"), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def asked(tmp_path: Path) -> list[str]:
    return (tmp_path / "log").read_text().splitlines()


def test_a_dry_run_needs_no_az_and_prints_what_a_run_would_do(tmp_path: Path) -> None:
    dry = bootstrap(tmp_path, "--dry-run", az=False)
    assert dry.returncode == 0, dry.stderr
    assert not (tmp_path / "log").exists()
    run = bootstrap(tmp_path)
    assert run.returncode == 0, run.stderr
    assert run.stdout == dry.stdout


def test_what_a_dry_run_prints_can_be_given_to_a_shell(tmp_path: Path) -> None:
    printed = bootstrap(tmp_path, "--dry-run").stdout.split("# Next")[0]
    subprocess.run(
        ["/bin/sh", "-eu"],
        input=printed,
        text=True,
        check=True,
        env={"PATH": str(tmp_path / "bin"), "LOG": str(tmp_path / "log")},
    )
    by_hand = asked(tmp_path)
    (tmp_path / "log").unlink()
    assert bootstrap(tmp_path).returncode == 0
    asks = ("account show", "keyvault show")
    assert by_hand == [line for line in asked(tmp_path) if not line.startswith(asks)]


@pytest.mark.parametrize(
    ("command", "wanted"),
    [
        ("storage account create", "--min-tls-version TLS1_2"),
        ("storage account create", "--allow-blob-public-access false"),
        ("storage account create", "--allow-shared-key-access false"),
        ("storage account blob-service-properties update", "--enable-versioning true"),
        ("storage account blob-service-properties update", "--enable-delete-retention true"),
        ("storage container-rm create", "--public-access off"),
        ("keyvault create", "--enable-purge-protection true"),
        ("keyvault create", "--enable-rbac-authorization true"),
        ("rest --method put", '"keyOps": ["encrypt", "decrypt"]'),
        ("lock create", "--lock-type CanNotDelete"),
    ],
)
def test_what_is_made_is_closed_and_can_be_brought_back(tmp_path: Path, command: str, wanted: str) -> None:
    assert bootstrap(tmp_path).returncode == 0
    (line,) = (line for line in asked(tmp_path) if line.startswith(command))
    assert wanted in line


def test_every_command_names_the_subscription(tmp_path: Path) -> None:
    assert bootstrap(tmp_path, "--preview", PREVIEWERS, "--preview-decrypts").returncode == 0
    assert [line for line in asked(tmp_path) if SUBSCRIPTION not in line] == []


def roles(tmp_path: Path, principal: str) -> set[tuple[str, str]]:
    """Role and kind of scope."""
    lines = [line for line in asked(tmp_path) if line.startswith("role ") and principal in line]
    return {
        (
            line.split("--role ")[1].split(" --")[0],
            "key" if "/keys/" in line else "container" * ("/containers/" in line),
        )
        for line in lines
    }


def test_deployers_write_state_and_use_the_key_and_previewers_read_state_alone(tmp_path: Path) -> None:
    assert bootstrap(tmp_path, "--preview", PREVIEWERS).returncode == 0
    assert roles(tmp_path, DEPLOYERS) == {
        ("Storage Blob Data Contributor", "container"),
        ("Key Vault Crypto User", "key"),
    }
    assert roles(tmp_path, PREVIEWERS) == {("Storage Blob Data Reader", "container")}


def test_previewers_decrypt_only_when_that_is_said(tmp_path: Path) -> None:
    assert bootstrap(tmp_path, "--preview", PREVIEWERS, "--preview-decrypts").returncode == 0
    assert ("Key Vault Crypto User", "key") in roles(tmp_path, PREVIEWERS)


def test_a_vault_that_is_there_is_not_made_again(tmp_path: Path) -> None:
    assert bootstrap(tmp_path, VAULT_THERE="yes").returncode == 0
    assert not [line for line in asked(tmp_path) if line.startswith("keyvault create")]
    assert [line for line in asked(tmp_path) if line.startswith("keyvault update")]


def test_a_deleted_vault_is_not_replaced_by_an_empty_one(tmp_path: Path) -> None:
    run = bootstrap(tmp_path, VAULT_DELETED="yes")
    assert run.returncode != 0
    assert "az keyvault recover" in run.stderr
    assert not [line for line in asked(tmp_path) if line.startswith(("keyvault create", "rest"))]


def test_a_refusal_of_azure_ends_the_run(tmp_path: Path) -> None:
    assert bootstrap(tmp_path, ACCOUNT_REFUSED="yes").returncode != 0
    assert asked(tmp_path)[-1].startswith("storage account create")


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--subscription", "production"),
        ("--location", "West Europe"),
        ("--account", "Contoso-State"),
        ("--account", "ab"),
        ("--vault", "1vault"),
        ("--vault", "con--toso"),
        ("--deploy", "ci-deployers"),
        ("--preview", "everybody"),
        ("--principal-type", "Robot"),
        ("--container", "a--b"),
        ("--retention-days", "5"),
        ("--retention-days", "ninety"),
        ("--colour", "red"),
    ],
)
def test_a_wrong_argument_is_refused_by_name_before_anything_is_asked(tmp_path: Path, option: str, value: str) -> None:
    run = bootstrap(tmp_path, option, value)
    assert run.returncode == 2
    assert option in run.stderr
    assert not (tmp_path / "log").exists()


def test_decrypting_by_nobody_is_refused(tmp_path: Path) -> None:
    run = bootstrap(tmp_path, "--preview-decrypts")
    assert run.returncode == 2
    assert "--preview" in run.stderr


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not on PATH")
def test_the_script_has_no_findings_of_shellcheck() -> None:
    subprocess.run(["shellcheck", str(SCRIPT)], check=True)


OLD, NEW = "Old!Password12345", "New!Password12345"


def export() -> dict[str, Any]:
    profile = {"adminPassword": OLD, "adminUsername": "buildfleet"}
    return {
        "version": 3,
        "deployment": {
            "resources": [
                {"type": "pulumi:pulumi:Stack"},
                {
                    "type": CLUSTER,
                    "inputs": {
                        "servicePrincipalProfile": {"adminPassword": "another"},
                        "windowsProfile": {**SECRET, "plaintext": json.dumps(profile)},
                    },
                    "outputs": {"windowsProfile": {"adminUsername": "buildfleet"}},
                },
                {"type": "azure-native:compute:VirtualMachine", "inputs": {"windowsProfile": {"adminPassword": "vm"}}},
            ]
        },
    }


def test_the_new_password_goes_into_the_cluster_and_nowhere_else() -> None:
    before, after = export(), export()
    assert replaced(after, NEW) == 1
    profile = after["deployment"]["resources"][1]["inputs"]["windowsProfile"]
    assert json.loads(profile["plaintext"]) == {"adminPassword": NEW, "adminUsername": "buildfleet"}
    profile["plaintext"] = before["deployment"]["resources"][1]["inputs"]["windowsProfile"]["plaintext"]
    assert after == before


def test_a_password_that_is_a_secret_of_its_own_is_found() -> None:
    state = export()
    inputs = state["deployment"]["resources"][1]["inputs"]
    inputs["windowsProfile"] = {"adminPassword": {**SECRET, "plaintext": json.dumps(OLD)}}
    assert replaced(state, NEW) == 1
    assert json.loads(inputs["windowsProfile"]["adminPassword"]["plaintext"]) == NEW


@pytest.mark.parametrize("state", [{}, {"deployment": None}, {"deployment": {"resources": [{"type": "a"}]}}])
def test_a_state_without_a_cluster_is_left_alone(state: dict[str, Any]) -> None:
    before = copy.deepcopy(state)
    assert replaced(state, NEW) == 0
    assert state == before


PULUMI = """#!{python}
import os, sys
with open(os.environ["LOG"], "a") as log:
    log.write(" ".join(sys.argv[1:]) + "\\n")
folder = os.path.dirname(os.environ["LOG"])
if sys.argv[1:3] == ["config", "get"]:
    print({password!r})
if sys.argv[1:3] == ["stack", "export"]:
    print(open(folder + "/export").read())
if sys.argv[1:3] == ["stack", "import"]:
    open(folder + "/import", "w").write(sys.stdin.read())
    sys.exit(int(os.environ.get("REFUSED", "0")))
"""


def rotate(tmp_path: Path, state: dict[str, Any], **environment: str) -> subprocess.CompletedProcess[str]:
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "pulumi").write_text(PULUMI.format(python=sys.executable, password=NEW))
    (tools / "pulumi").chmod(0o755)
    (tmp_path / "export").write_text(json.dumps(state))
    return subprocess.run(
        [sys.executable, str(ROOT / "bootstrap" / "windows_password.py"), "--stack", "prod", "--secret", "password"],
        env={"PATH": f"{tools}{os.pathsep}/usr/bin", "LOG": str(tmp_path / "log"), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_password_reaches_the_state_by_pipes_alone(tmp_path: Path) -> None:
    done = rotate(tmp_path, export())
    assert done.returncode == 0, done.stderr
    assert NEW in (tmp_path / "import").read_text()
    for seen in (done.stdout, done.stderr, (tmp_path / "log").read_text()):
        assert "Password12345" not in seen


def test_nothing_is_imported_where_there_is_no_cluster(tmp_path: Path) -> None:
    done = rotate(tmp_path, {"deployment": {"resources": []}})
    assert done.returncode != 0
    assert not (tmp_path / "import").exists()


def test_pending_operations_are_not_forgotten(tmp_path: Path) -> None:
    state = export()
    state["deployment"]["pending_operations"] = [{"type": "creating"}]
    done = rotate(tmp_path, state)
    assert done.returncode != 0
    assert "A run was killed" in done.stderr
    assert not (tmp_path / "import").exists()


def test_a_refused_import_is_told(tmp_path: Path) -> None:
    done = rotate(tmp_path, export(), REFUSED="1")
    assert done.returncode != 0
    assert "the state is as it was" in done.stderr
