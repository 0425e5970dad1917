#include "profiler/battery.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "sim/error.hpp"

namespace tinyscope {
namespace {

const std::array<Battery, 3>& known_batteries() {
  static const std::array<Battery, 3> batteries = {{
      {"cr2032", 225, 3.0, 0.1,
       "225 mAh nominal at 3 V, as several projects take it; high pulse currents leave less; "
       "uncertainty: estimate"},
      {"aa", 2500, 3.0, 0.2, "estimate: two alkaline AA cells in series, 2500 mAh at low current"},
      {"aaa", 1100, 3.0, 0.2,
       "estimate: two alkaline AAA cells in series, 1100 mAh at low current"},
  }};
  return batteries;
}

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !(value > 0) || value > 1e9) {
    return std::nullopt;
  }
  return value;
}

[[noreturn]] void refuse(std::string_view text) {
  throw InputError(fmt::format(
      "--battery {}: expected cr2032, aa, aaa, lipo-MAH (such as lipo-500) or NAME:MAH,VOLTS (such "
      "as coin:100mAh,3.0)",
      text));
}

bool drop_suffix(std::string_view& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.remove_suffix(suffix.size());
  return true;
}

// The state of the chip in which the rest of a period is spent.
struct Rest {
  Bounded microamps;
  Bounded wake_up;  // charge of coming back, once each period
  std::string state;
};

std::optional<Rest> rest_of(const EnergyMeter& meter) {
  if (meter.sleep_seconds() > 0) {
    return Rest{
        meter.sleep_charge() * (1 / meter.sleep_seconds()),
        {},  // is part of it
        fmt::format("{} as in this run, with all that was on meanwhile", meter.sleep_state())};
  }
  std::optional<Rest> deepest;
  for (const EnergyMeter::RestingState& state : meter.resting_states()) {
    if (state.state == "off") continue;  // forgets everything, and no timer wakes it
    if (deepest && deepest->microamps.value <= state.microamps.value) continue;
    deepest = Rest{state.microamps, state.wake_up,
                   fmt::format("{}, the deepest of the chip; this run never slept", state.state)};
  }
  return deepest;
}

}  // namespace

Battery parse_battery(std::string_view text) {
  for (const Battery& battery : known_batteries()) {
    if (battery.name == text) return battery;
  }
  if (text.starts_with("lipo-")) {
    const auto capacity = number(text.substr(5));
    if (!capacity) refuse(text);
    return {std::string(text), *capacity, 3.7, 0.1,
            "as named; nominal 3.7 V and uncertainty: estimate"};
  }
  const std::size_t colon = text.find(':');
  const std::size_t comma = text.find(',', colon == std::string_view::npos ? 0 : colon);
  if (colon == std::string_view::npos || colon == 0 || comma == std::string_view::npos) {
    refuse(text);
  }
  std::string_view capacity_text = text.substr(colon + 1, comma - colon - 1);
  drop_suffix(capacity_text, "mAh");
  std::string_view volts_text = text.substr(comma + 1);
  drop_suffix(volts_text, "V");
  const auto capacity = number(capacity_text);
  const auto volts = number(volts_text);
  if (!capacity || !volts || *volts > 1000) refuse(text);
  return {std::string(text.substr(0, colon)), *capacity, *volts, 0, "command line: --battery"};
}

void add_battery_life(ProfileReport& report, const EnergyMeter& meter, const Battery& battery,
                      double period_seconds) {
  const auto note = [&](std::string text, std::string source) {
    report.assumptions.push_back({"energy.battery", std::move(text), std::move(source)});
  };
  double seconds = 0;
  std::size_t count = 0;
  for (const InferenceRow& row : report.inferences) {
    if (!row.complete) continue;
    seconds += static_cast<double>(row.elapsed_cycles) / static_cast<double>(report.clock_hz);
    ++count;
  }
  const std::optional<Rest> rest = rest_of(meter);
  if (count == 0 || !report.energy.per_inference_uj || !rest) {
    note(rest ? "no inference completed, so there is nothing to repeat and no battery life"
              : "no current of a sleep mode is known, so no battery life is given",
         "command line: --battery");
    return;
  }
  BatteryReport result;
  result.battery = battery.name;
  result.capacity_mah = battery.capacity_mah;
  result.capacity_source = battery.source;
  result.active_seconds = seconds / static_cast<double>(count);
  result.period_seconds = std::max(period_seconds, result.active_seconds);
  if (result.period_seconds > period_seconds) {
    note(fmt::format("an inference takes {:.3g} s, longer than the period of {:.3g} s, so that one "
                     "follows the other without sleep",
                     result.active_seconds, period_seconds),
         "command line: --period");
  }
  result.active_uj = *report.energy.per_inference_uj;
  result.sleep_state = rest->state;
  const double asleep = result.period_seconds - result.active_seconds;
  Bounded charge = rest->microamps * asleep;
  if (asleep > 0) charge += rest->wake_up;
  result.sleep_uj = meter.energy_uj(charge);
  const Estimate total = {result.active_uj.value + result.sleep_uj.value,
                          result.active_uj.low + result.sleep_uj.low,
                          result.active_uj.high + result.sleep_uj.high};
  result.sleep_percent = total.value > 0 ? 100 * result.sleep_uj.value / total.value : 0;
  // Charge of one period from the supply, in mAh.
  const double to_mah = 1e-3 / meter.supply_volts() / 3600;
  const double periods_per_hour = 3600 / result.period_seconds;
  const auto hours = [&](double capacity, double uj) {
    return uj > 0 ? capacity / (uj * to_mah * periods_per_hour) : 0;
  };
  result.life_hours = {hours(battery.capacity_mah, total.value),
                       hours(battery.capacity_mah * (1 - battery.uncertainty), total.high),
                       hours(battery.capacity_mah * (1 + battery.uncertainty), total.low)};
  note(fmt::format("one inference each {:.4g} s and sleep ({}) in between; {} mAh drawn at {} V; "
                   "no self-discharge, no loss at high or low current",
                   result.period_seconds, result.sleep_state, battery.capacity_mah,
                   meter.supply_volts()),
       battery.source);
  report.energy.battery = std::move(result);
}

}  // namespace tinyscope
