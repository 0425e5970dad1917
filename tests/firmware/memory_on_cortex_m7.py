"""Where code and data lie on the Cortex-M7 shows in time as the hardware says, and under its cause.

usage: memory_on_cortex_m7.py TINYSCOPE SAMPLES_FOLDER
Profiles keyword spotting on the STM32F746 in variants that differ in one thing each. What has to come
out follows from the hardware: TCM has no wait states; without caches each access goes to flash or
SRAM; the kernels need not care where they are as long as a cache or TCM stands before them.
"""
import json
import pathlib
import subprocess
import sys
import tempfile


def second_inference(tinyscope, image):
    """Returns (cycles, instructions, stalls by cause), caches warm."""
    with tempfile.TemporaryDirectory() as scratch:
        report = pathlib.Path(scratch) / "report.json"
        subprocess.run([tinyscope, "profile", image, "--board", "disco-f746ng", "--until",
                        "inferences:2", "--limit-time", "10s", "--json", report, "--quiet"],
                       check=True, stdout=subprocess.DEVNULL)
        inference = json.loads(report.read_text())["inferences"][1]
        return inference["cycles"], inference["instructions"], inference["stalls"]


def main() -> int:
    tinyscope, samples = sys.argv[1], pathlib.Path(sys.argv[2])
    names = ("", "-write-through", "-caches-off", "-data-dtcm", "-code-itcm", "-code-flash-itcm")
    runs = {name: second_inference(tinyscope, samples / "kws" / "prebuilt" /
                                   f"kws-disco_f746ng-dsp{name}.elf") for name in names}
    cycles = {name: run[0] for name, run in runs.items()}
    stalls = {name: run[2] for name, run in runs.items()}
    for name, run in runs.items():
        print(name or "default", run[0], {cause: n for cause, n in run[2].items() if n})
    expected = {
        "the same instructions wherever they are, but for the copy of the input":
            max(run[1] for run in runs.values()) <= 1.001 * min(run[1] for run in runs.values()),
        "without caches at least twice as slow": cycles["-caches-off"] > 2 * cycles[""],
        "without caches most of that is waiting for code and data":
            stalls["-caches-off"]["fetch"] + stalls["-caches-off"]["data"] -
            stalls[""]["fetch"] - stalls[""]["data"] > 0.9 * (cycles["-caches-off"] - cycles[""]),
        "data in DTCM waits less for data": stalls["-data-dtcm"]["data"] < stalls[""]["data"],
        "data in DTCM is faster": cycles["-data-dtcm"] < cycles[""],
        "kernels in ITCM wait less for code": stalls["-code-itcm"]["fetch"] < stalls[""]["fetch"],
        "constants over ITCM are cached by nothing, so they are waited for":
            stalls["-code-flash-itcm"]["data"] > stalls[""]["data"],
        "written through moves time under data and nowhere else":
            abs(cycles["-write-through"] - cycles[""] - stalls["-write-through"]["data"] +
                stalls[""]["data"]) < 0.001 * cycles[""],
    }
    for what, holds in expected.items():
        if not holds:
            print("DIFFERS:", what)
    return 0 if all(expected.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
