"""Output of test frameworks, parsed; written by hand after what their sources print."""

import xml.etree.ElementTree as ElementTree

import pytest

import tinyscope
from tinyscope import firmware_tests
from tinyscope.firmware_tests import Outcome


def outcomes(run):
    return [(case.suite, case.name, case.outcome.value) for case in run.cases]


UNITY = """\
booting
test/test_ring.c:21:test_empty_at_start:PASS
three bytes written
test/test_ring.c:34:test_wraps:FAIL: Expected 3 Was 2. the index
test/test_ring.c:40:test_overflow:IGNORE: not decided yet
test/test_ring.c:52:test_two(1, ":"):PASS (12 ms)

-----------------------
4 Tests 1 Failures 1 Ignored
FAIL
"""


def test_unity_lines():
    run = firmware_tests.parse(UNITY)
    assert run.framework == "unity"
    assert outcomes(run) == [
        ("", "test_empty_at_start", "passed"), ("", "test_wraps", "failed"),
        ("", "test_overflow", "skipped"), ("", 'test_two(1, ":")', "passed")]
    failed = run.cases[1]
    assert failed.where == "test/test_ring.c:34"
    assert failed.message == "Expected 3 Was 2. the index"
    assert failed.output == ["three bytes written"]
    assert run.cases[2].message == "not decided yet"
    assert run.cases[3].seconds == pytest.approx(0.012)
    assert run.errors == [] and not run.ok
    assert run.summary() == "2 passed, 1 failed, 1 skipped"


def test_unity_with_carriage_returns_and_colours():
    text = UNITY.replace("\n", "\r\n").replace("FAIL:", "\x1b[41mFAIL\x1b[0m:")
    assert outcomes(firmware_tests.parse(text)) == outcomes(firmware_tests.parse(UNITY))


@pytest.mark.parametrize("line, file, number", [
    ("(C:/x y/t.c:7) test_a:FAIL: no", "C:/x y/t.c", 7),
    ('<SRCREF line=7 file="t.c">test_a</SRCREF> FAIL: no', "t.c", 7),
    ("file:///home/t.c:7 test_a:FAIL: no", "/home/t.c", 7),
    (r"C:\src\t.c:7:test_a:FAIL: no", r"C:\src\t.c", 7),
])
def test_unity_in_the_forms_of_editors(line, file, number):
    run = firmware_tests.parse(f"{line}\n1 Tests 1 Failures 0 Ignored\nFAIL\n")
    assert outcomes(run) == [("", "test_a", "failed")]
    assert (run.cases[0].file, run.cases[0].line, run.cases[0].message) == (file, number, "no")


def test_unity_fixture_verbose():
    run = firmware_tests.parse("""\
Unity test run 1 of 1
TEST(Ring, StartsEmpty) PASS
TEST(Ring, Wraps)test/ring.c:9::FAIL: Expected 1 Was 0
IGNORE_TEST(Ring, Later)
TEST(Led, Blinks)test/led.c:3::IGNORE: no LED

4 Tests 1 Failures 2 Ignored
FAIL
""")
    assert outcomes(run) == [("Ring", "StartsEmpty", "passed"), ("Ring", "Wraps", "failed"),
                             ("Ring", "Later", "skipped"), ("Led", "Blinks", "skipped")]
    assert run.cases[1].where == "test/ring.c:9"
    assert run.errors == []


def test_unity_fixture_that_names_only_failures():
    run = firmware_tests.parse("""\
Unity test run 1 of 1
..../test/ring.c:9:TEST(Ring, Wraps):FAIL: Expected 1 Was 0
.!.

6 Tests 1 Failures 1 Ignored
FAIL
""")
    assert [case.name for case in run.of(Outcome.FAILED)] == ["Wraps"]
    assert len(run.of(Outcome.PASSED)) == 4
    assert len(run.of(Outcome.SKIPPED)) == 1
    assert run.cases[0].file == "../test/ring.c"
    assert run.errors == []


def test_lost_lines_are_an_error():
    lost = UNITY.replace("test/test_ring.c:34:test_wraps:FAIL", "test/test_ri")
    run = firmware_tests.parse(lost)
    assert not run.ok
    assert any("1 failed" in error and "shows 0" in error for error in run.errors)


def test_missing_summary_is_an_error_with_the_reason():
    run = firmware_tests.parse(UNITY.split("test/test_ring.c:40")[0], end="HardFault in push()")
    assert run.errors == ["the output ends without Unity's summary: HardFault in push()"]


GTEST = """\
Running main() from gtest_main.cc
[==========] Running 5 tests from 2 test suites.
[----------] Global test environment set-up.
[----------] 3 tests from Ring
[ RUN      ] Ring.StartsEmpty
[       OK ] Ring.StartsEmpty (0 ms)
[ RUN      ] Ring.Wraps
filling
src/ring_test.cc:31: Failure
Expected equality of these values:
  ring.size()
    Which is: 2
  3

src/ring_test.cc:32: Failure
Value of: ring.full()
  Actual: false
Expected: true

[  FAILED  ] Ring.Wraps (7 ms)
[ RUN      ] Ring.Later
src/ring_test.cc:40: Skipped
not on this board

[  SKIPPED ] Ring.Later (0 ms)
[----------] 3 tests from Ring (7 ms total)

[----------] 2 tests from Sizes/RingOf
[ RUN      ] Sizes/RingOf.Fits/0
[       OK ] Sizes/RingOf.Fits/0 (1 ms)
[ RUN      ] Sizes/RingOf.Fits/1
src/ring_test.cc(55): error: Failed
[  FAILED  ] Sizes/RingOf.Fits/1, where GetParam() = 2 (1 ms)
[----------] 2 tests from Sizes/RingOf (2 ms total)

[----------] Global test environment tear-down
[==========] 5 tests from 2 test suites ran. (9 ms total)
[  PASSED  ] 2 tests.
[  SKIPPED ] 1 test, listed below:
[  SKIPPED ] Ring.Later
[  FAILED  ] 2 tests, listed below:
[  FAILED  ] Ring.Wraps
[  FAILED  ] Sizes/RingOf.Fits/1, where GetParam() = 2

 2 FAILED TESTS
"""


def test_gtest_lines():
    run = firmware_tests.parse(GTEST)
    assert run.framework == "gtest"
    assert outcomes(run) == [
        ("Ring", "StartsEmpty", "passed"), ("Ring", "Wraps", "failed"),
        ("Ring", "Later", "skipped"), ("Sizes/RingOf", "Fits/0", "passed"),
        ("Sizes/RingOf", "Fits/1", "failed")]
    wraps = run.cases[1]
    assert wraps.where == "src/ring_test.cc:31"
    assert wraps.message.startswith("Expected equality of these values:\n  ring.size()")
    assert "src/ring_test.cc:32: Value of: ring.full()" in wraps.message
    assert wraps.output == ["filling"]
    assert wraps.seconds == pytest.approx(0.007)
    assert run.cases[2].message == "not on this board"
    assert run.cases[4].where == "src/ring_test.cc:55"
    assert run.errors == []


def test_gtest_crash_in_a_test_fails_that_test():
    run = firmware_tests.parse(GTEST.split("src/ring_test.cc:31")[0], end="UsageFault at ring.cc:8")
    assert outcomes(run)[1] == ("Ring", "Wraps", "failed")
    assert run.cases[1].message == "UsageFault at ring.cc:8"
    assert "without GoogleTest's summary" in run.errors[0]


def test_gtest_failure_outside_of_tests_is_an_error():
    text = GTEST.replace("[----------] Global test environment tear-down\n",
                         "[----------] Global test environment tear-down\n"
                         "src/env.cc:4: Failure\nFailed\nleak\n\n")
    assert firmware_tests.parse(text).errors == ["src/env.cc:4: Failed\nleak"]


ZTEST = """\
*** Booting Zephyr OS build v3.7.0 ***
Running TESTSUITE ring
===================================================================
START - test_starts_empty
 PASS - test_starts_empty in 0.001 seconds
===================================================================
START - test_wraps

    Assertion failed at WEST_TOPDIR/app/src/main.c:17: ring_test_wraps: size not equal to 3
size was 2
 FAIL - test_wraps in 0.013 seconds
===================================================================
START - test_later
 SKIP - test_later in 0.000 seconds
===================================================================
TESTSUITE ring failed.

------ TESTSUITE SUMMARY START ------

SUITE FAIL -  50.00% [ring]: pass = 1, fail = 1, skip = 1, total = 3 duration = 0.014 seconds
 - SKIP - [ring.test_later] duration = 0.000 seconds
 - PASS - [ring.test_starts_empty] duration = 0.001 seconds
 - FAIL - [ring.test_wraps] duration = 0.013 seconds

------ TESTSUITE SUMMARY END ------

===================================================================
RunID: 5d9d6e0c
PROJECT EXECUTION FAILED
"""


def test_ztest_lines():
    run = firmware_tests.parse(ZTEST)
    assert run.framework == "ztest"
    assert outcomes(run) == [("ring", "test_starts_empty", "passed"),
                             ("ring", "test_wraps", "failed"), ("ring", "test_later", "skipped")]
    wraps = run.cases[1]
    assert wraps.where == "WEST_TOPDIR/app/src/main.c:17"
    assert wraps.message == "ring_test_wraps: size not equal to 3\nsize was 2"
    assert wraps.seconds == pytest.approx(0.013)
    assert run.errors == []


def test_ztest_before_2_4():
    run = firmware_tests.parse("""\
Running test suite ring
===================================================================
starting test - test_a
PASS - test_a
===================================================================
Test suite ring succeeded
===================================================================
PROJECT EXECUTION SUCCESSFUL
""")
    assert outcomes(run) == [("ring", "test_a", "passed")]
    assert run.ok


def test_ztest_that_shows_only_its_summary():
    summary = ZTEST[ZTEST.index("------ TESTSUITE SUMMARY START"):]
    run = firmware_tests.parse(summary)
    assert sorted(outcomes(run)) == sorted(outcomes(firmware_tests.parse(ZTEST)))


def test_ztest_fatal_error_fails_the_test_that_ran():
    run = firmware_tests.parse("""\
Running TESTSUITE ring
===================================================================
START - test_a
E: ***** BUS FAULT *****
E: >>> ZEPHYR FATAL ERROR 25: Unknown error on CPU 0
E: Halting system
""", end="the fault handler loops at 0x00000400")
    assert outcomes(run) == [("ring", "test_a", "failed")]
    assert run.cases[0].message == ("***** BUS FAULT *****\n"
                                    "ZEPHYR FATAL ERROR 25: Unknown error on CPU 0\n"
                                    "the fault handler loops at 0x00000400")
    assert not run.ok and len(run.errors) == 1


def test_ztest_that_failed_without_a_failed_test():
    run = firmware_tests.parse("Running TESTSUITE a\nSTART - t\n PASS - t in 0.000 seconds\n"
                               "PROJECT EXECUTION FAILED\n")
    assert not run.ok and "PROJECT EXECUTION FAILED" in run.errors[0]


def test_text_without_tests_is_a_run_with_an_error():
    run = firmware_tests.parse("hello\n", end="endless loop")
    assert (run.framework, run.cases, run.ok) == ("", [], False)
    assert "endless loop" in run.errors[0]


def test_unknown_framework():
    with pytest.raises(tinyscope.InputError, match="expected one of unity, gtest, ztest"):
        firmware_tests.parse("", "cppunit")


@pytest.mark.parametrize("text, framework", [(UNITY, "unity"), (GTEST, "gtest"), (ZTEST, "ztest")])
def test_the_end_of_the_output_is_seen_when_it_is_there(text, framework):
    assert firmware_tests.end_of_output(text)
    assert firmware_tests.end_of_output(text, framework)
    assert not firmware_tests.end_of_output(text[: len(text) // 2])


def test_junit(tmp_path):
    path = tmp_path / "out.xml"
    run = firmware_tests.parse(GTEST.replace("filling", "a<b>&\x00\x1b"))
    assert run.to_junit(path, name="ring.elf") == path.read_text(encoding="utf-8")
    root = ElementTree.parse(path).getroot()
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("5", "2", "0")
    ring, sizes = root.findall("testsuite")
    assert (ring.get("name"), ring.get("skipped"), ring.get("time")) == ("Ring", "1", "0.007")
    assert (sizes.get("name"), sizes.get("tests"), sizes.get("failures")) == (
        "Sizes/RingOf", "2", "1")
    wraps = ring.findall("testcase")[1]
    assert wraps.find("failure").get("message") == "Expected equality of these values:"
    assert wraps.find("failure").text.startswith("src/ring_test.cc:31: Expected equality")
    assert ring.findall("testcase")[2].find("skipped").text == "not on this board"
    assert wraps.find("system-out").text == "a<b>&\\x00\\x1b"


def test_junit_of_a_broken_run_has_an_error():
    root = ElementTree.fromstring(
        firmware_tests.parse("", end="HardFault at boot").to_junit(name="a.elf"))
    assert root.get("errors") == "1"
    suite = root.find("testsuite")
    assert (suite.get("name"), suite.get("tests"), suite.get("errors")) == ("a.elf", "1", "1")
    assert "HardFault at boot" in suite.find("testcase/error").get("message")
