"""The pytest plugin, seen from the outside: inner test runs and what they report."""

import os
import tomllib
import xml.etree.ElementTree as ElementTree

import pandas  # noqa: F401  # inner runs forget what they import first; numpy must not come twice
import pytest
from assembled import assemble
from conftest import SOURCES

pytest_plugins = ["pytester"]

# Prints, then counts in RAM at 0x20000100 for ever.
GREETER = """
  print booting
  bl work
  .type work, %function
work:
  print ready
  ldr r2, =0x20000100
1:
  ldr r3, [r2]
  adds r3, #1
  str r3, [r2]
  b 1b
  .size work, . - work
"""

CRASHER = """
  print ready
  bl follow
  b .
  .type follow, %function
follow:
  ldr r0, =0x60000000
  ldr r0, [r0]
  bx lr
  .size follow, . - follow
"""


@pytest.fixture
def run(pytester):
    """Runs pytest with the plugin in a folder that has greeter.elf and crasher.elf."""
    assemble(pytester.path, GREETER, "greeter", booting="booting\n", ready="ready\n")
    assemble(pytester.path, CRASHER, "crasher", ready="ready\n")

    def run(*arguments, **files):
        for name, text in files.items():
            pytester.makepyfile(**{name: text})
        return pytester.runpytest_inprocess(
            "-p", "tinyscope.pytest_plugin", "-p", "no:cacheprovider", *arguments)

    return run


def test_installed_plugin_may_be_named_too(pytester, monkeypatch):
    settings = tomllib.loads((SOURCES / "pyproject.toml").read_text())
    [(name, module)] = settings["project"]["entry-points"]["pytest11"].items()
    installed = pytester.mkdir("site") / "tinyscope-0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: tinyscope\nVersion: 0\n")
    (installed / "entry_points.txt").write_text(f"[pytest11]\n{name} = {module}\n")
    monkeypatch.setenv("PYTHONPATH", str(pytester.path / "site"), prepend=os.pathsep)
    for arguments in ([], ["-p", "tinyscope.pytest_plugin"]):
        result = pytester.runpytest_subprocess("--markers", *arguments)
        assert result.ret == 0
        result.stdout.fnmatch_lines(["@pytest.mark.tinyscope(board, *"])


GREETED = """
import pytest

@pytest.mark.tinyscope(board="nano33ble-sense", firmware="greeter.elf")
def test_greets(mcu, board):
    mcu.uart.expect("ready", seconds=0.1)
    assert board.name == "nano33ble-sense"
    assert mcu.cycles > 0
"""


def test_machine_and_board_of_the_marker(run):
    run(test_it=GREETED).assert_outcomes(passed=1)


def test_closest_marker_wins_keyword_by_keyword(run):
    result = run(test_it="""
        import pytest

        pytestmark = pytest.mark.tinyscope(board="nano33ble", firmware="greeter.elf")

        @pytest.mark.tinyscope(board="nucleo-l4r5zi")
        class TestClass:
            def test_class(self, board):
                assert board.name == "nucleo-l4r5zi"

            @pytest.mark.tinyscope(board="nano33ble-sense")
            def test_function(self, board, mcu):
                assert board.name == "nano33ble-sense"
                mcu.uart.expect("ready", seconds=0.1)

        def test_module(board):
            assert board.name == "nano33ble"
    """)
    result.assert_outcomes(passed=3)


def test_defaults_of_ini_file_and_command_line(run, pytester):
    pytester.makeini("[pytest]\ntinyscope_board = nano33ble\ntinyscope_firmware = greeter.elf\n")
    source = """
        def test_it(mcu, board):
            mcu.uart.expect("ready", seconds=0.1)
            assert board.name == "nano33ble-sense"
    """
    run("--tinyscope-board", "nano33ble-sense", test_it=source).assert_outcomes(passed=1)
    result = run(test_it="def test_it(board): assert board.name == 'nano33ble'")
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize("marker, message", [
    ('board="nano33ble"', "*no firmware is named: write @pytest.mark.tinyscope(firmware=*"),
    ('firmware="greeter.elf"', "*no board is named: *--tinyscope-board*"),
    ('"nano33ble"', "*takes keywords*"),
    ('board="nano34", firmware="greeter.elf"', "*InputError*nano34*"),
    ('board="nano33ble", firmware="nothing.elf"', "*InputError*nothing.elf*"),
])
def test_what_is_wrong_with_a_marker(run, marker, message):
    result = run(test_it=f"""
        import pytest
        @pytest.mark.tinyscope({marker})
        def test_it(mcu):
            pass
    """)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([message])


def test_tests_share_a_boot_and_nothing_else(run):
    result = run(test_it="""
        import pytest
        import tinyscope

        pytestmark = pytest.mark.tinyscope(
            board="nano33ble-sense", firmware="greeter.elf", boot="symbol:work")
        built = []

        @pytest.fixture(scope="module", autouse=True)
        def count():
            original = tinyscope.Machine.__init__
            def counted(self, *arguments, **options):
                built.append(arguments)
                original(self, *arguments, **options)
            tinyscope.Machine.__init__ = counted
            yield
            tinyscope.Machine.__init__ = original

        @pytest.mark.parametrize("time", range(3))
        def test_starts_behind_boot(mcu, time):
            assert mcu.uart.text == "booting\\n"
            mcu.uart.expect("ready", seconds=0.1)
            assert mcu.read(0x20000100, 4) < b"\\x05"
            mcu.write(0x20000100, 1000)
            mcu.run(cycles=1000)

        def test_one_boot_for_all(mcu):
            assert len(built) == 1

        @pytest.mark.tinyscope(seed=7)
        def test_other_options_are_another_boot(mcu):
            assert len(built) == 2
    """)
    result.assert_outcomes(passed=5)


def test_boot_that_is_never_reached(run):
    result = run(test_it="""
        import pytest
        @pytest.mark.tinyscope(board="nano33ble-sense", firmware="crasher.elf",
                               boot="mem:0x20000200==1")
        def test_it(mcu):
            pass
    """)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*fault*"])


def test_failure_shows_uart_and_fault(run):
    result = run(test_it="""
        import pytest
        @pytest.mark.tinyscope(board="nano33ble-sense", firmware="crasher.elf")
        def test_it(mcu):
            mcu.uart.expect("finished", seconds=0.1)
    """)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([
        "*the fault handler loops*",
        "*HardFault (escalated), address 0x60000000*",
        "*PRECISERR: *", "*pc 0x*follow at *crasher.s:*"])


def test_failure_behind_a_fault_shows_it(run):
    result = run(test_it="""
        import pytest
        @pytest.mark.tinyscope(board="nano33ble-sense", firmware="crasher.elf")
        def test_it(mcu):
            assert mcu.run(seconds=0.1, check=False).kind == "exit"
    """)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*UART, last lines*", "ready", "*tinyscope: last fault*",
                                 "*HardFault (escalated), address 0x60000000*"])


def test_failure_of_a_healthy_machine_shows_no_fault(run):
    result = run(test_it=GREETED.replace("cycles > 0", "cycles < 0"))
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*UART, last lines*", "booting", "ready"])
    result.stdout.no_fnmatch_line("*tinyscope: last fault*")


def test_failure_shows_the_layers(run, samples):
    result = run(test_it=f"""
        import pytest
        @pytest.mark.tinyscope(board="nano33ble-sense",
                               firmware="{samples}/kws/prebuilt/kws-dsp.elf")
        def test_it(mcu):
            mcu.run(inferences=1)
            assert mcu.profile().metrics["latency_ms"] < 1
    """)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*tinyscope: layers*", "*0*CONV_2D*mlrt_conv2d_s8_dsp*",
                                 "*12*SOFTMAX*"])


def test_junit_has_cycles(run, pytester):
    run("--junit-xml=out.xml", test_it=GREETED)
    properties = {element.get("name"): element.get("value") for element in ElementTree.parse(
        pytester.path / "out.xml").iter("property")}
    assert int(properties["cycles"]) > 0


# --- firmware that tests itself

UNITY_PASS = "ring.c:5:test_empty:PASS\nring.c:9:test_full:IGNORE: later\n"
UNITY_END = "\n-----------------------\n{} Tests {} Failures 1 Ignored \n{}\n"


def unity(pytester, text, code="", name="ring"):
    assemble(pytester.path, f"  print text\n{code}\n  b .\n", name, text=text)
    (pytester.path / f"{name}.fwtest.toml").write_text(
        f'firmware = "{name}.elf"\nboard = "nano33ble-sense"\n')


def test_each_test_of_the_firmware_is_an_item(run, pytester):
    unity(pytester, UNITY_PASS + "ring.c:12:test_wraps:FAIL: Expected 3 Was 2\n"
          + UNITY_END.format(3, 1, "FAIL"))
    result = run("-v")
    result.assert_outcomes(passed=2, skipped=1, failed=1)
    result.stdout.fnmatch_lines(["*ring.fwtest.toml::test_empty PASSED*",
                                 "*ring.fwtest.toml::test_full SKIPPED*",
                                 "*ring.fwtest.toml::test_wraps FAILED*",
                                 "*ring.fwtest.toml::run PASSED*",
                                 "ring.c:12: Expected 3 Was 2"])


def test_firmware_that_crashes_in_its_tests(run, pytester):
    unity(pytester, UNITY_PASS, "  udf #0")
    result = run()
    result.assert_outcomes(passed=1, skipped=1, failed=1)
    result.stdout.fnmatch_lines(["the output ends without Unity's summary: *fault handler loops*",
                                 "*UNDEFINSTR*", "*main at *ring.s:*", "*UART, last lines*"])
    assert result.stdout.str().count("UNDEFINSTR") == 1


def test_firmware_that_hangs_in_its_tests(run, pytester):
    unity(pytester, UNITY_PASS, "1: adds r0, #1\n  b 1b")
    with open(pytester.path / "ring.fwtest.toml", "a") as file:
        file.write("limit_seconds = 0.05\n")
    result = run()
    result.assert_outcomes(passed=1, skipped=1, failed=1)
    result.stdout.fnmatch_lines(["*did not end within 0.05 simulated seconds*"])


@pytest.mark.parametrize("text, message", [
    ('board = "nano33ble"', "*key 'firmware' is missing*"),
    ('firmware = "greeter.elf"', "*key 'board' is missing*"),
    ('firmware = "greeter.elf"\nbord = "x"', "*key 'bord' is not known: expected one of *"),
    ('firmware = "greeter.elf"\nboard = 3', "*key 'board': found 3*"),
    ("firmware =", "*a.fwtest.toml: *"),
    ('firmware = "no.elf"\nboard = "nano33ble"', "*no.elf*"),
])
def test_what_is_wrong_with_a_file(run, pytester, text, message):
    (pytester.path / "a.fwtest.toml").write_text(text)
    result = run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([message])
