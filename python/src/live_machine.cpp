#include "python/src/live_machine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "python/src/live_state.hpp"
#include "sim/cli/firmware.hpp"
#include "sim/cli/interrupt.hpp"
#include "sim/cli/named_functions.hpp"
#include "sim/cli/profiled_run.hpp"
#include "sim/cli/usb_options.hpp"
#include "sim/cli/what_if_options.hpp"
#include "sim/error.hpp"

namespace tinyscope {

MachinePlan::MachinePlan(RunOptions run_options, bool with_profiler, bool at_functional_speed)
    : options(std::move(run_options)),
      profile(with_profiler),
      functional(at_functional_speed),
      board(selected_board(options)),
      image(with_named_functions(selected_image(options, board), options.profile.functions)) {
  apply_usb_option(board, options.usb);
  Feeds feeds = read_feeds(options.stimuli, board);
  machine.stimuli = std::move(feeds.stimuli);
  machine.extra_devices = std::move(feeds.devices);
  machine.seed = options.seed;
  machine.reference_path = options.reference_path;
  machine.what_if = selected_what_if(options, board.soc, image);
  machine.functional = functional;
  if (profile) rules = selected_rules(options);
}

// Hears of each block last, when others have counted what it was.
class LiveMachine::Watcher final : public LoopDetector {
 public:
  explicit Watcher(LiveMachine& owner) : LoopDetector(owner.machine()), owner_(owner) {}

  void on_block_retired(const BlockRetired& block) override {
    if (counts_) count();
    LoopDetector::on_block_retired(block);
  }
  void expect_inferences() {
    counts_ = owner_.profiler_ && (!owner_.chip_ || owner_.conditions_->inferences());
  }

 private:
  void count() {
    const unsigned inferences = owner_.profiler_->inferences_completed();
    if (inferences != 0 && !owner_.chip_) owner_.chip_ = owner_.machine().configuration();
    owner_.conditions_->count(inferences);
  }

  LiveMachine& owner_;
  bool counts_ = false;
};

LiveMachine::LiveMachine(std::shared_ptr<const MachinePlan> plan, std::vector<HostedWindow> windows)
    : plan_(std::move(plan)) {
  MachineOptions options = plan_->machine;
  for (const HostedWindow& window : windows) {
    ExtraPeripheral extra;
    extra.description.name = window.name;
    extra.description.type = "host";
    extra.description.base = window.base;
    extra.description.size = window.size;
    extra.description.where = fmt::format("peripheral at 0x{:08X}", window.base);
    if (window.interrupt) extra.description.interrupts.push_back({"irq", *window.interrupt});
    extra.factory = [this, &window](PeripheralContext& context) {
      auto made = std::make_unique<HostedPeripheral>(context.name, context.scheduler, context.bus,
                                                     window.host);
      made->on_error([this](std::exception_ptr error) { fail(std::move(error)); });
      made->on_host_time([this] {
        if (machine_ && !running_) host_time();
      });
      return made;
    };
    options.extra_peripherals.push_back(std::move(extra));
  }
  {
    const std::lock_guard building(plan_->building);
    machine_ = std::make_unique<Machine>(plan_->board, plan_->image, options);
  }
  pins_ = std::make_unique<PinLog>(*machine_);
  feeding_ = std::make_unique<Feeding>(*machine_);
  breakpoints_ = std::make_unique<Breakpoints>(
      machine_->core(), [this](Breakpoints::Id id, Address address) { reached(id, address); });
  for (UartPort* const port : machine_->consoles()) console_.listen(*port, nullptr);
  console_.on_byte([this](char byte) { received(byte); });
  Semihosting& semihosting = machine_->core().semihosting();
  semihosting.set_console([this](std::string_view text) {
    for (const char byte : text) console_.printed_elsewhere(byte);
  });
  semihosting.set_command_line(plan_->options.semihosting_args);
  if (!plan_->options.semihosting_files.empty()) {
    semihosting.allow_files(plan_->options.semihosting_files);
  }
  if (!console_.empty()) {
    sender_ = std::make_unique<UartSender>(machine_->scheduler(),
                                           [this]() -> UartPort& { return console_.receiver(); });
  }
  if (plan_->profile) attach_profiler(false);
  watcher_ = std::make_unique<Watcher>(*this);
  // At functional speed nobody listens who need not, and poll() looks for loops on the spot.
  if (listens()) machine_->core().add_listener(*watcher_);
  machine_->core().set_poll([this] { poll(); });
  machine_->power_on();
  if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
}

LiveMachine::~LiveMachine() = default;

void LiveMachine::fail(std::exception_ptr error) {
  if (!error_) error_ = std::move(error);
  if (machine_) machine_->core().request_stop({StopKind::kRequested, "a callback failed", 1});
}

void LiveMachine::require_idle(std::string_view what) const {
  if (!running_) return;
  throw InputError(
      fmt::format("{}: a callback cannot do this, since the machine runs; let the callback return "
                  "True, so that run() ends, and do it then",
                  what));
}

void LiveMachine::stop(RunEnd::Kind kind, std::string text) {
  if (!ended_) ended_ = kind;
  machine_->core().request_stop({StopKind::kRequested, std::move(text), 0});
}

void LiveMachine::reached(Breakpoints::Id id, Address address) {
  try {
    if (hit_ && !hit_(id)) return;
  } catch (...) {
    fail(std::current_exception());
    return;
  }
  const Symbol* const function = plan_->image.symbols.function_at(address);
  stop(RunEnd::Kind::kBreakpoint,
       fmt::format("breakpoint at 0x{:08X}{}", address,
                   function == nullptr ? "" : " in " + function->demangled));
}

// Somebody's condition is to be looked at, between two instructions and outside of the core.
void LiveMachine::ask() {
  asks_ = true;
  machine_->core().request_stop({StopKind::kRequested, "", 0});
}

void LiveMachine::poll() {
  if (conditions_) conditions_->poll();
  if (!listens()) watcher_->look();
  if (interrupt_requested()) stop(RunEnd::Kind::kInterrupted, "interrupted by the user");
  if (limits_ != nullptr && limits_->holds && limits_->ask == RunLimits::Ask::kNowAndThen) ask();
}

void LiveMachine::received(char byte) {
  printed_ += byte;
  if (limits_ != nullptr && limits_->holds && limits_->ask == RunLimits::Ask::kAtEachByte) ask();
}

RunEnd LiveMachine::run(const RunLimits& limits) {
  require_idle("run()");
  if (limits.inferences && !profiler_) {
    throw InputError(
        "run(inferences=): inferences are counted by the profiler; build the machine "
        "with profile=True");
  }
  CortexM& core = machine_->core();
  conditions_ = std::make_unique<RunConditions>(*machine_, console_, plan_->image.symbols);
  const auto disarm = [&] {
    conditions_.reset();
    limits_ = nullptr;
    running_ = false;
    core.set_cycle_limit({~std::uint64_t{0}});
  };
  try {
    for (const std::string& condition : limits.until) conditions_->add(condition, "until=");
    if (limits.inferences) conditions_->want_inferences(inferences() + *limits.inferences);
    if (conditions_->inferences() && !profiler_) {
      throw InputError(
          "until=inferences:N: inferences are counted by the profiler; build the "
          "machine with profile=True");
    }
    Event time_over(machine_->scheduler(), [&] {
      stop(RunEnd::Kind::kLimit, fmt::format("{} s have passed", limits.time->seconds()));
    });
    if (limits.time) time_over.at(host_time() + *limits.time);
    const std::uint64_t last = conditions_->cycles().value_or(~std::uint64_t{0});
    core.set_cycle_limit(
        {limits.cycles ? std::min(last, core.cycles().count + *limits.cycles) : last});
    watcher_->forget_fault_loop();
    watcher_->expect_inferences();
    ended_.reset();
    limits_ = &limits;
    running_ = true;
    const auto started = std::chrono::steady_clock::now();
    const RunEnd end = go_on(limits);
    host_seconds_ +=
        std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    disarm();
    return end;
  } catch (...) {
    disarm();
    throw;
  }
}

RunEnd LiveMachine::go_on(const RunLimits& limits) {
  if (limits.holds && limits.holds()) return {RunEnd::Kind::kCondition, "the condition holds", 0};
  while (true) {
    asks_ = false;
    breakpoints_->resume();
    last_stop_ = machine_->core().run();
    const bool moved = next_pc_.has_value();
    if (moved) write_pc(*std::exchange(next_pc_, {}));
    if (error_) {
      ended_ = RunEnd::Kind::kBreakpoint;
      std::rethrow_exception(std::exchange(error_, nullptr));
    }
    const bool for_us = last_stop_.kind == StopKind::kRequested && last_stop_.text.empty();
    if (asks_ && limits.holds && limits.holds()) {
      last_stop_.text = "the condition holds";
      return {RunEnd::Kind::kCondition, last_stop_.text, 0};
    }
    if (!for_us) return judge();
  }
}

RunEnd LiveMachine::judge() const {
  const StopReason& stop = last_stop_;
  if (watcher_->fault_loop()) return {RunEnd::Kind::kFault, stop.text, 1};
  switch (stop.kind) {
    case StopKind::kExit: return {RunEnd::Kind::kExit, stop.text, stop.exit_code};
    case StopKind::kLockup: return {RunEnd::Kind::kFault, stop.text, 1};
    case StopKind::kIdle: return {RunEnd::Kind::kIdle, stop.text, 0};
    case StopKind::kLimit: return {RunEnd::Kind::kLimit, stop.text, 0};
    case StopKind::kRequested: break;
  }
  return {ended_.value_or(RunEnd::Kind::kCondition), stop.text, 0};
}

TimePoint LiveMachine::host_time() {
  Scheduler& scheduler = machine_->scheduler();
  const TimePoint now = machine_->core().now();
  const auto next = scheduler.next();
  if (now > scheduler.now() && (!next || now <= *next)) scheduler.set_now(now);
  return scheduler.now();
}

unsigned LiveMachine::inferences() const {
  return profiler_ ? profiler_->inferences_completed() : 0;
}

void LiveMachine::send(std::string_view bytes) {
  if (!sender_) {
    throw InputError(fmt::format("board '{}' has no console UART", plan_->board.name));
  }
  host_time();
  sender_->send(bytes);
}

void LiveMachine::feed(const std::string& name, const std::string& file, Duration delay,
                       std::uint64_t times) {
  StimulusPiece piece;
  piece.file = file;
  piece.origin = StimulusPiece::Origin::kPowerOn;
  piece.start = {(host_time() + delay).ps};
  piece.times = times;
  feeding_->feed(name, piece);
  machine_->notes().assume({name + ".fed",
                            fmt::format("the host has changed what '{}' senses while it ran", name),
                            "python: Machine.sensor"});
}

void LiveMachine::attach_profiler(bool in_mid_run) {
  profiler_ = std::make_unique<Profiler>(plan_->image, plan_->rules, plan_->board.soc,
                                         plan_->board.currents);
  if (plan_->options.profile.skip) profiler_->skip_inferences(*plan_->options.profile.skip);
  attach_memory(*profiler_, *machine_,
                {.traffic = plan_->options.profile.traffic,
                 .uninitialised = plan_->options.profile.check_uninitialised,
                 .timeline = false});
  attach(*profiler_, *machine_);
  attach_code(*profiler_, *machine_);
  if (in_mid_run) profiler_->begin(position_of(*machine_));
}

void LiveMachine::detach_profiler() {
  detach(*profiler_, *machine_);
  const ProfileOptions& options = plan_->options.profile;
  // These go on hearing of DMA.
  if (options.traffic || options.check_uninitialised) retired_.push_back(std::move(profiler_));
  profiler_.reset();
}

ProfileReport LiveMachine::report() {
  require_idle("profile()");
  if (!profiler_) {
    throw InputError("profile(): the machine has no profiler; build it with profile=True");
  }
  ProfileReport report =
      profiler_->report_so_far(summarise(*machine_, last_stop_, host_seconds_), machine_->notes());
  finish_report(report, profiler_->energy(), plan_->options, plan_->board, plan_->image,
                chip_ ? *chip_ : machine_->configuration());
  return report;
}

std::shared_ptr<const LiveState> LiveMachine::save() {
  require_idle("snapshot()");
  auto state = std::make_shared<LiveState>();
  state->machine = machine_->save();
  StateArchive archive = StateArchive::saving();
  snapshot(archive);
  state->host = archive.bytes();
  state->printed = printed_;
  state->pins = pins_->history();
  state->fed = feeding_->fed();
  state->last_stop = last_stop_;
  return state;
}

void LiveMachine::restore(const LiveState& state) {
  require_idle("restore()");
  machine_->restore(*state.machine);
  if (profiler_) detach_profiler();
  chip_.reset();
  StateArchive archive = StateArchive::loading(state.host);
  snapshot(archive);
  printed_ = state.printed;
  pins_->go_back_to(state.pins);
  feeding_->go_back_to(state.fed);
  last_stop_ = state.last_stop;
  host_seconds_ = 0;
  if (!plan_->profile) return;
  // The watcher hears of blocks behind the profiler.
  machine_->core().remove_listener(*watcher_);
  attach_profiler(true);
  machine_->core().add_listener(*watcher_);
}

// What is ours in the state of the run.
void LiveMachine::snapshot(StateArchive& archive) {
  console_.snapshot(archive);
  if (sender_) sender_->snapshot(archive);
  breakpoints_->snapshot(archive);
}

}  // namespace tinyscope
