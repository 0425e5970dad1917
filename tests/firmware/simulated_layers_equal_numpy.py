"""Every layer's output on the simulator equals the numpy implementation, bit for bit.

usage: simulated_layers_equal_numpy.py TINYSCOPE KWS_FOLDER
Runs the verification images, which print the output of each layer over the UART.
"""
import pathlib
import subprocess
import sys
import tempfile


def main() -> int:
    tinyscope, kws = sys.argv[1], pathlib.Path(sys.argv[2])
    checker = pathlib.Path(__file__).with_name("check_layers.py")
    for kernels in ("reference", "dsp"):
        with tempfile.TemporaryDirectory() as folder:
            dump = pathlib.Path(folder) / "layers.txt"
            image = kws / "prebuilt" / f"kws-verify-{kernels}.elf"
            subprocess.run(
                [tinyscope, "run", image, "--board", "nano33ble-sense", "--uart", dump,
                 "--until", "uart:VERIFY DONE", "--limit-time", "120s"], check=True)
            subprocess.run(
                [sys.executable, "-B", checker, kws / "kws_ds_cnn_int8.tflite",
                 kws / "verify_input.bin", dump], check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
