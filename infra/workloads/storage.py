"""Daemon storage, from settings to the components' own types."""

from __future__ import annotations

from components.kubernetes import storage as components
from components.platform import Platform
from infra.settings import storage as settings


def daemon_storage(storage: settings.DaemonStorage | None, platform: Platform) -> components.DaemonStorage:
    """The storage of a daemon; `emptyDir` where the stack file names none."""
    match storage:
        case None:
            return components.EmptyDir()
        case settings.EmptyDirStorage():
            return components.EmptyDir(size_limit=storage.size_limit)
        case settings.HostPathStorage():
            return components.HostPath(path=storage.path)
        case settings.ExistingClaimStorage():
            return components.ExistingClaim(claim_name=storage.claim_name)
        case settings.EphemeralClaimStorage():
            return components.EphemeralClaim(
                size=storage.size, storage_class=storage.storage_class or platform.storage_class
            )
