"""What an axis means: an argument of tinyscope.profile(), or a part of one."""

from __future__ import annotations

import difflib
import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tinyscope._core import InputError
from tinyscope.hints import hint_for

WHAT_IF = ("clock_hz", "wait_states", "instruction_cache", "data_cache", "prefetch")
PLACED = ("weights", "code", "arena")
# Axes with a dot: the rest of the name is the key, as in `pin.A0` and `set.MIC.start`.
KEYED = {"sensor": "sensors", "pin": "pins"}

_FREQUENCY = re.compile(r"\s*([0-9.]+(?:e[0-9]+)?)\s*([kMG]?)Hz\s*", re.IGNORECASE)
_FACTORS = {"": 1.0, "k": 1e3, "m": 1e6, "g": 1e9}


def accepted_by(function: Callable[..., Any]) -> set[str]:
    """Names of the arguments of `profile` or `profile_model` that a point may set."""
    kinds = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    return {
        parameter.name
        for parameter in inspect.signature(function).parameters.values()
        if parameter.kind not in kinds
    } - {"what_if", "timeline"}


def known_axes() -> list[str]:
    """Names that an axis may have, sorted."""
    import tinyscope

    names = accepted_by(tinyscope.profile) | accepted_by(tinyscope.profile_model) | {*WHAT_IF}
    return sorted(names | {f"place_{what}" for what in PLACED})


def _known(name: str, known: Iterable[str]) -> bool:
    first, dot, rest = name.partition(".")
    return name in known or bool(dot and rest and (first in KEYED or first == "set"))


def check_axes(names: Iterable[str], known: list[str]) -> None:
    """Raises InputError for the first name that is no axis."""
    for name in names:
        if _known(name, known):
            continue
        hint = hint_for(name, known, "axes are")
        raise InputError(
            f"'{name}' is no axis of a sweep: {hint} (with a dot: sensor.NAME, pin.NAME,"
            " set.PERIPHERAL.PARAMETER)"
        )


def check_options(options: Iterable[str], known: list[str]) -> None:
    """Raises TypeError, as for any function, for an option that is none."""
    for name in options:
        if not _known(name, known):
            close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            hint = f"; did you mean '{close[0]}'?" if close else ""
            raise TypeError(f"sweep() got an unexpected keyword argument '{name}'{hint}")


def frequency(value: Any) -> Any:
    """Text such as "80 MHz" as a number of Hz; anything else as it is."""
    if not isinstance(value, str):
        return value
    match = _FREQUENCY.fullmatch(value)
    if match is None:
        raise InputError(f"clock_hz: '{value}' is no frequency; write a number of Hz or '80 MHz'")
    return round(float(match[1]) * _FACTORS[match[2].lower()])


def arguments_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments of profile() for one point; `what_if` is a dict of WhatIf's own arguments.

    A value of None leaves the argument at its default: what firmware and board do by themselves.
    """
    arguments: dict[str, Any] = {}
    what_if: dict[str, Any] = {}
    place: dict[str, str] = {}
    settings: list[str] = []
    for name, value in values.items():
        if value is None:
            continue
        first, _, rest = name.partition(".")
        if name == "clock_hz":
            what_if[name] = frequency(value)
        elif name in WHAT_IF:
            what_if[name] = value
        elif name.startswith("place_"):
            place[name.removeprefix("place_")] = value
        elif name == "set":
            settings.extend([value] if isinstance(value, str) else value)
        elif first == "set":
            settings.append(f"{rest}={str(value).lower() if isinstance(value, bool) else value}")
        elif first in KEYED and rest:
            into = KEYED[first]
            arguments[into] = {**arguments.get(into, {}), rest: value}
        elif name in KEYED.values():
            arguments[name] = {**value, **arguments.get(name, {})}
        else:
            arguments[name] = value
    if place:
        what_if["place"] = place
    if settings:
        arguments["set"] = settings
    if what_if:
        arguments["what_if"] = what_if
    return arguments
