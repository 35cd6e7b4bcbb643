"""The smaller concepts: platform, namespaces, duplicates, images, engine, network, tags, secrets."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

import rules
from rules import (
    images,
    labels,
    namespaces,
    network,
    registry,
    resource_group,
    secrets,
    stack,
)
from rules.agents import AgentPoolFacts, AzureDevOpsFacts
from rules.duplicates import duplicates
from rules.engine_facts import EngineFacts
from rules.given import ABSENT
from rules.platform import PlatformFacts
from rules.pool_facts import PoolFacts
from rules.registry import CacheFacts
from rules.runners import RunnerSetFacts
from rules.secrets import SecretUse
from rules.stack import StackFacts
from tests.unit.rules.cases import Check, passes, refused, text

ADMINISTRATOR = "platform.windows.adminPasswordSecret"
OURS = "11111111-1111-1111-1111-11111111111a"
OTHER = "22222222-2222-2222-2222-222222222222"
AZURE = PlatformFacts(kind="aks", subscription=OURS, resource_group=f"/subscriptions/{OTHER}/resourceGroups/ci")
TOKEN = SecretUse(path="github.auth.secret", name="githubToken")
DIGEST = "@sha256:" + "0" * 64
BUILT = StackFacts(platform=PlatformFacts(kind="aks"), images_built=True, images={}, repository=ABSENT)


@passes(
    ("namespaces", lambda: namespaces.check({"namespaces.github": "a", "arc.namespace": "b", "namespaces.x": None})),
    ("names", lambda: duplicates("r", "name", [("a", "x"), ("b", None), ("c", None), ("d", "y")])),
    ("tagged image", lambda: images.pinned("images.docker", "docker.io/library/docker:29.2.1-dind")),
    ("image on a port", lambda: images.pinned("images.docker", "localhost:5000/a/b_c:1")),
    ("image by digest", lambda: images.pinned("images.docker", f"a/b{DIGEST}")),
    ("image by tag and digest", lambda: images.pinned("images.docker", f"a/b:latest{DIGEST}")),
    ("tag", lambda: images.tag_pinned("images.tag", "0.1.0")),
    ("nobody needs our images", lambda: images.ours_named("images", ABSENT, ABSENT, [], {})),
    ("images built for a registry that is named", lambda: stack.images_of_ours(replace(BUILT, repository="a.io/b"))),
    (
        "images built for a registry that is brought",
        lambda: stack.images_of_ours(replace(BUILT, written={"registry": {"id": "/subscriptions/a"}})),
    ),
    ("images that others built", lambda: stack.images_of_ours(replace(BUILT, images_built=False))),
    ("our images, unknown", lambda: images.ours_named("images", None, None, ["a"], {"a": "b"})),
    ("registries", lambda: registry.pull_secrets_differ({"a": "ghcr.io", "b": "docker.io", "c": "GHCR.io:443"})),
    ("stack of forty", lambda: stack.stack_name("1-" + "a" * 38)),
    ("network", lambda: network.cidr("p", "10.0.0.0/16")),
    ("network of version 6", lambda: network.cidr("p", "fd00::/8")),
    ("tags", lambda: labels.tags("environment.tags", {"costCenter": "4711", "a b": ""})),
    (
        "a secret of its own for the administrator",
        lambda: secrets.administrator_alone([TOKEN, SecretUse(path=ADMINISTRATOR, name="windowsAdminPassword")]),
    ),
    ("no resource group", lambda: resource_group.check(replace(AZURE, resource_group=ABSENT))),
    ("an unknown subscription", lambda: resource_group.check(replace(AZURE, subscription=None))),
    (
        "a resource group of the subscription",
        lambda: resource_group.check(replace(AZURE, resource_group=f"/subscriptions/{OURS.upper()}/resourceGroups/ci")),
    ),
    ("secret there", lambda: secrets.secret_there([TOKEN], {"githubToken"}, {})),
    ("secret in plain text is another mistake", lambda: secrets.secret_there([TOKEN], set(), {"githubToken"})),
    ("nothing in plain text", lambda: secrets.secret_encrypted([TOKEN], {"other": 1})),
)
def test_what_is_legal_passes(check: Check) -> None:
    assert text(check()) == ""


@refused(
    (
        "same namespace",
        lambda: namespaces.check({"namespaces.github": "ci", "arc.namespace": "ci"}),
        """
namespace-duplicate: arc.namespace
  given: "ci"
  allowed: a namespace that no other has; namespaces.github is the same
  fix: rename one of the two
""",
    ),
    (
        "namespace of the cluster",
        lambda: namespaces.check({"namespaces.github": "kube-system"}),
        """
namespace-reserved: namespaces.github
  given: "kube-system"
  allowed: names other than "default" and those that start with "kube-"
  fix: choose a name of your own, or leave it out for the default
""",
    ),
    (
        "same name",
        lambda: duplicates("pool-duplicate", "name of a node pool", [("a", "x"), ("b", "x")]),
        """
pool-duplicate: b
  given: "x"
  allowed: a name of a node pool that no other has; a is the same
  fix: rename one of the two
""",
    ),
    (
        "latest",
        lambda: images.pinned("images.docker", "docker:latest"),
        """
image-latest: images.docker
  given: "docker:latest"
  allowed: a tag other than latest, or a digest: a node keeps what it once pulled as latest, so nodes differ
  fix: replace latest by the tag you tested
""",
    ),
    (
        "no tag",
        lambda: images.pinned("images.docker", "localhost:5000/docker"),
        """
image-latest: images.docker
  given: "localhost:5000/docker"
  allowed: a tag other than latest, or a digest: a node keeps what it once pulled as latest, so nodes differ
  fix: add the tag you tested
""",
    ),
    (
        "no image",
        lambda: images.pinned("images.docker", "Docker Hub"),
        """
image-reference: images.docker
  given: "Docker Hub"
  allowed: REGISTRY/PATH:TAG or REGISTRY/PATH@sha256:DIGEST
  fix: write it like "contoso.azurecr.io/agents/linux:1.4.0"
""",
    ),
    (
        "no images on the nodes",
        lambda: stack.images_pinned(
            StackFacts(
                engine=EngineFacts(smoke_images={"Windows2022": "a:b:c", "Windows2025": "a.io/b:latest"}),
                prepull={"dockerEngine.prepull[0]": "Docker Hub", "dockerEngine.prepull[1]": "a.io/b"},
            )
        ),
        """
image-reference: dockerEngine.smoke.images.Windows2022
  given: "a:b:c"
  allowed: REGISTRY/PATH:TAG or REGISTRY/PATH@sha256:DIGEST
  fix: write it like "contoso.azurecr.io/agents/linux:1.4.0"
image-reference: dockerEngine.prepull[0]
  given: "Docker Hub"
  allowed: REGISTRY/PATH:TAG or REGISTRY/PATH@sha256:DIGEST
  fix: write it like "contoso.azurecr.io/agents/linux:1.4.0"
""",
    ),
    (
        "images built for a registry that is not there",
        lambda: stack.images_of_ours(BUILT),
        """
image-build-registry: images.build
  given: images.build, without images.repository and registry.id
  allowed: images.build with a registry that is there before `up`: the stack's own is made by the same one
  fix: add images.repository or registry.id, or build and push by hand once the registry is made
    (docs/images.md); from then on images.repository may name it
""",
    ),
    (
        "tag latest",
        lambda: images.tag_pinned("images.tag", "latest"),
        """
image-latest: images.tag
  given: "latest"
  allowed: a tag other than latest: a node keeps what it once pulled as latest, so nodes differ
  fix: write the tag you tested
""",
    ),
    (
        "our images",
        lambda: images.ours_named("images", ABSENT, ABSENT, ["a", "b"], {"a": "images.x", "b": "images.y"}),
        """
image-repository-missing: images.repository
  given: nothing
  allowed: the registry and path of this project's images, which a and 1 more need
  fix: add images.repository, for example contoso.azurecr.io/buildfleet, or name an image in images.x or
    images.y
image-tag-missing: images.tag
  given: nothing
  allowed: the tag of this project's images, which a and 1 more need
  fix: add images.tag, for example 0.1.0, or name an image in images.x or images.y
""",
    ),
    (
        "the administrators' password for something else",
        lambda: secrets.administrator_alone([TOKEN, SecretUse(path=ADMINISTRATOR, name="githubToken")]),
        """
secret-shared: platform.windows.adminPasswordSecret
  given: "githubToken", which github.auth.secret names, too
  allowed: a secret of its own: whoever reads the other could administer the nodes
  fix: `pulumi config set --secret windowsAdminPassword`, and write that key here
""",
    ),
    (
        "a resource group of another subscription",
        lambda: resource_group.check(replace(AZURE, resource_group=f"/subscriptions/{OTHER}/resourceGroups/ci")),
        """
resource-group-subscription: platform.resourceGroup
  given: a group of the subscription "22222222-2222-2222-2222-222222222222"
  allowed: a group of platform.subscription, "11111111-1111-1111-1111-11111111111a", in which everything is
    made
  fix: name a group of that subscription, or write subscription: 22222222-2222-2222-2222-222222222222
""",
    ),
    (
        "two pull secrets of one registry",
        lambda: registry.pull_secrets_differ({"a": "ghcr.io", "b": "docker.io", "c": "ghcr.io"}),
        """
pull-secret-duplicate: c
  given: "ghcr.io"
  allowed: each registry once; a is the same
  fix: keep one of the two entries: a pod takes one login for each registry
""",
    ),
    (
        "pull secrets that make one Secret",
        lambda: registry.pull_secrets_differ(
            {"a": "ghcr.io", "b": registry.pull_secret_name("ghcr.io").removeprefix("pull-")}
        ),
        """
pull-secret-duplicate: b
  given: "ghcr-io-SUFFIX", which makes the Secret pull-ghcr-io-SUFFIX
  allowed: servers that make Secrets of different names; a makes the same
  fix: write one of the two servers with its port, for example :443
""".replace("SUFFIX", registry.pull_secret_name("ghcr.io").removeprefix("pull-ghcr-io-")),
    ),
    (
        "stack in capitals",
        lambda: stack.stack_name("Prod_West"),
        """
stack-name: stack
  given: "Prod_West"
  allowed: 1 to 40 lower-case letters, digits and single hyphens, not starting or ending with a hyphen: it is
    on every object as a label, and in the paths of caches on the nodes
  fix: pulumi stack rename prod-west
""",
    ),
    (
        "long stack",
        lambda: stack.stack_name("a" * 41),
        f"""
stack-name: stack
  given: "{"a" * 41}"
  allowed: 1 to 40 lower-case letters, digits and single hyphens, not starting or ending with a hyphen: it is
    on every object as a label, and in the paths of caches on the nodes
  fix: pulumi stack rename {"a" * 40}
""",
    ),
    (
        "bits beyond the mask",
        lambda: network.cidr("network.apiServerCidrs[0]", "10.0.0.4/16"),
        """
cidr: network.apiServerCidrs[0]
  given: "10.0.0.4/16"
  allowed: a network such as 10.0.0.0/16, or one address such as 10.0.0.4/32
  fix: did you mean 10.0.0.0/16, or one address with /32 or /128?
""",
    ),
    (
        "no network",
        lambda: network.cidr("network.apiServerCidrs[0]", "10.0.0.0/64"),
        """
cidr: network.apiServerCidrs[0]
  given: "10.0.0.0/64"
  allowed: a network such as 10.0.0.0/16, or one address such as 10.0.0.4/32
  fix: write address, slash, prefix length
""",
    ),
    (
        "tags",
        lambda: labels.tags("environment.tags", {"Owner": "a", "a/b": "c", "d": "e" * 257}),
        """
tag-reserved: environment.tags.Owner
  given: "Owner"
  allowed: keys other than environment and owner
  fix: leave it out: it is set from environment.owner
tag-key: environment.tags["a/b"]
  given: "a/b"
  allowed: 1 to 512 characters without < > % & \\ ? /
  fix: rename the tag
tag-value: environment.tags.d
  given: a text of 257 characters
  allowed: at most 256 characters
  fix: shorten the value
""",
    ),
    (
        "too many tags",
        lambda: labels.tags("environment.tags", {f"t{number}": "" for number in range(49)}),
        """
tag-count: environment.tags
  given: 49 tags
  allowed: at most 48: Azure takes 50 on a resource, and environment and owner are ours
  fix: remove some
""",
    ),
    (
        "no secret",
        lambda: secrets.secret_there([TOKEN], set(), {}),
        """
secret-missing: github.auth.secret
  given: "githubToken", which the stack does not have
  allowed: the key of a secret of the stack: there is none yet
  fix: `pulumi config set --secret githubToken`
""",
    ),
    (
        "other secret",
        lambda: secrets.secret_there([TOKEN], {"gitHubtoken"}, {}),
        """
secret-missing: github.auth.secret
  given: "githubToken", which the stack does not have
  allowed: the key of a secret of the stack: gitHubtoken
  fix: did you mean "gitHubtoken"? Else `pulumi config set --secret githubToken`
""",
    ),
    (
        "the secret itself",
        lambda: secrets.secret_there([replace(TOKEN, name="ghp_" + "a1" * 18)], set(), {}),
        """
secret-in-plain-text: github.auth.secret
  given: a text of 40 characters (not shown, as it may be a secret)
  allowed: the key under which the stack keeps the secret, for example azureDevOpsToken
  fix: revoke this token, as it stands readable in the file; then `pulumi config set --secret KEY` with a new
    one, and write KEY here
""",
    ),
    (
        "secret in plain text",
        lambda: secrets.secret_encrypted([TOKEN], {"githubToken": "hunter2"}),
        """
secret-plain: githubToken
  given: a value in plain text (not shown)
  allowed: an encrypted value, as github.auth.secret names it as a secret
  fix: revoke the old one, then set it with `pulumi config set --secret githubToken`
""",
    ),
)
def test_what_is_not_legal_is_refused(check: Check, said: str) -> None:
    assert text(check()) == said


def test_every_rule_of_a_stack_file_has_a_case_in_which_it_refuses() -> None:
    here = Path(__file__).parent
    sources = [path.read_text() for path in Path(rules.__path__[0]).glob("*.py")]
    found = {rule for source in sources for rule in re.findall(r'rule=f?"([a-z{}-]+)"', source)}
    tested = "".join(path.read_text() for path in here.glob("test_*.py"))
    assert len(found) > 110
    wanted = {rule: rule.replace("{key}", "tag") for rule in found}
    untold = {rule for rule, said in wanted.items() if f"{said}: " not in tested and f'"{said}"' not in tested}
    assert untold == set()


@pytest.mark.parametrize("kind", [None, "aks", "azure-local", "existing-cluster"])
def test_a_stack_of_which_nothing_but_its_platform_is_known_passes_every_rule(kind: str | None) -> None:
    unread = StackFacts(
        platform=PlatformFacts(kind=kind),
        pools=[PoolFacts(path="nodePools[0]")],
        azure_devops=AzureDevOpsFacts(agent_pools=[AgentPoolFacts(path="azureDevOps.agentPools[0]")]),
        runner_sets=[RunnerSetFacts(path="github.runnerSets[0]")],
        push=["agents", "runners"],
        cache=[CacheFacts(path="registry.cache[0]")],
    )
    assert text(stack.check(StackFacts(platform=PlatformFacts(kind=kind)))) == ""
    assert text(stack.check(unread)) == ""
