"""What the engine is configured with: folders, registries, credentials. Not where it runs.

The facts about what dockerd takes: moby/moby `daemon/config` and `daemon/pkg/registry/config.go` (mirrors are URLs of
scheme and host, without user, query and fragment; insecure registries are hosts or networks, without scheme), read
2026-11.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from rules.duplicates import duplicates
from rules.engine_facts import EngineFacts
from rules.given import Absent
from rules.paths import at
from rules.problem import Problem
from rules.tables.docker_engine import (
    LINUX_ONLY_KEYS,
    RESERVED_FILE_NAMES,
    RESERVED_KEYS,
    SHARED_FOLDERS,
    SYSTEM_FOLDERS,
)
from rules.words import given, listed, may_be_secret

_MIRROR: Final = re.compile(r"(?P<scheme>https?)://(?P<host>[^\s/@?#]+)(/[^\s@?#]*)?")
_SPEC_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\.json")
_SHORT_NAME: Final = re.compile(r".*~[0-9]+(\..*)?")
_KEPT: Final = tuple(tuple(folder.split("\\")) for folder in SYSTEM_FOLDERS)


def configuration_keys(engine: EngineFacts) -> Iterator[Problem]:
    """No key of `daemon.json` is ours to set, and none stops a Windows engine from starting. In whatever case."""
    for key in sorted(engine.configuration or {}):
        if key.lower() in RESERVED_KEYS:
            yield Problem(
                rule="engine-configuration-reserved",
                path=at(engine.path, "configuration", key),
                given=given(key),
                allowed=f"keys of daemon.json other than {listed(sorted(RESERVED_KEYS), 'and')}",
                fix=RESERVED_KEYS[key.lower()],
            )
        elif key.lower() in LINUX_ONLY_KEYS:
            yield Problem(
                rule="engine-configuration-linux",
                path=at(engine.path, "configuration", key),
                given=given(key),
                allowed="keys that dockerd has on Windows: with another in its file it does not start",
                fix="remove it",
            )


def data_roots(engine: EngineFacts) -> Iterator[tuple[str, str, str | None]]:
    """Each data root that is named: path, folder, and the pool if it is one pool's."""
    if engine.data_root is not None:
        yield at(engine.path, "dataRoot"), engine.data_root, None
    for pool in engine.pools or ():
        if isinstance(pool.data_root, str):
            yield at(pool.path, "dataRoot"), pool.data_root, pool.name


def data_root_own(engine: EngineFacts) -> Iterator[Problem]:
    """The data root holds nothing but Docker's data: a removal of the engine deletes it."""
    for path, folder, _ in data_roots(engine):
        if not _may_be_deleted(folder):
            yield Problem(
                rule="engine-data-root",
                path=path,
                given=given(folder),
                allowed="a folder of its own, with nothing of Windows, Kubernetes or Buildfleet in or around it: it "
                "is deleted when the engine is removed from a node",
                fix=r"name one like C:\ProgramData\docker",
            )


def _may_be_deleted(folder: str) -> bool:
    # As Windows reads it: doubled backslashes count as one, and trailing dots and blanks not at all.
    parts = tuple(part.rstrip(". ").lower() for part in folder[2:].split("\\") if part)
    detour = any(part == "" or _SHORT_NAME.fullmatch(part) for part in parts)
    if not parts or detour or (len(parts) == 1 and parts[0] in SHARED_FOLDERS):
        return False
    return not any(parts[: len(kept)] == kept[: len(parts)] for kept in _KEPT)


def mirrors(engine: EngineFacts) -> Iterator[Problem]:
    """Each mirror is a URL that dockerd takes, and one without encryption is meant to be."""
    for index, mirror in enumerate(engine.mirrors or ()):
        path = at(engine.path, "mirrors", index)
        found = _MIRROR.fullmatch(mirror)
        if found is None:
            bare = (
                "://" not in mirror and not may_be_secret(mirror) and _MIRROR.fullmatch(f"https://{mirror}") is not None
            )
            yield Problem(
                rule="engine-mirror",
                path=path,
                given=given(mirror),
                allowed="a URL of scheme and host, without user, query and fragment",
                fix=f'write "https://{mirror}"' if bare else 'write it like "https://mirror.contoso.com"',
            )
        elif (
            found["scheme"] == "http"
            and engine.insecure_registries is not None
            and not _may_be_insecure(found["host"], engine.insecure_registries)
        ):
            yield Problem(
                rule="engine-mirror-insecure",
                path=path,
                given=given(mirror),
                allowed="https://, or http:// for a host in dockerEngine.insecureRegistries: what is not encrypted is "
                "said twice, so that nobody does it by mistake",
                fix=f'write https://, or add "{found["host"]}" to dockerEngine.insecureRegistries',
            )


def _may_be_insecure(host: str, registries: Sequence[str]) -> bool:
    """As dockerd judges: the host as it is written, an address in one of the networks, or the machine itself."""
    if host in registries:
        return True
    try:
        name = urlsplit(f"//{host}").hostname or ""
        address = ipaddress.ip_address(name)
    except ValueError:
        return host.rpartition(":")[0] == "localhost" or host == "localhost"
    return address.is_loopback or any(address in network for network in _networks(registries))


def _networks(registries: Sequence[str]) -> Iterator[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    for registry in registries:
        try:
            if "/" in registry:
                yield ipaddress.ip_network(registry, strict=False)
        except ValueError:
            continue


def insecure_registries(engine: EngineFacts) -> Iterator[Problem]:
    """Hosts and networks have no scheme."""
    for index, registry in enumerate(engine.insecure_registries or ()):
        if "://" in registry or not registry.strip() or "@" in registry:
            yield Problem(
                rule="engine-insecure-registry",
                path=at(engine.path, "insecureRegistries", index),
                given=given(registry),
                allowed="a host, a host and a port, or a network",
                fix="write it like registry.contoso.com:5000 or 10.0.0.0/16",
            )


def proxies(engine: EngineFacts) -> Iterator[Problem]:
    """No password: `daemon.json` stands in a ConfigMap and on every node."""
    for path, url in engine.proxies.items():
        if "@" in url:
            yield Problem(
                rule="engine-proxy-credentials",
                path=path,
                given=given(url),
                allowed="a proxy without user and password: they would stand in a ConfigMap and on every node",
                fix="remove them, and let the proxy know the nodes by their addresses",
            )


def credential_specs(engine: EngineFacts) -> Iterator[Problem]:
    """Each is the name of a file and a document."""
    for name, document in sorted((engine.credential_specs or {}).items()):
        path = at(engine.path, "credentialSpecs", name)
        if not _SPEC_NAME.fullmatch(name):
            yield Problem(
                rule="engine-credential-spec-name",
                path=path,
                given=given(name),
                allowed="the name of a file that ends with .json: letters, digits, dots, hyphens and underscores",
                fix="write it like webapp.json, and use it as credentialspec=file://webapp.json",
            )
        elif name.partition(".")[0].lower() in RESERVED_FILE_NAMES:
            yield Problem(
                rule="engine-credential-spec-name",
                path=path,
                given=given(name),
                allowed="names of files: on Windows this one is a device, whatever its ending",
                fix="write it like webapp.json, and use it as credentialspec=file://webapp.json",
            )
        if not _is_document(document):
            yield Problem(
                rule="engine-credential-spec",
                path=path,
                given="a text that is no JSON object" if isinstance(document, str) else given(document),
                allowed="a gMSA credential spec: a map, or a JSON object as text",
                fix="paste what New-CredentialSpec has written",
            )
    yield from duplicates(
        "engine-credential-spec-duplicate",
        "file of dockerEngine.credentialSpecs, of which Windows does not tell the case,",
        [
            (at(engine.path, "credentialSpecs", name), name.lower() if _SPEC_NAME.fullmatch(name) else None)
            for name in sorted(engine.credential_specs or {})
        ],
    )


def _is_document(document: object) -> bool:
    if not isinstance(document, str):
        return isinstance(document, Mapping) and bool(document)
    try:
        return isinstance(json.loads(document), dict)
    except ValueError:
        return False


def ports_of(engine: EngineFacts) -> dict[str, int]:
    """Path to port, of those that are known."""
    every: dict[str, int | Absent | None] = {"port": engine.port, "enginePort": engine.engine_port}
    return {at(engine.path, "metrics", key): port for key, port in every.items() if isinstance(port, int)}


def check(engine: EngineFacts) -> Iterator[Problem]:
    """All of them."""
    yield from configuration_keys(engine)
    yield from data_root_own(engine)
    yield from mirrors(engine)
    yield from insecure_registries(engine)
    yield from proxies(engine)
    yield from credential_specs(engine)
