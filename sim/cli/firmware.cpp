#include "sim/cli/firmware.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "profiler/battery.hpp"
#include "sim/cli/bare_model.hpp"
#include "sim/cli/text_values.hpp"
#include "sim/description/power.hpp"

namespace tinyscope {

namespace {

// A raw binary that was put where the board's boot loader expects a program has to be one.
void require_linked_for(const FirmwareImage& image, const BoardDescription& board) {
  const ImageSegment& segment = image.segments.front();
  std::uint32_t start = 0;
  for (std::size_t i = 0; i < 4 && segment.bytes.size() >= 8; ++i) {
    start |= std::uint32_t{segment.bytes[4 + i]} << (8 * i);
  }
  if (start >= segment.address && start - segment.address < segment.bytes.size()) return;
  throw InputError(fmt::format(
      "{}: board '{}' starts programs at 0x{:08X}, and this raw binary was not linked for that: "
      "its reset handler is at 0x{:08X}; give its flash address with --bin-address",
      image.path.string(), board.name, segment.address, start));
}

FirmwareImage load_bare_model(const std::string& path, const std::string& bin_address,
                              const BoardDescription* board, const std::string& kernels) {
  if (!bin_address.empty()) {
    throw InputError(
        fmt::format("--bin-address: {} is a bare model, whose runner knows where it "
                    "goes; leave it out",
                    path));
  }
  if (board == nullptr) {
    throw InputError(path + ": a bare model is run on a board only; add --board");
  }
  return bare_model_image(path, kernels.empty() ? "dsp" : kernels, *board);
}

// A what-if has the machine start with another clock than the chip does.
void tell_clock(SimListener& listener, Machine& machine) {
  const CortexM& core = machine.core();
  if (core.cycles().count == 0) listener.on_clock(core.clock_hz(), core.cycles());
}

}  // namespace

FirmwareImage load_image(const std::string& path, const std::string& bin_address,
                         const BoardDescription* board, const std::string& kernels) {
  if (is_bare_model(path)) return load_bare_model(path, bin_address, board, kernels);
  if (!kernels.empty()) {
    throw InputError(
        fmt::format("--kernels {}: is about bare models (.tflite); {} has kernels of "
                    "its own",
                    kernels, path));
  }
  if (bin_address.empty()) {
    if (!path.ends_with(".bin") || !std::filesystem::is_regular_file(path)) {
      return load_firmware(path);
    }
    if (board == nullptr || !board->boot) {
      throw InputError(path +
                       ": a raw binary does not say where it goes; give its flash address "
                       "with --bin-address, for example --bin-address 0x0");
    }
    FirmwareImage image = load_firmware(path, board->boot->application);
    require_linked_for(image, *board);
    return image;
  }
  const std::uint64_t address = parse_unsigned(bin_address, "--bin-address");
  if (address > 0xFFFFFFFFu) throw InputError("--bin-address: does not fit 32 bits");
  return load_firmware(path, static_cast<Address>(address));
}

FirmwareImage selected_image(const RunOptions& options, const BoardDescription& board) {
  FirmwareImage image = load_image(options.firmware, options.bin_address, &board, options.kernels);
  if (options.boot_loader.empty()) return image;
  if (holds_bare_model(image)) {
    throw InputError("--bootloader: a bare model is run without one; leave it out");
  }
  const bool raw = options.boot_loader.ends_with(".bin");
  return with_boot_loader(std::move(image),
                          load_image(options.boot_loader, raw ? "0" : "", &board));
}

BoardDescription selected_board(const RunOptions& options) {
  BoardDescription board = load_board(options.board);
  for (const std::string& setting : options.set) set_parameter(board, setting);
  if (!options.svd.empty()) board.soc.svd = options.svd;
  if (!options.svd_rules.empty() && board.soc.svd.empty()) {
    throw InputError("--svd-rules: is about the stubs of an SVD file; add --svd FILE");
  }
  board.soc.svd_rules.insert(board.soc.svd_rules.begin(), options.svd_rules.begin(),
                             options.svd_rules.end());
  PowerDescription& power = board.soc.power;
  if (!options.power.empty()) {
    std::vector<std::string> units = power_units(board.soc);
    for (const DeviceDescription& device : board.devices) units.push_back(device.name);
    override_power(TomlTable::from_file(options.power), power, board.currents, units);
    board.soc.assumptions.push_back(
        {"energy.power", "currents and charges are replaced by those of a file",
         "command line: --power " + std::filesystem::path(options.power).filename().string()});
  }
  std::optional<double> volts = options.supply_volts;
  std::string source = "command line: --supply";
  if (!volts && !options.profile.battery.empty()) {
    const Battery battery = parse_battery(options.profile.battery);
    volts = battery.volts;
    source = "nominal voltage of the battery " + battery.name;
  }
  if (volts) {
    power.supply_source = fmt::format(
        "{}; at another voltage than it was measured at a current behind a linear regulator is the "
        "same, one behind a switching regulator takes the same power",
        source);
    power.supply_volts = *volts;
  }
  return board;
}

std::pair<Address, std::uint32_t> code_flash(const SocDescription& soc) {
  for (const MemoryDescription& memory : soc.memories) {
    if (memory.kind == MemoryKind::kFlash && memory.alias_of.empty()) {
      return {memory.base, memory.size};
    }
  }
  return {0, 0xFFFFFFFFu};
}

std::vector<LayerRules> selected_rules(const RunOptions& options) {
  if (options.layer_rules.empty()) {
    if (options.invoke_symbol.empty()) return shipped_layer_rules();
    throw InputError("--invoke: say with --layer-rules which rules the invoke function belongs to");
  }
  std::vector<LayerRules> rules;
  for (const std::string& name : options.layer_rules) {
    rules.push_back(layer_rules(name, options.invoke_symbol));
  }
  rules.push_back(layer_rules("phases"));
  return rules;
}

bool wants_inferences(const RunOptions& options) {
  return std::any_of(options.until.begin(), options.until.end(), [](const std::string& condition) {
    return condition.starts_with("inferences:");
  });
}

void stop_by_itself(Session& session, const FirmwareImage& image) {
  if (holds_bare_model(image)) {
    session.stop_by_itself(2, {});
  } else {
    session.stop_by_itself(1, kProfileTail);
  }
}

void require_cycle_model(const RunOptions& options, std::string_view command) {
  if (!options.functional) return;
  throw InputError(
      fmt::format("--functional: there would be no cycles for `{}` to speak of; leave it "
                  "out",
                  command));
}

RunSummary summarise(Machine& machine, const StopReason& stop, double host_seconds) {
  const CortexM& core = machine.core();
  RunSummary run;
  run.board = machine.board().name;
  run.clock_hz = core.clock_hz();
  run.total_cycles = core.cycles().count;
  run.end = core.now();
  run.stop_reason = stop.text;
  run.exit_code = stop.exit_code;
  run.host.seconds = host_seconds;
  run.host.tinyscope_version = TINYSCOPE_VERSION;
  if (host_seconds > 0) {
    run.host.mips = static_cast<double>(core.counts().instructions) / host_seconds / 1e6;
    run.host.real_time_factor = run.end.seconds() / host_seconds;
  }
  return run;
}

void attach(Profiler& profiler, Machine& machine) {
  const auto [flash, flash_bytes] = code_flash(machine.board().soc);
  profiler.set_flash(flash, flash_bytes);
  tell_clock(profiler.listener(), machine);
  machine.core().add_listener(profiler.listener());
  if (MemoryProfile* const memory = profiler.memory(); memory != nullptr) {
    machine.core().add_listener(memory->listener_after());
  }
  profiler.read_memory_by([&bus = machine.bus()](Address address, std::span<std::uint8_t> bytes) {
    return bus.copy_out(address, bytes);
  });
  if (SimListener* const threads = profiler.thread_listener(); threads != nullptr) {
    machine.core().add_listener(*threads);
  }
  machine.add_power_listener(profiler.listener());
}

void attach(Profiler& profiler, Session& session) {
  attach(profiler, session.machine());
  session.count_inferences([&profiler] { return profiler.inferences_completed(); });
}

void attach_code(Profiler& profiler, Machine& machine) {
  machine.core().add_listener(profiler.code_listener());
  machine.core().count_insns(profiler.insn_counts());
}

void detach(Profiler& profiler, Machine& machine) {
  CortexM& core = machine.core();
  core.stop_counting_insns();
  core.remove_listener(profiler.code_listener());
  core.remove_listener(profiler.listener());
  if (SimListener* const threads = profiler.thread_listener(); threads != nullptr) {
    core.remove_listener(*threads);
  }
  machine.remove_power_listener(profiler.listener());
  MemoryProfile* const memory = profiler.memory();
  if (memory == nullptr) return;
  for (SimListener* const listener : memory->listeners_before()) core.remove_listener(*listener);
  core.remove_listener(memory->listener_after());
  for (AccessListener* const listener : memory->access_listeners()) {
    core.remove_access_listener(*listener);
  }
}

RunPosition position_of(Machine& machine) {
  CortexM& core = machine.core();
  RunPosition position;
  position.cycles = core.cycles().count;
  position.time = core.now();
  position.clock_hz = core.clock_hz();
  position.code.pc = core.read_register(CoreRegister::kPc);
  position.code.sp = core.read_register(CoreRegister::kSp);
  position.code.lr = core.read_register(CoreRegister::kLr);
  position.code.exception = core.exception_number();
  position.code.main_stack = !core.uses_process_stack();
  position.code.main_top = core.main_stack_top();
  position.power = machine.power().states();
  return position;
}

void attach_timeline(Profiler& profiler, Session& session, const ProfileOptions& options) {
  constexpr std::size_t kMostFunctions = 200'000;
  Machine& machine = session.machine();
  TimelineCollector& timeline = profiler.collect_timeline(
      {.most_functions = options.timeline_functions ? kMostFunctions : 0});
  machine.core().add_listener(timeline);
  machine.power().on_change(
      [&timeline](const PowerStateChanged& change) { timeline.on_power_state(change); });
  for_each_pin(machine, [&timeline, &machine](const std::string& label, PadPort& pad) {
    const auto note = [&timeline, &machine, label, &pad] {
      // While a block drives the pin with PWM, its edges are no events of ours.
      const char* const level = pad.node().duty() ? "x" : pad.level() ? "1" : "0";
      timeline.pin_changed(label, machine.scheduler().now(), level);
    };
    note();
    pad.on_level([note](bool) { note(); });
    pad.node().on_output(note);
  });
}

std::unique_ptr<PowerTrace> attach_power_trace(Session& session, double bin_seconds,
                                               std::size_t most_bins) {
  const BoardDescription& board = session.machine().board();
  auto trace = std::make_unique<PowerTrace>(board.soc.power, board.currents, board.soc.cpu_hz,
                                            bin_seconds, most_bins);
  const auto [flash, flash_bytes] = code_flash(board.soc);
  trace->set_flash(flash, flash_bytes);
  tell_clock(*trace, session.machine());
  session.machine().core().add_listener(*trace);
  session.machine().power().on_change(
      [&trace = *trace](const PowerStateChanged& change) { trace.on_power_state(change); });
  return trace;
}

}  // namespace tinyscope
