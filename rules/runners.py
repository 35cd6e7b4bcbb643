"""GitHub runner sets: what a set may ask for, given its nodes, its trust and its mode."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rules import names, placement, storage
from rules.given import ABSENT, Absent
from rules.paths import at
from rules.placement import WorkFacts
from rules.pool_facts import PoolFacts
from rules.problem import Problem
from rules.storage import KEPT, StorageFacts
from rules.words import given, listed

MODES_BY_OS: Final = {
    "linux": ("none", "dind", "kubernetes", "kubernetes-novolume", "cached-privileged-kubernetes"),
    "windows": ("windows-host-engine",),
}
PRIVILEGED_MODES: Final = ("dind", "cached-privileged-kubernetes", "windows-host-engine")
"""Whoever runs a job in these can take the node."""
HOOK_MODES: Final = ("kubernetes", "kubernetes-novolume", "cached-privileged-kubernetes")
"""Runners of these make pods for their jobs, so their Role may make pods in their namespace."""
MODE_DIND: Final = "dind"
MODE_CACHED: Final = "cached-privileged-kubernetes"
MODE_WORK_VOLUME: Final = "kubernetes"
MODE_ENGINE: Final = "windows-host-engine"

DEFAULT_MIN_RUNNERS: Final = 0
DEFAULT_MAX_RUNNERS: Final = 10
"""Where runners share nothing. Runners on folders or claims that outlive them are one by default."""

# The container hooks mount /__e, /__w and /github themselves, and a job's devices and control groups are the node's.
# actions/runner-container-hooks 0.8.1, read 2026-08.
RESERVED_CACHE_PATHS: Final = ("/__e", "/__w", "/dev", "/github", "/proc", "/sys")

# actions/actions-runner-controller 0.14.2, chart gha-runner-scale-set, read 2026-06-30.
LABEL_LIMIT: Final = 255
"""Characters of a label for `runs-on`."""

_URL: Final = re.compile(
    r"https://[A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]+)?/"
    r"(enterprises/[A-Za-z0-9_-]+|[A-Za-z0-9][A-Za-z0-9_-]*(/[A-Za-z0-9._-]+)?)"
)


@dataclass(frozen=True, kw_only=True)
class RunnerSetFacts:
    """What is known of a runner set. `path` is where it stands, for example `github.runnerSets[0]`."""

    path: str
    name: str | None = None
    url: str | None = None
    mode: str | None = None
    node_pool: str | None = None
    trust: str | None = None
    instances: int | None = None
    min_runners: int | Absent | None = None
    max_runners: int | Absent | None = None
    labels: Sequence[str] | None = None
    caches: Sequence[str] | None = None
    storage: StorageFacts | Absent | None = None
    services: bool | None = None
    work_volume: bool | None = None
    """Whether a work volume is given."""
    image: str | Absent | None = None
    job_minutes: int | None = None

    @property
    def work(self) -> WorkFacts:
        """What is to be placed."""
        return WorkFacts(path=self.path, node_pool=self.node_pool, trust=self.trust)

    @property
    def scale_sets(self) -> tuple[str, ...]:
        """Names of the scale sets on GitHub and in the cluster."""
        if self.name is None or self.instances is None:
            return ()
        if self.instances == 1:
            return (self.name,)
        return tuple(f"{self.name}-{number}" for number in range(1, self.instances + 1))

    @property
    def runners_of_each(self) -> int | None:
        """Most runners of each scale set at a time."""
        if self.instances is None or self.max_runners is None:
            return None
        if self.instances > 1:
            return 1
        return self.default_max_runners if isinstance(self.max_runners, Absent) else self.max_runners

    @property
    def default_max_runners(self) -> int | None:
        """Most runners of a set that does not say: one where they would share what outlives them."""
        kept = self.storage.kind in KEPT if isinstance(self.storage, StorageFacts) else False
        if kept or self.caches:
            return 1
        unknown = self.storage is None or (isinstance(self.storage, StorageFacts) and self.storage.kind is None)
        return None if unknown or self.caches is None else DEFAULT_MAX_RUNNERS


def url(runners: RunnerSetFacts) -> Iterator[Problem]:
    """The URL is that of a repository, an organization or an enterprise."""
    if runners.url is None:
        return
    given_url = runners.url
    legal = _URL.fullmatch(given_url) and not given_url.endswith(".git")
    if legal and given_url.endswith("/enterprises"):
        legal = None
    if legal:
        return
    shorter = _URL.match(given_url)
    near = shorter.group().removesuffix(".git") if shorter else None
    near = None if near is None or near.endswith("/enterprises") else near
    yield Problem(
        rule="github-url",
        path=at(runners.path, "url"),
        given=given(given_url),
        allowed="https://github.com/ORGANIZATION, https://github.com/ORGANIZATION/REPOSITORY or "
        "https://github.com/enterprises/ENTERPRISE, or the same on a server of your own",
        fix=f"did you mean {near}?" if near else "write it like https://github.com/contoso/app",
    )


def scale_set_name(runners: RunnerSetFacts) -> Iterator[Problem]:
    """The longest name, with its instance number, leaves room for the listener's."""
    if not runners.scale_sets:
        return
    longest = runners.scale_sets[-1]
    limit = names.RUNNER_SCALE_SET.longest
    if len(longest) > limit:
        number = len(longest) - len(runners.name or "")
        yield Problem(
            rule="scale-set-name",
            path=at(runners.path, "name"),
            given=f"{given(runners.name)}, {len(longest)} characters"
            + (f" with the instance's number ({longest})" if number else ""),
            allowed=f"at most {limit - number} characters"
            + (f", so that the instance's number fits into {limit}" if number else ""),
            fix=f"shorten it by {len(longest) - limit}",
        )


def scale_sets_differ(sets: Sequence[RunnerSetFacts]) -> Iterator[Problem]:
    """No scale set has the name of another, the numbered ones included."""
    first: dict[str, RunnerSetFacts] = {}
    for runners in sets:
        clash = next((name for name in runners.scale_sets if name in first), None)
        if clash is not None:
            other = first[clash]
            yield Problem(
                rule="scale-set-duplicate",
                path=at(runners.path, "name"),
                given=given(runners.name)
                if clash == runners.name
                else f"{given(runners.name)}, which makes {given(clash)}",
                allowed=f"a name that no other scale set has; {at(other.path, 'name')} is or makes {given(clash)}",
                fix="rename one of the two",
            )
        for name in runners.scale_sets:
            first.setdefault(name, runners)


def mode_fits_os(runners: RunnerSetFacts, pools: Sequence[PoolFacts] | None) -> Iterator[Problem]:
    """The engine is on Windows nodes; daemons in pods and the container hooks need Linux."""
    pool = placement.pool_of(runners.work, pools)
    if pool is None or pool.os is None or runners.mode is None or runners.mode in MODES_BY_OS.get(pool.os, ()):
        return
    yield Problem(
        rule="mode-os",
        path=at(runners.path, "mode"),
        given=f"{given(runners.mode)} on the {pool.os} pool {given(pool.name)}",
        allowed=f"{listed(MODES_BY_OS.get(pool.os, ()))} on {pool.os}",
        fix="name a pool of the other operating system, or choose one of these modes",
    )


def mode_privilege(runners: RunnerSetFacts, pools: Sequence[PoolFacts] | None) -> Iterator[Problem]:
    """Untrusted code gets no way to take a node."""
    if runners.trust != "untrusted" or runners.mode not in PRIVILEGED_MODES:
        return
    if any(mode_fits_os(runners, pools)):
        return
    free = MODES_BY_OS["linux"]
    where = "" if runners.mode in free else ", on a Linux pool,"
    yield Problem(
        rule="mode-untrusted",
        path=at(runners.path, "mode"),
        given=given(runners.mode),
        allowed=f"{listed([mode for mode in free if mode not in PRIVILEGED_MODES])}{where} for untrusted runners: with "
        f"{runners.mode}, code of a job can take the node",
        fix="name an untrusted Linux pool and write mode: kubernetes-novolume, or remove the runner set"
        if where
        else "write mode: kubernetes-novolume, or none",
    )


def engine_there(runners: RunnerSetFacts, engine: bool | None) -> Iterator[Problem]:
    """The host's engine is installed by this stack."""
    if engine is False and runners.mode == MODE_ENGINE and runners.trust != "untrusted":
        yield Problem(
            rule="engine-missing",
            path=at(runners.path, "mode"),
            given=given(runners.mode),
            allowed="windows-host-engine with the section dockerEngine, which puts the engine on the nodes",
            fix="add the section dockerEngine, for example {version: 29.2.1}, or remove the runner set",
        )


def runner_counts(runners: RunnerSetFacts) -> Iterator[Problem]:
    """Instances have exactly one runner each; otherwise no more idle runners than runners."""
    if runners.instances is None:
        return
    low, high = runners.min_runners, runners.max_runners
    if runners.instances > 1:
        for key, value in (("minRunners", low), ("maxRunners", high)):
            if isinstance(value, int):
                yield Problem(
                    rule="instances-range",
                    path=at(runners.path, key),
                    given=str(value),
                    allowed=f"nothing with instances: {runners.instances}, which makes sets of exactly one runner",
                    fix=f"remove {key}, or instances",
                )
        return
    least = DEFAULT_MIN_RUNNERS if low is ABSENT else low
    most = runners.runners_of_each
    if isinstance(least, int) and most is not None and least > most:
        yield Problem(
            rule="runners-range",
            path=at(runners.path, "minRunners"),
            given=str(least),
            allowed=f"at most maxRunners, which is {most}" + (" by default" if high is ABSENT else ""),
            fix=f"write maxRunners: {least} or more, or lower minRunners",
        )


def caches(runners: RunnerSetFacts) -> Iterator[Problem]:
    """Caches are used by their mode, apart from each other, and by one job at a time."""
    path = at(runners.path, "caches")
    if runners.caches is None or runners.mode is None:
        return
    if runners.mode != MODE_CACHED:
        if runners.caches:
            yield Problem(
                rule="caches-unused",
                path=path,
                given=given(list(runners.caches)),
                allowed=f"nothing in mode {runners.mode}: only {MODE_CACHED} keeps folders of a job",
                fix=f"remove caches, or write mode: {MODE_CACHED}",
            )
        return
    if not runners.caches:
        yield Problem(
            rule="caches-missing",
            path=path,
            given="no folder",
            allowed=f"one folder or more: they are what mode {MODE_CACHED} is for",
            fix="add caches: [/var/lib/docker], or write mode: dind",
        )
        return
    yield from _cache_folders(path, runners.caches)
    if runners.runners_of_each not in (None, 1):
        yield Problem(
            rule="caches-shared",
            path=at(runners.path, "maxRunners"),
            given=str(runners.max_runners),
            allowed="1 with caches, which is the default, as two jobs at once on one Docker data root destroy it",
            fix="remove maxRunners, or write instances: N for N runners with caches of their own",
        )


def _cache_folders(path: str, folders: Sequence[str]) -> Iterator[Problem]:
    for index, folder in enumerate(folders):
        taken = next((root for root in RESERVED_CACHE_PATHS if _inside(folder, root)), None)
        other = next(
            (earlier for earlier in folders[:index] if _inside(folder, earlier) or _inside(earlier, folder)), None
        )
        shortest = posixpath.normpath(f"/{folder.lstrip('/')}")
        if shortest != folder:
            yield Problem(
                rule="cache-path",
                path=at(path, index),
                given=given(folder),
                allowed="an absolute path without . and .. and double slashes",
                fix=f"write {shortest}" if shortest != "/" else "name a folder below /",
            )
        elif taken is not None:
            yield Problem(
                rule="cache-taken",
                path=at(path, index),
                given=given(folder),
                allowed=f"folders outside {listed(RESERVED_CACHE_PATHS, 'and')}, which the runner and the system mount",
                fix="name a folder of the job's tools, for example /var/lib/docker or /var/cache/go",
            )
        elif other is not None:
            yield Problem(
                rule="cache-nested",
                path=at(path, index),
                given=given(folder),
                allowed=f"folders that are not in each other; {other} is there already",
                fix="keep the outer one" if folder != other else "remove it",
            )


def _inside(folder: str, root: str) -> bool:
    return folder == root or folder.startswith(f"{root}/")


def services(runners: RunnerSetFacts) -> Iterator[Problem]:
    """Only the cached mode has to choose between services and control groups."""
    if runners.services and runners.mode not in (None, MODE_CACHED):
        yield Problem(
            rule="services-unused",
            path=at(runners.path, "services"),
            given="true",
            allowed=f"only in mode {MODE_CACHED}; other modes take services as they are",
            fix="remove services",
        )


def work_volume(runners: RunnerSetFacts) -> Iterator[Problem]:
    """The volume that runner and job share is one of mode `kubernetes`."""
    if runners.work_volume and runners.mode not in (None, MODE_WORK_VOLUME):
        yield Problem(
            rule="work-volume-unused",
            path=at(runners.path, "workVolume"),
            given="a volume",
            allowed=f"nothing in mode {runners.mode}: only mode {MODE_WORK_VOLUME} has one",
            fix=f"remove workVolume, or write mode: {MODE_WORK_VOLUME}",
        )


def daemon_storage(runners: RunnerSetFacts) -> Iterator[Problem]:
    """Storage is for the daemon of mode `dind`, and no two daemons share it."""
    own = None if runners.mode is None else runners.mode == MODE_DIND
    yield from storage.needs_daemon(runners.storage, own, f"sets in mode {MODE_DIND}")
    if own is False:
        return
    at_a_time = runners.runners_of_each
    if at_a_time is not None and runners.instances is not None:
        at_a_time *= runners.instances
    single = at_a_time in (None, 1)
    yield from storage.one_daemon(
        runners.storage, single, f"up to {at_a_time} runners", "maxRunners: 1 without instances"
    )
    alone = None if runners.runners_of_each is None else runners.runners_of_each == 1
    yield from storage.kept_folder(runners.storage, alone, "have one runner a set: maxRunners: 1, or instances")


def runs_on_labels(runners: RunnerSetFacts) -> Iterator[Problem]:
    """Labels are what GitHub takes, once each."""
    path = at(runners.path, "labels")
    for index, label in enumerate(runners.labels or ()):
        if not 1 <= len(label) <= LABEL_LIMIT or label.strip() != label or "," in label:
            yield Problem(
                rule="runner-label",
                path=at(path, index),
                given=given(label) if len(label) <= LABEL_LIMIT else f"a text of {len(label)} characters",
                allowed=f"1 to {LABEL_LIMIT} characters, without commas and without blanks at the ends",
                fix="write it as `runs-on` in a workflow does",
            )
        elif label in (runners.labels or ())[:index]:
            yield Problem(
                rule="runner-label-duplicate",
                path=at(path, index),
                given=given(label),
                allowed="each label once",
                fix="remove it",
            )


def check(
    sets: Sequence[RunnerSetFacts] | None, *, pools: Sequence[PoolFacts] | None, engine: bool | None
) -> Iterator[Problem]:
    """All rules of runner sets. `engine` is whether the stack installs Docker Engine."""
    for runners in sets or ():
        yield from url(runners)
        yield from scale_set_name(runners)
        yield from placement.check(runners.work, pools)
        yield from mode_fits_os(runners, pools)
        yield from mode_privilege(runners, pools)
        yield from engine_there(runners, engine)
        yield from runner_counts(runners)
        yield from caches(runners)
        yield from services(runners)
        yield from work_volume(runners)
        yield from daemon_storage(runners)
        yield from runs_on_labels(runners)
    yield from scale_sets_differ(sets or ())
