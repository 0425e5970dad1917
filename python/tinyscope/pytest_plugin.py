"""pytest plugin: tests of firmware on a simulated board.

`@pytest.mark.tinyscope(board=…, firmware=…, **options)` on a function, class or module says what
the fixtures `board` and `mcu` are; options are those of `tinyscope.Machine`, and `boot`. Files
`NAME.fwtest.toml` name firmware that tests itself (Unity, GoogleTest, ztest): each of its tests
becomes an item. docs/pytest.md shows both.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional

import pytest

if TYPE_CHECKING:
    import tinyscope
    from tinyscope.testing.machines import Machines

_MACHINE = pytest.StashKey["tinyscope.Machine"]()
_MACHINES = pytest.StashKey["Machines"]()
_DEFAULTS = ("board", "firmware")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Defaults for tests whose marker does not say it: the command line wins over the ini file."""
    group = parser.getgroup("tinyscope", "firmware on simulated boards")
    for name, text in (("board", "board to simulate"), ("firmware", "firmware image to run")):
        group.addoption(f"--tinyscope-{name}", metavar=name.upper(),
                        help=f"{text}, where a test does not name one")
        parser.addini(f"tinyscope_{name}", f"{text}, where neither test nor command line names one")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "tinyscope(board, firmware, boot, **options): what the fixtures board and mcu simulate; "
        "options as for tinyscope.Machine; boot='symbol:main' runs to there once for all tests")


def pytest_unconfigure(config: pytest.Config) -> None:
    machines = config.stash.get(_MACHINES, None)
    if machines is not None:
        machines.close()


@pytest.fixture
def board(request: pytest.FixtureRequest) -> tinyscope.Board:
    """The board of the test: name, chip, core, clock, memories."""
    from tinyscope import _core

    return _core.board(_wanted(request, "board"))


@pytest.fixture
def mcu(request: pytest.FixtureRequest) -> Iterator[tinyscope.Machine]:
    """A machine with the firmware of the test: just reset, or where `boot` says; its own."""
    from tinyscope.testing.machines import Machines

    options = _options(request)
    config = request.config
    machines = config.stash.setdefault(_MACHINES, Machines())
    with machines.machine(_wanted(request, "board"), _wanted(request, "firmware"), options,
                          folders=[request.path.parent, config.rootpath]) as machine:
        request.node.stash[_MACHINE] = machine
        yield machine
        _record(request.node, machine)


def _options(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Of all markers around the test; the closest wins."""
    options: dict[str, Any] = {}
    for marker in request.node.iter_markers("tinyscope"):
        if marker.args:
            raise pytest.UsageError(f"{request.node.nodeid}: the marker tinyscope takes keywords, "
                                    f"such as board=…, found {marker.args[0]!r}")
        options = {**marker.kwargs, **options}
    return {name: value for name, value in options.items() if name not in _DEFAULTS}


def _wanted(request: pytest.FixtureRequest, name: str) -> str:
    """Board or firmware of the test."""
    for marker in request.node.iter_markers("tinyscope"):
        if name in marker.kwargs:
            return str(marker.kwargs[name])
    found = request.config.getoption(f"--tinyscope-{name}") or request.config.getini(
        f"tinyscope_{name}")
    if not found:
        raise pytest.UsageError(
            f"{request.node.nodeid}: no {name} is named: write @pytest.mark.tinyscope({name}=…), "
            f"--tinyscope-{name}, or tinyscope_{name} in the ini file")
    return str(found)


def _record(item: pytest.Item, machine: tinyscope.Machine) -> None:
    """What the test cost on the device, as properties of its JUnit test case."""
    from tinyscope.testing.explain import has_inferences

    item.user_properties.append(("cycles", machine.cycles))
    if not item.config.getoption("xmlpath", None) or not has_inferences(machine):
        return
    metrics = machine.profile().metrics
    for name in ("latency_ms", "energy_uj"):
        if name in metrics:
            item.user_properties.append((name, metrics[name]))


@pytest.hookimpl(hookwrapper=True)  # type: ignore[misc]  # pluggy is not typed
def pytest_runtest_makereport(item: pytest.Item,
                              call: pytest.CallInfo[None]) -> Generator[None, Any, None]:
    """Shows what the machine was doing when a test failed."""
    outcome = yield
    report: pytest.TestReport = outcome.get_result()
    machine = item.stash.get(_MACHINE, None)
    if machine is not None and report.when == "call" and report.failed:
        from tinyscope.testing.explain import sections

        said = str(call.excinfo.value) if call.excinfo is not None else ""
        report.sections.extend(sections(machine, said))


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> Optional[pytest.Collector]:
    """Takes NAME.fwtest.toml."""
    if not file_path.name.endswith(".fwtest.toml"):
        return None
    from tinyscope.testing.firmware_items import FirmwareFile

    return FirmwareFile.from_parent(parent, path=file_path)  # type: ignore[no-any-return]
