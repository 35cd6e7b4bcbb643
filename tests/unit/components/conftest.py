"""The component tests need no fixtures: `tests.unit.components.mocks.deploy` runs a program and returns what it did."""
