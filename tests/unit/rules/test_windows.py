"""Windows: administrators of nodes, and images that fit them."""

from __future__ import annotations

import pytest

from rules import stack, windows_admin, windows_images
from rules.agents import AgentPoolFacts, AzureDevOpsFacts
from rules.given import ABSENT
from rules.pool_facts import PoolFacts
from rules.pool_upgrade import Job
from rules.runners import RunnerSetFacts
from rules.stack import StackFacts
from tests.unit.rules.cases import Check, passes, refused, text

W22 = PoolFacts(path="nodePools[0]", name="w22", os="windows", purpose="build", os_sku="Windows2022")
W25 = PoolFacts(path="nodePools[1]", name="w25", os="windows", purpose="build", os_sku="Windows2025")
LIN = PoolFacts(path="nodePools[2]", name="lin", os="linux", purpose="build", os_sku=ABSENT)


def agents(pool: str, image: str | None = None) -> AzureDevOpsFacts:
    path = "azureDevOps.agentPools[0]"
    one = AgentPoolFacts(path=path, node_pool=pool, docker="host-engine", image=image or ABSENT)
    return AzureDevOpsFacts(agent_pools=[one])


def used(pool: str, image: str) -> StackFacts:
    return StackFacts(
        pools=[W22, W25, LIN], azure_devops=agents(pool, image), images={"azureDevOps.agentPools[0].image": image}
    )


def of_stack(pool: str, key: str, image: str) -> StackFacts:
    runners = RunnerSetFacts(path="github.runnerSets[0]", node_pool=pool, mode="windows-host-engine", image=ABSENT)
    return StackFacts(
        pools=[W22, W25, LIN], azure_devops=agents(pool), runner_sets=[runners], images={f"images.{key}": image}
    )


def pulled(image: str, *pools: PoolFacts) -> StackFacts:
    return StackFacts(pools=pools, prepull={"dockerEngine.prepull[0]": image})


@passes(
    ("2022 on 2022", lambda: stack.images_fit_nodes(used("w22", "a/agent:1-ltsc2022"))),
    ("2022 on 2025", lambda: stack.images_fit_nodes(used("w25", "a/agent:1-ltsc2022"))),
    ("2025 on 2025", lambda: stack.images_fit_nodes(used("w25", "a/agent:10.0.26100.1"))),
    ("a tag that does not tell", lambda: stack.images_fit_nodes(used("w22", "a/agent:1.4.0"))),
    ("linux, whatever its tag", lambda: stack.images_fit_nodes(used("lin", "a/agent:1-ltsc2019"))),
    ("a pool that is not there", lambda: stack.images_fit_nodes(used("w19", "a/agent:1-ltsc2019"))),
    (
        "one for all of the stack",
        lambda: stack.images_fit_nodes(of_stack("w25", "azureDevOpsAgentWindows", "a/agent:1-ltsc2025")),
    ),
    ("pulled by the pool that runs it", lambda: stack.images_fit_nodes(pulled("w/servercore:ltsc2025", W22, W25, LIN))),
    ("pulled by nobody", lambda: stack.images_fit_nodes(pulled("w/servercore:ltsc2019", LIN))),
    ("free name", lambda: windows_admin.username("p", "buildfleet")),
)
def test_images_that_run_on_their_nodes_pass(check: Check) -> None:
    assert text(check()) == ""


@refused(
    (
        "2025 on 2022",
        lambda: stack.images_fit_nodes(used("w22", "a/agent:1-ltsc2025")),
        """
image-windows: azureDevOps.agentPools[0].image
  given: "a/agent:1-ltsc2025", made on ltsc2025, for pool "w22" of Windows2022
  allowed: images made on ltsc2022 for pools of Windows2022: a Windows container runs only on the Windows
    Server that it is made for
  fix: rebuild the image on ltsc2022, or name a pool of Windows2025
""",
    ),
    (
        "2019 on 2025",
        lambda: stack.images_fit_nodes(used("w25", "a/agent:10.0.17763.1")),
        """
image-windows: azureDevOps.agentPools[0].image
  given: "a/agent:10.0.17763.1", made on ltsc2019, for pool "w25" of Windows2025
  allowed: images made on ltsc2025 or ltsc2022 for pools of Windows2025: a Windows container runs only on the
    Windows Server that it is made for
  fix: rebuild the image on ltsc2025; no Windows Server of AKS runs it any more
""",
    ),
    (
        "agents of the stack",
        lambda: stack.images_fit_nodes(of_stack("w22", "azureDevOpsAgentWindows", "a/agent:1-ltsc2025")),
        """
image-windows: images.azureDevOpsAgentWindows
  given: "a/agent:1-ltsc2025", made on ltsc2025, for pool "w22" of Windows2022
  allowed: images made on ltsc2022 for pools of Windows2022: a Windows container runs only on the Windows
    Server that it is made for
  fix: rebuild the image on ltsc2022, or name a pool of Windows2025
""",
    ),
    (
        "runners of the stack",
        lambda: stack.images_fit_nodes(of_stack("w22", "githubRunnerWindows", "a/runner-ltsc2025:1")),
        """
image-windows: images.githubRunnerWindows
  given: "a/runner-ltsc2025:1", made on ltsc2025, for pool "w22" of Windows2022
  allowed: images made on ltsc2022 for pools of Windows2022: a Windows container runs only on the Windows
    Server that it is made for
  fix: rebuild the image on ltsc2022, or name a pool of Windows2025
""",
    ),
    (
        "pulled and run by no pool",
        lambda: stack.images_fit_nodes(pulled("w/servercore:ltsc2025", W22, LIN)),
        """
image-windows: dockerEngine.prepull[0]
  given: "w/servercore:ltsc2025", made on ltsc2025, for pool "w22" of Windows2022
  allowed: images made on ltsc2022 for pools of Windows2022: a Windows container runs only on the Windows
    Server that it is made for
  fix: remove it: no Windows pool of this stack can run it
""",
    ),
    (
        "name that all try first",
        lambda: windows_admin.username("p", "ROOT"),
        """
windows-admin-name: p
  given: "ROOT"
  allowed: names other than the 32 that Azure refuses, such as admin and root
  fix: leave adminUsername out for buildfleet, or choose another; it cannot be changed later
""",
    ),
)
def test_images_that_do_not_run_on_their_nodes_are_refused(check: Check, said: str) -> None:
    assert text(check()) == said


@pytest.mark.parametrize(
    ("image", "family"),
    [
        ("mcr.microsoft.com/windows/servercore:ltsc2022", "ltsc2022"),
        ("mcr.microsoft.com/dotnet/sdk:8.0-windowsservercore-ltsc2019", "ltsc2019"),
        ("registry:5000/agent-ltsc2025:1.0", "ltsc2025"),
        ("mcr.microsoft.com/windows/nanoserver:10.0.20348.1547", "ltsc2022"),
        ("mcr.microsoft.com/windows/nanoserver:1809", "ltsc2019"),
        ("mcr.microsoft.com/windows/nanoserver:1809-amd64", "ltsc2019"),
        ("registry:5000/agent", None),
        ("a/agent:20348", None),
        ("a/agent:1.0.17763", None),
        ("a/agent:2.1809.0", None),
        (f"a/agent@sha256:{'17763' * 12}0000", None),
    ],
)
def test_the_windows_of_an_image_is_in_its_name_or_unknown_and_the_number_of_a_build_of_ones_own_is_not_taken_for_it(
    image: str, family: str | None
) -> None:
    assert windows_images.family(image) == family


@pytest.mark.parametrize("password", ["Correct-Horse-9", "aaaaaaaaaaaaA1", "A1-" * 41, "lower-and-9-digits"])
def test_a_password_that_windows_takes_passes(password: str) -> None:
    assert windows_admin.password("adminPassword", password) is None


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("Short-1-Secret"[:13], "a password of 13 characters"),
        ("A1-" * 41 + "x", "a password of 124 characters"),
        ("nothing-but-lower", "a password of lower-case letters and others alone"),
        ("NothingButLetters", "a password of lower-case letters and upper-case letters alone"),
        ("P@ssw0rd", "a password that everybody tries first"),
        ("Two-Lines-1234\n", "a password with a line break or another control character"),
        ("", "a password of 0 characters"),
    ],
)
def test_a_password_that_windows_refuses_is_refused_and_not_repeated(password: str, said: str) -> None:
    problem = windows_admin.password("adminPassword", password)
    assert problem is not None
    assert (problem.rule, problem.path) == ("windows-password", "adminPassword")
    assert problem.given == f"{said} (not shown)"
    assert problem.allowed == (
        "14 to 123 characters of at least 3 of: lower-case letters, upper-case letters, digits, others (Windows Server)"
    )
    assert problem.fix.startswith("`pulumi config set --secret adminPassword`")
    assert not password or password not in str(problem)


def test_an_image_that_several_agents_share_is_told_once_for_each_pool() -> None:
    several = [AgentPoolFacts(path=f"a[{index}]", node_pool="w22", docker="none", image=ABSENT) for index in range(3)]
    facts = StackFacts(
        pools=[W22],
        azure_devops=AzureDevOpsFacts(agent_pools=several),
        images={"images.azureDevOpsAgentWindows": "a/agent:1-ltsc2025"},
    )
    assert len(list(stack.images_fit_nodes(facts))) == 1


def test_the_longest_job_of_a_pool_is_that_of_whatever_runs_on_it() -> None:
    on_pool = [
        AgentPoolFacts(path=f"a[{index}]", node_pool=pool, job_minutes=minutes)
        for index, (pool, minutes) in enumerate([("w22", 60), ("w22", 240), ("w22", 90), ("lin", None), ("none", 9)])
    ]
    runners = RunnerSetFacts(path="r[0]", node_pool="w25", job_minutes=30)
    facts = StackFacts(pools=[W22, W25, LIN], azure_devops=AzureDevOpsFacts(agent_pools=on_pool), runner_sets=[runners])
    assert stack.longest_jobs(facts) == {
        "w22": Job(minutes=240, path="a[1].jobTimeoutMinutes"),
        "w25": Job(minutes=30, path="r[0].jobTimeoutMinutes"),
    }
