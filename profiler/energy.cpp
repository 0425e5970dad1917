#include "profiler/energy.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tinyscope {

EnergyMeter::EnergyMeter(const PowerDescription& power,
                         const std::vector<CurrentDescription>& board_currents,
                         std::uint64_t cpu_hz)
    : supply_volts_(power.supply_volts), supply_source_(power.supply_source) {
  auto add = [this](const CurrentDescription& current) {
    Entry entry;
    entry.current = current;
    const auto bounded = [&](double typical) {
      return Bounded{typical, std::max(0.0, typical * (1 - current.uncertainty)),
                     typical * (1 + current.uncertainty)};
    };
    entry.microamps = bounded(current.microamps);
    entry.per_mhz = bounded(current.microamps_per_mhz);
    const std::size_t equals = current.when.find('=');
    if (equals != std::string::npos) {
      entry.condition_unit = current.when.substr(0, equals);
      entry.condition_state = current.when.substr(equals + 1);
    }
    entries_.push_back(std::move(entry));
  };
  for (const CurrentDescription& current : power.currents) add(current);
  for (const CurrentDescription& current : board_currents) add(current);
  set_clock(cpu_hz);
  choose_all();
}

void EnergyMeter::set_clock(std::uint64_t hz) {
  seconds_per_cycle_ = hz == 0 ? 0 : 1.0 / static_cast<double>(hz);
}

// The entry whose condition holds, before one without a condition. If only the reports about the
// condition's unit are missing, the largest current is assumed.
int EnergyMeter::choose(std::string_view unit, std::string_view state) const {
  const double megahertz = seconds_per_cycle_ == 0 ? 0 : 1e-6 / seconds_per_cycle_;
  const auto microamps = [megahertz](const Entry& entry) {
    return entry.current.microamps + entry.current.microamps_per_mhz * megahertz;
  };
  int unconditional = kNone;
  int largest = kNone;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    if (entry.current.unit != unit || entry.current.state != state) continue;
    const int index = static_cast<int>(i);
    if (entry.condition_unit.empty()) {
      unconditional = index;
      continue;
    }
    const auto reported = states_.find(entry.condition_unit);
    if (reported == states_.end()) {
      if (largest == kNone ||
          microamps(entry) > microamps(entries_[static_cast<std::size_t>(largest)])) {
        largest = index;
      }
    } else if (reported->second == entry.condition_state) {
      return index;
    }
  }
  return unconditional != kNone ? unconditional : largest;
}

void EnergyMeter::choose_all() {
  active_.clear();
  units_microamps_ = {};
  for (const auto& [unit, state] : states_) {
    const int entry = choose(unit, state);
    if (entry == kNone) continue;
    active_.push_back(entry);
    units_microamps_ += entries_[static_cast<std::size_t>(entry)].microamps;
  }
  run_entry_ = choose("cpu", "run");
  sleep_entry_ = choose("cpu", sleep_state_);
}

void EnergyMeter::advance(TimePoint now) {
  if (now <= last_change_) return;
  const double seconds = (now - last_change_).seconds();
  for (const int entry : active_) entries_[static_cast<std::size_t>(entry)].seconds += seconds;
  last_change_ = now;
}

void EnergyMeter::change(const PowerStateChanged& change) {
  advance(change.when);
  if (change.unit == "cpu") {
    // How long comes from cycles; the report only says which kind of sleep it is.
    if (change.state != "run" && !change.state.empty()) sleep_state_ = std::string(change.state);
  } else {
    states_[std::string(change.unit)] = std::string(change.state);
  }
  choose_all();
}

Bounded EnergyMeter::draw(int cpu_entry, std::uint64_t cycles) {
  const double seconds = static_cast<double>(cycles) * seconds_per_cycle_;
  Bounded charge = units_microamps_ * seconds;
  if (cpu_entry != kNone) {
    Entry& entry = entries_[static_cast<std::size_t>(cpu_entry)];
    // One microampere for each megahertz is 1e-6 microampere-seconds a cycle, at any clock.
    const double megacycles = static_cast<double>(cycles) * 1e-6;
    entry.seconds += seconds;
    entry.megacycles += megacycles;
    charge += entry.microamps * seconds;
    charge += entry.per_mhz * megacycles;
    if (!entry.condition_unit.empty() && states_.find(entry.condition_unit) == states_.end()) {
      assumed_[entry.current.unit + "." + entry.current.state] = entry.current.when;
    }
  }
  return charge;
}

Bounded EnergyMeter::run(std::uint64_t cycles) { return draw(run_entry_, cycles); }

Bounded EnergyMeter::sleep(std::uint64_t cycles) { return draw(sleep_entry_, cycles); }

Estimate EnergyMeter::energy_uj(const Bounded& charge) const {
  const Bounded energy = charge * supply_volts_;
  return {energy.value, energy.low, energy.high};
}

EnergyReport EnergyMeter::report(TimePoint end) const {
  EnergyMeter finished = *this;
  finished.advance(end);
  EnergyReport report;
  report.supply_volts = supply_volts_;
  for (const Entry& entry : finished.entries_) {
    if (entry.seconds == 0) continue;
    EnergyPart part;
    part.unit = entry.current.unit;
    part.state = entry.current.state;
    part.condition = entry.current.when;
    part.seconds = entry.seconds;
    Bounded charge = entry.microamps * entry.seconds;
    charge += entry.per_mhz * entry.megacycles;
    part.uj = energy_uj(charge);
    part.source = entry.current.source;
    report.total_uj.value += part.uj.value;
    report.total_uj.low += part.uj.low;
    report.total_uj.high += part.uj.high;
    report.parts.push_back(std::move(part));
  }
  std::stable_sort(report.parts.begin(), report.parts.end(),
                   [](const EnergyPart& a, const EnergyPart& b) {
                     return std::tie(a.unit, a.state) < std::tie(b.unit, b.state);
                   });
  return report;
}

void EnergyMeter::note_assumptions(RunNotes& notes) const {
  if (!has_currents()) {
    notes.assume({"energy", "no currents are known for this board, so no energy is given",
                  "board description"});
    return;
  }
  notes.assume({"energy.method",
                fmt::format("supply {} V times the typical currents of the states in force; bounds "
                            "take every current at its end at once; a layer is charged with all "
                            "that was drawn while it ran",
                            supply_volts_),
                supply_source_.empty() ? "estimate" : supply_source_});
  for (const auto& [what, condition] : assumed_) {
    notes.assume({"energy." + what,
                  fmt::format("no model reported the condition, so {} (the largest current) is "
                              "taken",
                              condition),
                  "estimate"});
  }
}

}  // namespace tinyscope
