#include "sim/cli/session.hpp"

#include <fmt/format.h>

#include <iostream>

#include "sim/cli/fault_text.hpp"
#include "sim/cli/loop_detector.hpp"
#include "sim/cli/text_values.hpp"
#include "sim/cli/what_if_options.hpp"
#include "sim/log.hpp"

namespace tinyscope {
namespace {

void open_file(std::ofstream& stream, const std::string& path, std::string_view option) {
  stream.open(path, std::ios::binary);
  if (!stream) throw InputError(fmt::format("{} {}: cannot write this file", option, path));
}

}  // namespace

// Sees each block.
class Session::Watcher final : public LoopDetector {
 public:
  explicit Watcher(Session& session) : LoopDetector(session.machine()), session_(session) {}

  void on_block_retired(const BlockRetired& block) override {
    if (session_.conditions_->inferences() || session_.tail_ || session_.first_) {
      session_.after_block();
    }
    LoopDetector::on_block_retired(block);
  }

 private:
  Session& session_;
};

Session::Session(const RunOptions& options, const BoardDescription& board,
                 const FirmwareImage& image, std::ostream& out)
    : options_(options), image_(image), out_(out), progress_(!options.quiet) {
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
      MachineOptions{.stimuli = std::move(feeds.stimuli),
                     .extra_devices = std::move(feeds.devices),
                     .extra_peripherals = {},
                     .seed = options_.seed,
                     .reference_path = options_.reference_path,
                     .what_if = selected_what_if(options_, plugged.soc, image),
                     .functional = options_.functional});
  open_outputs(usb);
  watcher_ = std::make_unique<Watcher>(*this);
  conditions_ = std::make_unique<RunConditions>(*machine_, console_, image.symbols);
  for (const std::string& text : options_.until) conditions_->add(text, "--until ");
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

void Session::limit(const std::string& what) {
  limit_hit_ = true;
  machine_->core().request_stop({StopKind::kLimit, "limit reached: " + what, 0});
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
      {std::min(limit_cycles, conditions_->cycles().value_or(~std::uint64_t{0}))});
}

void Session::stop_by_itself(unsigned inferences, Duration tail) {
  if (!options_.until.empty()) return;
  if (script_) {
    stop_with_script_ = true;
  } else {
    tail_ = tail;
    tail_after_ = inferences;
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
  conditions_->count(count);
  if (!tail_ || count < tail_after_) return;
  const auto stop = [this] {
    const std::string which =
        tail_after_ == 1 ? "the first inference is" : fmt::format("{} inferences are", tail_after_);
    machine_->core().request_stop({StopKind::kRequested, which + " complete", 0});
  };
  const Duration tail = *std::exchange(tail_, {});
  if (tail.ps == 0) {
    stop();
  } else {
    at(machine_->core().now() + tail, stop);
  }
}

void Session::poll() {
  CortexM& core = machine_->core();
  conditions_->poll();
  if (options_.functional) watcher_->look();
  if (interrupt_requested()) {
    interrupted_ = true;
    core.request_stop({StopKind::kRequested, "interrupted by the user", 0});
  }
  if (host_limit_ && std::chrono::steady_clock::now() - started_ > *host_limit_) {
    limit("host time " + options_.limit_host_time);
  }
  progress_.update(core.now(), core.counts().instructions);
}

Session::Result Session::run() {
  if (conditions_->inferences() && !inferences_) {
    throw InputError("--until inferences:N: no layer rules are loaded");
  }
  // Last, so that it sees what others have counted. At functional speed nobody listens who need
  // not, and poll() looks for loops on the spot.
  const bool counts = conditions_->inferences() || tail_ || first_;
  if (!options_.functional || counts) machine_->core().add_listener(*watcher_);
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
                           ? fmt::format("until cycles:{}", *conditions_->cycles())
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
  if (failed_ || watcher_->fault_loop()) return kFirmwareFailed;
  switch (stop.kind) {
    case StopKind::kExit: return stop.exit_code == 0 ? kPass : kFirmwareFailed;
    case StopKind::kLockup: return kFirmwareFailed;
    case StopKind::kIdle: return options_.until.empty() ? kPass : kFirmwareFailed;
    case StopKind::kRequested: return kPass;
    case StopKind::kLimit: {
      const bool by_condition =
          !limit_hit_ && conditions_->cycles() &&
          (!options_.limit_cycles || *conditions_->cycles() <= *options_.limit_cycles);
      return by_condition ? kPass : kLimitReached;
    }
  }
  return kPass;
}

void Session::report_faults() const {
  const auto& faults = machine_->core().faults();
  if (faults.empty()) return;
  log::error("last fault: {}", fault_text(faults.back(), image_, machine_->bus()));
}

}  // namespace tinyscope
