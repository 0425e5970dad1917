"""Accuracy of firmware that hears and feels: labelled inputs through its sensors."""

import csv
from pathlib import Path

import pytest
import tinyscope

SAMPLES = Path(__file__).resolve().parents[2] / "firmware-samples"
AUDIO = SAMPLES / "kws/audio"
BOARD = "nano33ble-sense"


@pytest.fixture(scope="module")
def words():
    """Recordings of the sample; "marvin" is none of its words, which it calls unknown."""
    names = {"yes": "yes", "no": "no", "stop": "stop", "marvin": "unknown"}
    return tinyscope.evaluate(
        SAMPLES / "kws/prebuilt/kws-dsp.elf",
        [(AUDIO / f"{name}.wav", label) for name, label in names.items()],
        board=BOARD,
        path="mic",
        answer=r"RESULT 0: (\w+) (?P<score>[\d.]+)",
        full_timing=1,
    )


def test_words_are_heard_through_the_microphone(words):
    assert words.predictions["answer"].tolist() == ["yes", "no", "stop", "unknown"]
    assert words.accuracy == 1.0
    assert words.predictions["sample"].tolist() == ["yes.wav", "no.wav", "stop.wav", "marvin.wav"]
    assert words.roc == {} and words.undefined["yes.auc"] == "no scores"


def test_cost_is_that_of_the_inference_that_heard(words):
    report = tinyscope.profile(
        SAMPLES / "kws/prebuilt/kws-dsp.elf", BOARD, mic=AUDIO / "yes.wav", until="uart:RESULT 0"
    )
    assert words.metrics["cycles"] == report.metrics["cycles"]


def gestures():
    """Two seconds each: ring, wing, slope, none, wing, ring, as the sample's README says."""
    with open(SAMPLES / "gesture/motion/gestures.csv", newline="") as file:
        header = file.readline()  # the rate, for other readers
        assert header == "# rate_hz = 119\n"
        rows = list(csv.DictReader(file))
    length = len(rows) // 6
    for number, label in enumerate(("ring", "wing", "slope", "none")):
        part = rows[number * length : (number + 1) * length]
        yield {name: [float(row[name]) for row in part] for name in part[0]}, label


MOTION = {
    "path": "imu",
    "answer": r"RESULT \d+: (\w+)",
    "otherwise": "none",
    "seconds": 2.5,
    "full_timing": 0,
}


def test_gestures_are_felt_and_nothing_is_an_answer():
    pairs = []
    for columns, label in gestures():
        columns["time_s"] = [place / 119.0 for place in range(len(columns["ax_g"]))]
        pairs.append((columns, label))
    found = tinyscope.evaluate(
        SAMPLES / "gesture/prebuilt/gesture-dsp.elf", pairs, board=BOARD, **MOTION
    )
    assert found.predictions["answer"].tolist() == ["ring", "wing", "slope", "none"]


def test_gestures_are_felt_by_firmware_that_is_running_already():
    """Samples do not see one another: each begins behind the announcement, with an empty window."""
    pairs = [((columns, 119), label) for columns, label in gestures()]
    with tinyscope.Machine(
        BOARD, SAMPLES / "gesture/prebuilt/gesture-dsp.elf", functional=True, profile=False
    ) as machine:
        machine.run(until="uart:arena")
        at = machine.seconds
        found = tinyscope.evaluate(machine, [*pairs, pairs[0]], **MOTION)
        assert machine.seconds == at
    assert found.predictions["answer"].tolist() == ["ring", "wing", "slope", "none", "ring"]


def test_firmware_that_says_nothing_gives_no_answer():
    found = tinyscope.evaluate(
        SAMPLES / "kws/prebuilt/kws-dsp.elf",
        [(AUDIO / "yes.wav", "yes")],
        board=BOARD,
        path="mic",
        answer=r"HEARD (\w+)",
        seconds=0.2,
        full_timing=0,
    )
    (row,) = found.predictions.to_dict("records")
    assert row["answer"] is None
    assert row["why"].startswith("no answer within 0.2 s; last on the UART:")
    assert found.accuracy == 0.0
    assert found.confusion.loc["yes", "(no answer)"] == 1
    assert "without an answer, which count as wrong: 1" in found.summary()


LETTERS = Path(__file__).resolve().parent / "firmware/letters.elf"


def test_letters_over_the_uart_from_where_firmware_is_ready():
    """"!" crashes the firmware, and it says nothing of digits; samples do not see one another."""
    inputs = ("!", "a", b"b", "7", "e")
    labels = ("vowel", "vowel", "consonant", "digit", "consonant")
    found = tinyscope.evaluate(
        LETTERS,
        list(zip(inputs, labels)),
        board=BOARD,
        path="uart",
        ready="uart:READY\n",
        answer=r"^RESULT (?P<label>\w+)",
        otherwise="digit",
        seconds=0.01,
        full_timing=0,
        workers=2,
    )
    answers = found.predictions["answer"].tolist()
    assert answers == [None, "vowel", "consonant", "digit", "vowel"]
    assert found.predictions["why"].iloc[0].startswith("firmware failed: the fault handler loops")
    assert found.accuracy == 3 / 5
    assert found.per_class.loc["vowel", "precision"] == 1 / 2


@pytest.mark.parametrize(("take", "answer"), [("first", "vowel"), ("last", "consonant")])
def test_which_of_several_answers_counts(take, answer):
    with tinyscope.Machine(BOARD, LETTERS, profile=False) as machine:
        machine.run(until="uart:READY\n")
        found = tinyscope.evaluate(
            machine,
            [("axz", answer)],
            path="uart",
            answer=r"RESULT (\w+)",
            take=take,
            seconds=0.01,
            full_timing=0,
        )
        assert machine.uart.text == "READY\n"
    assert found.accuracy == 1.0


def test_functions_read_answers_and_scores():
    def read(text):
        return ("vowel", [0.9, 0.1]) if "vowel" in text else None

    found = tinyscope.evaluate(
        LETTERS,
        [("a", "vowel")],
        board=BOARD,
        path="uart",
        labels=["vowel", "consonant"],
        ready="uart:READY\n",
        answer=read,
        seconds=0.01,
        full_timing=0,
    )
    assert found.predictions["score: vowel"].tolist() == [0.9]


def test_firmware_that_is_never_ready(monkeypatch):
    monkeypatch.setattr("tinyscope.evaluation.sensor_way._READY_SECONDS", 0.01)
    with pytest.raises(tinyscope.InputError, match="ready='uart:SET' did not come.*UART: READY"):
        tinyscope.evaluate(
            LETTERS,
            [("a", "vowel")],
            board=BOARD,
            path="uart",
            ready="uart:SET",
            answer=r"RESULT (\w+)",
            full_timing=0,
        )


def test_a_word_is_heard_from_where_firmware_is_ready():
    found = tinyscope.evaluate(
        SAMPLES / "kws/prebuilt/kws-dsp.elf",
        [(AUDIO / "yes.wav", "yes"), (AUDIO / "stop.wav", "stop")],
        board=BOARD,
        path="mic",
        ready="uart:arena",
        answer=r"RESULT \d+: (\w+)",
        full_timing=1,
        workers=2,
    )
    assert found.predictions["answer"].tolist() == ["yes", "stop"]
    assert found.metrics["cycles"] > 1e6


def test_a_sensor_that_the_board_does_not_have():
    with pytest.raises(tinyscope.InputError, match="'lidar'.*mic"):
        tinyscope.evaluate(
            LETTERS,
            [(AUDIO / "yes.wav", "yes")],
            board=BOARD,
            path="lidar",
            ready="uart:READY\n",
            answer=r"RESULT (\w+)",
            full_timing=0,
        )


def test_workers_end_when_nobody_waits_for_them_any_more():
    """The second sample would be waited for until the test's own time limit."""

    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tinyscope.evaluate(
            LETTERS,
            [("a", "vowel"), ("7", "vowel")],
            board=BOARD,
            path="uart",
            ready="uart:READY\n",
            answer=r"RESULT (\w+)",
            seconds=100000,
            full_timing=0,
            workers=2,
            progress=stop,
        )
