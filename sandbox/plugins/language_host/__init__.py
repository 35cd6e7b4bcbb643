"""A language host for Python: runs a Pulumi program and Python plugins for the engine.

Owns the part of the LanguageRuntime protocol that preview, up, refresh and destroy use, and policy packs. Refuses
what only `pulumi new`, `install`, `package` and `convert` call (answered as unimplemented): environments are made by
pip, as the README says.
"""
