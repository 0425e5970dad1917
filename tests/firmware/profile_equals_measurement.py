"""What the profiler says of an image equals what that image measures of itself.

usage: profile_equals_measurement.py TINYSCOPE SAMPLES_FOLDER
The measurement images read DWT.CYCCNT around each operator, paint their stack and their arena, and
print what they found (firmware-samples/console/measurement.hpp). The profiler knows nothing of that.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

from sample_models import SAMPLES

# Between the two reads of CYCCNT around an operator lie, besides the operator: the second load of
# the pair, the loads of the function and of the layer's node, and the call. None takes more than
# 3 cycles (LDR 2, BLX 1 + P with P from 1 to 3: Arm DDI 0439D, table 3-1), waits of flash apart.
MOST_CYCLES_AROUND = 24

# The loop of the image that measures, as an inference of its own.
MEASURED_LOOP = """
name = "measured"
kernels = ["mlrt_*"]
arena = ["*arena*"]
[inference]
invoke = ["*run_layer_by_layer*"]
[operators]
match = ["mlrt::eval_*"]
"""


def profile(tinyscope, image, folder, *options):
    """Returns (report, the image's own figures: name -> value or list)."""
    uart, report = folder / "uart.txt", folder / "report.json"
    subprocess.run([tinyscope, "profile", image, "--board", "nano33ble-sense", "--uart", uart,
                    "--json", report, "--until", "uart:MEASURE DONE", "--limit-time", "60s",
                    *options], check=True, stdout=subprocess.DEVNULL)
    measured = {"layer": []}
    for line in uart.read_text().splitlines():
        words = line.split()
        if words[:2] == ["MEASURE", "layer"]:
            measured["layer"].append(int(words[3]))
        elif len(words) == 3 and words[0] == "MEASURE":
            measured[words[1]] = int(words[2])
    return json.loads(report.read_text()), measured


def compare(name, report, loop_report, measured):
    """Returns lines that say what differs."""
    wrong = []
    invoked, looped = report["inferences"], loop_report["inferences"]
    if len(invoked) != 2 or len(looped) != 1:
        return [f"{name}: {len(invoked)} and {len(looped)} inferences instead of 2 and 1"]
    layers = looped[0]["layers"]
    if len(layers) != len(measured["layer"]) or not layers:
        return [f"{name}: {len(layers)} layers, the image measured {len(measured['layer'])}"]
    around = [own - layer["cycles"] for own, layer in zip(measured["layer"], layers)]
    for number, cycles in enumerate(around):
        if not measured["read"] <= cycles <= MOST_CYCLES_AROUND:
            wrong.append(f"{name}: layer {number} took {layers[number]['cycles']} cycles, "
                         f"CYCCNT says {measured['layer'][number]}")
    # invoke() calls the same operators; only what the caches hold when a layer begins may differ.
    for number, (layer, own) in enumerate(zip(invoked[1]["layers"], measured["layer"])):
        if abs(own - layer["cycles"]) > MOST_CYCLES_AROUND + 0.001 * own:
            wrong.append(f"{name}: layer {number} of invoke() took {layer['cycles']} cycles, "
                         f"CYCCNT says {own}")
    whole = measured["invoke"] - invoked[1]["cycles"]
    if not 0 <= whole <= MOST_CYCLES_AROUND:
        wrong.append(f"{name}: invoke() took {invoked[1]['cycles']} cycles, "
                     f"CYCCNT says {measured['invoke']}")
    # Paint would miss words that are reserved and never written; at the peak there are none.
    stack = report["memory"]["stack_peak_bytes"]
    if stack != measured["stack"]:
        wrong.append(f"{name}: stack peak {stack} bytes, its paint is gone for "
                     f"{measured['stack']}")
    print(f"{name}: {len(layers)} layers, CYCCNT minus profile {min(around)} to {max(around)} "
          f"cycles; invoke() {whole}; stack {stack} bytes, painted {measured['stack']}")
    return wrong


def main() -> int:
    tinyscope, samples = sys.argv[1], pathlib.Path(sys.argv[2])
    wrong = []
    for sample in SAMPLES:
        for kernels in ("reference", "dsp"):
            image = samples / sample.name / "prebuilt" / f"{sample.name}-measure-{kernels}.elf"
            with tempfile.TemporaryDirectory() as scratch:
                folder = pathlib.Path(scratch)
                rules = folder / "measured.toml"
                rules.write_text(MEASURED_LOOP)
                report, measured = profile(tinyscope, image, folder)
                loop_report, again = profile(tinyscope, image, folder, "--layer-rules", rules)
                if again != measured:
                    wrong.append(f"{image.name}: two runs measured differently")
                wrong += compare(image.name, report, loop_report, measured)
    for line in wrong:
        print("DIFFERS:", line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
