"""GitHub runner sets."""

from __future__ import annotations

from dataclasses import replace

from rules import runners
from rules.given import ABSENT
from rules.pool_facts import PoolFacts
from rules.runners import RunnerSetFacts
from rules.storage import StorageFacts
from tests.unit.rules.cases import Check, passes, refused, text

POOLS = (
    PoolFacts(path="nodePools[0]", name="lin", os="linux", purpose="build", trust="trusted"),
    PoolFacts(path="nodePools[1]", name="win22", os="windows", purpose="build", trust="trusted"),
)
PATH = "github.runnerSets[0]"
SET = RunnerSetFacts(
    path=PATH,
    name="app",
    url="https://github.com/contoso/app",
    mode="dind",
    node_pool="lin",
    trust="trusted",
    instances=1,
    min_runners=ABSENT,
    max_runners=ABSENT,
    labels=(),
    caches=(),
    storage=ABSENT,
    work_volume=False,
    image=ABSENT,
)
CACHED = replace(SET, mode="cached-privileged-kubernetes", instances=3, caches=("/var/lib/docker", "/var/cache/go"))
OTHER = replace(SET, path="github.runnerSets[1]")


def at_url(url: str) -> RunnerSetFacts:
    return replace(SET, url=url)


def stored(kind: str, facts: RunnerSetFacts = SET) -> RunnerSetFacts:
    return replace(facts, storage=StorageFacts(path=f"{PATH}.storage", kind=kind))


@passes(
    ("repository", lambda: runners.url(SET)),
    ("organization", lambda: runners.url(at_url("https://github.com/contoso"))),
    ("enterprise", lambda: runners.url(at_url("https://github.com/enterprises/contoso"))),
    ("server", lambda: runners.url(at_url("https://github.contoso.com:8443/platform/app.web"))),
    ("name of 45", lambda: runners.scale_set_name(replace(SET, name="a" * 45))),
    ("name of 43 and a number", lambda: runners.scale_set_name(replace(SET, name="a" * 43, instances=9))),
    ("other name", lambda: runners.scale_sets_differ([CACHED, replace(OTHER, name="app-4")])),
    ("unknown instances", lambda: runners.scale_sets_differ([SET, replace(OTHER, instances=None)])),
    ("dind on linux", lambda: runners.mode_fits_os(SET, POOLS)),
    (
        "engine on windows",
        lambda: runners.mode_fits_os(replace(SET, mode="windows-host-engine", node_pool="win22"), POOLS),
    ),
    (
        "untrusted in novolume",
        lambda: runners.mode_privilege(replace(SET, trust="untrusted", mode="kubernetes-novolume"), POOLS),
    ),
    ("engine there", lambda: runners.engine_there(replace(SET, mode="windows-host-engine"), True)),
    ("instances alone", lambda: runners.runner_counts(CACHED)),
    ("within the default", lambda: runners.runner_counts(replace(SET, min_runners=10))),
    ("only at most", lambda: runners.runner_counts(replace(SET, max_runners=1))),
    ("caches of instances", lambda: runners.caches(CACHED)),
    ("caches of the one runner that is the default", lambda: runners.caches(replace(CACHED, instances=1))),
    ("claim of the one runner that is the default", lambda: runners.daemon_storage(stored("existingClaim"))),
    ("folder of the one runner that is the default", lambda: runners.daemon_storage(stored("hostPath"))),
    (
        "more at least than the default of what cannot be read",
        lambda: runners.runner_counts(replace(SET, min_runners=11, storage=StorageFacts(path="p"))),
    ),
    ("caches of one runner", lambda: runners.caches(replace(CACHED, instances=1, max_runners=1))),
    ("neighbours are not nested", lambda: runners.caches(replace(CACHED, caches=("/var/cache/go", "/var/cache/gold")))),
    ("unknown mode", lambda: runners.caches(replace(CACHED, mode=None))),
    ("services", lambda: runners.services(replace(CACHED, services=True))),
    ("no services", lambda: runners.services(replace(SET, services=False))),
    ("work volume", lambda: runners.work_volume(replace(SET, mode="kubernetes", work_volume=True))),
    ("daemon in dind", lambda: runners.daemon_storage(stored("ephemeralClaim"))),
    ("claim for one", lambda: runners.daemon_storage(stored("existingClaim", replace(SET, max_runners=1)))),
    ("folder for each instance", lambda: runners.daemon_storage(stored("hostPath", replace(SET, instances=3)))),
    ("labels", lambda: runners.runs_on_labels(replace(SET, labels=("linux", "x" * 255)))),
)
def test_runner_sets_that_can_work_pass(check: Check) -> None:
    assert text(check()) == ""


@refused(
    (
        "url of a file",
        lambda: runners.url(at_url("https://github.com/contoso/app/tree/main")),
        """
github-url: github.runnerSets[0].url
  given: "https://github.com/contoso/app/tree/main"
  allowed: https://github.com/ORGANIZATION, https://github.com/ORGANIZATION/REPOSITORY or
    https://github.com/enterprises/ENTERPRISE, or the same on a server of your own
  fix: did you mean https://github.com/contoso/app?
""",
    ),
    (
        "url of git",
        lambda: runners.url(at_url("https://github.com/contoso/app.git")),
        """
github-url: github.runnerSets[0].url
  given: "https://github.com/contoso/app.git"
  allowed: https://github.com/ORGANIZATION, https://github.com/ORGANIZATION/REPOSITORY or
    https://github.com/enterprises/ENTERPRISE, or the same on a server of your own
  fix: did you mean https://github.com/contoso/app?
""",
    ),
    (
        "url of nobody",
        lambda: runners.url(at_url("https://github.com/")),
        """
github-url: github.runnerSets[0].url
  given: "https://github.com/"
  allowed: https://github.com/ORGANIZATION, https://github.com/ORGANIZATION/REPOSITORY or
    https://github.com/enterprises/ENTERPRISE, or the same on a server of your own
  fix: write it like https://github.com/contoso/app
""",
    ),
    (
        "enterprises of nobody",
        lambda: runners.url(at_url("https://github.com/enterprises")),
        """
github-url: github.runnerSets[0].url
  given: "https://github.com/enterprises"
  allowed: https://github.com/ORGANIZATION, https://github.com/ORGANIZATION/REPOSITORY or
    https://github.com/enterprises/ENTERPRISE, or the same on a server of your own
  fix: write it like https://github.com/contoso/app
""",
    ),
    (
        "name of 46",
        lambda: runners.scale_set_name(replace(SET, name="a" * 46)),
        """
scale-set-name: github.runnerSets[0].name
  given: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 46 characters
  allowed: at most 45 characters
  fix: shorten it by 1
""",
    ),
    (
        "name of 44 and a number",
        lambda: runners.scale_set_name(replace(SET, name="a" * 43, instances=10)),
        """
scale-set-name: github.runnerSets[0].name
  given: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 46 characters with the instance's number
    (aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-10)
  allowed: at most 42 characters, so that the instance's number fits into 45
  fix: shorten it by 1
""",
    ),
    (
        "same name",
        lambda: runners.scale_sets_differ([SET, OTHER]),
        """
scale-set-duplicate: github.runnerSets[1].name
  given: "app"
  allowed: a name that no other scale set has; github.runnerSets[0].name is or makes "app"
  fix: rename one of the two
""",
    ),
    (
        "name of an instance",
        lambda: runners.scale_sets_differ([CACHED, replace(OTHER, name="app-3")]),
        """
scale-set-duplicate: github.runnerSets[1].name
  given: "app-3"
  allowed: a name that no other scale set has; github.runnerSets[0].name is or makes "app-3"
  fix: rename one of the two
""",
    ),
    (
        "instance of a name",
        lambda: runners.scale_sets_differ([replace(SET, name="app-3"), replace(CACHED, path="p")]),
        """
scale-set-duplicate: p.name
  given: "app", which makes "app-3"
  allowed: a name that no other scale set has; github.runnerSets[0].name is or makes "app-3"
  fix: rename one of the two
""",
    ),
    (
        "dind on windows",
        lambda: runners.mode_fits_os(replace(SET, node_pool="win22"), POOLS),
        """
mode-os: github.runnerSets[0].mode
  given: "dind" on the windows pool "win22"
  allowed: windows-host-engine on windows
  fix: name a pool of the other operating system, or choose one of these modes
""",
    ),
    (
        "none on windows",
        lambda: runners.mode_fits_os(replace(SET, mode="none", node_pool="win22"), POOLS),
        """
mode-os: github.runnerSets[0].mode
  given: "none" on the windows pool "win22"
  allowed: windows-host-engine on windows
  fix: name a pool of the other operating system, or choose one of these modes
""",
    ),
    (
        "engine on linux",
        lambda: runners.mode_fits_os(replace(SET, mode="windows-host-engine"), POOLS),
        """
mode-os: github.runnerSets[0].mode
  given: "windows-host-engine" on the linux pool "lin"
  allowed: none, dind, kubernetes, kubernetes-novolume or cached-privileged-kubernetes on linux
  fix: name a pool of the other operating system, or choose one of these modes
""",
    ),
    (
        "untrusted in dind",
        lambda: runners.mode_privilege(replace(SET, trust="untrusted"), POOLS),
        """
mode-untrusted: github.runnerSets[0].mode
  given: "dind"
  allowed: none, kubernetes or kubernetes-novolume for untrusted runners: with dind, code of a job can take
    the node
  fix: write mode: kubernetes-novolume, or none
""",
    ),
    (
        "untrusted on windows",
        lambda: runners.mode_privilege(
            replace(SET, trust="untrusted", mode="windows-host-engine", node_pool="win22"), POOLS
        ),
        """
mode-untrusted: github.runnerSets[0].mode
  given: "windows-host-engine"
  allowed: none, kubernetes or kubernetes-novolume, on a Linux pool, for untrusted runners: with
    windows-host-engine, code of a job can take the node
  fix: name an untrusted Linux pool and write mode: kubernetes-novolume, or remove the runner set
""",
    ),
    (
        "no engine",
        lambda: runners.engine_there(replace(SET, mode="windows-host-engine"), False),
        """
engine-missing: github.runnerSets[0].mode
  given: "windows-host-engine"
  allowed: windows-host-engine with the section dockerEngine, which puts the engine on the nodes
  fix: add the section dockerEngine, for example {version: 29.2.1}, or remove the runner set
""",
    ),
    (
        "instances and counts",
        lambda: runners.runner_counts(replace(CACHED, min_runners=1, max_runners=2)),
        """
instances-range: github.runnerSets[0].minRunners
  given: 1
  allowed: nothing with instances: 3, which makes sets of exactly one runner
  fix: remove minRunners, or instances
instances-range: github.runnerSets[0].maxRunners
  given: 2
  allowed: nothing with instances: 3, which makes sets of exactly one runner
  fix: remove maxRunners, or instances
""",
    ),
    (
        "above the default",
        lambda: runners.runner_counts(replace(SET, min_runners=11)),
        """
runners-range: github.runnerSets[0].minRunners
  given: 11
  allowed: at most maxRunners, which is 10 by default
  fix: write maxRunners: 11 or more, or lower minRunners
""",
    ),
    (
        "above the default of runners with caches",
        lambda: runners.runner_counts(replace(CACHED, instances=1, min_runners=2)),
        """
runners-range: github.runnerSets[0].minRunners
  given: 2
  allowed: at most maxRunners, which is 1 by default
  fix: write maxRunners: 2 or more, or lower minRunners
""",
    ),
    (
        "above at most",
        lambda: runners.runner_counts(replace(SET, min_runners=3, max_runners=2)),
        """
runners-range: github.runnerSets[0].minRunners
  given: 3
  allowed: at most maxRunners, which is 2
  fix: write maxRunners: 3 or more, or lower minRunners
""",
    ),
    (
        "caches in dind",
        lambda: runners.caches(replace(SET, caches=("/a",))),
        """
caches-unused: github.runnerSets[0].caches
  given: a list of 1
  allowed: nothing in mode dind: only cached-privileged-kubernetes keeps folders of a job
  fix: remove caches, or write mode: cached-privileged-kubernetes
""",
    ),
    (
        "no caches",
        lambda: runners.caches(replace(CACHED, caches=())),
        """
caches-missing: github.runnerSets[0].caches
  given: no folder
  allowed: one folder or more: they are what mode cached-privileged-kubernetes is for
  fix: add caches: [/var/lib/docker], or write mode: dind
""",
    ),
    (
        "shared caches by choice",
        lambda: runners.caches(replace(CACHED, instances=1, max_runners=4)),
        """
caches-shared: github.runnerSets[0].maxRunners
  given: 4
  allowed: 1 with caches, which is the default, as two jobs at once on one Docker data root destroy it
  fix: remove maxRunners, or write instances: N for N runners with caches of their own
""",
    ),
    (
        "nested caches",
        lambda: runners.caches(replace(CACHED, caches=("/var/cache/go/build", "/var/cache/go"))),
        """
cache-nested: github.runnerSets[0].caches[1]
  given: "/var/cache/go"
  allowed: folders that are not in each other; /var/cache/go/build is there already
  fix: keep the outer one
""",
    ),
    (
        "same cache",
        lambda: runners.caches(replace(CACHED, caches=("/a", "/a"))),
        """
cache-nested: github.runnerSets[0].caches[1]
  given: "/a"
  allowed: folders that are not in each other; /a is there already
  fix: remove it
""",
    ),
    (
        "cache of the hooks",
        lambda: runners.caches(replace(CACHED, caches=("/__w/_temp",))),
        """
cache-taken: github.runnerSets[0].caches[0]
  given: "/__w/_temp"
  allowed: folders outside /__e, /__w, /dev, /github, /proc and /sys, which the runner and the system mount
  fix: name a folder of the job's tools, for example /var/lib/docker or /var/cache/go
""",
    ),
    (
        "cache with dots",
        lambda: runners.caches(replace(CACHED, caches=("/var/../proc",))),
        """
cache-path: github.runnerSets[0].caches[0]
  given: "/var/../proc"
  allowed: an absolute path without . and .. and double slashes
  fix: write /proc
""",
    ),
    (
        "cache with two slashes",
        lambda: runners.caches(replace(CACHED, caches=("//var/cache/x", "/a/../.."))),
        """
cache-path: github.runnerSets[0].caches[0]
  given: "//var/cache/x"
  allowed: an absolute path without . and .. and double slashes
  fix: write /var/cache/x
cache-path: github.runnerSets[0].caches[1]
  given: "/a/../.."
  allowed: an absolute path without . and .. and double slashes
  fix: name a folder below /
""",
    ),
    (
        "services in dind",
        lambda: runners.services(replace(SET, services=True)),
        """
services-unused: github.runnerSets[0].services
  given: true
  allowed: only in mode cached-privileged-kubernetes; other modes take services as they are
  fix: remove services
""",
    ),
    (
        "work volume in dind",
        lambda: runners.work_volume(replace(SET, work_volume=True)),
        """
work-volume-unused: github.runnerSets[0].workVolume
  given: a volume
  allowed: nothing in mode dind: only mode kubernetes has one
  fix: remove workVolume, or write mode: kubernetes
""",
    ),
    (
        "storage without daemon",
        lambda: runners.daemon_storage(stored("emptyDir", replace(SET, mode="none"))),
        """
storage-unused: github.runnerSets[0].storage
  given: kind "emptyDir"
  allowed: nothing: only sets in mode dind run a daemon of their own
  fix: remove storage, or change that choice
""",
    ),
    (
        "claim for ten",
        lambda: runners.daemon_storage(stored("existingClaim", replace(SET, max_runners=10))),
        """
storage-claim-shared: github.runnerSets[0].storage
  given: kind "existingClaim" for up to 10 runners
  allowed: existingClaim with exactly one daemon: a data root has one daemon, or it is destroyed
  fix: use kind ephemeralClaim, which makes a claim for each, or have just one: maxRunners: 1 without
    instances
""",
    ),
    (
        "claim for three",
        lambda: runners.daemon_storage(stored("existingClaim", replace(SET, instances=3))),
        """
storage-claim-shared: github.runnerSets[0].storage
  given: kind "existingClaim" for up to 3 runners
  allowed: existingClaim with exactly one daemon: a data root has one daemon, or it is destroyed
  fix: use kind ephemeralClaim, which makes a claim for each, or have just one: maxRunners: 1 without
    instances
""",
    ),
    (
        "folder for new pods",
        lambda: runners.daemon_storage(stored("hostPath", replace(SET, max_runners=2))),
        """
storage-folder-leaks: github.runnerSets[0].storage
  given: kind "hostPath" for pods with a new name each time
  allowed: hostPath for daemons that come back to their folder: each pod's own would be used once and stay on
    the node until its disk is full
  fix: use kind emptyDir or ephemeralClaim, which end with the pod, or have one runner a set: maxRunners: 1,
    or instances
""",
    ),
    (
        "labels",
        lambda: runners.runs_on_labels(replace(SET, labels=("", "a,b", "c", "c", "x" * 256))),
        """
runner-label: github.runnerSets[0].labels[0]
  given: ""
  allowed: 1 to 255 characters, without commas and without blanks at the ends
  fix: write it as `runs-on` in a workflow does
runner-label: github.runnerSets[0].labels[1]
  given: "a,b"
  allowed: 1 to 255 characters, without commas and without blanks at the ends
  fix: write it as `runs-on` in a workflow does
runner-label-duplicate: github.runnerSets[0].labels[3]
  given: "c"
  allowed: each label once
  fix: remove it
runner-label: github.runnerSets[0].labels[4]
  given: a text of 256 characters
  allowed: 1 to 255 characters, without commas and without blanks at the ends
  fix: write it as `runs-on` in a workflow does
""",
    ),
)
def test_runner_sets_that_cannot_work_are_refused(check: Check, said: str) -> None:
    assert text(check()) == said


def test_runner_sets_of_which_nothing_is_known_pass_every_rule() -> None:
    for pools in (None, POOLS):
        assert text(runners.check([RunnerSetFacts(path="p")], pools=pools, engine=None)) == ""
