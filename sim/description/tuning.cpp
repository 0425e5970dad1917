#include "sim/description/tuning.hpp"

#include <fmt/format.h>

namespace tinyscope {
namespace {

constexpr std::int64_t kFastestHz = 10'000'000'000;
constexpr std::int64_t kMostWaitStates = 15;

std::string filled(TomlTable& table, std::string_view key) {
  std::string text = table.require_string(key);
  if (text.empty()) table.fail(key, "is empty; expected a text");
  return text;
}

std::int64_t in_range(const TomlTable& table, std::string_view key, std::int64_t value,
                      std::int64_t low, std::int64_t high) {
  if (value < low || value > high) {
    table.fail(key, fmt::format("expected {} to {}, found {}", low, high, value));
  }
  return value;
}

std::uint64_t hertz(TomlTable& table, std::string_view key) {
  return static_cast<std::uint64_t>(
      in_range(table, key, table.require_integer(key), 1, kFastestHz));
}

TuningDescription::WaitStates read_wait_states(TomlTable& entry) {
  TuningDescription::WaitStates needed;
  needed.unit = filled(entry, "unit");
  needed.states = entry.strings("states");
  if (needed.states.empty()) entry.fail("states", "is missing; name the states of the unit");
  const std::int64_t step = entry.require_integer("hz_per_wait_state");
  const std::int64_t most =
      in_range(entry, "most", entry.require_integer("most"), 0, kMostWaitStates);
  in_range(entry, "hz_per_wait_state", step, 1, kFastestHz);
  for (std::int64_t n = 0; n <= most; ++n) {
    needed.highest_hz.push_back(static_cast<std::uint64_t>((n + 1) * step));
  }
  needed.source = filled(entry, "source");
  return needed;
}

TuningDescription::OperatingPoint read_operating_point(TomlTable& entry) {
  TuningDescription::OperatingPoint point;
  point.name = filled(entry, "name");
  point.hz = hertz(entry, "hz");
  point.wait_states = static_cast<unsigned>(
      in_range(entry, "wait_states", entry.require_integer("wait_states"), 0, kMostWaitStates));
  point.unit = entry.string("unit").value_or("");
  point.state = entry.string("state").value_or("");
  if (point.unit.empty() != point.state.empty()) {
    entry.fail("state", "a unit needs a state and a state a unit");
  }
  point.source = filled(entry, "source");
  return point;
}

}  // namespace

TuningDescription read_tuning(TomlTable table) {
  TuningDescription tuning;
  tuning.instruction_cache = table.string("instruction_cache").value_or("");
  tuning.data_cache = table.string("data_cache").value_or("");
  tuning.prefetch = table.string("prefetch").value_or("");
  tuning.wait_states = table.string("wait_states").value_or("");
  if (table.contains("highest_cpu_hz")) {
    tuning.highest_cpu_hz = hertz(table, "highest_cpu_hz");
    tuning.clock = filled(table, "clock");
  }
  if (table.contains("code_memory")) {
    tuning.code_memory = filled(table, "code_memory");
    tuning.code_memory_source = filled(table, "code_memory_source");
  }
  for (TomlTable& entry : table.tables("needed_wait_states")) {
    tuning.needed_wait_states.push_back(read_wait_states(entry));
  }
  for (TomlTable& entry : table.tables("operating_point")) {
    tuning.operating_points.push_back(read_operating_point(entry));
  }
  for (TomlTable& entry : table.tables("regulator")) {
    tuning.regulators.push_back({filled(entry, "unit"), filled(entry, "wasteful"),
                                 filled(entry, "better"), filled(entry, "needs"),
                                 filled(entry, "fix"), filled(entry, "source")});
  }
  return tuning;
}

}  // namespace tinyscope
