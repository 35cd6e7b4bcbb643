"""What a reference of an image means: registry, repository, tag and digest.

Owns the expansion that container runtimes do (`docker:29` is `docker.io/library/docker:29`), once in Python and once in
CEL, and how a repository is compared with a list of prefixes. Source of the expansion:
https://github.com/distribution/reference, normalize.go (`splitDockerDomain`), read 2026-11.

Refuses to say whether a text is a reference at all: a runtime that cannot read one pulls nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from rules.policies.node import Node
from rules.policies.pods import Pod

_DOMAIN: Final = r"[.:A-Z]|^localhost$"
_TAG: Final = r":[^/:]*$"
_DIGEST: Final = r"@sha256:[0-9a-f]{64}$"


@dataclass(frozen=True)
class Reference:
    """One image, expanded."""

    repository: str
    """With its registry: `docker.io/library/docker`."""
    tag: str | None
    """`None`: none is written, which means `latest` where there is no digest."""
    pinned: bool
    """Whether it names a digest."""

    @property
    def floats(self) -> bool:
        """Whether it means another image tomorrow: `latest`, said or not, and no digest."""
        return not self.pinned and self.tag in (None, "", "latest")

    def within(self, prefixes: Iterable[str]) -> bool:
        """Whether the repository is one of the prefixes, or below one of them."""
        return any(f"{self.repository}/".startswith(f"{prefix.rstrip('/')}/") for prefix in prefixes)


def parse(text: str) -> Reference:
    """A reference, expanded as Docker and containerd do."""
    name = text.split("@")[0]
    tag = re.search(_TAG, name)
    if tag:
        name = name[: tag.start()]
    first, slash, _ = name.partition("/")
    if not slash or not re.search(_DOMAIN, first):
        name = f"docker.io/{name}"
    if name.startswith("index.docker.io/"):
        name = f"docker.io/{name.partition('/')[2]}"
    if name.startswith("docker.io/") and name.count("/") == 1:
        name = f"docker.io/library/{name.partition('/')[2]}"
    return Reference(
        repository=name, tag=tag[0].removeprefix(":") if tag else None, pinned=bool(re.search(_DIGEST, text))
    )


def images(pod: Pod) -> list[Node]:
    """Every image that a pod names: those of its containers, and those that it mounts as volumes."""
    mounted = [volume.get("image", "reference") for volume in pod.spec.get("volumes").items()]
    return [*(container.node.get("image") for container in pod.containers), *mounted]


CEL_IMAGES: Final = (
    "(variables.containers.map(c, c.?image.orValue('')) + "
    "variables.volumes.map(v, v.?image.?reference.orValue(''))).filter(i, i != '')"
)
"""As `images`: a list of texts."""


def cel_floats(image: str) -> str:
    """CEL: as `Reference.floats`, of an expression for the text."""
    name = f"{image}.split('@')[0]"
    return (
        f"(!{image}.matches('{_DIGEST}') && (!{name}.matches('{_TAG}') || {name}.find('{_TAG}') in [':', ':latest']))"
    )


def cel_pinned(image: str) -> str:
    """CEL: as `Reference.pinned`."""
    return f"{image}.matches('{_DIGEST}')"


def cel_within(image: str, prefixes: str) -> str:
    """CEL: as `Reference.within`, of expressions for the text and the list."""
    # A list of one element names a value, step by step: `cel.bind` is not in Kubernetes.
    return (
        f"[{image}.split('@')[0]]"
        f".map(n, n.substring(0, n.size() - n.find('{_TAG}').size()))"
        f".map(n, n.contains('/') && n.split('/')[0].matches('{_DOMAIN}') ? n : 'docker.io/' + n)"
        ".map(n, n.startsWith('index.docker.io/') ? n.substring(6) : n)"
        ".map(n, n.startsWith('docker.io/') && n.split('/').size() == 2 ? 'docker.io/library/' + n.substring(10) : n)"
        f".exists(n, {prefixes}.exists(p, (n + '/').startsWith(p.endsWith('/') ? p : p + '/')))"
    )
