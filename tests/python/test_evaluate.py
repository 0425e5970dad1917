"""Accuracy of bare models on simulated boards: answers against numpy, cost against the profiler."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import tinyscope
from tinyscope import InputError, commands

SOURCES = Path(__file__).resolve().parents[2]
MODELS = SOURCES / "examples/compare_models"
BOARD = "nucleo-l4r5zi"

sys.path.insert(0, str(SOURCES / "tests/firmware"))
import int8_reference  # noqa: E402
import tflite_reader  # noqa: E402


def _test_set(count):
    """(x, y, labels): the first ones, which are of all classes in a random order."""
    with np.load(MODELS / "test.npz") as file:
        return file["x"][:count], file["y"][:count].tolist(), file["labels"].tolist()


def _pairs(count):
    x, y, _ = _test_set(count)
    return list(zip(x, y))


LABELS = ["ring", "wing", "slope", "none"]


@pytest.fixture(scope="module")
def int8():
    """Twelve samples through the int8 model, two of them with full timing."""
    return tinyscope.evaluate(
        MODELS / "int8.tflite", _pairs(12), board=BOARD, labels=LABELS, full_timing=2
    )


def test_answers_equal_numpys_bit_for_bit(int8):
    x, y, labels = _test_set(12)
    stored = np.rint(x.astype(np.float64) * 32).astype(np.int8)  # the model's scale is 1/32
    model = int8_reference.Model((MODELS / "int8.tflite").read_bytes())
    expected = model.run(stored)[-1].reshape(12, 4).astype(np.float64)
    scores = int8.predictions[[f"score: {label}" for label in labels]].to_numpy()
    assert (scores == (expected + 128) / 256).all()
    assert int8.predictions["answer"].tolist() == [labels[i] for i in expected.argmax(1)]
    assert int8.accuracy == np.mean([labels[i] for i in expected.argmax(1)] == np.array(y))


def _float32_outputs(x):
    """The float32 model in numpy: its file read on its own, convolutions as sums of products."""
    graph = tflite_reader.read((MODELS / "float32.tflite").read_bytes())
    value = x.astype(np.float32)
    for op in graph.operators:
        constants = [graph.tensors[i].data for i in op.inputs[1:]]
        if op.name in ("CONV_2D", "DEPTHWISE_CONV_2D"):
            kernel, bias = constants
            patches, _ = int8_reference._patches(value, kernel.shape[1:3], op.options, 0)
            if op.name == "CONV_2D":
                value = np.einsum("nyxhwc,ohwc->nyxo", patches, kernel)
            else:
                value = np.einsum("nyxhwc,hwc->nyxc", patches, kernel[0])
            value = np.maximum(value + bias, 0)
        elif op.name == "AVERAGE_POOL_2D":
            value = value.mean(axis=(1, 2))
        elif op.name == "FULLY_CONNECTED":
            value = value.reshape(len(value), -1) @ constants[0].T + constants[1]
        elif op.name == "SOFTMAX":
            value = np.exp(value - value.max(1, keepdims=True))
            value /= value.sum(1, keepdims=True)
    return value


def test_float32_answers_equal_numpys():
    x, _, labels = _test_set(6)
    found = tinyscope.evaluate(
        MODELS / "float32.tflite", _pairs(6), board=BOARD, labels=labels, full_timing=0
    )
    scores = found.predictions[[f"score: {label}" for label in labels]].to_numpy()
    assert scores == pytest.approx(_float32_outputs(x), abs=1e-5)
    assert found.timing.empty and found.cost.empty


def test_cost_is_that_of_a_steady_inference(int8):
    assert len(int8.timing) == 2
    report = tinyscope.profile_model(MODELS / "int8.tflite", BOARD)
    # Data decides nothing in these kernels but the clipping of a few activations.
    assert int8.metrics["cycles"] == pytest.approx(report.metrics["cycles"], rel=0.01)
    assert int8.metrics["macs"] == 43648
    assert int8.cost.loc["latency_ms", "min"] <= int8.cost.loc["latency_ms", "mean"]
    assert int8.metrics["energy_uj"] > 0


def test_neither_order_nor_workers_change_an_answer(int8):
    pairs = _pairs(12)
    beside = tinyscope.evaluate(
        MODELS / "int8.tflite", pairs, board=BOARD, labels=LABELS, full_timing=2, workers=2
    )
    assert beside.to_json() == int8.to_json()
    backwards = tinyscope.evaluate(
        MODELS / "int8.tflite", pairs[::-1], board=BOARD, labels=LABELS, full_timing=0
    )
    assert backwards.predictions["answer"].tolist() == int8.predictions["answer"].tolist()[::-1]


def test_integers_of_the_tensors_type_go_in_as_they_are(int8):
    stored = [(np.rint(x.astype(float) * 32).astype(np.int8), y) for x, y in _pairs(3)]
    found = tinyscope.evaluate(
        MODELS / "int8.tflite", stored, board=BOARD, labels=LABELS, full_timing=0
    )
    columns = [f"score: {label}" for label in LABELS]
    assert found.predictions[columns].equals(int8.predictions[columns][:3])


def test_on_a_machine_that_is_running_already(int8):
    with tinyscope.Machine(BOARD, MODELS / "int8.tflite") as machine:
        machine.run(until="symbol:runner_after_inference")
        before = machine.cycles
        found = tinyscope.evaluate(machine, _pairs(3), labels=LABELS, full_timing=1)
        assert machine.cycles == before
    assert found.predictions["answer"].tolist() == int8.predictions["answer"].tolist()[:3]
    assert found.metrics["cycles"] == pytest.approx(int8.metrics["cycles"], rel=0.01)
    with tinyscope.Machine(BOARD, MODELS / "int8.tflite", profile=False) as machine:
        untimed = tinyscope.evaluate(machine, _pairs(3), labels=LABELS)
    assert untimed.answers == found.answers and untimed.cost.empty and untimed.notes == ()


def test_tensors_where_the_user_says_they_are(int8):
    def first(table):
        return lambda machine: int.from_bytes(machine.read(table, 4), "little")

    access = tinyscope.TensorAccess(
        before="runner_before_inference",
        after="runner_after_inference",
        inputs=[first("runner_inputs")],
        outputs=[first("runner_outputs")],
        input_tensors=[tinyscope.Tensor((128, 6), "int8", 1 / 32)],
    )
    found = tinyscope.evaluate(
        MODELS / "int8.tflite",
        _pairs(3),
        board=BOARD,
        labels=LABELS,
        access=access,
        full_timing=0,
    )
    columns = [f"score: {label}" for label in LABELS]
    assert found.predictions[columns].equals(int8.predictions[columns][:3])
    lacking = tinyscope.TensorAccess("runner_before_inference", "runner_after_inference")
    with pytest.raises(InputError, match="names 0 inputs, but the model has 1"):
        tinyscope.evaluate(
            MODELS / "int8.tflite", _pairs(1), board=BOARD, labels=LABELS, access=lacking
        )
    places = ["runner_inputs"], ["runner_outputs"]
    elsewhere = tinyscope.TensorAccess("no_such_function", "b", *places)
    with pytest.raises(InputError, match="no_such_function"):
        tinyscope.evaluate(
            MODELS / "int8.tflite", _pairs(1), board=BOARD, labels=LABELS, access=elsewhere
        )


def test_decode_makes_answers_of_outputs():
    def sure(outputs):
        scores = outputs[0].reshape(-1)
        return ("gesture" if scores[3] < 0.5 else "nothing"), [scores[3], 1 - scores[3]]

    pairs = [(x, "nothing" if y == "none" else "gesture") for x, y in _pairs(12)]
    found = tinyscope.evaluate(
        MODELS / "int8.tflite",
        pairs,
        board=BOARD,
        labels=["nothing", "gesture"],
        decode=sure,
        full_timing=0,
    )
    assert found.accuracy == 1.0
    assert set(found.roc) == {"nothing", "gesture"}
    assert found.figures["macro_auc"] == 1.0


def test_what_is_written_is_what_was_found(int8, tmp_path):
    saved = json.loads(int8.to_json(tmp_path / "a.json"))
    assert (tmp_path / "a.json").read_text() == int8.to_json()
    assert saved["figures"]["accuracy"] == int8.accuracy
    assert saved["samples"] == 12 and len(saved["predictions"]) == 12
    assert sum(map(sum, saved["confusion"])) == 12
    assert saved["timing"][0]["metrics"]["cycles"] == int8.timing["cycles"].iloc[0]
    text = int8.to_markdown(tmp_path / "a.md")
    assert f"**{int8.accuracy:.2%}** accuracy" in text
    for label in LABELS:
        assert f"\n| {label} | " in text
    assert "int8.tflite on nucleo-l4r5zi" in int8.summary()
    assert int8.confusion.to_numpy().sum() == 12
    assert (int8.per_class["recall"] == int8.per_class["sensitivity"]).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"labels": [*LABELS, "fifth"]}, "has 4 values, but there are 5 labels"),
        ({"labels": None}, "has 4 values, but there are 3 labels"),
        ({"board": None}, "board= is needed"),
        ({"board": "nucleo"}, "nucleo"),
        ({"path": "mic"}, "path='mic' needs answer="),
        ({"answer": "x"}, "answer= is for sensors"),
        ({"path": "mic", "answer": "RESULT"}, "has no group for the label"),
        ({"path": "mic", "answer": "("}, "not a regular expression"),
        ({"workers": 0}, "workers: expected 1 or more"),
        ({"samples": 0}, "samples: expected 1 or more"),
        ({"full_timing": -1}, "expected 0 or more"),
    ],
)
def test_wrong_arguments_say_what_is_wrong(arguments, message):
    given = {"board": BOARD, "labels": LABELS, "full_timing": 0, **arguments}
    with pytest.raises(InputError, match=message):
        pairs = [(np.zeros((128, 6)), label) for label in LABELS[:3]]
        tinyscope.evaluate(MODELS / "int8.tflite", pairs, **given)


def test_inputs_that_do_not_fit_name_the_sample():
    with pytest.raises(InputError, match=r"sample 1: an input has shape \(5,\)"):
        tinyscope.evaluate(
            MODELS / "int8.tflite",
            [(np.zeros(768), "ring"), (np.zeros(5), "wing")],
            board=BOARD,
            labels=LABELS,
            full_timing=0,
        )


def test_firmware_without_access_says_what_to_do():
    image = SOURCES / "firmware-samples/gesture/prebuilt/gesture-dsp.elf"
    with pytest.raises(InputError, match="say where they are .access=TensorAccess"):
        tinyscope.evaluate(image, _pairs(1), board="nano33ble-sense")


def _command(*more):
    given = [str(MODELS / "pruned.tflite"), "--board", BOARD, "--dataset", str(MODELS / "test.npz")]
    return commands.run("evaluate", [*given, "--samples", "8", "--full-timing", "1", *more])


def test_command_passes_and_fails_by_accuracy_and_latency(tmp_path, capsys):
    saved = tmp_path / "a.json"
    markdown = tmp_path / "a.md"
    assert _command("--json", str(saved), "--markdown", str(markdown), "--min-accuracy", "0.5") == 0
    shown = capsys.readouterr().out
    found = json.loads(saved.read_text())
    assert f"{found['right']} of 8 right" in shown and "specificity" in shown
    assert markdown.read_text().startswith("## pruned.tflite on nucleo-l4r5zi\n")
    latency = found["cost"]["latency_ms"]["mean"]
    assert _command("--max-latency-ms", str(latency / 2)) == 1
    assert "is above --max-latency-ms" in capsys.readouterr().out
    assert _command("--max-latency-ms", str(latency * 2)) == 0
    assert _command("--labels", "none,ring,wing,slope", "--min-accuracy", "0.9") == 1
    assert "is below --min-accuracy 0.9" in capsys.readouterr().out


def test_command_refuses_wrong_input(capsys):
    assert _command("--min-accuracy", "90") == 2
    assert "--min-accuracy 90: expected a share from 0 to 1" in capsys.readouterr().err
    assert _command("--json", "/nowhere/a.json") == 2
    assert "/nowhere/a.json: no such folder" in capsys.readouterr().err
    assert _command("--max-latency-ms", "5", "--full-timing", "0") == 2
    assert "no latency was measured" in capsys.readouterr().err
