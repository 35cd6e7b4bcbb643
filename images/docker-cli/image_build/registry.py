"""The credentials of a build, as a `config.json` that only this pod has.

Two sources: a file that is mounted from a Secret, and the pod's workload identity, whose token is exchanged at Entra
and at the Azure registry, so that no password exists anywhere. Tokens are in request bodies and in that file, never in
a command line, a variable or a message.

Sources: https://azure.github.io/acr/AAD-OAuth.html (`/oauth2/exchange`, the user name of zeros) and
https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow (federated credential), read
2026-11.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from image_build.ports import Answer, Away, Failed, Permanent, World

DOCKER_HUB = ("docker.io", "index.docker.io")
DOCKER_HUB_KEY = "https://index.docker.io/v1/"
"""moby registry/config.go, `IndexServer`, read 2026-11."""
SCOPE = "https://containerregistry.azure.net/.default"
_NOBODY = "00000000-0000-0000-0000-000000000000"
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_VARIABLES = ("AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_FEDERATED_TOKEN_FILE", "AZURE_AUTHORITY_HOST")


def write_config(
    world: World,
    folder: Path,
    *,
    mounted: str | None,
    exchange: Sequence[str],
    environment: Mapping[str, str],
) -> None:
    """Write `config.json` into `folder`, which becomes `DOCKER_CONFIG`."""
    config = _mounted(Path(mounted)) if mounted is not None else {}
    auths = _with_docker_hub({**config.get("auths", {})})
    if exchange:
        access = _access_token(world, environment)
        for server in exchange:
            auths[server] = {"auth": _basic(_NOBODY, _refresh_token(world, server, access))}
    # Nothing else of a mounted file: a credential helper that it names is not in this image.
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps({"auths": auths}, sort_keys=True), encoding="utf-8")


def _with_docker_hub(auths: dict[str, Any]) -> dict[str, Any]:
    """The credentials of Docker Hub under the one key by which docker looks for them, however the Secret has them."""
    given = next((auths[name] for name in DOCKER_HUB if name in auths), None)
    return auths if given is None else {DOCKER_HUB_KEY: given, **auths}


def _mounted(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Permanent(f"registry credentials: {path} cannot be read: {error.strerror}") from error
    except ValueError:  # not chained: the text is a secret
        raise Permanent("registry credentials: .dockerconfigjson of the Secret is not JSON") from None
    if not isinstance(found, dict) or not isinstance(found.get("auths"), dict):
        raise Permanent(
            "registry credentials: the Secret's .dockerconfigjson has no `auths`; make it with: "
            "kubectl create secret docker-registry"
        )
    return found


def _access_token(world: World, environment: Mapping[str, str]) -> str:
    missing = [name for name in _VARIABLES if not environment.get(name)]
    if missing:
        raise Failed(
            f"workload identity: {', '.join(missing)} not set; the webhook of workload identity sets them in pods with "
            "the label azure.workload.identity/use, so see that it runs in the cluster"
        )
    file = environment["AZURE_FEDERATED_TOKEN_FILE"]
    try:
        assertion = Path(file).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise Failed(
            f"workload identity: {file} cannot be read: {error.strerror}; the webhook of workload identity mounts it, "
            "so see that AZURE_FEDERATED_TOKEN_FILE is as the webhook sets it"
        ) from error
    url = f"{environment['AZURE_AUTHORITY_HOST'].rstrip('/')}/{environment['AZURE_TENANT_ID']}/oauth2/v2.0/token"
    form = {
        "grant_type": "client_credentials",
        "client_id": environment["AZURE_CLIENT_ID"],
        "scope": SCOPE,
        "client_assertion_type": _ASSERTION,
        "client_assertion": assertion,
    }
    return _token(_post(world, url, form), "access_token", "Entra")


def _refresh_token(world: World, server: str, access: str) -> str:
    form = {"grant_type": "access_token", "service": server, "access_token": access}
    return _token(_post(world, f"https://{server}/oauth2/exchange", form), "refresh_token", server)


def _post(world: World, url: str, form: Mapping[str, str]) -> Answer:
    try:
        return world.request("POST", url, body=urlencode(form), headers=_FORM)
    except Away as error:
        raise Failed(f"workload identity: {url} cannot be reached: {error}") from error


def _token(answer: Answer, key: str, who: str) -> str:
    try:
        found = json.loads(answer.body)
    except ValueError:
        found = {}
    token = found.get(key) if isinstance(found, dict) else None
    if answer.status == 200 and isinstance(token, str) and token:
        return token
    raise Failed(f"workload identity: {who} gave no token (HTTP {answer.status}{_why(found)})")


def _why(found: Any) -> str:
    """The server's own error code; not its whole text, which repeats parts of tokens."""
    if not isinstance(found, dict):
        return ""
    text = found.get("error_description") or next((e.get("message") for e in found.get("errors") or [{}]), None)
    words = str(text or found.get("error") or "").split("\n")[0].split(" Trace ID")[0]
    return f": {words[:200]}" if words else ""


def _basic(user: str, password: str) -> str:
    return base64.b64encode(f"{user}:{password}".encode()).decode()
