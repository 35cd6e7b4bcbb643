"""The program reads every key of its namespace, and no secret's value."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pulumi
import pytest
from pulumi.runtime import config as runtime_config
from pulumi.runtime import set_all_config

from infra import config
from tests.unit.settings.stack_files import stack

SECRETS = {"buildfleet:githubAppKey": "key", "buildfleet:windowsAdminPassword": "Correct-Horse-Battery-9"}


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = dict(runtime_config.CONFIG.get())
    monkeypatch.delenv("PULUMI_CONFIG", raising=False)
    monkeypatch.delenv("PULUMI_CONFIG_SECRET_KEYS", raising=False)
    monkeypatch.setattr(pulumi, "get_stack", lambda: "prod")
    yield
    set_all_config(before, [])


def texts(raw: dict[str, Any]) -> dict[str, str]:
    """As Pulumi hands them over: maps and lists as JSON."""
    return {f"buildfleet:{key}": value if isinstance(value, str) else json.dumps(value) for key, value in raw.items()}


def test_a_valid_stack_is_loaded_whichever_way_pulumi_hands_it_over(monkeypatch: pytest.MonkeyPatch) -> None:
    raw, _ = stack("Pulumi.aks.yaml")
    every = {**texts(raw), **SECRETS, "azure-native:location": "westeurope"}
    set_all_config(every, list(SECRETS))
    loaded = config.load()
    set_all_config({}, [])
    monkeypatch.setenv("PULUMI_CONFIG", json.dumps(every))
    monkeypatch.setenv("PULUMI_CONFIG_SECRET_KEYS", json.dumps(list(SECRETS)))
    assert config.load() == loaded
    assert loaded.environment.name == "prod"


def test_a_refused_stack_ends_the_program_with_the_report_and_without_the_secret() -> None:
    raw, _ = stack("Pulumi.aks.yaml")
    del raw["github"]
    every = {**texts(raw), "buildfleet:platform": "aks", "buildfleet:githb": "x", "buildfleet:unused": "hunter2"}
    set_all_config(every, ["buildfleet:unused"])
    with pytest.raises(pulumi.RunError) as refused:
        config.load()
    text = str(refused.value)
    assert text.startswith("Pulumi.prod.yaml has 2 mistakes; nothing was changed.\n\nbuildfleet:platform  (type)\n")
    assert "buildfleet:githb  (key-unknown)" in text
    assert "hunter2" not in text


def test_a_section_that_is_encrypted_is_refused_unread() -> None:
    raw, secrets = stack("Pulumi.aks.yaml")
    set_all_config(
        {**texts(raw), "buildfleet:githubAppKey": "k"}, [f"buildfleet:{key}" for key in (*secrets, "github")]
    )
    with pytest.raises(pulumi.RunError, match=r"buildfleet:github  \(section-encrypted\)"):
        config.load()


def test_a_stack_whose_name_cannot_be_a_label_is_refused_together_with_all_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    raw, _ = stack("Pulumi.aks.yaml")
    monkeypatch.setattr(pulumi, "get_stack", lambda: "Prod.West")
    set_all_config({**texts(raw), **SECRETS, "buildfleet:githb": "x"}, list(SECRETS))
    with pytest.raises(pulumi.RunError) as refused:
        config.load()
    assert str(refused.value).startswith("Pulumi.Prod.West.yaml has 2 mistakes; nothing was changed.\n\n")
    assert (
        "\n\nstack  (stack-name)\n"
        '  given    "Prod.West"\n'
        "  allowed  1 to 40 lower-case letters, digits and single hyphens, not starting or ending with a hyphen: it is "
        "on every object as a label, and in the paths of caches on the nodes\n"
        "  fix      pulumi stack rename prod-west"
    ) in str(refused.value)


def test_a_weak_password_of_windows_nodes_is_told_with_all_else_and_not_shown() -> None:
    raw, _ = stack("Pulumi.aks.yaml")
    weak = {**SECRETS, "buildfleet:windowsAdminPassword": "hunter2"}
    set_all_config({**texts(raw), **weak, "buildfleet:githb": "x"}, list(SECRETS))
    with pytest.raises(pulumi.RunError) as refused:
        config.load()
    text = str(refused.value)
    assert text.startswith("Pulumi.prod.yaml has 2 mistakes; nothing was changed.\n\n")
    assert (
        "buildfleet:windowsAdminPassword  (windows-password)\n  given    a password of 7 characters (not shown)\n"
        in text
    )
    assert "hunter2" not in text


def test_no_other_secret_is_looked_at() -> None:
    raw, _ = stack("Pulumi.aks.yaml")
    set_all_config(
        {**texts(raw), **SECRETS, "buildfleet:githubAppKey": "weak", "buildfleet:x": "weak"}, [*SECRETS, "buildfleet:x"]
    )
    assert config.load().environment.name == "prod"
