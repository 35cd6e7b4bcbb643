"""The volumes of the engine's pod, laid down as files: ConfigMaps and the projected service account token.

The token comes from the API server for this very pod, so what the supervisor may do is what its roles say.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from sandbox.control_plane import Api, ApiError
from sandbox.control_plane.files import PRIVATE_DIRECTORY, write_private
from sandbox.windows_nodes.pod_spec import Unstartable

Object = Mapping[str, Any]

TOKEN_SECONDS: Final = 3607
RENEW_SHARE: Final = 0.8
"""As the kubelet: a token is renewed when four fifths of its life are over."""


def lay_down(api: Api, pod: Object, volumes: list[tuple[str, Object]], mount_point: Path) -> list[tuple[Path, int]]:
    """Write all volumes below `mount_point`; each token's path, and the seconds until it has to be renewed.

    Raises `Unstartable`, with what the kubelet says, when something is not there yet.
    """
    tokens = []
    for path, volume in volumes:
        folder = mount_point / path.lstrip("/")
        folder.mkdir(mode=PRIVATE_DIRECTORY, parents=True, exist_ok=True)
        if "configMap" in volume:
            _config_map(api, pod, volume["configMap"]["name"], volume["configMap"].get("items"), folder)
        elif "projected" in volume:
            for source in volume["projected"]["sources"]:
                if "configMap" in source:
                    _config_map(api, pod, source["configMap"]["name"], source["configMap"].get("items"), folder)
                elif "serviceAccountToken" in source:
                    seconds = int(source["serviceAccountToken"].get("expirationSeconds", TOKEN_SECONDS))
                    token = folder / source["serviceAccountToken"]["path"]
                    renew(api, pod, token, seconds)
                    tokens.append((token, seconds))
                elif "downwardAPI" in source:
                    for item in source["downwardAPI"]["items"]:
                        if item["fieldRef"]["fieldPath"] == "metadata.namespace":
                            write_private(folder / item["path"], pod["metadata"]["namespace"])
        elif "emptyDir" not in volume:
            raise Unstartable(
                f"volume {volume['name']}: the simulated node knows configMap, projected and emptyDir alone"
            )
    return tokens


def renew(api: Api, pod: Object, token: Path, seconds: int) -> None:
    """Ask for another token of the pod's, and put it in its place."""
    metadata = pod["metadata"]
    account = pod["spec"].get("serviceAccountName", "default")
    request = {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenRequest",
        "spec": {
            "expirationSeconds": seconds,
            "boundObjectRef": {"apiVersion": "v1", "kind": "Pod", "name": metadata["name"], "uid": metadata["uid"]},
        },
    }
    path = f"/api/v1/namespaces/{metadata['namespace']}/serviceaccounts/{account}/token"
    try:
        answer = api.create(path, request)
    except ApiError as error:
        raise Unstartable(f"MountVolume.SetUp failed: failed to fetch token: {error.message}") from error
    write_private(token, answer["status"]["token"])


def _config_map(api: Api, pod: Object, name: str, items: list[Object] | None, folder: Path) -> None:
    path = f"/api/v1/namespaces/{pod['metadata']['namespace']}/configmaps/{name}"
    try:
        found = api.find(path)
    except ApiError as error:
        raise Unstartable(f"MountVolume.SetUp failed: {error.message}") from error
    if found is None:
        raise Unstartable(f'MountVolume.SetUp failed: configmap "{name}" not found')
    data: Mapping[str, str] = found.get("data", {})
    names = {item["key"]: item["path"] for item in items} if items else {key: key for key in data}
    for key, target in names.items():
        if key not in data:
            raise Unstartable(f'MountVolume.SetUp failed: configmap "{name}" references non-existent key: {key}')
        write_private(folder / target, data[key])
