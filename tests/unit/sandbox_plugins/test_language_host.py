"""The parts of the language host that need no engine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.plugins.language_host.interpreter import InterpreterError, find, is_ours
from sandbox.plugins.language_host.program import own_traceback


def test_the_interpreter_is_that_of_the_virtualenv_relative_to_the_project(tmp_path: Path) -> None:
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    assert find(tmp_path, {"virtualenv": ".venv"}) == python
    assert not is_ours(python)


def test_without_a_virtualenv_it_is_our_own(tmp_path: Path) -> None:
    assert find(tmp_path, {}) == Path(sys.executable)
    assert is_ours(find(tmp_path, {"virtualenv": sys.prefix}))


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"toolchain": "uv"}, "runtime.options.toolchain is uv; this language host knows pip only"),
        ({"virtualenv": "none"}, "runtime.options.virtualenv is none"),
    ],
)
def test_options_that_cannot_be_met_are_told_with_the_fix(tmp_path: Path, options: dict[str, str], told: str) -> None:
    with pytest.raises(InterpreterError, match=told):
        find(tmp_path, options)


def test_a_traceback_begins_in_the_users_program(tmp_path: Path) -> None:
    program = tmp_path / "__main__.py"
    program.write_text("def inner():\n    raise KeyError('x')\n")
    scope: dict[str, object] = {}
    exec(compile(program.read_text(), str(program), "exec"), scope)
    inner = scope["inner"]
    assert callable(inner)
    with pytest.raises(KeyError) as caught:
        inner()
    told = own_traceback(caught.value, str(tmp_path))
    assert "__main__.py" in told
    assert "test_language_host.py" not in told


def test_a_syntax_error_is_told_without_the_way_to_it(tmp_path: Path) -> None:
    with pytest.raises(SyntaxError) as caught:
        compile("a b", str(tmp_path / "__main__.py"), "exec")
    told = own_traceback(caught.value, str(tmp_path))
    assert "Traceback" not in told
    assert "SyntaxError" in told


def test_the_messages_alone_come_without_the_sdk_and_the_sdk_can_be_imported_after_them() -> None:
    code = (
        "import sys\n"
        "from sandbox.plugins.bare_protocol import bare_pulumi\n"
        "with bare_pulumi():\n"
        "    from pulumi.runtime.proto import language_pb2\n"
        "assert 'pulumi.runtime.settings' not in sys.modules\n"
        "assert not any(name.startswith('pulumi') for name in sys.modules)\n"
        "import pulumi\n"
        "assert pulumi.runtime.proto.language_pb2.RunResponse is language_pb2.RunResponse\n"
        "assert pulumi.Config\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
