"""One profiled run, from power-on to its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tinyscope import _core
from tinyscope.array_files import Picture, Sound, Table
from tinyscope.report import Report
from tinyscope.run_options import (
    AnyPath,
    Duration,
    duration_text,
    path_text,
    run_options,
    stimulus_folder,
    texts,
    whole,
)
from tinyscope.what_if import WhatIf


def profile(
    firmware: AnyPath,
    board: str,
    *,
    mic: Sound | None = None,
    imu: Table | None = None,
    camera: Picture | None = None,
    sensors: Mapping[str, Sound | Table | Picture] | None = None,
    pins: Mapping[str, AnyPath | int | float | Table] | None = None,
    scenario: AnyPath | None = None,
    uart_script: AnyPath | None = None,
    set: str | Sequence[str] = (),
    seed: int = 1,
    until: str | Sequence[str] = (),
    limit_time: Duration | None = None,
    limit_cycles: int | None = None,
    limit_host_time: Duration | None = None,
    limit_no_progress: Duration | None = None,
    layer_rules: str | Sequence[str] = (),
    invoke_symbol: str | None = None,
    phases: Mapping[str, str] | None = None,
    skip: int | None = None,
    traffic: bool = False,
    check_uninitialised: bool = False,
    timeline: bool = False,
    supply_volts: float | None = None,
    power: AnyPath | None = None,
    battery: str | None = None,
    period: Duration | None = None,
    boot_loader: AnyPath | None = None,
    bin_address: int | None = None,
    what_if: WhatIf | None = None,
    kernels: str | None = None,
) -> Report:
    """Runs firmware on a simulated board and says what it cost.

    The same run as `tinyscope profile`: without `until` it ends a moment after the first inference.

    Args:
        firmware: An ELF, HEX, UF2 or raw binary image, as it would be flashed; or a .tflite
            model, which a shipped runner then runs, see `profile_model`.
        board: Name of a board (`tinyscope.boards()`) or a board description's .toml file.
        mic: WAV file, or `(samples, rate)`: one channel of int16, or floats from -1 to 1; Hz.
        imu: CSV file, DataFrame, or columns by name and unit: `{"time_s": ..., "ax_g": ...}`.
        camera: Picture file or folder, or uint8 pixels of shape (height, width) or (.., .., 3).
        sensors: The same by the name of any device or stimulus of the board.
        pins: By pin: 0 or 1 for a level, a float or "800mV" for a voltage, a CSV file or columns.
        scenario: TOML file with all that the board senses over time.
        uart_script: File with what is typed and expected on the console.
        set: "PERIPHERAL.PARAM=VALUE", one or several.
        seed: Of everything random in the simulated world.
        until: One or several conditions that end the run: "uart:TEXT", "symbol:NAME",
            "inferences:N", "mem:X==V", "cycles:N", ...
        limit_time: Simulated seconds, or a text as "500ms"; then the run ends with status 124.
        limit_cycles: The same in cycles.
        limit_host_time: The same in seconds of this computer; results then depend on its speed.
        limit_no_progress: The same for the time in which firmware shows no sign of life.
        layer_rules: Rules that recognise inferences: shipped names or TOML files; default: all.
        invoke_symbol: Function that runs one inference, instead of those that rules name.
        phases: Name -> what marks it: a function, an object, "pin:PIN", ...; see docs.
        skip: Inferences at the begin that are warm-up; default: 1 if there are several.
        traffic: Counts accesses and bytes by memory; takes half as long again.
        check_uninitialised: Finds reads of RAM that nothing wrote; takes a quarter longer.
        timeline: Keeps the run over time, for HTML with a time line, Perfetto, VCD.
        supply_volts: Supply for energy, instead of that at which currents were measured.
        power: File with currents instead of the board's.
        battery: "cr2032", "aa", "lipo-500", ...: how long it lasts; with `period`.
        period: From one inference to the next on the battery; default 1 s.
        boot_loader: Image that is in flash as well.
        bin_address: Where a raw binary goes.
        what_if: The chip set up in another way than firmware does it.
        kernels: Of the runner, for a model: "dsp" (default) or "reference".

    Raises:
        InputError: For wrong values and for files that cannot be read.
        KeyboardInterrupt: After Ctrl-C, within a tenth of a second.
    """
    with stimulus_folder() as folder:
        options = run_options(
            folder,
            firmware=firmware,
            board=board,
            mic=mic,
            imu=imu,
            camera=camera,
            sensors=sensors,
            pins=pins,
            scenario=scenario,
            set=set,
            seed=seed,
            layer_rules=layer_rules,
            invoke_symbol=invoke_symbol,
            skip=skip,
            traffic=traffic,
            check_uninitialised=check_uninitialised,
            supply_volts=supply_volts,
            power=power,
            battery=battery,
            period=period,
            boot_loader=boot_loader,
            bin_address=bin_address,
            what_if=what_if,
            kernels=kernels,
        )
        options.until = texts("until", until)
        if uart_script is not None:
            options.uart_script = path_text("uart_script", uart_script)
        if limit_time is not None:
            options.limit_time = duration_text("limit_time", limit_time)
        if limit_cycles is not None:
            options.limit_cycles = whole("limit_cycles", limit_cycles, 1)
        if limit_host_time is not None:
            options.limit_host_time = duration_text("limit_host_time", limit_host_time)
        if limit_no_progress is not None:
            options.limit_no_progress = duration_text("limit_no_progress", limit_no_progress)
        options.profile.phases = [f"{name}={what}" for name, what in (phases or {}).items()]
        run = _core.profile(options, timeline=bool(timeline), folder=f"{folder}/")
    return Report(run.report, uart=run.output.decode(errors="replace"), status=run.status)


def profile_model(model: AnyPath, board: str, *, kernels: str = "dsp", **options: Any) -> Report:
    """Runs a .tflite model on a simulated board, without firmware of your own.

    The model goes into a runner that is shipped for the board; docs/bare-models.md lists boards and
    operators. The run ends with the second inference, since the first one finds caches cold.

    Args:
        model: A .tflite file.
        board: Name of a board that has a runner.
        kernels: "dsp", or "reference" for the portable ones.
        options: All others of `profile`.

    Raises:
        InputError: For models that the runner or the chip cannot run; says what is missing.
    """
    if not path_text("model", model).endswith(".tflite"):
        raise _core.InputError(f"model: expected a .tflite file, found {str(model)!r}")
    return profile(model, board, kernels=kernels, **options)
