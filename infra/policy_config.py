"""The policy pack's configuration for a stack file: what `pulumi --policy-pack-config FILE` takes.

`python -m infra.policy_config --stack NAME` prints it; `make policy-config` does the same. With `--base-file` the stack
file is one that somebody wants to change, and counts as far as it allows no more than the base's.

With `--for-admission` it prints what `python -m operations admission` takes: the configuration, and with it the stack
file's `policy.scope`, which is of the cluster's policies alone, so that the pack has no word for it.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import yaml

from infra import policy_overrides
from infra.fleet import fleet_of
from infra.fleet_change import judged
from infra.policy_overrides import InvalidOverrides, Overrides
from infra.settings.load import secret_names, validate
from infra.settings.policy import Policy
from infra.settings.report import PREFIX, InvalidStack
from infra.settings.stack import StackSettings
from rules.policies.catalogue import RULES
from rules.policies.fleet import Fleet
from rules.policies.settings import to_config


def configuration(file: Path, *, stack: str) -> dict[str, object]:
    """The configuration for a stack file alone. Raises `InvalidStack`, and `OSError` where it cannot be read."""
    return dict(to_config(_fleet(file, stack), RULES))


def configuration_of_change(
    file: Path, base: Path | None, overrides: Overrides, *, stack: str
) -> tuple[dict[str, object], list[str]]:
    """The configuration for a stack file that changes `base`, and what of it does not count yet, a line each.

    Raises as `configuration` does.
    """
    fleet, lines = _fleet(file, stack), []
    if base is not None and base.exists():
        found = judged(_fleet(base, stack), fleet, overrides.granted)
        fleet, lines = found.fleet, list(found.left_out)
    elif base is not None:
        lines = [f"{base.name}: the base has no such stack, so that nothing of the change can be held against it"]
    return overrides.over(to_config(fleet, RULES)), lines


def for_admission(file: Path, overrides: Overrides, *, stack: str) -> dict[str, object]:
    """What `operations.admission.question_in` takes: `scope` and `configuration`. Raises as `configuration` does."""
    settings = _settings(file, stack)
    scope = (settings.policy or Policy()).scope
    return {"scope": scope, "configuration": overrides.over(to_config(fleet_of(settings, stack=stack), RULES))}


def _fleet(file: Path, stack: str) -> Fleet:
    return fleet_of(_settings(file, stack), stack=stack)


def _settings(file: Path, stack: str) -> StackSettings:
    document = yaml.safe_load(file.read_text())
    config = document.get("config") if isinstance(document, dict) else None
    if not isinstance(config, dict):
        raise OSError(f"{file}: this is no stack file; it has no map config")
    ours = {key.removeprefix(PREFIX): value for key, value in config.items() if key.startswith(PREFIX)}
    secret = {key for key, value in ours.items() if isinstance(value, dict) and value.keys() == {"secure"}}
    plain = {key: value for key, value in ours.items() if key not in secret}
    # Secrets that are not set yet are told by a preview; nothing here depends on one.
    secrets = secret | set(secret_names(plain))
    return validate(plain, secrets=secrets, file=str(file), stack=stack)


def main(arguments: list[str]) -> int:
    """Print the configuration; a stack file that is refused is told as `make check` tells it."""
    parser = argparse.ArgumentParser(prog="python -m infra.policy_config")
    parser.add_argument("--stack", required=True, help="NAME of Pulumi.NAME.yaml")
    parser.add_argument("--file", type=Path, help="a stack file in another place")
    use = parser.add_mutually_exclusive_group()
    use.add_argument("--base-file", type=Path, help="the stack file that it changes: nothing looser counts yet")
    use.add_argument("--for-admission", action="store_true", help="what python -m operations admission takes")
    parser.add_argument("--overrides", type=Path, help="default: policy/overrides/NAME.json beside this program")
    options = parser.parse_args(arguments)
    try:
        overrides = policy_overrides.read(options.overrides or policy_overrides.FOLDER / f"{options.stack}.json", RULES)
        file = options.file or Path(f"Pulumi.{options.stack}.yaml")
        if options.for_admission:
            found, lines = for_admission(file, overrides, stack=options.stack), list[str]()
        else:
            found, lines = configuration_of_change(file, options.base_file, overrides, stack=options.stack)
    except (InvalidStack, InvalidOverrides, OSError, yaml.YAMLError) as error:
        print(error, file=sys.stderr)
        return 1
    for line in lines:
        print(line, file=sys.stderr)
    print(json.dumps(found, indent=2, sort_keys=True))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
