"""Rules of pods: what they may do to their node, and where they run."""

from __future__ import annotations

from typing import Any, Final

from rules.policies.rule import Rule
from rules.policies.workloads import (
    build_workload_placement,
    cri_socket_forbidden,
    docker_pipe_confined,
    ephemeral_agents_only,
    host_namespaces,
    host_path_allowlist,
    host_process_confined,
    job_survives_drain,
    no_naked_or_default,
    opaque_chart,
    persistent_volume_paths,
    privileged_confined,
    runner_no_kube_api,
    tolerations_bounded,
    windows_image_matches_pool,
    windows_run_as_user,
    work_trust_matches_pool,
    workload_resources,
)

RULES: Final[tuple[Rule[Any], ...]] = (
    build_workload_placement.RULE,
    cri_socket_forbidden.RULE,
    docker_pipe_confined.RULE,
    ephemeral_agents_only.RULE,
    host_namespaces.RULE,
    host_path_allowlist.RULE,
    host_process_confined.RULE,
    job_survives_drain.RULE,
    no_naked_or_default.RULE,
    opaque_chart.RULE,
    persistent_volume_paths.RULE,
    privileged_confined.RULE,
    runner_no_kube_api.RULE,
    tolerations_bounded.RULE,
    windows_image_matches_pool.RULE,
    windows_run_as_user.RULE,
    work_trust_matches_pool.RULE,
    workload_resources.RULE,
)
