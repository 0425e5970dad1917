"""Labelled inputs from folders, arrays, lists and pairs, and what is said of wrong ones."""

import wave

import numpy as np
import pytest
from tinyscope import InputError
from tinyscope.evaluation.datasets import load_dataset
from tinyscope.evaluation.tensors import Tensor, read_array


def _wav(path, samples):
    path.parent.mkdir(exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        file.writeframes(np.asarray(samples, dtype="<i2").tobytes())


def test_a_folder_for_each_class(tmp_path):
    _wav(tmp_path / "yes" / "b.wav", [0, 16384])
    _wav(tmp_path / "yes" / "a.wav", [0])
    _wav(tmp_path / "no" / "c.wav", [0])
    (tmp_path / "README.md").write_text("not a class")
    data = load_dataset(tmp_path)
    assert data.labels == ["no", "yes"]
    assert [s.name for s in data] == ["no/c.wav", "yes/a.wav", "yes/b.wav"]
    assert read_array(data.samples[2].input).tolist() == [0.0, 0.5]
    assert load_dataset(tmp_path, ["yes", "no", "left"]).labels == ["yes", "no", "left"]
    with pytest.raises(InputError, match="label 'no' is not one of yes, left"):
        load_dataset(tmp_path, ["yes", "left"])


def test_npz_with_names_or_numbers(tmp_path):
    x = np.zeros((3, 2), np.float32)
    np.savez(tmp_path / "a.npz", x=x, y=np.array(["b", "a", "b"]), labels=np.array(["b", "a"]))
    assert load_dataset(tmp_path / "a.npz").labels == ["b", "a"]
    np.savez(tmp_path / "b.npz", x=x, y=[1, 0, 1])
    assert load_dataset(tmp_path / "b.npz").labels == ["0", "1"]
    named = load_dataset(tmp_path / "b.npz", ["cat", "dog"])
    assert [s.label for s in named] == ["dog", "cat", "dog"]
    with pytest.raises(InputError, match="sample 0: class 1, but there are 1 labels"):
        load_dataset(tmp_path / "b.npz", ["cat"])
    np.savez(tmp_path / "c.npz", x=x, labels=[1])
    with pytest.raises(InputError, match="no array 'y' in it, only x, labels"):
        load_dataset(tmp_path / "c.npz")
    np.savez(tmp_path / "d.npz", x=x, y=[1])
    with pytest.raises(InputError, match=r"x has shape \(3, 2\), but y \(1,\)"):
        load_dataset(tmp_path / "d.npz")
    (tmp_path / "e.npz").write_bytes(b"no zip")
    with pytest.raises(InputError, match="e.npz: cannot be read"):
        load_dataset(tmp_path / "e.npz")


def test_a_list_of_files(tmp_path):
    np.save(tmp_path / "one.npy", np.arange(3))
    listed = tmp_path / "all.csv"
    listed.write_text("file,label\none.npy,a\n")
    (sample,) = load_dataset(listed)
    assert (sample.name, sample.label) == ("one.npy", "a")
    assert read_array(sample.input).tolist() == [0, 1, 2]
    listed.write_text("file,label\none.npy,a\ntwo.npy,b\n")
    with pytest.raises(InputError, match="all.csv:3: no such file: .*two.npy"):
        load_dataset(listed)
    listed.write_text("path,class\n")
    with pytest.raises(InputError, match="all.csv:1: expected the columns file,label; found path"):
        load_dataset(listed)
    listed.write_text("file,label\n")
    with pytest.raises(InputError, match="no sample in it"):
        load_dataset(listed)


def test_pairs(tmp_path):
    data = load_dataset(((np.zeros(2), label) for label in ("x", "y")))
    assert (data.labels, len(data)) == (["x", "y"], 2)
    with pytest.raises(InputError, match="item 0 is not a pair"):
        load_dataset([1, 2])
    with pytest.raises(InputError, match="no such dataset"):
        load_dataset(tmp_path / "nothing")


def test_a_part_is_spread_over_the_classes():
    data = load_dataset([(n, label) for label in "abcd" for n in range(25)])
    part = data.spread(4)
    assert [s.label for s in part] == ["a", "b", "c", "d"]
    assert [s.name for s in data.spread(4)] == [s.name for s in part]
    assert len(data.spread(1000)) == 100


def test_real_values_are_quantised_as_tensorflow_lite_does():
    tensor = Tensor((1, 6), "int8", 0.5, -3, "input")
    # Halves away from zero, as QUANTIZE; then clipped.
    values = np.array([0.0, 0.25, -0.25, 0.75, 1000.0, -1000.0])
    assert tensor.stored(values).tolist() == [[-3, -2, -4, -1, 127, -128]]
    assert tensor.real(bytes([253, 254, 252, 255, 127, 128])).tolist() == [
        [0.0, 0.5, -0.5, 1.0, 65.0, -62.5]
    ]
    assert tensor.stored(np.arange(6, dtype=np.int8)).tolist() == [[0, 1, 2, 3, 4, 5]]


def test_float32_tensors_hold_what_they_are_given():
    tensor = Tensor((2,), "float32")
    stored = tensor.stored(np.array([0.1, -2.0], dtype=np.float16))
    assert stored.dtype == np.float32
    assert tensor.real(stored.tobytes()).tolist() == stored.tolist()


def test_inputs_that_do_not_fit_a_tensor():
    tensor = Tensor((1, 2), "int8", 0.5, 0, "input")
    with pytest.raises(InputError, match=r"shape \(3,\), which is 3 values; .*\(1, 2\), which is 2"):
        tensor.stored(np.zeros(3))
    with pytest.raises(InputError, match="of type int64; expected real values"):
        tensor.stored(np.zeros(2, dtype=np.int64))
    with pytest.raises(InputError, match="nan or infinity"):
        tensor.stored(np.array([np.nan, 0.0]))
    with pytest.raises(InputError, match="no scale"):
        Tensor((2,), "int8").stored(np.zeros(2))
    with pytest.raises(InputError, match="type complex64; known: float32"):
        Tensor((2,), "complex64")
