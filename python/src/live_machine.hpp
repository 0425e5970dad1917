// A machine that runs step by step, and can be looked at and changed in between and by callbacks:
// what class Machine of the Python package stands on. Nothing of Python in here.
//
// Callbacks (breakpoints, watches, conditions, peripherals of the host) run in the thread that
// called run(), between two instructions of the firmware, at no cost in simulated time. They may
// read and write the machine, but not run, save or restore it.
#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "profiler/layer_rules.hpp"
#include "profiler/profiler.hpp"
#include "python/src/breakpoints.hpp"
#include "python/src/hosted_peripheral.hpp"
#include "sim/cli/feeding.hpp"
#include "sim/cli/loop_detector.hpp"
#include "sim/cli/machine.hpp"
#include "sim/cli/options.hpp"
#include "sim/cli/pin_log.hpp"
#include "sim/cli/run_conditions.hpp"
#include "sim/cli/text_values.hpp"
#include "sim/cli/uart_console.hpp"
#include "sim/cli/uart_sender.hpp"

namespace tinyscope {

// What machines that are forks of one another share. Never changes.
struct MachinePlan {
  MachinePlan(RunOptions run_options, bool with_profiler, bool at_functional_speed);

  RunOptions options;
  bool profile;
  bool functional;
  BoardDescription board;
  FirmwareImage image;
  MachineOptions machine;
  std::vector<LayerRules> rules{};  // of the profiler
  mutable std::mutex building{};    // machines share what the description has been read for
};

// When run() returns at the latest.
struct RunLimits {
  std::vector<std::string> until;       // see RunConditions
  std::optional<std::uint64_t> cycles;  // further ones
  std::optional<Duration> time;         // further
  std::optional<unsigned> inferences;   // further ones
  std::function<bool()> holds;          // asked before the first instruction, and then:
  enum class Ask { kNowAndThen, kAtEachByte } ask = Ask::kNowAndThen;
};

struct RunEnd {
  enum class Kind { kCondition, kLimit, kBreakpoint, kExit, kFault, kIdle, kInterrupted };
  Kind kind = Kind::kCondition;
  std::string text;
  int exit_code = 0;  // of semihosting; 1 for a fault
};

struct LiveState;

class LiveMachine {
 public:
  // Builds the machine and switches it on. Throws InputError.
  LiveMachine(std::shared_ptr<const MachinePlan> plan, std::vector<HostedWindow> windows);
  ~LiveMachine();
  LiveMachine(const LiveMachine&) = delete;
  LiveMachine& operator=(const LiveMachine&) = delete;

  // May be called again and again. An exception of a callback ends the run between two instructions
  // and comes out of here; the machine stays usable.
  RunEnd run(const RunLimits& limits);
  bool running() const { return running_; }
  // For callbacks that have caught an exception.
  void fail(std::exception_ptr error);

  Machine& machine() { return *machine_; }
  const MachinePlan& plan() const { return *plan_; }
  const std::shared_ptr<const MachinePlan>& shared_plan() const { return plan_; }
  Breakpoints& breakpoints() { return *breakpoints_; }
  // Asked at each hit whether the run is to stop there; nobody asked: it stops. May throw.
  void on_hit(std::function<bool(Breakpoints::Id)> hit) { hit_ = std::move(hit); }
  PinLog& pins() { return *pins_; }

  // "buffer", "buffer+12", "0x20000000". Throws InputError. The size is what is left of the symbol.
  Place place(std::string_view text) const;

  // Of memory what the core sees, and without an effect on time and caches. Peripherals: 1, 2 or 4
  // bytes, or words; without the side effects that a read may have, which shows what the register
  // held last where its model computes it on a read, or as a load. Throws InputError where nothing
  // answers.
  enum class Look { kOnly, kAsLoad };
  std::vector<std::uint8_t> read(Address address, std::size_t size, Look look = Look::kOnly);
  // To memory as a debugger writes it, flash too: the core sees it, and code is translated anew. To
  // peripherals as a store of the core, at no time.
  void write(Address address, std::span<const std::uint8_t> bytes);

  // "r0" to "r15", "sp", "lr", "pc", "xpsr", "msp", "psp", "primask", "basepri", "faultmask",
  // "control" (nPRIV and SPSEL), "fpscr", "s0" to "s31". Throws InputError for others, and for
  // writing those that only firmware may change.
  std::uint32_t read_register(std::string_view name) const;
  void write_register(std::string_view name, std::uint32_t value);
  static std::vector<std::string> register_names();

  // What firmware has printed: on all ports of the console, and by semihosting.
  const std::string& printed() const { return printed_; }
  // Throws InputError if the board has no console.
  void send(std::string_view bytes);

  // A file for what `name` senses from `delay` after now on, `times` times (0: for ever); see
  // Feeding. Throws InputError.
  void feed(const std::string& name, const std::string& file, Duration delay, std::uint64_t times);
  const Feeding& feeding() const { return *feeding_; }

  // The simulated time of what the host does now.
  TimePoint host_time();

  // Completed since the profiler began: at power-on or when a state was restored. 0 without it.
  unsigned inferences() const;
  // Of what has run since then. Throws InputError if there is no profiler.
  ProfileReport report();
  const StopReason& last_stop() const { return last_stop_; }

  // Throws InputError if called by a callback.
  std::shared_ptr<const LiveState> save();
  void restore(const LiveState& state);

 private:
  class Watcher;

  bool listens() const { return plan_->profile || !plan_->functional; }
  void attach_profiler(bool in_mid_run);
  void detach_profiler();
  RunEnd go_on(const RunLimits& limits);
  RunEnd judge() const;
  void poll();
  void received(char byte);
  void reached(Breakpoints::Id id, Address address);
  void ask();
  void stop(RunEnd::Kind kind, std::string text);
  void write_pc(std::uint32_t value);
  void throw_own_error();
  void require_idle(std::string_view what) const;
  void snapshot(StateArchive& archive);

  std::shared_ptr<const MachinePlan> plan_;
  std::unique_ptr<Machine> machine_;
  UartConsole console_;
  std::string printed_;
  std::unique_ptr<UartSender> sender_;
  std::unique_ptr<PinLog> pins_;
  std::unique_ptr<Feeding> feeding_;
  std::unique_ptr<Breakpoints> breakpoints_;
  std::function<bool(Breakpoints::Id)> hit_;
  std::unique_ptr<Profiler> profiler_;
  std::vector<std::unique_ptr<Profiler>> retired_;  // that go on listening
  std::optional<ChipConfiguration> chip_;           // when the first inference ended
  std::unique_ptr<Watcher> watcher_;

  // Of the run
  bool running_ = false;
  const RunLimits* limits_ = nullptr;
  std::unique_ptr<RunConditions> conditions_;
  std::optional<RunEnd::Kind> ended_;  // why we asked the core to stop; else it did by itself
  bool asks_ = false;                  // the core has stopped so that a condition can be looked at
  std::optional<std::uint32_t> next_pc_;
  std::exception_ptr error_;

  StopReason last_stop_;
  double host_seconds_ = 0;
};

}  // namespace tinyscope
