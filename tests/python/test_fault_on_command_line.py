"""What the program says of firmware that crashes."""

import subprocess

from assembled import assemble


def test_names_the_cause_and_the_line(program, tmp_path):
    image = assemble(tmp_path, "  movs r0, #5\n  udf #0\n", "crash")
    done = subprocess.run(
        [program, "run", image, "--board", "nano33ble-sense", "--limit-time", "10ms"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert "last fault: HardFault (escalated)" in done.stderr
    assert "UNDEFINSTR: undefined instruction" in done.stderr
    line = (tmp_path / "crash.s").read_text().splitlines().index("  udf #0") + 1
    assert f"main at crash.s:{line}" in done.stderr
    assert "r0 0x00000005" in done.stderr
