"""`tinyscope test`: what it prints, its exit status, its JUnit file."""

import xml.etree.ElementTree as ElementTree

import pytest
import tinyscope
from assembled import assemble
from tinyscope import commands

PASSING = "ring.c:5:test_empty:PASS\nring.c:9:test_full:PASS\n"
SUMMARY = "\n-----------------------\n{} Tests {} Failures 0 Ignored \n{}\n"
BOARD = ["--board", "nano33ble-sense"]


@pytest.fixture
def test(tmp_path, capsys):
    """Runs the command on a firmware that prints `text` and then runs `code`."""

    def run(text, code="  b .", *arguments):
        image = assemble(tmp_path, f"  print text\n{code}\n", "ring", text=text)
        status = commands.run("test", [str(image), *BOARD, *arguments])
        return status, capsys.readouterr().out

    return run


def test_all_passed(test, tmp_path):
    status, out = test(PASSING + SUMMARY.format(2, 0, "OK"), "  b .", "--junit",
                       str(tmp_path / "ring.xml"))
    assert status == 0
    assert out.splitlines() == ["pass  test_empty", "pass  test_full", "", "2 passed"]
    suite = ElementTree.parse(tmp_path / "ring.xml").find("testsuite")
    assert (suite.get("name"), suite.get("tests"), suite.get("failures")) == ("ring.elf", "2", "0")
    properties = {each.get("name"): each.get("value") for each in suite.iter("property")}
    assert properties["board"] == "nano33ble-sense" and int(properties["cycles"]) > 0


def test_one_failed(test):
    status, out = test("ring.c:7:test_wraps:FAIL: Expected 3 Was 2\n"
                       + SUMMARY.format(1, 1, "FAIL"))
    assert status == 1
    assert "FAIL  test_wraps\n      ring.c:7: Expected 3 Was 2\n" in out


def test_a_test_that_unity_had_begun_is_named_when_it_crashes(test):
    # Unity's state begins with the file and the name of the test that runs.
    status, out = test(PASSING, """
  ldr r0, =Unity
  ldr r1, =file
  str r1, [r0]
  ldr r1, =name
  str r1, [r0, #4]
  udf #0
  .size main, . - main
  .ltorg
file: .asciz "ring.c"
name: .asciz "test_drops"
  .balign 4
  .bss
  .global Unity
  .type Unity, %object
Unity: .space 64
  .size Unity, 64
  .text
after:
""")
    assert status == 1
    assert "FAIL  test_drops\n      ring.c: the fault handler loops" in out
    assert "UNDEFINSTR" in out
    assert "error the output ends without Unity's summary" in out
    assert "2 passed, 1 failed, 1 error" in out


def test_firmware_that_prints_no_tests(test):
    status, out = test("hello\n", "  exit")
    assert status == 1
    assert "error no output of unity, gtest, ztest was found" in out


def test_output_of_a_real_board(tmp_path, capsys):
    log = tmp_path / "log.txt"
    log.write_text(PASSING + SUMMARY.format(2, 0, "OK"))
    assert commands.run("test", ["--parse", str(log)]) == 0
    assert commands.run("test", ["--parse", str(log), "--framework", "gtest"]) == 1
    assert "2 passed" in capsys.readouterr().out


@pytest.mark.parametrize("arguments, message", [
    ([], "expected FIRMWARE and --board"),
    (["a.elf"], "expected FIRMWARE and --board"),
    (["a.elf", *BOARD], "a.elf"),
    (["--parse", "nothing.txt"], "nothing.txt"),
    (["a.elf", "--parse", "log.txt"], "instead of running firmware"),
    (["a.elf", *BOARD, "--limit-seconds", "0"], "--limit-seconds: expected a number above 0"),
])
def test_wrong_input(capsys, arguments, message):
    assert commands.run("test", arguments) == 2
    assert message in capsys.readouterr().err


def test_machine_can_be_given_to_run_tests(tmp_path):
    from tinyscope.firmware_tests.run import run_tests

    image = assemble(tmp_path, "  print text\n  b .\n", text=PASSING + SUMMARY.format(2, 0, "OK"))
    with tinyscope.Machine("nano33ble-sense", image) as machine:
        assert run_tests(machine, "unity").ok
