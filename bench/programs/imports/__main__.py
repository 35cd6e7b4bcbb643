"""The floor of a run of ours: a program that imports what the dev stack imports, and does nothing."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from infra import config, platforms, workloads
from infra.platforms import existing_cluster
from infra.workloads import azure_devops, docker_engine, github

assert all((azure_devops, config, docker_engine, existing_cluster, github, platforms, workloads))
