"""Every layer's output on the simulator equals the numpy implementation, bit for bit.

usage: simulated_layers_equal_numpy.py TINYSCOPE SAMPLES_FOLDER
Runs the verification images, which print the output of each layer over the UART.
"""
import pathlib
import subprocess
import sys
import tempfile

from sample_models import SAMPLES


def main() -> int:
    tinyscope, samples = sys.argv[1], pathlib.Path(sys.argv[2])
    checker = pathlib.Path(__file__).with_name("check_layers.py")
    for sample in SAMPLES:
        folder = samples / sample.name
        for kernels in ("reference", "dsp"):
            with tempfile.TemporaryDirectory() as scratch:
                dump = pathlib.Path(scratch) / "layers.txt"
                image = folder / "prebuilt" / f"{sample.name}-verify-{kernels}.elf"
                subprocess.run(
                    [tinyscope, "run", image, "--board", "nano33ble-sense", "--uart", dump,
                     "--until", "uart:VERIFY DONE", "--limit-time", "120s"], check=True)
                subprocess.run(
                    [sys.executable, "-B", checker, folder / sample.model, folder / sample.input,
                     dump], check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
