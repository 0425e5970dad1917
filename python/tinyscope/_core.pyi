"""The compiled half of the package; bound in python/src."""

from collections.abc import Callable

version: str

class InputError(ValueError):
    """Wrong input: says where, what was expected and what to do."""

# --- boards

class Memory:
    """A memory of a chip; address and size in bytes."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str:
        """ "flash", "ram" or "rom"."""
    @property
    def base(self) -> int: ...
    @property
    def size(self) -> int: ...

class Board:
    """A board that can be simulated."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def chip(self) -> str: ...
    @property
    def core(self) -> str:
        """ "cortex-m4", "cortex-m7"."""
    @property
    def clock_hz(self) -> int:
        """Of the core after reset."""
    @property
    def memories(self) -> list[Memory]: ...
    @property
    def stimuli(self) -> list[str]:
        """What it can sense: "mic", "imu", "camera", ..."""

def set_shipped_data(folder: str) -> None:
    """What is shipped lies in this folder and nowhere else; before anything is looked up."""

def command_line(arguments: list[str]) -> int:
    """The program's command line, without its name; returns the exit status."""

def board_names() -> list[str]: ...
def board(name: str) -> Board: ...

# --- TensorFlow Lite models

class ModelTensor:
    @property
    def name(self) -> str: ...
    @property
    def shape(self) -> list[int]: ...
    @property
    def dtype(self) -> str:
        """ "float32", "int8", ..."""
    @property
    def scales(self) -> list[float]:
        """Of its quantisation: none, one, or one per channel."""
    @property
    def zero_points(self) -> list[int]: ...
    @property
    def bytes(self) -> int | None: ...

class Model:
    @property
    def description(self) -> str: ...
    @property
    def address(self) -> int: ...
    @property
    def size(self) -> int: ...
    @property
    def macs(self) -> int: ...
    @property
    def operators(self) -> list[str]: ...
    @property
    def inputs(self) -> list[ModelTensor]: ...
    @property
    def outputs(self) -> list[ModelTensor]: ...

def models(path: str, board: str | None = None) -> list[Model]:
    """Of a .tflite file its one model, of a firmware image all that are in it."""

# --- options, as on the command line; what is not given is empty or None

class Stimuli:
    mic: str
    imu: str
    camera: str
    sensors: list[str]
    pins: list[str]
    scenario: str

class ProfileOptions:
    phases: list[str]
    functions: list[str]
    inference: int | None
    skip: int | None
    traffic: bool
    battery: str
    period: str
    check_uninitialised: bool

class RunOptions:
    def __init__(self) -> None: ...
    firmware: str
    board: str
    kernels: str
    bin_address: str
    boot_loader: str
    stimuli: Stimuli
    set: list[str]
    svd: str
    svd_rules: list[str]
    supply_volts: float | None
    power: str
    seed: int
    reference_path: bool
    what_ifs: list[str]
    until: list[str]
    uart_script: str
    usb: str
    limit_cycles: int | None
    limit_time: str
    limit_host_time: str
    limit_no_progress: str
    layer_rules: list[str]
    invoke_symbol: str
    profile: ProfileOptions

# --- profiles

class Metric:
    @property
    def value(self) -> float: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...

class MetricKind:
    """What the name of a metric stands for."""

    @property
    def name(self) -> str: ...
    @property
    def unit(self) -> str:
        """ "ms", "cycles", "uJ", "mW", "bytes"; empty: a plain number."""
    @property
    def text(self) -> str: ...
    @property
    def more_is_better(self) -> bool: ...
    @property
    def estimate(self) -> bool:
        """Has bounds; all others are exact."""

class ProfileReport:
    def written(self, format: str) -> bytes: ...
    def table(self, width: int) -> bytes: ...
    def metrics(self) -> dict[str, Metric]: ...

class Profiled:
    @property
    def report(self) -> ProfileReport: ...
    @property
    def output(self) -> bytes: ...
    @property
    def status(self) -> int: ...

class ReportFormat:
    @property
    def name(self) -> str: ...
    @property
    def help(self) -> str: ...
    @property
    def over_time(self) -> bool: ...
    @property
    def from_report(self) -> bool: ...

def profile(options: RunOptions, timeline: bool = False, folder: str = "") -> Profiled: ...
def metric_kinds() -> list[MetricKind]: ...
def report_formats() -> list[ReportFormat]: ...
def parse_report(text: str, name: str) -> ProfileReport: ...

# --- a machine that runs step by step

class FaultRecord:
    """A fault as the core took it; see Arm DDI 0403E, B3.2 for the registers."""

    @property
    def exception(self) -> int:
        """Number of the exception entered: 3 HardFault (escalated), 4 MemManage, 5 BusFault, ..."""
    @property
    def cfsr(self) -> int: ...
    @property
    def hfsr(self) -> int: ...
    @property
    def pc(self) -> int:
        """Of the instruction that faulted."""
    @property
    def lr(self) -> int: ...
    @property
    def sp(self) -> int: ...
    @property
    def address(self) -> int | None:
        """Of the access, where there is one."""
    @property
    def cycles(self) -> int:
        """Since power-on."""

class MachinePlan:
    def __init__(self, options: RunOptions, profile: bool, functional: bool) -> None: ...

class LiveState:
    @property
    def cycles(self) -> int: ...
    @property
    def seconds(self) -> float: ...
    @property
    def own_bytes(self) -> int: ...

class PeripheralPort:
    def __init__(self) -> None: ...
    interrupt: bool
    @property
    def now(self) -> float: ...
    def schedule(self, seconds: float) -> int: ...
    def cancel(self, timer: int) -> None: ...
    def read_memory(self, address: int, size: int) -> bytes: ...
    def write_memory(self, address: int, bytes: bytes) -> None: ...

class HostedWindow:
    def __init__(
        self,
        name: str,
        base: int,
        size: int,
        interrupt: int | None,
        peripheral: object,
        port: PeripheralPort,
    ) -> None: ...

class LiveMachine:
    def __init__(self, plan: MachinePlan, windows: list[HostedWindow]) -> None: ...
    def run(
        self,
        until: list[str],
        cycles: int | None,
        seconds: float | None,
        inferences: int | None,
        holds: Callable[[], bool] | None,
        at_each_byte: bool,
    ) -> tuple[str, str, int]: ...
    @property
    def running(self) -> bool: ...
    @property
    def cycles(self) -> int: ...
    @property
    def seconds(self) -> float: ...
    @property
    def clock_hz(self) -> int: ...
    @property
    def inferences(self) -> int: ...
    @property
    def exit_code(self) -> int: ...
    @property
    def faults(self) -> list[FaultRecord]: ...
    def fault_text(self, fault: FaultRecord) -> str: ...
    def symbols(self) -> list[tuple[str, str, int, int, str]]: ...
    def place(self, text: str) -> tuple[int, int]: ...
    def read(self, address: int, size: int, as_load: bool) -> bytes: ...
    def write(self, address: int, bytes: bytes) -> None: ...
    @staticmethod
    def register_names() -> list[str]: ...
    def read_register(self, name: str) -> int: ...
    def write_register(self, name: str, value: int) -> None: ...
    def on_hit(self, hit: Callable[[int], bool]) -> None: ...
    def add_breakpoint(self, address: int) -> int: ...
    def add_watch(self, address: int, size: int) -> int: ...
    def remove_breakpoint(self, number: int) -> None: ...
    @property
    def printed_bytes(self) -> int: ...
    def printed(self, start: int) -> bytes: ...
    def send(self, bytes: bytes) -> None: ...
    def require_sensor(self, name: str) -> None: ...
    def feed(self, name: str, file: str, delay: float, times: int) -> None: ...
    def pin_names(self) -> list[str]: ...
    def pin_level(self, pin: str) -> bool: ...
    def pin_duty(self, pin: str) -> float: ...
    def drive_pin(self, pin: str, level: bool | None) -> None: ...
    def pin_changes(self, pin: str) -> list[tuple[float, float]]: ...
    def report(self, folder: str) -> ProfileReport: ...
    def save(self) -> LiveState: ...
    def restore(self, state: LiveState) -> None: ...
