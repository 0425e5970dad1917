"""Labelled inputs: folders, .npz files, CSV lists, or whatever can be iterated."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, Union

import numpy as np

from tinyscope._core import InputError

FILE_KINDS = (".wav", ".png", ".jpg", ".jpeg", ".npy", ".csv", ".txt", ".bin")
Source = Union["Dataset", str, "PathLike[str]", Iterable[tuple[Any, Any]]]


@dataclass(frozen=True)
class Sample:
    """One input and what it is."""

    name: str
    input: Any
    """An array, a file's Path, or whatever the way to the firmware takes."""
    label: str


class Dataset:
    """Samples in a fixed order, and the names of their classes in that of a model's outputs."""

    def __init__(self, samples: Iterable[Sample], labels: Sequence[str], source: str) -> None:
        self.samples = list(samples)
        self.labels = list(labels)
        self.source = source
        if not self.samples:
            raise InputError(f"{source}: no sample in it")
        if len(set(self.labels)) != len(self.labels):
            raise InputError(f"{source}: a label is given twice: {', '.join(self.labels)}")
        known = set(self.labels)
        for sample in self.samples:
            if sample.label not in known:
                raise InputError(
                    f"{source}: {sample.name}: label '{sample.label}' is not one of "
                    f"{', '.join(self.labels)}"
                )

    def __len__(self) -> int:
        return len(self.samples)

    def __iter__(self) -> Iterator[Sample]:
        return iter(self.samples)

    def spread(self, count: int) -> Dataset:
        """`count` of the samples, evenly over all of them: the same ones every time."""
        if count < 1:
            raise InputError(f"samples: expected 1 or more, found {count}")
        if count >= len(self):
            return self
        chosen = [self.samples[number * len(self) // count] for number in range(count)]
        return Dataset(chosen, self.labels, self.source)


def load_dataset(source: Source, labels: Sequence[str] | None = None) -> Dataset:
    """A dataset from any of these:

    - a folder with a folder for each class, whose files are its samples (WAV, PNG, JPEG, NPY, CSV);
    - an .npz file with `x` (samples, ...) and `y` (class names, or numbers into the labels), and
      perhaps `labels`;
    - a CSV file with the columns `file` (relative to it) and `label`;
    - any iterable of (input, label) pairs.

    labels: names of the classes in the order of the model's outputs. Left out: as the file says, or
    else names sorted, numbers in their order. InputError says what is wrong with a source.
    """
    if isinstance(source, Dataset):
        return Dataset(source.samples, labels, source.source) if labels else source
    if not isinstance(source, (str, PathLike)):
        return _from_pairs(source, labels)
    path = Path(source)
    if path.is_dir():
        return _from_folder(path, labels)
    if not path.exists():
        raise InputError(f"{path}: no such dataset (a folder, an .npz or a .csv file)")
    if path.suffix == ".npz":
        return _from_npz(path, labels)
    if path.suffix == ".csv":
        return _from_list(path, labels)
    raise InputError(
        f"{path}: not a dataset: expected a folder with a folder for each class, an .npz file with "
        "x and y, or a .csv file with the columns file and label"
    )


def _from_folder(folder: Path, labels: Sequence[str] | None) -> Dataset:
    classes = sorted(entry.name for entry in folder.iterdir() if entry.is_dir())
    samples = []
    for label in classes:
        for file in sorted((folder / label).iterdir()):
            if file.suffix.lower() in FILE_KINDS:
                samples.append(Sample(f"{label}/{file.name}", file, label))
    if not samples:
        raise InputError(
            f"{folder}: no samples: expected a folder for each class with files in it "
            f"({', '.join(FILE_KINDS)})"
        )
    return Dataset(samples, labels or classes, str(folder))


def _from_npz(path: Path, labels: Sequence[str] | None) -> Dataset:
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays: Mapping[str, Any] = {name: file[name] for name in file.files}
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read: {error}") from error
    for name in ("x", "y"):
        if name not in arrays:
            raise InputError(f"{path}: no array '{name}' in it, only {', '.join(arrays) or 'none'}")
    x, y = arrays["x"], np.asarray(arrays["y"])
    if y.ndim != 1 or len(x) != len(y):
        raise InputError(f"{path}: x has shape {x.shape}, but y {y.shape}: one label a sample")
    if labels is None and "labels" in arrays:
        labels = [str(label) for label in arrays["labels"]]
    return _numbered(x, y.tolist(), labels, str(path))


def _from_list(path: Path, labels: Sequence[str] | None) -> Dataset:
    with path.open(newline="", encoding="utf-8") as file:
        rows = csv.DictReader(file)
        if not {"file", "label"} <= set(rows.fieldnames or ()):
            found = ",".join(rows.fieldnames or ())
            raise InputError(f"{path}:1: expected the columns file,label; found {found or 'none'}")
        samples = []
        for row in rows:
            where = f"{path}:{rows.line_num}"
            if not row["file"] or not row["label"]:
                raise InputError(f"{where}: a file and a label are needed")
            if not (path.parent / row["file"]).is_file():
                raise InputError(f"{where}: no such file: {path.parent / row['file']}")
            samples.append(Sample(row["file"], path.parent / row["file"], row["label"].strip()))
    return Dataset(samples, labels or sorted({s.label for s in samples}), str(path))


def _from_pairs(pairs: Iterable[tuple[Any, Any]], labels: Sequence[str] | None) -> Dataset:
    inputs, classes = [], []
    for number, pair in enumerate(pairs):
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise InputError(f"dataset: item {number} is not a pair (input, label): {type(pair)}")
        inputs.append(pair[0])
        classes.append(pair[1])
    return _numbered(inputs, classes, labels, "pairs")


def _numbered(
    inputs: Sequence[Any], classes: Sequence[Any], labels: Sequence[str] | None, source: str
) -> Dataset:
    """Samples by their number; a class that is a number is a place in the labels if given."""
    numbers = all(isinstance(label, (int, np.integer)) for label in classes)
    if labels is None:
        labels = [str(label) for label in sorted(set(classes))]
    elif numbers:
        for number, label in enumerate(classes):
            if not 0 <= label < len(labels):
                raise InputError(
                    f"{source}: sample {number}: class {label}, but there are {len(labels)} labels"
                )
        classes = [labels[label] for label in classes]
    samples = [
        Sample(_name(value, number), value, str(label))
        for number, (value, label) in enumerate(zip(inputs, classes))
    ]
    return Dataset(samples, labels, source)


def _name(value: Any, number: int) -> str:
    return Path(value).name if isinstance(value, (str, PathLike)) else str(number)
