"""The end of agents and runners: told to stop only when their job is over."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from components.kubernetes.lifecycle import finish_first


@pytest.mark.skipif(shutil.which("grep") is None, reason="needs grep")
@pytest.mark.parametrize("product", ["Agent", "Runner"])
def test_a_pod_is_told_to_stop_only_when_its_job_is_over(product: str, tmp_path: Path) -> None:
    """The hook's own loop, over a `/proc` of our own: the machine's may have agents."""
    hook = finish_first("linux", f"{product}.Worker")["preStop"]["exec"]["command"]
    assert "/proc/[0-9]*/cmdline" in hook[-1]
    command = [part.replace("/proc/", f"{tmp_path}/").replace("sleep 5", "sleep 0.02") for part in hook]
    cmdlines = {
        "1": [f"/opt/bin/{product}.Listener", "run"],
        "7": [f"/opt/bin/{product}.Worker", "spawnclient", "1", "2"],
        # The hook must not find itself.
        "8": hook,
        "9": ["grep", "-qs", f"[{product[0]}]{product[1:]}[.]Worker"],
    }
    for pid, arguments in cmdlines.items():
        (tmp_path / pid).mkdir()
        (tmp_path / pid / "cmdline").write_bytes(b"\0".join(each.encode() for each in arguments) + b"\0")
    with subprocess.Popen(command) as waiting:
        try:
            with pytest.raises(subprocess.TimeoutExpired):
                waiting.wait(timeout=0.3)
            (tmp_path / "7" / "cmdline").unlink()
            assert waiting.wait(timeout=10) == 0
        finally:
            waiting.kill()


def test_on_windows_the_same_wait_is_powershells() -> None:
    program, *_, loop = finish_first("windows", "Agent.Worker")["preStop"]["exec"]["command"]
    assert program == "powershell.exe"
    assert loop.startswith("while (Get-Process Agent.Worker -ErrorAction SilentlyContinue)")
