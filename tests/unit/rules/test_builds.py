"""Image builds over the engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rules import builds
from rules.builds import BuildFacts
from rules.given import ABSENT
from rules.pool_facts import PoolFacts
from rules.problem import Problem
from tests.unit.rules.cases import Check, passes, refused, text

POOLS = (
    PoolFacts(path="nodePools[0]", name="system", os="linux", purpose="system", trust="trusted"),
    PoolFacts(path="nodePools[1]", name="lin", os="linux", purpose="build", trust="trusted"),
    PoolFacts(path="nodePools[2]", name="win22", os="windows", purpose="build", trust="trusted", os_sku="Windows2022"),
    PoolFacts(
        path="nodePools[3]", name="win25", os="windows", purpose="build", trust="untrusted", os_sku="Windows2025"
    ),
)
BUILD = BuildFacts(
    path="builds[0]",
    name="web",
    node_pool="win22",
    trust="trusted",
    dockerfile="Dockerfile",
    context="inline",
    files={"Dockerfile": "FROM mcr.microsoft.com/windows/nanoserver:ltsc2022\n"},
    tags=("contoso.azurecr.io/web:1.0",),
    push=True,
    credentials="workload-identity",
)
GIT = replace(BUILD, context="git", files=None, url="https://github.com/contoso/web", subfolder=ABSENT)


def dockerfile(text: str) -> BuildFacts:
    return replace(BUILD, files={"Dockerfile": text})


def args(**values: str) -> Iterator[Problem]:
    return builds.arguments(replace(BUILD, args=values))


@passes(
    ("a whole build", lambda: builds.check([BUILD], pools=POOLS, engine=True)),
    ("a build from git", lambda: builds.check([GIT], pools=POOLS, engine=True)),
    ("nothing is known", lambda: builds.check([BuildFacts(path="builds[0]")], pools=None, engine=None)),
    ("no builds", lambda: builds.check(None, pools=POOLS, engine=True)),
    ("an older image on a newer host", lambda: builds.base_images(replace(BUILD, node_pool="win25"), POOLS)),
    ("a base by argument", lambda: builds.base_images(dockerfile("ARG B\nFROM $B-ltsc2025\n"), POOLS)),
    (
        "a stage of its own",
        lambda: builds.base_images(dockerfile("FROM a:ltsc2022 AS ltsc2025\nFROM ltsc2025\n"), POOLS),
    ),
    ("Docker Hub by name", lambda: builds.tags(replace(BUILD, tags=("docker.io/contoso/web:1",)))),
    ("a port", lambda: builds.tags(replace(BUILD, tags=("localhost:5000/web:1", "a:5000/web:1")))),
    ("no registry without push", lambda: builds.tags(replace(BUILD, tags=("web:1",), push=False))),
    ("no credentials without push", lambda: builds.credentials(replace(BUILD, credentials=ABSENT, push=False))),
    (
        "identity without push",
        lambda: builds.credentials(replace(BUILD, tags=("ghcr.io/c/web:1",), push=False)),
    ),
    (
        "password for the tag's registry",
        lambda: builds.credentials(replace(BUILD, credentials="password", server="contoso.azurecr.io")),
    ),
    ("ordinary arguments", lambda: args(VERSION="1.0", KEYBOARD="de", COMPATIBLE="yes", MONKEY="no")),
    ("files in folders", lambda: builds.inline_files(replace(BUILD, files={"Dockerfile": "", "a b/c-d_e.txt": ""}))),
    ("different names", lambda: builds.names_differ([BUILD, replace(GIT, name="api", tags=("x.io/api:1",))])),
)
def test_what_may_be_passes(check: Check) -> None:
    assert list(check()) == []


@refused(
    (
        "a Linux pool",
        lambda: builds.windows_pool(replace(BUILD, node_pool="lin"), POOLS),
        """
build-windows: builds[0].nodePool
  given: "lin", which is a Linux pool
  allowed: a Windows build pool, whose nodes have the engine: win22 or win25
  fix: name one of them; images for Linux, and those for Windows without RUN, are built with BuildKit by an
    agent (docker: buildkit), see docs/builds.md
""",
    ),
    (
        "another trust",
        lambda: builds.check([replace(BUILD, trust="untrusted")], pools=POOLS, engine=True),
        """
placement-trust: builds[0].nodePool
  given: "win22", which is trusted
  allowed: a pool that is untrusted, as the work is: win25
  fix: name such a pool, or write trust: trusted here if that is who uses it
""",
    ),
    (
        "no engine",
        lambda: builds.engine_there(BUILD, False),
        """
build-engine: builds[0]
  given: a build, and no dockerEngine in the stack file
  allowed: builds where the nodes have Docker Engine
  fix: add dockerEngine, or remove the build
""",
    ),
    (
        "a newer image on an older host",
        lambda: builds.base_images(
            dockerfile("# FROM a:ltsc2019\nFROM --platform=windows/amd64 a:ltsc2022 AS one\nfrom b:ltsc2025\n"), POOLS
        ),
        """
image-windows: builds[0].context.files.Dockerfile
  given: "b:ltsc2025", made on ltsc2025, for pool "win22" of Windows2022
  allowed: images made on ltsc2022 for pools of Windows2022: a Windows container runs only on the Windows
    Server that it is made for
  fix: rebuild the image on ltsc2022, or name a pool of Windows2025
""",
    ),
    (
        "a context without its Dockerfile",
        lambda: builds.inline_files(replace(BUILD, dockerfile="web.dockerfile")),
        """
build-dockerfile: builds[0].context.files
  given: Dockerfile
  allowed: files with "web.dockerfile" among them, which is the build's dockerfile
  fix: add "web.dockerfile", or set dockerfile to the file that it is
""",
    ),
    (
        "a file outside of the context",
        lambda: builds.inline_files(replace(BUILD, files={"Dockerfile": "", "../x": ""})),
        """
build-file-name: builds[0].context.files["../x"]
  given: "../x"
  allowed: a path below the context, of letters, digits, dots, hyphens, underscores and blanks, with forward
    slashes
  fix: write it like "app/settings.json"
""",
    ),
    (
        "a context that is too large",
        lambda: builds.inline_files(replace(BUILD, files={"Dockerfile": "x" * 990_000})),
        """
build-inline-size: builds[0].context.files
  given: 990000 bytes
  allowed: at most 983040: the files travel in a ConfigMap, which holds 1048576
  fix: keep the context in a repository, and give it with kind: git
""",
    ),
    (
        "a token in the address",
        lambda: builds.repository(replace(GIT, url="https://me:hunter2@github.com/contoso/web")),
        """
build-url: builds[0].context.url
  given: "https://***@github.com/contoso/web"
  allowed: an address without a name or a password in it: it stands in the stack file and in the cluster
  fix: revoke what stands there, if it is a token, and name a new one by tokenSecret
""",
    ),
    (
        "a folder outside of the repository",
        lambda: builds.repository(replace(GIT, subfolder="images/../..")),
        """
build-path: builds[0].context.subfolder
  given: "images/../.."
  allowed: a path inside of the context, with forward slashes
  fix: write it like "images/app"
""",
    ),
    (
        "a tag without a registry",
        lambda: builds.tags(replace(BUILD, tags=("contoso/web:1.0",))),
        """
build-tag-registry: builds[0].tags[0]
  given: "contoso/web:1.0"
  allowed: a name that begins with its registry: without one Docker pushes to Docker Hub
  fix: write it like "contoso.azurecr.io/contoso/web:1.0", or docker.io/... for Docker Hub; or push: false
""",
    ),
    (
        "a tag that is none",
        lambda: builds.tags(replace(BUILD, tags=("Contoso.azurecr.io/Web:1.0",))),
        """
build-tag: builds[0].tags[0]
  given: "Contoso.azurecr.io/Web:1.0"
  allowed: REGISTRY/PATH:TAG
  fix: write it like "contoso.azurecr.io/apps/web:1.4.0"
""",
    ),
    (
        "a push without credentials",
        lambda: builds.credentials(replace(BUILD, credentials=ABSENT)),
        """
build-credentials: builds[0].credentials
  given: nothing
  allowed: how to sign in to the registry: kind workload-identity, existing-secret, password, or none
  fix: add credentials, for example {kind: existing-secret, name: registry}; {kind: none} for a registry that
    takes pushes from anybody
""",
    ),
    (
        "an identity for a registry outside of Azure",
        lambda: builds.credentials(replace(BUILD, tags=("ghcr.io/contoso/web:1",))),
        """
build-identity: builds[0].credentials.kind
  given: "workload-identity", for ghcr.io
  allowed: registries of Azure (.azurecr.io, .azurecr.cn or .azurecr.us): others take no tokens of Entra
  fix: use kind: existing-secret or password, or push to an Azure registry
""",
    ),
    (
        "a password for another registry",
        lambda: builds.credentials(replace(BUILD, credentials="password", server="ghcr.io")),
        """
build-credentials-server: builds[0].credentials.server
  given: "ghcr.io"
  allowed: the registry of one of the tags: contoso.azurecr.io
  fix: write the server as the tags have it
""",
    ),
    (
        "a secret in an argument",
        lambda: args(NPM_TOKEN="hunter2"),
        """
build-arg-secret: builds[0].args.NPM_TOKEN
  given: an argument that seems to be a secret (not shown)
  allowed: arguments that everybody may read: they stand in the stack file, in the cluster and in the image's
    history
  fix: revoke it if it was one. Fetch what needs it before the build and put it into the context, or build in
    an agent's pipeline that has the secret; rename the argument if it is none
""",
    ),
    (
        "the same name and the same image",
        lambda: builds.names_differ([BUILD, replace(BUILD, path="builds[1]")]),
        """
build-duplicate: builds[1].name
  given: "web"
  allowed: a name of a build that no other has; builds[0].name is the same
  fix: rename one of the two
build-tag-duplicate: builds[1].tags[0]
  given: "contoso.azurecr.io/web:1.0"
  allowed: a tag of a build that no other has; builds[0].tags[0] is the same
  fix: rename one of the two
""",
    ),
)
def test_what_may_not_be_is_told_with_its_fix(check: Check, said: str) -> None:
    assert text(check()) == said


def test_every_name_and_value_that_looks_like_a_secret_is_refused_without_being_shown() -> None:
    names = ("DB_PASSWORD", "apiKey", "client-secret", "AZP_PAT", "SIGNING_KEY", "ConnectionString", "github_token")
    for name in names:
        (problem,) = args(**{name: "hunter2"})
        assert "hunter2" not in text([problem])
    (problem,) = args(HARMLESS="ghp_0123456789abcdefghij")
    assert "ghp_" not in text([problem])
