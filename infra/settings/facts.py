"""From a stack file, as far as it can be read, to the plain facts that rules are about."""

from __future__ import annotations

from infra.settings import build_facts, engine_facts, platform_facts, pool_facts
from infra.settings.shape import walk
from infra.settings.stack import StackSettings
from infra.settings.view import View, each
from rules.agents import AgentPoolFacts, AzureDevOpsFacts
from rules.given import Absent
from rules.paths import at
from rules.registry import CacheFacts
from rules.runners import RunnerSetFacts
from rules.secrets import SecretUse
from rules.stack import StackFacts
from rules.storage import StorageFacts

_CHECKED_SECTIONS = ("environment", "monitoring", "network", "policy", "registry")
"""Sections of which some settings do nothing on some platforms."""


def stack_facts(stack: View) -> StackFacts:
    """All facts of a stack."""
    pools = stack.children("nodePools")
    runner_sets = _below(stack, "github", "runnerSets")
    environment = _map(stack, "environment")
    images = _map(stack, "images")
    platform = _map(stack, "platform")
    return StackFacts(
        platform=platform_facts.platform(platform, environment),
        aks=platform_facts.aks(platform),
        azure_local=platform_facts.azure_local(platform),
        network=platform_facts.network(_map(stack, "network")),
        operators=platform_facts.operators(_map(stack, "keda"), _map(stack, "arc")),
        quota=platform.numbers("vcpuQuota") if platform else {},
        written={section: view.given() for section in _CHECKED_SECTIONS if (view := _map(stack, section)) is not None},
        pools=tuple(pool_facts.pool(pool) for pool in pools) if isinstance(pools, tuple) else None,
        builds=build_facts.builds(stack.children("builds")),
        engine=engine_facts.engine(stack.child("dockerEngine"), images),
        azure_devops=_azure_devops(stack.child("azureDevOps")),
        runner_sets=tuple(_runner_set(item) for item in runner_sets) if isinstance(runner_sets, tuple) else runner_sets,
        tags=environment.text_mapping("tags") if environment else None,
        namespaces=_namespaces(stack),
        repository=images.text_or_absent("repository") if images else None,
        image_tag=images.text_or_absent("tag") if images else None,
        images_built=images.is_given("build") if images else None,
        images=_images(stack) if images else None,
        prepull=engine_facts.prepull(_map(stack, "dockerEngine")),
        api_server_cidrs=_api_server_cidrs(stack),
        pull_secret_servers={
            at(item.path, "server"): server
            for item in each(_below(stack, "registry", "pullSecrets"))
            if (server := item.text("server")) is not None
        },
        cache=tuple(
            CacheFacts(path=item.path, source=item.text("source"), target=item.text("target"))
            for item in each(_below(stack, "registry", "cache"))
        ),
        push=_push(stack),
    )


def secret_uses(stack: View) -> tuple[SecretUse, ...]:
    """Every setting that names a secret, and names it legally."""
    return tuple(
        SecretUse(path=found.path, name=found.value)
        for found in walk(StackSettings, stack.raw, "secret")
        if isinstance(found.value, str) and found.path not in stack.unknown
    )


def _map(view: View, key: str) -> View | None:
    child = view.child(key)
    return child if isinstance(child, View) else None


def _below(view: View, key: str, list_key: str) -> tuple[View, ...] | Absent | None:
    child = view.child(key)
    return child.children(list_key) if isinstance(child, View) else child


def _azure_devops(view: View | Absent | None) -> AzureDevOpsFacts | Absent | None:
    if not isinstance(view, View):
        return view
    auth = _map(view, "auth")
    pools = view.children("agentPools")
    return AzureDevOpsFacts(
        path=view.path,
        organization_url=view.text("organizationUrl"),
        auth_kind=auth.text("kind") if auth else None,
        client_id=auth.text_or_absent("clientId") if auth else None,
        agent_pools=tuple(_agent_pool(pool) for pool in pools) if isinstance(pools, tuple) else None,
    )


def _agent_pool(view: View) -> AgentPoolFacts:
    scaling = _map(view, "scaling")
    return AgentPoolFacts(
        path=view.path,
        name=view.written("name"),
        pool=view.text("pool"),
        node_pool=view.text("nodePool"),
        trust=view.text("trust"),
        docker=view.text_or_absent("docker"),
        scaling=scaling.text("kind") if scaling else None,
        fixed_agents=scaling.number("agents") if scaling else None,
        keda_min=scaling.number("min") if scaling else None,
        keda_max=scaling.number("max") if scaling else None,
        storage=_storage(view),
        image=view.text_or_absent("image"),
        capabilities=view.text_mapping("capabilities"),
        demands=view.texts("demands"),
        job_minutes=view.number("jobTimeoutMinutes"),
    )


def _runner_set(view: View) -> RunnerSetFacts:
    return RunnerSetFacts(
        path=view.path,
        name=view.written("name"),
        url=view.text("url"),
        mode=view.text("mode"),
        node_pool=view.text("nodePool"),
        trust=view.text("trust"),
        instances=view.number("instances"),
        min_runners=view.number_or_absent("minRunners"),
        max_runners=view.number_or_absent("maxRunners"),
        labels=view.texts("labels"),
        caches=view.texts("caches"),
        storage=_storage(view),
        services=view.flag("services"),
        work_volume=view.is_given("workVolume"),
        image=view.text_or_absent("image"),
        job_minutes=view.number("jobTimeoutMinutes"),
    )


def _storage(view: View) -> StorageFacts | Absent | None:
    storage = view.child("storage")
    if isinstance(storage, View):
        return StorageFacts(path=storage.path, kind=storage.text("kind"))
    return storage


def _namespaces(stack: View) -> dict[str, str | None]:
    ours = _map(stack, "namespaces")
    arc = _map(stack, "arc")
    names = {}
    if ours is not None and ours.model is not None:
        names = {
            at(ours.path, key): ours.text(key)
            for key in ("dockerEngine", "azureDevOps", "azureDevOpsDocker", "github", "githubDocker", "builds")
        }
    if arc is not None:
        names[at(arc.path, "namespace")] = arc.text("namespace")
    return names


def _images(stack: View) -> dict[str, str | None]:
    """Every image that is named, wherever it is; `None` for what cannot be read. Defaults of ours need no check."""
    named: dict[str, str | None] = {}
    images = _map(stack, "images")
    if images is not None:
        for key, value in images.raw.items():
            if value is not None and key not in ("build", "repository", "tag"):
                named[at(images.path, key)] = images.text(key)
    for items in (_below(stack, "azureDevOps", "agentPools"), _below(stack, "github", "runnerSets")):
        for item in each(items):
            image = item.text_or_absent("image")
            if isinstance(image, str):
                named[at(item.path, "image")] = image
    for one in each(_below(stack, "dockerEngine", "nodePools")):
        if isinstance(image := one.text_or_absent("image"), str):
            named[at(one.path, "image")] = image
    return named


def _push(stack: View) -> tuple[str, ...]:
    registry = _map(stack, "registry")
    return (registry.texts("push") if registry else None) or ()


def _api_server_cidrs(stack: View) -> dict[str, str]:
    network = _map(stack, "network")
    cidrs = (network.texts("apiServerCidrs") if network else None) or ()
    return {at("network.apiServerCidrs", index): text for index, text in enumerate(cidrs)}
