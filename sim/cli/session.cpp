#include "sim/cli/session.hpp"

#include <fmt/format.h>

#include <atomic>
#include <csignal>
#include <iostream>

#include "cores/cortex_m/exception_numbers.hpp"
#include "sim/cli/text_values.hpp"
#include "sim/log.hpp"

namespace tinyscope {
namespace {

std::atomic<bool> interrupt_requested{false};
bool (*interrupt_check)() = [] { return interrupt_requested.exchange(false); };

// Splits "uart:TEXT" at the first colon.
std::pair<std::string, std::string> split_condition(const std::string& text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos || colon + 1 == text.size()) {
    throw InputError(
        fmt::format("--until {}: expected uart:TEXT, symbol:NAME, mem:NAME==VALUE, "
                    "inferences:N, time:2.5s or cycles:N",
                    text));
  }
  return {text.substr(0, colon), text.substr(colon + 1)};
}

void open_file(std::ofstream& stream, const std::string& path, std::string_view option) {
  stream.open(path, std::ios::binary);
  if (!stream) throw InputError(fmt::format("{} {}: cannot write this file", option, path));
}

}  // namespace

void catch_interrupt() {
  std::signal(SIGINT, [](int) { interrupt_requested = true; });
}

void set_interrupt_check(bool (*interrupted)()) { interrupt_check = interrupted; }

// Sees each block: counts inferences, and notices firmware that loops on the spot for ever.
class Session::Watcher final : public SimListener {
 public:
  explicit Watcher(Session& session) : session_(session) {}

  void on_block_retired(const BlockRetired& block) override {
    if (session_.wanted_inferences_ || session_.tail_ || session_.first_) session_.after_block();
    if (block.transfer == Transfer::kJump && block.next == block.start && block.instructions == 1) {
      on_spot(block.start);
    }
  }

  void on_exception(const ExceptionEvent& event) override {
    exception_ = event.phase == ExceptionPhase::kReturn ? event.return_to : event.number;
  }
  void on_reset(Cycles, Address, Address) override { exception_ = 0; }

 private:
  void on_spot(Address address) {
    Machine& machine = session_.machine();
    if (exception_ >= exception::kHardFault && exception_ <= exception::kUsageFault) {
      session_.failed_ = true;
      machine.core().request_stop(
          {StopKind::kLockup, fmt::format("the fault handler loops at 0x{:08X}", address), 1});
    } else if (!machine.scheduler().next()) {
      machine.core().request_stop(
          {StopKind::kIdle,
           fmt::format("endless loop at 0x{:08X}, and nothing is scheduled", address), 0});
    }
  }

  Session& session_;
  unsigned exception_ = 0;
};

Session::Session(const RunOptions& options, const BoardDescription& board,
                 const FirmwareImage& image, std::ostream& out)
    : options_(options), out_(out), progress_(!options.quiet) {
  // Everything the user wrote is checked before anything runs.
  for (const std::string& text : options_.print) {
    prints_.push_back(parse_print(text, image.symbols));
  }
  std::vector<UartStep> script;
  if (!options_.uart_script.empty()) script = read_uart_script(options_.uart_script);
  BoardDescription plugged = board;
  const UsbChoice usb = apply_usb_option(plugged, options_.usb);
  Feeds feeds = read_feeds(options_.stimuli, plugged);
  machine_ = std::make_unique<Machine>(
      plugged, image,
      MachineOptions{std::move(feeds.stimuli), std::move(feeds.devices), options_.seed,
                     options_.reference_path, options_.what_if});
  open_outputs(usb);
  watcher_ = std::make_unique<Watcher>(*this);
  for (const std::string& text : options_.until) arm_condition(text, image);
  arm_limits();
  if (!script.empty()) {
    if (console_.empty()) throw InputError("--uart-script: this board has no console UART");
    script_ = std::make_unique<UartScript>(
        machine_->scheduler(), [this]() -> UartPort& { return console_.receiver(); },
        std::move(script));
    script_->set_serial(usb_serial_);
    console_.on_byte([this](char byte) { script_->received(byte); });
  }
  machine_->core().set_poll([this] { poll(); });
}

Session::~Session() = default;

void Session::open_console(std::ostream& uart, const UsbChoice& usb) {
  for (UartPort* const port : machine_->consoles()) {
    auto* const serial = dynamic_cast<usb::SerialPort*>(port);
    std::ostream* output = &uart;
    if (serial != nullptr) {
      usb_serial_ = serial;
      if (!options_.usb_out.empty()) {
        open_file(usb_file_, options_.usb_out, "--usb-out");
        output = &usb_file_;
      } else if (usb.way != UsbChoice::Way::kOutput) {
        output = nullptr;
      }
    }
    console_.listen(*port, output);
    if (serial != nullptr) open_usb_link(*serial, usb);
  }
  if (usb_serial_ == nullptr && !options_.usb_out.empty()) {
    throw InputError("--usb-out: this board has no USB serial port");
  }
  if (!options_.from_stdin) return;
  if (console_.empty()) throw InputError("--stdin: this board has no console UART");
  stdin_link_ = std::make_unique<SerialLink>(machine_->scheduler(),
                                             [this]() -> UartPort& { return console_.receiver(); });
  stdin_link_->read_standard_input();
  SerialLink::state_assumption(machine_->notes(), "standard input", "--stdin");
}

void Session::open_usb_link(UartPort& port, const UsbChoice& usb) {
  if (usb.way == UsbChoice::Way::kOutput) return;
  usb_link_ =
      std::make_unique<SerialLink>(machine_->scheduler(), [&port]() -> UartPort& { return port; });
  if (usb.way == UsbChoice::Way::kTerminal) {
    out_ << "USB serial port: " << usb_link_->open_terminal() << std::endl;
    SerialLink::state_assumption(machine_->notes(), "the pseudo terminal", "--usb pty");
  } else {
    out_ << "USB serial port: waiting for a connection to localhost:" << usb_link_->listen(usb.port)
         << std::endl;
    if (!usb_link_->wait_for_connection()) throw InputError("--usb tcp: nobody has connected");
    SerialLink::state_assumption(machine_->notes(), "the TCP connection",
                                 fmt::format("--usb tcp:{}", usb.port));
  }
  console_.on_byte_of(port, [this](char byte) { usb_link_->print(byte); });
}

void Session::open_outputs(const UsbChoice& usb) {
  std::ostream* uart = &out_;
  if (options_.uart != "-") {
    open_file(uart_file_, options_.uart, "--uart");
    uart = &uart_file_;
  }
  open_console(*uart, usb);
  machine_->core().semihosting().set_console([uart](std::string_view text) { *uart << text; });
  machine_->core().semihosting().set_command_line(options_.semihosting_args);
  if (!options_.semihosting_files.empty()) {
    machine_->core().semihosting().allow_files(options_.semihosting_files);
  }
  if (!options_.trace_pins.empty()) {
    pin_trace_ = std::make_unique<PinTrace>(*machine_, options_.trace_pins);
  }
  if (!options_.frame.empty()) {
    frame_files_.emplace(*machine_, options_.frame, options_.frame_every);
  } else if (options_.frame_every) {
    throw InputError("--frame-every: expected together with --frame FILE.png");
  }
  if (!options_.itm.empty()) {
    open_file(itm_file_, options_.itm, "--itm");
    machine_->core().itm().add_sink([this](unsigned, std::uint32_t value, unsigned bytes) {
      for (unsigned i = 0; i < bytes; ++i) itm_file_.put(static_cast<char>(value >> (8 * i)));
    });
  }
}

Event& Session::at(TimePoint when, std::function<void()> action) {
  events_.push_back(std::make_unique<Event>(machine_->scheduler(), std::move(action)));
  events_.back()->at(when);
  return *events_.back();
}

void Session::satisfied(const std::string& condition) {
  machine_->core().request_stop({StopKind::kRequested, "until " + condition, 0});
}

void Session::limit(const std::string& what) {
  limit_hit_ = true;
  machine_->core().request_stop({StopKind::kLimit, "limit reached: " + what, 0});
}

void Session::arm_condition(const std::string& text, const FirmwareImage& image) {
  const auto [kind, value] = split_condition(text);
  const std::string what = "--until " + text;
  if (kind == "uart") {
    if (console_.empty()) throw InputError(what + ": this board has no console UART");
    console_.when_printed(unescape(value), [this, text] { satisfied(text); });
  } else if (kind == "symbol") {
    machine_->core().watch_address(parse_place(value, image.symbols, what).address,
                                   [this, text] { satisfied(text); });
  } else if (kind == "mem") {
    arm_memory_condition(text, value, image);
  } else if (kind == "inferences") {
    const std::uint64_t count = parse_unsigned(value, what);
    if (count == 0 || count > 1'000'000) {
      throw InputError(what + ": expected a count of 1 to 1000000");
    }
    wanted_inferences_ = static_cast<unsigned>(count);
  } else if (kind == "time") {
    at(TimePoint{} + parse_duration(value, what), [this, text] { satisfied(text); });
  } else if (kind == "cycles") {
    until_cycles_ = parse_unsigned(value, what);
  } else {
    throw InputError(
        fmt::format("{}: unknown condition '{}'; expected uart, symbol, mem, "
                    "inferences, time or cycles",
                    what, kind));
  }
}

void Session::arm_memory_condition(const std::string& text, std::string_view spec,
                                   const FirmwareImage& image) {
  const std::string what = "--until " + text;
  const std::size_t equals = spec.find("==");
  if (equals == std::string_view::npos) {
    throw InputError(what + ": expected mem:NAME==VALUE");
  }
  const Place place = parse_place(spec.substr(0, equals), image.symbols, what);
  const auto wanted = static_cast<std::uint32_t>(parse_integer(spec.substr(equals + 2), what));
  const auto size =
      place.size == 1 || place.size == 2 ? static_cast<AccessSize>(place.size) : AccessSize::kWord;
  if (machine_->bus().memory_at(place.address).memory == nullptr) {
    throw InputError(fmt::format("{}: 0x{:08X} is not in the board's memory", what, place.address));
  }
  const auto check = [this, text, place, size, wanted] {
    const BusReply reply = machine_->bus().read(place.address, size, {}, true);
    if (reply.value == (wanted & mask(size))) satisfied(text);
  };
  machine_->core().watch_stores(place.address, bytes(size), check);
  polled_conditions_.push_back(check);  // DMA writes are noticed here
}

void Session::arm_limits() {
  if (!options_.limit_time.empty()) {
    at(TimePoint{} + parse_duration(options_.limit_time, "--limit-time"),
       [this] { limit("simulated time " + options_.limit_time); });
  }
  if (!options_.limit_host_time.empty()) {
    host_limit_ = std::chrono::duration<double>(
        parse_duration(options_.limit_host_time, "--limit-host-time").seconds());
  }
  if (!options_.limit_no_progress.empty()) {
    const Duration span = parse_duration(options_.limit_no_progress, "--limit-no-progress");
    if (span.ps == 0) throw InputError("--limit-no-progress: must be more than 0");
    auto seen = std::make_shared<std::uint64_t>(0);
    auto self = std::make_shared<Event*>(nullptr);
    *self = &at(TimePoint{} + span, [this, span, seen, self] {
      const std::uint64_t now = console_.byte_count() + (inferences_ ? inferences_() : 0);
      if (now == *seen) {
        limit("no UART output and no inference for " + options_.limit_no_progress);
        return;
      }
      *seen = now;
      (*self)->after(span);
    });
  }
  if (options_.limit_uart_bytes) {
    console_.when_bytes(*options_.limit_uart_bytes, [this] {
      limit(fmt::format("{} UART bytes", *options_.limit_uart_bytes));
    });
  }
  const std::uint64_t limit_cycles = options_.limit_cycles.value_or(~std::uint64_t{0});
  machine_->core().set_cycle_limit(
      {std::min(limit_cycles, until_cycles_.value_or(~std::uint64_t{0}))});
}

void Session::stop_by_itself(Duration tail) {
  if (!options_.until.empty()) return;
  if (script_) {
    stop_with_script_ = true;
  } else {
    tail_ = tail;
  }
}

void Session::script_ended(const UartScript::Outcome& outcome) {
  if (!outcome.passed) failed_ = true;
  if (outcome.passed && !stop_with_script_ && !script_->stopped()) return;
  machine_->core().request_stop({StopKind::kRequested, outcome.text, outcome.passed ? 0 : 1});
}

void Session::after_block() {
  if (!inferences_) return;
  const unsigned count = inferences_();
  if (first_ && count >= 1) std::exchange(first_, nullptr)();
  if (wanted_inferences_ && count >= *wanted_inferences_) {
    satisfied(fmt::format("inferences:{}", std::exchange(wanted_inferences_, {}).value()));
  }
  if (tail_ && count >= 1) {
    at(machine_->core().now() + *std::exchange(tail_, {}), [this] {
      machine_->core().request_stop({StopKind::kRequested, "the first inference is complete", 0});
    });
  }
}

void Session::poll() {
  CortexM& core = machine_->core();
  for (const auto& condition : polled_conditions_) condition();
  if (interrupt_check()) {
    interrupted_ = true;
    core.request_stop({StopKind::kRequested, "interrupted by the user", 0});
  }
  if (host_limit_ && std::chrono::steady_clock::now() - started_ > *host_limit_) {
    limit("host time " + options_.limit_host_time);
  }
  progress_.update(core.now(), core.counts().instructions);
}

Session::Result Session::run() {
  if (wanted_inferences_ && !inferences_) {
    throw InputError("--until inferences:N: no layer rules are loaded");
  }
  machine_->core().add_listener(*watcher_);  // last, so that it sees what others have counted
  started_ = std::chrono::steady_clock::now();
  progress_.start();
  machine_->power_on();
  for (SerialLink* const link : {usb_link_.get(), stdin_link_.get()}) {
    if (link != nullptr) link->start();
  }
  if (script_) script_->start([this](const UartScript::Outcome& end) { script_ended(end); });
  Result result;
  result.stop = machine_->core().run();
  const auto host = std::chrono::steady_clock::now() - started_;
  result.host_seconds = std::chrono::duration<double>(host).count();
  progress_.finish();
  out_.flush();
  const bool by_itself = result.stop.kind == StopKind::kIdle || result.stop.kind == StopKind::kExit;
  if (by_itself && script_ && script_->expects_more()) {
    failed_ = true;
    result.stop.text += "; the UART script was not through: " + script_->describe_wait();
  }
  result.status = judge(result.stop);
  if (result.stop.kind == StopKind::kLimit && !limit_hit_) {
    result.stop.text = result.status == kPass
                           ? fmt::format("until cycles:{}", *until_cycles_)
                           : fmt::format("limit reached: {} cycles", *options_.limit_cycles);
  }
  if (frame_files_) frame_files_->finish();
  if (console_.in_line(out_)) out_ << '\n';
  if (result.status != kPass) report_faults();
  for (const PrintSpec& spec : prints_) out_ << print_memory(spec, machine_->bus()) << '\n';
  return result;
}

ExitStatus Session::judge(const StopReason& stop) const {
  if (interrupted_) return kInterrupted;
  if (failed_) return kFirmwareFailed;
  switch (stop.kind) {
    case StopKind::kExit: return stop.exit_code == 0 ? kPass : kFirmwareFailed;
    case StopKind::kLockup: return kFirmwareFailed;
    case StopKind::kIdle: return options_.until.empty() ? kPass : kFirmwareFailed;
    case StopKind::kRequested: return kPass;
    case StopKind::kLimit: {
      const bool by_condition =
          !limit_hit_ && until_cycles_ &&
          (!options_.limit_cycles || *until_cycles_ <= *options_.limit_cycles);
      return by_condition ? kPass : kLimitReached;
    }
  }
  return kPass;
}

void Session::report_faults() const {
  const auto& faults = machine_->core().faults();
  if (faults.empty()) return;
  const FaultRecord& fault = faults.back();
  log::error(
      "last fault: exception {} at pc 0x{:08X}, lr 0x{:08X}, sp 0x{:08X}{}, CFSR 0x{:08X}, "
      "HFSR 0x{:08X}, cycle {}",
      fault.exception, fault.pc, fault.lr, fault.sp,
      fault.address ? fmt::format(", address 0x{:08X}", *fault.address) : "", fault.cfsr,
      fault.hfsr, fault.at.count);
}

}  // namespace tinyscope
