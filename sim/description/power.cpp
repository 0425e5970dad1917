#include "sim/description/power.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sim/text.hpp"

namespace tinyscope {
namespace {

constexpr std::array<std::string_view, kActivityEventCount> kEventNames = {
    "instruction", "load", "store", "multiply", "float", "flash_read"};

std::string filled_string(TomlTable& table, std::string_view key) {
  std::string text = table.require_string(key);
  if (text.empty()) table.fail(key, "is empty; expected a text");
  return text;
}

// A current of a unit that nothing reports would silently never be drawn.
void require_known_unit(const TomlTable& entry, std::string_view key, const std::string& unit,
                        std::span<const std::string> known) {
  if (unit.empty()) entry.fail(key, "is empty; expected a name");
  if (std::find(known.begin(), known.end(), unit) != known.end()) return;
  entry.fail(key, fmt::format("nothing reports the state of '{}'; expected a peripheral, a device "
                              "or a part of the chip{}",
                              unit, suggest(unit, known)));
}

std::string read_condition(TomlTable& entry, std::span<const std::string> known_units) {
  const std::string when = entry.string("when").value_or("");
  if (when.empty()) return when;
  const std::size_t equals = when.find('=');
  if (equals == 0 || equals == std::string::npos || equals + 1 == when.size()) {
    entry.fail("when", "expected \"unit=state\", for example \"regulator=dcdc\"");
  }
  require_known_unit(entry, "when", when.substr(0, equals), known_units);
  return when;
}

// What currents and charges have in common.
template <typename Entry>
void read_common(TomlTable& table, Entry& entry) {
  entry.uncertainty = table.require_number("uncertainty");
  if (entry.uncertainty < 0 || entry.uncertainty > 10) {
    table.fail("uncertainty", "expected a relative value of 0 to 10; 0.2 means ±20 %");
  }
  entry.source = filled_string(table, "source");
  const std::string regulator = table.string("regulator").value_or("linear");
  if (regulator != "linear" && regulator != "switching") {
    table.fail("regulator",
               "expected \"linear\" (the current is the same at any supply) or "
               "\"switching\" (the power is)");
  }
  entry.regulator = regulator == "linear" ? Regulator::kLinear : Regulator::kSwitching;
  entry.volts = table.number("volts").value_or(0);
  if (table.contains("volts") && (entry.volts <= 0 || entry.volts > 1000)) {
    table.fail("volts", "expected volts above 0");
  }
}

void read_current(TomlTable& entry, std::span<const std::string> known_units,
                  std::vector<CurrentDescription>& currents) {
  std::vector<std::string> units = entry.strings("units");
  if (const auto unit = entry.string("unit")) units.push_back(*unit);
  if (units.empty() || (entry.contains("unit") && entry.contains("units"))) {
    entry.fail("unit", "expected either unit = \"name\" or units = [\"name\", ...]");
  }
  CurrentDescription current;
  current.state = filled_string(entry, "state");
  current.when = read_condition(entry, known_units);
  current.microamps_per_mhz = entry.number("microamps_per_mhz").value_or(0);
  if (current.microamps_per_mhz < 0) entry.fail("microamps_per_mhz", "expected 0 or more");
  const bool cpu_alone = units == std::vector<std::string>{"cpu"};
  if (entry.contains("microamps_per_mhz") && !cpu_alone) {
    entry.fail("microamps_per_mhz", "belongs to unit \"cpu\" only, since it follows its clock");
  }
  current.microamps = current.microamps_per_mhz > 0 ? entry.number("microamps").value_or(0)
                                                    : entry.require_number("microamps");
  if (current.microamps < 0) entry.fail("microamps", "expected 0 or more");
  current.code = entry.string("code").value_or("");
  if (!current.code.empty() && (current.code != "ram" || !cpu_alone || current.state != "run")) {
    entry.fail("code",
               "expected \"ram\", of unit \"cpu\" in state \"run\" only: the current while "
               "code runs from RAM; the entry without it is that from flash");
  }
  current.free = entry.boolean("free").value_or(false);
  read_common(entry, current);
  for (std::string& unit : units) {
    require_known_unit(entry, entry.contains("unit") ? "unit" : "units", unit, known_units);
    current.unit = std::move(unit);
    const bool twice = std::any_of(currents.begin(), currents.end(), [&](const auto& known) {
      return known.unit == current.unit && known.state == current.state &&
             known.when == current.when && known.code == current.code;
    });
    if (twice) {
      entry.fail("state",
                 fmt::format("the current of '{}' in state '{}' is given twice; remove one",
                             current.unit, current.state));
    }
    currents.push_back(current);
  }
}

std::vector<ActivityDescription> read_activities(TomlTable& table,
                                                 std::span<const std::string> known_units) {
  std::vector<ActivityDescription> activities;
  for (TomlTable& entry : table.tables("activity")) {
    ActivityDescription activity;
    const std::string name = filled_string(entry, "event");
    const auto found = std::find(kEventNames.begin(), kEventNames.end(), name);
    if (found == kEventNames.end()) {
      const std::vector<std::string> names(kEventNames.begin(), kEventNames.end());
      entry.fail("event", fmt::format("unknown event '{}'{}", name, suggest(name, names)));
    }
    activity.event = static_cast<ActivityEvent>(found - kEventNames.begin());
    activity.when = read_condition(entry, known_units);
    activity.picocoulombs = entry.require_number("picocoulombs");
    if (activity.picocoulombs < 0) entry.fail("picocoulombs", "expected 0 or more");
    activity.free = entry.boolean("free").value_or(false);
    read_common(entry, activity);
    for (const ActivityDescription& known : activities) {
      if (known.event == activity.event && known.when == activity.when) {
        entry.fail("event", fmt::format("the charge of '{}' is given twice; remove one", name));
      }
    }
    activities.push_back(std::move(activity));
  }
  return activities;
}

std::vector<WakeUpDescription> read_wake_ups(TomlTable& table) {
  std::vector<WakeUpDescription> wake_ups;
  for (TomlTable& entry : table.tables("wake_up")) {
    WakeUpDescription wake_up;
    wake_up.state = filled_string(entry, "state");
    wake_up.nanocoulombs = entry.require_number("nanocoulombs");
    if (wake_up.nanocoulombs < 0) entry.fail("nanocoulombs", "expected 0 or more");
    read_common(entry, wake_up);
    for (const WakeUpDescription& known : wake_ups) {
      if (known.state == wake_up.state) {
        entry.fail("state",
                   fmt::format("the wake-up from '{}' is given twice; remove one", wake_up.state));
      }
    }
    wake_ups.push_back(std::move(wake_up));
  }
  return wake_ups;
}

}  // namespace

std::string_view name_of(ActivityEvent event) {
  return kEventNames[static_cast<std::size_t>(event)];
}

PowerDescription read_power(TomlTable power, std::span<const std::string> known_units) {
  PowerDescription result;
  result.supply_volts = power.require_number("supply_volts");
  if (result.supply_volts <= 0 || result.supply_volts > 1000) {
    power.fail("supply_volts", "expected volts above 0");
  }
  result.measured_volts = result.supply_volts;
  result.supply_source = filled_string(power, "supply_source");
  result.currents = read_currents(power, "current", known_units);
  result.activities = read_activities(power, known_units);
  result.wake_ups = read_wake_ups(power);
  return result;
}

std::vector<CurrentDescription> read_currents(TomlTable& table, std::string_view key,
                                              std::span<const std::string> known_units) {
  std::vector<CurrentDescription> currents;
  for (TomlTable& entry : table.tables(key)) read_current(entry, known_units, currents);
  return currents;
}

void override_power(TomlTable document, PowerDescription& power,
                    std::vector<CurrentDescription>& board_currents,
                    std::span<const std::string> known_units) {
  for (CurrentDescription& current : read_currents(document, "current", known_units)) {
    const auto same = [&](const CurrentDescription& known) {
      return known.unit == current.unit && known.state == current.state &&
             known.when == current.when && known.code == current.code;
    };
    const auto on_board = std::find_if(board_currents.begin(), board_currents.end(), same);
    const auto on_chip = std::find_if(power.currents.begin(), power.currents.end(), same);
    if (on_board != board_currents.end()) {
      *on_board = std::move(current);
    } else if (on_chip != power.currents.end()) {
      *on_chip = std::move(current);
    } else {
      power.currents.push_back(std::move(current));
    }
  }
  for (ActivityDescription& activity : read_activities(document, known_units)) {
    const auto known = std::find_if(
        power.activities.begin(), power.activities.end(), [&](const ActivityDescription& other) {
          return other.event == activity.event && other.when == activity.when;
        });
    if (known != power.activities.end()) {
      *known = std::move(activity);
    } else {
      power.activities.push_back(std::move(activity));
    }
  }
  for (WakeUpDescription& wake_up : read_wake_ups(document)) {
    const auto known =
        std::find_if(power.wake_ups.begin(), power.wake_ups.end(),
                     [&](const WakeUpDescription& other) { return other.state == wake_up.state; });
    if (known != power.wake_ups.end()) {
      *known = std::move(wake_up);
    } else {
      power.wake_ups.push_back(std::move(wake_up));
    }
  }
  document.reject_unknown_keys();
}

}  // namespace tinyscope
