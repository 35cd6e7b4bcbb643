"""The labels of our Kubernetes objects.

Owns which labels an object carries and which few of them select its pods. A selector is immutable in Kubernetes, so it
holds only what never changes in an object's life; further labels may come and go.

Refuses a value that Kubernetes would refuse, before anything is sent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from components import contract

_LABEL_VALUE = re.compile(r"^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$")


def label_value(value: str, *, of: str) -> str:
    """`value`, if it may be a label's value.

    `of` names what it is, for the error.
    Raises ValueError otherwise. Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/
    """
    if not _LABEL_VALUE.fullmatch(value):
        raise ValueError(
            f"{of}: {value!r} cannot be a label's value; allowed are 1 to 63 letters, digits, '-', '_' and '.', "
            "with a letter or digit at both ends; choose a shorter or simpler name"
        )
    return value


def object_labels(*, stack: str) -> dict[str, str]:
    """Labels of every object of a stack."""
    return {
        contract.LABEL_PART_OF: contract.PART_OF,
        contract.LABEL_MANAGED_BY: contract.MANAGED_BY,
        contract.LABEL_STACK: label_value(stack, of="stack"),
    }


def selector_labels(*, stack: str, component: str, instance: str) -> dict[str, str]:
    """The labels by which a workload finds its pods; they never change.

    `component` is what runs (`docker-engine`, `azure-devops-agent`), `instance` which one of them.
    """
    return {
        contract.LABEL_NAME: label_value(component, of="component"),
        contract.LABEL_INSTANCE: label_value(instance, of="instance"),
        contract.LABEL_STACK: label_value(stack, of="stack"),
    }


def workload_labels(
    *, stack: str, component: str, instance: str, extra: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Labels of a workload and of its pods: `selector_labels`, the common ones, and `extra`."""
    return {
        **object_labels(stack=stack),
        **selector_labels(stack=stack, component=component, instance=instance),
        contract.LABEL_COMPONENT: label_value(component, of="component"),
        **(extra or {}),
    }
