"""Rules: pure functions over plain data that say what a legal pool, placement, name or image is.

They import neither Pulumi nor pydantic, so that settings, policy packs and tests can all call them.
"""
