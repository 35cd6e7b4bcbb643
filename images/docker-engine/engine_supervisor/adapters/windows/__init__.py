r"""The Windows node: services, features, files, disk, networks, firewall and event log, behind `ports.Host`.

- `host`: `WindowsHost`, which puts the parts together;
- `seams`: the few things that only Windows has, as protocols; `native` and its parts are the real ones;
- everything else is plain Python over files and those seams, and runs on Linux, where its tests are.

Whatever only Windows can import is imported when `native.node` is called. Programs of Windows are run by their full
path, without a shell, each with a time limit.
"""
