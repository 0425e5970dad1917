"""Shared by the tests of what a CI server sees."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

SOURCES = Path(__file__).resolve().parents[2]
KWS = SOURCES / "firmware-samples/kws"
PROGRAM = Path(os.environ["TINYSCOPE_PROGRAM"])
KWS_RUN = [
    str(KWS / "prebuilt/kws-dsp.elf"),
    "--board", "nano33ble-sense",
    "--mic", str(KWS / "audio/yes.wav"),
]  # fmt: skip


def tinyscope(
    *arguments: str | Path, cwd: Path | None = None, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs the program; the caller looks at its status."""
    return subprocess.run(
        [str(PROGRAM), *map(str, arguments)],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A profile of the keyword-spotting sample as JSON."""
    path = tmp_path_factory.mktemp("report") / "report.json"
    done = tinyscope("profile", *KWS_RUN, "--json", path)
    assert done.returncode == 0, done.stderr
    return path


@pytest.fixture(scope="session")
def baseline(report: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The baseline of that profile."""
    path = tmp_path_factory.mktemp("baseline") / "baseline.json"
    done = tinyscope("baseline", "update", "--report", report, "--baseline", path)
    assert done.returncode == 0, done.stderr
    return path


@pytest.fixture(scope="session")
def schemas() -> Path:
    """Folder of the npm packages that hold schemas; skips where npm could not install them."""
    folder = Path(os.environ.get("TINYSCOPE_SCHEMAS", "")) / "node_modules"
    if not (folder / ".installed").exists():
        pytest.skip("npm is not installed, so the schemas are not here")
    return folder


def changed(report: Path, to: Path, change: Any) -> Path:
    """A copy of a report after `change(report)`."""
    data = json.loads(report.read_text())
    change(data)
    to.write_text(json.dumps(data))
    return to
