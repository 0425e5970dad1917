#include "sim/cli/firmware.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "sim/cli/text_values.hpp"

namespace tinyscope {

FirmwareImage load_image(const std::string& path, const std::string& bin_address) {
  if (bin_address.empty()) {
    if (path.ends_with(".bin") && std::filesystem::is_regular_file(path)) {
      throw InputError(path +
                       ": a raw binary does not say where it goes; give its flash address "
                       "with --bin-address, for example --bin-address 0x0");
    }
    return load_firmware(path);
  }
  const std::uint64_t address = parse_unsigned(bin_address, "--bin-address");
  if (address > 0xFFFFFFFFu) throw InputError("--bin-address: does not fit 32 bits");
  return load_firmware(path, static_cast<Address>(address));
}

BoardDescription selected_board(const RunOptions& options) {
  BoardDescription board = load_board(options.board);
  for (const std::string& setting : options.set) set_parameter(board, setting);
  if (options.supply_volts) {
    PowerDescription& power = board.soc.power;
    power.supply_source = fmt::format(
        "command line: --supply; currents are taken as at {} V, as behind a linear "
        "regulator",
        power.supply_volts);
    power.supply_volts = *options.supply_volts;
  }
  return board;
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
  return rules;
}

bool wants_inferences(const RunOptions& options) {
  return std::any_of(options.until.begin(), options.until.end(), [](const std::string& condition) {
    return condition.starts_with("inferences:");
  });
}

void attach(Profiler& profiler, Session& session) {
  session.machine().core().add_listener(profiler.listener());
  profiler.follow_threads(
      [&bus = session.machine().bus()](Address address, std::span<std::uint8_t> bytes) {
        return bus.copy_out(address, bytes);
      });
  if (SimListener* const threads = profiler.thread_listener(); threads != nullptr) {
    session.machine().core().add_listener(*threads);
  }
  session.machine().power().on_change(
      [&profiler](const PowerStateChanged& change) { profiler.listener().on_power_state(change); });
  session.count_inferences([&profiler] { return profiler.inferences_completed(); });
}

}  // namespace tinyscope
