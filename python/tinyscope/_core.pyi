"""The compiled half of the package; bound in python/src."""

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
