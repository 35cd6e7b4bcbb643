"""The policy pack's configuration for a stack file: what `pulumi --policy-pack-config FILE` takes.

`python -m infra.policy_config --stack NAME` prints it; `make policy-config` does the same.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import yaml

from infra.fleet import fleet_of
from infra.settings.load import secret_names, validate
from infra.settings.report import PREFIX, InvalidStack
from rules.policies.catalogue import RULES
from rules.policies.settings import to_config


def configuration(file: Path, *, stack: str) -> dict[str, object]:
    """The configuration for a stack file. Raises `InvalidStack`, and `OSError` where the file cannot be read."""
    config = yaml.safe_load(file.read_text())["config"]
    ours = {key.removeprefix(PREFIX): value for key, value in config.items() if key.startswith(PREFIX)}
    secret = {key for key, value in ours.items() if isinstance(value, dict) and value.keys() == {"secure"}}
    plain = {key: value for key, value in ours.items() if key not in secret}
    # Secrets that are not set yet are told by a preview; nothing here depends on one.
    secrets = secret | set(secret_names(plain))
    settings = validate(plain, secrets=secrets, file=str(file), stack=stack)
    return dict(to_config(fleet_of(settings, stack=stack), RULES))


def main(arguments: list[str]) -> int:
    """Print the configuration; a stack file that is refused is told as `make check` tells it."""
    parser = argparse.ArgumentParser(prog="python -m infra.policy_config")
    parser.add_argument("--stack", required=True, help="NAME of Pulumi.NAME.yaml")
    parser.add_argument("--file", type=Path, help="a stack file in another place")
    options = parser.parse_args(arguments)
    try:
        found = configuration(options.file or Path(f"Pulumi.{options.stack}.yaml"), stack=options.stack)
    except (InvalidStack, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(found, indent=2, sort_keys=True))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
