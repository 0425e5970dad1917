"""`tinyscope` and `python3 -m tinyscope` are one command line."""

import os
import subprocess
import sys

import pytest
import tinyscope
from tinyscope import commands

MODULE = [sys.executable, "-m", "tinyscope"]


def call(*command, **environment):
    return subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, **environment}
    )


def test_python_has_all_commands_of_the_program(program):
    for arguments in (["boards"], ["--version"], ["--help"]):
        theirs, ours = call(program, *arguments), call(*MODULE, *arguments)
        assert ours.returncode == theirs.returncode == 0
        assert ours.stdout == theirs.stdout
    assert f"tinyscope {tinyscope.__version__}" in call(*MODULE, "--version").stdout


def test_wrong_options_have_the_same_status(program):
    theirs, ours = call(program, "profile", "x.elf"), call(*MODULE, "profile", "x.elf")
    assert theirs.returncode == ours.returncode == 2
    assert ours.stderr == theirs.stderr


def test_help_lists_what_python_adds(program):
    text = call(program, "--help").stdout
    for name in commands.MODULES:
        assert f"\n  {name} " in text


@pytest.mark.parametrize("name", sorted(commands.MODULES))
def test_the_program_hands_over_to_python(program, name):
    """Whatever Python is first in PATH: the one that the package was built for is taken."""
    clean = {"PYTHONPATH": "", "PATH": "/nowhere"}
    help_text = call(program, name, "--help", **clean)
    assert help_text.returncode == 0, help_text.stderr
    assert help_text.stdout.startswith(f"usage: tinyscope {name}")


def test_without_python_there_is_one_clear_error(program):
    ran = call(program, "sweep", "x.toml", TINYSCOPE_PYTHON="/nowhere/python3")
    assert ran.returncode == 2
    assert "cannot start Python as '/nowhere/python3'" in ran.stderr
    assert "TINYSCOPE_PYTHON" in ran.stderr


def test_a_missing_library_is_one_clear_error(tmp_path, monkeypatch, capsys):
    (tmp_path / "needs_dask.py").write_text(
        "raise ModuleNotFoundError('No module named dask', name='dask')\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setitem(commands.MODULES, "sweep", "needs_dask")
    assert commands.run("sweep", []) == 2
    error = capsys.readouterr().err
    assert error.startswith("tinyscope: error: ") and error.count("\n") == 1
    assert "has no dask" in error and "python3-dask" in error


def test_without_the_package_there_is_one_clear_error(program, tmp_path):
    copy = tmp_path / "tinyscope"
    copy.write_bytes(program.read_bytes())
    copy.chmod(0o755)
    ran = call(copy, "sweep", "x.toml")
    assert ran.returncode == 2
    assert "the Python package 'tinyscope', which is not in" in ran.stderr


def test_advice_knows_the_memories_of_a_cortex_m7(program, samples):
    firmware = samples / "kws/prebuilt/kws-verify-disco_f746ng-dsp.elf"
    ran = call(program, "advise", firmware, "--board", "disco-f746ng", "--until", "inferences:1")
    assert ran.returncode == 0, ran.stderr
    assert "Keep the weights of tinyscope keyword spotting" in ran.stdout
    assert "timed as if in dtcm" in " ".join(ran.stdout.split())
