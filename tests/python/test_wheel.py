"""The wheel is complete in itself: it runs where nothing else of tinyscope is."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

SOURCES = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def path_with_another_python(tmp_path_factory) -> str:
    """PATH with a `python3` in front that fails."""
    folder = tmp_path_factory.mktemp("bin")
    for name in ("python3", "python"):
        (folder / name).write_text("#!/bin/sh\nexit 97\n")
        (folder / name).chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory, path_with_another_python) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    build = subprocess.run(
        [sys.executable, SOURCES / "python/build_backend.py", folder],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "PATH": path_with_another_python},
    )
    assert build.returncode == 0, build.stdout + build.stderr
    (path,) = folder.glob("*.whl")
    assert f"wheel: {path}" in build.stdout
    return path


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """A fresh virtual environment with the wheel, which sees Debian's numpy and pandas."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--system-site-packages", folder], check=True)
    python = folder / "bin/python"
    pip = [python, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", wheel]
    subprocess.run(pip, check=True, env=clean())
    return folder


def clean() -> dict[str, str]:
    """Nothing that leads to the sources or to another Python."""
    return {"PATH": "/usr/bin:/bin", "HOME": os.environ.get("HOME", "/")}


def run(python: Path, code: str, cwd: Path) -> str:
    ran = subprocess.run(
        [python, "-c", code], capture_output=True, text=True, cwd=cwd, env=clean(), timeout=100
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_holds_package_module_types_and_data(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    for part in (
        "tinyscope/__init__.py",
        "tinyscope/py.typed",
        "tinyscope/_core.pyi",
        "tinyscope/data/sim/boards/nano33ble-sense.toml",
        "tinyscope/data/sim/socs/nrf52840.toml",
        "tinyscope/data/profiler/rules/mlrt.toml",
        "tinyscope/data/profiler/html/report.template.html",
        "tinyscope/data/cores/verification/cortex-m4.toml",
    ):
        assert part in names
    assert any(name.startswith("tinyscope/_core.") and name.endswith(".so") for name in names)
    assert not [name for name in names if name.endswith((".pyc", ".cpp"))]
    # As many as in the sources: none is forgotten when one is added.
    for folder in ("sim/boards", "sim/socs", "profiler/rules", "profiler/rtos", "profiler/heap"):
        ours = {path.name for path in (SOURCES / folder).glob("*.toml")}
        packed = {
            Path(name).name
            for name in names
            if name.startswith(f"tinyscope/data/{folder}/") and name.endswith(".toml")
        }
        assert ours <= packed


def test_profiles_from_elsewhere(installed, samples, tmp_path):
    shutil.copy(samples / "kws/prebuilt/kws-dsp.elf", tmp_path)
    shutil.copy(samples / "kws/audio/yes.wav", tmp_path)
    out = run(
        installed / "bin/python",
        "import tinyscope\n"
        "report = tinyscope.profile('kws-dsp.elf', 'nano33ble-sense', mic='yes.wav')\n"
        "report.to_html('kws.html')\n"
        "print(tinyscope.__file__, report.uart)\n",
        tmp_path,
    )
    assert str(installed) in out and "RESULT 0: yes " in out
    assert (tmp_path / "kws.html").read_text().startswith("<!doctype html>")


def test_has_the_whole_command_line(installed, tmp_path):
    program = installed / "bin/tinyscope"
    for arguments, text in ((["boards"], "nano33ble-sense"), (["verify", "--filter", "mul"], "")):
        ran = subprocess.run(
            [program, *arguments], capture_output=True, text=True, cwd=tmp_path, env=clean()
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert text in ran.stdout


def test_data_that_is_missing_is_not_found_elsewhere(installed, tmp_path):
    """Neither the sources nor an installed program fill a gap of the package."""
    (boards,) = installed.glob("lib/python*/site-packages/tinyscope/data/sim/boards")
    hidden = tmp_path / "stm32f4discovery.toml"
    shutil.move(boards / hidden.name, hidden)
    try:
        code = "import tinyscope; print([board.name for board in tinyscope.boards()])"
        assert "stm32f4discovery" not in run(installed / "bin/python", code, tmp_path)
    finally:
        shutil.move(hidden, boards / hidden.name)
