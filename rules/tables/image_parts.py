"""What our images are made of, byte for byte: base images by digest, archives by checksum.

Docker's own archives are in `docker_engine`. Digests of base images are those that others' Dockerfiles pin, since no
registry was asked; `docker buildx imagetools inspect NAME:TAG` tells today's (docs/not-verified.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Archive:
    """A file to download."""

    version: str
    url: str
    sha256: str
    source: str


@dataclass(frozen=True, kw_only=True)
class BaseImage:
    """An image by digest."""

    name: str
    tag: str
    digest: str
    source: str

    @property
    def pinned(self) -> str:
        """The reference with the tag, for people, and the digest, which counts."""
        return f"{self.name}:{self.tag}@{self.digest}"


PYTHON_RUNTIME: Final = Archive(
    version="3.14.7",
    url="https://www.python.org/ftp/python/3.14.7/python-3.14.7-embed-amd64.zip",
    sha256="d297e5ff019966817ad8502465176139f2d3d840fa4ed84b13bed399a6ab1f15",
    source="six public repositories that pin this file agree, one of them after python.org; read 2026-11",
)
"""Python's embeddable package for Windows. 3.14 gets releases with binaries until 2027-05 (PEP 745)."""

MINGIT: Final = Archive(
    version="2.54.0",
    url="https://github.com/git-for-windows/git/releases/download/v2.54.0.windows.1/MinGit-2.54.0-64-bit.zip",
    sha256="04f937e1f0918b17b9be6f2294cb2bb66e96e1d9832d1c298e2de088a1d0e668",
    source="ten public repositories that pin this file agree; read 2026-11",
)

DOCKERFILE_FRONTEND: Final = BaseImage(
    name="docker/dockerfile",
    tag="1.25.0",
    digest="sha256:0adf442eae370b6087e08edc7c50b552d80ddf261576f4ebd6421006b2461f12",
    source="pinned so in ten public Dockerfiles, read 2026-11",
)
ASSEMBLY: Final = BaseImage(
    name="docker.io/library/python",
    tag="3.14.7-slim",
    digest="sha256:51dafde81dbdb6ebde285137a295cf18a47ca95234fe388a343719cb97305b3d",
    source="pinned so in two public Dockerfiles, read 2026-11",
)
HOST_PROCESS: Final = BaseImage(
    name="mcr.microsoft.com/oss/kubernetes/windows-host-process-containers-base-image",
    tag="v1.0.0",
    digest="sha256:b4c9637e032f667c52d1eccfa31ad8c63f1b035e8639f3f48a510536bf34032b",
    source="Azure/azure-container-networking, Dockerfiles of cns and dropgz, read 2026-11",
)
NANO_SERVER: Final = {
    "ltsc2022": BaseImage(
        name="mcr.microsoft.com/windows/nanoserver",
        tag="ltsc2022",
        digest="sha256:580b7fa4040be7b47d79c25fb73e3d6da2e68f32b95d9d4dfb70bde33564fc4a",
        source="kubernetes-sigs/aws-ebs-csi-driver Dockerfile, read 2026-11",
    ),
    "ltsc2025": BaseImage(
        name="mcr.microsoft.com/windows/nanoserver",
        tag="ltsc2025",
        digest="sha256:252ba371c2f50ae797d81ae9d87405b55119714817fead9f406218b556e3ddeb",
        source="kubernetes-sigs/aws-ebs-csi-driver Dockerfile, read 2026-11",
    ),
}
"""By tag, which is the first of `WindowsSku.container_tags` of the nodes."""
