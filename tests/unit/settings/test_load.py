"""A stack file is taken as a whole, or refused with everything that is wrong with it."""

from __future__ import annotations

import copy
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.settings.load import SECTIONS, secret_names, validate
from infra.settings.model import Settings
from infra.settings.report import InvalidStack
from infra.settings.shape import Shape, keys
from infra.settings.stack import StackSettings
from rules.problem import Problem
from tests.unit.settings.stack_files import NAMES, stack

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = tuple(sorted(path.name for path in ROOT.glob("Pulumi.*.yaml")))
AKS = "Pulumi.aks.yaml"
DEV = "Pulumi.dev.yaml"
GROUP = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/ci/providers/Microsoft."


def problems(raw: dict[str, Any], secrets: set[str]) -> tuple[Problem, ...]:
    try:
        validate(raw, secrets=secrets)
    except InvalidStack as invalid:
        return invalid.problems
    return ()


def told(raw: dict[str, Any], secrets: set[str]) -> list[tuple[str, str]]:
    return [(problem.path, problem.rule) for problem in problems(raw, secrets)]


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_stack_is_taken(name: str) -> None:
    raw, secrets = stack(name)
    assert isinstance(validate(raw, secrets=secrets), StackSettings)


def example(name: str) -> dict[str, Any]:
    """The sections of an example that users copy."""
    config = yaml.safe_load((ROOT / name).read_text())["config"]
    return {key.removeprefix("buildfleet:"): value for key, value in config.items()}


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_that_users_copy_are_taken(name: str) -> None:
    assert len(EXAMPLES) >= 3
    assert told(example(name), set(secret_names(example(name)))) == []


def test_settings_have_the_files_values_and_the_models_defaults() -> None:
    raw, secrets = stack(AKS)
    taken = validate(raw, secrets=secrets)
    assert taken.node_pools[2].os_sku == "Windows2022"
    assert taken.node_pools[2].trust == "trusted"
    assert taken.github is not None
    assert taken.github.runner_sets[0].caches == ("/var/lib/docker", "/var/cache/go")
    assert taken.namespaces.azure_devops_docker == "azdo-agents-docker"


def test_a_refusal_is_written_in_full() -> None:
    raw, secrets = stack(AKS)
    raw["nodePools"][2]["name"] = "windows1"
    raw["azureDevOps"]["agentPools"][0]["nodePool"] = "windows1"
    with pytest.raises(InvalidStack) as refused:
        validate(raw, secrets=secrets, file="Pulumi.aks.yaml")
    assert str(refused.value) == (
        "Pulumi.aks.yaml has 1 mistake; nothing was changed.\n"
        "\n"
        "buildfleet:nodePools[2].name  (pool-name)\n"
        '  given    "windows1"\n'
        "  allowed  1 to 6 lower-case letters and digits, starting with a letter (AKS, Windows pools)\n"
        '  fix      shorten it, for example "window"'
    )


def test_twelve_mistakes_of_every_kind_are_twelve_messages_in_the_order_of_the_file() -> None:
    raw, _ = stack(AKS)
    raw["environment"]["productoin"] = raw["environment"].pop("production")  # unknown key
    del raw["environment"]["owner"]  # missing key
    raw["platform"]["kubernetesVersion"] = "1.37"  # Windows2022 is gone: a rule over two sections
    raw["nodePools"][0]["minCount"] = "2"  # wrong type
    raw["nodePools"][1]["name"] = "Linux Builds"  # pattern; the agents below name the same, which is not a mistake
    raw["azureDevOps"]["agentPools"][1]["nodePool"] = "Linux Builds"
    raw["dockerEngine"]["version"] = "28.0.2"  # not in the table
    raw["dockerEngine"]["mirrors"] = ["mirror.contoso.com"]  # no scheme
    raw["azureDevOps"]["auth"] = {"kind": "password", "secret": "x"}  # union
    raw["azureDevOps"]["agentPools"][0]["docker"] = "sidecar"  # does not fit the pool's system
    raw["github"]["runnerSets"][0]["nodePool"] = "system"  # rule over two sections
    raw["github"]["runnerSets"][0]["instances"] = 200  # range
    raw["github"]["runnerSets"][0]["mode"] = "cached"  # literal
    assert told(raw, {"githubAppKey", "windowsAdminPassword"}) == [
        ("environment.owner", "key-missing"),
        ("environment.productoin", "key-unknown"),
        ("nodePools[0].minCount", "type"),
        ("nodePools[1].name", "form"),
        ("nodePools[2].osSku", "os-sku-version"),
        ("dockerEngine.version", "engine-version"),
        ("dockerEngine.mirrors[0]", "engine-mirror"),
        ("azureDevOps.auth.kind", "choice"),
        ("azureDevOps.agentPools[0].docker", "docker-os"),
        ("github.runnerSets[0].mode", "choice"),
        ("github.runnerSets[0].nodePool", "placement-system"),
        ("github.runnerSets[0].instances", "range"),
    ]


STRUCTURE: list[tuple[str, Any, str, str, str, str]] = [
    # where, what, rule, given, allowed, fix
    ("environment.name", None, "key-missing", "nothing", "1 to 20 lower-case", "add name: prod"),
    ("environment.name", "Prod_1", "form", '"Prod_1"', "1 to 20 lower-case", 'write it like "prod-1"'),
    ("environment.name", "_", "form", '"_"', "1 to 20 lower-case", 'write it like "prod"'),
    (
        "platform.windows",
        None,
        "key-missing",
        "nothing",
        "a map with",
        "add windows: {adminPasswordSecret: windowsAdmin",
    ),
    ("platform.adminGroups", None, "key-missing", "nothing", "a list of", 'add adminGroups: ["00000000-0000-0000-0'),
    ("platform.upgrades", {"channel": "rapid"}, "choice", '"rapid"', '"none", "patch"', "write channel: patch, and"),
    ("nodePools[2].osSku", "Windows2019", "choice", '"Windows2019"', '"Windows2022"', 'write "Windows2022" or "Wind'),
    ("nodePools[0].os", None, "key-missing", "nothing", '"linux" or "windows"', "add os: linux or windows"),
    ("github.auth.kind", None, "key-missing", "nothing", '"app"', "add kind: app, pat or existing-secret"),
    (
        "github.auth",
        None,
        "key-missing",
        "nothing",
        "a map with kind",
        "add auth: {kind: app, clientId: Iv1.0123456789",
    ),
    ("environment.production", "yes", "type", '"yes"', "true or false", "write it without quotes: true"),
    ("environment.production", 0, "type", "0", "true or false", "write false"),
    ("environment.tags", ["a"], "type", "a list of 1", "a map of keys to texts", "write a map"),
    ("environment.tags.costCenter", 4711, "type", "4711", "a text", 'write it in quotes: "4711"'),
    ("platform", "aks", "type", '"aks"', "a map with kind: aks, azure-local or existing-cluster", "write a map"),
    ("platform.kind", None, "key-missing", "nothing", '"aks", "azure-local"', "add kind"),
    ("platform.kind", "ask", "choice", '"ask"', '"aks", "azure-local"', "write one of them"),
    ("platform.kind", "azure_local", "choice", '"azure_local"', '"aks"', 'did you mean "azure-local"?'),
    ("platform.kubernetesVersion", 1.36, "type", "1.36", "a Kubernetes version", 'write it in quotes: "1.36"'),
    ("nodePools", [], "empty-list", "an empty list", "a list of maps, one or more", "add an entry, {name: pool1, os"),
    ("nodePools", {"a": {}}, "type", "a map with the keys a", "a list of maps", "write a list"),
    ("nodePools[0]", "system", "type", '"system"', "a map with keys of name", "write a map"),
    ("nodePools[0].maxCount", "3", "type", '"3"', "a whole number from 1 to 1000", "write it without quotes: 3"),
    ("nodePools[0].maxCount", 3.5, "type", "3.5", "a whole number from 1 to 1000", "write a whole number such as 1"),
    ("nodePools[0].maxCount", 2000, "range", "2000", "a whole number from 1 to 1000", "write 1000 or less"),
    ("nodePools[0].maxPods", 9, "range", "9", "a whole number from 10 to 250", "write 10 or more"),
    ("nodePools[0].osSku", "windows2022", "choice", '"windows2022"', '"Windows2022"', 'did you mean "Windows2022"?'),
    ("nodePools[0].vmsize", "x", "key-unknown", 'the key "vmsize"', "name, os,", 'did you mean "vmSize"?'),
    ("nodePools[0].colour", "x", "key-unknown", 'the key "colour"', "name, os,", "remove it"),
    ("azureDevOps.organizationUrl", "dev.azure.com", "form", '"dev.azure.com"', "a URL that starts", "write it like"),
    ("azureDevOps.agentPools[1].pool", "", "form", '""', "a text of 1 to 64 characters", 'write it like "aks-linux"'),
    ("azureDevOps.agentPools[1].pool", "x" * 65, "form", '"xxxxx', "a text of 1 to 64 characters", "shorten it to 64"),
    (
        "azureDevOps.agentPools[1].scaling.agents",
        True,
        "type",
        "true",
        "a whole number",
        "write a whole number such as 0",
    ),
    ("azureDevOps.agentPools[1].scaling.max", 3, "key-unknown", 'the key "max"', "kind or agents", "remove it"),
    ("github.auth.installationId", None, "key-missing", "nothing", "a whole number, 1 or more", "add installationId"),
    ("github.runnerSets[0].caches[1]", "root", "form", '"root"', "an absolute path", 'write it like "/var/lib/docker"'),
    ("platform.subscription", "contoso", "form", '"contoso"', "an id of Entra", "write it like"),
    ("platform.adminGroups", [], "empty-list", "an empty list", "a list of texts, one or more", 'add an entry, "0000'),
    ("platform.zones", ["1", "4"], "choice", '"4"', '"1", "2" or "3"', "write one of them"),
    ("platform.zones", [1], "choice", "1", '"1", "2" or "3"', 'write it in quotes: "1"'),
    ("platform.tier", "standard", "choice", '"standard"', '"Free", "Standard"', 'did you mean "Standard"?'),
    ("platform.windows.gmsa", {"dns": "x"}, "key-unknown", 'the key "dns"', "dnsServer or rootDomain", "remove it"),
    ("platform.windows.adminUsername", "a b", "form", '"a b"', "1 to 20 letters", 'write it like "buildfleet"'),
    ("platform.apiServer.kind", "open", "choice", '"open"', '"public" or "private"', "write one of them"),
    ("platform.apiServer.dnsZone", "x", "key-unknown", 'the key "dnsZone"', "kind or authorizedRanges", "remove it"),
    ("platform.apiServer", {"kind": "private", "dnsZone": "x"}, "form", '"x"', "system, none or", "write it like"),
    ("platform.apiServer.authorizedRanges[0]", "10.0.0.0", "form", '"10.0.0.0"', "a network", "write it like"),
    ("platform.vcpuQuota", {"cores": "9"}, "type", '"9"', "a whole number", "write it without quotes: 9"),
    (
        "platform.upgrades",
        {"clusterWindow": {"day": "Sunday"}},
        "key-missing",
        "nothing",
        "a time",
        'add start: "02:00"',
    ),
    (
        "platform.budget",
        {"monthlyAmount": 1, "start": "2026-12-01", "contacts": ["a@b.c"] * 51},
        *("long-list", "a list of 51", "a list of texts, one or more, at most 50", "keep 50 of them"),
    ),
    ("registry", {"push": ["agent"]}, "choice", '"agent"', '"agents" or "runners"', 'did you mean "agents"?'),
    ("keda", "2.19.0", "type", '"2.19.0"', "a map with keys of version", "write a map"),
]


def put(raw: Any, path: str, value: Any) -> None:
    """Set or, with `None`, remove what stands at a path."""
    steps = [int(step) if step.isdigit() else step for step in path.replace("[", ".").replace("]", "").split(".")]
    for step in steps[:-1]:
        raw = raw[step]
    if value is None:
        del raw[steps[-1]]
    else:
        raw[steps[-1]] = value


@pytest.mark.parametrize(("path", "value", "rule", "shown", "allowed", "fix"), STRUCTURE)
def test_a_mistake_of_structure_is_told_once_and_in_plain_words(
    path: str, value: Any, rule: str, shown: str, allowed: str, fix: str
) -> None:
    raw, secrets = stack(AKS)
    # The agent pools stay, and what they say of a broken pool is no further mistake.
    put(raw, path, value)
    if path == "nodePools[0].vmsize":
        del raw["nodePools"][0]["vmSize"]
    found = [problem for problem in problems(raw, secrets) if problem.rule != "os-sku-windows-only"]
    assert len(found) == 1
    assert found[0].path.startswith(path)
    assert found[0].rule == rule
    assert found[0].given.startswith(shown)
    assert found[0].allowed.startswith(allowed)
    assert found[0].fix.startswith(fix)


@pytest.mark.parametrize(("count", "fix"), [(2, "write one of them"), ("3", "write it without quotes: 3")])
def test_a_choice_of_numbers_is_told_without_quotes(count: Any, fix: str) -> None:
    raw = example("Pulumi.azure-local.yaml")
    raw["platform"]["controlPlane"]["count"] = count
    (problem,) = problems(raw, set(secret_names(raw)))
    assert (problem.path, problem.rule) == ("platform.controlPlane.count", "choice")
    assert (problem.allowed, problem.fix) == ("1, 3 or 5", fix)


def test_a_section_that_is_left_out_counts_as_its_default() -> None:
    raw, secrets = stack(AKS)
    del raw["platform"]["apiServer"]
    assert told(raw, secrets) == [("platform.apiServer.authorizedRanges", "authorized-ranges-missing")]


def test_a_section_that_is_broken_says_nothing_of_what_it_would_decide() -> None:
    raw, secrets = stack(AKS)
    raw["platform"]["apiServer"] = {"kind": "publik"}
    raw["network"] = {"subnet": "build", "virtualNetwork": "10.0.0.0/30"}
    assert told(raw, secrets) == [
        ("platform.apiServer.kind", "choice"),
        ("network.subnet", "form"),
        ("network.virtualNetwork", "network-size"),
    ]


def test_mistakes_of_every_section_about_the_cluster_are_found_in_a_file() -> None:
    raw, secrets = stack(AKS)
    raw["platform"] |= {
        "kubernetesVersion": "1.36.1",
        "tier": "Free",
        "windows": {
            "adminPasswordSecret": "windowsAdminPassword",
            "adminUsername": "admin",
            "gmsa": {"dnsServer": "d"},
        },
        "upgrades": {"nodeImages": "SecurityPatch"},
        "vcpuQuota": {"standardDDSv5Family": 10},
        "budget": {"monthlyAmount": 1, "contacts": ["nobody"], "start": "2026-12-01"},
        "deployment": {"deploy": [{"issuer": "https://a", "subject": "repo:a/b:pull_request"}]},
    }
    raw["nodePools"][0] |= {
        "vmSize": "Standard_B2ms",
        "minCount": 1,
        "upgrade": {"maxSurge": "0"},
        "outboundNat": False,
    }
    raw["nodePools"][1] |= {"osDiskType": "Ephemeral", "vmSize": "Standard_D8s_v5", "zones": ["1", "1"]}
    raw["nodePools"][2] |= {"replacement": "create-before-delete", "nodeSelector": {"a": "b"}}
    raw["nodePools"][2]["upgrade"] = {"drainMinutes": 59}
    raw["dockerEngine"]["prepull"] = ["mcr.microsoft.com/windows/servercore:ltsc2025"]
    raw["images"]["azureDevOpsAgentWindows"] = "a.io/agent:1-ltsc2025"
    raw["registry"] = {
        "cache": [{"source": "x", "target": "y"}],
        "push": ["runners"],
        "id": f"{GROUP}ContainerRegistry/registries/c",
    }
    raw["network"] = {
        "engine": "cilium",
        "services": "10.240.0.0/20",
        "pods": "10.244.0.0/24",
        "outbound": "load-balancer",
        "egressAddresses": 2,
    }
    raw["keda"] = {"version": "2.18.0"}
    raw["monitoring"] = {"workspace": f"{GROUP}OperationalInsights/workspaces/w", "retentionDays": 60}
    assert told(raw, secrets) == [
        ("platform.kubernetesVersion", "kubernetes-patch"),
        ("platform.windows.adminUsername", "windows-admin-name"),
        ("platform.windows.gmsa.dnsServer", "gmsa-dns-server"),
        ("platform.windows.gmsa.rootDomain", "gmsa-pair"),
        ("platform.tier", "tier-production"),
        ("platform.upgrades.nodeImages", "node-images-windows"),
        ("platform.vcpuQuota.standardDDSv5Family", "quota"),
        ("platform.deployment.deploy[0].subject", "federation-pull-request"),
        ("platform.budget.contacts[0]", "budget-contact"),
        ("nodePools[0].vmSize", "vm-size-burstable"),
        ("nodePools[0].minCount", "pool-count-production"),
        ("nodePools[0].outboundNat", "outbound-nat-os"),
        ("nodePools[0].upgrade.maxSurge", "upgrade-neither"),
        ("nodePools[1].osDiskType", "os-disk-ephemeral"),
        ("nodePools[1].zones", "zone-duplicate"),
        ("nodePools[2].upgrade.drainMinutes", "upgrade-drain"),
        ("nodePools[2].replacement", "pool-replacement-name"),
        ("nodePools[2].nodeSelector", "pool-field-unused"),
        ("dockerEngine.prepull[0]", "image-windows"),
        ("images.azureDevOpsAgentWindows", "image-windows"),
        ("registry.cache", "setting-unused"),
        ("registry.cache[0].source", "cache-source"),
        ("network.egressAddresses", "setting-unused"),
        ("network.pods", "network-pods"),
        ("network.services", "network-overlap"),
        ("network.engine", "network-engine-windows"),
        ("keda.version", "keda-version-unused"),
        ("monitoring.retentionDays", "setting-unused"),
    ]


def test_a_misspelt_section_is_one_mistake_and_what_depends_on_it_none() -> None:
    raw, secrets = stack(AKS)
    raw["dockerengine"] = raw.pop("dockerEngine")
    raw["nodepools"] = raw.pop("nodePools")
    assert told(raw, secrets) == [("dockerengine", "key-unknown"), ("nodepools", "key-unknown")]


def test_a_misspelt_key_is_unknown_and_the_key_that_was_meant_not_missing() -> None:
    raw, secrets = stack(AKS)
    raw["environment"]["ownr"] = raw["environment"].pop("owner")
    raw["nodePools"][0]["vmsize"] = raw["nodePools"][0].pop("vmSize")
    raw["github"]["runnerSets"][0]["cache"] = raw["github"]["runnerSets"][0].pop("caches")
    assert told(raw, secrets) == [
        ("environment.ownr", "key-unknown"),
        ("nodePools[0].vmsize", "key-unknown"),
        ("github.runnerSets[0].cache", "key-unknown"),
    ]


def test_an_agent_pool_may_name_a_node_pool_whose_entry_is_broken() -> None:
    raw, secrets = stack(AKS)
    raw["nodePools"][2] = {"name": "win22", "os": "win", "purpose": "build"}
    assert told(raw, secrets) == [("nodePools[2].os", "choice"), ("nodePools[2].vmSize", "vm-size-missing")]


def test_a_planned_setting_that_says_what_holds_anyhow_passes() -> None:
    raw, secrets = stack(AKS)
    raw["nodeImages"] = {"enabled": False}
    raw["policy"] = {}
    assert told(raw, secrets) == []


def test_whatever_stands_in_a_planned_section_the_answer_is_to_remove_it() -> None:
    raw, secrets = stack(AKS)
    raw["nodeImages"] = {"enabled": "yes", "colour": 1}
    raw["proxy"] = {"http": "http://proxy:3128"}
    assert told(raw, secrets) == [("proxy", "planned"), ("nodeImages", "planned")]


def test_a_secret_that_is_missing_is_told_with_the_command_that_sets_it() -> None:
    raw, _ = stack(AKS)
    (problem,) = problems(raw, {"gitHubAppKey", "windowsAdminPassword"})
    assert (problem.rule, problem.path) == ("secret-missing", "github.auth.privateKeySecret")
    assert problem.fix == 'did you mean "gitHubAppKey"? Else `pulumi config set --secret githubAppKey`'


def test_a_secret_in_plain_text_is_refused_and_not_shown() -> None:
    raw, _ = stack(DEV)
    raw["azureDevOpsToken"] = "hunter2"
    (problem,) = problems(raw, set())
    assert (problem.rule, problem.path) == ("secret-plain", "azureDevOpsToken")
    assert "hunter2" not in str(problem)
    assert "--secret azureDevOpsToken" in problem.fix


@pytest.mark.parametrize(
    "token", ["ghp_" + "a1B2" * 9, "github_pat_" + "x" * 40, "a1z2" * 13, "-----BEGIN RSA PRIVATE KEY-----\nAAAA"]
)
def test_a_token_pasted_into_the_file_is_never_repeated(token: str) -> None:
    raw, secrets = stack(DEV)
    raw["azureDevOps"]["auth"]["secret"] = token
    raw["azureDevOps"]["agentPools"][0]["pat"] = token
    raw["github"]["runnerSets"][0]["url"] = f"https://{token}@github.com/contoso?"
    raw["environment"]["production"] = token
    raw["gitHubToken"] = token
    with pytest.raises(InvalidStack) as refused:
        validate(raw, secrets=secrets)
    assert token not in str(refused.value)
    assert len(refused.value.problems) == 5


def test_a_name_that_may_be_a_token_is_not_proposed_in_another_form() -> None:
    raw, secrets = stack(DEV)
    raw["environment"]["name"] = "ghp_" + "a1b2" * 4
    (problem,) = problems(raw, secrets)
    assert problem.fix == 'write it like "prod"'


def test_mistakes_that_reach_over_the_whole_file_are_found_in_it() -> None:
    raw, secrets = stack(AKS)
    raw["platform"] |= {
        "kubernetesVersion": "1.20",
        "resourceGroup": "/subscriptions/44444444-4444-4444-4444-444444444444/resourceGroups/ci",
        "windows": {"adminPasswordSecret": "githubAppKey"},
        "vcpuQuota": {"standardESv5Family": 10},
    }
    raw["nodePools"][0]["upgrade"] = {"maxSurge": "0", "maxUnavailable": "1"}
    raw["nodePools"][2]["vmSize"] = "Standard_DC8ads_v5"
    assert told(raw, secrets) == [
        ("platform.kubernetesVersion", "kubernetes-gone"),
        ("platform.windows.adminPasswordSecret", "secret-shared"),
        ("platform.resourceGroup", "resource-group-subscription"),
        ("nodePools[0].upgrade.maxUnavailable", "upgrade-system"),
        ("nodePools[2].vmSize", "vm-size-confidential"),
    ]


def texts(model: type[Settings]) -> dict[str, Shape]:
    """Every text that a model or one below it has, by model and key."""
    found: dict[str, Shape] = {}
    for name, key in keys(model).items():
        shape = key.shape.item or key.shape
        if shape.kind == "text":
            found[f"{model.__name__}.{name}"] = shape if key.required else replace(shape, optional=True)
        for below in (shape.model, *shape.variants.values()):
            found |= texts(below) if below is not None else {}
    return found


def test_every_text_that_has_a_form_or_is_needed_has_an_example_that_fits() -> None:
    found = texts(StackSettings)
    assert len(found) > 60
    for name, shape in found.items():
        if shape.pattern is not None or not shape.optional:
            assert shape.example is not None, name
            assert re.search(shape.pattern or "", shape.example), name
            assert shape.most is None or len(shape.example) <= shape.most, name


def test_an_unused_secret_is_no_mistake_and_an_unknown_plain_key_is() -> None:
    raw, secrets = stack(DEV)
    raw["gitub"] = {}
    assert told(raw, {*secrets, "unused"}) == [("gitub", "key-unknown")]


def test_a_section_with_an_encrypted_value_is_refused_and_not_read() -> None:
    raw, secrets = stack(AKS)
    raw["nodePools"] = "anything"
    assert told(raw, {*secrets, "nodePools"}) == [("nodePools", "section-encrypted")]


def test_the_secrets_that_a_stack_names_are_known_before_it_is_valid() -> None:
    raw, _ = stack(AKS)
    raw["registry"] = {"pullSecrets": [{"server": "ghcr.io", "passwordSecret": "ghcr"}, 3]}
    raw["platform"] = None
    assert secret_names(raw) == ["ghcr", "githubAppKey"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def places(raw: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) of a stack."""
    items = raw.items() if isinstance(raw, dict) else enumerate(raw) if isinstance(raw, list) else ()
    return [place for key, value in items for place in [(raw, key), *places(value)]]


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_whatever_stands_in_a_file_validation_ends_in_settings_or_in_complete_messages(data: st.DataObject) -> None:
    raw, secrets = stack(data.draw(st.sampled_from(NAMES)))
    for _ in range(data.draw(st.integers(1, 4))):
        container, key = data.draw(st.sampled_from(places(raw)))
        action = data.draw(st.sampled_from(["replace", "remove", "rename", "copy"]))
        if action == "replace":
            container[key] = data.draw(JSON)
        elif action == "remove":
            del container[key]
        elif action == "rename" and isinstance(container, dict):
            container[data.draw(st.text(max_size=12))] = container.pop(key)
        elif action == "copy":
            other, place = data.draw(st.sampled_from(places(raw) or [(raw, "github")]))
            other[place] = copy.deepcopy(container.get(key) if isinstance(container, dict) else None)
        if not places(raw):
            break
    for problem in problems(raw, secrets):
        assert problem.path
        assert problem.given
        assert problem.allowed
        assert problem.fix
        assert "pydantic" not in str(problem)


@given(raw=st.dictionaries(st.sampled_from([*SECTIONS, "other"]), JSON, max_size=6))
def test_sections_of_any_content_end_in_messages_only(raw: dict[str, Any]) -> None:
    with pytest.raises(InvalidStack):
        validate(raw, secrets=set())


@pytest.mark.parametrize("value", ["\ud800", float("nan"), {"\ud800": 1}, [[[[]]]] * 3])
def test_what_json_hardly_has_ends_in_messages_too(value: Any) -> None:
    raw, secrets = stack(AKS)
    raw["environment"]["owner"] = value
    raw["dockerEngine"]["configuration"] = {"x": value}
    assert isinstance(problems(raw, secrets), tuple)


def test_a_value_nested_too_deeply_ends_in_a_message() -> None:
    raw, secrets = stack(AKS)
    deep: Any = 1
    for _ in range(5000):
        deep = [deep]
    raw["dockerEngine"]["configuration"] = {"x": deep}
    assert problems(raw, secrets)
