"""The examples for CI servers: their YAML parses, and the commands in them run."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import PROGRAM, SOURCES

EXAMPLES = SOURCES / "examples"
GATE = EXAMPLES / "kws-gate"
DOCUMENTS = [SOURCES / "docs/ci.md", GATE / "README.md"]


def load(path: Path) -> dict[str, Any]:
    document = yaml.safe_load(path.read_text())
    assert isinstance(document, dict), path
    return document


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A copy of the sample repository with its firmware built."""
    copy = tmp_path / "repository"
    shutil.copytree(GATE, copy, ignore=shutil.ignore_patterns("build"))
    run(copy, "./build-firmware.sh")
    return copy


def run(
    folder: Path, command: str, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs a command as a CI server does, with this build's program in PATH."""
    return subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", command],
        cwd=folder,
        env={
            "PATH": f"{PROGRAM.parent}:/usr/bin:/bin",
            "SAMPLES": str(SOURCES / "firmware-samples"),
            "PYTHONPATH": str(PROGRAM.parent / "python"),
            "PYTEST_PLUGINS": "tinyscope.pytest_plugin",  # what installing does
            **(environment or {}),
        },
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


def action_commands(inputs: dict[str, str]) -> list[tuple[str, dict[str, str]]]:
    """The steps of the action that call the program, with `inputs` as GitHub fills them in."""
    action = load(EXAMPLES / "ci/github-action/action.yml")
    defaults = {name: spec.get("default", "") for name, spec in action["inputs"].items()}
    values = {**defaults, **inputs}
    unknown = set(inputs) - set(defaults)
    assert not unknown, f"the action has no inputs {unknown}"
    commands = []
    for step in action["runs"]["steps"]:
        assert ("run" in step) != ("uses" in step), step
        if "run" not in step:
            continue
        assert step["shell"] == "bash", "a composite action has to name the shell"
        assert "${{" not in step["run"], "values go through env, so that none becomes code"
        if "tinyscope check" not in step["run"]:
            continue
        environment = {
            key: re.sub(r"\$\{\{ inputs\.(\w+) \}\}", lambda m: values[m[1]], text)
            for key, text in step["env"].items()
        }
        commands.append((step["run"], environment))
    return commands


def documented_commands(path: Path) -> list[str]:
    """The lines of shell blocks that call the program, continued ones joined."""
    blocks = re.findall(r"^```sh\n(.*?)^```", path.read_text(), re.M | re.S)
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    return [line for line in lines if line.startswith("tinyscope ")]


def test_every_yaml_file_parses() -> None:
    files = [*EXAMPLES.rglob("*.yml"), *EXAMPLES.rglob("*.yaml")]
    assert len(files) >= 4
    for path in files:
        load(path)


def test_the_workflow_uses_the_action_as_it_is(repository: Path) -> None:
    for workflow in (EXAMPLES / "ci/github-workflow.yml", GATE / ".github/workflows/budgets.yml"):
        steps = [step for job in load(workflow)["jobs"].values() for step in job["steps"]]
        uses = [step for step in steps if "github-action" in step.get("uses", "")]
        assert len(uses) == 1
        (test,) = [step["run"] for step in steps if step.get("run", "").startswith("pytest")]
        done = run(repository, test)
        assert done.returncode == 0 and "2 passed" in done.stdout, done.stdout + done.stderr
        inside = uses[0]["uses"].split("@")[0].split("/", 2)[2]
        assert (SOURCES / inside / "action.yml").is_file()
        commands = action_commands(uses[0]["with"])
        assert len(commands) == 1
        done = run(repository, *commands[0])
        assert done.returncode == 0, done.stdout + done.stderr
        for name in ("json", "html", "xml", "sarif", "md"):
            assert (repository / f"tinyscope.{name}").stat().st_size > 100


def test_the_action_fails_where_a_budget_is_broken(repository: Path) -> None:
    budget = repository / "budget.toml"
    budget.write_text(budget.read_text().replace("latency_ms = 165", "latency_ms = 100"))
    command, environment = action_commands(
        {"firmware": "build/kws.elf", "options": "--mic build/yes.wav", "baseline": "baseline.json"}
    )[0]
    done = run(repository, command, environment)
    assert done.returncode == 1
    assert ":x: | latency_ms" in (repository / "tinyscope.md").read_text()


def test_the_gitlab_job_runs(repository: Path) -> None:
    job = load(EXAMPLES / "ci/gitlab-ci.yml")["check-budgets"]
    for line in job["script"]:
        done = run(repository, line)
        assert done.returncode == 0, line + "\n" + done.stdout + done.stderr
    reports = job["artifacts"]["reports"]
    for path in [*job["artifacts"]["paths"], *reports["junit"], reports["codequality"]]:
        assert (repository / path).exists(), path


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.parent.name)
def test_documented_commands_run(document: Path, repository: Path) -> None:
    commands = documented_commands(document)
    assert commands, f"no command in {document}"
    for command in commands:
        done = run(repository, command)
        assert done.returncode in (0, 1), f"{command}\n{done.stdout}{done.stderr}"


def test_the_gate_holds_a_baseline_of_this_simulator(repository: Path) -> None:
    """Written anew, the committed baseline stays as it is."""
    before = (repository / "baseline.json").read_text()
    command = next(c for c in documented_commands(GATE / "README.md") if "update" in c)
    done = run(repository, command)
    assert done.returncode == 0, done.stderr
    assert "nothing changed" in done.stdout
    assert (repository / "baseline.json").read_text() == before


CONTAINER = (EXAMPLES / "ci/Containerfile").read_text()


def test_the_container_has_the_libraries_of_the_package() -> None:
    final = CONTAINER.rsplit("FROM ", 1)[1]
    installed = set(re.findall(r"[a-z0-9.+-]+", final.replace("\\\n", " ")))
    (module,) = (PROGRAM.parent / "python/tinyscope").glob("_core*.so")
    linked = subprocess.run(
        ["objdump", "-p", str(module)], capture_output=True, text=True, check=True
    ).stdout
    sonames = re.findall(r"NEEDED +(\S+)", linked)
    assert sonames
    # Debian names a library's package after its soname; what base images have needs no naming.
    base = {"libm.so.6", "libc.so.6", "libgcc_s.so.1", "ld-linux-x86-64.so.2"}
    other = {
        "libpng16.so.16": "libpng16-16",
        "libjpeg.so.62": "libjpeg62-turbo",
        "libz.so.1": "zlib1g",
        "libpugixml.so.1": "libpugixml1v5",
        "libspdlog.so.1.10": "libspdlog1.10",
    }
    for soname in set(sonames) - base:
        name, version = re.fullmatch(r"(.+)\.so\.(.+)", soname).groups()
        package = other.get(soname, name.lower() + version)
        assert package in installed, f"{soname} needs {package} in the final stage"


def test_the_container_is_made_of_what_is_here() -> None:
    """Files and package groups that it names; test_wheel.py builds and installs the wheel."""
    for source in re.findall(r"^COPY (?!--)(\S+) ", CONTAINER, re.M):
        assert (SOURCES / source).exists(), source
    assert (SOURCES / re.search(r"python3 (\S+) /wheels", CONTAINER)[1]).is_file()
    listed = {line.split()[0] for line in (SOURCES / "packages.txt").read_text().splitlines()}
    installs = re.findall(r"RUN tools/install_packages\.sh((?: [a-z]+)+)", CONTAINER)
    groups = {group for found in installs for group in found.split()}
    assert groups == {"build", "wheel", "python"} and groups <= listed
    ignored = (SOURCES / ".dockerignore").read_text().splitlines()
    assert {"build", "dist"} <= set(ignored), "a build of the host would be found configured"
