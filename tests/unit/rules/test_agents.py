"""Azure DevOps agents and their placement."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rules import agents, placement
from rules.agents import AgentPoolFacts, AzureDevOpsFacts
from rules.given import ABSENT
from rules.placement import WorkFacts
from rules.pool_facts import PoolFacts
from rules.problem import Problem
from rules.storage import StorageFacts
from tests.unit.rules.cases import Check, passes, refused, text

POOLS = (
    PoolFacts(path="nodePools[0]", name="system", os="linux", purpose="system", trust="trusted"),
    PoolFacts(path="nodePools[1]", name="lin", os="linux", purpose="build", trust="trusted"),
    PoolFacts(path="nodePools[2]", name="win22", os="windows", purpose="build", trust="trusted"),
    PoolFacts(path="nodePools[3]", name="forks", os="linux", purpose="build", trust="untrusted"),
)
NAMELESS = (*POOLS, PoolFacts(path="nodePools[4]"))
LINUX = AgentPoolFacts(path="azureDevOps.agentPools[0]", name="a", node_pool="lin", trust="trusted", docker=ABSENT)
WINDOWS = replace(LINUX, node_pool="win22")
FORKS = replace(LINUX, node_pool="forks", trust="untrusted")
WORK = LINUX.work
SECTION = AzureDevOpsFacts(organization_url="https://dev.azure.com/contoso", auth_kind="pat", client_id=ABSENT)
IDENTITY = replace(SECTION, auth_kind="workload-identity")


def at_url(url: str) -> Iterator[Problem]:
    return agents.organization_url(replace(SECTION, organization_url=url))


def stored(kind: str, facts: AgentPoolFacts = LINUX, docker: str = "sidecar") -> AgentPoolFacts:
    return replace(facts, docker=docker, storage=StorageFacts(path=f"{facts.path}.storage", kind=kind))


FIXED = replace(LINUX, scaling="fixed", fixed_agents=2)
ALONE = replace(LINUX, scaling="fixed", fixed_agents=1)
KEDA = replace(LINUX, scaling="keda", keda_min=0, keda_max=5, demands=())


def in_one_pool(*pools: AgentPoolFacts) -> AzureDevOpsFacts:
    """Agents that take their jobs from the pool `dev`, but for those that name another."""
    return replace(
        SECTION,
        agent_pools=[
            replace(pool, path=f"azureDevOps.agentPools[{index}]", pool=pool.pool or "dev")
            for index, pool in enumerate(pools)
        ],
    )


@passes(
    ("build pool of the same trust", lambda: placement.check(WORK, POOLS)),
    ("a pool whose name cannot be read may be meant", lambda: placement.check(replace(WORK, node_pool="x"), NAMELESS)),
    ("pools that cannot be read", lambda: placement.check(replace(WORK, node_pool="x"), None)),
    ("unknown pool", lambda: placement.check(WorkFacts(path="p"), POOLS)),
    ("cloud", lambda: agents.organization_url(SECTION)),
    ("old cloud", lambda: at_url("https://contoso.visualstudio.com")),
    ("server", lambda: at_url("https://tfs.contoso.com:8443/tfs/Main")),
    ("identity that is made", lambda: agents.client_id(IDENTITY, "aks")),
    ("identity that is named", lambda: agents.client_id(replace(IDENTITY, client_id="id"), "existing-cluster")),
    ("token", lambda: agents.client_id(SECTION, "existing-cluster")),
    ("sidecar on linux", lambda: agents.docker_fits_os(replace(LINUX, docker="sidecar"), POOLS)),
    ("engine on windows", lambda: agents.docker_fits_os(replace(WINDOWS, docker="host-engine"), POOLS)),
    ("none on both", lambda: agents.docker_fits_os(replace(WINDOWS, docker="none"), POOLS)),
    ("pool that is not there", lambda: agents.docker_fits_os(replace(LINUX, docker="sidecar", node_pool="x"), POOLS)),
    ("untrusted without privileges", lambda: agents.docker_privilege(replace(FORKS, docker="buildkit"), POOLS)),
    ("trusted with privileges", lambda: agents.docker_privilege(replace(LINUX, docker="sidecar"), POOLS)),
    ("the other problem comes first", lambda: agents.docker_privilege(replace(FORKS, docker="host-engine"), POOLS)),
    ("engine there", lambda: agents.engine_there(WINDOWS, POOLS, True)),
    ("engine unknown", lambda: agents.engine_there(WINDOWS, POOLS, None)),
    ("no engine on linux", lambda: agents.engine_there(LINUX, POOLS, False)),
    ("equal scaling", lambda: agents.scaling(replace(KEDA, keda_min=5))),
    ("folder for fixed agents", lambda: agents.daemon_storage(stored("hostPath", FIXED), POOLS)),
    ("claim for one agent", lambda: agents.daemon_storage(stored("existingClaim", ALONE), POOLS)),
    ("claim for each", lambda: agents.daemon_storage(stored("ephemeralClaim", KEDA, "in-agent"), POOLS)),
    ("scaling that cannot be read", lambda: agents.daemon_storage(stored("hostPath"), POOLS)),
    ("demands", lambda: agents.demands(replace(KEDA, demands=["docker", "Agent.OS -equals Linux"]))),
    ("capabilities", lambda: agents.capabilities(replace(KEDA, capabilities={"docker": "", "node.js_20": "1"}))),
    (
        "capability that only begins like a variable of ours",
        lambda: agents.capabilities(replace(KEDA, capabilities={"PATHS": "", "AZP": "", "docker-compose": "2"})),
    ),
    ("oldest keda", lambda: agents.keda_version(replace(IDENTITY, agent_pools=[KEDA]), "2.16.0")),
    ("identity for untrusted agents", lambda: agents.token_trust(replace(IDENTITY, agent_pools=[LINUX, FORKS]))),
    ("token for trusted agents", lambda: agents.token_trust(replace(SECTION, agent_pools=[LINUX]))),
    (
        "scalers that tell their jobs apart",
        lambda: agents.pools_shared(
            in_one_pool(replace(KEDA, demands=("a",)), replace(KEDA, demands=("b",)), FIXED, replace(KEDA, pool="b"))
        ),
    ),
    ("fixed agents of one pool", lambda: agents.pools_shared(in_one_pool(FIXED, ALONE))),
    ("unknown demands", lambda: agents.pools_shared(in_one_pool(FIXED, replace(KEDA, demands=None)))),
    ("no keda", lambda: agents.keda_version(replace(IDENTITY, agent_pools=[FIXED]), "2.0.0")),
)
def test_agents_that_can_work_pass(check: Check) -> None:
    assert text(check()) == ""


@refused(
    (
        "pool not there",
        lambda: placement.check(replace(WORK, node_pool="win2"), POOLS),
        """
placement-pool: azureDevOps.agentPools[0].nodePool
  given: "win2"
  allowed: the name of a build pool of nodePools: forks, lin or win22
  fix: did you mean "win22"?
""",
    ),
    (
        "pool not there at all",
        lambda: placement.check(replace(WORK, node_pool="gpu"), POOLS),
        """
placement-pool: azureDevOps.agentPools[0].nodePool
  given: "gpu"
  allowed: the name of a build pool of nodePools: forks, lin or win22
  fix: name one of them, or add the pool to nodePools
""",
    ),
    (
        "system pool",
        lambda: placement.check(replace(WORK, node_pool="system"), POOLS),
        """
placement-system: azureDevOps.agentPools[0].nodePool
  given: "system", which is a system pool
  allowed: a pool with purpose: build: forks, lin or win22
  fix: name a build pool, or add one: a build that fills a system node takes the cluster down
""",
    ),
    (
        "other trust",
        lambda: placement.check(replace(WORK, node_pool="forks"), POOLS),
        """
placement-trust: azureDevOps.agentPools[0].nodePool
  given: "forks", which is untrusted
  allowed: a pool that is trusted, as the work is: lin
  fix: name such a pool, or write trust: untrusted here if that is who uses it
""",
    ),
    (
        "project url",
        lambda: at_url("https://dev.azure.com/contoso/app"),
        """
organization-url: azureDevOps.organizationUrl
  given: "https://dev.azure.com/contoso/app"
  allowed: https://dev.azure.com/ORGANIZATION, https://ORGANIZATION.visualstudio.com, or the URL of a
    collection on a server of your own
  fix: did you mean https://dev.azure.com/contoso?
""",
    ),
    (
        "no organization",
        lambda: at_url("https://dev.azure.com/"),
        """
organization-url: azureDevOps.organizationUrl
  given: "https://dev.azure.com/"
  allowed: https://dev.azure.com/ORGANIZATION, https://ORGANIZATION.visualstudio.com, or the URL of a
    collection on a server of your own
  fix: add the organization, for example https://dev.azure.com/contoso
""",
    ),
    (
        "url with token",
        lambda: at_url("https://me:pat@tfs.contoso.com/a?b"),
        """
organization-url: azureDevOps.organizationUrl
  given: "https://***@tfs.contoso.com/a?b"
  allowed: https://dev.azure.com/ORGANIZATION, https://ORGANIZATION.visualstudio.com, or the URL of a
    collection on a server of your own
  fix: leave out user, query and fragment, and the slash at the end
""",
    ),
    (
        "identity not named",
        lambda: agents.client_id(IDENTITY, "existing-cluster"),
        """
workload-identity-client: azureDevOps.auth.clientId
  given: nothing
  allowed: the client id of an Entra identity that trusts the cluster's tokens (existing-cluster)
  fix: add clientId, or use kind pat or existing-secret
""",
    ),
    (
        "engine on linux",
        lambda: agents.docker_fits_os(replace(LINUX, docker="host-engine"), POOLS),
        """
docker-os: azureDevOps.agentPools[0].docker
  given: "host-engine" on the linux pool "lin"
  allowed: none, sidecar, in-agent or buildkit on linux
  fix: write docker: sidecar, or name a pool of the other operating system
""",
    ),
    (
        "buildkit on windows",
        lambda: agents.docker_fits_os(replace(WINDOWS, docker="buildkit"), POOLS),
        """
docker-os: azureDevOps.agentPools[0].docker
  given: "buildkit" on the windows pool "win22"
  allowed: none or host-engine on windows
  fix: write docker: host-engine, or name a pool of the other operating system
""",
    ),
    (
        "untrusted by default",
        lambda: agents.docker_privilege(FORKS, POOLS),
        """
docker-untrusted: azureDevOps.agentPools[0].docker
  given: nothing, which means sidecar
  allowed: buildkit or none for untrusted agents: with sidecar, code of a build can take the node
  fix: write docker: buildkit, which builds images without privileges
""",
    ),
    (
        "untrusted in the agent",
        lambda: agents.docker_privilege(replace(FORKS, docker="in-agent"), POOLS),
        """
docker-untrusted: azureDevOps.agentPools[0].docker
  given: "in-agent"
  allowed: buildkit or none for untrusted agents: with in-agent, code of a build can take the node
  fix: write docker: buildkit, which builds images without privileges
""",
    ),
    (
        "untrusted on windows",
        lambda: agents.docker_privilege(replace(WINDOWS, trust="untrusted", docker="host-engine"), POOLS),
        """
docker-untrusted: azureDevOps.agentPools[0].docker
  given: "host-engine"
  allowed: none for untrusted agents: with host-engine, code of a build can take the node
  fix: write docker: none
""",
    ),
    (
        "no engine",
        lambda: agents.engine_there(WINDOWS, POOLS, False),
        """
engine-missing: azureDevOps.agentPools[0].docker
  given: nothing, which means host-engine
  allowed: none, or host-engine with the section dockerEngine, which puts the engine on the nodes
  fix: add the section dockerEngine, for example {version: 29.2.1}, or write docker: none
""",
    ),
    (
        "scaling",
        lambda: agents.scaling(replace(KEDA, keda_min=6)),
        """
scaling-range: azureDevOps.agentPools[0].scaling.min
  given: 6
  allowed: at most max, which is 5
  fix: raise max to 6, or lower min
""",
    ),
    (
        "storage without daemon",
        lambda: agents.daemon_storage(stored("emptyDir", LINUX, "buildkit"), POOLS),
        """
storage-unused: azureDevOps.agentPools[0].storage
  given: kind "emptyDir"
  allowed: nothing: only docker: sidecar and docker: in-agent run a daemon of their own
  fix: remove storage, or change that choice
""",
    ),
    (
        "claim for two",
        lambda: agents.daemon_storage(stored("existingClaim", FIXED), POOLS),
        """
storage-claim-shared: azureDevOps.agentPools[0].storage
  given: kind "existingClaim" for 2 agents
  allowed: existingClaim with exactly one daemon: a data root has one daemon, or it is destroyed
  fix: use kind ephemeralClaim, which makes a claim for each, or have just one: scaling: {kind: fixed, agents:
    1}
""",
    ),
    (
        "claim for keda",
        lambda: agents.daemon_storage(stored("existingClaim", replace(KEDA, keda_max=1)), POOLS),
        """
storage-claim-shared: azureDevOps.agentPools[0].storage
  given: kind "existingClaim" for a pod for each job
  allowed: existingClaim with exactly one daemon: a data root has one daemon, or it is destroyed
  fix: use kind ephemeralClaim, which makes a claim for each, or have just one: scaling: {kind: fixed, agents:
    1}
""",
    ),
    (
        "folder for new pods",
        lambda: agents.daemon_storage(stored("hostPath", KEDA), POOLS),
        """
storage-folder-leaks: azureDevOps.agentPools[0].storage
  given: kind "hostPath" for pods with a new name each time
  allowed: hostPath for daemons that come back to their folder: each pod's own would be used once and stay on
    the node until its disk is full
  fix: use kind emptyDir or ephemeralClaim, which end with the pod, or use scaling of kind fixed
""",
    ),
    (
        "demand with comma",
        lambda: agents.demands(replace(KEDA, demands=["a,b"])),
        """
demand-form: azureDevOps.agentPools[0].demands[0]
  given: "a,b"
  allowed: "NAME" or "NAME -equals VALUE", without commas
  fix: write it as the pipeline does, for example "docker" or "Agent.OS -equals Linux"
""",
    ),
    (
        "demands of fixed agents",
        lambda: agents.demands(replace(FIXED, demands=["a"])),
        """
demands-unused: azureDevOps.agentPools[0].demands
  given: a list of 1
  allowed: nothing with scaling of kind fixed: only KEDA reads them, to decide which jobs start an agent
  fix: remove demands; what the agents offer is in capabilities
""",
    ),
    (
        "capability",
        lambda: agents.capabilities(replace(KEDA, capabilities={"node js": "1"})),
        """
capability-name: azureDevOps.agentPools[0].capabilities["node js"]
  given: "node js"
  allowed: letters, digits, underscores, dots and hyphens, starting with a letter or an underscore
  fix: replace the other characters by underscores
""",
    ),
    (
        "old keda",
        lambda: agents.keda_version(replace(SECTION, agent_pools=[FIXED, replace(KEDA, path="p")]), "2.15.1"),
        """
keda-version: keda.version
  given: "2.15.1"
  allowed: 2.16 or newer for p.scaling: older ones drop fields of the agents' pods (appArmorProfile)
  fix: upgrade KEDA on the cluster, then write its version here
""",
    ),
    (
        "capability of the agent's own",
        lambda: agents.capabilities(
            replace(KEDA, capabilities={"azp_Url": "", "Path": "", "DOCKER_HOST": "", "AZURE_CLIENT_ID": ""})
        ),
        "\n".join(
            f"""
capability-reserved: azureDevOps.agentPools[0].capabilities.{name}
  given: "{name}"
  allowed: names other than AZP_*, AZURE_*, BUILDFLEET_*, KUBERNETES_*, VSO_*, AGENT_ALLOW_RUNASROOT,
    BUILDKIT_HOST, DOCKER_HOST, PATH, POD_NAME and POD_NAMESPACE, in upper or lower case
  fix: choose another name: a capability is a variable of the agent's environment, and this one is taken
""".strip()
            for name in ("AZURE_CLIENT_ID", "DOCKER_HOST", "Path", "azp_Url")
        ),
    ),
    (
        "token for untrusted agents",
        lambda: agents.token_trust(replace(SECTION, agent_pools=[LINUX, replace(FORKS, path="p"), FORKS])),
        """
token-untrusted: azureDevOps.auth.kind
  given: "pat" for untrusted agents (p and azureDevOps.agentPools[0])
  allowed: workload-identity with untrusted agents: every job can read its agent's token, and this one would
    let it act on the organization's agent pools until somebody revokes it
  fix: use kind workload-identity, whose tokens soon expire, or move these agents to another stack, with an
    identity that manages their pool alone
""",
    ),
    (
        "secret for untrusted agents",
        lambda: agents.token_trust(replace(SECTION, auth_kind="existing-secret", agent_pools=[FORKS])),
        """
token-untrusted: azureDevOps.auth.kind
  given: "existing-secret" for untrusted agents (azureDevOps.agentPools[0])
  allowed: workload-identity with untrusted agents: every job can read its agent's token, and this one would
    let it act on the organization's agent pools until somebody revokes it
  fix: use kind workload-identity, whose tokens soon expire, or move these agents to another stack, with an
    identity that manages their pool alone
""",
    ),
    (
        "two scalers on one pool",
        lambda: agents.pools_shared(in_one_pool(KEDA, KEDA, replace(FIXED, pool="DEV"))),
        """
pool-shared: azureDevOps.agentPools[1].pool
  given: "dev", as in azureDevOps.agentPools[0].pool and azureDevOps.agentPools[2].pool
  allowed: a pool of its own for agents with scaling of kind keda and no demands: KEDA starts one of them for
    every job of the pool, also for those that other agents take
  fix: give it another pool of Azure DevOps, or add demands that only its jobs have
""",
    ),
    (
        "a scaler without demands beside one with",
        lambda: agents.pools_shared(in_one_pool(KEDA, replace(KEDA, demands=("gpu",)))),
        """
pool-shared: azureDevOps.agentPools[0].pool
  given: "dev", as in azureDevOps.agentPools[1].pool
  allowed: a pool of its own for agents with scaling of kind keda and no demands: KEDA starts one of them for
    every job of the pool, also for those that other agents take
  fix: give it another pool of Azure DevOps, or add demands that only its jobs have
""",
    ),
)
def test_agents_that_cannot_work_are_refused(check: Check, said: str) -> None:
    assert text(check()) == said


def test_agents_of_which_nothing_is_known_pass_every_rule() -> None:
    section = AzureDevOpsFacts(agent_pools=[AgentPoolFacts(path="p")])
    for pools in (None, POOLS):
        assert text(agents.check(section, platform=None, pools=pools, engine=None, keda=None)) == ""


def test_the_capability_rule_hides_a_token_that_was_pasted() -> None:
    token = "ghp_" + "a1" * 18
    assert token not in text(agents.demands(replace(KEDA, demands=[f"{token},"])))
