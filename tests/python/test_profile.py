"""tinyscope.profile and what its report holds."""

import json
import pickle
import signal
import subprocess
import sys
import time
import wave
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tinyscope
from tinyscope.frames import STALL_CAUSES


def without_host(text: str) -> dict:
    data = json.loads(text)
    del data["host"]
    return data


def test_hears_what_the_sample_says_it_hears(kws):
    assert "RESULT 0: yes " in kws.uart
    assert kws.status == 0
    assert kws.board == "nano33ble-sense"
    assert kws.firmware == "kws-dsp.elf"
    assert kws.stop_reason == "the first inference is complete"


def test_equals_the_command_line(kws, samples, program, tmp_path):
    file = tmp_path / "report.json"
    subprocess.run(
        [program, "profile", samples / "kws/prebuilt/kws-dsp.elf", "--board", "nano33ble-sense"]
        + ["--mic", samples / "kws/audio/yes.wav", "--json", file],
        check=True,
        capture_output=True,
    )
    assert without_host(file.read_text()) == without_host(kws.to_json())


def test_arrays_are_fed_as_files_are(kws, samples):
    with wave.open(str(samples / "kws/audio/yes.wav")) as file:
        rate = file.getframerate()
        sound = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    firmware = samples / "kws/prebuilt/kws-dsp.elf"
    runs = [
        tinyscope.profile(firmware, "nano33ble-sense", mic=(heard, rate))
        for heard in (sound, sound / 32768)
    ]
    assert runs[0].metrics == kws.metrics
    # Files for arrays have other names each time; the report must not.
    assert without_host(runs[0].to_json()) == without_host(runs[1].to_json())
    assert "/tmp" not in runs[0].to_json()


def test_layers_add_up_to_the_inference(kws):
    layers, inferences = kws.layers, kws.inferences
    assert layers.index.names == ["inference", "layer"]
    run = inferences.loc[0]
    assert layers.loc[0]["cycles"].sum() + run["own_cycles"] == run["cycles"]
    by_cause = [f"cycles_{cause}" for cause in STALL_CAUSES]
    assert (layers[by_cause].sum(axis=1) == layers["cycles"]).all()
    # The first layer: 64 filters of 10 x 4 give 25 x 5 outputs, so 320,000 MACs.
    first = layers.loc[(0, 0)]
    assert (first["op"], first["shape"], first["macs"]) == ("CONV_2D", "1x25x5x64", 320_000)
    assert (layers["energy_uj_low"] < layers["energy_uj"]).all()
    assert (layers["energy_uj"] < layers["energy_uj_high"]).all()


def test_every_cycle_has_an_owner(kws):
    total = kws.metrics["total_cycles"]
    assert kws.stalls["cycles"].sum() == total
    assert kws.stalls["percent"].sum() == pytest.approx(100)
    assert kws.phases["cycles"].sum() == total
    # Own cycles of functions and of exception entries and returns sum up to the total.
    assert kws.functions["cycles"].sum() + kws.data["exception_cycles"] == total


def test_memory_names_each_pool(kws):
    memory = kws.memory
    assert memory.loc["flash", "size_bytes"] == 1024 * 1024
    assert memory.loc["ram", "size_bytes"] == 256 * 1024
    assert memory.loc["ram", "used_bytes"] == kws.metrics["ram_bytes"]
    assert memory.loc["arena", "used_bytes"] <= memory.loc["arena", "size_bytes"]
    assert pd.isna(memory.loc["static data", "size_bytes"])


def test_metrics_have_kinds_and_bounds(kws):
    kinds = {kind.name: kind for kind in tinyscope.metric_kinds()}
    assert set(kws.metrics) <= set(kinds)
    for name, (low, high) in kws.metric_bounds.items():
        if kinds[name].estimate:
            assert low < kws.metrics[name] < high
        else:
            assert low == kws.metrics[name] == high
    # Begin and end of an inference are known to the nanosecond.
    at_64_mhz = kws.metrics["cycles"] / 64_000_000 * 1000
    assert kws.metrics["latency_ms"] == pytest.approx(at_64_mhz, abs=1e-6)


def test_without_inference_there_is_no_latency(samples):
    report = tinyscope.profile(
        samples / "kws/prebuilt/kws-dsp.elf", "nano33ble-sense", limit_time=0.001
    )
    assert report.status == 124
    assert "latency_ms" not in report.metrics
    assert report.layers.empty and report.inferences.empty
    assert report.layers.index.names == ["inference", "layer"]


def test_traffic_only_when_asked_for(kws, samples):
    assert kws.traffic.empty
    report = tinyscope.profile(
        samples / "kws/prebuilt/kws-dsp.elf",
        "nano33ble-sense",
        mic=samples / "kws/audio/yes.wav",
        traffic=True,
    )
    assert report.inferences.equals(kws.inferences)  # looking costs no cycle
    # Each weight of the first layer is read at least once.
    assert report.traffic.loc[(0, 0, "flash"), "read_bytes"] >= 64 * 10 * 4


def test_pickles_and_reads_back(kws, tmp_path):
    copy = pickle.loads(pickle.dumps(kws))
    assert copy.to_json() == kws.to_json()
    assert (copy.uart, copy.status, copy.metrics) == (kws.uart, kws.status, kws.metrics)
    file = tmp_path / "kws.json"
    text = kws.to_json(file)
    for source in (file, str(file), text):
        assert tinyscope.Report.from_json(source).to_json() == text


def test_files_that_need_the_run_are_refused_later(kws, tmp_path):
    saved = tinyscope.Report.from_json(kws.to_json())
    with pytest.raises(tinyscope.InputError, match="pprof needs more than the JSON"):
        saved.write("pprof", tmp_path / "x")
    kws.write("pprof", tmp_path / "kws.pb.gz")
    assert (tmp_path / "kws.pb.gz").read_bytes()[:2] == b"\x1f\x8b"
    with pytest.raises(tinyscope.InputError, match="'jsn' is not known; expected one of json"):
        kws.write("jsn", tmp_path / "x")


def test_page_and_texts(kws, tmp_path):
    page = kws.to_html(tmp_path / "kws.html")
    assert page.startswith("<!doctype html>") or page.startswith("<!DOCTYPE html>")
    assert (tmp_path / "kws.html").read_text() == page
    assert repr(kws).startswith("<Report of kws-dsp.elf on nano33ble-sense: 1 inference, 156.4")
    assert "CONV_2D" in str(kws)
    assert "<table" in kws._repr_html_()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"mic": 3}, r"mic: expected a WAV file or \(samples, rate\), found int"),
        ({"mic": (np.zeros((4, 2)), 16000)}, r"mic: expected samples of one channel, found shape"),
        ({"mic": (np.zeros(4, "u1"), 16000)}, "mic: expected samples of int16 or float"),
        ({"mic": (np.full(4, 1.5), 16000)}, "mic: float samples have to be from -1 to 1"),
        ({"mic": (np.zeros(4), 0)}, "mic: expected a rate in whole Hz"),
        ({"mic": "missing.wav"}, "missing.wav"),
        ({"seed": -1}, "seed: expected a whole number from 0"),
        ({"seed": "x"}, "seed: expected a whole number"),
        ({"limit_time": "soon"}, "'soon' is not a time"),
        ({"limit_time": 0}, "limit_time: expected seconds above 0"),
        ({"supply_volts": -1}, "supply_volts: expected a number above 0"),
        ({"until": [1]}, "until: expected texts"),
        ({"pins": {"D2": 7}}, "pins: D2: expected a level 0 or 1"),
        ({"battery": "cr9999"}, "cr9999"),
        ({"imu": {"time_s": [0, 1], "ax_g": [1]}}, "imu: columns have to be equally long"),
        ({"imu": {"time_s": [0, 1], "ax_furlongs": [1, 1]}}, "^imu.csv:1: "),
        ({"camera": np.zeros((4, 4), "f4")}, r"camera: expected uint8 pixels of shape"),
    ],
)
def test_wrong_values_say_what_is_expected(samples, wrong, message):
    with pytest.raises(tinyscope.InputError, match=message):
        tinyscope.profile(samples / "kws/prebuilt/kws-dsp.elf", "nano33ble-sense", **wrong)


def test_unknown_keywords_are_type_errors(samples):
    with pytest.raises(TypeError, match="microphone"):
        tinyscope.profile(
            samples / "kws/prebuilt/kws-dsp.elf", "nano33ble-sense", microphone="yes.wav"
        )


def test_pictures_from_arrays(samples):
    """What the camera sees goes through a PNG file that was written here."""
    firmware = samples / "vww/prebuilt/vww-dsp.elf"
    grey = np.full((240, 320), 90, np.uint8)
    runs = [
        tinyscope.profile(firmware, "nano33ble-sense", camera=picture, limit_time=5)
        for picture in (grey, np.stack([grey] * 3, axis=2))
    ]
    assert runs[0].metrics["inferences"] >= 1
    assert runs[0].uart == runs[1].uart
    assert not list(Path("/tmp").glob("tinyscope-*/camera.png"))


def test_runs_of_two_threads_do_not_mix(kws, samples):
    def words(name: str) -> tinyscope.Report:
        return tinyscope.profile(
            samples / "kws/prebuilt/kws-dsp.elf",
            "nano33ble-sense",
            mic=samples / f"kws/audio/{name}.wav",
        )

    with ThreadPoolExecutor(2) as threads:
        yes, no = threads.map(words, ("yes", "no"))
    assert without_host(yes.to_json()) == without_host(kws.to_json())
    assert "RESULT 0: no " in no.uart


def test_ctrl_c_ends_a_run_at_once(samples):
    code = (
        "import sys, tinyscope\n"
        "print('started', flush=True)\n"
        "try:\n"
        "    tinyscope.profile(sys.argv[1], 'nano33ble-sense', until='uart:never')\n"
        "except KeyboardInterrupt:\n"
        "    print('interrupted')\n"
    )
    firmware = samples / "kws/prebuilt/kws-dsp.elf"
    with subprocess.Popen(
        [sys.executable, "-c", code, firmware], stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout.readline() == "started\n"
        time.sleep(1)
        run.send_signal(signal.SIGINT)
        sent = time.monotonic()
        assert run.stdout.read() == "interrupted\n"
        assert run.wait(10) == 0
        assert time.monotonic() - sent < 5
