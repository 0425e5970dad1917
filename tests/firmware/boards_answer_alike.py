"""The samples answer on every board as on the nRF52840, bit for bit.

usage: boards_answer_alike.py TINYSCOPE SAMPLES_FOLDER
What the nRF52840 says, layer for layer, is held against numpy by simulated_layers_equal_numpy.py.
Here the same kernels run on other chips: the whole dump of keyword spotting has to be the same, and
the output of image classification, whose dump does not fit into the RAM of the smallest.
"""
import pathlib
import subprocess
import sys
import tempfile

# Board of the simulator: folder below firmware-samples/boards/.
BOARDS = {
    "nucleo-l4r5zi": "nucleo_l4r5zi",
    "nucleo-f446re": "nucleo_f446re",
    "disco-f746ng": "disco_f746ng",
    "nucleo-h7a3zi-q": "nucleo_h7a3zi_q",
}


def run(tinyscope, image, board, until):
    """Returns the lines that the image printed."""
    with tempfile.TemporaryDirectory() as scratch:
        uart = pathlib.Path(scratch) / "uart.txt"
        subprocess.run([tinyscope, "run", image, "--board", board, "--uart", uart, "--until",
                        f"uart:{until}", "--limit-time", "120s"], check=True)
        return uart.read_text().splitlines()


def last_layer(dump):
    """Returns the hex digits of the dump's last tensor."""
    start = max(number for number, line in enumerate(dump) if line.startswith("LAYER "))
    return "".join(dump[start + 1:-1])


def output(lines):
    """Returns the hex digits that the sample printed as the model's output."""
    return next(line.split()[1] for line in lines if line.startswith("OUTPUT "))


def main() -> int:
    tinyscope, samples = sys.argv[1], pathlib.Path(sys.argv[2])
    kws, ic = samples / "kws" / "prebuilt", samples / "ic" / "prebuilt"
    expected = {image.name: run(tinyscope, image, "nano33ble-sense", "VERIFY DONE")
                for image in (kws / "kws-verify-dsp.elf", ic / "ic-verify-dsp.elf")}
    layers = expected["kws-verify-dsp.elf"]
    answers = {"kws": last_layer(layers), "ic": last_layer(expected["ic-verify-dsp.elf"])}
    wrong = []
    for board, folder in BOARDS.items():
        if run(tinyscope, kws / f"kws-verify-{folder}-dsp.elf", board, "VERIFY DONE") != layers:
            wrong.append(f"{board}: a layer of keyword spotting")
        for image in sorted([*kws.glob(f"*-{folder}-*.elf"), *ic.glob(f"*-{folder}-*.elf")]):
            sample = image.name.split("-")[0]
            if "-verify-" in image.name:
                continue
            answer = output(run(tinyscope, image, board, "RESULT 0:"))
            if answer != answers[sample]:
                wrong.append(f"{image.name}: {answer} instead of {answers[sample]}")
    for line in wrong:
        print("DIFFERS:", line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
