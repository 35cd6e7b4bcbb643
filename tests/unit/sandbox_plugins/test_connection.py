"""Which cluster a provider reaches, and what it says where it reaches none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.plugins.codec import UNKNOWN
from sandbox.plugins.kubernetes_provider.connection import Settings, connect, is_other_cluster, settings
from sandbox.plugins.kubernetes_provider.errors import ProviderError

TOKEN = "s3cret-token"
KUBECONFIG: dict[str, Any] = {
    "current-context": "one",
    "contexts": [
        {"name": "one", "context": {"cluster": "c", "user": "u"}},
        {"name": "two", "context": {"cluster": "d", "user": "u"}},
        {"name": "broken", "context": {"cluster": "missing", "user": "u"}},
    ],
    "clusters": [
        {"name": "c", "cluster": {"server": "https://127.0.0.1:1", "insecure-skip-tls-verify": True}},
        {"name": "d", "cluster": {"server": "https://d.example.com", "insecure-skip-tls-verify": True}},
    ],
    "users": [{"name": "u", "user": {"token": TOKEN}}],
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "kubeconfig"
    path.write_text(json.dumps(KUBECONFIG))
    return path


def test_a_kubeconfig_may_be_content_or_a_path_or_of_the_environment(file: Path) -> None:
    for kubeconfig, environment in ((file.read_text(), {}), (str(file), {}), ("", {"KUBECONFIG": str(file)})):
        assert str(connect(Settings(kubeconfig=kubeconfig), environment).base_url) == "https://127.0.0.1:1"


def test_the_context_that_was_asked_for_is_used(file: Path) -> None:
    assert str(connect(Settings(kubeconfig=str(file), context="two"), {}).base_url) == "https://d.example.com"


def test_the_argument_comes_before_the_environment(file: Path) -> None:
    assert connect(Settings(kubeconfig=str(file)), {"KUBECONFIG": "/no/such"}) is not None


@pytest.mark.parametrize(
    ("chosen", "environment", "told"),
    [
        (Settings(), {}, "there is no kubeconfig: give the argument kubeconfig"),
        (Settings(), {"KUBECONFIG": "/no/such"}, "KUBECONFIG names /no/such, which is not a file"),
        (Settings(), {"KUBECONFIG": "/no/one:/no/two"}, "several files cannot be merged"),
        (Settings(kubeconfig="/no/such"), {}, "the argument kubeconfig names /no/such, which is not a file"),
        (Settings(kubeconfig=f"{{token: {TOKEN}}}"), {}, "the argument kubeconfig is not a kubeconfig"),
        (Settings(kubeconfig=f"{{token: {TOKEN}: ["), {}, "the argument kubeconfig is not a kubeconfig"),
        (Settings(kubeconfig=json.dumps(KUBECONFIG), context="x"), {}, "no context x; it has: broken, one, two"),
        (Settings(kubeconfig=json.dumps({**KUBECONFIG, "current-context": ""})), {}, "no current-context"),
        (Settings(kubeconfig=json.dumps(KUBECONFIG), context="broken"), {}, "names a cluster or a user that the file"),
    ],
)
def test_what_cannot_be_reached_is_one_sentence_without_the_credential(
    chosen: Settings, environment: dict[str, str], told: str
) -> None:
    with pytest.raises(ProviderError, match=told) as caught:
        connect(chosen, environment)
    assert TOKEN not in str(caught.value)
    assert caught.value.__cause__ is None


def test_switches_are_text_on_the_wire() -> None:
    assert settings({"enableConfigMapMutable": "true", "enableSecretMutable": "false"}) == Settings(
        config_map_mutable=True
    )


@pytest.mark.parametrize("arguments", [{"enableServerSideApply": "false"}, {"renderYamlToDirectory": "out"}])
def test_what_is_not_offered_is_refused(arguments: dict[str, str]) -> None:
    with pytest.raises(ProviderError, match="Leave the argument out"):
        settings(arguments)


def test_what_is_not_known_yet_is_neither_refused_nor_used() -> None:
    names = ("kubeconfig", "context", "enableServerSideApply", "enableSecretMutable", "renderYamlToDirectory")
    assert settings(dict.fromkeys(names, UNKNOWN)) == Settings()


@pytest.mark.parametrize(
    ("old", "new", "other"),
    [
        ({"clusterIdentifier": "a", "kubeconfig": "1"}, {"clusterIdentifier": "a", "kubeconfig": "2"}, False),
        ({"clusterIdentifier": "a"}, {"clusterIdentifier": "b"}, True),
        ({"clusterIdentifier": "a"}, {"clusterIdentifier": UNKNOWN}, False),
        ({}, {"clusterIdentifier": "b"}, False),
        ({"kubeconfig": "1"}, {"kubeconfig": "2"}, False),
    ],
)
def test_only_another_identifier_means_another_cluster(old: Any, new: Any, other: bool) -> None:
    assert is_other_cluster(old, new) is other
