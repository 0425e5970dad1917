"""Addresses, symbols and arrays of a machine's memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Union

from tinyscope import _core
from tinyscope._core import InputError
from tinyscope.run_options import whole

if TYPE_CHECKING:
    import numpy as np

Place = Union[int, str, "Symbol"]
"""An address, or a symbol by name, with an offset in bytes if need be: "buffer+12"."""


@dataclass(frozen=True)
class Symbol:
    """A function or object of the firmware."""

    name: str
    address: int
    """Without the Thumb bit."""
    size: int
    """Bytes; 0: not known."""
    kind: str
    """ "function", "object" or "other"."""


def find_symbols(core: _core.LiveMachine) -> Mapping[str, Symbol]:
    """All symbols, by mangled and demangled names; of several the first counts."""
    symbols: dict[str, Symbol] = {}
    for name, demangled, address, size, kind in core.symbols():
        symbol = Symbol(demangled, address, size, kind)
        symbols.setdefault(name, symbol)
        symbols.setdefault(demangled, symbol)
    return MappingProxyType(symbols)


def find_place(core: _core.LiveMachine, where: Place) -> tuple[int, int]:
    """Address, and the size of the symbol that is left behind it; 0: not known."""
    if isinstance(where, Symbol):
        return where.address, where.size
    if isinstance(where, str):
        return core.place(where)
    return whole("where", where, 0, 2**32 - 1), 0


def array_of(
    core: _core.LiveMachine, where: Place, dtype: Any, shape: int | Sequence[int] | None
) -> np.ndarray[Any, Any]:
    """What stands there as an array of its own."""
    import numpy as np

    address, known = find_place(core, where)
    kind = np.dtype(dtype).newbyteorder("<")
    if shape is None:
        if known == 0 or known % kind.itemsize:
            raise InputError(
                f"read_array: {where!r} has {known or 'no known'} bytes, which is no number of "
                f"{kind.name}; give the shape"
            )
        shape = (known // kind.itemsize,)
    wanted = (shape,) if isinstance(shape, int) else tuple(shape)
    count = int(np.prod(wanted, dtype=np.int64))
    if count <= 0:
        raise InputError(f"read_array: expected a shape with elements, found {shape!r}")
    data = core.read(address, count * kind.itemsize, False)
    return np.frombuffer(data, kind).reshape(wanted).astype(np.dtype(dtype))


def bytes_of(value: Any, size: int | None, known: int) -> bytes:
    """What `Machine.write` puts into memory."""
    number = getattr(value, "item", None)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    if hasattr(value, "tobytes") and getattr(value, "ndim", 0) > 0:
        return bytes(value.astype(value.dtype.newbyteorder("<"), copy=False).tobytes())
    plain = number() if number is not None else value
    if isinstance(plain, (bool, int)):
        length = size if size is not None else known if known in (1, 2, 4, 8) else 4
        try:
            return int(plain).to_bytes(length, "little", signed=plain < 0)
        except OverflowError:
            raise InputError(f"write: {plain} does not fit {length} bytes; give size=") from None
    raise InputError(f"write: expected bytes, a whole number or an array, found {value!r}")
