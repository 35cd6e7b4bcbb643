"""The rehearsal's copy of a stack file: everything but the secrets."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from rules import windows_admin
from sandbox.stack_file import WINDOWS_PLACEHOLDER, StackFileError, missing_placeholders, placeholders, read

TEXT = """\
encryptionsalt: v1:real
secretsprovider: azurekeyvault://real
config:
  buildfleet:environment: {name: prod}
  buildfleet:azureDevOpsToken:
    secure: v1:cipher
  other:key: kept
"""


def written(folder: Path, text: str = TEXT) -> Path:
    path = folder / "Pulumi.prod.yaml"
    path.write_text(text)
    return path


def test_a_copy_holds_no_encrypted_value_and_nothing_to_decrypt_one_with(tmp_path: Path) -> None:
    target = tmp_path / "copy.yaml"
    read(written(tmp_path)).copy(target)
    assert yaml.safe_load(target.read_text()) == {
        "config": {"buildfleet:environment": {"name": "prod"}, "other:key": "kept"}
    }


def test_a_copy_keeps_the_placeholders_of_an_earlier_one_and_drops_keys_that_are_gone(tmp_path: Path) -> None:
    target = tmp_path / "copy.yaml"
    placeholder = {"secure": "v1:placeholder"}
    target.write_text(
        yaml.safe_dump(
            {"encryptionsalt": "v1:ours", "config": {"buildfleet:azureDevOpsToken": placeholder, "buildfleet:old": 1}}
        )
    )
    read(written(tmp_path)).copy(target)
    copy = yaml.safe_load(target.read_text())
    assert copy["encryptionsalt"] == "v1:ours"
    assert copy["config"]["buildfleet:azureDevOpsToken"] == placeholder
    assert "buildfleet:old" not in copy["config"]


def test_the_users_file_is_not_written(tmp_path: Path) -> None:
    path = written(tmp_path)
    read(path).copy(tmp_path / "copy.yaml")
    assert path.read_text() == TEXT


def test_sections_are_ours_plain_and_without_prefix(tmp_path: Path) -> None:
    assert read(written(tmp_path)).sections == {"environment": {"name": "prod"}}


def test_placeholders_that_the_copy_lacks_are_named(tmp_path: Path) -> None:
    copy = written(tmp_path)
    assert missing_placeholders(copy, ["azureDevOpsToken", "githubAppKey"]) == ["githubAppKey"]


def test_every_placeholder_says_that_it_is_one_and_that_of_windows_passes_azures_rules() -> None:
    values = placeholders(["windowsAdminPassword", "azureDevOpsToken"], windows_password="windowsAdminPassword")
    assert values == {
        "buildfleet:azureDevOpsToken": "rehearsal-placeholder",
        "buildfleet:windowsAdminPassword": WINDOWS_PLACEHOLDER,
    }
    assert "placeholder" in WINDOWS_PLACEHOLDER.lower()
    assert windows_admin.password("windowsAdminPassword", WINDOWS_PLACEHOLDER) is None
    assert windows_admin.password("windowsAdminPassword", "rehearsal-placeholder") is not None


@pytest.mark.parametrize(
    ("text", "says"),
    [("config: [1]", "config must be a map"), ("- a", "the file must be a map"), ("config: {a: [", "is not YAML")],
)
def test_a_file_of_another_shape_is_refused_with_a_sentence(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(StackFileError, match=says):
        read(written(tmp_path, text))


def test_a_stack_without_a_file_names_those_that_have_one(tmp_path: Path) -> None:
    written(tmp_path)
    with pytest.raises(StackFileError, match=r"Stacks here: prod; name one with STACK=NAME"):
        read(tmp_path / "Pulumi.nope.yaml")


def test_broken_yaml_is_told_with_its_line_and_by_its_files_name_alone(tmp_path: Path) -> None:
    with pytest.raises(StackFileError, match=r"Pulumi.prod.yaml is not YAML: (.|\n)*line 1, column 14") as refused:
        read(written(tmp_path, "config: {a: ["))
    assert "unicode string" not in str(refused.value)
