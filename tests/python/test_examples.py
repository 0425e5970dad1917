"""Every example runs, and README.md names it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"

# Less to do than a reader would ask for.
SMALL = {
    "clock_and_placement_sweep.py": ["--small"],
    "compare_models/compare.py": ["--samples", "12", "--plot", "models.png"],
}
# Not run, and why.
LEFT_OUT = {"compare_models/train.py": "needs PyTorch; its results are committed"}

SCRIPTS = sorted(
    str(path.relative_to(EXAMPLES))
    for path in EXAMPLES.rglob("*.py")
    if not path.name.startswith("test_")
)
GATES = ["kws-gate", "pytest_gate"]
NOTEBOOKS = sorted(str(path.relative_to(EXAMPLES)) for path in EXAMPLES.rglob("*.ipynb"))


@pytest.mark.parametrize("script", [name for name in SCRIPTS if name not in LEFT_OUT])
def test_script(script, tmp_path):
    subprocess.run(
        [sys.executable, EXAMPLES / script, *SMALL.get(script, [])],
        cwd=tmp_path,
        check=True,
        timeout=120,
        env={**environment(), "MPLBACKEND": "Agg"},
    )


@pytest.mark.parametrize("name", GATES)
def test_gate(name, tmp_path, samples):
    folder = EXAMPLES / name
    if (folder / "build-firmware.sh").exists():
        folder = shutil.copytree(folder, tmp_path / name, ignore=shutil.ignore_patterns("build"))
        subprocess.run(["./build-firmware.sh"], cwd=folder, check=True,
                       env={**environment(), "SAMPLES": str(samples)})
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        + ["-p", "tinyscope.pytest_plugin", f"--rootdir={folder}"],
        cwd=folder,
        timeout=120,
        env=environment(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_notebook(notebook, monkeypatch):
    nbclient = pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    import nbformat

    monkeypatch.setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1")  # or the debugger warns at length
    path = EXAMPLES / notebook
    book = nbformat.read(path, as_version=4)
    assert not any(cell.get("outputs") for cell in book.cells), "committed without outputs"
    client = nbclient.NotebookClient(
        book, timeout=120, kernel_name="python3", resources={"metadata": {"path": path.parent}}
    )
    client.execute()  # raises CellExecutionError with the traceback of the cell
    assert any(cell.get("outputs") for cell in book.cells)


def test_every_test_of_an_example_is_run():
    tests = {path.relative_to(EXAMPLES).parts[0] for path in EXAMPLES.rglob("test_*.py")}
    assert tests == set(GATES)


def test_readme_names_every_example():
    readme = (EXAMPLES / "README.md").read_text()
    tops = {path.name for path in EXAMPLES.iterdir()} - {"README.md", "__pycache__"}
    assert {name for name in tops if f"`{name}`" not in readme and f"`{name}/`" not in readme} == (
        set())


def environment():
    return {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
