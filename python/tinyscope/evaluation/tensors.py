"""From real values to the bytes of a tensor and back, by the model's own scale and zero point."""

from __future__ import annotations

import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyscope import _core
from tinyscope._core import InputError

_DTYPES = ("float32", "int8", "uint8", "int16", "int32")


@dataclass(frozen=True)
class Tensor:
    """An input or output of a model; real value = scale * (stored - zero point) unless float32."""

    shape: tuple[int, ...]
    dtype: str  # "float32", "int8", "uint8", "int16" or "int32"
    scale: float | None = None
    zero_point: int = 0
    name: str = ""

    def __post_init__(self) -> None:
        if self.dtype not in _DTYPES:
            raise InputError(
                f"tensor '{self.name}' is of type {self.dtype}; known: {', '.join(_DTYPES)}"
            )

    @property
    def elements(self) -> int:
        return int(np.prod(self.shape, dtype=np.int64))

    @property
    def size_bytes(self) -> int:
        return self.elements * np.dtype(self.dtype).itemsize

    def stored(self, values: npt.ArrayLike) -> npt.NDArray[Any]:
        """The values as the tensor holds them, of its shape.

        Floating point values are real ones and are quantised as TensorFlow Lite's QUANTIZE does it
        (float32 division, to nearest, halves away from zero, clipped); integers of the tensor's own
        type stay as they are. InputError for another number of elements, for integers of another
        type and for nan.
        """
        array = np.asarray(values)
        if array.size != self.elements:
            raise InputError(
                f"an input has shape {array.shape}, which is {array.size} values; tensor "
                f"'{self.name}' has shape {self.shape}, which is {self.elements}"
            )
        own = np.dtype(self.dtype)
        if array.dtype == own:
            return array.reshape(self.shape)
        if array.dtype.kind != "f":
            raise InputError(
                f"an input is of type {array.dtype}; expected real values (floating point), or "
                f"{self.dtype} as tensor '{self.name}' holds it"
            )
        if own.kind == "f":
            return array.astype(own).reshape(self.shape)
        if not np.isfinite(array).all():
            raise InputError("an input holds nan or infinity, which no integer tensor can")
        if self.scale is None:
            raise InputError(f"tensor '{self.name}' has no scale: give inputs as {self.dtype}")
        exact = (array.astype(np.float32) / np.float32(self.scale)).astype(np.float64)
        steps = np.copysign(np.floor(np.abs(exact) + 0.5), exact) + self.zero_point
        limits = np.iinfo(own)
        return np.clip(steps, limits.min, limits.max).astype(own).reshape(self.shape)

    def real(self, data: bytes) -> npt.NDArray[np.float64]:
        """The real values of a tensor's bytes; stored integers if there is no scale."""
        raw = np.frombuffer(data, dtype=np.dtype(self.dtype).newbyteorder("<")).reshape(self.shape)
        values = raw.astype(np.float64)
        if self.scale is None or self.dtype == "float32":
            return values
        return (values - self.zero_point) * self.scale


def tensor_of(described: _core.ModelTensor) -> Tensor:
    """A model's tensor as its file describes it; a batch of unknown size is one."""
    if len(described.scales) > 1:
        raise InputError(f"tensor '{described.name}' has a scale for each channel")
    return Tensor(
        shape=tuple(max(1, size) for size in described.shape),
        dtype=described.dtype,
        scale=float(described.scales[0]) if described.scales else None,
        zero_point=int(described.zero_points[0]) if described.zero_points else 0,
        name=described.name,
    )


def read_array(path: Path) -> npt.NDArray[Any]:
    """The numbers in a file.

    .npy as it is; .wav float32 from -1 to 1, (samples,) or (samples, channels); .png and .jpg
    float32 from 0 to 1, (height, width) or (height, width, channels); .bin int8.
    """
    kind = path.suffix.lower()
    try:
        if kind == ".npy":
            array: npt.NDArray[Any] = np.load(path, allow_pickle=False)
            return array
        if kind == ".wav":
            return _sound(path)
        if kind in (".png", ".jpg", ".jpeg"):
            import matplotlib.image

            picture = np.asarray(matplotlib.image.imread(path), dtype=np.float32)
            return picture if kind == ".png" else picture / np.float32(255.0)
        if kind == ".bin":
            return np.fromfile(path, dtype=np.int8)
    except (OSError, ValueError, EOFError, wave.Error) as error:
        raise InputError(f"{path}: cannot be read: {error}") from error
    raise InputError(f"{path}: cannot become a tensor; expected .npy, .wav, .png, .jpg or .bin")


def _sound(path: Path) -> npt.NDArray[np.float32]:
    with wave.open(str(path), "rb") as file:
        if file.getsampwidth() != 2:
            raise InputError(f"{path}: {8 * file.getsampwidth()} bits a sample; 16 are needed")
        raw = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
        channels = file.getnchannels()
    values = raw.astype(np.float32) / np.float32(32768.0)
    return values if channels == 1 else values.reshape(-1, channels)
