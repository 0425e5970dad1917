"""Builds wheels (PEP 517): CMake builds the module and lays out the package, setuptools packs it.

    python3 python/build_backend.py [FOLDER]    writes a wheel to FOLDER, by default dist

TINYSCOPE_BUILD names a build folder that is already configured; otherwise the preset `release` is
configured for the Python that this runs in.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Iterator

SOURCES = Path(__file__).resolve().parents[1]
DEBIAN_PYTHON = "/usr/bin/python3"
DEBIAN_PACKAGES = "/usr/lib/python3/dist-packages"
COMPONENTS = ("python", "data")  # of `cmake --install`
PACKAGE = "lib/tinyscope/python/tinyscope"  # where that puts the package
DATA = "share/tinyscope"  # and the data

SETUP = """
from setuptools import Distribution, setup

class WithModule(Distribution):
    def has_ext_modules(self):
        return True

setup(
    version={version!r},
    distclass=WithModule,
    packages={packages!r},
    package_data={{"tinyscope": {files!r}}},
    include_package_data=False,
    zip_safe=False,
)
"""


class UnsupportedOperation(Exception):
    """Pip and build know this name (PEP 517)."""


def build_wheel(
    wheel_directory: str,
    config_settings: dict[str, Any] | None = None,
    metadata_directory: str | None = None,
) -> str:
    """Builds the module and writes the wheel; returns its file name."""
    build_meta = _setuptools()
    destination = Path(wheel_directory).resolve()
    destination.mkdir(parents=True, exist_ok=True)
    build = _built()
    with TemporaryDirectory(prefix="tinyscope-wheel-") as folder:
        staged = Path(folder)
        _stage(build, staged)
        with _working_in(staged):
            return str(build_meta.build_wheel(str(destination)))


def build_sdist(sdist_directory: str, config_settings: dict[str, Any] | None = None) -> str:
    raise UnsupportedOperation("there are no source distributions; build a wheel from a checkout")


def get_requires_for_build_wheel(config_settings: dict[str, Any] | None = None) -> list[str]:
    """What pip has to get first; nothing where this Python or Debian has it."""
    try:
        _setuptools()
    except ImportError:
        return ["setuptools>=66", "wheel"]
    return []


def _setuptools() -> Any:
    """setuptools.build_meta; pip's isolation hides Debian's packages, so they are added."""
    try:
        import setuptools.build_meta
        import wheel  # noqa: F401
    except ImportError:
        if DEBIAN_PACKAGES in sys.path:
            raise
        sys.path.append(DEBIAN_PACKAGES)
        import setuptools.build_meta
        import wheel  # noqa: F401
    return setuptools.build_meta


def _version() -> str:
    found = re.search(r"project\(tinyscope VERSION ([0-9.]+)", _read("CMakeLists.txt"))
    if found is None:
        raise RuntimeError("CMakeLists.txt: project(tinyscope VERSION ...) is not there")
    return found[1]


def _read(name: str) -> str:
    return (SOURCES / name).read_text(encoding="utf-8")


def _run(*command: str | Path) -> None:
    print("+", *command, file=sys.stderr, flush=True)
    subprocess.run(command, cwd=SOURCES, check=True, stdout=sys.stderr)


def _built() -> Path:
    """The build folder, with the module built in it."""
    if "TINYSCOPE_BUILD" in os.environ:
        build = Path(os.environ["TINYSCOPE_BUILD"]).resolve()
    else:
        build = _configured()
    jobs = os.environ.get("JOBS", str(os.cpu_count() or 1))
    _run("cmake", "--build", build, "-j", jobs, "--target", "tinyscope_python")
    return build


def _configured() -> Path:
    """Of a virtual environment counts the Python that it was made from."""
    python = getattr(sys, "_base_executable", sys.executable)
    if os.path.realpath(python) == os.path.realpath(DEBIAN_PYTHON):
        _run("cmake", "--preset", "release", f"-DTINYSCOPE_PYTHON={DEBIAN_PYTHON}")
        return SOURCES / "build"
    build = SOURCES / "build" / sys.implementation.cache_tag
    _run("cmake", "--preset", "release", "-B", build, f"-DTINYSCOPE_PYTHON={python}")
    return build


def _stage(build: Path, staged: Path) -> None:
    """The package with its data, and what setuptools wants to know."""
    installed = staged / "installed"
    for part in COMPONENTS:
        _run("cmake", "--install", build, "--prefix", installed, "--component", part, "--strip")
    package = staged / "tinyscope"
    shutil.copytree(installed / PACKAGE, package)
    shutil.copytree(installed / DATA, package / "data")
    shutil.rmtree(installed)
    for name in ("pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(SOURCES / name, staged / name)
    # Without the backend's own path, which is not here.
    project = staged / "pyproject.toml"
    text = re.sub(r"(?m)^backend-path.*\n", "", project.read_text(encoding="utf-8"))
    project.write_text(text.replace('"build_backend"', '"setuptools.build_meta"'), encoding="utf-8")
    modules = [path.parent for path in package.rglob("__init__.py")]
    files = [path for path in package.rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")]
    setup = SETUP.format(
        version=_version(),
        packages=sorted(".".join(folder.relative_to(staged).parts) for folder in modules),
        files=sorted(str(path.relative_to(package)) for path in files),
    )
    (staged / "setup.py").write_text(setup, encoding="utf-8")


@contextmanager
def _working_in(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def main() -> int:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "dist")
    try:
        name = build_wheel(str(folder))
    except subprocess.CalledProcessError as error:
        print(f"wheel: FAILED: {error}", file=sys.stderr)
        return 1
    path = folder / name
    print(f"wheel: {path} ({path.stat().st_size / 1e6:.1f} MB)")
    print(f"install it with: {sys.executable} -m pip install {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
