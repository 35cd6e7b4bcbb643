"""How a pod lets the work in it finish before it is told to stop.

Owns the preStop hook that holds SIGTERM back while a job runs, so that "a drained agent finishes its job" does not hang
on what the program in the container does with signals. The kubelet bounds the wait by the pod's grace period.

Agents and runners have one process for the time of a job: `Agent.Worker` and `Runner.Worker`. One that takes the next
job while the hook waits is waited for again.
"""

from __future__ import annotations

from typing import Any

from components.platform import OperatingSystem


def finish_first(os: OperatingSystem, process: str) -> dict[str, Any]:
    """The container's `lifecycle`: its end waits until no `process` runs in it, for example `Runner.Worker`.

    Linux images need `sh` and `grep`; Windows images `powershell.exe`, which Server Core has and Nano Server has not.
    """
    if os == "windows":
        loop = f"while (Get-Process {process} -ErrorAction SilentlyContinue) {{ Start-Sleep -Seconds 5 }}"
        command = ["powershell.exe", "-NoProfile", "-Command", loop]
    else:
        # The brackets keep the pattern from finding the hook's own command line.
        pattern = process.replace(".", "[.]")
        command = ["/bin/sh", "-c", f'while grep -qs "{pattern}" /proc/[0-9]*/cmdline; do sleep 5; done']
    return {"preStop": {"exec": {"command": command}}}
