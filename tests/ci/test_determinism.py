"""The same inputs give the same reports, byte for byte apart from what tells of the host."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import KWS, PROGRAM, SOURCES, tinyscope

FORMATS = {
    "--json": "r.json",
    "--html": "r.html",
    "--perfetto": "r.perfetto",
    "--chrome-trace": "r.trace.json",
    "--callgrind": "callgrind.out",
    "--pprof": "r.pprof",
    "--csv": "r.csv",
    "--folded": "r.folded",
    "--speedscope": "r.speedscope.json",
    "--vcd": "r.vcd",
}
# Seconds and rates of the host, and nothing else, may differ; so this has to match nothing wider.
HOST = re.compile(
    rb'"host": \{\s*"seconds": [^,}]*,\s*"mips": [^,}]*,\s*"real_time_factor": [^,}]*,'
)

# Firmware with its inputs on each core, small enough for the path that sees every instruction.
RUNS = {
    "cortex-m4": (
        "gesture/prebuilt/gesture-dsp.elf",
        "nano33ble-sense",
        {"--imu": "gesture/motion/gestures.csv"},
    ),
    "cortex-m7": ("kws/prebuilt/kws-verify-nucleo_h7a3zi_q-dsp.elf", "nucleo-h7a3zi-q", {}),
}


def outputs(
    folder: Path, run: str, environment: dict[str, str], prefix: list[str], *options: str
) -> dict[str, bytes]:
    """Files and standard output of one profile that runs in `folder` on copies of the inputs."""
    firmware, board, inputs = RUNS[run]
    folder.mkdir(parents=True)
    arguments = [Path(firmware).name, "--board", board]
    shutil.copy(SOURCES / "firmware-samples" / firmware, folder)
    for option, file in inputs.items():
        shutil.copy(SOURCES / "firmware-samples" / file, folder)
        arguments += [option, Path(file).name]
    for option, name in FORMATS.items():
        arguments += [option, name]
    done = subprocess.run(
        [*prefix, str(PROGRAM), "profile", *arguments, "--limit-time", "5s", *options],
        cwd=folder,
        env=environment,
        capture_output=True,
        timeout=250,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    files = {name: (folder / name).read_bytes() for name in FORMATS.values()}
    for name in ("r.json", "r.html"):
        files[name], count = HOST.subn(b"", files[name])
        assert count == 1, f"{name} has no host section, or another one"
    files["standard output"] = done.stdout
    return files


def differing(first: dict[str, bytes], second: dict[str, bytes]) -> list[str]:
    return [name for name in first if first[name] != second[name]]


PLAIN = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LC_ALL": "C", "TZ": "UTC0"}
OTHER = {
    "PATH": "/bin",
    "HOME": "/tmp",
    "LC_ALL": "de_DE.UTF-8",
    "LANG": "tr_TR.UTF-8",
    "TZ": "Asia/Kathmandu",
    "COLUMNS": "213",
    "FILLER": "x" * 5000,  # moves the stack
    "MALLOC_PERTURB_": "165",  # memory that nobody wrote is not 0
}


@pytest.mark.parametrize("run", RUNS)
def test_folder_environment_and_locale_change_nothing(run: str, tmp_path: Path) -> None:
    first = outputs(tmp_path / "one", run, PLAIN, [])
    second = outputs(tmp_path / "another/place with spaces", run, OTHER, [])
    assert differing(first, second) == []


@pytest.mark.parametrize("run", RUNS)
def test_both_core_paths_and_addresses_of_the_host_change_nothing(
    run: str, tmp_path: Path
) -> None:
    setting = Path("/proc/sys/kernel/randomize_va_space")
    if setting.exists() and setting.read_text().strip() == "0":
        pytest.skip("this host does not move programs in memory")
    fixed = ["setarch", os.uname().machine, "-R"]
    can_fix = subprocess.run([*fixed, "true"], capture_output=True, check=False).returncode == 0
    fast = outputs(tmp_path / "fast", run, PLAIN, [])
    watched = outputs(tmp_path / "a", run, PLAIN, fixed if can_fix else [], "--reference-path")
    again = outputs(tmp_path / "b", run, OTHER, [], "--reference-path")
    assert differing(watched, again) == []
    assert differing(fast, watched) == [], "the two core paths differ"


def test_check_files_are_the_same_again(report: Path, baseline: Path, tmp_path: Path) -> None:
    (tmp_path / "budget.toml").write_text(
        "[budget]\nlatency_ms = 1\n[[layer]]\nmatch = '*'\ncycles = { baseline = '+1 %' }\n"
    )
    written = []
    for name, environment in (("one", PLAIN), ("two", OTHER)):
        folder = tmp_path / name
        folder.mkdir()
        done = tinyscope(
            "check", "--report", report, "--budget", tmp_path / "budget.toml", "--baseline",
            baseline, "--junit", folder / "j.xml", "--sarif", folder / "s.json", "--markdown",
            folder / "m.md", "--code-quality", folder / "q.json", environment=environment,
        )  # fmt: skip
        assert done.returncode == 1, done.stderr
        files = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
        written.append({**files, "standard output": done.stdout.encode()})
    assert differing(written[0], written[1]) == []


def test_baseline_is_the_same_from_a_run_and_from_its_report(
    baseline: Path, tmp_path: Path
) -> None:
    done = tinyscope(
        "baseline", "update", KWS / "prebuilt/kws-dsp.elf", "--board", "nano33ble-sense", "--mic",
        KWS / "audio/yes.wav", "--baseline", tmp_path / "b.json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "b.json").read_bytes() == baseline.read_bytes()
