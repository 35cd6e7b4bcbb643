"""Image builds: limits and names from outside.

Sources: kubernetes/kubernetes pkg/apis/core/validation/validation.go, `MaxSecretSize` for ConfigMaps (read 2026-11);
Azure/AgentBaker (`WindowsPauseImageURL`, read 2026-11-22); Microsoft Learn "Azure Container Registry endpoints" for the
domains of the clouds (read 2026-11).
"""

from __future__ import annotations

from typing import Final

CONFIG_MAP_BYTES: Final = 1024 * 1024
"""What all keys and values of a ConfigMap may take together."""
CONFIG_MAP_ROOM: Final = 64 * 1024
"""What we leave of it for the request and the API server's own fields."""

PAUSE_IMAGE: Final = "mcr.microsoft.com/oss/v2/kubernetes/pause:3.10.2"
"""For Linux and every Windows Server; AKS' Windows nodes have it already, as the sandbox of each pod."""

AZURE_REGISTRIES: Final = (".azurecr.io", ".azurecr.cn", ".azurecr.us")
"""Domains whose registries take a token of Entra."""

SECRET_WORDS: Final = (
    "accesskey",
    "apikey",
    "connectionstring",
    "credential",
    "passwd",
    "password",
    "privatekey",
    "pwd",
    "secret",
    "token",
)
"""Parts of a build argument's name, without hyphens and underscores, that say it is a secret."""
SECRET_NAMES: Final = ("key", "pass", "pat", "sas")
"""The same as whole words between underscores and hyphens at the end of a name."""
