"""The kind of cluster, and what is particular to each kind."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from infra.settings.aks import AksPlatform
from infra.settings.azure_local import AzureLocalPlatform
from infra.settings.existing_cluster import ExistingClusterPlatform

Platform = Annotated[AksPlatform | AzureLocalPlatform | ExistingClusterPlatform, Field(discriminator="kind")]
