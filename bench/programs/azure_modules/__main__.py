"""The floor of a run on AKS: a program that imports the modules of azure-native that the aks stack loads, and no more.

A test compares the list with what the stack loads (tests/unit/infra/test_imports.py).
"""

from pulumi_azure_native import (
    authorization,
    consumption,
    containerregistry,
    containerservice,
    keyvault,
    managedidentity,
    monitor,
    network,
    operationalinsights,
    resources,
)

MODULES = (
    authorization,
    consumption,
    containerregistry,
    containerservice,
    keyvault,
    managedidentity,
    monitor,
    network,
    operationalinsights,
    resources,
)
# A module of azure-native is loaded when it is first looked into.
assert all(hasattr(module, "_utilities") for module in MODULES)
