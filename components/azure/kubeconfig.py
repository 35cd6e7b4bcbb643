"""The kubeconfig of a cluster with Entra logins, made fit for a pipeline.

Owns how the program logs in to the API server. Azure hands out a kubeconfig whose user runs `kubelogin` and waits for a
person with a browser; a pipeline has none. `with_login` turns that one user into a login that needs nobody, and leaves
every other kubeconfig as it is.

Refuses to hold a credential: what the login needs (a token file, a client secret) stays in the environment of whoever
runs the program. The result is secret all the same, as some clusters put a token or a key into theirs.
"""

from __future__ import annotations

import base64
import itertools
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import pulumi
import yaml
from pulumi_azure_native import containerservice

Login = Literal["azurecli", "workloadidentity", "spn", "msi"]

_SERVER_ID: Final = "--server-id"
_KEPT: Final[Mapping[Login, Sequence[str]]] = {
    "azurecli": (),
    "msi": (),
    "spn": ("--tenant-id", "--environment"),
    "workloadidentity": (),
}
"""What of Azure's arguments a login takes over, beside the server's id; all else comes from its environment. Never
`--client-id`: that is the application for people with a browser. For `azurecli` not `--tenant-id` either: the Azure CLI
refuses it when it is logged in by a managed identity. Azure/kubelogin pkg/internal/converter/convert.go, 2026-11."""


def kubeconfig_of(
    resource_group: pulumi.Input[str], cluster: pulumi.Input[str], *, login: Login, opts: pulumi.InvokeOptions
) -> pulumi.Output[str]:
    """The kubeconfig of an AKS cluster for its users, secret; unknown until the cluster is there.

    `cluster` is the name as the made cluster tells it, so that nobody asks before; `opts` names the provider.
    """
    found = containerservice.list_managed_cluster_user_credentials_output(
        resource_group_name=resource_group, resource_name=cluster, format="exec", opts=opts
    )
    encoded = found.apply(lambda answer: answer.kubeconfigs[0].value)
    return pulumi.Output.secret(encoded.apply(lambda value: with_login(base64.b64decode(value).decode(), login)))


def with_login(kubeconfig: str, login: Login) -> str:
    """The kubeconfig with every login by `kubelogin` turned into `login`; one without any comes back unchanged.

    Raises:
        ValueError: such a login names no server, so no token could be for it.
    """
    document = yaml.safe_load(kubeconfig)
    execs = [user["exec"] for user in _users(document) if _runs_kubelogin(user.get("exec"))]
    if not execs:
        return kubeconfig
    for exec_ in execs:
        exec_["args"] = _arguments(exec_.get("args") or (), login)
        # A pipeline has nobody to answer, and would wait for its whole time limit.
        exec_["interactiveMode"] = "Never"
    text: str = yaml.safe_dump(document, sort_keys=False)
    return text


def _users(document: Any) -> list[dict[str, Any]]:
    return [entry.get("user") or {} for entry in document.get("users") or ()] if isinstance(document, dict) else []


def _runs_kubelogin(exec_: Mapping[str, Any] | None) -> bool:
    command = str((exec_ or {}).get("command", ""))
    return command.replace("\\", "/").rsplit("/", 1)[-1].lower().removesuffix(".exe") == "kubelogin"


def _arguments(given: Sequence[str], login: Login) -> list[str]:
    values = dict(itertools.pairwise(given))
    if _SERVER_ID not in values:
        # Not the arguments themselves: a client secret could be among them.
        raise ValueError(f"the cluster's kubeconfig logs in by kubelogin without {_SERVER_ID}; allowed is one with it")
    arguments = ["get-token", "--login", login, _SERVER_ID, values[_SERVER_ID]]
    for flag in _KEPT[login]:
        if flag in values:
            arguments += [flag, values[flag]]
    return arguments
