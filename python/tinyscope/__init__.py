"""Cycle-accurate Cortex-M4 and Cortex-M7 simulator with a TinyML inference profiler."""

from tinyscope._core import Board, InputError, Memory
from tinyscope._core import version as __version__


def boards() -> list[Board]:
    """All boards that can be simulated, sorted by name."""
    from tinyscope import _core

    return [_core.board(name) for name in _core.board_names()]


__all__ = ["Board", "InputError", "Memory", "__version__", "boards"]
