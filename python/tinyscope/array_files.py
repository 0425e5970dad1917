"""What sensors are fed with, as files that the simulator reads: paths stay, arrays are written."""

from __future__ import annotations

import struct
import wave
import zlib
from collections.abc import Mapping
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any, Union

from tinyscope._core import InputError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

Sound = Union[str, "PathLike[str]", tuple[Any, float]]
"""A WAV file, or `(samples, rate)`: one channel of int16, or of floats from -1 to 1; rate in Hz."""
Table = Union[str, "PathLike[str]", Mapping[str, Any], "pd.DataFrame"]
"""A CSV file, a DataFrame, or columns by name and unit, `{"time_s": ..., "ax_g": ...}`; see
docs/stimuli.md."""
Picture = Union[str, "PathLike[str]", "np.ndarray[Any, Any]"]
"""A picture file or a folder of them, or uint8 pixels of shape (height, width) or (.., .., 3)."""


def sound_file(sound: Sound, folder: Path, name: str) -> str:
    """The WAV file of a sound; made in `folder` as `name`.wav if it is an array."""
    if isinstance(sound, (str, PathLike)):
        return fspath(sound)
    if not (isinstance(sound, tuple) and len(sound) == 2):
        raise InputError(f"{name}: expected a WAV file or (samples, rate), found {_kind(sound)}")
    samples, rate = _samples(sound[0], name), _rate(sound[1], name)
    path = folder / f"{name}.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())
    return str(path)


def table_file(table: Table, folder: Path, name: str) -> str:
    """The CSV file of a table; made in `folder` as `name`.csv if it is columns."""
    if isinstance(table, (str, PathLike)):
        return fspath(table)
    if not isinstance(table, Mapping) and not hasattr(table, "columns"):
        raise InputError(
            f"{name}: expected a CSV file, a DataFrame or columns by name such as "
            f'{{"time_s": ..., "ax_g": ...}}, found {_kind(table)}'
        )
    columns = {
        str(column): _column(table[column], f"{name}: column '{column}'") for column in table
    }
    lengths = {len(values) for values in columns.values()}
    if len(lengths) != 1:
        each = ", ".join(f"{column} {len(values)}" for column, values in columns.items())
        raise InputError(f"{name}: columns have to be equally long, found {each or 'none'}")
    path = folder / f"{name}.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write(",".join(columns) + "\n")
        for row in zip(*columns.values()):
            file.write(",".join(map(repr, row)) + "\n")
    return str(path)


def picture_file(picture: Picture, folder: Path, name: str) -> str:
    """The picture's file; made in `folder` as `name`.png if it is an array."""
    if isinstance(picture, (str, PathLike)):
        return fspath(picture)
    import numpy as np

    pixels = np.asarray(picture)
    colours = pixels.ndim == 3 and pixels.shape[2] == 3
    if pixels.dtype != np.uint8 or not (pixels.ndim == 2 or colours) or pixels.size == 0:
        raise InputError(
            f"{name}: expected uint8 pixels of shape (height, width) or (height, width, 3), found "
            f"{pixels.dtype} of shape {pixels.shape}"
        )
    path = folder / f"{name}.png"
    path.write_bytes(_png(pixels, colours))
    return str(path)


def stimulus_file(value: Sound | Table | Picture, folder: Path, name: str) -> str:
    """The file of anything that a sensor can be fed with; what it is shows in its type."""
    if isinstance(value, (str, PathLike)):
        return fspath(value)
    if isinstance(value, tuple):
        return sound_file(value, folder, name)  # type: ignore[arg-type]
    if isinstance(value, Mapping) or hasattr(value, "columns"):
        return table_file(value, folder, name)
    return picture_file(value, folder, name)


def _kind(value: object) -> str:
    shape = getattr(value, "shape", None)
    return type(value).__name__ + (f" of shape {shape}" if shape is not None else "")


def _samples(samples: Any, name: str) -> np.ndarray[Any, Any]:
    """Little-endian int16, as WAV files have them."""
    import numpy as np

    array = np.asarray(samples)
    if array.ndim != 1 or array.size == 0:
        raise InputError(f"{name}: expected samples of one channel, found shape {array.shape}")
    if array.dtype == np.int16:
        return array.astype("<i2")
    if array.dtype.kind != "f":
        raise InputError(f"{name}: expected samples of int16 or float, found {array.dtype}")
    if not np.all(np.abs(array) <= 1):
        raise InputError(f"{name}: float samples have to be from -1 to 1")
    scaled: np.ndarray[Any, Any] = np.clip(np.rint(array * 32768), -32768, 32767)
    return scaled.astype("<i2")


def _rate(rate: Any, name: str) -> int:
    if isinstance(rate, bool) or not 1 <= rate <= 10_000_000 or int(rate) != rate:
        raise InputError(f"{name}: expected a rate in whole Hz from 1 to 10000000, found {rate!r}")
    return int(rate)


def _column(values: Any, what: str) -> list[float]:
    import numpy as np

    array = np.asarray(values)
    if array.ndim != 1 or array.dtype.kind not in "iufb" or not np.all(np.isfinite(array)):
        raise InputError(f"{what}: expected finite numbers in one dimension, found {_kind(array)}")
    numbers: list[float] = array.astype(float).tolist()
    return numbers


def _png(pixels: np.ndarray[Any, Any], colours: bool) -> bytes:
    """8 bits a channel, no filter (PNG specification, third edition, sections 5 and 11)."""
    height, width = pixels.shape[:2]
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    header = struct.pack(">IIBBBBB", width, height, 8, 2 if colours else 0, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
