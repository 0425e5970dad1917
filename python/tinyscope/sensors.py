"""What the parts of a board sense, changed while the machine runs."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Union

from tinyscope import _core
from tinyscope._core import InputError
from tinyscope.array_files import Picture, Sound, Table, stimulus_file
from tinyscope.run_options import Duration, names_without, seconds_of

_numbers = count(1)


class Sensor:
    """A microphone, a camera, an IMU or whatever else the board has."""

    def __init__(self, core: _core.LiveMachine, name: str, folder: Path) -> None:
        self._core = core
        self._folder = folder
        self.name = name

    def __repr__(self) -> str:
        return f"<Sensor {self.name}>"

    def feed(
        self,
        what: Union[Sound, Table, Picture],
        rate: float | None = None,
        *,
        delay: Duration = 0,
        loop: bool = False,
    ) -> None:
        """From now on it senses this, instead of what it was fed before.

        What the machine was given when it was built goes on beside it: sounds add up, and of
        everything else what is fed counts. A value stays when the last row is over, a picture for
        good; silence follows a sound. Where nothing was fed at the time of a restored snapshot,
        nothing is.

        Args:
            what: A sound of one channel (n,): int16, or floats from -1 to 1; columns by name and
                unit (a dict, a structured array or a DataFrame, `{"ax_g": ..., "ay_g": ...}`), each
                (n,); a picture (height, width) or (height, width, 3), uint8; or the path of a WAV,
                CSV, PNG or JPEG file.
            rate: Samples or rows a second; for a sound 1000 to 384000 Hz, and for columns instead
                of a column of time. Not for files and pictures.
            delay: Begin that much later, in simulated seconds or "10ms".
            loop: Begin again when it is over, for ever.

        Raises:
            InputError: For values, rates, columns or units that do not fit the part, with what
                would fit; nothing has changed then.
        """
        names = getattr(getattr(what, "dtype", None), "names", None)
        if names:
            what = {name: what[name] for name in names}  # type: ignore[index]
        columns = hasattr(what, "keys") or hasattr(what, "columns")
        shape = getattr(what, "shape", None)
        sound = not columns and (isinstance(what, list) or (shape is not None and len(shape) == 1))
        if sound and rate is None:
            raise InputError(f"{self.name}: feed: a sound needs its rate, for example rate=16000")
        if rate is not None and not sound and not columns:
            raise InputError(f"{self.name}: feed: a file or a picture has no rate=")
        if columns and rate is not None:
            what = with_time(what, rate, self.name)
        later = 0.0 if delay == 0 else seconds_of("delay", delay)
        with names_without(str(self._folder)):
            file = stimulus_file(
                (what, rate) if sound and rate is not None else what,
                self._folder,
                f"{self.name}-{next(_numbers)}",
            )
            self._core.feed(self.name, file, later, 0 if loop else 1)


def with_time(columns: object, rate: float, name: str) -> dict[str, object]:
    """Columns with one of time, of so many rows a second; InputError names the sensor."""
    table = {str(key): columns[key] for key in columns}  # type: ignore[index,attr-defined]
    if not 0 < rate <= 1e6:
        raise InputError(f"{name}: expected a rate above 0, at most 1000000, found {rate!r}")
    lengths = {len(values) for values in table.values()}
    if len(lengths) == 1:
        table = {"time_s": [row / rate for row in range(lengths.pop())], **table}
    return table
