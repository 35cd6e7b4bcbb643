"""Logins to the API server that need nobody."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest
import yaml

from components.azure.kubeconfig import Login, kubeconfig_of, with_login
from tests.unit.components.azure_recording import CREDENTIALS, AzureMonitor, deploy
from tests.unit.components.mocks import SECRET, UNKNOWN

SERVER_ID = "6dae42f8-4368-4678-94ff-3960e28e3630"
PEOPLE = "80faf920-1908-4b52-b5ef-a8e7bedfc67a"
"""The application with which people sign in."""


def document(command: str = "kubelogin", arguments: list[str] | None = None) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "ci", "cluster": {"server": "https://ci.example:443"}}],
        "contexts": [{"name": "ci", "context": {"cluster": "ci", "user": "clusterUser"}}],
        "current-context": "ci",
        "users": [
            {
                "name": "clusterUser",
                "user": {
                    "exec": {
                        "apiVersion": "client.authentication.k8s.io/v1beta1",
                        "command": command,
                        "args": arguments
                        or [
                            "get-token",
                            "--environment",
                            "AzurePublicCloud",
                            "--server-id",
                            SERVER_ID,
                            "--client-id",
                            PEOPLE,
                            "--tenant-id",
                            "the-tenant",
                            "--login",
                            "devicecode",
                        ],
                        "env": None,
                        "provideClusterInfo": False,
                    }
                },
            }
        ],
    }


def login(kubeconfig: str) -> dict[str, Any]:
    exec_: dict[str, Any] = yaml.safe_load(kubeconfig)["users"][0]["user"]["exec"]
    return exec_


@pytest.mark.parametrize(
    ("mode", "more"),
    [
        ("azurecli", []),
        ("workloadidentity", []),
        ("msi", []),
        ("spn", ["--tenant-id", "the-tenant", "--environment", "AzurePublicCloud"]),
    ],
)
def test_a_pipeline_signs_in_by_what_is_in_its_environment(mode: Login, more: list[str]) -> None:
    found = login(with_login(yaml.safe_dump(document()), mode))
    assert found["args"] == ["get-token", "--login", mode, "--server-id", SERVER_ID, *more]
    assert found["command"] == "kubelogin"
    assert found["interactiveMode"] == "Never"


@pytest.mark.parametrize("mode", ["azurecli", "workloadidentity", "msi", "spn"])
def test_nobody_signs_in_as_the_application_that_is_for_people(mode: Login) -> None:
    assert PEOPLE not in with_login(yaml.safe_dump(document()), mode)


def test_all_but_the_login_stays_as_it_was() -> None:
    before = document()
    after = yaml.safe_load(with_login(yaml.safe_dump(before), "azurecli"))
    for one in (before, after):
        del one["users"][0]["user"]["exec"]["args"]
        one["users"][0]["user"]["exec"].pop("interactiveMode", None)
    assert after == before


@pytest.mark.parametrize("command", ["/opt/bin/kubelogin", r"C:\tools\kubelogin.exe"])
def test_kubelogin_is_known_by_its_name_wherever_it_is(command: str) -> None:
    assert "devicecode" not in with_login(yaml.safe_dump(document(command)), "azurecli")


@pytest.mark.parametrize(
    "kubeconfig",
    [
        yaml.safe_dump(document("aws")),
        "{}",
        "# a comment that a rewrite would lose\nusers:\n- name: a\n  user: {token: x}\n",
        "users:\n- name: a\n  user:\n",
    ],
)
def test_a_kubeconfig_without_kubelogin_comes_back_letter_by_letter(kubeconfig: str) -> None:
    assert with_login(kubeconfig, "azurecli") == kubeconfig


def test_the_same_kubeconfig_gives_the_same_text() -> None:
    text = yaml.safe_dump(document())
    assert with_login(text, "spn") == with_login(text, "spn")
    once = with_login(text, "azurecli")
    assert with_login(once, "azurecli") == once


def test_a_login_for_no_server_is_refused_without_saying_what_it_holds() -> None:
    text = yaml.safe_dump(document(arguments=["get-token", "--client-secret", "hidden"]))
    with pytest.raises(ValueError, match="kubelogin without --server-id") as refused:
        with_login(text, "azurecli")
    assert "hidden" not in str(refused.value)


def handed_on(*, known: bool) -> AzureMonitor:
    """A program that hands the kubeconfig on, to the resource `reader`."""

    def program() -> None:
        cluster: pulumi.Output[str] = pulumi.Output(set(), _later("ci"), _later(known))
        kubeconfig = kubeconfig_of("group", cluster, login="azurecli", opts=pulumi.InvokeOptions())
        pulumi.ComponentResource("test:index:Reader", "reader", {"kubeconfig": kubeconfig})

    return deploy(program, preview=not known, kubeconfig=yaml.safe_dump(document()))


async def _later(value: Any) -> Any:
    return value


def test_the_kubeconfig_is_a_secret() -> None:
    monitor = handed_on(known=True)
    assert monitor.named("reader").inputs["kubeconfig"] == SECRET
    assert monitor.asked == [CREDENTIALS]


def test_a_cluster_that_is_not_there_yet_is_not_asked() -> None:
    monitor = handed_on(known=False)
    assert monitor.asked == []
    assert monitor.named("reader").inputs["kubeconfig"] in (SECRET, UNKNOWN)
